"""Questions about people: who works here and when, who speaks which language, who is in."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from bot.dialogue.commands import FindPresence
from bot.dialogue.outcomes import PresenceFound
from bot.dialogue.questions.facts import Hours, Language, People, Presence, Specialties, Weekly
from bot.dialogue.turn import Steps, Turn
from bot.directory import Practitioner
from bot.understanding.values import Entities

EACH = 3  # So many are told of one by one.
MOST = 8  # So many are listed; of more only what they do.
GROWN_UP = 21  # A specialty that ends no later is one for children.


def people_said(turn: Turn, said: Entities) -> tuple[int, ...]:
    """Return those whom the words name, by name or by what they do."""
    if said.practitioner:
        person = turn.directory.practitioner_named(said.practitioner)
        return (person.key,) if person else ()
    if said.candidates:
        found = map(turn.directory.practitioner_named, said.candidates)
        return tuple(person.key for person in found if person)
    if said.specialty:
        return _keys(each for each in _here(turn, said) if said.specialty in each.specialties)
    return ()


def people_meant(turn: Turn, said: Entities) -> tuple[int, ...]:
    """Return those whom the words name, else those of what is in hand; none: anybody."""
    draft = turn.draft
    if draft is None or said.practitioner or said.specialty or said.candidates:
        return people_said(turn, said)
    if thing := draft.slot or draft.visit:
        return (thing.practitioner,)
    if draft.practitioner is not None:
        return (draft.practitioner,)
    everybody = turn.directory.practitioners
    return _keys(person for person in everybody if draft.specialty in person.specialties)


def _keys(people: Iterable[Practitioner]) -> tuple[int, ...]:
    return tuple(person.key for person in people)


def _here(turn: Turn, said: Entities) -> list[Practitioner]:
    place = turn.directory.location_named(said.location) if said.location else None
    everybody = turn.directory.practitioners
    return [each for each in everybody if place is None or place.key in each.locations]


def practitioners(turn: Turn, said: Entities) -> Steps[bool]:
    named = people_said(turn, said)
    if not named and (said.specialty or "specialty" in said.ambiguous):
        return _tell_missing(turn)
    if named:
        yield from _tell_hours(turn, named)
        offer_to_look(turn, said)
        return True
    return _list(turn, _here(turn, said))


def other_specialty(turn: Turn, said: Entities) -> Steps[bool]:
    """Of one that most clinics do not have; this one may."""
    if people_said(turn, said):
        return (yield from practitioners(turn, said))
    return _tell_missing(turn)


def _tell_missing(turn: Turn) -> bool:
    turn.say("specialty_missing", specialties=_specialties(turn))
    return True


def _specialties(turn: Turn) -> Specialties:
    taught = {code for person in turn.directory.practitioners for code in person.specialties}
    return Specialties(tuple(s.code for s in turn.directory.specialties if s.code in taught))


def _list(turn: Turn, found: Sequence[Practitioner]) -> bool:
    if len(found) > MOST:
        turn.say("specialties_offered", specialties=_specialties(turn))
    elif found:
        turn.say("people_found", people=_listed(turn, _keys(found)))
    return bool(found)


def tell_who_works_here(turn: Turn) -> None:
    """Where they are few enough to be read; once is enough."""
    people = turn.directory.practitioners
    if len(people) <= MOST and "people_found" not in turn.before.said:
        turn.say("people_found", people=_listed(turn, _keys(people)))


def _listed(turn: Turn, found: tuple[int, ...]) -> People:
    """Their place is named where it is not the clinic's first."""
    first, people = turn.directory.locations[0].key, map(turn.directory.practitioner, found)
    return People(found, frozenset(each.key for each in people if first not in each.locations))


def _tell_hours(turn: Turn, named: tuple[int, ...]) -> Steps[None]:
    if len(named) > EACH:
        turn.say("people_found", people=_listed(turn, named))
        return
    presences = yield from _presences(named, None)
    for presence in presences:
        turn.say(
            "sees_patients",
            person=People((presence.practitioner,)),
            place=turn.directory.location(presence.location).name,
            week=Weekly(presence.week),
        )
    idle = set(named) - {presence.practitioner for presence in presences}
    for practitioner in sorted(idle):
        turn.say("sees_nobody", practitioner=practitioner)


def _presences(people: tuple[int, ...], day: date | None) -> Steps[tuple[Presence, ...]]:
    outcome = yield FindPresence(people, day)
    if not isinstance(outcome, PresenceFound):
        raise TypeError(f"expected hours, got {type(outcome).__name__}")
    return outcome.presences


def services(turn: Turn, said: Entities) -> Steps[bool]:
    """ "Do you do skin checks?": whoever does, if it is something that a specialty is known for."""
    if said.specialty or said.practitioner:
        return (yield from practitioners(turn, said))
    return False


def languages(turn: Turn, said: Entities) -> Steps[bool]:
    wanted = said.language
    if wanted is None:
        turn.say("languages")
        return True
    everybody = turn.directory.practitioners
    asked = people_said(turn, said) or _keys(everybody)
    if wanted == turn.directory.languages[0]:
        found = asked
    else:
        found = _keys(p for p in everybody if p.key in asked and wanted in p.languages)
    if not found:
        turn.say("nobody_speaks", language=Language(wanted))
        offer_to_look(turn, said)
        return True
    turn.say("speak", language=Language(wanted), people=_listed(turn, found))
    offer_to_look_with(turn, found)
    return True
    yield  # It needs nothing of the clinic; a generator, as its like are.


def women(turn: Turn, said: Entities) -> Steps[bool]:
    return (yield from _of_gender(turn, said, "female"))


def men(turn: Turn, said: Entities) -> Steps[bool]:
    return (yield from _of_gender(turn, said, "male"))


def _of_gender(turn: Turn, said: Entities, gender: str) -> Steps[bool]:
    if said.practitioner:
        return (yield from practitioners(turn, said))
    named = people_said(turn, said)
    found = [
        each
        for each in _here(turn, said)
        if each.gender == gender and (not named or each.key in named)
    ]
    return _such(turn, found)


def _such(turn: Turn, found: Sequence[Practitioner]) -> bool:
    if found:
        turn.say("people_such", people=_listed(turn, _keys(found[:MOST])))
        offer_to_look_with(turn, _keys(found))
    return bool(found)


def children(turn: Turn, said: Entities) -> Steps[bool]:
    theirs = {
        each.code
        for each in turn.directory.specialties
        if each.age_until is not None and each.age_until <= GROWN_UP
    }
    found = [each for each in _here(turn, said) if theirs & set(each.specialties)]
    if said.practitioner and said.practitioner not in {each.name for each in found}:
        return False
    return _such(turn, found)
    yield  # As above.


# Who is in


def presence(turn: Turn, said: Entities) -> Steps[bool]:
    """ "Is the dentist in on Friday?": from the schedule of that day, not from what is free."""
    day = _day(turn, said)
    named = people_said(turn, said) if said.anyone else people_meant(turn, said)
    if not named and not (said.specialty or "specialty" in said.ambiguous) and day is not None:
        yield from _tell_who_is_in(turn, said, day)
        return True
    if day is None or not named:
        return (yield from practitioners(turn, said))
    if len(named) > EACH:
        yield from _tell_who_is_in(turn, said, day)
        return True
    presences = yield from _presences(named, day)
    for practitioner in named:
        _tell_presence(turn, [each for each in presences if each.practitioner == practitioner], day)
    offer_to_look(turn, said, _next_day(presences, day))
    return True


def who_is_in(turn: Turn, said: Entities) -> Steps[bool]:
    day = _day(turn, said)
    if day is None:
        return (yield from practitioners(turn, said))
    yield from _tell_who_is_in(turn, said, day)
    return True


def _day(turn: Turn, said: Entities) -> date | None:
    if said.date or said.dates:
        return said.date or said.dates[0]
    if len(said.weekdays) == 1:
        today = turn.situation.today
        return today + timedelta(days=(said.weekdays[0] - today.weekday()) % 7 or 7)
    return None


def _tell_presence(turn: Turn, presences: list[Presence], day: date) -> None:
    if not presences:
        return
    there = [each for each in presences if each.hours]
    for each in there:
        turn.say(
            "is_in",
            practitioner=each.practitioner,
            day=day,
            hours=Hours(each.hours),
            place=turn.directory.location(each.location).name,
        )
    if there:
        return
    turn.say("is_not_in", practitioner=presences[0].practitioner, day=day)
    later = [each for each in presences if each.next_day]
    if later:
        first = min(later, key=lambda each: each.next_day or date.max)
        turn.say(
            "is_in_next",
            day=first.next_day,
            hours=Hours(first.next_hours),
            place=turn.directory.location(first.location).name,
        )


def _next_day(presences: Sequence[Presence], day: date) -> date | None:
    """Return the day itself if somebody is in, else the next on which somebody is."""
    if any(each.hours for each in presences):
        return day
    return min((each.next_day for each in presences if each.next_day), default=None)


def _tell_who_is_in(turn: Turn, said: Entities, day: date) -> Steps[None]:
    asked = people_said(turn, said) or _keys(_here(turn, said))
    presences = yield from _presences(asked, day)
    there = tuple(dict.fromkeys(each.practitioner for each in presences if each.hours))
    if there:
        turn.say("who_is_in", day=day, people=_listed(turn, there))
        return
    turn.say("nobody_is_in", day=day)
    later = _next_day(presences, day)
    if later is not None:
        found = tuple(each.practitioner for each in presences if each.next_day == later)
        turn.say("who_is_in", day=later, people=_listed(turn, tuple(dict.fromkeys(found))))


def offer_to_look_with(turn: Turn, found: Sequence[int]) -> None:
    """Who was told of alone may be meant by "book me in with her"."""
    if len(found) == 1:
        turn.to_look = f"{found[0]}::"


def offer_to_look(turn: Turn, said: Entities, day: date | None = None) -> None:
    """Note whom a free time can be looked for with; whether to is asked when all is answered."""
    person = turn.directory.practitioner_named(said.practitioner) if said.practitioner else None
    if person is not None or said.specialty is not None:
        turn.to_look = f"{person.key if person else ''}:{said.specialty or ''}:{day or ''}"
