"""Which of the slots found are worth offering, and which one needs no choosing."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import TypeVar

from bot.dialogue.commands import SlotsFound
from bot.dialogue.state import Draft
from bot.dialogue.turn import Situation
from bot.dialogue.values import Slot, Visit

Item = TypeVar("Item")


def wall(slot: Slot | Visit, situation: Situation) -> datetime:
    """Return its start as the clock on the wall of its location shows it."""
    return slot.starts_at.astimezone(situation.directory.location(slot.location).zone)


def pick(draft: Draft, found: SlotsFound, situation: Situation) -> tuple[Slot, ...]:
    """Return the few slots worth offering, in the order of time.

    Near misses and open-ended wishes come ranked: the first are the best. A wish met by many
    slots gets some from all over it, since neighbours differ too little to choose between: over
    several days the first of each day, within one day evenly spread. "Around three" gets the
    nearest to three. A choice of times helps more than one of people: with whom comes first at a
    time, unless there are too few times.
    """
    count, when = situation.offers, draft.when
    slots = _one_at_a_time(found.slots, count)
    if not found.exact and when.minute is None:
        best: Sequence[Slot] = _first_of_each_day(slots, situation)[:count]
    elif not found.exact or when.earliest or when.any_day or when.after or when.before:
        best = slots[:count]
    elif when.minute is not None:
        wished = when.minute

        def distance(slot: Slot) -> int:
            return abs(minute_of(slot, situation) - wished)

        best = sorted(slots, key=distance)[:count]
    else:
        best = _spread(slots, count, situation)
    return tuple(sorted(best, key=lambda slot: slot.starts_at))


def _one_at_a_time(slots: Sequence[Slot], count: int) -> Sequence[Slot]:
    """Return the first slot of each time, and the others only as far as times are too few."""
    firsts: dict[datetime, Slot] = {}
    for slot in slots:
        firsts.setdefault(slot.starts_at, slot)
    others = [slot for slot in slots if firsts[slot.starts_at] is not slot]
    return [*firsts.values(), *others[: max(0, count - len(firsts))]]


def _first_of_each_day(slots: Sequence[Slot], situation: Situation) -> Sequence[Slot]:
    """Near a day that has nothing, other days are a choice; more hours of one day hardly are."""
    firsts: dict[date, Slot] = {}
    for slot in slots:
        firsts.setdefault(wall(slot, situation).date(), slot)
    return list(firsts.values())


def _spread(slots: Sequence[Slot], count: int, situation: Situation) -> Sequence[Slot]:
    days = [list(day) for _, day in groupby(slots, key=lambda slot: wall(slot, situation).date())]
    if len(days) >= count:
        return [day[0] for day in _evenly(days, count)]
    return _evenly(slots, count)


def _evenly(items: Sequence[Item], count: int) -> Sequence[Item]:
    if len(items) <= count:
        return items
    last = len(items) - 1
    if count == 1:
        return items[:1]
    return [items[round(step * last / (count - 1))] for step in range(count)]


def sure(
    draft: Draft, found: SlotsFound, offer: tuple[Slot, ...], situation: Situation
) -> Slot | None:
    """Return the slot that needs no choosing: the only one, the exact time, the earliest."""
    if not found.exact or not offer:
        return None
    if len(offer) == 1 or draft.when.earliest or draft.when.names_exact_time:
        return offer[0]
    # "Around three", and three is free.
    return next((slot for slot in offer if minute_of(slot, situation) == draft.when.minute), None)


def minute_of(slot: Slot, situation: Situation) -> int:
    """Return the slot's start in minutes after midnight, wall time."""
    start = wall(slot, situation)
    return start.hour * 60 + start.minute
