"""What the tests of this room say often: who waits, what is freed, who is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from core.models import (
    appointments,
    new_public_id,
    occasions,
    patient_events,
    patients,
    waitlist,
    waitlist_offers,
    waitlist_rounds,
)
from core.models.appointments import ActorKind
from core.models.waitlist import WaitState
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.moving import cancel
from core.scheduling.undoing import undo
from core.waitlist.answers import Accepted, accept, decline, mark_said
from core.waitlist.entries import fulfil
from core.waitlist.waves import next_waves
from core.waitlist.wishes import Days
from tests.builders import NOW, ZONE, Clinic, a_conversation, a_link, a_patient, an_address
from tests.core.scheduling.words import (
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    offered,
)

# Sunday, two in the afternoon in San Francisco: nobody sleeps.
DAYTIME = at("14:00", date(2026, 11, 22))
QUARTER = timedelta(minutes=15)
NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gus")
SOON = DAYTIME + timedelta(minutes=1)
WEDNESDAY = TUESDAY + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits, and where they asked."""

    patient_id: int
    address_id: int
    conversation_id: int
    entry_id: int

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.PATIENT, self.address_id, "sms")


def somebody(connection: Connection, name: str, **changes: Any) -> tuple[int, int, int]:
    """A patient who writes from a phone of their own; the patient, the address, the talk."""
    patient_id = a_patient(connection, name, **changes)
    address_id = an_address(connection)
    a_link(connection, patient_id, address_id)
    return patient_id, address_id, a_conversation(connection, address_id)


def waits(
    connection: Connection,
    clinic: Clinic,
    name: str = "Ana",
    *,
    who: tuple[int, int, int] | None = None,
    person: Mapping[str, Any] | None = None,
    since: datetime = NOW,
    **wish: Any,
) -> Waiter:
    """Somebody waits for Dr Patel on any day, unless it says otherwise."""
    patient_id, address_id, conversation_id = who or somebody(connection, name, **person or {})
    row = {
        "public_id": new_public_id(),
        "patient_id": patient_id,
        "conversation_id": conversation_id,
        "practitioner_id": None if "specialty" in wish else clinic.patel_id,
        "days": Days().to_json(),
        "since": since,
        "state": WaitState.WAITING,
        "created_at": since,
        "updated_at": since,
    }
    if isinstance(wish.get("days"), Days):
        wish["days"] = wish["days"].to_json()
    key = connection.execute(insert(waitlist), row | wish).inserted_primary_key
    assert key is not None
    return Waiter(patient_id, address_id, conversation_id, key[0])


def a_visit(
    connection: Connection,
    clinic: Clinic,
    text: str = "10:00",
    day: date = TUESDAY,
    *,
    patient_id: int | None = None,
    now: datetime = DAYTIME,
    **slot: Any,
) -> Appointment:
    """The clinic's patient has a visit with Dr Patel, unless it says otherwise."""
    return book_slot(
        connection, clinic, a_slot(clinic, text, day, **slot), patient_id=patient_id, now=now
    )


def free(connection: Connection, visit: Appointment, now: datetime = DAYTIME) -> None:
    """The visit is cancelled."""
    cancel(
        connection,
        visit.id,
        version=by_id(connection, visit.id).version,
        actor=Actor(ActorKind.PATIENT, 1, "sms"),
        now=now,
        catalogue=offered(connection, now),
    )


def cancelled_by_staff(connection: Connection, visit: Appointment, now: datetime = DAYTIME) -> None:
    cancel(
        connection,
        visit.id,
        version=visit.version,
        actor=RECEPTIONIST,
        now=now,
        catalogue=offered(connection, now),
    )


def freed(
    connection: Connection, clinic: Clinic, text: str = "10:00", day: date = TUESDAY, **visit: Any
) -> Appointment:
    """A visit that there was is cancelled."""
    now = visit.get("now", DAYTIME)
    gone = a_visit(connection, clinic, text, day, **visit)
    free(connection, gone, now)
    return gone


def tick(connection: Connection, now: datetime = DAYTIME) -> int:
    return next_waves(connection, now=now, limit=100)


def say_all(connection: Connection, now: datetime = DAYTIME) -> list[int]:
    """Whatever is planned is said; returns the offers."""
    planned = select(occasions.c.id, occasions.c.offer_id).where(
        occasions.c.kind == "offer", occasions.c.state == "planned"
    )
    said = []
    for occasion, offer in connection.execute(planned.order_by(occasions.c.id)).all():
        if mark_said(connection, offer, now=now) is not None:
            said.append(offer)
            row = update(occasions).where(occasions.c.id == occasion)
            connection.execute(row.values(state="said"))
    return said


def ask(connection: Connection, now: datetime = DAYTIME) -> list[int]:
    """The worker ticks, and everybody hears it."""
    tick(connection, now)
    return say_all(connection, now)


def offer_of(connection: Connection, waiter: Waiter) -> int:
    """Return the newest offer of somebody."""
    newest = select(waitlist_offers.c.id).where(waitlist_offers.c.entry_id == waiter.entry_id)
    found: int = connection.scalars(newest.order_by(waitlist_offers.c.id.desc())).first() or 0
    return found


def says_yes(
    connection: Connection, waiter: Waiter, now: datetime = DAYTIME, **changes: Any
) -> Accepted:
    arguments: dict[str, Any] = {
        "actor": waiter.actor,
        "now": now,
        "catalogue": offered(connection, now),
        "conversation_id": waiter.conversation_id,
        "address_id": waiter.address_id,
        "open_visits_limit": 5,
    }
    return accept(connection, offer_of(connection, waiter), **arguments | changes)


def says_no(connection: Connection, waiter: Waiter, now: datetime = DAYTIME) -> bool:
    return decline(connection, offer_of(connection, waiter), actor=waiter.actor, now=now)


def rounds(connection: Connection) -> list[tuple[str, str, str | None]]:
    """Return how each was freed, how it stands, and the note at its end."""
    listed = select(
        waitlist_rounds.c.freed_by, waitlist_rounds.c.state, waitlist_rounds.c.note
    ).order_by(waitlist_rounds.c.id)
    return [tuple(row) for row in connection.execute(listed)]


def asked(connection: Connection) -> list[str]:
    """Return the first names of those who were asked, in that order."""
    listed = (
        select(patients.c.first_name)
        .join(waitlist, waitlist.c.patient_id == patients.c.id)
        .join(waitlist_offers, waitlist_offers.c.entry_id == waitlist.c.id)
        .order_by(waitlist_offers.c.id)
    )
    return list(connection.scalars(listed))


def offers(connection: Connection) -> list[str]:
    """Return how each stands."""
    return list(connection.scalars(select(waitlist_offers.c.state).order_by(waitlist_offers.c.id)))


def entries(connection: Connection) -> list[str]:
    return list(connection.scalars(select(waitlist.c.state).order_by(waitlist.c.id)))


def told(connection: Connection) -> list[tuple[str, str]]:
    """Return what is to be said, or was: the kind, and how it stands."""
    listed = select(occasions.c.kind, occasions.c.state).where(occasions.c.offer_id.is_not(None))
    return [tuple(row) for row in connection.execute(listed.order_by(occasions.c.id))]


def held(connection: Connection) -> list[Appointment]:
    """Return what rounds keep."""
    ids = select(appointments.c.id).where(
        appointments.c.status == "held", appointments.c.conversation_id.is_(None)
    )
    return [by_id(connection, each) for each in connection.scalars(ids.order_by(appointments.c.id))]


def change_entry(connection: Connection, waiter: Waiter, **values: Any) -> None:
    connection.execute(update(waitlist).where(waitlist.c.id == waiter.entry_id).values(**values))


def three(connection: Connection, clinic: Clinic) -> list[Waiter]:
    return [waits(connection, clinic, name) for name in ("Ana", "Ben", "Cleo")]


def what_happened(connection: Connection, one: Waiter) -> list[str]:
    listed = select(patient_events.c.what).where(patient_events.c.patient_id == one.patient_id)
    return list(connection.scalars(listed.order_by(patient_events.c.id)))


def sooner(connection: Connection, clinic: Clinic, name: str, text: str) -> Waiter:
    who = somebody(connection, name)
    visit = a_visit(connection, clinic, text, WEDNESDAY, patient_id=who[0])
    return waits(connection, clinic, name, who=who, sooner_than_id=visit.id, until=visit.starts_at)


def visits_of(connection: Connection, one: Waiter) -> list[str]:
    listed = select(appointments.c.starts_at).where(
        appointments.c.patient_id == one.patient_id, appointments.c.status == "scheduled"
    )
    zone = at("00:00").tzinfo
    return [f"{each.astimezone(zone):%d %H:%M}" for each in connection.scalars(listed)]


def met(connection: Connection, visit: Appointment) -> None:
    """The patient waits no longer."""
    fulfil(
        connection,
        visit,
        specialties=["general_practice"],
        zone=ZoneInfo(ZONE),
        actor=PATIENT,
        now=DAYTIME,
    )


def undone(connection: Connection, visit: Appointment, actor: Actor) -> None:
    undo(
        connection,
        visit.id,
        version=by_id(connection, visit.id).version,
        actor=actor,
        now=SOON,
        catalogue=offered(connection),
    )


def seven(connection: Connection, clinic: Clinic) -> list[Waiter]:
    return [waits(connection, clinic, name) for name in NAMES]
