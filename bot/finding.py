"""What the dialogue looks for, in the words of the core's search; and back."""

from collections.abc import Collection
from datetime import datetime, time
from typing import Protocol

from sqlalchemy import Connection

from bot.dialogue.commands import FindSlots, SlotsFound
from bot.dialogue.values import SearchWindow, Slot
from core.scheduling import availability
from core.scheduling.acquaintance import Acquaintance
from core.scheduling.catalogue import Catalogue

DAY_MINUTES = 24 * 60
NEAREST = 60  # Near misses that are looked at, the best first.


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

    def found(nearest: bool) -> list[availability.Slot]:
        search = _search(command, conversation_id, patient, len(hidden), nearest=nearest)
        slots = availability.find_slots(connection, search, catalogue=catalogue, now=now)
        return [slot for slot in slots if not any(overlap(slot, each) for each in hidden)]

    if command.around:
        return SlotsFound(tuple(_slot(slot) for slot in found(nearest=True)), exact=False)
    exact = tuple(_slot(slot) for slot in found(nearest=False) if _between(slot, command))
    if exact or not (command.windows or command.weekdays):
        return SlotsFound(exact)
    return SlotsFound(tuple(_slot(slot) for slot in found(nearest=True)), exact=False)


def _search(
    command: FindSlots, conversation_id: int, patient: Acquaintance, hidden: int, *, nearest: bool
) -> availability.Search:
    practitioner, near = command.practitioner, command.near
    bounded = command.after or command.before
    limit = NEAREST if nearest else None if bounded else command.limit
    return availability.Search(
        practitioner_ids=None if practitioner is None else frozenset({practitioner}),
        specialty=command.specialty if practitioner is None else None,
        location_id=command.location,
        visit_type_id=command.visit_type,
        windows=() if nearest else tuple(_window(window) for window in command.windows),
        weekdays=frozenset(command.weekdays) if command.weekdays and not nearest else None,
        not_weekdays=frozenset(command.not_weekdays),
        not_days=frozenset(command.not_days),
        not_starts=frozenset(command.avoid),
        limit=limit and limit + hidden * NEAREST,
        near=(near.day, _time(near.minute)) if nearest and near else None,
        known_patient=patient.is_known,
        born=patient.born,
        own_practitioners=frozenset(patient.practitioners),
        moving_id=command.moves.key if command.moves else None,
        conversation_id=conversation_id,
    )


def overlap(one: Stretch, other: Stretch) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _slot(slot: availability.Slot) -> Slot:
    return Slot(
        slot.practitioner_id, slot.location_id, slot.visit_type_id, slot.starts_at, slot.ends_at
    )


def core_slot(slot: Slot) -> availability.Slot:
    return availability.Slot(
        slot.practitioner, slot.location, slot.visit_type, slot.starts_at, slot.ends_at
    )


def _between(slot: availability.Slot, command: FindSlots) -> bool:
    after, before = command.after, command.before
    return (after is None or slot.starts_at > after) and (before is None or slot.starts_at < before)


def _window(window: SearchWindow) -> availability.Window:
    return availability.Window(
        window.day_from, window.day_to, _time(window.minute_from), _time(window.minute_until)
    )


def _time(minute: int | None) -> time | None:
    """Return the wall time; None for none, and for the end of the day."""
    if minute is None or minute >= DAY_MINUTES:
        return None
    return time(minute // 60, minute % 60)
