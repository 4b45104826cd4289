"""Day sheets as files: written whole or not at all, anew when the day has changed, removed after
some days. They name patients: only whoever runs the desk can read them.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from bot.clinic import read_clinic
from bot.directory import Directory, Location
from bot.staff.sheet import BEGINS, digest_of, render
from bot.staff.wording import StaffPhrasebook, staff_languages
from core import audit
from core.clock import Clock
from core.database.connect import Database
from core.models import organizations
from core.models.audit import AuditActor
from core.scheduling.catalogue import Catalogue
from core.staff.daysheet import day_sheet

_WORKER = audit.Who(AuditActor.OPERATOR, channel="worker")
# A sheet, or one that was being written when the power went.
_NAMED = re.compile(r"\.?.+-(\d{4}-\d{2}-\d{2})\.html(\.\w+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page, and whose visits stand on it. `is_blank`: nobody comes, and nobody works there."""

    page: str
    visit_ids: tuple[int, ...]
    patient_ids: tuple[int, ...]
    is_blank: bool

    def note(self, connection: Connection, who: audit.Who, now: datetime) -> None:
        """Write down that it was printed."""
        ids, about = self.visit_ids, self.patient_ids
        audit.record(connection, who, "printed", "day", ids, patients=about, now=now)


def make_sheet(
    connection: Connection,
    place: Location,
    day: date,
    now: datetime,
    book: StaffPhrasebook,
    catalogue: Catalogue,
) -> Sheet:
    """Return the sheet of a place as it is now. The connection's keys must be there."""
    found = day_sheet(connection, place.key, day, now, catalogue)
    visits = [line.visit for lines in found.values() for line in lines]
    return Sheet(
        render(found, place, day, now, book),
        tuple(visit.id for visit in visits),
        tuple(visit.patient_id for visit in visits),
        is_blank=not found,
    )


def language_of(directory: Directory) -> str:
    """Return the clinic's first language that staff's sentences are in."""
    known = (code for code in directory.languages if code in staff_languages())
    return next(known, "en")


def path_of(folder: Path, directory: Directory, place: Location, day: date) -> Path:
    """Return where the sheet of that day stands; two places whose names look alike have each a
    file of their own."""
    name = _file_name(place)
    if any(_file_name(other) == name for other in directory.locations if other != place):
        name = f"{name}-{place.key}"
    return folder / f"{name}-{day}.html"


def _file_name(place: Location) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in place.name.casefold())


def write_whole(path: Path, page: str) -> None:
    """Only whoever runs the desk reads it; an older one stays whole until this one is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Private from its first byte on, and no other worker's.
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix="")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


class DaySheets:
    """The worker's: tomorrow's sheets from an hour of the evening on, today's from an hour of the
    morning on. `folder` None: none are written."""

    def __init__(self, database: Database, folder: Path | None, clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock

    def write(self) -> int:
        """Write what is not there yet or has changed, remove what is old, and return how many
        files that were. Raises OSError where the folder can't be written to."""
        if self._folder is None:
            return 0
        now = self._clock()
        with self._database.reading() as connection:
            if connection.scalar(select(organizations.c.id)) is None:
                return 0  # There is no clinic yet.
        changed = list(self._changed(self._folder, now))
        for path, sheet in changed:
            # First the record, so that none is ever written that nobody knows of.
            with self._database.transaction() as connection:
                sheet.note(connection, _WORKER, now)
            write_whole(path, sheet.page)
        return len(changed) + self._remove_old(self._folder, now)

    def _changed(self, folder: Path, now: datetime) -> Iterator[tuple[Path, Sheet]]:
        with self._database.reading() as connection:
            clinic = read_clinic(connection, now)
            directory = clinic.directory
            book = StaffPhrasebook(directory, language_of(directory))
            for place in directory.locations:
                for day in _days(clinic.catalogue, place, now):
                    path = path_of(folder, directory, place, day)
                    sheet = make_sheet(connection, place, day, now, book, clinic.catalogue)
                    there = path.read_text("utf-8", "replace") if path.exists() else None
                    if there is None and sheet.is_blank:
                        continue  # Closed: nothing to print.
                    if there is None or digest_of(there) != digest_of(sheet.page):
                        yield path, sheet

    def _remove_old(self, folder: Path, now: datetime) -> int:
        """Only what is a sheet of ours: somebody may keep other files there."""
        with self._database.reading() as connection:
            clinic = read_clinic(connection, now)
        kept = timedelta(days=clinic.rules.day_sheet_keep_days)
        oldest = min(now.astimezone(p.zone).date() for p in clinic.directory.locations) - kept
        removed = 0
        for path in folder.iterdir() if folder.exists() else ():
            day = _day_in(path)
            if day is not None and day < oldest and path.is_file() and _is_ours(path):
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def _days(catalogue: Catalogue, place: Location, now: datetime) -> Iterator[date]:
    rules, local = catalogue.rules_at(place.key), now.astimezone(place.zone)
    if local.hour >= rules.day_sheet_morning_hour:
        yield local.date()
    if local.hour >= rules.day_sheet_evening_hour:
        yield local.date() + timedelta(days=1)


def _day_in(path: Path) -> date | None:
    found = _NAMED.fullmatch(path.name)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _is_ours(path: Path) -> bool:
    """Also one of which only the beginning was written, or nothing."""
    with path.open("rb") as file:
        begins = file.read(len(BEGINS))
    return begins == BEGINS if path.suffix == ".html" else BEGINS.startswith(begins)
