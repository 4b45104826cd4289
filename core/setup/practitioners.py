"""The practitioners' rows: who they are, and when they work."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from core.models import (
    absences,
    breaks,
    new_public_id,
    practitioners,
    same_day_hours,
    schedules,
)
from core.scheduling.week import Stretch, Week, worded_rows, worded_span
from core.setup.changes import ChangeKind, SetUp, Wanted, as_json
from core.setup.format import ClinicFile
from core.setup.kept_hours import with_staffs_hours
from core.setup.offers import Ids, bring_offer, place_of
from core.setup.people import Absence, Practitioner, WorkingHours

# Found by licence when the name has changed (a marriage, a misspelling put right).
KEYS = (("first_name", "last_name"), ("licence_number",))
_NOT_COLUMNS = {
    "location", "hours", "breaks", "same_day_hours", "valid_from", "valid_to", "specialties",
    "departments", "fee", "visit_types", "further_hours", "absences", "titles", "languages",
}  # fmt: skip
_WEEKS = (
    ("hours", "hours", schedules),
    ("breaks", "breaks", breaks),
    ("same-day hours", "same_day_hours", same_day_hours),
)


def bring_practitioners(run: SetUp, clinic_file: ClinicFile, ids: Ids) -> dict[str, int]:
    """Return the ids of the practitioners by first and last name."""
    language = clinic_file.organization.languages[0]
    wanted = [
        Wanted(person.name, _row(person, language), KEYS, {"public_id": new_public_id()})
        for person in clinic_file.practitioners
    ]
    rows = run.bring("practitioner", practitioners, wanted)
    for person, row_id in zip(clinic_file.practitioners, rows, strict=True):
        bring_offer(run, person, row_id, ids)
        _bring_week(run, person, row_id, ids)
        _bring_absences(run, person, row_id)
    names = (f"{person.first_name} {person.last_name}" for person in clinic_file.practitioners)
    return dict(zip(names, rows, strict=True))


def _row(person: Practitioner, language: str) -> dict[str, Any]:
    return {
        **person.model_dump(exclude=_NOT_COLUMNS),
        "titles": as_json(person.titles_by_language(language)),
        "languages": as_json(person.languages),
        "fee_cents": person.fee,
    }


def _bring_week(run: SetUp, person: Practitioner, row_id: int, ids: Ids) -> None:
    names = {place: name for name, place in ids.places.items()}
    in_file = {
        key: [row for part in person.schedules for row in _rows_of(part, key, ids)]
        for _, key, _ in _WEEKS
    }
    rows = with_staffs_hours(run, person.name, row_id, in_file, names)
    for what, key, table in _WEEKS:
        wanted = rows[key]
        gone, new = run.replace_rows(table, {"practitioner_id": row_id}, wanted)
        if gone or new:
            before = [row for row in [*gone, *wanted] if row not in new]
            was, now = worded_rows(before, names), worded_rows(wanted, names)
            if before:
                run.say(ChangeKind.CHANGE, f"{what} of {person.name}: {was} -> {now}")
            else:
                run.say(ChangeKind.ADD, f"{what} of {person.name}: {now}")
            run.event(f"{what} of {person.name}", was, now)


def _rows_of(part: WorkingHours, key: str, ids: Ids) -> Iterator[dict[str, Any]]:
    week: Week = getattr(part, key)
    for day, stretches in week.items():
        for stretch in stretches:
            yield {
                "location_id": place_of(part, ids),
                "weekday": day,
                "starts": stretch.starts,
                "ends": stretch.ends,
                "valid_from": part.valid_from,
                "valid_to": part.valid_to,
            }


def _bring_absences(run: SetUp, person: Practitioner, row_id: int) -> None:
    """Only those of the file: absences that staff entered are theirs, also where the file has them
    as well."""
    of_staff = select(absences).where(
        absences.c.practitioner_id == row_id, absences.c.source == "chat"
    )
    theirs = [row._mapping for row in run.connection.execute(of_staff)]
    wanted = [
        each
        for each in map(_absence, person.absences)
        if not any(each.items() <= row.items() for row in theirs)
    ]
    owner = {"practitioner_id": row_id, "source": "file"}
    gone, new = run.replace_rows(absences, owner, wanted)
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
