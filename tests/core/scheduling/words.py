"""What the tests of this room say often."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from core.models import appointment_events, appointments
from core.models.appointments import ActorKind
from core.rules import Rules
from core.scheduling.appointments import Actor, Appointment, Untold
from core.scheduling.booking import book
from core.scheduling.catalogue import Catalogue
from core.scheduling.holds import hold
from core.scheduling.loading import load_catalogue
from core.scheduling.search import Slot
from tests.builders import NOW, ZONE, Clinic

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
RULES = Rules()
PATIENT = Actor(ActorKind.PATIENT, 1, "sms")
RECEPTIONIST = Actor(ActorKind.ADMIN, 1, "phone")
AFTER_THE_TERM = NOW + timedelta(minutes=RULES.hold_minutes)


def offered(connection: Connection, now: datetime = NOW) -> Catalogue:
    """What the clinic offers, read anew: tests change it often."""
    return load_catalogue(connection, now=now)


def at(text: str, day: date = MONDAY, zone: str = ZONE) -> datetime:
    """Return the instant of a wall time."""
    return datetime.combine(day, time.fromisoformat(text), ZoneInfo(zone)).astimezone(UTC)


def a_slot(
    clinic: Clinic,
    text: str,
    day: date = MONDAY,
    *,
    minutes: int = 20,
    practitioner_id: int | None = None,
    visit_type_id: int | None = None,
) -> Slot:
    """A slot of Dr Patel, unless it says otherwise."""
    starts_at = at(text, day)
    return Slot(
        practitioner_id=practitioner_id or clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=visit_type_id or clinic.visit_type_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
    )


def times(slots: Iterable[Slot], zone: str = ZONE) -> list[str]:
    return [f"{slot.starts_at.astimezone(ZoneInfo(zone)):%a %H:%M}" for slot in slots]


def hold_slot(
    connection: Connection,
    clinic: Clinic,
    slot: Slot,
    *,
    conversation_id: int | None = None,
    patient_id: int | None = None,
    now: datetime = NOW,
    moves_id: int | None = None,
    limit: int | None = None,
) -> Appointment:
    """The clinic's conversation holds the slot, unless it says otherwise."""
    return hold(
        connection,
        slot,
        conversation_id=conversation_id or clinic.conversation_id,
        patient_id=patient_id,
        actor=PATIENT,
        now=now,
        catalogue=offered(connection, now),
        moves_id=moves_id,
        open_visits_limit=limit,
    )


def book_slot(
    connection: Connection,
    clinic: Clinic,
    slot: Slot,
    *,
    patient_id: int | None = None,
    conversation_id: int | None = None,
    actor: Actor = PATIENT,
    now: datetime = NOW,
    limit: int | None = None,
    override: str | None = None,
    untold: Untold | None = None,
) -> Appointment:
    """The clinic's patient books the slot, unless it says otherwise."""
    return book(
        connection,
        slot,
        patient_id=patient_id or clinic.patient_id,
        actor=actor,
        now=now,
        catalogue=offered(connection, now),
        conversation_id=conversation_id,
        address_id=clinic.address_id,
        open_visits_limit=limit,
        override=override,
        untold=untold,
    )


def rows(connection: Connection) -> list[tuple[object, ...]]:
    """Return all that is stored of appointments and of what happened to them."""
    stored = connection.execute(select(appointments).order_by(appointments.c.id)).all()
    events = connection.execute(select(appointment_events).order_by(appointment_events.c.id)).all()
    return [tuple(row) for row in (*stored, *events)]


def events(connection: Connection, appointment_id: int) -> list[str]:
    query = (
        select(appointment_events.c.type)
        .where(appointment_events.c.appointment_id == appointment_id)
        .order_by(appointment_events.c.id)
    )
    return list(connection.scalars(query))
