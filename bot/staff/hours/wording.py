"""Working hours in words."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from bot.dialogue.questions.facts import Hours, Weekly
from bot.dialogue.turn import Say, say
from bot.phrases import facts
from bot.staff.work import Work
from core.scheduling.hours_by_staff import Obstacle, Where, weekday_of, weekday_with
from core.scheduling.overlay import Change, Weekday
from core.scheduling.week import END_OF_DAY, Stretch
from core.staff.changing_hours import Edit

_WEEK = 7


def surname(work: Work, practitioner_id: int) -> str:
    return work.book.surname_of(work.clinic.directory.practitioner(practitioner_id))


def hours(work: Work, stretches: Sequence[Stretch]) -> str:
    """Return "9:00 AM-1:00 PM, 2:00 PM-6:00 PM"."""
    return facts.worded(Hours(_in_minutes(stretches)), work.book)


def week(work: Work, week: dict[int, tuple[Stretch, ...]]) -> str:
    """Return "Mon-Fri 9:00 AM-5:00 PM", or that nobody works then."""
    if not any(week.values()):
        return work.book.say(say("works_never"))
    minutes = tuple(_in_minutes(week.get(day, ())) for day in range(_WEEK))
    return facts.worded(Weekly(minutes), work.book)


def _in_minutes(stretches: Sequence[Stretch]) -> tuple[tuple[int, int], ...]:
    return tuple((_minutes(part.starts), _minutes(part.ends)) for part in stretches)


def _minutes(at: time) -> int:
    return 24 * 60 if at == END_OF_DAY else 60 * at.hour + at.minute


def days(work: Work, since: date, until: date | None) -> str:
    """Return "Fri, Jan 1", "Fri, Jan 1 - Wed, Mar 31", or "from Fri, Jan 1 on"."""
    first = work.book.short_day(since)
    if until is None:
        return work.book.say(say("from_then_on", text=first))
    return first if until == since else f"{first} - {work.book.short_day(until)}"


def change_in_words(work: Work, where: Where, change: Change) -> str:
    """Return "Sat, Dec 5 09:00-13:00", "Mon 8:00 AM-12:00 PM, from Fri, Jan 1 on"."""
    place = _at_place(work, where)
    if change.is_extra:
        return f"{work.book.short_day(change.since)} {hours(work, change.stretches)}{place}"
    told = _weekday(work, where.weekday, change.stretches)
    return f"{told}, {days(work, change.since, change.until)}{place}"


def _at_place(work: Work, where: Where) -> str:
    directory = work.clinic.directory
    if len(directory.locations) == 1:
        return ""
    return f", {directory.location(where.location_id).name}"


def _weekday(work: Work, weekday: int, stretches: Sequence[Stretch]) -> str:
    if stretches:
        return week(work, {weekday: tuple(stretches)})
    name = work.book.locale.days["format"]["abbreviated"][weekday].rstrip(".")
    return f"{name} {work.book.say(say('works_never'))}"


def old_and_new(work: Work, edit: Edit) -> list[Say]:
    """Return a line for each weekday of a change: what holds on its first day now, and then."""
    says = []
    for where, change in edit.changes:
        day = change.since + timedelta(days=(where.weekday - change.since.weekday()) % _WEEK)
        before = weekday_of(work.connection, where)
        after = weekday_with(work.connection, where, change)
        says.append(
            say(
                "hours_from_to",
                before=_with_breaks(work, where.weekday, before, day),
                after=_with_breaks(work, where.weekday, after, day),
                text=f"{days(work, change.since, change.until)}{_at_place(work, where)}",
            )
        )
    return says


def _with_breaks(work: Work, weekday: int, week: Weekday, day: date) -> str:
    told = _weekday(work, weekday, week.on(day))
    if breaks := week.breaks_on(day):
        told += f" ({work.book.say(say('with_break', text=hours(work, breaks)))})"
    return told


def in_the_way(work: Work, person: int, found: Obstacle, day: date) -> Say:
    """Return why hours can't be added."""
    who, directory = surname(work, person), work.clinic.directory
    when = work.book.short_day(day)
    if found.name is not None:
        place = directory.location(found.location_id or 0).name
        return say("closed_then", place=place, text=f"{when} ({found.name})")
    if found.absence_id is not None:
        text = when if found.hours is None else f"{when} {hours(work, [found.hours])}"
        return say("away_then", who=who, text=text)
    place = directory.location(found.location_id or 0).name
    then = hours(work, [found.hours] if found.hours else [])
    return say("works_then", who=who, text=then, place=place)
