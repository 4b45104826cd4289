"""What an address may see and change, and what no answer gives away."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Near, Refusal, SearchWindow, Slot, Visit
from bot.reception import Reception
from core.models import appointments, patient_addresses, patients, visit_types
from core.models.people import Standing, Trust
from tests.bot.counter import (
    TUESDAY_TEN,
    a_slot,
    booked,
    counter,
    found,
    looked_for,
    prove,
    refusal,
    registered,
    seen,
    theirs,
    visits_of,
)
from tests.builders import NOW, Clinic

# Who may see what.


def test_a_claimed_address_sees_only_what_it_booked(clinic: Clinic, connection: Connection) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    patient = registered(reception)
    assert patient == clinic.patient_id  # It is her record, and nothing tells so.
    assert visits_of(reception) == []
    own = booked(reception, a_slot(clinic, TUESDAY_TEN + timedelta(days=1)), patient)
    assert visits_of(reception) == [own]


def test_a_proved_address_sees_them_all(clinic: Clinic, connection: Connection) -> None:
    """The control of the one above."""
    theirs(connection, clinic)
    reception = counter(connection)
    prove(connection, registered(reception))
    assert len(visits_of(counter(connection))) == 1


def test_what_it_may_not_see_it_can_neither_move_nor_cancel(
    clinic: Clinic, connection: Connection
) -> None:
    key = theirs(connection, clinic)
    reception = counter(connection)
    patient = registered(reception)
    forged = Visit(
        key,
        "x",
        1,
        patient,
        "Maria Lopez",
        clinic.okafor_id,
        clinic.location_id,
        clinic.visit_type_id,
        TUESDAY_TEN,
        TUESDAY_TEN + timedelta(minutes=20),
    )
    before = connection.execute(select(appointments)).all()
    slot = a_slot(clinic, TUESDAY_TEN + timedelta(days=1))
    assert refusal(reception.perform(ask.CancelVisit(forged))) is Refusal.NOT_FOUND
    assert refusal(reception.perform(ask.MoveVisit(forged, slot))) is Refusal.NOT_FOUND
    assert connection.execute(select(appointments)).all() == before
    # The control: for a proved address the very same commands do it.
    prove(connection, patient)
    assert isinstance(counter(connection).perform(ask.CancelVisit(forged)), told.VisitCancelled)


def test_nobody_books_for_a_patient_of_another_address(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    outcome = reception.perform(ask.BookVisit(a_slot(clinic), clinic.patient_id))
    assert refusal(outcome) is Refusal.NOT_FOUND
    assert connection.execute(select(appointments)).all() == []


@pytest.mark.parametrize(
    "ended",
    [{"until": NOW}, {"may_book": False}, {"trust": Trust.GIVEN}, {"since": NOW + timedelta(1)}],
    ids=["ended", "barred", "typed by staff", "not yet"],
)
def test_a_link_that_does_not_hold_shows_nobody(
    clinic: Clinic, connection: Connection, ended: dict[str, Any]
) -> None:
    reception = counter(connection)
    prove(connection, registered(reception), **ended)
    reception = counter(connection)
    assert reception.perform(ask.FindPeople()) == told.PeopleFound(())
    assert visits_of(reception) == []
    outcome = reception.perform(ask.BookVisit(a_slot(clinic), clinic.patient_id))
    assert refusal(outcome) is Refusal.NOT_FOUND


@pytest.mark.parametrize("change", [{"is_active": False}, {"standing": Standing.DECEASED}])
def test_who_is_no_more_a_patient_is_shown_to_nobody(
    clinic: Clinic, connection: Connection, change: dict[str, Any]
) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    prove(connection, registered(reception))
    connection.execute(update(patients).values(**change))
    assert counter(connection).perform(ask.FindPeople()) == told.PeopleFound(())
    assert visits_of(counter(connection)) == []


# What no answer gives away.


def test_a_hidden_visit_of_the_patient_looks_like_a_time_that_is_taken(
    clinic: Clinic, connection: Connection
) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    held = reception.perform(ask.HoldSlot(a_slot(clinic)))
    assert isinstance(held, told.SlotHeld)  # Nobody was named yet.
    patient = registered(reception)
    for command in (ask.HoldSlot(a_slot(clinic), patient), ask.BookVisit(a_slot(clinic), patient)):
        assert refusal(reception.perform(command)) is Refusal.SLOT_TAKEN


def test_a_visit_that_it_may_see_is_named_as_the_reason(
    clinic: Clinic, connection: Connection
) -> None:
    """The control: the same overlap, with a visit that this address booked."""
    reception = counter(connection)
    patient = registered(reception)
    booked(reception, a_slot(clinic, practitioner=clinic.okafor_id), patient)
    for command in (ask.HoldSlot(a_slot(clinic), patient), ask.BookVisit(a_slot(clinic), patient)):
        assert refusal(reception.perform(command)) is Refusal.PATIENT_BUSY


def test_what_somebody_else_at_this_address_has_then_is_no_reason(
    clinic: Clinic, connection: Connection
) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    other = registered(reception, "Ben", "Lopez")
    visit = a_slot(clinic, TUESDAY_TEN, practitioner=clinic.patel_id)
    booked(reception, visit, other)
    maria = registered(reception)
    later = a_slot(clinic, TUESDAY_TEN)
    outcome = reception.perform(ask.HoldSlot(later, maria))
    assert refusal(outcome) is Refusal.SLOT_TAKEN


def test_a_move_onto_a_hidden_visit_finds_the_time_taken(
    clinic: Clinic, connection: Connection
) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    patient = registered(reception)
    visit = booked(reception, a_slot(clinic, TUESDAY_TEN + timedelta(days=1)), patient)
    outcome = reception.perform(ask.HoldSlot(a_slot(clinic), patient, moves=visit))
    assert refusal(outcome) is Refusal.SLOT_TAKEN
    assert refusal(reception.perform(ask.MoveVisit(visit, a_slot(clinic)))) is Refusal.SLOT_TAKEN


def test_times_of_hidden_visits_are_never_offered(clinic: Clinic, connection: Connection) -> None:
    """Else the same time would be offered and be taken again and again."""
    theirs(connection, clinic)
    reception = counter(connection)
    patient = registered(reception)
    day = TUESDAY_TEN.date()
    window = (SearchWindow(day, day, 9 * 60, 11 * 60),)

    def starts(patient: int | None, **changes: Any) -> list[datetime]:
        values: dict[str, Any] = {"specialty": None, "location": None, "visit_type": None}
        values |= {"practitioner": clinic.patel_id, "windows": window, "limit": 3} | changes
        found = reception.perform(ask.FindSlots(patient=patient, **values))
        assert isinstance(found, told.SlotsFound)
        return [slot.starts_at for slot in found.slots]

    assert TUESDAY_TEN not in starts(patient, limit=400)
    assert len(starts(patient)) >= 3
    exact = (SearchWindow(day, day, 600, 601),)
    assert TUESDAY_TEN not in starts(patient, windows=exact)
    assert TUESDAY_TEN in starts(None, limit=400)  # The control: Dr Patel herself is free.
    assert TUESDAY_TEN in starts(None, windows=exact)


def test_hidden_visits_do_not_count_against_the_number_one_may_book(
    clinic: Clinic, connection: Connection
) -> None:
    """Else the number of visits somebody has could be found out by booking."""
    for day in (0, 1, 2):
        theirs(connection, clinic, TUESDAY_TEN + timedelta(days=day))
    reception = counter(connection, open_visits_claimed=2)
    patient = registered(reception)
    for hour in (1, 3):
        booked(reception, a_slot(clinic, TUESDAY_TEN + timedelta(hours=hour)), patient)
    outcome = reception.perform(
        ask.BookVisit(a_slot(clinic, TUESDAY_TEN + timedelta(hours=4)), patient)
    )
    assert refusal(outcome) is Refusal.TOO_MANY_VISITS


def test_a_proved_patient_may_have_more_visits_than_a_claimed_one(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection, open_visits_claimed=1, open_visits_proved=2)
    patient = registered(reception)
    booked(reception, a_slot(clinic), patient)
    another = ask.BookVisit(a_slot(clinic, TUESDAY_TEN + timedelta(hours=1)), patient)
    assert refusal(reception.perform(another)) is Refusal.TOO_MANY_VISITS
    prove(connection, patient)
    proved = counter(connection, open_visits_claimed=1, open_visits_proved=2)
    assert isinstance(proved.perform(another), told.VisitBooked)


# Who is known, and to whom.


def _lengths(outcome: told.Outcome) -> set[timedelta]:
    return {slot.ends_at - slot.starts_at for slot in found(outcome)}


def test_who_was_registered_a_minute_ago_is_new(clinic: Clinic, connection: Connection) -> None:
    connection.execute(update(visit_types).values(minutes_new_patient=40))
    reception = counter(connection)
    patient = registered(reception)
    prove(connection, patient)
    assert _lengths(looked_for(counter(connection), patient)) == {timedelta(minutes=40)}
    # The control: one visit that took place, and they are known.
    seen(connection, clinic)
    assert _lengths(looked_for(counter(connection), patient)) == {timedelta(minutes=20)}


def test_that_the_clinic_knows_a_claimed_patient_shows_in_no_slot(
    clinic: Clinic, connection: Connection
) -> None:
    connection.execute(update(visit_types).values(minutes_new_patient=40))
    reception = counter(connection)
    patient = registered(reception)
    offered = looked_for(reception, patient)
    seen(connection, clinic)
    assert looked_for(counter(connection), patient) == offered
    # Nor in which slots are kept: a short one is what only known patients get.
    short, long = a_slot(clinic), found(offered)[0]
    for command in (ask.HoldSlot(short, patient), ask.BookVisit(short, patient)):
        assert refusal(counter(connection).perform(command)) is Refusal.NOT_OFFERED
    assert isinstance(counter(connection).perform(ask.HoldSlot(long, patient)), told.SlotHeld)
    # The control: proved, they get either.
    prove(connection, patient)
    for slot in (short, long):
        assert isinstance(counter(connection).perform(ask.HoldSlot(slot, patient)), told.SlotHeld)


def test_that_a_claimed_patient_is_no_new_one_is_not_told(
    clinic: Clinic, connection: Connection
) -> None:
    connection.execute(update(visit_types).values(new_patients=False))
    seen(connection, clinic)
    reception = counter(connection)
    maria, ann = registered(reception), registered(reception, "Ann", "Abel")
    for patient in (maria, ann):
        slot = a_slot(clinic)
        for command in (ask.HoldSlot(slot, patient), ask.BookVisit(slot, patient)):
            assert refusal(reception.perform(command)) is Refusal.NO_NEW_PATIENTS
        assert refusal(looked_for(reception, patient)) is Refusal.NO_NEW_PATIENTS


def test_a_patients_own_practitioner_comes_first_if_that_may_be_told(
    clinic: Clinic, connection: Connection
) -> None:
    seen(connection, clinic)  # With Dr Okafor, who is the second otherwise.
    patient = registered(counter(connection))
    for proved, first in ((False, clinic.patel_id), (True, clinic.okafor_id)):
        if proved:
            prove(connection, patient)
        exact, around = (
            found(
                looked_for(
                    counter(connection), patient, around=nearest, near=Near(TUESDAY_TEN.date(), 600)
                )
            )
            for nearest in (False, True)
        )
        assert exact[0].practitioner == around[0].practitioner == first


# A second visit beside one that there is.


def _beside(reception: Reception, slot: Slot, patient: int | None, **changes: Any) -> Visit | None:
    outcome = reception.perform(ask.HoldSlot(slot, patient, **changes))
    assert isinstance(outcome, told.SlotHeld), outcome
    return outcome.beside


LATER = TUESDAY_TEN + timedelta(days=3)


def test_a_visit_of_the_same_kind_is_asked_about(clinic: Clinic, connection: Connection) -> None:
    reception = counter(connection)
    patient = registered(reception)
    assert _beside(reception, a_slot(clinic), patient) is None
    visit = booked(reception, a_slot(clinic), patient)
    for practitioner in (clinic.patel_id, clinic.okafor_id):  # Of the same specialty.
        assert _beside(reception, a_slot(clinic, LATER, practitioner), patient) == visit
    # The controls: too far apart, nobody named, somebody else, and the visit itself that moves.
    far = a_slot(clinic, TUESDAY_TEN + timedelta(days=15))
    assert _beside(reception, far, patient) is None
    assert _beside(reception, a_slot(clinic, LATER), None) is None
    assert _beside(reception, a_slot(clinic, LATER), registered(reception, "Ben", "Abel")) is None
    assert _beside(reception, a_slot(clinic, LATER), patient, moves=visit) is None
    rule = counter(connection, similar_visit_days=2)
    assert _beside(rule, a_slot(clinic, LATER), patient) is None


def test_one_that_has_begun_is_no_second_one(clinic: Clinic, connection: Connection) -> None:
    reception = counter(connection)
    patient = registered(reception)
    booked(reception, a_slot(clinic), patient)
    for minutes, expected in ((-1, True), (0, False), (1, False)):
        reception = counter(connection, now=TUESDAY_TEN + timedelta(minutes=minutes))
        beside = _beside(reception, a_slot(clinic, LATER), patient)
        assert (beside is not None) is expected


def test_a_hidden_visit_is_not_hinted_at(clinic: Clinic, connection: Connection) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    patient = registered(reception)
    assert _beside(reception, a_slot(clinic, LATER), patient) is None
    # The control: proved, they hear of it.
    prove(connection, patient)
    beside = _beside(counter(connection), a_slot(clinic, LATER), patient)
    assert beside is not None
    assert beside.practitioner == clinic.okafor_id


def test_of_several_only_those_that_may_be_seen_are_named(
    clinic: Clinic, connection: Connection
) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    patient = registered(reception)
    own = booked(reception, a_slot(clinic, TUESDAY_TEN + timedelta(days=1)), patient)
    assert _beside(reception, a_slot(clinic, LATER), patient) == own


def test_what_a_claimed_address_booked_itself_makes_the_patient_known_there(
    clinic: Clinic, connection: Connection
) -> None:
    connection.execute(update(visit_types).values(minutes_new_patient=40))
    patient = registered(counter(connection))
    link = select(patient_addresses.c.address_id).where(patient_addresses.c.trust == "claimed")
    seen(connection, clinic, booked_by_address_id=connection.scalars(link).one())
    assert _lengths(looked_for(counter(connection), patient)) == {timedelta(minutes=20)}
    short = a_slot(clinic)
    assert isinstance(counter(connection).perform(ask.BookVisit(short, patient)), told.VisitBooked)
