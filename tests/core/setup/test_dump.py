"""The clinic written as a file: applied to an empty database it gives the same clinic, applied to
its own it changes nothing."""

import re
from datetime import date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from core import models
from core.database.connect import Database
from core.database.migrate import upgrade
from core.keys import Keyring
from core.setup import DEMO_FILE, dump, plan, read_clinic_file, set_up
from core.setup.by_staff import By, change, present
from core.setup.changeable import RULES, Key, stored
from tests.core.setup.small_clinic import SMALL, again
from tests.core.setup.two_places import TWO_PLACES

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "clinic.toml"
WORDS = """
[phrases.en]
welcome = "With pleasure."

[whatsapp.templates.en.reminder]
body = "See you on {visit.day} at {visit.time}, {visit.who}. Do you come?"
buttons = []
"""
# All that the small clinic leaves out.
LAVISH = (
    SMALL.replace("price = 45.50", 'price = 45.50\nreminders = ["7d", "2h"]\nage_from = 3')
    .replace('kind = "procedure"', 'kind = "procedure"\nreminders = []\nnew_patients = false')
    .replace(
        'opening_hours = { mon-fri = "08:00-18:00"',
        'country = "IE"\nsenders = { sms = "+442079460002" }\nlanguages = ["cy"]\n'
        'parking = { en = "Behind\\nthe \\"house\\".", cy = "Tu ôl" }\n'
        'rules = { horizon_days = 30 }\nopening_hours = { mon-fri = "08:00-18:00"',
    )
    .replace('phone = "020 7946 0000"', 'phone = "+442079460000"')
    .replace('phone = "020 7946 0001"', 'phone = "+442079460001"')
    + """
[[staff]]
username = "rosa"
first_name = "Rosa"
last_name = "Delgado"
phone = "+442079460009"
alarms = 1
roles = ["admin", { role = "receptionist", location = "Hillside", department = "Women's health" }]

[[staff]]
username = "idris"
first_name = "Idris"
last_name = "Vaughan"
telegram = "123456"
roles = [{ role = "practitioner", location = "Hillside" }]
practitioner = "Idris Vaughan"
"""
    + WORDS
)
FILES = {
    "the demo": DEMO_FILE.read_text(encoding="utf-8"),
    "the example": EXAMPLE.read_text(encoding="utf-8"),
    "a small one": SMALL,
    "two places": TWO_PLACES,
    "a lavish one": LAVISH,
}


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/empty.db", Keyring.demo())
    upgrade(database)
    return database


def dumped(database: Database, now: datetime) -> str:
    with database.reading() as connection:
        return dump(connection, now)


def everything_in_chat(database: Database, now: datetime) -> None:
    """Staff set all that they may, otherwise than the file has it."""
    with database.transaction() as connection:
        by = By(an_administrator(connection, now), "admin", "telegram")
        places = connection.execute(select(models.locations).where(models.locations.c.is_active))
        kinds = connection.execute(select(models.visit_types))
        first = connection.scalars(select(models.organizations.c.default_language)).one()
        said: list[tuple[Key, object]] = [(Key(name), 3) for name in RULES]
        for place in places.all():
            said += [
                (Key("opening_hours", place.id), {"sun": ["10:00-12:00", "20:00-24:00"]}),
                (Key("parking", place.id), {first: 'Ring\ntwice, "please" \\ \x7f.'}),
                (Key("horizon_days", place.id), 17),
            ]
        for kind in kinds.all():
            said += [
                (Key(f"reminders.{kind.code}"), ["5d"]),
                (Key(f"preparation.{kind.code}"), {first: "Nothing."}),
            ]
        said.append((Key("phrase.en.welcome"), "Come in."))
        for key, written in said:
            value = stored(connection, key, written)
            seen = present(connection, key).last_event
            change(connection, [(key, value)], by, now, seen=seen)


def an_administrator(connection: Connection, now: datetime) -> int:
    times = {"created_at": now, "updated_at": now}
    row = insert(models.staff).values(
        public_id="boss",
        username="boss",
        first_name="Ada",
        last_name="Boss",
        source="desk",
        **times,
    )
    return int(connection.execute(row.returning(models.staff.c.id)).scalar_one())


def body(text: str) -> str:
    """Return it without the remarks at its head."""
    return re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
@pytest.mark.parametrize("in_chat", [False, True], ids=["of the file", "changed in chat"])
def test_it_is_the_same_clinic(
    database: Database, empty: Database, now: datetime, text: str, *, in_chat: bool
) -> None:
    set_up(database, text, "clinic.toml", now)
    if in_chat:
        everything_in_chat(database, now)
    written = dumped(database, now)
    with database.transaction() as connection:
        planned = list(map(str, plan(connection, read_clinic_file(written), now)))
    assert [line for line in planned if not line.startswith("note: ")] == []
    set_up(empty, written, "clinic.toml", now)
    assert body(dumped(empty, now)) == body(written)
    if not in_chat:
        found = again(empty, text, now)
        assert [line for line in found if not line.startswith("note: ")] == []


def test_its_head_says_what_was_changed_in_chat(hillside: Database, now: datetime) -> None:
    assert "Changed" not in dumped(hillside, now)
    everything_in_chat(hillside, now)
    head = dumped(hillside, now).split("\n\n")[0]
    assert head.splitlines()[0].startswith("# Hillside Surgery, as it was on 2026-11-22 10:00 UTC")
    assert "#   rule quiet_from_hour, by Ada Boss on 2026-11-22" in head
    assert "#   location Hillside opening hours, by Ada Boss on 2026-11-22" in head
    assert "# Added by `frontdesk staff add`, and so in no file: boss" in head


def test_what_staff_entered_is_in_it_and_stays_theirs(
    hillside: Database, empty: Database, now: datetime
) -> None:
    times = {"created_at": now, "updated_at": now}
    with hillside.transaction() as connection:
        place = connection.scalars(select(models.locations.c.id)).one()
        person = connection.scalars(select(models.practitioners.c.id)).first()
        day = date(2027, 3, 1)
        away = {"practitioner_id": person, "date_from": day, "date_to": day, **times}
        hours = {"starts": time(9), "ends": time(10), "whole_day": False}
        connection.execute(insert(models.absences).values(**away, **hours))
        connection.execute(insert(models.absences).values(**away, whole_day=True, reason="Away"))
        flood = {"location_id": place, "day": day, "name": "Flood"}
        connection.execute(insert(models.holidays).values(**flood, **times))
    written = dumped(hillside, now)
    assert again(hillside, written, now) == []
    set_up(empty, written, "clinic.toml", now)
    with empty.reading() as connection:
        found = connection.execute(select(models.absences.c.reason, models.absences.c.starts))
        assert {(row.reason, row.starts) for row in found} == {
            ("Leave", None),
            ("Away", None),
            (None, time(9)),
        }
        assert (
            connection.scalar(select(models.holidays.c.name).where(models.holidays.c.day == day))
            == "Flood"
        )


def test_what_is_deactivated_is_left_out(hillside: Database, now: datetime) -> None:
    text = SMALL[: SMALL.rindex("[[practitioners]]")]
    set_up(hillside, text, "clinic.toml", now)
    assert "Vaughan" not in dumped(hillside, now)
    assert again(hillside, dumped(hillside, now), now) == []
