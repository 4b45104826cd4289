"""Reception: what an address may see and change, and what no answer gives away."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.clinic import read_clinic
from bot.dialogue import commands as ask
from bot.dialogue.values import Alert, Refusal, SearchWindow, Slot, Visit
from bot.reception import REFUSALS, TASKS, Reception
from bot.understanding.values import Person
from core import errors
from core.database.connect import Database
from core.messaging.conversations import lock_conversation
from core.models import (
    appointments,
    messages,
    new_public_id,
    patient_addresses,
    patient_events,
    patients,
    tasks,
)
from core.models.people import Standing, Trust
from tests.bot.talking import OURS, Patient, live_visits, rows, text_of, types_of
from tests.builders import (
    NOW,
    Clinic,
    a_conversation,
    a_link,
    a_patient,
    an_address,
    an_appointment,
)

TUESDAY_TEN = datetime.fromisoformat("2026-11-24T10:00-08:00")
BORN = date(1985, 3, 12)


def counter(connection: Connection, address: str = "visitor", **changes: Any) -> Reception:
    """A reception that serves one turn of that address."""
    conversation = lock_conversation(
        connection, channel="web", address=address, our_address=OURS, now=NOW, simulated=False
    )
    clinic = read_clinic(connection)
    clinic = replace(clinic, rules=replace(clinic.rules, **changes))
    return Reception(connection, clinic, conversation, 1, NOW)


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
    assert isinstance(outcome, ask.PatientRegistered)
    return outcome.person.key


def visits_of(reception: Reception) -> list[Visit]:
    outcome = reception.perform(ask.FindVisits())
    assert isinstance(outcome, ask.VisitsFound)
    return list(outcome.visits)


def booked(reception: Reception, slot: Slot, patient: int) -> Visit:
    outcome = reception.perform(ask.BookVisit(slot, patient))
    assert isinstance(outcome, ask.VisitBooked), outcome
    return outcome.visit


def refusal(outcome: ask.Outcome) -> Refusal:
    assert isinstance(outcome, ask.Refused), outcome
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
    _prove(connection, registered(reception))
    assert len(visits_of(counter(connection))) == 1


def _prove(connection: Connection, patient_id: int, **changes: Any) -> None:
    newest = select(patient_addresses.c.id).order_by(patient_addresses.c.id.desc()).limit(1)
    connection.execute(
        update(patient_addresses)
        .where(patient_addresses.c.id == newest.scalar_subquery())
        .where(patient_addresses.c.patient_id == patient_id)
        .values(**{"trust": Trust.PROVED} | changes)
    )


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
    _prove(connection, patient)
    assert isinstance(counter(connection).perform(ask.CancelVisit(forged)), ask.VisitCancelled)


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
    _prove(connection, registered(reception), **ended)
    reception = counter(connection)
    assert reception.perform(ask.FindPeople()) == ask.PeopleFound(())
    assert visits_of(reception) == []
    outcome = reception.perform(ask.BookVisit(a_slot(clinic), clinic.patient_id))
    assert refusal(outcome) is Refusal.NOT_FOUND


@pytest.mark.parametrize("change", [{"is_active": False}, {"standing": Standing.DECEASED}])
def test_who_is_no_more_a_patient_is_shown_to_nobody(
    clinic: Clinic, connection: Connection, change: dict[str, Any]
) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    _prove(connection, registered(reception))
    connection.execute(update(patients).values(**change))
    assert counter(connection).perform(ask.FindPeople()) == ask.PeopleFound(())
    assert visits_of(counter(connection)) == []


# What no answer gives away.


def test_a_hidden_visit_of_the_patient_looks_like_a_time_that_is_taken(
    clinic: Clinic, connection: Connection
) -> None:
    theirs(connection, clinic)
    reception = counter(connection)
    held = reception.perform(ask.HoldSlot(a_slot(clinic)))
    assert isinstance(held, ask.SlotHeld)  # Nobody was named yet.
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
        assert isinstance(found, ask.SlotsFound)
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
    _prove(connection, patient)
    proved = counter(connection, open_visits_claimed=1, open_visits_proved=2)
    assert isinstance(proved.perform(another), ask.VisitBooked)


# Registering.


@pytest.mark.usefixtures("clinic")
def test_registering_says_the_same_whether_there_was_a_record_or_not(
    connection: Connection,
) -> None:
    def outcome(address: str, born: date) -> tuple[ask.Outcome, list[dict[str, Any]]]:
        reception = counter(connection, address)
        command = ask.RegisterPatient("Maria", "Lopez", born, Person.SELF)
        said = reception.perform(command)
        assert isinstance(said, ask.PatientRegistered)
        shown = replace(said, person=replace(said.person, key=0))
        return shown, [each.as_dict() for each in reception.happened]

    assert outcome("one", BORN) == outcome("two", BORN + timedelta(days=1))
    count = connection.execute(select(patients.c.id)).all()
    assert len(count) == 2  # The first was known, the second is new.


def test_a_record_is_found_whatever_the_accents_and_capitals(
    clinic: Clinic, connection: Connection
) -> None:
    assert registered(counter(connection), "MARÍA ", "lópez") == clinic.patient_id


def test_of_the_dead_a_new_record_is_made_and_nothing_is_told(
    clinic: Clinic, connection: Connection
) -> None:
    connection.execute(update(patients).values(standing=Standing.DECEASED))
    reception = counter(connection)
    patient = registered(reception)
    assert patient != clinic.patient_id
    assert isinstance(reception.perform(ask.BookVisit(a_slot(clinic), patient)), ask.VisitBooked)


def test_who_may_not_book_by_chat_is_asked_to_call_also_from_a_new_address(
    clinic: Clinic, connection: Connection
) -> None:
    connection.execute(update(patients).values(standing=Standing.BLOCKED))
    reception = counter(connection)
    patient = registered(reception)
    for command in (ask.HoldSlot(a_slot(clinic), patient), ask.BookVisit(a_slot(clinic), patient)):
        assert refusal(reception.perform(command)) is Refusal.BLOCKED
    assert connection.execute(select(appointments)).all() == []


def test_an_address_that_staff_typed_in_is_claimed_by_saying_who_one_is(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    _prove(connection, registered(reception), trust=Trust.GIVEN)
    reception = counter(connection)
    assert registered(reception) == clinic.patient_id
    people = reception.perform(ask.FindPeople())
    assert isinstance(people, ask.PeopleFound)
    assert [person.name for person in people.people] == ["Maria Lopez"]


@pytest.mark.usefixtures("clinic")
def test_an_address_that_the_clinic_has_barred_stays_barred(connection: Connection) -> None:
    _prove(connection, registered(counter(connection)), may_book=False)
    command = ask.RegisterPatient("Maria", "Lopez", BORN, Person.SELF)
    assert refusal(counter(connection).perform(command)) is Refusal.BLOCKED


def test_saying_it_again_takes_no_trust_away(clinic: Clinic, connection: Connection) -> None:
    _prove(connection, registered(counter(connection)))
    registered(counter(connection))
    [link] = connection.execute(
        select(patient_addresses).where(patient_addresses.c.address_id != clinic.address_id)
    ).all()
    assert link.trust == Trust.PROVED


@pytest.mark.usefixtures("clinic")
def test_a_new_patient_has_their_event(connection: Connection) -> None:
    registered(counter(connection), "Ann", "Abel")
    registered(counter(connection))
    events = connection.execute(select(patient_events).order_by(patient_events.c.id)).all()
    assert [(row.what, row.actor_kind, row.channel) for row in events] == [
        ("registered", "patient", "web"),
        ("linked", "patient", "web"),
    ]


# Errors of the core, and what becomes of them.


def test_every_error_of_the_clinic_is_an_answer_or_a_fault_of_ours() -> None:
    ours = {
        errors.NaiveDatetime,
        errors.NotMigrated,
        errors.NoClinic,
    }
    raised = {
        each
        for each in vars(errors).values()
        if isinstance(each, type)
        and issubclass(each, errors.ClinicError)
        and each is not errors.ClinicError
    }
    assert raised == set(REFUSALS) | ours


def test_a_fault_of_ours_is_no_answer(clinic: Clinic, connection: Connection) -> None:
    reception = counter(connection)
    naive = a_slot(clinic, TUESDAY_TEN.replace(tzinfo=None))
    with pytest.raises(errors.NaiveDatetime):
        reception.perform(ask.HoldSlot(naive))


@pytest.mark.parametrize(
    ("starts_at", "expected"),
    [
        ("2026-11-22T09:00-08:00", Refusal.NOT_OFFERED),  # A Sunday
        ("2026-11-24T12:20-08:00", Refusal.NOT_OFFERED),  # The break
        ("2026-11-20T10:00-08:00", Refusal.TOO_SOON),
        ("2027-11-23T10:00-08:00", Refusal.TOO_FAR),
    ],
)
def test_what_the_clinic_does_not_do_is_refused_in_the_dialogues_words(
    clinic: Clinic, connection: Connection, starts_at: str, expected: Refusal
) -> None:
    slot = a_slot(clinic, datetime.fromisoformat(starts_at))
    assert refusal(counter(connection).perform(ask.HoldSlot(slot))) is expected


def test_a_visit_that_staff_moved_meanwhile_is_not_cancelled_unseen(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    visit = booked(reception, a_slot(clinic), registered(reception))
    connection.execute(update(appointments).values(version=appointments.c.version + 1))
    assert refusal(reception.perform(ask.CancelVisit(visit))) is Refusal.CHANGED
    newer = replace(visit, version=visit.version + 1)
    assert isinstance(reception.perform(ask.CancelVisit(newer)), ask.VisitCancelled)


@pytest.mark.usefixtures("clinic")
def test_an_alarm_is_opened_each_time_and_another_task_once(connection: Connection) -> None:
    reception = counter(connection)
    row = {
        "public_id": new_public_id(),
        "conversation_id": a_conversation(connection, an_address(connection)),
        "direction": "in",
        "channel": "web",
        "kind": "reply",
        "status": "received",
        "is_simulated": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    connection.execute(insert(messages), row)
    for alert in (Alert.EMERGENCY, Alert.HANDOVER, Alert.EMERGENCY, Alert.HANDOVER):
        reception.perform(ask.AlertStaff(alert))
    kinds = connection.execute(select(tasks.c.kind).order_by(tasks.c.id)).scalars().all()
    assert kinds == ["emergency", "handover", "emergency"]


def test_every_alert_of_the_dialogue_has_its_task() -> None:
    assert set(TASKS) == set(Alert)


# The same in words: what the two people of one name read.


def test_a_namesake_neither_sees_nor_moves_nor_cancels_the_others_visit(demo: Database) -> None:
    first, second = Patient(demo), Patient(demo, address="somebody else")
    first.says("dr patel tuesday at 10am", "John Smith", "4 May 1980", "yes")
    second.says("dr okafor wednesday at 9am", "John Smith", "4 May 1980", "yes")
    assert len(rows(demo, patients)) == 1
    listed = text_of(second.says("my visits"))
    assert "Okafor" in listed
    assert "Patel" not in listed
    second.says("cancel my visit with dr patel")
    second.says("no", "start over")
    assert types_of(second.says("cancel my tuesday appointment")) == []
    second.says("no", "start over")
    assert {visit.status for visit in live_visits(demo)} == {"scheduled"}
    assert len(live_visits(demo)) == 2


def test_a_namesake_who_asks_for_the_same_hour_hears_only_that_it_is_taken(
    demo: Database,
) -> None:
    first, second = Patient(demo), Patient(demo, address="somebody else")
    first.says("dr patel tuesday at 10am", "John Smith", "4 May 1980", "yes")
    handled = second.says("dr okafor tuesday at 10am", "John Smith", "4 May 1980")
    assert "has just been taken" in text_of(handled)
    assert "overlaps" not in text_of(handled)
    assert "10:00" not in text_of(handled).split("taken.")[1]
    assert types_of(second.says("the first one", "yes"))[-1:] == ["booked"]


def test_ones_own_overlap_is_said(demo: Database) -> None:
    """The control of the one above."""
    patient = Patient(demo)
    patient.says("dr patel tuesday at 10am", "John Smith", "4 May 1980", "yes")
    assert "overlaps" in text_of(patient.says("dr okafor tuesday at 10am"))


def test_what_happened_is_told_in_the_clinics_words(demo: Database) -> None:
    patient = Patient(demo)
    patient.says("dr kim tuesday at 10am", "John Smith", "4 May 1980")
    handled = patient.says("yes")
    [happened] = [each.as_dict() for each in handled.happened if each.type == "booked"]
    assert len(happened.pop("appointment")) == 16
    assert happened == {
        "type": "booked",
        "practitioner": "Dr David Kim",
        "location": "Phoenix",
        "visit_type": "consultation",
        "patient": "John Smith",
        "starts_at": "2026-11-24T10:00:00-07:00",
        "ends_at": "2026-11-24T10:30:00-07:00",
    }


def test_a_patient_that_staff_linked_by_hand_is_known_at_once(demo: Database) -> None:
    patient = Patient(demo)
    patient.says("hello")
    with demo.transaction() as connection:
        a_link(connection, a_patient(connection), patient.own_address.id)
    assert "for Maria Lopez" in text_of(patient.says("dr patel tuesday at 10am"))
