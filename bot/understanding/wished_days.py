"""Which days are wished for and which are not, as entities."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from bot.understanding.chart import Item
from bot.understanding.days import Day, Stretch
from bot.understanding.moment import shifted

_LONGEST_AWAY = 62  # Days of which each is said not to be wanted.


def set_wanted(items: Sequence[Item], found: dict[str, Any]) -> None:
    days = [item.value for item in items if isinstance(item.value, Day)]
    stretches = [item.value for item in items if isinstance(item.value, Stretch)]
    weekdays = [item.value for item in items if item.kind == "weekdays"]
    if any(day.conflict for day in days) or (
        not days and any(item.kind == "unclear" for item in items)
    ):
        _ask_back(found)
    distinct = list(dict.fromkeys(day.date for day in days))
    if len(distinct) == 1 and not weekdays:
        found["date"] = distinct[0]
        if days[-1].weekday is not None:
            found["weekday"] = days[-1].weekday
    elif distinct:
        found["dates"] = tuple(distinct)
        if all(day.weekday is not None for day in days):
            found["weekdays"] = tuple(dict.fromkeys(day.weekday for day in days))
    if weekdays:
        found["weekdays"] = tuple(dict.fromkeys([*found.get("weekdays", ()), *_flat(weekdays)]))
    _set_between(stretches, found)


def set_unwanted(items: Sequence[Item], today: date, found: dict[str, Any]) -> None:
    """Set what is not wished, beside what is (`set_wanted` goes first)."""
    weekdays: list[int] = []
    days: list[date] = []
    for item in items:
        if isinstance(item.value, Stretch):
            days += _days_away(item.value, today, found)
        elif item.kind == "weekdays":
            weekdays.append(item.value)
        elif isinstance(item.value, Day) and item.value.weekday is not None:
            weekdays.append(item.value.weekday)
        elif isinstance(item.value, Day):
            days.append(item.value.date)
    if weekdays:
        found["not_weekdays"] = tuple(dict.fromkeys(weekdays))
    if days:
        found["not_dates"] = tuple(dict.fromkeys(days))
    _check_order(found)


def _days_away(stretch: Stretch, today: date, found: dict[str, Any]) -> list[date]:
    """Return the days of a stretch that is not wished, as far as something else said leaves them
    open; where only what is before it or after it is left, that is wished. Too many are asked
    back."""
    first, last = stretch.first or today, stretch.last
    if last is None:
        found.setdefault("date_to", shifted(first, -1))
    elif first <= today:  # Who is away till Friday is back on it.
        found.setdefault("date_from", last if stretch.till else shifted(last, 1))
    elif (last - first).days > _LONGEST_AWAY:
        _ask_back(found)
    elif not {"date", "dates"} & found.keys():
        first = max(first, found.get("date_from", first))
        last = min(last, found.get("date_to", last))
        return [shifted(first, days) for days in range((last - first).days + 1)]
    return []


def _set_between(stretches: Sequence[Stretch], found: dict[str, Any]) -> None:
    """Set the ends of what is wished: "this week or next week" is both, and of two weeks that are
    apart one is asked back."""
    for stretch in stretches:
        begun, ended = found.get("date_from"), found.get("date_to")
        if stretch.first and stretch.last and begun and ended and stretch.first > ended:
            found["date_to"] = stretch.last
            if stretch.first > shifted(ended, 1):
                _ask_back(found)
            continue
        if stretch.first is not None:
            found["date_from"] = stretch.first
        if stretch.last is not None:
            found["date_to"] = stretch.last
    _check_order(found)


def _check_order(found: dict[str, Any]) -> None:
    """An end before its beginning is asked back."""
    if "date_from" in found and found["date_from"] > found.get("date_to", date.max):
        del found["date_from"], found["date_to"]
        _ask_back(found)


def _ask_back(found: dict[str, Any]) -> None:
    found["ambiguous"] = ("date",)


def _flat(values: Iterable[Any]) -> list[int]:
    return [item for value in values for item in (value if isinstance(value, tuple) else (value,))]
