"""Where the rules of time zones come from."""

import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.clock import use_newest_time_zones


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = zoneinfo.TZPATH
    yield
    zoneinfo.reset_tzpath(to=before)


def a_machine(folder: Path, version: str | None) -> tuple[str, ...]:
    if version is not None:
        (folder / "tzdata.zi").write_text(f"# version {version}\n", encoding="ascii")
    zoneinfo.reset_tzpath(to=[str(folder)])
    return zoneinfo.TZPATH


@pytest.mark.parametrize("version", ["2001a", None])
def test_old_rules_of_the_machine_yield_to_the_package(tmp_path: Path, version: str | None) -> None:
    a_machine(tmp_path, version)
    use_newest_time_zones()
    assert zoneinfo.TZPATH == ()
    noon = datetime(2026, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    assert noon.utcoffset() == timedelta(hours=2)


def test_newer_rules_of_the_machine_are_used(tmp_path: Path) -> None:
    folders = a_machine(tmp_path, "2999z")
    use_newest_time_zones()
    assert folders == zoneinfo.TZPATH
