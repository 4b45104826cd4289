"""Whose visit it is: a person this address already speaks for, or somebody new to register."""

from collections.abc import Iterable
from datetime import date

from bot.dialogue.commands import (
    FindPeople,
    PatientRegistered,
    PeopleFound,
    Refused,
    RegisterPatient,
)
from bot.dialogue.state import Draft
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.values import KnownPerson
from bot.messages import Asked
from bot.understanding.values import Person

OLDEST = 130  # Years; nobody documented has lived longer.
AGE_OF_MAJORITY = 18
CHILDREN = frozenset({Person.CHILD, Person.DAUGHTER, Person.SON})
# Words that belong to the last name they precede: "van der Berg", "de la Cruz".
PARTICLES = frozenset(
    {
        "al",
        "bin",
        "da",
        "das",
        "de",
        "del",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "la",
        "le",
        "san",
        "st",
        "st.",
        "ten",
        "ter",
        "van",
        "von",
        "zu",
    }
)


def recognise(turn: Turn) -> Steps[tuple[KnownPerson, ...]]:
    """Fill in the patient if the message and the address leave no doubt; ask nothing.

    Returns everybody the draft may mean: one when it is settled.
    """
    people = yield from _people()
    chosen = turn.fill().patient
    fitting = tuple(person for person in people if person.key == chosen)
    fitting = fitting or _fitting(turn.fill(), people)
    surely = chosen is not None or turn.fill().person is not Person.OTHER or turn.fill().name
    if len(fitting) == 1 and surely:
        turn.fill(patient=fitting[0].key, patient_name=fitting[0].name)
    return fitting


def identify(turn: Turn) -> Steps[bool]:
    """Bring the draft to a patient, or ask for what is missing; True when the patient is known.

    A known person is asked nothing. A new one is asked for name and birth date, and only for what
    they have not said already.
    """
    draft = turn.fill()
    if draft.patient is not None:
        return True
    people = yield from _people()
    fitting = _fitting(draft, people)
    # "For a friend" may be the one we know, or another.
    if fitting or _unclear(draft, people):
        _ask_which(turn, fitting or people)
        return False
    if draft.person is None and any(person.relation is Person.SELF for person in people):
        # The writer is known, and named somebody else.
        draft = turn.fill(person=Person.OTHER)
    return (yield from _register(turn, draft))


def _people() -> Steps[tuple[KnownPerson, ...]]:
    found = yield FindPeople()
    if not isinstance(found, PeopleFound):
        raise TypeError(f"expected people, got {type(found).__name__}")
    return found.people


def _fitting(draft: Draft, people: tuple[KnownPerson, ...]) -> tuple[KnownPerson, ...]:
    """Return the known people the draft may mean."""
    if draft.is_new:
        return ()
    if draft.name:
        wanted = _words(draft.name)
        named = tuple(person for person in people if wanted <= _words(person.name))
        if named or draft.person is None:
            return named
        return ()
    if draft.person in (None, Person.SELF):
        return tuple(person for person in people if person.relation is Person.SELF)
    relations = CHILDREN if draft.person in CHILDREN else {draft.person}
    exact = tuple(person for person in people if person.relation is draft.person)
    return exact or tuple(
        person
        for person in people
        if person.relation in relations and Person.CHILD in (person.relation, draft.person)
    )


def _unclear(draft: Draft, people: Iterable[KnownPerson]) -> bool:
    """Somebody is known here, but not the writer, and nobody was named."""
    unnamed = draft.person is None and draft.name is None and not draft.is_new
    return unnamed and any(True for _ in people)


def _ask_which(turn: Turn, people: tuple[KnownPerson, ...]) -> None:
    known = tuple(
        Option(f"patient:{person.key}", say("person_label", name=person.name)) for person in people
    )
    others = (
        []
        if any(person.relation is Person.SELF for person in people)
        else [Option("person:self", say("person_self"))]
    )
    others.append(Option("person:other", say("person_other")))
    turn.ask(Asked.PERSON, "ask_person", (*known, *others))


def _register(turn: Turn, draft: Draft) -> Steps[bool]:
    person = draft.person or Person.SELF
    if draft.name is None:
        turn.ask(Asked.NAME, f"ask_name_{person}")
        return False
    first, last = split_name(draft.name)
    if not last:
        turn.ask(Asked.NAME, "ask_last_name", name=first)
        return False
    born = draft.date_of_birth
    if born is not None and not _plausible(born, turn.situation.today):
        born = None
        turn.fill(date_of_birth=None)
        turn.say("birth_date_impossible")
    if born is None:
        turn.ask(Asked.DATE_OF_BIRTH, f"ask_birth_date_{person}", name=first)
        return False
    registered = yield RegisterPatient(first, last, born, _relation(draft, born, turn))
    if isinstance(registered, PatientRegistered):
        known = registered.person
        turn.fill(patient=known.key, patient_name=known.name)
        return True
    if not isinstance(registered, Refused):
        raise TypeError(f"expected a registration, got {type(registered).__name__}")
    turn.say(f"refused_{registered.refusal}")
    turn.draft = None
    return False


def _relation(draft: Draft, born: date, turn: Turn) -> Person:
    """Who writes for a minor without saying so is taken for a parent, not for the child."""
    if draft.person not in (None, Person.OTHER):
        return draft.person
    today = turn.situation.today
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return Person.CHILD if age < AGE_OF_MAJORITY else draft.person or Person.SELF


def _plausible(born: date, today: date) -> bool:
    return today.year - OLDEST <= born.year and born <= today


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name; the last name is empty when there is only one word."""
    words = name.split()
    if len(words) < 2:
        return name.strip(), ""
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def _words(name: str) -> frozenset[str]:
    return frozenset(name.casefold().split())
