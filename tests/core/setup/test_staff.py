"""`[[staff]]` in a clinic file: read, brought in, changed, taken out."""

import pytest
from sqlalchemy import select

from core.database.connect import Database
from core.models import addresses, setting_events, staff
from core.setup import ClinicFileError, read_clinic_file, set_up
from core.staff.colleagues import alarm_list
from tests.builders import NOW
from tests.core.setup.small_clinic import SMALL

ANNA = """
[[staff]]
username = "anna"
first_name = "Anna"
last_name = "Weber"
phone = "+1 415 555 0171"
language = "es"
alarms = 2
"""
BEN = """
[[staff]]
username = "ben"
first_name = "Ben"
last_name = "Okoro"
telegram = "123456789"
alarms = 1
"""


def brought(database: Database, *parts: str) -> list[str]:
    text = SMALL + "".join(parts)
    return [str(change) for change in set_up(database, text, "clinic.toml", NOW)]


def listed(database: Database) -> list[tuple[str, str | None]]:
    with database.reading() as connection:
        return [(each.username, each.channel) for each in alarm_list(connection)]


def test_staff_are_told_in_their_order_each_on_their_channel(sqlite_database: Database) -> None:
    changes = brought(sqlite_database, ANNA, BEN)
    assert {"add staff anna", "add staff ben"} <= set(changes)
    assert listed(sqlite_database) == [("ben", "telegram"), ("anna", "sms")]
    with sqlite_database.reading() as connection:
        assert set(connection.scalars(select(addresses.c.address))) == {"+14155550171", "123456789"}


def test_a_second_time_nothing_changes(sqlite_database: Database) -> None:
    brought(sqlite_database, ANNA, BEN)
    assert brought(sqlite_database, ANNA, BEN) == []


def test_a_new_number_is_a_change_and_is_written_down_nowhere_in_plain(
    sqlite_database: Database,
) -> None:
    brought(sqlite_database, ANNA)
    assert brought(sqlite_database, ANNA.replace("0171", "0179")) == [
        "change staff anna: is told elsewhere"
    ]
    with sqlite_database.reading() as connection:
        events = connection.execute(select(setting_events)).all()
    assert "0179" not in str(events)


def test_who_is_not_in_the_file_any_more_is_told_of_nothing(sqlite_database: Database) -> None:
    brought(sqlite_database, ANNA, BEN)
    assert brought(sqlite_database, ANNA) == ["deactivate staff ben"]
    assert listed(sqlite_database) == [("anna", "sms")]
    with sqlite_database.reading() as connection:
        assert len(connection.execute(select(staff)).all()) == 2
    assert brought(sqlite_database, ANNA, BEN) == ["reactivate staff ben"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ANNA.replace('"anna"', '"Anna W"'), "expected a name of small letters and digits"),
        (ANNA.replace('phone = "+1 415 555 0171"\n', ""), "expected alarms together with a phone"),
        (
            ANNA + 'telegram = "1"\n',
            "expected a phone or a Telegram chat, where alarms go, not both",
        ),
        (ANNA.replace('"+1 415 555 0171"', '"12"'), "expected a phone number"),
        (BEN.replace('"123456789"', '"@ben"'), "expected the number of a chat"),
        (ANNA + BEN.replace("alarms = 1", "alarms = 2"), "expected each once, got 2 again"),
        (ANNA + ANNA.replace("alarms = 2", ""), 'expected each once, got "anna" again'),
        (ANNA.replace("alarms = 2", "alarms = 0"), "expected"),
    ],
)
def test_what_is_wrong_is_named(text: str, problem: str) -> None:
    with pytest.raises(ClinicFileError) as error:
        read_clinic_file(SMALL + text)
    assert len(error.value.problems) == 1
    assert problem in error.value.problems[0]


def test_without_the_keys_it_is_said_that_nobody_is_reached_yet(
    sqlite_database: Database,
) -> None:
    keyless = Database(sqlite_database.url, None)
    changes = brought(keyless, ANNA, BEN)
    [note] = [change for change in changes if change.startswith("note")]
    assert note.startswith("note: anna, ben: where staff are told is encrypted; set SECRET_KEY")
    keyless.dispose()
    assert listed(sqlite_database) == []
    assert brought(sqlite_database, ANNA, BEN) == [
        "change staff anna: is told elsewhere",
        "change staff ben: is told elsewhere",
    ]
    assert listed(sqlite_database) == [("ben", "telegram"), ("anna", "sms")]


def test_what_is_known_already_stays_when_the_keys_are_missing(sqlite_database: Database) -> None:
    brought(sqlite_database, ANNA)
    keyless = Database(sqlite_database.url, None)
    brought(keyless, ANNA)
    keyless.dispose()
    assert listed(sqlite_database) == [("anna", "sms")]
