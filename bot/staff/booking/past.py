"""A time that has passed: what stood on paper while nothing else worked, and is entered now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.dialogue.turn import Option, say
from bot.dialogue.values import Slot
from bot.directory import Location
from bot.reception.finding import wall_time
from bot.staff.booking.draft import Doing, Draft, Wants
from bot.staff.work import Answer, Work, line
from core.clock import instant

SHOWN = 8  # People of whom one may have been meant.
_FAR = timedelta(days=180)  # A date so far ahead is read as that of the year before, if it can be.
_ENTERED = (Doing.BOOK, Doing.WALK_IN)


def day_of(work: Work, draft: Draft) -> date | None:
    """Return the day on which it was; None for what may still be ahead."""
    if draft.doing not in _ENTERED:
        return None
    days, minute = draft.when.days, draft.when.minute
    now = _local_now(work, draft)
    if not days and draft.doing is Doing.WALK_IN and minute is not None:
        days = (now.date(),)  # Whoever walked in at 8:20 did so today.
    if len(days) != 1:
        return None
    day = _of_this_year(days[0], now.date(), work.clinic.rules.back_entry_days)
    if day != now.date():
        return day if day < now.date() else None
    has_passed = minute is not None and minute <= now.hour * 60 + now.minute
    return day if has_passed else None


def _of_this_year(day: date, today: date, back: int) -> date:
    """Return the day a year before where it can only have been meant so: "Nov 30", in December."""
    if day - today < _FAR:
        return day
    before = date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)
    return before if timedelta() <= today - before <= timedelta(days=back) else day


def _local_now(work: Work, draft: Draft) -> datetime:
    directory = work.clinic.directory
    place = directory.location(draft.location) if draft.location else directory.locations[0]
    return work.now.astimezone(place.zone)


def choose(
    work: Work,
    draft: Draft,
    day: date,
    place_of: Callable[[int], Location],
    slot_at: Callable[[int, Location, datetime], Slot | None],
) -> Answer | Draft:
    """Return the draft with the time that was; else ask for what is missing."""
    most = work.clinic.rules.back_entry_days
    if work.today - day > timedelta(days=most):
        return _asks(draft, "too_long_ago", most=most)
    if draft.practitioner is None:
        return _ask_with_whom(work, draft)
    at = wall_time(draft.when.minute)
    if at is None:
        return _asks(draft, "at_what_time")
    place = place_of(draft.practitioner)
    slot = slot_at(draft.practitioner, place, instant(datetime.combine(day, at, place.zone)))
    if slot is None:
        return _asks(draft, "nothing_free_then")
    return replace(draft, slot=slot, wants=Wants.NOTHING, override="", afterwards=True)


def with_whom(draft: Draft, practitioner: str) -> Draft:
    return replace(draft, practitioner=int(practitioner), wants=Wants.NOTHING)


def _ask_with_whom(work: Work, draft: Draft) -> Answer:
    people = [
        person
        for person in work.clinic.directory.practitioners
        if any(work.sphere.covers(person.key, place) for place in person.locations)
    ]
    options: tuple[Option, ...] = tuple(
        draft.option("with", person.key, label=line(work.book.surname_of(person)))
        for person in people[:SHOWN]
    )
    return replace(_asks(draft, "with_whom_was_it"), options=options)


def _asks(draft: Draft, key: str, **values: object) -> Answer:
    return Answer((say(key, **values),), draft=replace(draft, wants=Wants.TIME))
