"""A mistake in a sentence of the clinic's own is told: when it is made, or comes to be one."""

from pathlib import Path

from sqlalchemy import insert

from core.database.connect import Database
from core.models import phrases
from tests.bot.cli.conftest import Run
from tests.builders import NOW
from tests.core.setup.small_clinic import SMALL


def test_a_file_with_a_bad_sentence_changes_nothing(on_demo: Run, tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(SMALL + '[phrases.en]\nwelcome = "Reply STOP."\n', encoding="utf-8")
    ran = on_demo("setup", str(path), "--yes")
    assert ran.code == 1
    line = SMALL.count("\n") + 2
    assert f'clinic.toml:{line}: phrases.en.welcome: expected no "STOP"' in ran.err


def test_a_sentence_that_an_update_has_left_behind_is_named(on_demo: Run, demo: Database) -> None:
    assert "phrases:" not in on_demo("check").out
    with demo.transaction() as connection:
        for key, text in (("welcome", "Gladly."), ("kept", "It stays, {visit.doctor}.")):
            row = {"language": "en", "key": key, "text": text, "is_active": True}
            connection.execute(insert(phrases).values(**row, created_at=NOW, updated_at=NOW))
    ran = on_demo("check")
    assert ran.code == 0
    assert "phrases: kept (en) no longer fits and is said in our words" in ran.out
    assert "welcome" not in ran.out
