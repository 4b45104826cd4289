"""Pictures of numbers."""

import json

import pytest

from bot.charts import Bars, Chart, draw

WEEK = Chart(
    "Mon, Nov 16 - Wed, Nov 18",
    ("Mon, Nov 16", "Tue, Nov 17", "Wed, Nov 18"),
    (Bars("kept", "#009e73", (12, 0, 9)), Bars("missed", "#d55e00", (1, 0, 2))),
)


def test_it_is_a_png_of_the_size_that_is_told() -> None:
    picture = draw(WEEK)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (1024, 640)


def test_other_numbers_are_another_picture() -> None:
    other = Chart(WEEK.title, WEEK.days, (Bars("kept", "#009e73", (1, 1, 1)),))
    assert draw(other) != draw(WEEK)
    assert draw(WEEK) == draw(WEEK)


@pytest.mark.parametrize("days", [0, 1, 31])
def test_any_number_of_days_is_drawn(days: int) -> None:
    names = tuple(str(day) for day in range(days))
    chart = Chart("", names, (Bars("kept", "#009e73", (0,) * days),))
    assert draw(chart)


def test_it_is_kept_as_what_it_shows() -> None:
    stored = WEEK.to_json()
    assert Chart.from_json(stored) == WEEK
    assert json.loads(stored)["title"] == WEEK.title


@pytest.mark.parametrize("stored", ["", "[]", "{}", '{"title": 1}'])
def test_what_is_no_chart_is_refused(stored: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        Chart.from_json(stored)
