"""The worker's day sheets: at the set hours, whole, private, anew only when the day has changed."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import update

from bot.daysheets import DaySheets
from core.config import Settings
from core.database.connect import Database
from core.models import appointments, audit_log, locations
from tests.bot.talking import Clock, rows, set_rule
from tests.builders import Clinic, a_location, a_patient, a_phone, an_absence, an_appointment
from tests.core.scheduling.words import MONDAY, TUESDAY, at

MORNING, EVENING = at("06:10"), at("18:05")


class Desk:
    """A worker that writes into a folder, and what stands there."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.clock = database, folder, Clock(MORNING)
        self.sheets = DaySheets(database, folder, self.clock)

    def at(self, now: datetime) -> int:
        self.clock.at = now
        return self.sheets.write()

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []

    def page(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")


@pytest.fixture
def desk(database: Database, clinic: Clinic, tmp_path: Path) -> Desk:
    with database.transaction() as connection:
        nora = a_patient(connection, "Nora", last_name="Quinn")
        a_phone(connection, nora, "+14155550142")
        for day in (MONDAY, TUESDAY):
            an_appointment(
                connection,
                patient_id=nora,
                practitioner_id=clinic.patel_id,
                location_id=clinic.location_id,
                visit_type_id=clinic.visit_type_id,
                starts_at=at("10:00", day),
            )
    return Desk(database, tmp_path / "sheets")


TODAYS, TOMORROWS = f"downtown-{MONDAY}.html", f"downtown-{TUESDAY}.html"


def test_todays_from_the_morning_on_and_tomorrows_from_the_evening_on(desk: Desk) -> None:
    assert (desk.at(at("05:59")), desk.names) == (0, [])
    assert (desk.at(MORNING), desk.names) == (1, [TODAYS])
    assert (desk.at(EVENING), desk.names) == (1, [TODAYS, TOMORROWS])
    assert "Quinn, Nora" in desk.page(TOMORROWS)


def test_the_clinic_sets_the_hours(desk: Desk) -> None:
    set_rule(desk.database, day_sheet_morning_hour=9, day_sheet_evening_hour=12)
    assert desk.at(MORNING) == 0
    desk.at(at("12:00"))
    assert desk.names == [TODAYS, TOMORROWS]


def test_what_has_not_changed_is_neither_written_nor_recorded_again(desk: Desk) -> None:
    desk.at(MORNING)
    before = (desk.folder / TODAYS).stat().st_ino
    assert desk.at(MORNING + timedelta(minutes=5)) == 0
    assert (desk.folder / TODAYS).stat().st_ino == before
    assert [row.action for row in rows(desk.database, audit_log)] == ["printed"]


def test_what_has_changed_is_written_anew_and_recorded(desk: Desk) -> None:
    desk.at(MORNING)
    with desk.database.transaction() as connection:
        connection.execute(update(appointments).values(status="cancelled"))
    assert desk.at(MORNING + timedelta(minutes=5)) == 1
    assert "Quinn" not in desk.page(TODAYS)
    printed = [(row.action, row.channel) for row in rows(desk.database, audit_log)]
    assert printed == [("printed", "worker")] * 2


def test_only_its_owner_reads_it(desk: Desk) -> None:
    desk.at(MORNING)
    assert (desk.folder / TODAYS).stat().st_mode & 0o777 == 0o600
    assert desk.folder.stat().st_mode & 0o777 == 0o700


def test_when_writing_breaks_off_the_older_one_stays_whole_and_nothing_else(desk: Desk) -> None:
    desk.at(MORNING)
    whole = desk.page(TODAYS)
    with desk.database.transaction() as connection:
        connection.execute(update(appointments).values(status="cancelled"))
    with patch.object(os, "replace", side_effect=OSError("disk full")), pytest.raises(OSError):  # noqa: PT011
        desk.at(MORNING + timedelta(minutes=5))
    assert (desk.names, desk.page(TODAYS)) == ([TODAYS], whole)


def test_old_ones_are_removed_and_nothing_that_is_not_ours(desk: Desk) -> None:
    desk.at(MORNING)
    other = desk.folder / "menu-2020-01-01.html"
    other.write_text("<p>soup</p>", encoding="utf-8")
    left_over = desk.folder / ".downtown-2020-01-01.html.abc123"
    left_over.write_text(desk.page(TODAYS)[:60], encoding="utf-8")
    desk.at(MORNING + timedelta(days=3))
    assert TODAYS in desk.names
    assert left_over.name not in desk.names
    desk.at(MORNING + timedelta(days=4))
    assert TODAYS not in desk.names
    assert other.exists()


def test_who_works_without_visits_has_a_page_for_walk_ins(
    desk: Desk, database: Database, clinic: Clinic
) -> None:
    desk.at(MORNING)
    assert "Dr Samuel Okafor" in desk.page(TODAYS)
    with database.transaction() as connection:
        an_absence(connection, clinic.okafor_id, MONDAY)
    desk.at(MORNING + timedelta(minutes=5))
    assert "Okafor" not in desk.page(TODAYS)


def test_where_the_place_is_closed_and_nobody_comes_none_is_written(desk: Desk) -> None:
    desk.at(at("07:00", MONDAY - timedelta(days=1)))
    assert desk.names == []


def test_places_whose_names_look_alike_have_a_file_each(desk: Desk) -> None:
    with desk.database.transaction() as connection:
        connection.execute(update(locations).values(name="St. Mary"))
        other = a_location(connection, "St-Mary")
        connection.execute(update(appointments).values(location_id=other))
    desk.at(MORNING)
    assert len([name for name in desk.names if name.startswith("st")]) == 2


def test_without_a_folder_nothing_is_written(database: Database, clinic: Clinic) -> None:
    del clinic
    assert Settings().daysheet_folder is None
    assert DaySheets(database, None, Clock(MORNING)).write() == 0
