"""Somebody's hours on one page: the week, what will change, hours that are added, absences and
holidays; what is still to come has a button that takes it back."""

from collections.abc import Iterator
from datetime import date, timedelta

from bot.dialogue.turn import Option, Say, say
from bot.staff.away.reading import is_all_theirs, is_place_theirs
from bot.staff.hours.reading import code_of
from bot.staff.hours.wording import change_in_words, days, hours, surname, week
from bot.staff.work import Answer, Work, line
from core.errors import UnknownPractitioner
from core.scheduling.hours_by_staff import Standing, Where, standing, weekday_of
from core.scheduling.overlay import Part, Weekday
from core.scheduling.week import Stretch
from core.setup.by_staff import name_of_actor
from core.staff.changing_hours import Edit
from core.staff.days_off import Absence, Holiday, absences_ahead, holidays_ahead

Item = tuple[Say, Option | None]  # What is to come, and what takes it back.

_DAY = timedelta(days=1)
_WEEKS_AHEAD = 3  # Other weeks that are told of, for each place.
_HOLIDAYS_AHEAD = timedelta(days=92)  # Years of them may be known.
_LISTED = 10  # Of what is to come, each with its button.


def show(work: Work, practitioner: str) -> Answer:
    """A button that leads to somebody's hours; raises UnknownPractitioner for what is not
    theirs."""
    person = int(practitioner)
    if not is_all_theirs(work, person):
        raise UnknownPractitioner("not of this person's practitioners")
    return page(work, person)


def page(work: Work, person: int) -> Answer:
    """Return the hours of one of their practitioners."""
    says = [say("hours_of", who=surname(work, person))]
    places = work.clinic.directory.practitioner(person).locations
    for place in places:
        says += [line(text) for text in _weeks(work, person, place)]
    if not places:
        says.append(say("works_nowhere"))
    listed = _to_come(work, person, list(places))
    if listed:
        says.append(say("hours_to_come"))
    says += [told for told, _ in listed[:_LISTED]]
    if len(listed) > _LISTED:
        says.append(say("and_more", count=len(listed) - _LISTED))
    options = tuple(option for _, option in listed[:_LISTED] if option is not None)
    return Answer(tuple(says), options)


def _weeks(work: Work, person: int, place: int) -> Iterator[str]:
    """Yield the week as it is, and as it will be from the days on when it changes."""
    weekdays = {
        number: _without_single_days(weekday_of(work.connection, Where(person, place, number)))
        for number in range(7)
    }
    name = work.clinic.directory.location(place).name
    yield f"{name}: {week(work, _week_from(weekdays, work.today))}"
    parts = [part for weekday in weekdays.values() for part in weekday.hours]
    turns = {part.since for part in parts} | {
        part.until + _DAY for part in parts if part.until != date.max
    }
    for day in sorted(turn for turn in turns if turn > work.today)[:_WEEKS_AHEAD]:
        yield f"{name}, {days(work, day, None)}: {week(work, _week_from(weekdays, day))}"


def _without_single_days(weekday: Weekday) -> Weekday:
    return Weekday(tuple(part for part in weekday.hours if not _is_single(part)))


def _is_single(part: Part) -> bool:
    return part.since == part.until


def _week_from(weekdays: dict[int, Weekday], first: date) -> dict[int, tuple[Stretch, ...]]:
    week = (first + _DAY * count for count in range(7))
    return {day.weekday(): weekdays[day.weekday()].on(day) for day in week}


def _to_come(work: Work, person: int, places: list[int]) -> list[Item]:
    """Return what is to come, the next first."""
    items = [
        *(
            (each.change.since, *_standing(work, each))
            for each in standing(work.connection, practitioner_id=person)
            if each.change.until is None or each.change.until >= work.today
        ),
        *(
            (absence.first, *_absence(work, absence))
            for absence in absences_ahead(work.connection, person, work.today)
        ),
        *(
            (holiday.day, *_holiday(work, holiday))
            for holiday in holidays_ahead(
                work.connection, places, work.today, work.today + _HOLIDAYS_AHEAD
            )
        ),
    ]
    return [(told, option) for _, told, option in sorted(items, key=lambda item: item[0])]


def _standing(work: Work, each: Standing) -> tuple[Say, Option]:
    text = change_in_words(work, each.where, each.change)
    name = name_of_actor(work.connection, each.by)
    told = say("extra_hours" if each.change.is_extra else "changed_week", text=text, name=name)
    code = code_of(Edit(each.where.practitioner_id, withdrawn=(each.id,)))
    verb = "unextra" if each.change.is_extra else "weekly"
    return told, Option(f"{verb}:{code}", say("take_back_that", text=text))


def _absence(work: Work, absence: Absence) -> tuple[Say, Option]:
    text = days(work, absence.first, absence.last)
    if absence.hours is not None:
        text = f"{text} {hours(work, [absence.hours])}"
    return say("absent_then", text=text), Option(
        f"present:{absence.id}", say("take_back_that", text=text)
    )


def _holiday(work: Work, holiday: Holiday) -> Item:
    place = work.clinic.directory.location(holiday.location_id).name
    text = f"{work.book.short_day(holiday.day)}, {place}"
    told = say("holiday_then", text=text, name=holiday.name)
    if not is_place_theirs(work, holiday.location_id):
        return told, None
    code = f"open_after_all:{holiday.location_id}:{holiday.day}"
    return told, Option(code, say("take_back_that", text=text))
