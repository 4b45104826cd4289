"""`frontdesk migrate` and `frontdesk setup`: an empty database, a clinic and its changes."""

from pathlib import Path

import pytest
from sqlalchemy import select

from core.config import read_settings
from core.database.connect import Database
from core.keys import DEMO_ENCRYPTION_KEY, DEMO_SECRET
from core.models import organizations, staff
from core.setup import DEMO_FILE
from core.setup.by_staff import By, change
from core.setup.changeable import Key
from tests.bot.cli.conftest import Run
from tests.builders import NOW

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "clinic.toml"


def test_migrating_twice_is_as_good_as_once(empty: Run) -> None:
    for _ in range(2):
        ran = empty("migrate")
        assert (ran.code, ran.out, ran.err) == (0, "The database is up to date.\n", "")


def test_the_demo_is_set_up_and_a_second_time_there_is_nothing_to_change(migrated: Run) -> None:
    first = migrated("setup", "demo")
    assert first.code == 0
    assert "Dr Anita Patel" in first.out
    assert first.lines[-1] == "Done."
    second = migrated("setup", "demo")
    assert (second.code, second.lines) == (0, ["Nothing to change."])
    database = Database(read_settings().database_url, None)
    with database.reading() as connection:
        assert connection.scalar(select(organizations.c.is_demo)) is True
    database.dispose()


def test_a_clinic_is_set_up_from_its_file(migrated: Run) -> None:
    ran = migrated("setup", str(EXAMPLE))
    assert ran.code == 0
    assert "Riverside" in ran.out
    assert migrated("setup", str(EXAMPLE)).lines == ["Nothing to change."]
    # Its own keys are needed from now on, and say so.
    assert "SECRET_KEY" in migrated("chat").err


def test_the_environment_may_name_the_file(migrated: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_CONFIG", str(EXAMPLE))
    assert "Riverside" in migrated("setup").out


@pytest.fixture
def changed_file(tmp_path: Path) -> Path:
    file = tmp_path / "clinic.toml"
    words = DEMO_FILE.read_text(encoding="utf-8").replace("400 Market Street", "500 Market Street")
    file.write_text(words, encoding="utf-8")
    return file


def test_what_will_change_is_shown_and_asked_for(migrated: Run, changed_file: Path) -> None:
    assert migrated("setup", str(changed_file)).code == 0
    words = changed_file.read_text(encoding="utf-8").replace("500 Market", "600 Market")
    changed_file.write_text(words, encoding="utf-8")
    refused = migrated("setup", str(changed_file), said="n\n")
    assert refused.code == 1
    assert "600 Market Street" in refused.out
    assert "nothing was changed" in refused.err
    assert migrated("setup", str(changed_file), said="").code == 1  # Nobody there to ask.
    assert migrated("setup", str(changed_file), said="y\n").code == 0
    assert migrated("setup", str(changed_file)).lines[-1] == "Nothing to change."


def test_yes_changes_without_asking(migrated: Run, changed_file: Path) -> None:
    migrated("setup", str(changed_file))
    words = changed_file.read_text(encoding="utf-8").replace("500 Market", "600 Market")
    changed_file.write_text(words, encoding="utf-8")
    assert migrated("setup", str(changed_file), "--yes").code == 0


def test_a_demo_never_becomes_a_real_clinic(on_demo: Run) -> None:
    ran = on_demo("setup", str(EXAMPLE), "--yes")
    assert ran.code == 1
    assert "demo" in ran.err


@pytest.mark.parametrize("name", ["nowhere.toml", "/", "clinic.yaml"])
def test_a_file_that_is_not_there_is_named(migrated: Run, name: str) -> None:
    ran = migrated("setup", name)
    assert ran.code in (1, 2)
    assert name in ran.err
    assert "Traceback" not in ran.err


def test_every_mistake_of_the_file_is_a_line(migrated: Run, tmp_path: Path) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text('[organization]\nname = ""\ncountry = "XX"\n', encoding="utf-8")
    ran = migrated("setup", str(file))
    assert ran.code == 1
    assert len(ran.err.splitlines()) >= 2
    assert all(line.startswith("frontdesk: ") for line in ran.err.splitlines())


def test_the_clinic_is_printed_as_a_file_that_changes_nothing(on_demo: Run, tmp_path: Path) -> None:
    printed = on_demo("setup", "--dump")
    assert printed.code == 0
    assert printed.lines[0].startswith("# Harbor Health, as it was on ")
    assert "+14155550181" in printed.out  # Where Rosa is told is decrypted.
    file = tmp_path / "now.toml"
    file.write_text(printed.out, encoding="utf-8")
    assert on_demo("setup", str(file)).err.startswith("frontdesk: this database holds the demo")
    assert on_demo("setup", "--dump").out.splitlines()[1:] == printed.lines[1:]


def test_a_real_clinic_is_printed_and_read_back(
    migrated: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migrated("setup", str(EXAMPLE)).code == 0
    refused = migrated("setup", "--dump")
    assert (refused.code, refused.out) == (1, "")
    assert "SECRET_KEY" in refused.err  # Where staff are told is encrypted.
    monkeypatch.setenv("SECRET_KEY", DEMO_SECRET)
    monkeypatch.setenv("ENCRYPTION_KEY", DEMO_ENCRYPTION_KEY)
    file = tmp_path / "now.toml"
    file.write_text(migrated("setup", "--dump").out, encoding="utf-8")
    assert migrated("setup", str(file)).lines == ["Nothing to change."]


@pytest.mark.parametrize("other", [["demo"], ["--yes"], ["--overwrite"]])
def test_printing_stands_alone(on_demo: Run, other: list[str]) -> None:
    ran = on_demo("setup", "--dump", *other)
    assert (ran.code, ran.out) == (2, "")
    assert "--dump stands alone" in ran.err


def test_there_must_be_a_clinic_to_print(migrated: Run) -> None:
    assert "frontdesk setup" in migrated("setup", "--dump").err


def test_what_staff_set_in_chat_is_shown_and_kept(on_demo: Run, demo: Database) -> None:
    with demo.transaction() as connection:
        rosa = connection.scalars(select(staff.c.id).where(staff.c.username == "rosa")).one()
        by = By(rosa, "admin", "telegram")
        change(connection, [(Key("horizon_days"), "60")], by, NOW, seen=10**6)
    kept = (
        "  keep rule horizon_days: 60, changed by Rosa Delgado on 2026-11-22 in chat; "
        "the file says 180"
    )
    assert on_demo("setup", "demo").lines == [kept, "Nothing to change."]
    replaced = on_demo("setup", "demo", "--overwrite", "--yes")
    assert replaced.lines == ["  change rule horizon_days: 60 -> 180", "Done."]
    assert on_demo("setup", "demo").lines == ["Nothing to change."]
