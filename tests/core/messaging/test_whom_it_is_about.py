"""As a message is claimed it is looked at once more for whom it is about: may they be contacted, by
this channel, at this hour, and does this address still speak for them?"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from core.messaging import outbox
from core.models import messages, patient_addresses, patients, reminders
from core.people.contact import ContactRules
from core.people.trust import report_death, suspend
from core.rules import Rules
from core.scheduling.appointments import Appointment
from tests.builders import NOW, Clinic, a_link, a_patient
from tests.core.people.test_standing import a_queued, fate
from tests.core.scheduling.words import PATIENT, TUESDAY, a_slot, book_slot

NOON = NOW + timedelta(hours=10)  # Sunday, by the clock on the wall there.


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    return book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))


def claimed(connection: Connection, now: datetime = NOON) -> list[int]:
    claim = outbox.claim(connection, now=now, owner="w", lease=timedelta(minutes=2), limit=10)
    return [message.id for message in claim.messages]


def rules(text: str) -> Callable[[Connection, Clinic], None]:
    def noted(connection: Connection, clinic: Clinic) -> None:
        del clinic
        connection.execute(update(patients).values(contact_rules=text))

    return noted


def _dead(connection: Connection, clinic: Clinic) -> None:
    del clinic
    connection.execute(update(patients).values(standing="deceased"))


def _said_dead(connection: Connection, clinic: Clinic) -> None:
    ids = [clinic.patient_id]
    report_death(connection, ids, clinic.address_id, actor=PATIENT, now=NOW)


def _wrong_number(connection: Connection, clinic: Clinic) -> None:
    suspend(connection, clinic.address_id, why="wrong person", actor=PATIENT, now=NOW)


def _not_told(connection: Connection, clinic: Clinic) -> None:
    del clinic
    connection.execute(update(patient_addresses).values(is_told=False))


def _over(connection: Connection, clinic: Clinic) -> None:
    del clinic
    connection.execute(update(patient_addresses).values(until=NOW))


REASONS = [
    (_dead, "deceased"),
    (_said_dead, "no_contact"),
    (rules('{"never": "asked"}'), "no_contact"),
    (rules('{"only": "whatsapp"}'), "not_told"),
    (rules('{"only":"telegram","hours":"8-20"}'), "not_told"),
    (rules('{"hours": "14-16"}'), "night"),
    (_wrong_number, "not_told"),
    (_not_told, "not_told"),
    (_over, "not_told"),
]


UNPROMPTED = ("reminder", "notice", "offer", "survey", "recall", "broadcast", "running_late")


@pytest.mark.parametrize(("happens", "why"), REASONS)
def test_what_nobody_asked_for_is_dropped_and_says_why(
    clinic: Clinic,
    connection: Connection,
    visit: Appointment,
    happens: Callable[[Connection, Clinic], None],
    why: str,
) -> None:
    ids = [a_queued(connection, clinic, kind, appointment_id=visit.id) for kind in UNPROMPTED]
    happens(connection, clinic)
    for _ in ids:  # One of a conversation at a time.
        assert claimed(connection) == []
    assert {tuple(fate(connection, each)) for each in ids} == {("dropped", why, None)}


@pytest.mark.parametrize(
    "happens",
    [
        lambda *_: None,
        rules('{"only": "sms"}'),
        rules('{"only":"sms"}'),
        rules('{"hours": "9-13"}'),
        rules("{}"),
    ],
)
def test_control_what_is_as_it_was_goes_out(
    clinic: Clinic,
    connection: Connection,
    visit: Appointment,
    happens: Callable[[Connection, Clinic], None],
) -> None:
    message_id = a_queued(connection, clinic, appointment_id=visit.id)
    happens(connection, clinic)
    assert claimed(connection) == [message_id]


@pytest.mark.parametrize("happens", [happens for happens, _ in REASONS])
def test_an_answer_goes_out_whatever_has_happened(
    clinic: Clinic,
    connection: Connection,
    visit: Appointment,
    happens: Callable[[Connection, Clinic], None],
) -> None:
    message_id = a_queued(connection, clinic, "reply", appointment_id=visit.id)
    happens(connection, clinic)
    assert claimed(connection) == [message_id]


def test_what_is_about_nobody_s_visit_goes_out(clinic: Clinic, connection: Connection) -> None:
    """An alarm to staff, whose address is a patient's as well."""
    message_id = a_queued(connection, clinic, "notice")
    _dead(connection, clinic)
    assert claimed(connection) == [message_id]


def test_a_shared_reminder_goes_out_only_where_all_of_them_are_spoken_for(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    child = a_patient(connection, "Lia")
    a_link(connection, child, clinic.address_id, relation="daughter")
    book_slot(connection, clinic, a_slot(clinic, "11:00", TUESDAY), patient_id=child)
    shared = a_queued(connection, clinic, appointment_id=visit.id)
    in_one = update(reminders).where(reminders.c.stage == "1d")
    connection.execute(in_one.values(message_id=shared, state="queued"))
    theirs = patient_addresses.c.patient_id == child
    connection.execute(update(patient_addresses).where(theirs).values(suspended_at=NOW))
    assert claimed(connection) == []
    # Each is said anew, to whoever may hear of it.
    planned = select(reminders.c.state).where(reminders.c.stage == "1d")
    assert list(connection.scalars(planned)) == ["planned", "planned"]
    assert fate(connection, shared)[1] == "not_told"


@pytest.mark.parametrize(
    ("hours", "clinics", "narrowed"),
    [
        ("9-17", (20, 8), (17, 9)),
        ("7-22", (20, 8), (20, 8)),
        ("10-12", (0, 0), (12, 10)),  # The clinic knows no night.
        ("21-23", (20, 8), (23, 21)),  # They work late, and want no other hour.
    ],
)
def test_a_patients_own_hours_lie_within_the_clinics(
    hours: str, clinics: tuple[int, int], narrowed: tuple[int, int]
) -> None:
    general = Rules(quiet_from_hour=clinics[0], quiet_until_hour=clinics[1])
    found = ContactRules.read(f'{{"hours": "{hours}"}}').narrow(general)
    assert (found.quiet_from_hour, found.quiet_until_hour) == narrowed
    assert ContactRules.read(None).narrow(general) == general


@pytest.mark.parametrize("hours", ["9", "17-9", "9-25", "nine to five", "9-9"])
def test_hours_that_are_none_say_what_was_expected(hours: str) -> None:
    with pytest.raises(ValueError, match="expected full hours"):
        ContactRules.read(f'{{"hours": "{hours}"}}')


def test_nothing_of_it_is_left_in_the_queue(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    a_queued(connection, clinic, appointment_id=visit.id)
    _dead(connection, clinic)
    claimed(connection)
    left = select(messages.c.id).where(messages.c.status == "queued")
    assert connection.scalars(left).all() == []
