"""The command line as a shell runs it, without the second it takes to start a Python."""

import io
import logging
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from bot.cli import main
from core.config import Settings
from core.database.connect import Database


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Run(Protocol):
    def __call__(self, *arguments: str, said: str | bytes = "") -> Ran: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs `frontdesk`; the environment is bare but for what a test sets."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str, said: str | bytes = "") -> Ran:
        raw = said if isinstance(said, bytes) else said.encode()
        monkeypatch.setattr(sys, "argv", ["frontdesk", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        written = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, written.out, written.err)

    yield run
    root.handlers[:], root.level = handlers, level


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def on_demo(run: Run, demo: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same on a fresh demo database."""
    monkeypatch.setenv("DATABASE_URL", url_of(demo))
    return run


@pytest.fixture
def empty(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """On a file that is not there yet."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    return run


@pytest.fixture
def migrated(empty: Run, sqlite_template: Path, tmp_path: Path) -> Run:
    shutil.copyfile(sqlite_template, tmp_path / "empty.db")
    return empty
