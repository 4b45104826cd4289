"""Who is away, and when: from words, and from the code of a button."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, time

from bot.dialogue.turn import say
from bot.dialogue.when import PARTS, minutes
from bot.reception.finding import wall_time
from bot.staff.reading import Asked, without_words
from bot.staff.work import ASKED_MORE, Answer, Work
from bot.understanding.values import PartOfDay
from core.errors import UnknownPractitioner
from core.people.names import words
from core.scheduling.week import END_OF_DAY, Stretch
from core.staff.away import LONGEST, Away, Proposal
from core.staff.departments import department_in

_WHOLE, _FOR_GOOD = "all", "on"
_CLOSED = "@"  # Before a place; without it, people.


def away_in(work: Work, asked: Asked, command: str) -> Away | Answer:
    """Return who is away when, or what is asked where that is not clear."""
    people = _people(work, asked, command)
    if isinstance(people, Answer):
        return people
    days = _days(work, asked, command)
    if isinstance(days, Answer):
        return days
    return Away(people, *days, _hours(_bare(work, asked, command)))


def closed_in(work: Work, asked: Asked, command: str) -> Away | Answer:
    """Return which place is closed when; where there is only one, it need not be named."""
    places = work.clinic.directory.locations
    place = asked.location or (places[0].key if len(places) == 1 else None)
    if place is None:
        return Answer((say("which_place_is_closed"),), asks=_more(command, asked))
    if not is_place_theirs(work, place):
        return Answer((say("not_yours"),))
    days = _days(work, asked, command)
    return days if isinstance(days, Answer) else Away(frozenset(), *days, closed=place)


def leaving_in(work: Work, asked: Asked, command: str) -> Away | Answer:
    """Return who leaves for good, and from which day on."""
    people = _people(work, asked, command)
    if isinstance(people, Answer):
        return people
    first = asked.day
    if first is None:
        return Answer((say("when_leaving"),), asks=_more(command, asked))
    return Away(people, first, None)


def cover_in(work: Work, asked: Asked, command: str) -> Away | Answer:
    """ "Dr Okafor covers for Dr Patel tomorrow": who stands in is named first."""
    for before, after in _halves(asked.text):
        locum, absent = work.read(before).practitioner, work.read(after)
        if locum and absent.practitioner and locum != absent.practitioner:
            return _cover(work, asked, command, locum, absent)
    return Answer((say("who_covers_whom"),), asks=f"{ASKED_MORE}:{command}:")


def _cover(work: Work, asked: Asked, command: str, locum: int, absent: Asked) -> Away | Answer:
    days = _days(work, asked, command)
    if isinstance(days, Answer):
        return days
    away = Away(frozenset({absent.practitioner or 0}), *days, _hours(absent), locum=locum)
    return away if is_theirs(work, away) else Answer((say("not_yours"),))


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """Return the text parted after each word."""
    words = text.split()
    for place in range(1, len(words)):
        yield " ".join(words[:place]), " ".join(words[place:])


def _people(work: Work, asked: Asked, command: str) -> frozenset[int] | Answer:
    """Return somebody who was named, all of a department or of a specialty, else the writer."""
    if asked.candidates or asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    named = asked.practitioner or work.pairing.member.practitioner_id
    people = frozenset({named} if named else ())
    if asked.practitioner is None:
        people = department_in(work.connection, asked.text) or _specialists(work, asked) or people
    if not people:
        return Answer((say("who_is_away"),), asks=_more(command, asked))
    if not all(is_all_theirs(work, person) for person in people):
        return Answer((say("not_yours"),))
    return people


def _specialists(work: Work, asked: Asked) -> frozenset[int]:
    """Return all of a specialty that is called by its name: "I'm sick" names none."""
    said = f" {' '.join(words(asked.text))} "
    return frozenset(
        person
        for specialty in work.clinic.directory.specialties
        for language in (work.book.language, "en")
        if f" {' '.join(words(specialty.name(language)))} " in said
        for person in work.clinic.catalogue.specialties.get(specialty.code, ())
    )


def _bare(work: Work, asked: Asked, command: str) -> Asked:
    """Without the command's own words: "off" is no part of a day."""
    return work.read(without_words(asked.text, command, work.book.language))


def _days(work: Work, asked: Asked, command: str) -> tuple[date, date] | Answer:
    bare = _bare(work, asked, command)
    said = bare.said
    if said.time is not None:
        return Answer((say("until_when"),), asks=_more(command, asked))
    first = said.date_from or bare.day
    if first is None:
        if command != "sick":
            return Answer((say("when_away"),), asks=_more(command, asked))
        first = work.today
    last = said.date_to or max((first, *said.dates))
    if not 0 <= (last - first).days < LONGEST:
        return Answer((say("too_many_days", most=LONGEST),))
    return first, last


def _more(command: str, asked: Asked) -> str:
    return f"{ASKED_MORE}:{command}:{asked.text}"


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


# Whose they are


def is_theirs(work: Work, away: Away) -> bool:
    """Tell whether all of it lies in the writer's sphere."""
    people = (*away.people, *([away.locum] if away.locum else ()))
    if not all(is_all_theirs(work, person) for person in people):
        return False
    return away.closed is None or is_place_theirs(work, away.closed)


def is_all_theirs(work: Work, practitioner: int) -> bool:
    """Whoever is away is away everywhere they work."""
    places = work.clinic.directory.practitioner(practitioner).locations
    return all(work.sphere.covers(practitioner, place) for place in places)


def is_place_theirs(work: Work, location_id: int) -> bool:
    """Tell whether a place as a whole lies in the writer's sphere."""
    return work.sphere.everywhere or location_id in work.sphere.locations


# As the code of a button


def code_of(away: Away) -> str:
    who = f"{_CLOSED}{away.closed}" if away.closed else "+".join(map(str, sorted(away.people)))
    hours = away.hours and f"{minutes(away.hours.starts)}-{minutes(away.hours.ends)}"
    return f"{who}:{away.first}:{away.last or _FOR_GOOD}:{hours or _WHOLE}:{away.locum or 0}"


def decoded(work: Work, code: Sequence[str]) -> Away:
    """Raises UnknownPractitioner for what is not theirs."""
    who, first, last, hours, locum = code
    stretch = None
    if hours != _WHOLE:
        begins, ends = (_clock(int(each)) for each in hours.split("-"))
        stretch = Stretch(begins, ends)
    is_closed = who.startswith(_CLOSED)
    away = Away(
        frozenset() if is_closed else frozenset(map(int, who.split("+"))),
        date.fromisoformat(first),
        None if last == _FOR_GOOD else date.fromisoformat(last),
        stretch,
        closed=int(who.removeprefix(_CLOSED)) if is_closed else None,
        locum=int(locum) or None,
    )
    if not is_theirs(work, away):
        raise UnknownPractitioner("not of this person's practitioners")
    return away


def _clock(minute: int) -> time:
    last = minutes(END_OF_DAY)
    return END_OF_DAY if minute >= last else time(minute // 60, minute % 60)


def digest_of(proposals: Sequence[Proposal]) -> str:
    """Return what tells one plan from another: the same visits, as they were, at the same times."""
    facts = [(each.visit.id, each.visit.version, each.slot) for each in proposals]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]
