"""The clinic of a scene, set up the way a clinic is: from its file; and what is taken there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Table, select, tuple_

from core.database.connect import Database
from core.database.migrate import upgrade
from core.database.scratch import scratch_copy
from core.keys import Keyring
from core.models import locations, practitioners, visit_types
from core.setup import set_up
from tests.builders import a_patient, an_appointment
from tests.understanding.replay.scene import ClinicPlan, Person, Scene, Taken

ZONE = ZoneInfo("America/Los_Angeles")
# What a clinic calls them, and the everyday words that it adds to ours.
SPECIALTIES = {
    "dentistry": ("dentistry", ()),
    "general_practice": ("general practice", ()),
    "dermatology": ("dermatology", ()),
    "ent": ("ear, nose and throat", ("ENT specialist",)),
    "gynaecology": ("gynecology", ()),
    "ophthalmology": ("ophthalmology", ()),
    "psychology": ("psychology", ("psychologist",)),
    "psychiatry": ("psychiatry", ("psychiatrist",)),
    "family_counselling": ("family counseling", ("family counselor", "family therapist")),
    "hair": ("hair", ("salon", "salons", "hair stylist", "barber", "haircut", "beauty treatment")),
}
HEAD = """\
[organization]
name = "Bay Health"
country = "US"
currency = "USD"
languages = ["en"]

[rules]
minimum_notice_minutes = 0
"""
PLACE = """
[[locations]]
name = "{name}"
address = "400 Market Street"
city = "{name}"
zone = "America/Los_Angeles"
phone = "+14155550100"
emergency_number = "911"
crisis_number = "988"
opening_hours = {{ mon-sun = "{hours}" }}
"""
SPECIALTY = """
[[specialties]]
code = "{code}"
names = {{ en = "{name}" }}
words = {{ en = {words} }}
"""
VISIT_TYPES = """
[[visit_types]]
code = "consultation"
names = { en = "consultation" }
kind = "consultation"
default = true

[[visit_types]]
code = "vaccination"
names = { en = "vaccination" }
kind = "procedure"
"""
PRACTITIONER = """
[[practitioners]]
title = "{title}"
first_name = "{first_name}"
last_name = "{last_name}"
specialties = ["{specialty}"]
slot_minutes = {slot_minutes}
capacity = {capacity}
location = "{place}"
hours = {{ mon-sun = "{hours}" }}
"""


@contextmanager
def migrated() -> Iterator[Database]:
    """An empty database to copy from."""
    with TemporaryDirectory(prefix="frontdesk-replay-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.db'}", Keyring.demo())
        upgrade(database)
        try:
            yield database
        finally:
            database.dispose()


@contextmanager
def clinic_of(scene: Scene, empty: Database) -> Iterator[Database]:
    """The clinic of a scene, in a database of its own."""
    with scratch_copy(empty) as database:
        now = scene.now.replace(tzinfo=ZONE).astimezone(UTC)
        set_up(database, clinic_file(scene.clinic), f"{scene.id}.toml", now, demo=True)
        with database.transaction() as connection:
            for taken in scene.clinic.taken:
                _take(connection, taken, scene.clinic)
        yield database


def clinic_file(plan: ClinicPlan) -> str:
    """Return the text of the clinic's file."""
    places = dict.fromkeys(person.place for person in plan.people)
    return "".join(
        (
            HEAD,
            *(PLACE.format(name=name, hours=plan.hours) for name in places),
            *map(_specialty, plan.specialties),
            VISIT_TYPES,
            *(_practitioner(person, plan) for person in plan.people),
        )
    )


def _specialty(code: str) -> str:
    name, words = SPECIALTIES[code]
    return SPECIALTY.format(code=code, name=name, words=list(words))


def _practitioner(person: Person, plan: ClinicPlan) -> str:
    return PRACTITIONER.format(
        title=person.title,
        first_name=person.first_name,
        last_name=person.last_name,
        specialty=person.specialty,
        capacity=person.capacity,
        place=person.place,
        slot_minutes=plan.slot_minutes,
        hours=plan.hours,
    )


def _take(connection: Connection, taken: Taken, plan: ClinicPlan) -> None:
    """Fill a time with visits of other people."""
    [person] = [person for person in plan.people if person.name == taken.practitioner]
    names = (practitioners.c.first_name, practitioners.c.last_name)
    is_person = tuple_(*names) == (person.first_name, person.last_name)
    for seat in range(person.capacity - taken.seats_left):
        an_appointment(
            connection,
            patient_id=a_patient(connection),
            practitioner_id=_key(connection, practitioners, is_person),
            location_id=_key(connection, locations, locations.c.name == person.place),
            visit_type_id=_key(connection, visit_types, visit_types.c.is_default),
            starts_at=taken.start.replace(tzinfo=ZONE).astimezone(UTC),
            minutes=plan.slot_minutes,
            seat=seat,
        )


def _key(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return int(connection.execute(select(table.c.id).where(condition)).scalar_one())
