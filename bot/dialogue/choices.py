"""Choices: which one a message means, and what picking it does."""

from dataclasses import replace
from datetime import date

from bot.dialogue import which_list
from bot.dialogue.fill import USEFUL, choose_person
from bot.dialogue.handoff import hand_over
from bot.dialogue.in_hand import (
    GIVES_UP,
    PROCEDURES,
    REFUSALS,
    STARTS,
    accept,
    advance,
    at_confirmation,
    begin,
    drop,
    resume,
)
from bot.dialogue.language import talk_in
from bot.dialogue.offers.days import take_day, turn_page
from bot.dialogue.offers.offer import refuse_offer
from bot.dialogue.offers.refine import somebody_else
from bot.dialogue.questions import ask
from bot.dialogue.state import Question, Task
from bot.dialogue.tasks import reschedule, waitlist
from bot.dialogue.tasks.visits import list_visits
from bot.dialogue.turn import Steps, Turn
from bot.messages import Asked
from bot.understanding.values import Entities, Flexible, Intent, Person

# In a message of another intent a number belongs to that wish, and picks nothing.
OTHER_TIME = "other_time"
# What the first choice of a list is agreed to with.
AGREED = {
    "offer_person": {Intent.YES},
    "offer_call": {Intent.YES},
    which_list.ASKING: {Intent.WAITLIST},
}
_BY_TIME = (Flexible.SOONER, Flexible.LATER, Flexible.EARLIEST, Flexible.LATEST)
CHOOSING = REFUSALS | {Intent.INFORM, Intent.YES, Intent.BOOK, Intent.BACK}


def meant_option(turn: Turn, intent: Intent, said: Entities, number: int | None) -> str | None:
    """Return the code of the choice that the words mean, None when they mean none of them."""
    question = turn.before.question
    options = question.options if question else ()
    if (exactly := _in_its_words(turn)) is not None:
        return exactly
    # "10" where ten o'clock has been offered is that slot; to "shall I book it?" it is no yes.
    is_hour = at_confirmation(turn) and number is not None and number != said.choice
    is_shifted = said.shift_minutes is not None  # "The second, but half an hour later."
    if said.choice is not None and intent in CHOOSING and not (is_hour or is_shifted):
        return _picked(turn, said, _listed(turn, options, said, typed=number is not None))
    if question is not None and _takes_first(question, intent, said):
        return options[0]
    gives_up = said.topic == GIVES_UP and OTHER_TIME in options
    if not at_confirmation(turn) or said.said() & USEFUL or gives_up:
        return None
    # "Book it", "cancel it", "move it" to the question whether to do just that.
    repeats = turn.draft is not None and STARTS.get(intent) is turn.draft.task
    if repeats or intent is Intent.YES:
        return options[0]
    if turn.held is not None and turn.held.beside is not None:
        if intent is Intent.RESCHEDULE:
            return "instead"
        if intent is Intent.NO:
            return "drop"  # The visit that there is will do.
    if intent in (Intent.ALTERNATIVES, Intent.MORE) and OTHER_TIME in options:
        return "others"
    return options[-1] if intent in REFUSALS else None


def _picked(turn: Turn, said: Entities, listed: tuple[str, ...]) -> str | None:
    place = said.choice or 0
    if said.practitioner and turn.draft and turn.draft.candidates:
        return None  # "No, the first one, Anita": it is she who is meant.
    index = place - 1 if place > 0 else len(listed) + place
    return listed[index] if 0 <= index < len(listed) else None


def _listed(
    turn: Turn, options: tuple[str, ...], said: Entities, *, typed: bool
) -> tuple[str, ...]:
    """Return the list that "the second one" speaks of.

    When it has been answered already it corrects the answer; but with three choices in view it is
    one of those, and so is a number that was typed. "The earliest" is a time, never a yes.
    """
    before = _listed_before(turn)
    is_answered = at_confirmation(turn) and ("instead" not in options or said.flexible in _BY_TIME)
    corrects = not options or (is_answered and len(before) > 1 and not typed)
    return before if corrects else options


def _listed_before(turn: Turn) -> tuple[str, ...]:
    """Return the choices that were answered: the times that were on offer, else the people."""
    draft = turn.draft
    if draft is None:
        return ()
    if len(draft.offer) < 2 and draft.candidates:
        return tuple(f"practitioner:{key}" for key in draft.candidates)
    return tuple(f"slot:{index}" for index in range(len(draft.offer)))


def _in_its_words(turn: Turn) -> str | None:
    """Return the choice whose very words were typed, whatever else they would mean."""
    question, text = turn.before.question, turn.text.strip().casefold()
    labels = [label.casefold() for label in question.labels] if question else []
    if question is None or labels.count(text) != 1:
        return None
    return question.code_at(labels.index(text) + 1)


def _takes_first(question: Question, intent: Intent, said: Entities) -> bool:
    if question.asked is Asked.SLOT:
        return _any_will_do(intent, said)
    return intent in AGREED.get(question.key, ())


def _any_will_do(intent: Intent, said: Entities) -> bool:
    """ "Whichever", "the earliest", "all right" to a list of times is its first."""
    if intent is Intent.YES:
        return not said.said() & (USEFUL | {"ambiguous"})
    anything = said.flexible in (Flexible.ANY, Flexible.EARLIEST)
    return anything and intent is Intent.INFORM and not (said.said() & USEFUL) - {"flexible"}


def act_on(turn: Turn, code: str) -> Steps[None]:
    """Act on a choice, however it was made: by number, words or button."""
    kind, _, value = code.partition(":")
    match kind:
        case "yes":
            yield from accept(turn)
        case "others":
            yield from _others(turn)
        case "other_time":
            yield from _other_time(turn)
        case "instead":
            reschedule.take_instead(turn)
            yield from advance(turn)
        case "drop":
            keeps = turn.draft is not None and turn.draft.task is Task.CANCEL
            drop(turn, "kept" if keeps else "dropped")
        case "menu" | "language" | "days":
            yield from _turn_to(turn, kind, value)
        case "waitlist" | "unlist" | "optout":
            yield from _on_or_off_list(turn, kind)
        case ask.LOOK:
            yield from ask.look(turn, value)
        case _:
            if turn.draft and (yield from PROCEDURES[turn.draft.task].choose(turn, kind, value)):
                return
            _fill_in(turn, kind, value)
            yield from resume(turn)  # Unless the visit stays, as there is nobody else to see.


def _on_or_off_list(turn: Turn, kind: str) -> Steps[None]:
    match kind:
        case "waitlist":
            yield from waitlist.from_search(turn)
        case "unlist":
            yield from waitlist.leave(turn, Entities())
        case _:
            yield from which_list.opt_out(turn)


def _turn_to(turn: Turn, kind: str, value: str) -> Steps[None]:
    """Something else to choose from, or to be said in another language."""
    match kind:
        case "menu":
            yield from _menu(turn, value)
        case "language":
            yield from talk_in(turn, value)
        case _:
            turn_page(turn, date.fromisoformat(value))


def _fill_in(turn: Turn, kind: str, value: str) -> None:
    """Write the thing that was picked from a list into the draft."""
    draft = turn.fill()
    match kind:
        case "slot":
            turn.fill(slot=draft.offer[int(value)])
        case "visit" if draft.task is Task.RESCHEDULE:
            reschedule.take(turn, turn.visits[int(value)])
        case "visit":
            turn.fill(visit=turn.visits[int(value)])
        case "day":
            take_day(turn, date.fromisoformat(value))
        case "specialty":
            turn.fill(specialty=value)
        case "practitioner":
            turn.fill(practitioner=int(value), specialty=None, slot=None, offer=())
        case "patient":
            turn.fill(patient=int(value))
        case "person":
            choose_person(turn, Person(value))
            turn.fill(is_new=True)


def _others(turn: Turn) -> Steps[None]:
    """Others than the one that was shown: with somebody else, where that was left to us."""
    if somebody_else(turn):
        yield from advance(turn)
    else:
        yield from _other_time(turn)


def _other_time(turn: Turn) -> Steps[None]:
    """The slot is right but for its time: the rest of the wish stays."""
    refuse_offer(turn)
    if turn.fill().when.earliest:
        yield from advance(turn)  # As early as possible, then, but not that early.
        return
    when = turn.fill().when
    if when.is_relative:
        when = replace(when, after=None, before=None, beside=None)
    draft = turn.fill(when=replace(when, earliest=False, latest=False, days=(), minute=None))
    turn.ask(Asked.DATE_TIME, "ask_other_time", who=draft)


def _menu(turn: Turn, value: str) -> Steps[None]:
    if value == "human":
        yield from hand_over(turn)
    elif value == "list":
        yield from list_visits(turn)
    elif turn.draft is not None and turn.draft.task is Task.BOOK:
        yield from advance(turn)  # The booking in hand goes on.
    else:
        yield from begin(turn, Task.BOOK, Entities())
