"""Working hours that staff changed in chat stay when the clinic file says otherwise: they are laid
over the file's, and shown, with who and when; `--overwrite` takes the file's word."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete

from core.models import hours_changes
from core.scheduling.hours_by_staff import Standing, Where, columns, lay_over, part_of, standing
from core.scheduling.overlay import WEEKS, Weekday, joined
from core.scheduling.week import worded_rows
from core.setup.by_staff import name_of_actor
from core.setup.changes import ChangeKind, SetUp

Rows = list[dict[str, Any]]


def with_staffs_hours(
    run: SetUp, person: str, row_id: int, in_file: Mapping[str, Rows], places: Mapping[int, str]
) -> dict[str, Rows]:
    """Return the rows of hours, breaks and same-day hours as they read with what staff changed.
    `in_file`: as the file has them; `places`: the names of the file's places."""
    wanted = {name: list(in_file[name]) for name in WEEKS}
    for where, changes in _by_weekday(run, row_id).items():
        if where.location_id not in places:
            continue  # The place has left the file.
        said = _weekday(in_file, where)
        holds = lay_over(run.connection, where, said, run.now)
        is_the_same = joined(holds) == joined(said)
        if run.overwrite:
            _forget(run, changes)
            if is_the_same:
                _say_it_is_the_files(run, person, where, said, places)
            continue
        if not is_the_same:
            _keep(run, person, where, changes[-1], holds, said, places)
        for name in WEEKS:
            others = [row for row in wanted[name] if not _is_of(row, where)]
            wanted[name] = [*others, *_rows(getattr(holds, name), where)]
    return wanted


def _by_weekday(run: SetUp, row_id: int) -> dict[Where, list[Standing]]:
    found: dict[Where, list[Standing]] = {}
    for each in standing(run.connection, practitioner_id=row_id):
        found.setdefault(each.where, []).append(each)
    return found


def _weekday(rows: Mapping[str, Rows], where: Where) -> Weekday:
    weeks = ([part_of(row) for row in rows[name] if _is_of(row, where)] for name in WEEKS)
    return Weekday(*(tuple(sorted(parts)) for parts in weeks))


def _is_of(row: Mapping[str, Any], where: Where) -> bool:
    return (row["location_id"], row["weekday"]) == (where.location_id, where.weekday)


def _rows(parts: Sequence[Any], where: Where) -> Rows:
    whose = {"location_id": where.location_id, "weekday": where.weekday}
    return [whose | columns(part) for part in parts]


def _keep(
    run: SetUp,
    person: str,
    where: Where,
    last: Standing,
    holds: Weekday,
    said: Weekday,
    places: Mapping[int, str],
) -> None:
    who = name_of_actor(run.connection, last.by)
    run.say(
        ChangeKind.KEEP,
        f"hours of {person}: {_worded(holds, where, places)}, changed by {who} on "
        f"{last.at:%Y-%m-%d} in chat; the file says {_worded(said, where, places)}",
    )


def _say_it_is_the_files(
    run: SetUp, person: str, where: Where, said: Weekday, places: Mapping[int, str]
) -> None:
    told = _worded(said, where, places)
    run.say(ChangeKind.CHANGE, f"hours of {person}: {told}, the file's again")


def _worded(weekday: Weekday, where: Where, places: Mapping[int, str]) -> str:
    return worded_rows(_rows(weekday.hours, where), places)


def _forget(run: SetUp, changes: Sequence[Standing]) -> None:
    gone = hours_changes.c.id.in_([each.id for each in changes])
    run.connection.execute(delete(hours_changes).where(gone))
