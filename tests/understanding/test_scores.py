"""The aims of understanding hold on the sets in this folder: a change that loses one is noticed."""

from collections import Counter
from datetime import UTC, datetime
from functools import cache

import pytest

from bot.clinic_file import directory_of
from bot.understanding.jsonl import answer
from core.setup import DEMO_FILE, read_clinic_file
from tests.understanding.judging import Verdict, judge
from tests.understanding.sets import GIVEN, OWN, Line, lines

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
WHOLE = ("en", "es", "fr", "pt")


@cache
def verdicts(kind: str, language: str) -> tuple[tuple[Line, Verdict], ...]:
    directory = directory_of(read_clinic_file(DEMO_FILE))
    return tuple(
        (line, judge(line, answer(line.record, directory, now=NOW)))
        for folder in (GIVEN, OWN)
        for line in lines(folder, kind)
        if line.language == language
    )


def share(judged: list[Verdict], verdict: Verdict) -> float:
    return Counter(judged)[verdict] / len(judged)


@pytest.mark.parametrize(
    ("language", "right"),
    [("en", 0.95), ("es", 0.92), ("fr", 0.92), ("pt", 0.92), ("de", 0.88), ("it", 0.88)],
)
def test_dates_and_times(language: str, right: float) -> None:
    judged = [verdict for _, verdict in verdicts("dates", language)]
    assert share(judged, Verdict.RIGHT) >= right


@pytest.mark.parametrize("language", WHOLE)
def test_what_is_within_scope_is_understood_and_what_is_not_is_recognised(language: str) -> None:
    inside: list[Verdict] = []
    outside: list[Verdict] = []
    for kind in ("intents", "messages"):
        for line, verdict in verdicts(kind, language):
            (outside if line.sort == "out_of_scope" else inside).append(verdict)
    assert share(inside, Verdict.RIGHT) >= 0.95
    assert share(outside, Verdict.RIGHT) >= 0.90


def test_what_users_say_in_booking_dialogues() -> None:
    assert share([verdict for _, verdict in verdicts("turns", "en")], Verdict.RIGHT) >= 0.95


@pytest.mark.parametrize("language", WHOLE)
def test_dangers_are_recognised_and_ordinary_messages_alarm_nobody(language: str) -> None:
    judged = verdicts("safety", language)
    dangers = [verdict for line, verdict in judged if line.right[0] is not None]
    ordinary = [verdict for line, verdict in judged if line.right[0] is None]
    assert share(dangers, Verdict.RIGHT) >= 0.99
    assert share(ordinary, Verdict.RIGHT) >= 0.98
