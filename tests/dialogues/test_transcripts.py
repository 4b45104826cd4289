"""Every conversation in this folder goes as it is written, word for word."""

from pathlib import Path

import pytest

from core.database.connect import Database
from tests.dialogues.transcript import Stage, Transcript

FILES = sorted(Path(__file__).parent.glob("*.txt"))


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
