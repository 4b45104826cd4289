"""A clinic file for tests: one place, two visit types, two practitioners; line numbers count."""

from datetime import datetime
from typing import Any

from sqlalchemy import Table, select

from core.database.connect import Database
from core.setup import plan, read_clinic_file, set_up

SMALL = """\
[organization]
name = "Hillside Surgery"
country = "GB"
currency = "GBP"
languages = ["en", "cy"]

[rules]
hold_minutes = 7

[[locations]]
name = "Hillside"
address = "1 Hill Street"
zone = "Europe/London"
phone = "020 7946 0000"
emergency_number = "999"
crisis_number = "116 123"
opening_hours = { mon-fri = "08:00-18:00", sat = ["09:00-12:00", "13:00-15:00"] }
holidays = [
    { date = 2026-12-25, name = "Christmas Day" },
    { date = 2026-12-28, name = "Boxing Day" },
]

[[locations.departments]]
name = "Women's health"
phone = "020 7946 0001"

[[specialties]]
code = "general_practice"
names = { en = "general practice", cy = "ymarfer cyffredinol" }
words = { en = ["family doctor"] }

[[visit_types]]
code = "consultation"
names = { en = "consultation" }
kind = "consultation"
default = true
price = 45.50

[[visit_types]]
code = "smear"
names = { en = "smear test" }
kind = "procedure"

[[practitioners]]
title = "Dr"
titles = { cy = "Dr" }
first_name = "Anwen"
last_name = "Rees"
licence_number = "GMC 1"
specialties = ["general_practice"]
departments = ["Women's health"]
slot_minutes = 15
visit_types = ["consultation", { code = "smear", minutes = 30, fee = 20 }]

[practitioners.hours]
mon-thu = "09:00-17:00"
sat = ["09:00-12:00", "13:00-15:00"]

[practitioners.breaks]
mon-thu = "12:30-13:15"

[[practitioners.absences]]
date_from = 2026-12-21
date_to = 2027-01-03
reason = "Leave"

[[practitioners]]
title = "Mr"
first_name = "Idris"
last_name = "Vaughan"
specialties = ["general_practice"]
slot_minutes = 20
hours = { fri = "10:00-16:00" }
"""


def changed(old: str, new: str, text: str = SMALL) -> str:
    """Return the clinic's text with one place changed."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def again(database: Database, text: str, now: datetime, **options: bool) -> list[str]:
    """Set up once more; return what the plan said, which is what was done."""
    with database.transaction() as connection:
        planned = plan(connection, read_clinic_file(text), now, **options)
    done = set_up(database, text, "clinic.toml", now, **options)
    assert done == planned
    return list(map(str, done))


def rows(database: Database, table: Table) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))
