"""A pretend clinic that looks for slots as the real one does: all that a wish says counts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Near, Slot
from tests.bot.dialogue.pretend import DIRECTORY, PretendClinic, a_slot
from tests.bot.understanding.clinic import ZONE

DAY_WEIGHT = 120


@dataclass
class OpenClinic(PretendClinic):
    def perform(self, command: ask.Command) -> told.Outcome:
        if isinstance(command, ask.FindSlots) and type(command) not in self.refusals:
            self.asked.append(command)
            return self._found(command)
        return super().perform(command)

    def _found(self, command: ask.FindSlots) -> told.SlotsFound:
        free = [slot for slot in self.free if _is_meant(slot, command)]
        fitting = [slot for slot in free if _fits(slot, command)]
        if command.nearest_first:
            fitting = _ranked(fitting, command.near)
        if (fitting and not command.around) or command.exactly:
            return told.SlotsFound(tuple(fitting[: command.limit]))
        if not (command.windows or command.weekdays):
            return told.SlotsFound(())
        return told.SlotsFound(tuple(_ranked(free, command.near)), exact=False)


def _is_meant(slot: Slot, command: ask.FindSlots) -> bool:
    """Whatever is nearest fits at least this."""
    at = slot.starts_at.astimezone(ZONE)
    who = DIRECTORY.practitioner(slot.practitioner)
    return (
        slot.starts_at not in command.avoid
        and slot.practitioner not in command.not_practitioners
        and command.practitioner in (None, slot.practitioner)
        and (command.practitioner is not None or command.specialty in (None, *who.specialties))
        and at.weekday() not in command.not_weekdays
        and at.date() not in command.not_days
        and (command.after is None or slot.starts_at > command.after)
        and (command.before is None or slot.starts_at < command.before)
    )


def _fits(slot: Slot, command: ask.FindSlots) -> bool:
    at = slot.starts_at.astimezone(ZONE)
    if command.weekdays and at.weekday() not in command.weekdays:
        return False
    return not command.windows or any(
        window.day_from <= at.date() <= window.day_to
        and window.minute_from <= at.hour * 60 + at.minute < window.minute_until
        for window in command.windows
    )


def _ranked(slots: Iterable[Slot], near: Near | None) -> list[Slot]:
    def points(slot: Slot) -> int:
        at = slot.starts_at.astimezone(ZONE)
        days = abs((at.date() - near.day).days) if near and near.day else 0
        minutes = abs(at.hour * 60 + at.minute - near.minute) if near and near.minute else 0
        return DAY_WEIGHT * days + minutes

    return sorted(slots, key=points)


def slots_on(day: date, *hours: str, practitioner: int = 1) -> tuple[Slot, ...]:
    found = []
    for hour in hours:
        at = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZONE)
        found.append(replace(a_slot(at), practitioner=practitioner))
    return tuple(found)


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]
