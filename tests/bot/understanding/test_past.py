"""What is past is no day of an appointment."""

import pytest

from tests.bot.understanding.clinic import said

_DAYS = {"date", "dates", "date_from", "date_to", "weekday", "weekdays", "part_of_day", "choice"}


@pytest.mark.parametrize(
    "text",
    [
        "sore throat since yesterday",
        "sore throat since yesterday evening",
        "headache for 3 days now",
        "cough since monday",
        "last week I had a fever",
        "it started on friday",
        "my ankle hurts, i fell on sunday",
        "on sunday i twisted my knee",
        "a filling broke last night",
        "rash for the past 3 days",
        "i hurt my knee 2 days ago",
        "i had a fever yesterday",
        "it's been hurting since last tuesday",
        "it is 8 pm now and my tooth hurts",
    ],
)
def test_since_when_it_hurts_is_no_day(text: str) -> None:
    assert _DAYS.isdisjoint(said(text))
    assert "time" not in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "my back hurts since monday, can i come tomorrow?",
        "it started on friday, can i come tomorrow?",
        "my tooth broke on sunday can i see someone tomorrow",
    ],
)
def test_the_day_wanted_is_told_from_the_day_it_happened(text: str) -> None:
    assert said(text)["date"] == "2026-11-23"


def test_what_is_to_come_stays() -> None:
    assert said("the last friday of november") == {"date": "2026-11-27"}
    assert said("i need an appointment in 3 days")["date"] == "2026-11-25"
    assert said("since monday", "date") == {"date_from": "2026-11-23"}
    assert said("from monday on")["date_from"] == "2026-11-23"


@pytest.mark.parametrize(
    "text",
    [
        "As soon as possible. It's 1 pm right now.",
        "ASAP please, it is Sunday at 5 pm right now",
        "it is 8pm on Sunday now, so asap",
        "I cough every night, so asap",
        "asap, this is the third cold I've had this month",
    ],
)
def test_what_oclock_it_is_and_what_comes_every_night_is_no_wish(text: str) -> None:
    assert {"date", "time", "part_of_day", "date_from"}.isdisjoint(said(text, "date_time"))
