"""Playing a scene: the recorded patient and the real desk, until both have nothing left to say."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.desk import Desk
from bot.messages import Address, Channel, InboundMessage
from bot.speaking import Handled
from core.database.connect import Database
from core.models import appointments, patients, practitioners
from core.models.appointments import AppointmentStatus
from tests.understanding.replay.clinic import ZONE, clinic_of
from tests.understanding.replay.patient import Patient
from tests.understanding.replay.reader import Kept, has_day, is_that, same_name
from tests.understanding.replay.scene import Scene, Visit

OURS, THEIRS = "+14155550100", "+14155550123"
MOST_MESSAGES = 40
MOST_ALIKE = 3  # Answers in a row.
PAUSE = timedelta(seconds=25)  # Between two messages: people read, and type with thumbs.
BOOKED = (AppointmentStatus.SCHEDULED, AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED)


@dataclass
class Played:
    """How it went."""

    scene: Scene
    lines: list[str] = field(default_factory=list)
    messages: int = 0
    replies: list[str] = field(default_factory=list)  # Each with its choices.
    booked: tuple[Kept, ...] = ()
    failure: str | None = None  # What was not as wanted.

    @property
    def reached(self) -> bool:
        return self.failure is None

    @property
    def unwanted(self) -> int:
        """How many visits are booked that the patient did not want: the worst there is."""
        met = len(self.scene.visits) - len(_left(self.scene, self.booked))
        return len(self.booked) - met


def play(scene: Scene, empty: Database) -> Played:
    played = Played(scene)
    with clinic_of(scene, empty) as database:
        begins = scene.now.replace(tzinfo=ZONE).astimezone(UTC)

        def clock() -> datetime:
            return begins + played.messages * PAUSE

        desk = Desk(database, clock, pause=lambda _: None)
        _talk(Patient(scene), desk, database, played)
        played.booked = visits_in(database, BOOKED)
    played.failure = _failure(played)
    return played


def _talk(patient: Patient, desk: Desk, database: Database, played: Played) -> None:
    heard: Handled | None = None
    while played.messages < MOST_MESSAGES:
        held = visits_in(database, (AppointmentStatus.HELD,))
        left = _left(played.scene, visits_in(database, BOOKED))
        text = patient.says(heard, held[0] if held else None, left)
        if text is None:
            return
        played.messages += 1
        heard = desk.receive(
            InboundMessage(
                f"{played.scene.id}#{played.messages}", Address(Channel.SMS, THEIRS), OURS, text
            )
        )
        played.lines.append(f"{'>' if patient.own_words else '*'} {text}")
        _write_down(heard, played)
        if _is_stuck(played.replies):
            return


def _is_stuck(replies: list[str]) -> bool:
    """Tell whether the desk says the same for the third time: people give up then."""
    return len(replies) >= MOST_ALIKE and len(set(replies[-MOST_ALIKE:])) == 1


def _write_down(heard: Handled, played: Played) -> None:
    for reply in heard.replies:
        played.replies.append("\n".join([reply.text, *(each.label for each in reply.choices)]))
        played.lines += [f"< {line}" for line in reply.text.splitlines()]
        labels = " ".join(f"[{choice.label}]" for choice in reply.choices)
        played.lines += [f"< {labels}"] if labels else []
    if heard.asked:
        played.lines.append(f"  ({heard.asked})")
    for each in heard.happened:
        if each.type not in ("held", "released"):
            facts = (each.facts.get(name) for name in ("practitioner", "starts_at", "patient"))
            played.lines.append(f"= {each.type} {', '.join(filter(None, facts))}")


def visits_in(database: Database, statuses: tuple[AppointmentStatus, ...]) -> tuple[Kept, ...]:
    """Return what is booked, or held, by message."""
    chosen = (
        select(
            appointments,
            practitioners.c.first_name,
            practitioners.c.last_name,
            patients.c.first_name.label("patient"),
        )
        .join(practitioners, practitioners.c.id == appointments.c.practitioner_id)
        .outerjoin(patients, patients.c.id == appointments.c.patient_id)
        .where(
            appointments.c.status.in_(statuses),
            appointments.c.conversation_id.is_not(None)
            | appointments.c.booked_by_address_id.is_not(None),
        )
        .order_by(appointments.c.id)
    )
    with database.reading() as connection:
        return tuple(
            Kept(
                f"{row.first_name} {row.last_name}",
                row.starts_at.astimezone(ZONE).replace(tzinfo=None),
                row.patient,
            )
            for row in connection.execute(chosen)
        )


def _left(scene: Scene, booked: tuple[Kept, ...]) -> tuple[Visit, ...]:
    left = list(scene.visits)
    for kept in booked:
        fitting = [
            visit
            for visit in left
            if is_that(visit, kept) and same_name(kept.first_name, visit.first_name)
        ]
        if fitting:
            left.remove(fitting[0])
    return tuple(left)


def _failure(played: Played) -> str | None:
    """Return what is not as the patient wanted it."""
    scene, booked = played.scene, played.booked
    left = _left(scene, booked)
    if played.unwanted:
        return f"booked what nobody wanted: {booked}"
    if left:
        return f"not booked: {left}"
    if played.messages == MOST_MESSAGES:
        return "no end"
    if scene.visits:
        return None
    wish = scene.turned_down.practitioner if scene.turned_down else scene.finds
    [person] = [who for who in scene.clinic.people if who.name == wish]
    for reply in played.replies:
        day = scene.turned_down is None or has_day(scene.turned_down.start, reply)
        if day and person.last_name in reply:
            return None
    return f"offered nothing of {person.name}'s"
