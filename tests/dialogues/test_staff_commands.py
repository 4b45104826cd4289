"""Whatever staff can ask for stands in a transcript, in each language of their chats."""

import pytest

from bot.staff.commands import COMMANDS
from bot.staff.reading import command_in
from bot.staff.wording import staff_languages
from tests.dialogues.test_transcripts import FILES

BEGINS = {"en": "staff_", "es": "es_personal_"}  # The names of their transcripts


def asked_for(language: str) -> set[str]:
    """The commands that somebody of staff writes there, with a slash or in words."""
    lines = (
        line.removeprefix("> ")
        for path in FILES
        if path.stem.startswith(BEGINS[language])
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("> ")
    )
    found = (command_in(line, language) for line in lines)
    return {each[0] for each in found if each is not None}


@pytest.mark.parametrize("language", staff_languages())
def test_every_command_is_in_a_transcript(language: str) -> None:
    assert COMMANDS.keys() - asked_for(language) - {"start"} == set()


def test_control_a_command_without_one_would_be_found() -> None:
    assert "fax" not in asked_for("en")
    assert {"today", "sick", "broadcast"} <= asked_for("en")
