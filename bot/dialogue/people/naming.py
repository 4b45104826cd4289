"""What is said of a patient, in the draft: who it is to the writer, a name, a birth date; and what
of it puts right what was said before."""

from dataclasses import replace
from difflib import get_close_matches

from bot.dialogue.people.whom import CHILDREN, age_of, split_name
from bot.dialogue.state import Draft, Noted
from bot.dialogue.turn import Turn
from bot.messages import Asked
from bot.understanding.values import Entities, Person


def take(turn: Turn, said: Entities) -> None:
    """Write it into the draft. Of somebody whom this conversation has just noted it is a
    correction; of anybody else another name is another person's."""
    if said.person is not None and said.person is not turn.fill().person:
        _relation(turn, said.person)
    if said.name:
        _name(turn, said)
    born, draft = said.date_of_birth, turn.fill()
    if born is None or born == draft.date_of_birth:
        return
    if draft.patient is not None and draft.together == 1 and noted_in(turn) is None:
        turn.mistaken = draft.patient
        return
    turn.fill(date_of_birth=born)
    put_right(turn)


def _relation(turn: Turn, person: Person) -> None:
    draft, noted = turn.fill(), noted_in(turn)
    unsaid = draft.person in (None, Person.CHILD) and person in CHILDREN
    if unsaid and noted is not None and _is_minor(noted, turn):
        turn.fill(person=person)  # "It's my daughter": whose age has told as much.
        put_right(turn)
        return
    turn.fill(
        person=person,
        is_new=False,
        patient=None,
        patient_name=None,
        name=None,
        date_of_birth=None,
        corrects=None,
    )


def _is_minor(noted: Noted, turn: Turn) -> bool:
    return age_of(noted.date_of_birth, turn.situation.today) < turn.situation.majority


def _name(turn: Turn, said: Entities) -> None:
    draft, noted = turn.fill(), noted_in(turn)
    known = draft.name or (noted.name if noted else None)
    name = whole_name(said.name or "", known, asked=_asked(turn))
    if name == draft.name:
        return
    is_known = noted is None and draft.patient is not None and draft.together == 1
    if is_known and _is_slip(name, draft.patient_name or ""):
        turn.mistaken = draft.patient
        return
    if noted is not None and is_like(name, noted.name) and not _is_another(said, noted):
        turn.fill(name=name, date_of_birth=draft.date_of_birth or noted.date_of_birth)
        put_right(turn)
        return
    # What was said of somebody who is settled is not said of another.
    is_settled = draft.patient is not None or draft.corrects is not None
    born = None if is_settled else draft.date_of_birth
    turn.fill(name=name, date_of_birth=born, patient=None, patient_name=None, corrects=None)


# What has answered it already.
NOTED = ("noted", "day_noted", "birth_date_noted", "sees_until_age", "sees_from_age")
# Questions but for those that say back who it is for, or ask for just that.
OTHER_QUESTIONS = frozenset(
    {Asked.SLOT, Asked.DATE, Asked.DATE_TIME, Asked.TIME, Asked.SPECIALTY, Asked.PRACTITIONER}
)


def acknowledge(turn: Turn) -> None:
    """Whoever said who it is for, to a question that is asked once more, was heard all the same."""
    draft, before, question = turn.draft, turn.before.draft, turn.before.question
    if draft is None or before is None or question is None:
        return
    if turn.asked is not question.asked or turn.asked not in OTHER_QUESTIONS:
        return
    now = {draft.name, draft.date_of_birth, draft.person} - {None}
    if now - {before.name, before.date_of_birth, before.person} and not turn.has_said(*NOTED):
        turn.say_first("noted")


def put_right(turn: Turn) -> None:
    """Have the record follow what the draft says now, if it is one of this conversation's."""
    draft, noted = turn.fill(), noted_in(turn)
    if noted is None:
        return
    turn.fill(
        corrects=noted.patient,
        patient=None,
        name=draft.name or noted.name,
        person=draft.person or noted.person,
    )


def unsay_birth_date(turn: Turn) -> None:
    """It was the last answer, and is asked for anew."""
    turn.fill(named_last=False, date_of_birth=None)
    put_right(turn)


def noted_in(turn: Turn) -> Noted | None:
    """Return whom the draft is for, if this conversation has just noted them."""
    draft = turn.fill()
    whom = None if draft.together > 1 else draft.corrects or draft.patient
    return next((each for each in turn.noted if each.patient == whom), None)


def whole_name(said: str, known: str | None, *, asked: Asked | None = None) -> str:
    """The last name, asked for on its own; "it's Smith, not Smyth" puts right the word that is
    most like it."""
    if known is None or len(said.split()) > 1:
        return said
    if not split_name(known)[1]:
        return f"{known} {said}" if asked is Asked.NAME else said
    wrong = get_close_matches(said, known.split(), n=1)
    return known.replace(wrong[0], said) if wrong else said


def _is_slip(name: str, known: str) -> bool:
    """ "It's Mora, not Mota", of somebody who is known."""
    return len(name.split()) == 1 and is_other_spelling(name, known)


def _is_another(said: Entities, noted: Noted) -> bool:
    """A whole name and a birth date, both not theirs: a sister, maybe."""
    is_whole = len((said.name or "").split()) > 1
    return is_whole and said.date_of_birth not in (None, noted.date_of_birth)


def is_other_spelling(name: str, known: str) -> bool:
    """Tell whether it is that name, but for a letter or two."""
    return is_like(name, known) and not set(name.split()) <= set(known.split())


def is_like(name: str, other: str) -> bool:
    """Tell whether it is the same name, written otherwise: "Ana Mora" for "Ana Mota"."""
    words = other.casefold().split()
    return all(get_close_matches(word, words, n=1) for word in name.casefold().split())


def _asked(turn: Turn) -> Asked | None:
    return turn.before.question.asked if turn.before.question else None


def draft_of(noted: Noted, draft: Draft) -> Draft:
    """Return the draft, about somebody who was noted before."""
    return replace(
        draft,
        person=noted.person,
        name=noted.name,
        date_of_birth=noted.date_of_birth,
        patient=noted.patient,
        patient_name=noted.name,
    )
