"""The day in a chat: whom somebody has, who is next, and what nobody has marked yet."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from bot.dialogue.turn import Option, Say, say
from bot.staff.reading import Asked
from bot.staff.work import Answer, Work, line
from core.models.appointments import AppointmentStatus
from core.occasions.lateness import Delay, delays_now
from core.occasions.unreached import TO_CALL, Reached
from core.staff.day import (
    DayVisit,
    Openings,
    next_visit,
    openings,
    unmarked,
    visits_of_day,
    visits_of_week,
)

PAGE = 20  # Visits in one message; more are turned to.
WEEK = 7
FIRST_FREE = 6
# How a visit stands that is not marked yet; for one that is, the status itself.
REACHED = {
    Reached.CONFIRMED: "confirmed",
    Reached.DELIVERED: "told",
    Reached.ON_ITS_WAY: "told",
    **dict.fromkeys(TO_CALL, "not_reached"),
}
MARKED = (
    AppointmentStatus.PENDING,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.NO_SHOW,
)


def today(work: Work, asked: Asked) -> Answer:
    return _show(work, asked, asked.day or work.today)


def tomorrow(work: Work, asked: Asked) -> Answer:
    return _show(work, asked, asked.day or work.today + timedelta(days=1))


def show_again(work: Work, day: str, practitioner: str, location: str, since: str) -> Answer:
    """A button that leads to a day."""
    asked = Asked(practitioner=int(practitioner) or None, location=int(location) or None)
    return _show(work, asked, date.fromisoformat(day), int(since))


def week(work: Work, asked: Asked) -> Answer:
    """Seven days, a line each."""
    if (instead := _unclear(work, asked, asked.day or work.today)) is not None:
        return instead
    first = asked.day or work.today
    booked = visits_of_week(
        work.connection,
        work.sphere,
        first,
        location_ids=places(work, asked),
        practitioner_id=asked.practitioner,
    )
    free = _free(work, asked, first, WEEK)
    says, options = [say("week_from", day=first, whose=whose(work, asked))], []
    for day in (first + timedelta(days=offset) for offset in range(WEEK)):
        name, count = work.book.short_day(day), len(booked.get(day, ()))
        says.append(say("week_day", text=name, count=count, free=_count(free.get(day, ()))))
        options.append(Option(_day_code(day, asked), line(name)))
    return Answer(tuple(says), tuple(options))


def who_is_next(work: Work, asked: Asked) -> Answer:
    """Who waits longest, else who is expected next."""
    visit = next_visit(work.connection, work.sphere, work.now, practitioner_id=asked.practitioner)
    if visit is None:
        return Answer((say("nobody_next"),))
    work.looked("appointment", [visit.id], [visit.patient_id])
    place = work.clinic.directory.location(visit.location_id)
    day, today = (at.astimezone(place.zone).date() for at in (visit.starts_at, work.now))
    said = say("next_is") if day == today else say("next_is_on", day=day)
    delay = delays_now(work.connection, work.now).get((visit.practitioner_id, visit.location_id))
    late = [_late(work, delay)] if delay and day == today else []
    return Answer((said, line(described(work, visit)), *late), (_to(work, visit),))


def close(work: Work, asked: Asked) -> Answer:
    return _close(work, _past_day(asked, work.today))


def _past_day(asked: Asked, today: date) -> date:
    """Return the day that was named, as one that has been: "Monday" is the last one then, and "Nov
    27" is this year's."""
    day = asked.day or today
    if day > today and asked.said.weekday is not None:
        return day - timedelta(days=WEEK * (-(-(day - today).days // WEEK)))
    while day > today:
        day = day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)
    return day


def close_again(work: Work, day: str) -> Answer:
    return _close(work, date.fromisoformat(day))


def _close(work: Work, day: date) -> Answer:
    """What is over and nobody has said how: nothing becomes a missed visit by itself."""
    everywhere = places(work, Asked())
    visits = unmarked(work.connection, work.sphere, day, work.now, location_ids=everywhere)
    if not visits:
        return Answer((say("all_marked", day=day),))
    work.looked("day", [visit.id for visit in visits], [visit.patient_id for visit in visits])
    shown = visits[:PAGE]
    says = (say("not_marked", day=day, count=len(visits)), *_lines(work, shown))
    return Answer(says, tuple(_to(work, visit) for visit in shown))


def _show(work: Work, asked: Asked, day: date, since: int = 0) -> Answer:
    """One person's day as a list of visits; that of several as a list of people."""
    if (instead := _unclear(work, asked, day)) is not None:
        return instead
    visits = visits_of_day(
        work.connection,
        work.sphere,
        day,
        location_ids=places(work, asked),
        practitioner_id=asked.practitioner,
    )
    free = _free(work, asked, day).get(day, [])
    people = sorted(
        {visit.practitioner_id for visit in visits} | {each.practitioner_id for each in free}
    )
    if asked.practitioner is None and len(people) > 1:
        return _people(work, asked, day, people[since:], visits, free)
    work.looked("day", [visit.id for visit in visits], [visit.patient_id for visit in visits])
    shown = visits[since : since + PAGE]
    says = [say("day_of", day=day, whose=whose(work, asked))]
    person = asked.practitioner or next(iter(people), None)
    if person is not None:
        says += [_late(work, delay) for delay in _delays(work, day, asked, person)]
    says += _lines(work, shown)
    if not visits:
        says.append(say("nobody_that_day"))
    says += _free_lines(work, free)
    options = [_to(work, visit) for visit in shown]
    if len(visits) > since + PAGE:
        options.append(Option(_day_code(day, asked, since + PAGE), say("more_visits")))
    options.append(Option(_day_code(day + timedelta(days=1), asked), say("day_after")))
    return Answer(tuple(says), tuple(options))


def _people(
    work: Work,
    asked: Asked,
    day: date,
    people: Sequence[int],
    visits: Sequence[DayVisit],
    free: Sequence[Openings],
) -> Answer:
    """How many each has; nobody's record is shown by that."""
    says: list[Say] = [say("day_of", day=day, whose=whose(work, asked))]
    options = []
    for practitioner_id in people[:PAGE]:
        theirs = [visit for visit in visits if visit.practitioner_id == practitioner_id]
        late = _delays(work, day, asked, practitioner_id)
        who = work.book.surname_of(work.clinic.directory.practitioner(practitioner_id))
        says.append(
            say(
                "day_of_one",
                who=who,
                count=len(theirs),
                free=_count(each for each in free if each.practitioner_id == practitioner_id),
                more=_more(work, theirs, late),
            )
        )
        only = Asked(practitioner=practitioner_id, location=asked.location)
        options.append(Option(_day_code(day, only), line(who)))
    if len(people) > PAGE:
        options.append(Option(_day_code(day, asked, PAGE), say("more_people")))
    options.append(Option(_day_code(day + timedelta(days=1), asked), say("day_after")))
    return Answer(tuple(says), tuple(options))


def _unclear(work: Work, asked: Asked, day: date) -> Answer | None:
    """Return what is said where whoever was named is several people, nobody, or none of theirs."""
    if asked.candidates:
        return _which(work, asked, day)
    if asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    directory = work.clinic.directory
    people, where = directory.practitioners, places(work, asked)
    if asked.practitioner is not None:
        people = (directory.practitioner(asked.practitioner),)
    named = asked.practitioner is not None or asked.location is not None
    if named and not any(work.sphere.covers(each.key, place) for each in people for place in where):
        return Answer((say("not_yours"),))
    return None


def _which(work: Work, asked: Asked, day: date) -> Answer:
    """Several have that name."""
    people = (work.clinic.directory.practitioner(key) for key in asked.candidates)
    options = tuple(
        Option(
            _day_code(day, Asked(practitioner=each.key)), line(each.full_name(work.book.language))
        )
        for each in people
    )
    return Answer((say("which_practitioner"),), options)


def named(work: Work, visit: DayVisit) -> str:
    """Return what stands for whoever comes; of a record that is not open to them, nothing."""
    if not work.sees(visit):
        return work.book.say(say("restricted"))
    return work.called(visit)


def described(work: Work, visit: DayVisit) -> str:
    """Return one visit in a line: when, who, what for, how it stands, and what they need."""
    place = work.clinic.directory.location(visit.location_id)
    kind = work.clinic.directory.visit_type(visit.visit_type_id).name(work.book.language)
    parts = [kind, _standing(work, visit)]
    if visit.late_minutes:
        parts.append(work.book.say(say("says_late", count=visit.late_minutes)))
    if work.sees(visit):
        parts += [need.replace("_", " ") for need in visit.needs]
    facts = ", ".join(part for part in parts if part)
    return f"{work.book.clock(visit.starts_at, place)} {named(work, visit)} - {facts}"


def places(work: Work, asked: Asked) -> list[int]:
    """Return where it is looked: the place that was named, else all; the sphere narrows it."""
    if asked.location is not None:
        return [asked.location]
    return [place.key for place in work.clinic.directory.locations]


def whose(work: Work, asked: Asked) -> str:
    """Return ", Dr Patel, Downtown", as far as it was said."""
    directory, named = work.clinic.directory, []
    if asked.practitioner is not None:
        named.append(work.book.surname_of(directory.practitioner(asked.practitioner)))
    if asked.location is not None:
        named.append(directory.location(asked.location).name)
    return "".join(f", {name}" for name in named)


def _standing(work: Work, visit: DayVisit) -> str:
    if visit.status in MARKED:
        return work.book.say(say(f"stands_{visit.status}"))
    key = REACHED.get(visit.reached) if visit.reached else None
    return work.book.say(say(f"stands_{key or 'expected'}"))


def _delays(work: Work, day: date, asked: Asked, practitioner_id: int) -> list[Delay]:
    """Return by how much they run late at each place, as far as they are seen there."""
    if day != work.today:
        return []
    return [
        delay
        for (person, place), delay in delays_now(work.connection, work.now).items()
        if person == practitioner_id
        and asked.location in (None, place)
        and work.sphere.covers(person, place)
    ]


def _late(work: Work, delay: Delay) -> Say:
    place = work.clinic.directory.location(delay.location_id)
    who = work.book.surname_of(work.clinic.directory.practitioner(delay.practitioner_id))
    since = work.book.clock(delay.said_at, place)
    return say("runs_late", who=who, minutes=delay.minutes, since=since)


def _more(work: Work, visits: Sequence[DayVisit], late: Sequence[Delay]) -> str:
    counted = (
        ("arrived_count", sum(each.status is AppointmentStatus.ARRIVED for each in visits)),
        ("to_call_count", sum(each.reached in TO_CALL for each in visits)),
        ("late_count", max((each.minutes for each in late), default=0)),
    )
    said = (work.book.say(say(key, count=count)) for key, count in counted if count)
    return "".join(f", {each}" for each in said)


def _free(work: Work, asked: Asked, first: date, days: int = 1) -> dict[date, list[Openings]]:
    return openings(
        work.connection,
        work.clinic.catalogue,
        work.sphere,
        first,
        work.now,
        location_id=asked.location,
        practitioner_id=asked.practitioner,
        days=days,
    )


def _count(free: Iterable[Openings]) -> int:
    return sum(len(each.starts) for each in free)


def _free_lines(work: Work, free: Sequence[Openings]) -> list[Say]:
    """The first few times that are free, at each place."""
    said = []
    for each in free:
        place = work.clinic.directory.location(each.location_id)
        times = ", ".join(work.book.clock(at, place) for at in each.starts[:FIRST_FREE])
        more = len(each.starts) - FIRST_FREE
        if more > 0:
            times = work.book.say(say("free_more", times=times, count=more))
        where = f" ({place.name})" if len(free) > 1 else ""
        said.append(say("free_times", text=where, times=times))
    return said or [say("nothing_free")]


def _lines(work: Work, visits: Sequence[DayVisit]) -> list[Say]:
    return [line(described(work, visit)) for visit in visits]


def _to(work: Work, visit: DayVisit) -> Option:
    place = work.clinic.directory.location(visit.location_id)
    label = f"{work.book.clock(visit.starts_at, place)} {named(work, visit)}"
    return Option(f"visit:{visit.id}", line(label))


def day_button(day: date) -> str:
    """Return the code of a button that leads to a day."""
    return _day_code(day, Asked())


def _day_code(day: date, asked: Asked, since: int = 0) -> str:
    return f"day:{day}:{asked.practitioner or 0}:{asked.location or 0}:{since}"
