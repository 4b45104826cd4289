"""The digest of the morning in words: what is pressing, the day, its risks, and what became of
visits since the last one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dialogue.turn import Option, Say, say
from bot.staff import todo
from bot.staff.days import REACHED, day_button, named
from bot.staff.reading import Asked
from bot.staff.telling.news import listed
from bot.staff.work import Answer, Work, line
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.models.staff import Hears
from core.occasions.unreached import TO_CALL
from core.staff import digest
from core.staff.chats import first_chat_at
from core.staff.day import DayVisit
from core.staff.digest import DayInShort, Gap, Morning, day_in_short, morning_of
from core.staff.news import VisitNews, news_since, note_told, told_of
from core.staff.rights import Deed
from core.staff.todo import Todo
from core.staff.todo import todo as all_waiting
from core.staff.wishes import Wishes, wishes_of

SHOWN = 3  # Lines of one kind: it is to be read at a glance, and all of them are a button away.
LONGEST_LOOK = timedelta(days=7)  # What is older is no news, however long they had no digest.
# Whoever comes in for the afternoon reads it; in the evening the day is over.
WORTH_READING = timedelta(hours=10)
# What was written while the last digest was: its event may bear an earlier time.
OVERLAP = timedelta(minutes=10)
# With overdue ones, these head the digest: nothing else works while they last.
_PRESSING = (TaskKind.UPKEEP,)
_COUNTED = ("confirmed", "told", "not_reached", "expected", "pending", "arrived")


@dataclass(frozen=True, slots=True)
class Composed:
    """`is_empty`: there is nothing that anybody need know; `news`: what became of visits, in it."""

    says: tuple[Say, ...]
    options: tuple[Option, ...]
    news: Sequence[VisitNews]
    is_empty: bool


def show(work: Work, asked: Asked) -> Answer:
    """`/digest`: as it would be now. Nothing is taken for said by that."""
    del asked
    morning = morning_of(work.connection, work.pairing.member, _hour(work), work.now)
    found = news_since(work.connection, since(work))
    composed = compose(work, morning, found)
    if composed.is_empty:
        return Answer((say("digest_of", day=morning.day), say("digest_nothing")), composed.options)
    return Answer((say("digest_of", day=morning.day), *composed.says), composed.options)


def at_login(work: Work) -> Answer:
    """Whoever comes back in the morning reads what their closed chat did not say."""
    who = work.pairing.member
    morning = morning_of(work.connection, who, _hour(work), work.now)
    wants = wishes_of(work.connection, who.id, work.sphere).digest
    is_time = morning.due_at <= work.now < morning.due_at + WORTH_READING
    if not (wants and morning.is_open and is_time):
        return Answer(())
    if not digest.begin(work.connection, who.id, morning.day, is_whole=True, now=work.now):
        return Answer(())
    composed = compose(work, morning, news_since(work.connection, since(work, morning)))
    if composed.is_empty:
        return Answer(())
    note_told(work.connection, who.id, [each.event_id for each in composed.news], work.now)
    return Answer((say("digest_of", day=morning.day), *composed.says), composed.options)


def since(work: Work, morning: Morning | None = None) -> datetime:
    """Return from when on what became of visits has not been in a digest of theirs. `morning`: the
    one that is being written does not count."""
    before, own = morning.day if morning else None, work.pairing.member.id
    last = digest.last_digest(work.connection, own, before=before)
    begins = first_chat_at(work.connection, own) if last is None else last - OVERLAP
    return max(begins, work.now - LONGEST_LOOK)


def compose(work: Work, morning: Morning, found: Sequence[VisitNews]) -> Composed:
    """Return what it says; `found`: what became of visits, of which they read what they wish and
    may see."""
    day = day_in_short(work.connection, work.clinic.catalogue, work.sphere, morning.day, work.now)
    wishes = wishes_of(work.connection, work.pairing.member.id, work.sphere)
    news = _unread(work, wishes, found)
    waiting = _waiting(work)
    says = [*_tasks(work, waiting), *_day(work, day), *_risks(work, day)]
    if news:
        says += [say("digest_news"), *listed(work, news)]
    options = (
        Option(day_button(morning.day), say("digest_to_day")),
        Option("tasks:0", say("digest_to_tasks")),
    )
    is_empty = not (day.visits or day.free or waiting or news)
    return Composed(tuple(says), options if _sees_tasks(work) else options[:1], news, is_empty)


def in_numbers(work: Work, morning: Morning) -> tuple[Say, ...]:
    """Return what a chat reads that speaks for nobody just now: no patient, and nothing that could
    be looked up; none, where there is nothing to count."""
    day = day_in_short(work.connection, work.clinic.catalogue, work.sphere, morning.day, work.now)
    to_call = sum(visit.reached in TO_CALL for visit in day.visits)
    pressing = sum(_is_pressing(work, each) for each in _waiting(work))
    if not (day.visits or pressing):
        return ()
    counted = {"count": len(day.visits), "more": to_call, "tasks": pressing}
    return (say("digest_in_numbers", **counted),)


def theirs(
    work: Work, wishes: Wishes, found: Sequence[VisitNews], *hears: Hears
) -> list[VisitNews]:
    """Return what they may see of it, have not done themselves, and wish to hear so."""
    return [
        each
        for each in found
        if wishes.hears[each.change] in hears
        and each.by_id != work.pairing.member.id
        and each.lies_in(work.sphere)
        and not each.is_behind(work.now)
    ]


def _unread(work: Work, wishes: Wishes, found: Sequence[VisitNews]) -> list[VisitNews]:
    """Return what they read of it in the digest: also what they wished to hear at once, where that
    was not to be, or was lost on its way."""
    wished = theirs(work, wishes, found, Hears.DIGEST, Hears.AT_ONCE)
    ids = [each.event_id for each in wished]
    told = told_of(work.connection, work.pairing.member.id, ids, arrived=True)
    return [each for each in wished if each.event_id not in told]


def _hour(work: Work) -> int:
    return work.clinic.rules.digest_hour


# Its parts


def _sees_tasks(work: Work) -> bool:
    return work.sphere_for(Deed.TASKS) is not None


def _waiting(work: Work) -> list[Todo]:
    sphere = work.sphere_for(Deed.TASKS)
    return all_waiting(work.connection, sphere, work.now) if sphere is not None else []


def _is_pressing(work: Work, each: Todo) -> bool:
    is_general = each.task.kind in _PRESSING or each.is_of_channel
    return each.task.is_alarm or is_general or each.is_overdue(work.now)


def _tasks(work: Work, waiting: Sequence[Todo]) -> list[Say]:
    """What is overdue comes first: no task is forgotten."""
    pressing = [each for each in waiting if _is_pressing(work, each)]
    says: list[Say] = []
    if pressing:
        shown = pressing[:SHOWN]
        work.looked("task", [each.task.id for each in shown], todo.patients_of(*shown))
        says.append(say("digest_pressing", count=len(pressing)))
        says += [line(todo.in_words(work, each)) for each in shown]
        if len(pressing) > SHOWN:
            says.append(say("and_more", count=len(pressing) - SHOWN))
    if len(waiting) > len(pressing):
        says.append(say("digest_waiting", count=len(waiting) - len(pressing)))
    return says


def _day(work: Work, day: DayInShort) -> list[Say]:
    if not day.visits:
        return [say("digest_no_visits", free=day.free_times)]
    first = _clock(work, day.visits[0].starts_at, day.visits[0].location_id)
    says = [say("digest_visits", count=len(day.visits), text=first, free=day.free_times)]
    stands = [_stands(visit) for visit in day.visits]
    counted = [(each, stands.count(each)) for each in _COUNTED]
    parts = [work.book.say(say(f"digest_{key}", count=count)) for key, count in counted if count]
    if parts:
        says.append(say("digest_of_these", text=", ".join(parts)))
    return says


def _stands(visit: DayVisit) -> str:
    if visit.status in (AppointmentStatus.PENDING, AppointmentStatus.ARRIVED):
        return str(visit.status)
    return REACHED.get(visit.reached, "expected") if visit.reached else "expected"


def _risks(work: Work, day: DayInShort) -> list[Say]:
    """What may go wrong today, as far as it is known."""
    says: list[Say] = []
    today, tomorrow = (
        sum(visit.reached in TO_CALL for visit in visits) for visits in (day.visits, day.tomorrow)
    )
    if today or tomorrow:
        says.append(say("digest_to_call", count=today, more=tomorrow))
    found = {
        "digest_missed": _may_not_come(work, day),
        "digest_needs": _needs(work, day),
        "digest_away": [_surname(work, each) for each in day.away],
        # Of one's own day; of a whole place it would be a list of everybody.
        "digest_gaps": [_gap(work, gap) for gap in day.gaps] if work.sphere.is_own else [],
    }
    says += [say(key, text=_some(work, lines)) for key, lines in found.items() if lines]
    return says


def _may_not_come(work: Work, day: DayInShort) -> list[str]:
    """Who missed visits before, and has not confirmed this one."""
    unsure = [
        visit
        for visit in day.visits
        if visit.patient_id in day.missed
        and visit.status is AppointmentStatus.SCHEDULED
        and work.sees(visit)
    ]
    _note(work, unsure)
    return [f"{_whose(work, visit)} ({day.missed[visit.patient_id]})" for visit in unsure]


def _needs(work: Work, day: DayInShort) -> list[str]:
    """Who needs an interpreter, a wheelchair, ..."""
    needing = [visit for visit in day.visits if visit.needs and work.sees(visit)]
    _note(work, needing)
    return [
        f"{_whose(work, visit)}: {', '.join(need.replace('_', ' ') for need in visit.needs)}"
        for visit in needing
    ]


def _note(work: Work, visits: Sequence[DayVisit]) -> None:
    if shown := visits[:SHOWN]:
        work.looked("day", [each.id for each in shown], [each.patient_id for each in shown])


def _gap(work: Work, gap: Gap) -> str:
    first, last = (_clock(work, at, gap.location_id) for at in (gap.starts_at, gap.last_at))
    return f"{_surname(work, gap.practitioner_id)} {first} - {last}"


def _some(work: Work, lines: Sequence[str]) -> str:
    shown = "; ".join(lines[:SHOWN])
    left = len(lines) - SHOWN
    more = work.book.say(say("and_more", count=left)) if left > 0 else ""
    return f"{shown}; {more}" if more else shown


def _whose(work: Work, visit: DayVisit) -> str:
    return f"{_clock(work, visit.starts_at, visit.location_id)} {named(work, visit)}"


def _clock(work: Work, at: datetime, location_id: int) -> str:
    return work.book.clock(at, work.clinic.directory.location(location_id))


def _surname(work: Work, practitioner_id: int) -> str:
    return work.book.surname_of(work.clinic.directory.practitioner(practitioner_id))
