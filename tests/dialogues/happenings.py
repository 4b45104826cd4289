"""What happens outside a conversation while it goes on: the lines of a transcript that begin with
"!"; in braces stands what may change.

    ! {20} minutes pass
    ! someone books {Dr Patel} on {2026-12-01} at {10:00}
    ! the rule {cancellation_notice_hours} is {24}
    ! {Dr Patel} sees {1} patient a day
    ! {check_up} is for ages {40} to {99}
    ! {consultation} is for known patients
    ! {John Smith} missed {Dr Patel} on {2026-11-02} at {10:00}
    ! {John Smith} saw {Dr Okafor} on {2026-11-02} at {10:00}
    ! staff link {John Smith} to this address

`John Smith` is born on 4 May 1980, whoever he is.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select, update

from bot.clinic import read_clinic
from bot.directory import Practitioner
from core.database.connect import Database
from core.models import addresses, patients, practitioners, settings, visit_types
from core.models.appointments import ActorKind, AppointmentStatus
from core.patients import fold
from core.scheduling.appointments import Actor
from core.scheduling.availability import Slot
from core.scheduling.booking import book
from tests.builders import a_link, a_patient, a_setting, an_appointment

BORN = date(1980, 5, 4)
ENDS = {"missed": AppointmentStatus.NO_SHOW, "saw": AppointmentStatus.COMPLETED}
_PASSES = re.compile(r"(\d+) (minute|hour|day)s? pass(?:es)?")


def happen(text: str, database: Database, at: datetime) -> datetime:
    """Let it happen at that moment and return the moment after; ValueError for what cannot."""
    if passing := _PASSES.fullmatch(text):
        return at + timedelta(**{f"{passing[2]}s": int(passing[1])})
    for pattern, change in CHANGES.items():
        if match := re.fullmatch(pattern, text):
            with database.transaction() as connection:
                change(connection, at, *match.groups())
            return at
    raise ValueError(f"not something that can happen here: {text}")


def _someone_books(connection: Connection, at: datetime, who: str, day: str, hour: str) -> None:
    slot = _slot(connection, at, who, day, hour)
    book(
        connection,
        slot,
        patient_id=a_patient(connection),
        actor=Actor(ActorKind.ADMIN, None, "phone"),
        now=at,
        catalogue=read_clinic(connection, at).catalogue,
        open_visits_limit=None,
    )


def _slot(connection: Connection, at: datetime, who: str, day: str, hour: str) -> Slot:
    clinic = read_clinic(connection, at)
    directory, person = clinic.directory, _practitioner(connection, at, who)
    place = directory.location(person.locations[0])
    starts_at = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=place.zone)
    length = timedelta(minutes=clinic.catalogue.persons[person.key].slot_minutes)
    kind = clinic.catalogue.visit_type(None)
    return Slot(person.key, place.key, kind.id, starts_at, starts_at + length)


def _practitioner(connection: Connection, at: datetime, who: str) -> Practitioner:
    people = read_clinic(connection, at).directory.practitioners
    return next(person for person in people if person.last_name in who.split())


def _rule_is(connection: Connection, _: datetime, key: str, value: str) -> None:
    ours = (settings.c.key == key) & settings.c.location_id.is_(None)
    changed = connection.execute(update(settings).where(ours).values(value=value)).rowcount
    if not changed:
        a_setting(connection, key, int(value))


def _sees_a_day(connection: Connection, at: datetime, who: str, number: str) -> None:
    person = practitioners.c.id == _practitioner(connection, at, who).key
    connection.execute(update(practitioners).where(person).values(visits_a_day=int(number)))


def _is_for_ages(connection: Connection, _: datetime, code: str, first: str, last: str) -> None:
    ages = {"age_from": int(first), "age_until": int(last)}
    connection.execute(update(visit_types).where(visit_types.c.code == code).values(ages))


def _is_for_known_patients(connection: Connection, _: datetime, code: str) -> None:
    kind = visit_types.c.code == code
    connection.execute(update(visit_types).where(kind).values(new_patients=False))


def _had_a_visit(
    connection: Connection, at: datetime, name: str, how: str, who: str, day: str, hour: str
) -> None:
    slot = _slot(connection, at, who, day, hour)
    an_appointment(
        connection,
        patient_id=_patient(connection, name),
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        visit_type_id=slot.visit_type_id,
        starts_at=slot.starts_at,
        status=ENDS[how],
    )


def _staff_link(connection: Connection, _: datetime, name: str) -> None:
    """To the only address there is: that of whoever writes."""
    a_link(connection, _patient(connection, name), connection.execute(_ADDRESS).scalar_one())


_ADDRESS = select(addresses.c.id)


def _patient(connection: Connection, name: str) -> int:
    known = select(patients.c.id).where(patients.c.search_name == fold(name))
    found: int | None = connection.scalar(known)
    if found is not None:
        return found
    first, last = name.split()
    details = {"last_name": last, "search_name": fold(name), "date_of_birth": BORN}
    return a_patient(connection, first, **details)


Change = Callable[..., None]
CHANGES: dict[str, Change] = {
    r"someone books (.+) on (\S+) at (\d+:\d+)": _someone_books,
    r"the rule (\w+) is (\d+)": _rule_is,
    r"(.+) sees (\d+) patients? a day": _sees_a_day,
    r"(\w+) is for ages (\d+) to (\d+)": _is_for_ages,
    r"(\w+) is for known patients": _is_for_known_patients,
    r"(.+) (missed|saw) (.+) on (\S+) at (\d+:\d+)": _had_a_visit,
    r"staff link (.+) to this address": _staff_link,
}
