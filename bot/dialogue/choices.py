"""Choices: which one a message means, and what picking it does."""

from dataclasses import replace

from bot.dialogue import reschedule
from bot.dialogue.commands import AlertStaff
from bot.dialogue.fill import USEFUL, choose_person
from bot.dialogue.offer import refuse_offer
from bot.dialogue.state import Task
from bot.dialogue.tasks import REFUSALS, STARTS, accept, advance, at_confirmation, begin, drop
from bot.dialogue.turn import Steps, Turn
from bot.dialogue.values import Alert
from bot.dialogue.visits import list_visits
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Person

# In a message of another intent a number belongs to that wish, and picks nothing.
CHOOSING = REFUSALS | {Intent.INFORM, Intent.YES, Intent.BOOK}


def meant_option(turn: Turn, intent: Intent, said: Entities, number: int | None) -> str | None:
    """Return the code of the choice that the words mean, None when they mean none of them."""
    question = turn.before.question
    options = question.options if question else ()
    # "10" where ten o'clock has been offered is that slot; to "shall I book it?" it is no yes.
    is_hour = at_confirmation(turn) and number is not None and number != said.choice
    if said.choice is not None and intent in CHOOSING and not is_hour:
        offered = tuple(
            f"slot:{index}" for index in range(len(turn.draft.offer if turn.draft else ()))
        )
        # "Actually the second one", when the list has been answered already, corrects the answer;
        # but with three choices in view it is one of those.
        is_answered = at_confirmation(turn) and "instead" not in options
        corrects = not options or (is_answered and len(offered) > 1 and number is None)
        listed = offered if corrects else options
        index = said.choice - 1 if said.choice > 0 else len(listed) + said.choice
        return listed[index] if 0 <= index < len(listed) else None
    if not at_confirmation(turn) or said.said() & USEFUL:
        return None
    # "Book it", "cancel it", "move it" to the question whether to do just that.
    repeats = turn.draft is not None and STARTS.get(intent) is turn.draft.task
    if repeats or intent in (Intent.YES, Intent.CONFIRM):
        return options[0]
    if turn.held is not None and turn.held.beside is not None:
        if intent is Intent.RESCHEDULE:
            return "instead"
        if intent is Intent.NO:
            return "drop"  # The visit that there is will do.
    return options[-1] if intent in REFUSALS else None


def act_on(turn: Turn, code: str) -> Steps[None]:
    """Act on a choice, however it was made: by number, words or button."""
    kind, _, value = code.partition(":")
    match kind:
        case "yes":
            yield from accept(turn)
        case "other_time":
            _other_time(turn)
        case "instead":
            reschedule.take_instead(turn)
            yield from advance(turn)
        case "drop":
            keeps = turn.draft is not None and turn.draft.task is Task.CANCEL
            drop(turn, "kept" if keeps else "dropped")
        case "menu":
            yield from _menu(turn, value)
        case _:
            _fill_in(turn, kind, value)
            yield from advance(turn)


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
        case "specialty":
            turn.fill(specialty=value)
        case "practitioner":
            turn.fill(practitioner=int(value), specialty=None)
        case "patient":
            turn.fill(patient=int(value))
        case "person":
            choose_person(turn, Person(value))
            turn.fill(is_new=True)


def _other_time(turn: Turn) -> None:
    """The slot is right but for its time: the rest of the wish stays."""
    refuse_offer(turn)
    draft = turn.fill(when=replace(turn.fill().when, earliest=False, days=(), minute=None))
    turn.ask(Asked.DATE_TIME, "ask_other_time", who=draft)


def _menu(turn: Turn, value: str) -> Steps[None]:
    if value == "human":
        yield AlertStaff(Alert.HANDOVER)
        turn.say(f"alerted_{Alert.HANDOVER}")
    elif value == "list":
        yield from list_visits(turn)
    else:
        yield from begin(turn, Task.BOOK, Entities())
