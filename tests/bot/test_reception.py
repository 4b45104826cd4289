"""Reception: what the clinic does for an address, and what becomes of the core's errors."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Alert, Refusal
from bot.reception import REFUSALS
from bot.reception.alerts import TASKS
from bot.understanding.values import Person
from core import errors
from core.database.connect import Database
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
from tests.bot.counter import (
    BORN,
    TUESDAY_TEN,
    a_slot,
    booked,
    counter,
    prove,
    refusal,
    registered,
    theirs,
    visits_of,
)
from tests.bot.talking import Patient, live_visits, rows, text_of, types_of
from tests.builders import NOW, Clinic, a_conversation, a_link, a_patient, an_address

# Registering.


@pytest.mark.usefixtures("clinic")
def test_registering_says_the_same_whether_there_was_a_record_or_not(
    connection: Connection,
) -> None:
    def outcome(address: str, born: date) -> tuple[told.Outcome, list[dict[str, Any]]]:
        reception = counter(connection, address)
        command = ask.RegisterPatient("Maria", "Lopez", born, Person.SELF)
        said = reception.perform(command)
        assert isinstance(said, told.PatientRegistered)
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
    assert isinstance(reception.perform(ask.BookVisit(a_slot(clinic), patient)), told.VisitBooked)


def test_who_may_not_book_by_chat_is_asked_to_call(clinic: Clinic, connection: Connection) -> None:
    reception = counter(connection)
    patient = registered(reception)
    connection.execute(update(patients).values(standing=Standing.BLOCKED))
    reception = counter(connection)
    for command in (ask.HoldSlot(a_slot(clinic), patient), ask.BookVisit(a_slot(clinic), patient)):
        assert refusal(reception.perform(command)) is Refusal.BLOCKED
    assert registered(reception) == patient  # Saying it again is no way round.
    assert connection.execute(select(appointments)).all() == []


def test_a_blocked_patients_name_said_elsewhere_is_answered_like_any_other(
    clinic: Clinic, connection: Connection
) -> None:
    """ "Please call us" would tell that there is such a record; staff hear of the booking."""
    connection.execute(update(patients).values(standing=Standing.BLOCKED))
    reception = counter(connection)
    patient = registered(reception)
    booked(reception, a_slot(clinic), patient)
    assert patient != clinic.patient_id
    [task] = connection.execute(select(tasks)).all()
    assert (task.kind, task.patient_id) == ("duplicate", patient)


def test_an_address_that_staff_typed_in_is_claimed_by_saying_who_one_is(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    prove(connection, registered(reception), trust=Trust.GIVEN)
    reception = counter(connection)
    assert registered(reception) == clinic.patient_id
    people = reception.perform(ask.FindPeople())
    assert isinstance(people, told.PeopleFound)
    assert [person.name for person in people.people] == ["Maria Lopez"]


@pytest.mark.parametrize("barred", [{"may_book": False}, {"is_barred": True}])
def test_an_address_that_the_clinic_has_barred_stays_barred(
    clinic: Clinic, connection: Connection, barred: dict[str, bool]
) -> None:
    """And hears nothing different: it gets a record of its own."""
    prove(connection, registered(counter(connection)), **barred)
    assert counter(connection).perform(ask.FindPeople()) == told.PeopleFound(())
    theirs(connection, clinic)
    reception = counter(connection)
    other = registered(reception)
    assert other != clinic.patient_id
    assert visits_of(reception) == []
    booked(reception, a_slot(clinic), other)


def test_saying_it_again_takes_no_trust_away(clinic: Clinic, connection: Connection) -> None:
    prove(connection, registered(counter(connection)))
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
        errors.NothingToUndo,  # No command of the dialogue undoes.
        errors.StaffOnly,
        errors.ReasonMissing,  # Of staff, as is the next.
        errors.PatientNotFound,
        errors.StandingChanged,
        errors.RecordRestricted,
        errors.CannotMerge,
        errors.TaskNotFound,  # Of the command line.
        errors.TaskClosed,  # Of staff.
        errors.TemplateUnfit,
        errors.UnknownStaff,
        errors.UsernameTaken,
        errors.WeakPin,  # Of staff's own chats, as is the next.
        errors.NothingToFindBy,
        errors.ImpossibleHours,
        errors.SettingChanged,  # Of staff's settings, as is the next.
        errors.UnfitSetting,
        errors.BroadcastNotFound,  # Of staff's broadcasts, as are the next two.
        errors.BroadcastDecided,
        errors.ImpossibleGroup,
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
    assert isinstance(reception.perform(ask.CancelVisit(newer)), told.VisitCancelled)


@pytest.mark.usefixtures("clinic")
def test_an_alarm_that_nobody_has_taken_is_one_and_so_is_another_task(
    connection: Connection,
) -> None:
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
    for alert in (Alert.EMERGENCY, Alert.ABUSE, Alert.EMERGENCY, Alert.ABUSE, Alert.SELF_HARM):
        reception.perform(ask.AlertStaff(alert))
    kinds = select(tasks.c.kind).order_by(tasks.c.id)
    assert connection.scalars(kinds).all() == ["emergency", "abuse", "self_harm"]
    # Once somebody has taken it, more words of danger are a new alarm.
    connection.execute(update(tasks).values(acknowledged_at=NOW))
    for alert in (Alert.EMERGENCY, Alert.ABUSE):
        reception.perform(ask.AlertStaff(alert))
    assert connection.scalars(kinds).all()[3:] == ["emergency"]


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
