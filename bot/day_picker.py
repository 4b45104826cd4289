"""A calendar as choices, seven to a row: the days on which something is free are ticked.

Any day may be pressed: what is not free is answered with what is nearest to it. The places that
only fill a row, and the names of weekdays and months, say nothing when pressed.
"""

from datetime import date

from bot.dialogue.values import EARLIER, LATER, ShownDays
from bot.messages import Choice, ChoiceKind
from bot.phrases import Phrasebook
from bot.senders.keyboard import NOTHING, callback_data

TICK = "✓"


def day_choices(shown: ShownDays, list_id: str, book: Phrasebook) -> tuple[Choice, ...]:
    """Return a row of weekdays, the weeks, and a row to turn the page with."""
    week = book.week()
    before = [weekday for weekday, _ in week].index(shown.first.weekday())
    days = [_day(day, day in shown.free, list_id, index) for index, day in enumerate(shown.days, 1)]
    after = -(before + len(days)) % len(week)
    return (
        *(_plain(name) for _, name in week),
        *[_plain(" ")] * before,
        *days,
        *[_plain(" ")] * after,
        _turning("<", EARLIER, list_id) if shown.has_earlier else _plain(" "),
        _plain(book.months(shown.days[0], shown.days[-1])),
        _turning(">", LATER, list_id) if shown.has_later else _plain(" "),
    )


def _plain(text: str) -> Choice:
    return Choice(text, NOTHING, ChoiceKind.DAY)


def _day(day: date, is_free: bool, list_id: str, index: int) -> Choice:
    label = f"{TICK}{day.day}" if is_free else str(day.day)
    return Choice(label, callback_data(list_id, index), ChoiceKind.DAY)


def _turning(label: str, index: int, list_id: str) -> Choice:
    return Choice(label, callback_data(list_id, index), ChoiceKind.DAY)
