"""Working hours in a chat of staff: shown, added on a day, changed from a day on, taken back."""

from datetime import date, time

import pytest

from core.database.connect import Database
from core.models import absences, appointments, audit_log, holidays, schedules, tasks
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import PIN, Colleague, a_member, a_receptionist
from tests.bot.staff.test_away import booked, whose
from tests.bot.talking import rows, text_of
from tests.builders import Clinic, a_holiday, a_location, a_practitioner, a_schedule, an_absence

SATURDAY = date(2026, 11, 28)
MONDAYS = "from tomorrow Dr Patel works Mondays 12 to 17"
OFF = "Dr Patel no longer works Mondays from tomorrow"


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    del clinic
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


def saturdays(database: Database) -> list[tuple[time, time, date | None, date | None]]:
    return [
        (row.starts, row.ends, row.valid_from, row.valid_to)
        for row in rows(database, schedules)
        if row.weekday == 5
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Dr Patel works Saturday 9 to 1",
        "/hours dr patel saturday 9-13",
        "/hours dr patel 28 november from 9 to 13",
    ],
)
def test_hours_are_added_on_a_day_and_taken_back(
    anna: Colleague, database: Database, text: str
) -> None:
    assert "Dr Patel works more: Sat, Nov 28 9:00 AM-1:00 PM?" in text_of(anna.says(text))
    assert saturdays(database) == []
    assert "Added" in text_of(anna.presses(1))
    assert saturdays(database) == [(time(9), time(13), SATURDAY, SATURDAY)]
    assert "Nobody was booked then" in text_of(anna.presses(1))
    assert saturdays(database) == []
    anna.presses(1)
    assert saturdays(database) == [(time(9), time(13), SATURDAY, SATURDAY)]


def test_what_lacks_is_asked_for_step_by_step(anna: Colleague, database: Database) -> None:
    assert text_of(anna.says("/hours")) == "Whose hours?"
    assert "Hours of Dr Patel" in text_of(anna.says("dr patel"))
    assert "From when until when?" in text_of(anna.says("/hours dr patel saturday"))
    assert "works more" in text_of(anna.says("9 to 13"))
    assert "Which hours then?" in text_of(anna.says("/hours dr patel mondays"))
    assert "From which day on?" in text_of(anna.says("8 to 12"))
    assert "Other hours for Dr Patel" in text_of(anna.says("from tomorrow"))
    assert saturdays(database) == []


def test_a_no_drops_what_was_asked_for(anna: Colleague) -> None:
    anna.says("/hours dr patel saturday")
    assert text_of(anna.says("never mind")) == "Left as it was."
    assert "Monday, November 23" in text_of(anna.says("tomorrow"))


def test_somebody_named_anew_is_another_change(anna: Colleague) -> None:
    anna.says("/hours dr patel mondays")
    anna.says("off")
    told = text_of(anna.says("Dr Okafor works Saturday 9 to 1"))
    assert "Dr Okafor works more: Sat, Nov 28" in told


def test_hours_that_there_are_already_are_said(anna: Colleague) -> None:
    told = text_of(anna.says("/hours dr patel monday 16-18"))
    assert "Dr Patel works 9:00 AM-5:00 PM already, at Downtown." in told
    told = text_of(anna.says("/hours dr patel mondays 9-17 from tomorrow"))
    assert "Those are the hours already" in told


def test_a_holiday_and_an_absence_are_said_and_may_be_taken_out_of_the_way(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        a_holiday(connection, clinic.location_id, SATURDAY)
        an_absence(connection, clinic.patel_id, SATURDAY, SATURDAY)
    told = text_of(anna.says("Dr Patel works Saturday 9 to 1"))
    assert "Downtown is closed on Sat, Nov 28" in told
    assert "Dr Patel is away on Sat, Nov 28" in told
    assert "is open on Sat, Nov 28 after all" in text_of(anna.presses(1))
    assert rows(database, holidays) == []


def test_a_day_that_is_over_gets_no_hours(anna: Colleague) -> None:
    assert "That day is over" in text_of(anna.says("/hours dr patel yesterday from 9 to 13"))


def test_of_several_of_a_name_one_is_picked(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        other = a_practitioner(
            connection, specialty_id=clinic.specialty_id, first_name="Ravi", last_name="Patel"
        )
        a_schedule(connection, other, clinic.location_id)
    assert text_of(anna.says("/hours dr patel saturday 9-13")) == "Which one?"
    anna.presses(2)
    anna.presses(1)
    assert [row.practitioner_id for row in rows(database, schedules) if row.weekday == 5] == [other]


def test_of_several_places_one_is_picked(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        phoenix = a_location(connection, "Phoenix")
        a_schedule(connection, clinic.patel_id, phoenix, weekdays=[6])
    assert text_of(anna.says("/hours dr patel saturday 9-13")) == "At which place?"
    anna.presses(2)
    anna.presses(1)
    assert [row.location_id for row in rows(database, schedules) if row.weekday == 5] == [phoenix]


def test_another_week_takes_a_pin_shows_whom_it_touches_and_is_undone(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    anna.says("/lock")
    anna.comes_in(with_pin=False)
    booked(clinic, database)
    assert "PIN" in text_of(anna.says(MONDAYS))
    told = text_of(anna.says(PIN))
    assert "Mon 9:00 AM-5:00 PM (break 12:00 PM-1:00 PM) -> Mon 12:00 PM-5:00 PM" in told
    assert "10:00 AM N.Q. -> 10:00 AM Dr Okafor" in told
    assert whose(database) == [clinic.patel_id]
    assert "The hours are changed" in text_of(anna.presses(1))
    assert whose(database) == [clinic.okafor_id]
    assert "Visits back where they were: 1" in text_of(anna.presses(1))
    assert whose(database) == [clinic.patel_id]
    assert {row.weekday for row in rows(database, schedules)} == {0, 1, 2, 3, 4}
    assert "changed_hours" in {row.action for row in rows(database, audit_log)}


def test_visits_may_stay_where_they_are_each_a_task(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    visit = booked(clinic, database)
    assert "-> Mon off" in text_of(anna.says(OFF))
    assert "each a task until somebody decides: 1" in text_of(anna.presses(2))
    assert whose(database) == [clinic.patel_id]
    [task] = [row for row in rows(database, tasks) if row.kind == "stranded"]
    assert task.appointment_id == visit


def test_what_has_changed_since_is_shown_anew(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    booked(clinic, database)
    anna.says(OFF)
    booked(clinic, database, 40)
    told = text_of(anna.presses(1))
    assert "Something has changed" in told
    assert "Visits: 2" in told
    assert len(rows(database, schedules)) == 10
    anna.presses(1)
    assert whose(database) == [clinic.okafor_id, clinic.okafor_id]


def test_extra_hours_in_which_somebody_is_booked_by_now_are_not_just_taken_back(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    anna.says("Dr Patel works Saturday 9 to 1")
    anna.presses(1)
    booked(clinic, database, 5 * 24 * 60)  # On Saturday, at ten.
    told = text_of(anna.presses(1))
    assert "Take back Dr Patel's hours" in told
    assert "Visits: 1" in told
    assert len(saturdays(database)) == 1


def test_the_page_tells_of_what_is_to_come_and_takes_each_back(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        an_absence(connection, clinic.patel_id, SATURDAY, SATURDAY)
        a_holiday(connection, clinic.location_id, date(2026, 12, 25))
    anna.says("/hours dr patel mondays off from 1 january")
    anna.presses(1)
    told = text_of(anna.says("/hours dr patel"))
    assert "Downtown: Mon-Fri 9:00 AM-5:00 PM" in told
    assert "Downtown, from Fri, Jan 1 on: Tue-Fri 9:00 AM-5:00 PM" in told
    assert "Away Sat, Nov 28" in told
    assert "Closed Fri, Dec 25, Downtown" in told
    assert "is there after all" in text_of(anna.presses(1))
    assert rows(database, absences) == []
    anna.presses(1)
    [absence] = rows(database, absences)
    assert (absence.date_from, absence.whole_day) == (SATURDAY, True)
    anna.says("/hours dr patel")
    anna.presses(2)
    assert rows(database, holidays) == []
    anna.presses(1)
    assert [row.day for row in rows(database, holidays)] == [date(2026, 12, 25)]
    anna.says("/hours dr patel")
    assert "Take back Dr Patel's hours: Mon off" in text_of(anna.presses(3))
    anna.presses(1)
    assert len(rows(database, schedules)) == 10


def test_a_practitioner_adds_hours_to_their_own_days_alone(
    clinic: Clinic, database: Database
) -> None:
    patel = a_member(
        database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id, username="patel"
    )
    patel.comes_in()
    assert "works more" in text_of(patel.says("/hours saturday from 9 to 13"))
    assert "Added" in text_of(patel.presses(1))
    assert "not among" in text_of(patel.says("/hours dr okafor saturday from 9 to 13"))
    assert "role does not include" in text_of(patel.says("/hours mondays off from 1 january"))
    assert len(rows(database, schedules)) == 11


def test_a_receptionist_changes_nobody_who_works_elsewhere_too(
    clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        phoenix = a_location(connection, "Phoenix")
        a_schedule(connection, clinic.patel_id, phoenix, weekdays=[6])
    rosa = a_member(database, Grant(Role.RECEPTIONIST, clinic.location_id), username="rosa")
    rosa.comes_in()
    assert "not among" in text_of(rosa.says("Dr Patel works Saturday 9 to 1"))
    assert "works more" in text_of(rosa.says("Dr Okafor works Saturday 9 to 1"))


def test_who_works_then_is_a_look_at_the_day_and_who_does_not_is_away(anna: Colleague) -> None:
    assert "Dr Okafor: 0 booked" in text_of(anna.says("who works tomorrow?"))
    assert "Block Dr Patel, Mon, Nov 23?" in text_of(anna.says("Dr Patel doesn't work tomorrow"))


def test_a_no_changes_nothing(anna: Colleague, clinic: Clinic, database: Database) -> None:
    booked(clinic, database)
    anna.says(OFF)
    assert text_of(anna.presses(3)) == "Left as it was."
    anna.says("Dr Patel works Saturday 9 to 1")
    assert text_of(anna.says("no")) == "Left as it was."
    assert len(rows(database, schedules)) == 10
    assert [row.version for row in rows(database, appointments)] == [1]
