"""Absences, and what becomes of visits, in words."""

from collections.abc import Sequence

from bot.dialogue.turn import Say, say
from bot.staff.days import named
from bot.staff.work import Work
from core.staff.away import Away, Proposal
from core.staff.day import DayVisit

SHOWN = 20  # Visits in one message; the others are counted.


def facts(work: Work, away: Away) -> dict[str, object]:
    """Return who or which place it is, and when."""
    days = work.book.short_day(away.first)
    if away.last is None:
        days = work.book.say(say("from_then_on", text=days))
    elif away.last != away.first:
        days = f"{days} - {work.book.short_day(away.last)}"
    if away.hours is not None:
        days = f"{days}, {away.hours}"
    return {"who": _who(work, away), "text": days}


def heading(work: Work, away: Away) -> Say:
    """Return what is said above a plan."""
    known = facts(work, away)
    if away.closed is not None:
        return say("shall_be_closed", **known)
    if away.locum is not None:
        locum = work.book.surname_of(work.clinic.directory.practitioner(away.locum))
        return say("shall_be_covered", locum=locum, **known)
    return say("shall_be_away", **known)


def _who(work: Work, away: Away) -> str:
    directory = work.clinic.directory
    if away.closed is not None:
        return directory.location(away.closed).name
    people = (directory.practitioner(person) for person in sorted(away.people))
    return ", ".join(work.book.surname_of(person) for person in people)


def when(work: Work, visit: DayVisit) -> str:
    place = work.clinic.directory.location(visit.location_id)
    day = work.book.short_day(visit.starts_at.astimezone(place.zone).date())
    return f"{day} {work.book.clock(visit.starts_at, place)} {named(work, visit)}"


def proposed(work: Work, proposal: Proposal) -> str:
    """Return "9:20 AM J.S. -> Thu, Dec 3 10:00 AM Dr Okafor"."""
    before = when(work, proposal.visit)
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


def counted(proposals: Sequence[Proposal]) -> Say:
    covered = sum(each.is_covered for each in proposals)
    called = sum(each.slot is None for each in proposals)
    return say(
        "touched_counts",
        count=len(proposals),
        covered=covered,
        moved=len(proposals) - covered - called,
        called=called,
    )


def more(visits: Sequence[DayVisit]) -> list[Say]:
    left = len(visits) - SHOWN
    return [say("and_more", count=left)] if left > 0 else []
