"""What the dialogue looks for, in the words of the core's search; and back."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Protocol

from sqlalchemy import Connection

from bot.dialogue.commands import FindSlots
from bot.dialogue.outcomes import SlotsFound
from bot.dialogue.values import SearchWindow, Slot
from core.scheduling import availability
from core.scheduling.acquaintance import Acquaintance
from core.scheduling.appointments import Appointment
from core.scheduling.catalogue import Catalogue

DAY_MINUTES = 24 * 60
NEAREST = 60  # Near misses that are looked at, the best first.
LONGEST_WAIT = timedelta(minutes=15)  # Between two visits that are still one after the other.


class Stretch(Protocol):
    """A slot, a visit, an appointment."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


def find_slots(
    connection: Connection,
    command: FindSlots,
    *,
    conversation_id: int,
    patient: Acquaintance,
    hidden: Collection[Stretch],
    now: datetime,
    catalogue: Catalogue,
) -> SlotsFound:
    """Return the slots that fit the wish, else the nearest to it.

    `patient` is what the clinic may let show of whom they are for; `hidden` are visits of theirs
    that this address may not see: their times are left out without a word, as if somebody else had
    them.
    """

    wish = _search(command, patient, conversation_id, _people(command, catalogue))

    def found(search: availability.Search) -> list[availability.Slot]:
        room = search.limit and search.limit + len(hidden) * NEAREST
        search = replace(search, limit=room)
        slots = availability.find_slots(connection, search, catalogue=catalogue, now=now)
        free = (slot for slot in slots if not any(overlap(slot, each) for each in hidden))
        return [slot for slot in free if _between(slot, command)]

    def offered(*, exact: bool) -> SlotsFound:
        slots = found(wish if exact else _nearest(wish, command))
        if command.in_a_row == 1:
            return SlotsFound(tuple(map(slot_of, slots)), exact)
        rows = in_a_row(slots, command.in_a_row)
        if exact:
            rows = [row for row in rows if _is_within(row[0], command, catalogue)]
        first = tuple(slot_of(slot) for slot, *_ in rows)
        return SlotsFound(first, exact, tuple(tuple(map(slot_of, row[1:])) for row in rows))

    if command.around:
        return offered(exact=False)
    exact = offered(exact=True)
    if exact.slots or command.exactly or not (command.windows or command.weekdays):
        return exact
    return offered(exact=False)


def _people(command: FindSlots, catalogue: Catalogue) -> frozenset[int] | None:
    """Return those practitioners alone who may be meant; None: whoever is of the specialty."""
    if command.practitioner is not None:
        return frozenset({command.practitioner})
    unwanted = frozenset(command.not_practitioners)
    return frozenset(catalogue.persons) - unwanted if unwanted else None


def people_meant(command: FindSlots, catalogue: Catalogue) -> frozenset[int]:
    """Return the practitioners who may be meant, whatever they offer."""
    people = _people(command, catalogue) or frozenset(catalogue.persons)
    if command.specialty is None or command.practitioner is not None:
        return people
    return people & catalogue.specialties.get(command.specialty, frozenset())


def in_a_row(slots: Sequence[availability.Slot], count: int) -> list[list[availability.Slot]]:
    """Return the rows of so many slots, each directly after the one before it and with the same
    practitioner, in the order of their first slots."""
    starts: dict[tuple[int, int], list[availability.Slot]] = defaultdict(list)
    for slot in sorted(slots, key=lambda slot: slot.starts_at):
        starts[slot.practitioner_id, slot.location_id].append(slot)
    rows = []
    for slot in slots:
        row = [slot]
        theirs = starts[slot.practitioner_id, slot.location_id]
        while len(row) < count:
            place = bisect_left(theirs, row[-1].ends_at, key=lambda other: other.starts_at)
            following = theirs[place] if place < len(theirs) else None
            if following is None or following.starts_at - row[-1].ends_at > LONGEST_WAIT:
                break
            row.append(following)
        if len(row) == count:
            rows.append(row)
    return rows


def _search(
    command: FindSlots,
    patient: Acquaintance,
    conversation_id: int,
    people: frozenset[int] | None,
) -> availability.Search:
    return availability.Search(
        practitioner_ids=people,
        specialty=command.specialty if command.practitioner is None else None,
        location_id=command.location,
        visit_type_id=command.visit_type,
        windows=tuple(_window(window, command) for window in command.windows),
        weekdays=frozenset(command.weekdays) or None,
        not_weekdays=frozenset(command.not_weekdays),
        not_days=frozenset(command.not_days),
        not_starts=frozenset(command.avoid),
        limit=command.limit,
        near=_near(command) if command.nearest_first else None,
        both_sides=command.before is None and command.after is None,
        known_patient=patient.is_known,
        born=patient.born,
        own_practitioners=frozenset(patient.practitioners),
        moving_id=command.moves.key if command.moves else None,
        conversation_id=conversation_id,
    )


def _nearest(wish: availability.Search, command: FindSlots) -> availability.Search:
    """Return the search for what comes nearest to a wish that nothing fits."""
    near, windows = _near(command), _bounds(command)
    return replace(wish, windows=windows, weekdays=None, limit=NEAREST, near=near)


def _near(command: FindSlots) -> tuple[date | None, time | None] | None:
    near = command.near
    return (near.day, wall_time(near.minute)) if near else None


def overlap(one: Stretch, other: Stretch) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def slot_of(item: availability.Slot | Appointment) -> Slot:
    """Return a slot, or the time of an appointment, in the dialogue's words."""
    return Slot(
        item.practitioner_id, item.location_id, item.visit_type_id, item.starts_at, item.ends_at
    )


def core_slot(slot: Slot) -> availability.Slot:
    return availability.Slot(
        slot.practitioner, slot.location, slot.visit_type, slot.starts_at, slot.ends_at
    )


def _bounds(command: FindSlots) -> tuple[availability.Window, ...]:
    """Return the days in which what is nearest may lie: all, but for those that are past what was
    asked to be before or after."""
    if command.before is None and command.after is None:
        return ()
    first = command.after.date() if command.after else date.min
    last = command.before.date() if command.before else date.max
    return (availability.Window(first, last),)


def _between(slot: availability.Slot, command: FindSlots) -> bool:
    after, before = command.after, command.before
    return (after is None or slot.starts_at > after) and (before is None or slot.starts_at < before)


def _window(window: SearchWindow, command: FindSlots) -> availability.Window:
    """Of visits in a row only the first starts at the wished hours; the others come after it."""
    until = wall_time(window.minute_until) if command.in_a_row == 1 else None
    return availability.Window(window.day_from, window.day_to, wall_time(window.minute_from), until)


def _is_within(slot: availability.Slot, command: FindSlots, catalogue: Catalogue) -> bool:
    start = slot.starts_at.astimezone(catalogue.zones[slot.location_id])
    minute = start.hour * 60 + start.minute
    return not command.windows or any(
        window.day_from <= start.date() <= window.day_to
        and window.minute_from <= minute < window.minute_until
        for window in command.windows
    )


def wall_time(minute: int | None) -> time | None:
    """Return the wall time; None for none, and for the end of the day."""
    if minute is None or minute >= DAY_MINUTES:
        return None
    return time(minute // 60, minute % 60)
