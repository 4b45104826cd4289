"""The reception at work: one turn of one address, and what it answers."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from bot.clinic import read_clinic
from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Refusal, SearchWindow, Slot, Visit
from bot.reception import Reception
from bot.understanding.values import Person
from core.messaging.conversations import lock_conversation
from core.models import patient_addresses
from core.models.appointments import AppointmentStatus
from core.models.people import Trust
from core.rules import RuleBook
from tests.bot.talking import OURS
from tests.builders import NOW, Clinic, an_appointment

TUESDAY_TEN = datetime.fromisoformat("2026-11-24T10:00-08:00")
BORN = date(1985, 3, 12)


def counter(
    connection: Connection, address: str = "visitor", now: datetime = NOW, **changes: Any
) -> Reception:
    """A reception that serves one turn of that address."""
    conversation = lock_conversation(
        connection, channel="web", address=address, our_address=OURS, now=now, simulated=False
    )
    clinic = read_clinic(connection, now)
    rules = RuleBook(replace(clinic.rules, **changes), clinic.catalogue.rules.local)
    clinic = replace(clinic, catalogue=replace(clinic.catalogue, rules=rules))
    return Reception(connection, clinic, conversation, 1, now)


def a_slot(clinic: Clinic, starts_at: datetime = TUESDAY_TEN, practitioner: int = 0) -> Slot:
    return Slot(
        practitioner or clinic.patel_id,
        clinic.location_id,
        clinic.visit_type_id,
        starts_at,
        starts_at + timedelta(minutes=20),
    )


def registered(reception: Reception, first: str = "Maria", last: str = "Lopez") -> int:
    outcome = reception.perform(ask.RegisterPatient(first, last, BORN, Person.SELF))
    assert isinstance(outcome, told.PatientRegistered)
    return outcome.person.key


def visits_of(reception: Reception) -> list[Visit]:
    outcome = reception.perform(ask.FindVisits())
    assert isinstance(outcome, told.VisitsFound)
    return list(outcome.visits)


def booked(reception: Reception, slot: Slot, patient: int) -> Visit:
    outcome = reception.perform(ask.BookVisit(slot, patient))
    assert isinstance(outcome, told.VisitBooked), outcome
    return outcome.visit


def refusal(outcome: told.Outcome) -> Refusal:
    assert isinstance(outcome, told.Refused), outcome
    return outcome.refusal


def theirs(connection: Connection, clinic: Clinic, starts_at: datetime = TUESDAY_TEN) -> int:
    """A visit of Maria Lopez that some other address booked, with Dr Okafor."""
    return an_appointment(
        connection,
        patient_id=clinic.patient_id,
        practitioner_id=clinic.okafor_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=starts_at,
        booked_by_address_id=clinic.address_id,
    )


def prove(connection: Connection, patient_id: int, **changes: Any) -> None:
    newest = select(patient_addresses.c.id).order_by(patient_addresses.c.id.desc()).limit(1)
    connection.execute(
        update(patient_addresses)
        .where(patient_addresses.c.id == newest.scalar_subquery())
        .where(patient_addresses.c.patient_id == patient_id)
        .values(**{"trust": Trust.PROVED} | changes)
    )


def seen(connection: Connection, clinic: Clinic, days_ago: int = 30, **changes: Any) -> int:
    """A visit of Maria Lopez with Dr Okafor that is over."""
    values: dict[str, Any] = {
        "patient_id": clinic.patient_id,
        "practitioner_id": clinic.okafor_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
        "starts_at": NOW - timedelta(days=days_ago),
        "status": AppointmentStatus.COMPLETED,
    }
    return an_appointment(connection, **values | changes)


def looked_for(reception: Reception, patient: int | None = None, **changes: Any) -> told.Outcome:
    """What is free on Tuesday, with anybody unless it is said with whom."""
    day = TUESDAY_TEN.date()
    wish: dict[str, Any] = {"practitioner": None, "specialty": None, "location": None}
    wish |= {"visit_type": None, "windows": (SearchWindow(day, day),), "limit": 400}
    return reception.perform(ask.FindSlots(patient=patient, **wish | changes))


def found(outcome: told.Outcome) -> tuple[Slot, ...]:
    assert isinstance(outcome, told.SlotsFound), outcome
    return outcome.slots
