"""Every conversation in this folder goes as it is written, word for word."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database.connect import Database
from core.database.migrate import upgrade
from core.keys import Keyring
from core.setup import set_up_demo
from tests.builders import NOW
from tests.dialogues.transcript import Stage, Transcript

FILES = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo clinic without appointments, to copy from."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    database = Database(f"sqlite:///{path}", Keyring.demo())
    upgrade(database)
    set_up_demo(database, NOW)
    database.dispose()
    return path


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "demo.db"
    shutil.copy(demo_file, path)
    database = Database(f"sqlite:///{path}", Keyring.demo())
    yield database
    database.dispose()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_conversation_goes_as_written(path: Path, demo: Database) -> None:
    transcript = Transcript.parse(path.read_text(encoding="utf-8"))
    assert Stage.set(demo, transcript).play(transcript) == transcript.lines


def test_a_changed_answer_is_noticed(demo: Database) -> None:
    """The control: a transcript that says otherwise fails."""
    transcript = Transcript.parse("> hi\n< Go away.")
    assert Stage.set(demo, transcript).play(transcript) != transcript.lines


def test_there_are_at_least_fifteen() -> None:
    assert len(FILES) >= 15
