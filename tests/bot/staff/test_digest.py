"""The digest of the morning: to whom, when, once, and what stands in it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.database.connect import Database
from core.messaging.tasks import open_task
from core.models import locations, messages, patients, staff, staff_digests
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.models.staff import Role
from core.staff.pairing import revoke
from tests.bot.staff.colleague import PIN, Colleague
from tests.bot.staff.listening import NINE, SEVEN, TEN, House, heard
from tests.bot.talking import rows, set_rule, text_of
from tests.builders import Clinic, a_holiday, an_absence, an_appointment

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = SEVEN - 8 * HOUR  # Eleven on Sunday evening.


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    """On Sunday evening, so that everybody's chat is still open on Monday at seven."""
    house = House(database, clinic)
    house.clock.at = LATE
    return house


@pytest.fixture
def patel(house: House) -> Colleague:
    return house.patel()


def morning(house: House) -> int:
    house.clock.at = SEVEN
    return house.morning()


def test_a_quiet_day_in_a_few_lines(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    assert morning(house) == 1
    [text] = heard(patel)
    assert text.splitlines() == [
        "Monday, November 23, in short:",
        "Visits: 1, the first at 10:00 AM. Free times: 20.",
        "Of these: 1 not asked yet.",
        "Gaps: Dr Patel 10:20 AM - 11:40 AM; Dr Patel 1:00 PM - 4:40 PM",
        "Since the last digest:",
        "New: N.Q., Mon, Nov 23 10:00 AM Dr Patel",
    ]


def test_it_comes_once_however_often_the_worker_looks(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    assert [morning(house), house.morning(), house.morning()] == [1, 0, 0]
    house.clock.passes(hours=3)
    assert house.morning() == 0
    assert len(heard(patel)) == 1


def test_control_without_its_row_it_would_come_again(
    house: House, patel: Colleague, database: Database
) -> None:
    house.booked(house.patient("Nora"))
    morning(house)
    with database.transaction() as connection:
        connection.execute(staff_digests.delete())
    assert house.morning() == 1
    assert len(heard(patel)) == 2


def test_not_before_its_hour_and_not_in_the_afternoon(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    house.clock.at = SEVEN - timedelta(minutes=1)
    assert house.morning() == 0
    house.clock.at = SEVEN + 5 * HOUR
    assert house.morning() == 0
    house.clock.at = SEVEN + 5 * HOUR - timedelta(minutes=1)
    assert house.morning() == 1  # A worker that was down makes up for it until then.
    assert len(heard(patel)) == 1


def test_the_clinic_says_at_which_hour(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    set_rule(house.database, digest_hour=6)
    house.clock.at = SEVEN - HOUR
    assert house.morning() == 1
    assert len(heard(patel)) == 1


def test_what_is_overdue_comes_first(house: House) -> None:
    anna = house.anna()
    visit = house.booked(house.patient("Nora"))
    with house.database.transaction() as connection:
        for due_at in (SEVEN - 2 * HOUR, TEN):
            open_task(
                connection,
                TaskKind.CALL,
                patient_id=visit.patient_id,
                appointment_id=visit.id if due_at < SEVEN else None,
                due_at=due_at,
                now=LATE,
            )
    morning(house)
    [text] = heard(anna)
    assert text.splitlines()[1:4] == [
        "First of all: 1",
        "Call, N.Q., Mon, Nov 23 10:00 AM Dr Patel, overdue",
        "Also to do: 1",
    ]


def test_a_task_of_somebody_elses_visit_is_not_in_it(house: House, patel: Colleague) -> None:
    visit = house.booked(house.patient("Nora"), with_id=house.clinic.okafor_id)
    with house.database.transaction() as connection:
        open_task(
            connection,
            TaskKind.CALL,
            patient_id=visit.patient_id,
            appointment_id=visit.id,
            due_at=SEVEN - HOUR,
            now=LATE,
        )
    morning(house)
    [text] = heard(patel)
    assert "Nobody is booked." in text
    assert "First of all" not in text
    assert "N.Q." not in text


def test_what_may_go_wrong_is_in_it(house: House, patel: Colleague) -> None:
    clinic = house.clinic
    nora = house.patient("Nora", needs='["interpreter"]')
    with house.database.transaction() as connection:
        an_appointment(
            connection,
            patient_id=nora,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN - 30 * DAY,
            status=AppointmentStatus.NO_SHOW,
        )
    house.booked(nora)
    with house.database.transaction() as connection:
        an_absence(connection, clinic.patel_id, SEVEN.date())
    morning(house)
    [text] = heard(patel)
    assert "Missed visits before, and not confirmed: 10:00 AM N.Q. (1)" in text
    assert "Needs: 10:00 AM N.Q.: interpreter" in text
    assert "Away: Dr Patel" in text


def test_a_restricted_patient_is_not_named_in_it(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora", needs='["interpreter"]', standing="restricted"))
    morning(house)
    [text] = heard(patel)
    assert "N.Q." not in text
    assert "interpreter" not in text
    assert "New: (restricted)" in text
    with house.database.transaction() as connection:
        connection.execute(update(patients).values(standing="active"))
    assert "interpreter" in text_of(patel.says("/digest"))  # Control.


def test_a_day_without_anything_is_silent(house: House, patel: Colleague) -> None:
    with house.database.transaction() as connection:
        an_absence(connection, house.clinic.patel_id, SEVEN.date())
    assert morning(house) == 0
    assert heard(patel) == []
    assert "Nobody is booked, and nothing waits." in text_of(patel.says("/digest"))


def test_on_days_that_the_place_is_closed_there_is_none(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    with house.database.transaction() as connection:
        hours = '{"mon": [["08:00", "18:00"]]}'
        connection.execute(update(locations).values(opening_hours=hours))
        a_holiday(connection, house.clinic.location_id, SEVEN.date())
    assert morning(house) == 0
    assert heard(patel) == []


def test_control_on_days_that_it_is_open_there_is_one(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    with house.database.transaction() as connection:
        hours = '{"mon": [["08:00", "18:00"]]}'
        connection.execute(update(locations).values(opening_hours=hours))
    assert morning(house) == 1
    assert len(heard(patel)) == 1


def test_who_wants_none_gets_none(house: House, patel: Colleague) -> None:
    patel.says("digest off")
    house.booked(house.patient("Nora"))
    assert morning(house) == 0
    assert heard(patel) == []
    assert "New: N.Q." in text_of(patel.says("/digest"))


def test_asking_for_it_takes_nothing_for_said(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    for _ in range(2):
        assert "New: N.Q." in text_of(patel.says("my digest"))
    morning(house)
    assert "New: N.Q." in heard(patel)[0]


def test_what_stood_in_one_does_not_stand_in_the_next(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"), TEN + DAY)
    morning(house)
    _became(house, "sent")
    house.clock.at = SEVEN + 2 * HOUR
    house.booked(house.patient("Olga"), TEN + DAY + HOUR)
    house.clock.at = SEVEN + 13 * HOUR
    patel.says(f"/login {PIN}")
    house.clock.at = SEVEN + DAY
    assert house.morning() == 1
    text = heard(patel)[-1]
    assert "New: O.Q." in text
    assert "New: N.Q." not in text


def test_one_that_was_lost_on_its_way_is_made_up_for_in_the_next(
    house: House, patel: Colleague
) -> None:
    house.booked(house.patient("Nora"), TEN + DAY)
    morning(house)
    _became(house, "failed")
    house.clock.at = SEVEN + 13 * HOUR
    patel.says(f"/login {PIN}")
    house.clock.at = SEVEN + DAY
    house.morning()
    assert "New: N.Q." in heard(patel)[-1]


def _became(house: House, status: str) -> None:
    """That came of the digests so far."""
    with house.database.transaction() as connection:
        digests = messages.c.subject == "digest"
        connection.execute(update(messages).where(digests).values(status=status))


def test_its_buttons_lead_to_the_day_and_the_tasks(
    house: House, patel: Colleague, database: Database
) -> None:
    house.booked(house.patient("Nora"))
    patel.says("/notify")
    morning(house)
    [row] = [row for row in rows(database, messages) if row.subject == "digest"]
    assert [each["label"] for each in _buttons(row)] == ["The day", "Tasks"]
    day, tasks = (each["value"] for each in _buttons(row))
    assert "N.Q." in text_of(patel.presses_value(day))
    assert "Nothing waits." in text_of(patel.presses_value(tasks))


def _buttons(row) -> list[dict[str, str]]:  # type: ignore[no-untyped-def]
    found: list[dict[str, str]] = json.loads(row.choices)
    return found


def test_a_number_goes_on_meaning_what_it_did(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    patel.says("/notify")
    morning(house)
    assert "New: at once" in text_of(patel.says("1"))


# Chats that are closed in the morning, as most are.


@pytest.fixture
def silent(house: House) -> Colleague:
    """Whoever wrote last more than twelve hours before seven."""
    house.clock.at = SEVEN - 14 * HOUR
    return house.patel()


def test_a_closed_chat_reads_numbers_and_no_patient(house: House, silent: Colleague) -> None:
    house.booked(house.patient("Nora"))
    assert [morning(house), house.morning()] == [1, 0]
    assert heard(silent) == [
        "Visits today: 1, not reached: 0, pressing tasks: 0. /login and your PIN show your digest."
    ]


def test_whoever_comes_back_reads_it_once(house: House, silent: Colleague) -> None:
    house.booked(house.patient("Nora"))
    morning(house)
    house.clock.passes(minutes=45)
    silent.says("/login")
    back = text_of(silent.says(f"/login {PIN}"))
    assert back.startswith("Welcome back, Patel.")
    assert "New: N.Q., Mon, Nov 23 10:00 AM Dr Patel" in back
    silent.says("/lock")
    assert "in short" not in text_of(silent.says(f"/login {PIN}"))
    assert house.morning() == 0


def test_whoever_comes_back_before_the_worker_looked_gets_no_second_one(
    house: House, silent: Colleague
) -> None:
    house.booked(house.patient("Nora"))
    house.clock.at = SEVEN + timedelta(seconds=5)
    assert "in short" in text_of(silent.says(f"/login {PIN}"))
    assert house.morning() == 0
    assert heard(silent) == []


@pytest.mark.parametrize("how", ["locked", "revoked"])
def test_a_locked_or_revoked_chat_reads_nothing_at_all(
    house: House, patel: Colleague, how: str
) -> None:
    house.booked(house.patient("Nora"))
    if how == "locked":
        patel.says("/lock")
    else:
        with house.database.transaction() as connection:
            revoke(connection, patel.staff_id, house.clock())
    assert morning(house) == 0
    assert heard(patel) == []


def test_whoever_has_no_role_gets_none(house: House) -> None:
    nobody = house.colleague("tom", Role.PRACTITIONER, "9104")  # Of no calendar.
    house.booked(house.patient("Nora"))
    assert morning(house) == 0
    assert heard(nobody) == []


def test_somebody_who_came_in_later_is_not_told_of_the_morning(house: House) -> None:
    house.clock.at = NINE
    patel = house.patel()
    house.booked(house.patient("Nora"))
    assert house.morning() == 0
    assert heard(patel) == []


def test_in_spanish(house: House, patel: Colleague) -> None:
    with house.database.transaction() as connection:
        connection.execute(update(staff).values(language="es"))
    house.booked(house.patient("Nora"))
    morning(house)
    assert heard(patel)[0].startswith(
        "Lunes 23 de noviembre, en breve:\nCitas: 1, la primera a las"
    )
