"""What was noted of a patient is wrong: put right where that may be, else told to staff.

Whom this conversation has just noted it may put right as long as nothing is booked for them. What
is on file of anybody else only staff change: they are told, and the patient hears so.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from difflib import get_close_matches

from bot.dialogue.commands import CorrectPatient, ReportMistake
from bot.dialogue.outcomes import PatientRegistered
from bot.dialogue.people import naming
from bot.dialogue.people.naming import noted_in
from bot.dialogue.people.whom import remember, split_name
from bot.dialogue.state import Companion, Draft, Noted, Task
from bot.dialogue.turn import Heard, Steps, Turn
from bot.dialogue.values import Claimed, Visit
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Person

# Messages that may say no more than what is wrong.
CORRECTING = frozenset(
    {Intent.INFORM, Intent.NO, Intent.BACK, Intent.UNDO, Intent.REPEAT, Intent.OUT_OF_SCOPE}
    # "That's not my name: it's Mora, not Mota."
    | {Intent.WRONG_PERSON}
)
OF_A_PERSON = frozenset({"name", "date_of_birth", "ambiguous", "not_dates"})
IDENTITY = (Asked.NAME, Asked.DATE_OF_BIRTH)
NUMBERS = re.compile(r"\d+")
WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """Take what a message says of a mistake; False if it says none, or more than that."""
    said, intent = heard.understanding.entities, heard.understanding.intent
    if intent not in CORRECTING:
        return False
    if turn.draft is not None:
        return (yield from _hear_of_draft(turn, said))
    said = replace(said, name=said.name or _spelt_otherwise(turn.text, _names(turn)))
    if not said.said() <= OF_A_PERSON or not (said.name or said.date_of_birth or _is_hinted(said)):
        return False
    noted = _meant(turn, said)
    if noted is not None:
        turn.draft = naming.draft_of(noted, Draft(Task.REGISTER, is_new=True))
        if _is_hinted(said):
            _say_otherwise(turn, noted.date_of_birth)
        naming.take(turn, said)
        return True
    visit = turn.done.visit if turn.done else None
    if visit is None or not _may_be(said, visit.patient_name):
        return False
    yield from _report(turn, visit.patient, "passed_on")
    return True


def _is_hinted(said: Entities) -> bool:
    """A birth date is spoken of, and not said."""
    return "date_of_birth" in said.ambiguous and said.date_of_birth is None


def _meant(turn: Turn, said: Entities) -> Noted | None:
    """Return whom of those just noted the words put right: the last, unless another is named."""
    fitting = [each for each in turn.noted if _may_be(said, each.name)]
    return fitting[-1] if fitting else None


def _may_be(said: Entities, known: str) -> bool:
    """Nobody is named, or somebody who is called otherwise, but not quite."""
    return said.name is None or naming.is_other_spelling(said.name, known)


def _hear_of_draft(turn: Turn, said: Entities) -> Steps[bool]:
    """ "The birth date is wrong", "born on the 5th, not the 3rd": put right as far as the words
    tell how, else given up, to be asked for anew."""
    draft, question = turn.fill(), turn.before.question
    if question is not None and question.asked in IDENTITY:
        return False
    noted = noted_in(turn)
    known = (draft.patient_name or "", *(each.name for each in draft.companions))
    if said.name is None and (name := _spelt_otherwise(turn.text, known)):
        naming.take(turn, replace(said, name=name))
        return True
    if not _is_hinted(said) or not said.said() <= OF_A_PERSON | {"person"}:
        return False
    if noted is None and draft.patient is not None and draft.together == 1:
        yield from _report(turn, draft.patient, "passed_on_known")
        return True
    born = noted.date_of_birth if noted else draft.date_of_birth
    if born is None:
        return False
    _say_otherwise(turn, born)
    return True


def _names(turn: Turn) -> tuple[str, ...]:
    visit = turn.done.visit if turn.done else None
    return (*(each.name for each in turn.noted), *((visit.patient_name,) if visit else ()))


def _spelt_otherwise(text: str, known: Collection[str]) -> str | None:
    """ "Não é Mota, é Mora": the name as it was, and one much like it, in whatever words."""
    ours = {word for name in known for word in name.split()}
    words = list(dict.fromkeys(WORDS.findall(text)))
    said = [word for word in words if word in ours]
    others = [
        word
        for word in words
        if word not in ours and word[0].isupper() and get_close_matches(word, said, n=1)
    ]
    return others[0] if len(others) == 1 else None


def _say_otherwise(turn: Turn, born: date) -> None:
    turn.fill(date_of_birth=_another_day(born, turn.text))
    naming.put_right(turn)


def _another_day(born: date, text: str) -> date | None:
    """ "The 5th, not the 3rd": of the same month and year."""
    numbers = [int(each) for each in NUMBERS.findall(text)]
    others = [each for each in numbers if each != born.day]
    if len(numbers) != 2 or len(others) != 1:
        return None
    try:
        return born.replace(day=others[0])
    except ValueError:
        return None


def stands(turn: Turn, visit: Visit) -> None:
    """Of who has a visit only staff change what is noted."""
    turn.noted = tuple(each for each in turn.noted if each.patient != visit.patient)


def report(turn: Turn) -> Steps[None]:
    """What was said in this turn of somebody on file is for staff to change."""
    if turn.mistaken is not None:
        yield from _report(turn, turn.mistaken, "passed_on_known")


def _report(turn: Turn, patient: int, key: str) -> Steps[None]:
    yield ReportMistake(patient, turn.text)
    turn.say_first(key)
    turn.mistaken = None


# Of several who come together.


def put_right_one(turn: Turn) -> Steps[None]:
    """A name or a birth date that was said of one whom we have taken down already."""
    draft = turn.fill()
    place = _meant_one(turn, draft)
    if place is None:
        return
    meant = draft.companions[place]
    turn.fill(name=None, date_of_birth=None, person=None)
    noted = next((each for each in turn.noted if each.patient == meant.patient), None)
    if noted is None:
        turn.mistaken = meant.patient
        return
    name = naming.whole_name(draft.name, noted.name) if draft.name else noted.name
    born = draft.date_of_birth or noted.date_of_birth
    relation = noted.person or Person.OTHER
    registered = yield CorrectPatient(meant.patient, Claimed(*split_name(name), born, relation))
    if not isinstance(registered, PatientRegistered):
        raise TypeError(f"expected a registration, got {type(registered).__name__}")
    remember(turn, Noted(registered.person.key, name, born, noted.person), instead=noted)
    companions = list(draft.companions)
    companions[place] = Companion(registered.person.key, registered.person.name)
    turn.fill(companions=tuple(companions))


def _meant_one(turn: Turn, draft: Draft) -> int | None:
    """Return which of them it is: who is called like that, or named in the message; or the last,
    once all are known."""
    if draft.name is None and draft.date_of_birth is None:
        return None
    all_known = len(draft.companions) == draft.together
    for place, companion in enumerate(draft.companions):
        if draft.name is None:
            is_meant = companion.name.split()[0] in WORDS.findall(turn.text)
        else:  # A whole name is rather the next one's, who has been asked for.
            fits = all_known or len(draft.name.split()) == 1
            is_meant = fits and naming.is_other_spelling(draft.name, companion.name)
        if is_meant:
            return place
    return len(draft.companions) - 1 if all_known and draft.name is None else None
