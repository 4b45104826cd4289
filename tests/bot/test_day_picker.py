"""A calendar as choices: what stands where, and what a press of each place means."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.day_picker import TICK, day_choices
from bot.dialogue.state import Question
from bot.dialogue.values import DAYS, EARLIER, LATER, ShownDays
from bot.messages import Asked, ChoiceKind
from bot.phrases import Phrasebook
from bot.senders.keyboard import CALLBACK_DATA_BYTES, NOTHING, parse_callback_data
from tests.bot.test_phrases import DEMO

SUNDAY = date(2026, 11, 22)
TUESDAY, FIRST_OF_DECEMBER = date(2026, 11, 24), date(2026, 12, 1)
US = Phrasebook(DEMO, "en")
FRANCE = Phrasebook(replace(DEMO, country="FR"), "fr")


def rows(shown: ShownDays, book: Phrasebook = US) -> list[list[str]]:
    labels = [choice.label for choice in day_choices(shown, "7", book)]
    return [labels[at : at + 7] for at in range(0, len(labels), 7)]


def test_weeks_are_rows_and_free_days_are_ticked() -> None:
    head, *weeks, foot = rows(ShownDays(SUNDAY, frozenset({TUESDAY, FIRST_OF_DECEMBER})))
    assert head == ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"]
    assert weeks[0] == ["22", "23", f"{TICK}24", "25", "26", "27", "28"]
    assert weeks[1] == ["29", "30", f"{TICK}1", "2", "3", "4", "5"]
    assert len(weeks) == 5
    assert foot == [" ", "November - December", " "]


def test_a_week_begins_as_it_does_in_the_country() -> None:
    head, first, *_ = rows(ShownDays(SUNDAY, frozenset()), FRANCE)
    assert head[0] == "lu"
    assert first == [" "] * 6 + ["22"]


def test_one_month_is_named_once() -> None:
    assert rows(ShownDays(date(2027, 1, 31), frozenset()))[-1][1] == "January - March"
    assert rows(ShownDays(date(2026, 7, 1), frozenset()))[-1][1] == "July - August"


@pytest.mark.parametrize("first", [SUNDAY + timedelta(days=each) for each in range(7)])
@pytest.mark.parametrize("book", [US, FRANCE], ids=["US", "FR"])
def test_every_place_says_what_it_stands_for(first: date, book: Phrasebook) -> None:
    shown = ShownDays(first, frozenset({first}), has_earlier=True, has_later=True)
    choices = day_choices(shown, "123456", book)
    assert {choice.kind for choice in choices} == {ChoiceKind.DAY}
    assert all(1 <= len(choice.value.encode()) <= CALLBACK_DATA_BYTES for choice in choices)
    assert len(choices) <= 100
    assert (len(choices) - 3) % 7 == 0
    said = [parse_callback_data(choice.value) for choice in choices if choice.value != NOTHING]
    question = Question(Asked.DATE_TIME, days_from=first)
    codes = [question.code_at(place[1]) for place in said if place]
    days = [f"day:{first + timedelta(days=each)}" for each in range(DAYS)]
    pages = [f"days:{first + timedelta(days=each)}" for each in (-DAYS, DAYS)]
    assert codes == days + pages
    for choice in choices:
        place = parse_callback_data(choice.value)
        if place and place[1] <= DAYS:
            day = first + timedelta(days=place[1] - 1)
            assert choice.label.removeprefix(TICK) == str(day.day)
            column = choices.index(choice) % 7
            assert book.week()[column][0] == day.weekday()


@pytest.mark.parametrize("index", [-1, 0, LATER + 1, 10_000])
def test_a_place_that_is_not_there_means_nothing(index: int) -> None:
    assert Question(Asked.DATE_TIME, days_from=SUNDAY).code_at(index) is None
    assert Question(Asked.DATE_TIME).code_at(1) is None
    assert {EARLIER, LATER} == {DAYS + 1, DAYS + 2}
