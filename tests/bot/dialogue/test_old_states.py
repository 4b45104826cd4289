"""Conversations that were saved by an older version go on where they were.

`states/` holds one as it was stored at each question, with what had been said before. They are
never written anew: when the form of the state changes, they must still load.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.memory import Memory
from core.database.connect import Database
from core.models import conversations
from tests.bot.talking import Patient, text_of, types_of

FILES = sorted((Path(__file__).parent / "states").glob("*.json"))
# What is said next, and what comes of it.
GOES_ON = {
    "booking_asks_who": ("dr patel tuesday at 10am", []),
    "booking_asks_which": ("the first one", []),
    "booking_asks_when": ("tuesday at 10am", []),
    "booking_shows_times": ("1", []),
    "booking_asks_name": ("John Smith", []),
    "booking_asks_birth_date": ("4 May 1980", ["registered"]),
    "booking_asks_yes": ("yes", ["booked"]),
    "booked": ("cancel it", []),
    "moving_asks_when": ("tuesday at 11", []),
    "moving_asks_yes": ("yes", ["rescheduled"]),
    "giving_up_asks_yes": ("yes", ["cancelled"]),
    "guess": ("yes", []),
    "menu": ("1", []),
    "standing_still": ("tuesday at 10am", []),
    "left": ("yes", []),
    "noted": ("sorry, born 5 May 1980", ["corrected"]),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_conversation_of_an_older_version_goes_on(path: Path, demo: Database) -> None:
    sample = json.loads(path.read_text(encoding="utf-8"))
    patient = Patient(demo)
    patient.says(*sample["said"])
    put(demo, sample["memory"])
    said, happens = GOES_ON[path.stem]
    handled = patient.says(said)
    assert types_of(handled) == happens
    assert text_of(handled)


def put(database: Database, memory: dict[str, Any]) -> None:
    """Store the memory as the older version did."""
    with database.transaction() as connection:
        connection.execute(update(conversations).values(state=json.dumps(memory)))
        stored = connection.scalar(select(conversations.c.state))
    assert Memory.from_json(stored).state.to_json()


def test_every_question_of_a_booking_has_a_sample() -> None:
    assert {path.stem for path in FILES} == set(GOES_ON)


def test_a_sample_of_a_form_that_is_not_known_starts_afresh(demo: Database) -> None:
    """The control: such a conversation forgets what had been said."""
    patient = Patient(demo)
    patient.says("dr patel tuesday at 10am", "John Smith 4 May 1980")
    state = json.dumps({"version": 0})
    put(demo, {"pace": {}, "state": state})
    assert types_of(patient.says("yes")) == []
