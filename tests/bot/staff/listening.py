"""A house whose people are told what becomes of visits: who books, moves and cancels there, and
what then comes to whose chat."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.staff.telling.ticks import Telling
from core.database.connect import Database
from core.models import conversations, messages
from core.models.appointments import ActorKind
from core.models.staff import Role
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.booking import book
from core.scheduling.loading import load_catalogue
from core.scheduling.moving import cancel, move
from core.scheduling.search import Slot
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member
from tests.bot.talking import Clock
from tests.builders import NOW, Clinic, a_patient

SEVEN = NOW + timedelta(hours=29)  # On Monday, where the clinic is.
NINE, TEN = SEVEN + timedelta(hours=2), SEVEN + timedelta(hours=3)
MINUTES = timedelta(minutes=20)
PATIENT = Actor.patient(1, "sms")


@dataclass
class House:
    """`clock` stands for everybody in it: at nine on Monday, unless a test moves it."""

    database: Database
    clinic: Clinic
    clock: Clock = field(default_factory=lambda: Clock(NINE))

    def __post_init__(self) -> None:
        self.telling = Telling(self.database, self.clock, {})

    # Who works there

    def colleague(
        self, username: str, role: Role, address: str, *, practitioner_id: int | None = None
    ) -> Colleague:
        """Somebody in their chat, with their PIN."""
        who = a_member(
            self.database, Grant(role), practitioner_id=practitioner_id, username=username
        )
        who.address, who.clock = address, self.clock
        who.__post_init__()  # A desk with the same clock.
        who.comes_in()
        return who

    def patel(self) -> Colleague:
        return self.colleague(
            "patel", Role.PRACTITIONER, "9101", practitioner_id=self.clinic.patel_id
        )

    def okafor(self) -> Colleague:
        return self.colleague(
            "okafor", Role.PRACTITIONER, "9102", practitioner_id=self.clinic.okafor_id
        )

    def anna(self) -> Colleague:
        """At the desk of the whole house."""
        return self.colleague("anna", Role.RECEPTIONIST, "9103")

    # What happens there

    def patient(self, first_name: str, **changes: object) -> int:
        with self.database.transaction() as connection:
            return a_patient(connection, first_name, **({"last_name": "Quinn"} | changes))

    def booked(
        self,
        patient_id: int,
        at: datetime = TEN,
        *,
        with_id: int | None = None,
        by: Actor = PATIENT,
    ) -> Appointment:
        with self.database.transaction() as connection:
            return book(
                connection,
                self._slot(at, with_id or self.clinic.patel_id),
                patient_id=patient_id,
                actor=by,
                now=self.clock(),
                catalogue=load_catalogue(connection, now=self.clock()),
                open_visits_limit=None,
                override="a test" if by.is_staff else None,
            )

    def moved(
        self,
        visit: Appointment,
        at: datetime,
        *,
        with_id: int | None = None,
        by: Actor = PATIENT,
    ) -> Appointment:
        with self.database.transaction() as connection:
            return move(
                connection,
                visit.id,
                self._slot(at, with_id or visit.practitioner_id),
                version=by_id(connection, visit.id).version,
                actor=by,
                now=self.clock(),
                catalogue=load_catalogue(connection, now=self.clock()),
            )

    def cancelled(self, visit: Appointment, by: Actor = PATIENT) -> Appointment:
        with self.database.transaction() as connection:
            return cancel(
                connection,
                visit.id,
                version=by_id(connection, visit.id).version,
                actor=by,
                now=self.clock(),
                catalogue=load_catalogue(connection, now=self.clock()),
            )

    def _slot(self, at: datetime, practitioner_id: int) -> Slot:
        clinic = self.clinic
        return Slot(practitioner_id, clinic.location_id, clinic.visit_type_id, at, at + MINUTES)

    # What they hear

    def tells(self) -> int:
        """The worker looks."""
        return self.telling.tell_at_once()

    def morning(self) -> int:
        return self.telling.send_digests()


def heard(who: Colleague) -> list[str]:
    """What came to somebody's chat unasked, the oldest first."""
    with who.database.reading() as connection:
        rows = connection.execute(
            select(messages.c.text)
            .join(conversations)
            .where(
                conversations.c.id == who.conversation.id,
                messages.c.direction == "out",
                messages.c.kind == "notice",
            )
            .order_by(messages.c.id)
        )
        return [row.text for row in rows]


def by_staff(who: Colleague, kind: ActorKind = ActorKind.ADMIN) -> Actor:
    return Actor(kind, who.staff_id, "telegram")
