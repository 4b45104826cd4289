"""The practitioners' rows: who they are, what they offer, when they work."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from core.models import (
    absences,
    breaks,
    departments,
    new_public_id,
    practitioner_departments,
    practitioner_specialties,
    practitioner_visit_types,
    practitioners,
    schedules,
    specialties,
    visit_types,
)
from core.setup.changes import ChangeKind, SetUp, Wanted, as_json, name_of, worded_span
from core.setup.format import Absence, ClinicFile, OfferedVisitType, Practitioner, WorkingHours
from core.setup.hours import Stretch, Week, worded_week

# Found by licence when the name has changed (a marriage, a misspelling put right).
KEYS = (("first_name", "last_name"), ("licence_number",))
_NOT_COLUMNS = {
    "location", "hours", "breaks", "valid_from", "valid_to", "specialties", "departments", "fee",
    "visit_types", "further_hours", "absences", "titles", "languages",
}  # fmt: skip


@dataclass(frozen=True)
class Ids:
    """The rows that practitioners refer to."""

    places: Mapping[str, int]
    departments: Mapping[tuple[int, str], int]
    specialties: Mapping[str, int]
    visit_types: Mapping[str, int]


def bring_practitioners(run: SetUp, clinic_file: ClinicFile, ids: Ids) -> None:
    language = clinic_file.organization.languages[0]
    wanted = [
        Wanted(person.name, _row(person, language), KEYS, {"public_id": new_public_id()})
        for person in clinic_file.practitioners
    ]
    rows = run.bring("practitioner", practitioners, wanted)
    for person, row_id in zip(clinic_file.practitioners, rows, strict=True):
        _bring_offer(run, person, row_id, ids)
        _bring_week(run, person, row_id, ids)
        _bring_absences(run, person, row_id)


def _row(person: Practitioner, language: str) -> dict[str, Any]:
    return {
        **person.model_dump(exclude=_NOT_COLUMNS),
        "titles": as_json(person.titles_by_language(language)),
        "languages": as_json(person.languages),
        "fee_cents": person.fee,
    }


def _bring_offer(run: SetUp, person: Practitioner, row_id: int, ids: Ids) -> None:
    """Specialties, departments and visit types: rows that link two others."""
    owner = {"practitioner_id": row_id}
    trained = [{"specialty_id": ids.specialties[code]} for code in person.specialties]
    belongs = [
        {"department_id": department_id}
        for (place_id, name), department_id in ids.departments.items()
        if name in person.departments and place_id in _places_of(person, ids)
    ]
    offered = [_offered(item, ids) for item in person.visit_types or ()]
    for what, links, other, wanted in (
        ("specialties", practitioner_specialties, specialties, trained),
        ("departments", practitioner_departments, departments, belongs),
        ("visit types", practitioner_visit_types, visit_types, offered),
    ):
        gone, new = run.replace_rows(links, owner, wanted)
        for kind, rows in ((ChangeKind.REMOVE, gone), (ChangeKind.ADD, new)):
            if rows:
                listed = ", ".join(_worded_link(run, row, other) for row in rows)
                run.record(kind, f"{what} of {person.name}: {listed}")


def _offered(item: OfferedVisitType, ids: Ids) -> dict[str, Any]:
    return {
        "visit_type_id": ids.visit_types[item.code],
        "minutes": item.minutes,
        "fee_cents": item.fee,
    }


def _places_of(person: Practitioner, ids: Ids) -> set[int]:
    return {_place(part, ids) for part in person.schedules if part.hours}


def _place(part: WorkingHours, ids: Ids) -> int:
    # Left out only where there is one location: reading refuses it elsewhere.
    return ids.places[part.location] if part.location else next(iter(ids.places.values()))


def _worded_link(run: SetUp, link: Mapping[str, Any], other: Table) -> str:
    """Return "follow_up (20 minutes, fee 90.00)"; the link's first column names the other row."""
    row_id = next(iter(link.values()))
    row = run.connection.execute(select(other).where(other.c.id == row_id)).one()
    extras = []
    if link.get("minutes") is not None:
        extras.append(f"{link['minutes']} minutes")
    if link.get("fee_cents") is not None:
        extras.append(f"fee {link['fee_cents'] / 100:.2f}")
    return f"{name_of(row)} ({', '.join(extras)})" if extras else name_of(row)


def _bring_week(run: SetUp, person: Practitioner, row_id: int, ids: Ids) -> None:
    for what, table in (("hours", schedules), ("breaks", breaks)):
        wanted = [row for part in person.schedules for row in _rows_of(part, what, ids)]
        gone, new = run.replace_rows(table, {"practitioner_id": row_id}, wanted)
        if gone or new:
            names = {place: name for name, place in ids.places.items()}
            before = [row for row in [*gone, *wanted] if row not in new]
            was, now = _worded_rows(before, names), _worded_rows(wanted, names)
            if before:
                run.say(ChangeKind.CHANGE, f"{what} of {person.name}: {was} -> {now}")
            else:
                run.say(ChangeKind.ADD, f"{what} of {person.name}: {now}")
            run.event(f"{what} of {person.name}", was, now)


def _rows_of(part: WorkingHours, what: str, ids: Ids) -> Iterator[dict[str, Any]]:
    week: Week = getattr(part, what)
    for day, stretches in week.items():
        for stretch in stretches:
            yield {
                "location_id": _place(part, ids),
                "weekday": day,
                "starts": stretch.starts,
                "ends": stretch.ends,
                "valid_from": part.valid_from,
                "valid_to": part.valid_to,
            }


def _worded_rows(rows: list[dict[str, Any]], places: Mapping[int, str]) -> str:
    """Return "Downtown mon-fri 09:00-17:00; Phoenix sat 09:00-12:00 from 2026-01-01"."""
    weeks: dict[tuple[Any, ...], dict[int, tuple[Stretch, ...]]] = {}
    for row in rows:
        week = weeks.setdefault((row["location_id"], row["valid_from"], row["valid_to"]), {})
        day = row["weekday"]
        week[day] = (*week.get(day, ()), Stretch(row["starts"], row["ends"]))
    parts = []
    for (place, since, until), week in weeks.items():
        dates = (f" from {since}" if since else "") + (f" until {until}" if until else "")
        name = places.get(place, "a former location")
        parts.append(f"{name} {worded_week(week)}{dates}")
    return "; ".join(parts) or "none"


def _bring_absences(run: SetUp, person: Practitioner, row_id: int) -> None:
    """Only those of the file: absences that staff entered are theirs."""
    owner = {"practitioner_id": row_id, "source": "file"}
    gone, new = run.replace_rows(absences, owner, map(_absence, person.absences))
    for kind, rows in ((ChangeKind.REMOVE, gone), (ChangeKind.ADD, new)):
        for row in rows:
            span = worded_span(row["date_from"], row["date_to"])
            hours = "" if row["whole_day"] else f" {Stretch(row['starts'], row['ends'])}"
            run.record(kind, f"absence of {person.name}: {span}{hours}")


def _absence(item: Absence) -> dict[str, Any]:
    return {
        "date_from": item.date_from,
        "date_to": item.date_to or item.date_from,
        "starts": item.hours.starts if item.hours else None,
        "ends": item.hours.ends if item.hours else None,
        "whole_day": item.hours is None,
        "reason": item.reason,
    }
