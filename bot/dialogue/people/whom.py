"""Whose visit it is: a person this address already speaks for, or somebody new to register."""

from collections.abc import Iterable
from datetime import date

from bot.dialogue.commands import CorrectPatient, FindPeople, RegisterPatient
from bot.dialogue.outcomes import PatientRegistered, PeopleFound, Refused
from bot.dialogue.state import Draft, Noted
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.values import Claimed, KnownPerson
from bot.messages import Asked
from bot.understanding.values import Person

MOST_NOTED = 3  # As many as may come together.
OLDEST = 130  # Years; nobody documented has lived longer.
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
    if turn.fill().corrects is not None:
        return ()  # Under the name that was mistaken they are known.
    people = yield from known_people()
    if _says_it_all(turn.fill(), people):
        return ()  # The birth date tells, once it is time to ask who it is.
    chosen = turn.fill().patient
    fitting = tuple(person for person in people if person.key == chosen)
    fitting = fitting or fitting_people(turn.fill(), people)
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
    if draft.corrects is not None:
        return (yield from _register(turn, draft))
    people = yield from known_people()
    fitting = () if _says_it_all(draft, people) else fitting_people(draft, people)
    # "For a friend" may be the one we know, or another.
    if fitting or _unclear(draft, people):
        _ask_which(turn, fitting or people, draft.person)
        return False
    if draft.person is None and any(person.relation is Person.SELF for person in people):
        # The writer is known, and named somebody else.
        draft = turn.fill(person=Person.OTHER)
    return (yield from _register(turn, draft))


def _says_it_all(draft: Draft, people: tuple[KnownPerson, ...]) -> bool:
    """The whole name of somebody known, and a birth date: that tells a father from a son."""
    if draft.patient is not None or draft.name is None or draft.date_of_birth is None:
        return False
    return any(_words(draft.name) == _words(person.name) for person in people)


def known_people() -> Steps[tuple[KnownPerson, ...]]:
    found = yield FindPeople()
    if not isinstance(found, PeopleFound):
        raise TypeError(f"expected people, got {type(found).__name__}")
    return found.people


def fitting_people(draft: Draft, people: tuple[KnownPerson, ...]) -> tuple[KnownPerson, ...]:
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


def _ask_which(turn: Turn, people: tuple[KnownPerson, ...], said: Person | None) -> None:
    """Ask which of them, the writer or somebody else; of whom a relation was `said`, only that."""
    known = tuple(
        Option(f"patient:{person.key}", say("person_label", name=person.name)) for person in people
    )
    is_settled = said is not None or any(person.relation is Person.SELF for person in people)
    others = [] if is_settled else [Option("person:self", say("person_self"))]
    others.append(Option(f"person:{said or Person.OTHER}", say("person_other")))
    turn.ask(Asked.PERSON, "ask_person", (*known, *others))


def _register(turn: Turn, draft: Draft) -> Steps[bool]:
    said = claimed(turn, draft)
    if said is None:
        return False
    if draft.corrects is not None:
        registered = yield CorrectPatient(draft.corrects, said)
    else:
        registered = yield RegisterPatient(
            said.first_name, said.last_name, said.date_of_birth, said.relation
        )
    if isinstance(registered, PatientRegistered):
        _settle(turn, draft, registered, said)
        return True
    if not isinstance(registered, Refused):
        raise TypeError(f"expected a registration, got {type(registered).__name__}")
    turn.say(f"refused_{registered.refusal}")
    turn.draft = None
    return False


def _settle(turn: Turn, draft: Draft, registered: PatientRegistered, said: Claimed) -> None:
    """Remember whom this conversation has noted, so that it can put right what was mistaken."""
    known, asked = registered.person, turn.before.question
    if not registered.was_known:
        before = next((each for each in turn.noted if each.patient == draft.corrects), None)
        noted = Noted(known.key, known.name, said.date_of_birth, draft.person)
        remember(turn, noted, instead=before)
    was_asked = asked is not None and asked.asked in (Asked.NAME, Asked.DATE_OF_BIRTH)
    turn.fill(
        patient=known.key,
        patient_name=known.name,
        corrects=None,
        named_last=was_asked or draft.corrects is not None,
    )


def remember(turn: Turn, noted: Noted, instead: Noted | None = None) -> None:
    """Keep in mind whom this conversation has noted; a birth date put right is said back, since
    nothing else shows it."""
    others = (each for each in turn.noted if each != instead and each.patient != noted.patient)
    turn.noted = (*others, noted)[-MOST_NOTED:]
    if instead is not None and instead.date_of_birth != noted.date_of_birth:
        turn.say("birth_date_noted", birth_date=noted.date_of_birth)


def claimed(turn: Turn, draft: Draft) -> Claimed | None:
    """Return who they say they are, or write for; None if something is missing, and asked now."""
    person = draft.person or Person.SELF
    born = draft.date_of_birth
    if born is not None and not _plausible(born, turn.situation.today):
        born = None
        turn.fill(date_of_birth=None)
        turn.say("birth_date_impossible")
    if draft.name is None:
        turn.ask(Asked.NAME, f"ask_name_{person}" if born is None else "ask_name_only")
        return None
    first, last = split_name(draft.name)
    if not last:
        key = "ask_last_name_and_birth" if born is None else "ask_last_name"
        turn.ask(Asked.NAME, key, name=first)
        return None
    if born is None:
        whose = Person.OTHER if draft.corrects else person  # That one thanks for the name.
        turn.ask(Asked.DATE_OF_BIRTH, f"ask_birth_date_{whose}", name=first)
        return None
    return Claimed(first, last, born, _relation(draft, born, turn))


def _relation(draft: Draft, born: date, turn: Turn) -> Person:
    """Who writes for a minor without saying so is taken for a parent, not for the child."""
    if draft.person not in (None, Person.OTHER):
        return draft.person
    age = age_of(born, turn.situation.today)
    return Person.CHILD if age < turn.situation.majority else draft.person or Person.SELF


def age_of(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


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
