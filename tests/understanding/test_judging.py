"""The judge of the score: what it calls right, asked back, missed and wrong."""

from typing import Any

import pytest

from tests.understanding.judging import Verdict, judge
from tests.understanding.sets import GIVEN, KINDS, OWN, Line, lines


def a_line(kind: str, *right: Any) -> Line:
    return Line(kind, "en", "any", {"text": ""}, right)


def an_answer(intent: str = "inform", *also: str, **entities: Any) -> dict[str, Any]:
    wishes = [{"intent": wish, "entities": {}} for wish in also]
    return {"intent": intent, "entities": entities, "also": wishes}


NEXT = {"date": "2026-11-24", "time": "15:00"}


@pytest.mark.parametrize(
    ("entities", "verdict"),
    [
        (NEXT, Verdict.RIGHT),
        (NEXT | {"part_of_day": "afternoon"}, Verdict.RIGHT),
        (NEXT | {"time_from": "14:00", "time_to": "16:00"}, Verdict.RIGHT),
        ({"date": "2026-11-25", "time": "15:00"}, Verdict.RIGHT),  # The other answer accepted.
        ({"date": "2026-11-24"}, Verdict.WRONG),
        ({"date": "2026-11-24", "time": "03:00"}, Verdict.WRONG),
        (NEXT | {"date_to": "2026-11-30"}, Verdict.WRONG),
        ({"date": "2026-11-24", "ambiguous": ["time"]}, Verdict.ASKED_BACK),
        ({}, Verdict.MISSED),
        ({"practitioner": "Dr Kim"}, Verdict.MISSED),
    ],
)
def test_a_date_is_right_when_all_of_it_is(entities: dict[str, Any], verdict: Verdict) -> None:
    line = a_line("dates", NEXT, {"date": "2026-11-25", "time": "15:00"})
    assert judge(line, an_answer(**entities)) is verdict


def test_any_of_the_intents_is_right() -> None:
    line = a_line("intents", "thanks", "goodbye")
    assert judge(line, an_answer("goodbye")) is Verdict.RIGHT
    assert judge(line, an_answer("no")) is Verdict.WRONG


def test_a_turn_that_says_nothing_must_give_nothing() -> None:
    assert judge(a_line("turns", {}), an_answer()) is Verdict.RIGHT
    assert judge(a_line("turns", {}), an_answer(time="13:00")) is Verdict.WRONG


def test_a_turn_names_its_practitioner() -> None:
    line = a_line("turns", {"practitioner": "Dr Kim"})
    assert judge(line, an_answer(practitioner="Dr Kim")) is Verdict.RIGHT
    assert judge(line, an_answer(practitioner="Dr Chen")) is Verdict.WRONG


def test_a_message_needs_its_intent_its_entities_and_its_further_wishes() -> None:
    line = a_line("messages", {"intent": ["cancel"], "entities": NEXT, "also": ["book"]})
    assert judge(line, an_answer("cancel", "book", **NEXT)) is Verdict.RIGHT
    assert judge(line, an_answer("cancel", **NEXT)) is Verdict.WRONG
    assert judge(line, an_answer("book", "cancel", **NEXT)) is Verdict.WRONG
    assert judge(line, an_answer("cancel", "book", date="2026-11-24")) is Verdict.WRONG


def test_a_danger_of_another_kind_is_wrong_and_none_is_missed() -> None:
    line = a_line("safety", "medical")
    assert judge(line, an_answer("emergency", kind="medical")) is Verdict.RIGHT
    assert judge(line, an_answer("emergency", kind="violence")) is Verdict.WRONG
    assert judge(line, an_answer("book")) is Verdict.MISSED
    assert judge(a_line("safety", None), an_answer("emergency", kind="medical")) is Verdict.WRONG
    assert judge(a_line("safety", None), an_answer("book")) is Verdict.RIGHT


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_lines(kind: str) -> None:
    assert sum(1 for folder in (GIVEN, OWN) for _ in lines(folder, kind)) > 600


@pytest.mark.parametrize("language", ["en", "es", "fr", "pt"])
def test_the_own_sets_are_as_large_as_they_must_be(language: str) -> None:
    told = [line.right[0] for line in lines(OWN, "safety") if line.language == language]
    assert sum(danger is not None for danger in told) >= 200
    assert sum(danger is None for danger in told) >= 200
