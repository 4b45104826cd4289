"""`frontdesk holidays`: where the clinic lies decides, unless the call says otherwise."""

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import update

from core.database.connect import Database
from core.database.migrate import upgrade
from core.models import locations, organizations
from tests import builders
from tests.bot.cli.conftest import Ran, Run

YEAR = ("--year", "2026", "--years", "1")


@pytest.fixture
def nowhere(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """On a database that is not even migrated."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'nothing.db'}")
    return run


def names(ran: Ran) -> list[str]:
    """Return the names of the days that were printed, which are TOML."""
    assert ran.code == 0, ran.err
    values = tomllib.loads(ran.out)
    if "locations" in values:
        # Below a place, which is not printed.
        return [day["name"] for day in values["locations"]["holidays"]]
    return [day["name"] for day in values["holidays"]]


def move(database: Database, **where: str | None) -> None:
    with database.transaction() as connection:
        connection.execute(update(locations).values(**where))


def test_a_location_has_the_days_of_its_state(on_demo: Run) -> None:
    ran = on_demo("holidays", "--location", "downtown", *YEAR)
    assert "Cesar Chavez Day" in names(ran)
    assert "# Public holidays of US, CA: a starting list." in ran.out
    assert "[[locations.holidays]]\ndate = 2026-01-01" in ran.out
    assert "what the file says of Downtown" in ran.out
    assert "Cesar Chavez Day" not in names(on_demo("holidays", "--location", "Phoenix", *YEAR))


def test_the_whole_clinic_has_what_all_its_places_share(on_demo: Run, demo: Database) -> None:
    ran = on_demo("holidays", *YEAR)
    assert "Thanksgiving Day" in names(ran)
    assert "Cesar Chavez Day" not in names(ran)
    assert "[[holidays]]\n" in ran.out
    assert "--location NAME also has its state's" in ran.out
    move(demo, state="California")
    ran = on_demo("holidays", *YEAR)
    assert "Cesar Chavez Day" in names(ran)
    assert "--location" not in ran.out
    move(demo, state=None)
    assert "Cesar Chavez Day" not in names(on_demo("holidays", *YEAR))


def test_a_state_that_the_list_does_not_know_is_said(on_demo: Run, demo: Database) -> None:
    move(demo, country="GB", state="Yorkshire")
    ran = on_demo("holidays", *YEAR)
    assert "Good Friday" in names(ran)
    assert "# Those of the whole country; expected a subdivision of GB, got 'Yorkshire'" in ran.out
    # What is asked for outright must be right.
    ran = on_demo("holidays", "--subdivision", "Yorkshire")
    assert (ran.code, ran.out) == (1, "")
    assert "expected a subdivision of GB" in ran.err
    assert "Saint Andrew's Day" in names(on_demo("holidays", "--subdivision", "Scotland", *YEAR))


def test_names_are_in_the_clinic_s_first_language(on_demo: Run, demo: Database) -> None:
    assert "Christmas Day" in names(on_demo("holidays", "--country", "es", *YEAR))
    with demo.transaction() as connection:
        connection.execute(update(organizations).values(default_language="es"))
    assert "Natividad del Señor" in names(on_demo("holidays", "--country", "ES", *YEAR))


def test_without_a_clinic_the_country_must_be_said(nowhere: Run, tmp_path: Path) -> None:
    ran = nowhere("holidays")
    assert ran.code == 2
    assert "expected --country: the database holds no clinic yet" in ran.err
    assert "Natividad del Señor" in names(nowhere("holidays", "--country", "ES", *YEAR))
    database = Database(f"sqlite:///{tmp_path / 'nothing.db'}", None)
    upgrade(database)
    database.dispose()
    assert nowhere("holidays").code == 2


def test_a_clinic_in_several_countries_is_asked_which(on_demo: Run, demo: Database) -> None:
    with demo.transaction() as connection:
        place = update(locations).where(locations.c.name == "Phoenix")
        connection.execute(place.values(country="MX"))
    ran = on_demo("holidays")
    assert ran.code == 2
    assert "the clinic lies in several countries" in ran.err
    assert on_demo("holidays", "--country", "US").code == 0


def test_this_year_and_the_next_if_none_is_named(
    on_demo: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def years(*arguments: str) -> set[int]:
        found = tomllib.loads(on_demo("holidays", *arguments).out)["holidays"]
        return {day["date"].year for day in found}

    monkeypatch.setattr("core.clock.now", lambda: builders.NOW)
    assert years() == {2026, 2027}
    assert years("--years", "3") == {2026, 2027, 2028}
    assert years("--year", "2031") == {2031, 2032}


def test_wrong_calls_say_what_was_expected(on_demo: Run) -> None:
    ran = on_demo("holidays", "--location", "Uptown")
    assert ran.code == 1
    assert "expected one of Downtown, Phoenix" in ran.err
    ran = on_demo("holidays", "--country", "XX")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert "there are: AD, AE, AF" in ran.err
    assert on_demo("holidays", "--years", "0").code == 2
