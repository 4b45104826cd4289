"""Blocking time, and the day on which somebody is sick: whom it touches, what is proposed to each,
and all of it done with one yes and taken back with one press."""

import hashlib
from collections.abc import Sequence
from datetime import date, time

from bot.dialogue.turn import Option, Say, say
from bot.dialogue.when import PARTS, minutes
from bot.reception.finding import wall_time
from bot.staff.days import named
from bot.staff.reading import Asked, without_words
from bot.staff.work import ASKED_MORE, Answer, Work, line
from bot.understanding.values import PartOfDay
from core.errors import UnknownPractitioner
from core.scheduling.hours import NothingToRemove, remove_absence
from core.scheduling.week import END_OF_DAY, Stretch
from core.staff.away import (
    LONGEST,
    Away,
    Done,
    Proposal,
    carry_out,
    enter,
    plan,
    take_back,
    touched,
    whose_absence,
)
from core.staff.day import DayVisit

SHOWN = 20  # Visits in one message; the others are counted.
_WHOLE = "all"


def block(work: Work, asked: Asked) -> Answer:
    """ "Block Friday afternoon": who is booked then, and what is to become of them."""
    away = _away(work, asked, "block")
    if isinstance(away, Answer):
        return away
    visits = touched(work.connection, work.sphere, away, work.clinic.catalogue, work.now)
    work.looked("day", [visit.id for visit in visits], [visit.patient_id for visit in visits])
    only = Option(f"block:{_code(away)}", say("block_only" if visits else "block_it"))
    leave = Option("leave", say("drop_it"))
    if not visits:
        return Answer((say("shall_block", **_facts(work, away)),), (only, leave))
    says = (
        say("shall_block", **_facts(work, away)),
        say("booked_then", count=len(visits)),
        *(line(_when(work, visit)) for visit in visits[:SHOWN]),
        *_more(visits),
    )
    rearrange = Option(f"sick:{_code(away)}", say("rearrange"))
    return Answer(says, (rearrange, only, leave))


def sick(work: Work, asked: Asked) -> Answer:
    """ "I'm sick tomorrow": what would become of each visit."""
    away = _away(work, asked, "sick")
    return away if isinstance(away, Answer) else _propose(work, away)


def propose(work: Work, *code: str) -> Answer:
    """The same, from a button."""
    return _propose(work, _decoded(work, code))


def _propose(work: Work, away: Away, *first: Say) -> Answer:
    proposals = _plan(work, away)
    visits = [each.visit for each in proposals]
    work.looked("day", [visit.id for visit in visits], [visit.patient_id for visit in visits])
    says = [*first, say("shall_be_away", **_facts(work, away))]
    if proposals:
        says.append(_counted(proposals))
        says += [line(_proposed(work, each)) for each in proposals[:SHOWN]]
        says += _more(visits)
    else:
        says.append(say("nobody_touched"))
    do = Option(f"away:{_digest(proposals)}:{_code(away)}", say("do_all" if proposals else "do_it"))
    return Answer(tuple(says), (do, Option("leave", say("drop_it"))))


def do_all(work: Work, digest: str, *code: str) -> Answer:
    """What was shown, if it is still so; else what is so now is shown first."""
    away = _decoded(work, code)
    proposals = _plan(work, away)
    if _digest(proposals) != digest:
        return _propose(work, away, say("changed_since"))
    done = carry_out(work.connection, away, proposals, actor=work.actor, by=_by(work), now=work.now)
    for visit in done.moved:
        work.changed("rescheduled", visit)
    work.note("away", "absence", [done.absence_id])
    ids = ",".join(str(visit.id) for visit in done.moved)
    undo = Option(f"there:{done.absence_id}:{ids or '-'}", say("staff_undo"))
    says = [say("all_done", count=len(done.moved)), *_told(done, proposals)]
    if done.to_call:
        says.append(say("to_be_called", count=len(done.to_call)))
        says += [line(_when(work, visit)) for visit in done.to_call[:SHOWN]]
    return Answer(tuple(says), (undo,))


def _told(done: Done, proposals: Sequence[Proposal]) -> list[Say]:
    """Return how many of those who were moved hear of it by a message, and how many do not."""
    reached = {each.visit.id for each in proposals if each.is_told}
    told = sum(visit.id in reached for visit in done.moved)
    counted = (("are_told", told), ("not_told", len(done.moved) - told))
    return [say(key, count=count) for key, count in counted if count]


def take_all_back(work: Work, absence_id: str, ids: str) -> Answer:
    """They are there after all."""
    visits = [int(each) for each in ids.split(",") if each.isdigit()]
    _require_theirs(work, int(absence_id))
    back, kept = take_back(
        work.connection,
        int(absence_id),
        visits,
        actor=work.actor,
        by=_by(work),
        now=work.now,
    )
    work.note("there_after_all", "absence", [int(absence_id)])
    says = [say("there_again", count=back)]
    if kept:
        says.append(say("kept_where_they_are", count=kept))
    return Answer(tuple(says))


def block_only(work: Work, *code: str) -> Answer:
    """The time is blocked; whoever is booked then stays so, and is a task for staff each."""
    away = _decoded(work, code)
    absence_id = enter(work.connection, away, by=_by(work), now=work.now)
    work.note("blocked", "absence", [absence_id])
    visits = touched(work.connection, work.sphere, away, work.clinic.catalogue, work.now)
    says = [say("blocked")]
    if visits:
        says.append(say("kept_as_booked", count=len(visits)))
    return Answer(tuple(says), (Option(f"unblock:{absence_id}", say("staff_undo")),))


def unblock(work: Work, absence_id: str) -> Answer:
    """What was blocked is free again."""
    _require_theirs(work, int(absence_id))
    remove_absence(work.connection, int(absence_id), actor=_by(work), now=work.now)
    work.note("unblocked", "absence", [int(absence_id)])
    return Answer((say("unblocked"),))


def leave(work: Work) -> Answer:
    del work
    return Answer((say("dropped"),))


# Who, and when


def _away(work: Work, asked: Asked, command: str) -> Away | Answer:
    """Return who is away when, or what is asked where that is not clear."""
    bare = work.read(without_words(asked.text, command, work.book.language))
    if asked.candidates or asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    practitioner = asked.practitioner or work.pairing.member.practitioner_id
    if practitioner is None:
        return Answer((say("who_is_away"),), asks=f"{ASKED_MORE}:{command}:{asked.text}")
    if not _is_theirs(work, practitioner):
        return Answer((say("not_yours"),))
    said = bare.said
    if said.time is not None:
        return Answer((say("until_when"),), asks=f"{ASKED_MORE}:{command}:{asked.text}")
    first = said.date_from or bare.day
    if first is None:
        if command == "block":
            return Answer((say("when_away"),), asks=f"{ASKED_MORE}:{command}:{asked.text}")
        first = work.today
    last = said.date_to or max((first, *said.dates))
    if not 0 <= (last - first).days < LONGEST:
        return Answer((say("too_many_days", most=LONGEST),))
    return Away(practitioner, first, last, _hours(bare))


def _hours(asked: Asked) -> Stretch | None:
    """Return the hours of a day that were said; an afternoon lasts until nobody works any more."""
    said = asked.said
    begins, ends = said.time_from, said.time_to
    if said.part_of_day is not None and begins is None and ends is None:
        first, last = PARTS[said.part_of_day]
        begins = wall_time(first)
        ends = wall_time(last) if said.part_of_day is PartOfDay.MORNING else None
    if begins is None and ends is None:
        return None
    return Stretch(begins or time(), ends or END_OF_DAY)


def _is_theirs(work: Work, practitioner: int) -> bool:
    """Whoever is away is away everywhere they work."""
    places = work.clinic.directory.practitioner(practitioner).locations
    return all(work.sphere.covers(practitioner, place) for place in places)


def _require_theirs(work: Work, absence_id: int) -> None:
    """Raises NothingToRemove for an absence that is not there for them."""
    if not _is_theirs(work, whose_absence(work.connection, absence_id)):
        raise NothingToRemove("not of this person's practitioners")


def _code(away: Away) -> str:
    hours = away.hours and f"{minutes(away.hours.starts)}-{minutes(away.hours.ends)}"
    return f"{away.practitioner_id}:{away.first}:{away.last}:{hours or _WHOLE}"


def _decoded(work: Work, code: Sequence[str]) -> Away:
    """Raises UnknownPractitioner for somebody who is not theirs."""
    person, first, last, hours = code
    if not _is_theirs(work, int(person)):
        raise UnknownPractitioner("not of this person's practitioners")
    stretch = None
    if hours != _WHOLE:
        begins, ends = (_clock(int(each)) for each in hours.split("-"))
        stretch = Stretch(begins, ends)
    return Away(int(person), date.fromisoformat(first), date.fromisoformat(last), stretch)


def _clock(minute: int) -> time:
    last = minutes(END_OF_DAY)
    return END_OF_DAY if minute >= last else time(minute // 60, minute % 60)


def _plan(work: Work, away: Away) -> list[Proposal]:
    return plan(work.connection, work.sphere, away, catalogue=work.clinic.catalogue, now=work.now)


def _digest(proposals: Sequence[Proposal]) -> str:
    """Return what tells one plan from another: the same visits, as they were, at the same times."""
    facts = [(each.visit.id, each.visit.version, each.slot) for each in proposals]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def _by(work: Work) -> str:
    return f"staff {work.pairing.member.id}"


# In words


def _facts(work: Work, away: Away) -> dict[str, object]:
    directory = work.clinic.directory
    who = work.book.surname_of(directory.practitioner(away.practitioner_id))
    days = work.book.short_day(away.first)
    if away.last != away.first:
        days = f"{days} - {work.book.short_day(away.last)}"
    if away.hours is not None:
        days = f"{days}, {away.hours}"
    return {"who": who, "text": days}


def _when(work: Work, visit: DayVisit) -> str:
    place = work.clinic.directory.location(visit.location_id)
    day = work.book.short_day(visit.starts_at.astimezone(place.zone).date())
    return f"{day} {work.book.clock(visit.starts_at, place)} {named(work, visit)}"


def _proposed(work: Work, proposal: Proposal) -> str:
    """Return "9:20 AM J.S. -> Thu, Dec 3 10:00 AM Dr Okafor"."""
    before = _when(work, proposal.visit)
    if proposal.slot is None:
        return f"{before} -> {work.book.say(say('to_call'))}"
    directory, slot = work.clinic.directory, proposal.slot
    place = directory.location(slot.location_id)
    who = work.book.surname_of(directory.practitioner(slot.practitioner_id))
    day = slot.starts_at.astimezone(place.zone).date()
    parts = [work.book.clock(slot.starts_at, place), who]
    if not proposal.is_covered:
        parts.insert(0, work.book.short_day(day))
    if not proposal.is_told:
        parts.append(work.book.say(say("must_be_called")))
    return f"{before} -> {' '.join(parts)}"


def _counted(proposals: Sequence[Proposal]) -> Say:
    covered = sum(each.is_covered for each in proposals)
    called = sum(each.slot is None for each in proposals)
    return say(
        "touched_counts",
        count=len(proposals),
        covered=covered,
        moved=len(proposals) - covered - called,
        called=called,
    )


def _more(visits: Sequence[DayVisit]) -> list[Say]:
    left = len(visits) - SHOWN
    return [say("and_more", count=left)] if left > 0 else []
