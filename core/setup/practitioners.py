"""The practitioners' rows: who they are, what they offer, when they work."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from core.models import (
    absences,
    breaks,
    new_public_id,
    practitioner_departments,
    practitioner_specialties,
    practitioner_visit_types,
    practitioners,
    schedules,
)
from core.setup.changes import ChangeKind, SetUp, Wanted, as_json, worded_span
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
        "titles": as_json({language: person.title} | person.titles),
        "languages": as_json(person.languages),
        "fee_cents": person.fee,
    }


def _bring_offer(run: SetUp, person: Practitioner, row_id: int, ids: Ids) -> None:
    """Specialties, departments and visit types: rows of two ids."""
    owner = {"practitioner_id": row_id}
    trained = [{"specialty_id": ids.specialties[code]} for code in person.specialties]
    _bring_links(
        run, person, "specialties", practitioner_specialties, owner, trained, ids.specialties
    )
    belongs = [
        {"department_id": department_id}
        for (place_id, name), department_id in ids.departments.items()
        if name in person.departments and place_id in _places_of(person, ids)
    ]
    names = {name: row for (_, name), row in ids.departments.items()}
    _bring_links(run, person, "departments", practitioner_departments, owner, belongs, names)
    offered = [_offered(item, ids) for item in person.visit_types or ()]
    _bring_links(
        run, person, "visit types", practitioner_visit_types, owner, offered, ids.visit_types
    )


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


def _bring_links(
    run: SetUp,
    person: Practitioner,
    what: str,
    table: Table,
    owner: Mapping[str, int],
    wanted: list[dict[str, Any]],
    names: Mapping[str, int],
) -> None:
    gone, new = run.replace_rows(table, owner, wanted)
    named = {row_id: name for name, row_id in names.items()}

    def listed(rows: list[dict[str, Any]]) -> str:
        return ", ".join(_worded_link(row, named) for row in rows)

    if gone:
        run.record(ChangeKind.REMOVE, f"{what} of {person.name}: {listed(gone)}")
    if new:
        run.record(ChangeKind.ADD, f"{what} of {person.name}: {listed(new)}")


def _worded_link(row: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Return "follow_up (20 minutes, fee 90.00)"; the first column is the other row's id."""
    name = names.get(next(iter(row.values())), "one no longer in the file")
    extras = []
    if row.get("minutes") is not None:
        extras.append(f"{row['minutes']} minutes")
    if row.get("fee_cents") is not None:
        extras.append(f"fee {row['fee_cents'] / 100:.2f}")
    return f"{name} ({', '.join(extras)})" if extras else name


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
