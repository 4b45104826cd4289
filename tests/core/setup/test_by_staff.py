"""What staff set in chat: whose word holds, the way back, the history, and the file beside it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from core import models
from core.database.connect import Database
from core.errors import SettingChanged, UnfitSetting
from core.models import setting_events, settings
from core.rules import load_rules
from core.setup.by_staff import By, Source, as_in_file, change, history, present, take_back
from core.setup.changeable import Key, stored
from tests.builders import a_patient, an_appointment
from tests.core.setup.small_clinic import SMALL, again, changed, rows
from tests.core.setup.test_dump import an_administrator

QUIET = Key("quiet_from_hour")
HOURS = Key("opening_hours", 1)
PARKING = Key("parking", 1)
REMINDERS = Key("reminders.smear")
WELCOME = Key("phrase.en.welcome")
# Key, what staff say, and how it stands in the clinic file.
SETTINGS = [
    (QUIET, 21, "rule quiet_from_hour: 21"),
    (Key("hold_minutes"), 9, "rule hold_minutes: 9"),
    (Key("horizon_days", 1), 9, "rule horizon_days (Hillside): 9"),
    (HOURS, {"sun": "10:00-12:00"}, "location Hillside: opening hours sun 10:00-12:00"),
    (PARKING, {"en": "None."}, 'location Hillside: parking "None." (en)'),
    (REMINDERS, ["2d"], "visit type smear: reminders 2d"),
    (Key("preparation.smear"), {"en": "Rest."}, 'visit type smear: preparation "Rest." (en)'),
    (WELCOME, "Come in.", 'phrase welcome (en): text "Come in."'),
]


@pytest.fixture
def boss(hillside: Database, now: datetime) -> By:
    with hillside.transaction() as connection:
        return By(an_administrator(connection, now), "admin", "telegram")


def say(database: Database, key: Key, written: object, by: By, now: datetime) -> list[int]:
    with database.transaction() as connection:
        value = None if written is None else stored(connection, key, written)
        seen = present(connection, key).last_event
        return change(connection, [(key, value)], by, now, seen=seen)


@pytest.mark.parametrize(("key", "written", "worded"), SETTINGS)
def test_a_set_up_shows_and_keeps_it_unless_it_overwrites(
    hillside: Database, boss: By, now: datetime, key: Key, written: object, worded: str
) -> None:
    say(hillside, key, written, boss, now)
    line, *notes = again(hillside, SMALL, now)
    assert line.startswith(f"keep {worded}, changed by Ada Boss on 2026-11-22 in chat; the file")
    assert all(note.startswith("note: ") for note in notes)
    assert again(hillside, SMALL, now) == [line, *notes]
    with hillside.reading() as connection:
        assert present(connection, key).source is Source.STAFF
    [line] = again(hillside, SMALL, now, overwrite=True)
    assert not line.startswith("keep ")
    assert again(hillside, SMALL, now) == []
    with hillside.reading() as connection:
        assert present(connection, key).source is not Source.STAFF


@pytest.mark.parametrize(("key", "written"), [each[:2] for each in SETTINGS])
def test_the_way_back_leads_to_what_was(
    hillside: Database, boss: By, now: datetime, key: Key, written: object
) -> None:
    with hillside.reading() as connection:
        before = present(connection, key)
    events = say(hillside, key, written, boss, now)
    with hillside.transaction() as connection:
        assert present(connection, key).value != before.value
        take_back(connection, [key], events, boss, now)
        after = present(connection, key)
    assert (after.value, after.source) == (before.value, before.source)
    say(hillside, key, written, boss, now)
    with hillside.transaction() as connection:
        seen = present(connection, key).last_event
        as_in_file(connection, [key], boss, now, seen=seen)
        after = present(connection, key)
        assert (after.value, after.source) == (before.value, before.source)
        assert len(history(connection, [key], 9)) >= 4
    assert again(hillside, SMALL, now) == []


def test_what_the_file_says_meanwhile_is_what_one_returns_to(
    hillside: Database, boss: By, now: datetime
) -> None:
    key = Key("hold_minutes")
    say(hillside, key, 11, boss, now)
    again(hillside, changed("hold_minutes = 7", "hold_minutes = 8"), now)
    with hillside.transaction() as connection:
        here = present(connection, key)
        assert (here.value, here.in_file, here.by) == ("11", "8", "Ada Boss")
        as_in_file(connection, [key], boss, now, seen=here.last_event)
        assert load_rules(connection).general.hold_minutes == 8


def test_every_change_is_kept_with_who_as_what_when_and_through_what(
    hillside: Database, boss: By, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    say(hillside, HOURS, {"mon": "09:00-10:00"}, boss, now)
    again(hillside, SMALL, later, overwrite=True)
    with hillside.reading() as connection:
        [(_, newest), (_, oldest)] = history(connection, [HOURS], 5)
    assert (oldest.by, oldest.role, oldest.channel, oldest.at) == (
        "Ada Boss",
        "admin",
        "telegram",
        now,
    )
    assert oldest.value_to == newest.value_from == '{"mon": [["09:00", "10:00"]]}'
    assert (newest.by, newest.role, newest.at) == ("", "", later)


@pytest.mark.parametrize(
    "statement",
    [
        update(setting_events).values(actor="nobody"),
        delete(setting_events),
        text("INSERT OR REPLACE INTO setting_events (id, key, at, actor) VALUES (1, 'a', 1, 'b')"),
        text("TRUNCATE setting_events"),
    ],
    ids=["update", "delete", "replace", "truncate"],
)
def test_its_history_stays_as_it_was_written(hillside: Database, statement: object) -> None:
    before = rows(hillside, setting_events)
    with pytest.raises(DBAPIError), hillside.transaction() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
    assert rows(hillside, setting_events) == before


def test_whoever_saw_something_older_is_told(hillside: Database, boss: By, now: datetime) -> None:
    say(hillside, QUIET, 21, boss, now)
    with pytest.raises(SettingChanged), hillside.transaction() as connection:
        change(connection, [(QUIET, "22")], boss, now, seen=0)
    [event] = say(hillside, QUIET, 23, boss, now)
    with pytest.raises(SettingChanged), hillside.transaction() as connection:
        take_back(connection, [QUIET], [event - 1], boss, now)
    with hillside.reading() as connection:
        assert load_rules(connection).general.quiet_from_hour == 23


def test_the_same_again_is_no_change(hillside: Database, boss: By, now: datetime) -> None:
    assert len(say(hillside, QUIET, 21, boss, now)) == 1
    assert say(hillside, QUIET, 21, boss, now) == []


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        (QUIET, 25, "not above 24"),
        (QUIET, -1, "not below 0"),
        (QUIET, "nine", "a whole number"),
        (HOURS, {"mon": "18:00-08:00"}, "an end after the start"),
        (HOURS, {"someday": "08:00-18:00"}, "days such as"),
        (REMINDERS, ["1d"] * 6, "at most 5"),
        (REMINDERS, ["91d"], "at most 90 days"),
        (PARKING, {"cy": "Tu ol"}, "the clinic's first language"),
    ],
)
def test_what_the_file_may_not_say_chat_may_not_either(
    hillside: Database, key: Key, written: object, expected: str
) -> None:
    with hillside.reading() as connection, pytest.raises(UnfitSetting, match=expected):
        stored(connection, key, written)


def test_a_text_may_be_taken_away(hillside: Database, boss: By, now: datetime) -> None:
    text_of = changed('crisis_number = "116 123"', 'crisis_number = "116 123"\nparking = "Here."')
    again(hillside, text_of, now)
    say(hillside, PARKING, None, boss, now)
    [line] = again(hillside, text_of, now)
    assert "parking nothing, changed by Ada Boss" in line
    assert [row.parking for row in rows(hillside, models.locations)] == [None]


def test_a_place_that_has_left_the_file_is_left_alone(
    hillside: Database, boss: By, now: datetime
) -> None:
    say(hillside, HOURS, {"mon": "09:00-10:00"}, boss, now)
    moved = changed('name = "Hillside"\naddress', 'name = "Hilltop"\naddress')
    assert not [line for line in again(hillside, moved, now) if line.startswith("keep")]
    [line, *_] = again(hillside, SMALL, now)
    assert line.startswith("keep location Hillside: opening hours mon 09:00-10:00")


def test_another_process_hears_of_it(hillside: Database, boss: By, now: datetime) -> None:
    version = select(models.organizations.c.setup_version)
    with hillside.reading() as connection:
        before = connection.scalars(version).one()
    say(hillside, HOURS, {"mon": "09:00-10:00"}, boss, now)
    with hillside.reading() as connection:
        assert connection.scalars(version).one() > before


def test_one_row_says_who_and_what_the_file_has(
    hillside: Database, boss: By, now: datetime
) -> None:
    say(hillside, PARKING, {"en": "None."}, boss, now)
    [row] = [row for row in rows(hillside, settings) if row.key == "parking"]
    assert (row.value, row.source, row.file_value, row.location_id) == (
        '{"en": "None."}',
        "chat",
        None,
        1,
    )
    assert row.updated_by == f"staff {boss.staff_id}"


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        (Key("hold_minutes"), 7, "change rule hold_minutes: 7, the file's again"),
        (
            HOURS,
            {"mon": "09:00-10:00"},
            "change location Hillside: opening hours mon 09:00-10:00, the file's again",
        ),
    ],
)
def test_what_both_say_is_the_files_once_it_overwrites(
    hillside: Database, boss: By, now: datetime, key: Key, written: object, expected: str
) -> None:
    say(hillside, key, written, boss, now)
    hours = 'opening_hours = { mon-fri = "08:00-18:00", sat = ["09:00-12:00", "13:00-15:00"] }'
    text_of = changed(hours, 'opening_hours = { mon = "09:00-10:00" }') if key == HOURS else SMALL
    for overwrite, lines in ((False, []), (True, [expected]), (True, [])):
        found = again(hillside, text_of, now, overwrite=overwrite)
        assert [line for line in found if not line.startswith("note: ")] == lines


def test_reminders_follow_the_file_too(hillside: Database, now: datetime) -> None:
    with hillside.transaction() as connection:
        an_appointment(
            connection,
            patient_id=a_patient(connection),
            practitioner_id=connection.scalars(select(models.practitioners.c.id)).all()[0],
            location_id=connection.scalars(select(models.locations.c.id)).one(),
            visit_type_id=connection.scalars(select(models.visit_types.c.id)).all()[0],
            starts_at=now + timedelta(days=14),
        )
    again(hillside, changed("price = 45.50", "price = 50"), now)
    assert rows(hillside, models.reminders) == []
    again(hillside, changed("price = 45.50", 'price = 50\nreminders = ["2d", "3h"]'), now)
    assert {row.stage for row in rows(hillside, models.reminders)} == {"2d", "3h"}
