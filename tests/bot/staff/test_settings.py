"""The settings in a chat of staff: seen, changed after a yes and a PIN, taken back."""

import pytest
from sqlalchemy import select

from core.database.connect import Database
from core.models import audit_log, locations, reminders, setting_events, settings
from core.models.occasions import ReminderState
from core.models.staff import Role
from core.rules import load_rules
from core.setup.by_staff import By, change
from core.setup.changeable import Key
from core.staff.members import give_roles
from core.staff.rights import Grant
from tests.bot.staff.colleague import PIN, Colleague, a_member, a_receptionist
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic, a_location
from tests.core.occasions.test_planning import NEXT_MONDAY
from tests.core.scheduling.words import a_slot, book_slot


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    del clinic
    anna = a_member(database, Grant(Role.ADMIN))
    anna.comes_in()
    return anna


def quiet(database: Database) -> tuple[int, int]:
    with database.reading() as connection:
        rules = load_rules(connection).general
    return rules.quiet_from_hour, rules.quiet_until_hour


def test_nothing_is_changed_without_a_yes(anna: Colleague, database: Database) -> None:
    told = text_of(anna.says("/settings quiet hours 21:00-07:00"))
    assert "Quiet hours, from now on: 9:00 PM - 7:00 AM" in told
    assert "Until now: 8:00 PM - 8:00 AM" in told
    assert quiet(database) == (20, 8)
    assert "Left as it was" in text_of(anna.presses(2))
    assert rows(database, settings) == []


def test_a_yes_changes_it_and_a_press_takes_it_back(anna: Colleague, database: Database) -> None:
    anna.says("quiet hours from 9pm to 7am")
    assert "Changed" in text_of(anna.presses(1))
    assert quiet(database) == (21, 7)
    assert "Taken back" in text_of(anna.presses(1))
    assert quiet(database) == (20, 8)


def test_the_page_says_whose_it_is_and_what_was(anna: Colleague, database: Database) -> None:
    told = text_of(anna.says("/settings quiet hours"))
    assert "That is the default" in told
    anna.says("21 to 7")
    anna.presses(1)
    told = text_of(anna.says("quiet hours"))
    assert "Set by Anna Weber" in told
    assert "(admin): Quiet from: 8:00 PM -> 9:00 PM" in told
    assert "As in the clinic file again" in text_of(anna.presses(1))
    assert quiet(database) == (20, 8)


def test_changing_takes_the_pin_and_looking_does_not(anna: Colleague, database: Database) -> None:
    anna.clock.passes(minutes=30)
    assert "To change it" in text_of(anna.says("/settings quiet hours"))
    anna.says("21 to 7")
    assert "write your PIN" in text_of(anna.presses(1))
    assert quiet(database) == (20, 8)
    assert "Changed" in text_of(anna.says(PIN))
    assert quiet(database) == (21, 7)


def test_only_administrators_see_them(clinic: Clinic, database: Database) -> None:
    del clinic
    ben = a_receptionist(database)
    ben.comes_in()
    assert "Your role does not include that" in text_of(ben.says("/settings quiet hours 21-7"))
    assert "/settings" not in text_of(ben.says("/help"))


def test_who_has_one_place_changes_that_one_only(clinic: Clinic, database: Database) -> None:
    with database.transaction() as connection:
        uptown = a_location(connection, "Uptown")
    ben = a_member(database, Grant(Role.ADMIN, uptown), username="ben")
    ben.comes_in()
    assert "not yours" in text_of(ben.says("/settings quiet hours 21-7"))
    assert "not yours" in text_of(ben.says("/settings opening hours at Downtown mon 8-9"))
    assert "not yours" in text_of(ben.says("/settings phrase welcome"))
    assert "Uptown, from now on: Mon" in text_of(ben.says("/settings opening hours mon 8-9"))
    ben.presses(1)
    with database.reading() as connection:
        found = connection.execute(select(locations.c.id, locations.c.opening_hours))
        hours = {row.id: row.opening_hours for row in found}
    assert '["08:00", "09:00"]' in hours[uptown]
    assert '["08:00", "09:00"]' not in hours[clinic.location_id]


def test_a_button_of_what_is_not_theirs_does_nothing(clinic: Clinic, database: Database) -> None:
    """Their role was made smaller after the buttons were shown."""
    del clinic
    ben = a_member(database, Grant(Role.ADMIN), username="ben")
    ben.comes_in()
    ben.says("/settings quiet hours 21-7")
    with database.transaction() as connection:
        uptown = a_location(connection, "Uptown")
        give_roles(connection, ben.staff_id, (Grant(Role.ADMIN, uptown),), ben.clock())
    assert "not yours" in text_of(ben.presses(1))
    assert quiet(database) == (20, 8)


def test_opening_hours_of_days_that_are_not_named_stay(anna: Colleague, database: Database) -> None:
    anna.says("/settings opening hours mon-fri 8-18, sat 9-12 and 14-16")
    anna.presses(1)
    told = text_of(anna.says("change the opening hours: sat closed, sun 10am-2pm"))
    assert "Mon-Fri 8:00 AM-6:00 PM; Sun 10:00 AM-2:00 PM" in told
    anna.presses(1)
    [place] = rows(database, locations)
    assert "sat" not in place.opening_hours


def test_reminders_of_what_is_booked_are_planned_anew(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        slot = a_slot(clinic, "10:00", NEXT_MONDAY)
        book_slot(connection, clinic, slot)
    assert planned_stages(database) == {"3d", "1d"}
    anna.says("change the reminders to 5 days and one day before")
    anna.presses(1)
    anna.presses(1)
    assert planned_stages(database) == {"5d", "1d"}
    anna.presses(1)
    assert planned_stages(database) == {"3d", "1d"}


def planned_stages(database: Database) -> set[str]:
    return {row.stage for row in rows(database, reminders) if row.state == ReminderState.PLANNED}


def test_a_wrong_value_says_what_was_expected_and_goes_on_asking(
    anna: Colleague, database: Database
) -> None:
    anna.says("/settings opening hours")
    for wrong in ("mon 18-8", "someday 8-18", "mon 25-26", "8-18"):
        assert f'I can\'t read "{wrong}"' in text_of(anna.says(wrong))
    assert "from now on: Mon" in text_of(anna.says("mon 8-9"))
    assert rows(database, settings) == []


def test_another_setting_may_be_named_instead_of_a_value(anna: Colleague) -> None:
    anna.says("/settings opening hours")
    assert "Quiet hours, from now on" in text_of(anna.says("quiet hours 21-7"))
    anna.says("/settings opening hours")
    assert "Left as it was" in text_of(anna.says("never mind"))


def test_somebody_else_was_faster(anna: Colleague, database: Database) -> None:
    anna.says("/settings quiet hours 21-7")
    with database.transaction() as connection:
        by = By(anna.staff_id, "admin", "telegram")
        change(connection, [(Key("quiet_from_hour"), "23")], by, NOW, seen=0)
    assert "Somebody has changed that setting" in text_of(anna.presses(1))
    assert quiet(database) == (23, 8)


def test_a_text_is_what_patients_hear_at_once(anna: Colleague, database: Database) -> None:
    anna.says("/settings parking")
    anna.presses(1)
    anna.says("Behind the house: ring/twice?")
    anna.presses(1)
    patient = Colleague(database, address="9002")
    assert "Behind the house: ring/twice?" in text_of(patient.says("Is there parking?"))


def test_a_sentence_keeps_its_facts(anna: Colleague, database: Database) -> None:
    anna.says("/settings sentences")
    assert "in our words" in text_of(anna.says("welcome"))
    assert "can't be said so" in text_of(anna.says("Call {nobody}!"))
    anna.says("Come in.")
    anna.presses(1)
    with database.reading() as connection:
        events = connection.execute(select(setting_events)).all()
    assert [row.value_to for row in events] == ["Come in."]


def test_a_rule_of_a_place_beats_the_clinics(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        uptown = a_location(connection, "Uptown")
    anna.says("/settings booking")
    anna.presses(2)
    assert "as everywhere, 180 days" in text_of(anna.presses(2))
    anna.says("2 weeks")
    anna.presses(1)
    with database.reading() as connection:
        rules = load_rules(connection)
    assert (rules.at(uptown).horizon_days, rules.at(clinic.location_id).horizon_days) == (14, 180)


def test_who_changed_it_is_in_the_audit_log_and_the_history(
    anna: Colleague, database: Database
) -> None:
    anna.says("/settings quiet hours 21-8")
    anna.presses(1)
    first, event = rows(database, setting_events)
    assert (first.key, event.key) == ("quiet_from_hour", "quiet_until_hour")
    assert (event.actor, event.role, event.channel) == (
        f"staff {anna.staff_id}",
        "admin",
        "telegram",
    )
    entry = rows(database, audit_log)[-1]
    assert (entry.action, entry.resource, entry.ids) == (
        "changed",
        "setting",
        f"[{first.id}, {event.id}]",
    )


@pytest.mark.parametrize(
    "code",
    [
        "phrase/nowhere/en/0",
        "phrase/welcome/xx/0",
        "reminders///0",
        "reminders/nothing//0",
        "preparation/*//0",
        "opening_hours///0",
        "opening_hours///77",
        "quiet_hours///1",
        "call_list_hour///1",
        "hold_minutes///0",
    ],
)
def test_what_there_is_not_is_nobodys_to_change(anna: Colleague, code: str) -> None:
    told = text_of(anna.says(f"/settings {code} 5"))
    assert "not yours" in told or "What would you like" in told
