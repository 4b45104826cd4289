"""Which of the slots found are worth offering, and which one needs no choosing."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import TypeVar

from bot.dialogue.outcomes import SlotsFound
from bot.dialogue.state import Draft
from bot.dialogue.turn import Situation
from bot.dialogue.values import Slot, Visit
from bot.dialogue.when import When

Item = TypeVar("Item")
# A slot within so many days of the wish is near it; beyond, other ways are offered as well.
NEAR_DAYS = 7


def wall(slot: Slot | Visit, situation: Situation) -> datetime:
    """Return its start as the clock on the wall of its location shows it."""
    return slot.starts_at.astimezone(situation.directory.location(slot.location).zone)


def pick(draft: Draft, found: SlotsFound, situation: Situation) -> tuple[Slot, ...]:
    """Return the few slots worth offering, in the order of time.

    Near misses, open-ended wishes and those that go out from what was shown come ranked: the first
    are the best. A wish met by many slots gets some from all over it, since neighbours differ too
    little to choose between: over several days the first of each day, within one day evenly
    spread, but of days without end ("mornings only", "some day after three") the soonest. "Around
    three" gets the nearest to three, "the latest" the last. A choice of times helps more than one
    of people: with whom comes first at a time, unless there are too few times.
    """
    count, when = situation.offers, draft.when
    slots = _one_at_a_time(found.slots, count)
    if when.before or when.after:
        best: Sequence[Slot] = _sooner_or_later(slots, when, count, situation)
    elif when.beside or not found.exact:
        best = _around(slots, when, count, situation)
    elif when.latest:
        best = sorted(slots, key=lambda slot: slot.starts_at)[-1:]
    elif when.earliest or (when.any_day and not when.has_hours):
        best = slots[:count]
    elif when.minute is not None:
        wished = when.minute

        def distance(slot: Slot) -> int:
            return abs(minute_of(slot, situation) - wished)

        best = sorted(slots, key=distance)[:count]
    else:
        is_endless = not (when.days or when.day_to) or when.any_day
        best = _spread(
            _of_soonest_days(slots, count, situation) if is_endless else slots, count, situation
        )
    return tuple(sorted(best, key=lambda slot: slot.starts_at))


def _one_at_a_time(slots: Sequence[Slot], count: int) -> Sequence[Slot]:
    """Return the first slot of each time, and the others only as far as times are too few."""
    firsts: dict[datetime, Slot] = {}
    for slot in slots:
        firsts.setdefault(slot.starts_at, slot)
    others = [slot for slot in slots if firsts[slot.starts_at] is not slot]
    return [*firsts.values(), *others[: max(0, count - len(firsts))]]


def _sooner_or_later(
    slots: Sequence[Slot], when: When, count: int, situation: Situation
) -> Sequence[Slot]:
    """Return slots of the nearest day that has any, which is the one that was shown if it can be:
    at the wished hours, as long as any are. For another *date* than that, one of each day."""
    fitting = [slot for slot in slots if when.fits(wall(slot, situation))] or slots
    if when.beside:
        return _first_of_each_day(fitting, situation)[:count]
    nearest = [slot for slot in fitting if _day(slot, situation) == _day(fitting[0], situation)]
    return _evenly(sorted(nearest, key=lambda slot: slot.starts_at), count)


def _around(slots: Sequence[Slot], when: When, count: int, situation: Situation) -> Sequence[Slot]:
    """Return the nearest to the wish, something before it and something after it if there is.

    Near a day that has nothing, other days are a choice; more hours of one day hardly are.
    """
    if when.minute is None:
        slots = _first_of_each_day(slots, situation)
    near = when.near(situation.today)
    best = list(slots[:count])
    if near.day is None or len(best) < 2:
        return best
    wish = (near.day, near.minute or 0)

    def is_before(slot: Slot) -> bool:
        return (_day(slot, situation), minute_of(slot, situation)) < wish

    if len(sides := {is_before(slot) for slot in best}) == 1:
        missing = next((slot for slot in slots if is_before(slot) not in sides), None)
        best = [*best[:-1], missing] if missing else best
    return best


def _first_of_each_day(slots: Sequence[Slot], situation: Situation) -> Sequence[Slot]:
    firsts: dict[date, Slot] = {}
    for slot in slots:
        firsts.setdefault(_day(slot, situation), slot)
    return list(firsts.values())


def _of_soonest_days(slots: Sequence[Slot], count: int, situation: Situation) -> Sequence[Slot]:
    soonest = {_day(slot, situation) for slot in _first_of_each_day(slots, situation)[:count]}
    return [slot for slot in slots if _day(slot, situation) in soonest]


def _spread(slots: Sequence[Slot], count: int, situation: Situation) -> Sequence[Slot]:
    days = [list(day) for _, day in groupby(slots, key=lambda slot: _day(slot, situation))]
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


def is_near(slot: Slot, when: When, situation: Situation) -> bool:
    """Tell whether a near miss is still near the wish: within about a week of its days."""
    day = _day(slot, situation)
    first = when.near(situation.today).day or situation.today
    last = max(first, when.day_to or first, *when.days)
    return (first - day).days <= NEAR_DAYS and (day - last).days <= NEAR_DAYS


def _day(slot: Slot, situation: Situation) -> date:
    return wall(slot, situation).date()


def minute_of(slot: Slot, situation: Situation) -> int:
    """Return the slot's start in minutes after midnight, wall time."""
    start = wall(slot, situation)
    return start.hour * 60 + start.minute
