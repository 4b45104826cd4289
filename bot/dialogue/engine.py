"""The dialogue: a message in, replies and a new state out, and commands in between.

`respond` is pure: it asks for commands by yielding them and is told their outcomes. `converse`
runs it against something that can perform them.
"""

from collections.abc import Callable

from bot.dialogue import danger, left
from bot.dialogue.choices import act_on, meant_option
from bot.dialogue.commands import Command
from bot.dialogue.fill import USEFUL
from bot.dialogue.handoff import meanwhile
from bot.dialogue.in_hand import (
    PROCEDURES,
    book_instead,
    come_back,
    go_on,
    is_of_settled,
    not_understood,
    resume,
)
from bot.dialogue.introduction import introduce, is_help_word
from bot.dialogue.offers.days import show_days
from bot.dialogue.offers.offer import release
from bot.dialogue.outcomes import Outcome
from bot.dialogue.people import mistakes, naming, strangers, verify, whose
from bot.dialogue.prompts import prompted
from bot.dialogue.questions import ask
from bot.dialogue.standstill import break_off
from bot.dialogue.state import DeedKind, State
from bot.dialogue.turn import (
    Answer,
    Event,
    Heard,
    Option,
    Pressed,
    Prompted,
    Shared,
    Situation,
    Steps,
    Turn,
    Unreadable,
    say,
)
from bot.dialogue.wishes import GUESSES, SEVERAL, resume_unless_asked, see_to
from bot.messages import Asked
from bot.understanding.values import ACT, ASK, Entities, Intent, Wish

Perform = Callable[[Command], Outcome]

# More commands than any honest turn needs; beyond it something is wrong, and the patient is given
# a person's number instead of silence.
MOST_COMMANDS = 32
GUESS = "guess"


class TooManyCommands(RuntimeError):  # noqa: N818
    """The dialogue went round in circles."""


def converse(state: State, event: Event, situation: Situation, perform: Perform) -> Answer:
    """Run one turn. Raises TooManyCommands when it does not end."""
    steps = respond(state, event, situation)
    try:
        command = next(steps)
        for _ in range(MOST_COMMANDS):
            command = steps.send(perform(command))
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise TooManyCommands(type(command).__name__)


def respond(state: State, event: Event, situation: Situation) -> Steps[Answer]:
    turn = Turn(state, situation)
    if not (yield from _first_things(turn, event)):
        yield from _take_in(turn, event)
        yield from mistakes.report(turn)
        naming.acknowledge(turn)
    if not turn.unasked:  # What is said first speaks of nothing else.
        yield from _see_to_the_rest(turn)
    break_off(turn)
    if turn.speaks and not (turn.urgent or isinstance(event, Prompted)):
        left.tell(turn)
    yield from show_days(turn)
    if turn.draft is None or turn.draft.slot is None:
        yield from release(turn)  # Nobody is being asked about it any more.
    return turn.answer()


def _first_things(turn: Turn, event: Event) -> Steps[bool]:
    """What goes before all else: danger, and that somebody else answers here."""
    if isinstance(event, Heard) and event.understanding.intent is Intent.EMERGENCY:
        yield from danger.emergency(turn, event.understanding)
        return True
    if turn.with_person:
        yield from strangers.unanswered(turn, event)
        return (yield from meanwhile(turn, event))
    return (yield from danger.afterwards(turn, event))


def _take_in(turn: Turn, event: Event) -> Steps[None]:
    match event:
        case Unreadable(too_long):
            turn.say("too_long" if too_long else "unreadable")
            yield from resume(turn)
        case Pressed(list_id, index):
            yield from _pressed(turn, list_id, index)
        case Heard():
            yield from _heard(turn, event)
        case Shared():
            yield from verify.shared(turn, event)
            yield from resume_unless_asked(turn)
        case Prompted(prompt):
            yield from prompted(turn, prompt)


def _pressed(turn: Turn, list_id: str, index: int) -> Steps[None]:
    question = turn.before.question
    code = question.code_at(index) if question and question.list_id == list_id else None
    if code is None:
        # The button of an older list: what it once meant may no longer be so.
        turn.say("old_button")
        yield from resume(turn)
        return
    yield from _choose(turn, code)


def _heard(turn: Turn, heard: Heard) -> Steps[None]:
    turn.text = heard.text
    if is_help_word(turn.text):  # Also where a name or anything else is asked for.
        introduce(turn)
        yield from resume(turn)
        return
    also = heard.understanding.also
    wishes = tuple(wish for wish in also if wish.intent in SEVERAL)
    turn.wishes += wishes
    turn.questions = tuple(wish.entities for wish in also if wish.intent is Intent.ASK)
    yield from _meant(turn, heard, holds_more=bool(wishes))
    if turn.asks and len(turn.wishes) > len(turn.before.wishes):
        turn.say_first("one_by_one")


def _meant(turn: Turn, heard: Heard, *, holds_more: bool) -> Steps[None]:
    """Do the first thing that a message means: an answer of the task in hand, a choice, a wish."""
    understood = heard.understanding
    intent, said = understood.intent, understood.entities
    if intent is not Intent.ASK:
        yield from ask.answer_all(turn, None, said)
    if left.offer(turn, heard) or (yield from left.hear(turn, heard)):
        return
    if turn.draft and (yield from PROCEDURES[turn.draft.task].hear(turn, heard)):
        return
    if (yield from whose.hear(turn, heard)) or (yield from mistakes.hear(turn, heard)):
        yield from resume(turn)
        return
    code = meant_option(turn, intent, said, heard.number)
    facts = bool(said.said() & USEFUL)
    if code is not None:
        yield from _choose(turn, code)
    elif (more := ask.goes_on(turn, heard)) is not None:
        yield from see_to(turn, more.intent, more.entities)
    elif understood.confidence < ASK:
        yield from _hardly_understood(turn, said)
    elif understood.confidence < ACT and _is_guess(turn, intent, said):
        _guess(turn, Wish(intent, said))
    elif holds_more and intent is Intent.INFORM and not facts:
        yield from resume(turn)  # It holds nothing but the further wish.
    else:
        yield from see_to(turn, intent, said)


def _is_guess(turn: Turn, intent: Intent, said: Entities) -> bool:
    return intent in GUESSES and not is_of_settled(turn, intent, said)


def _guess(turn: Turn, wish: Wish) -> None:
    """Ask whether that is wanted, and keep what was said of it for the yes."""
    turn.guessed = wish
    guess = Option(f"{GUESS}:{wish.intent}", say("yes"))
    turn.ask(Asked.YES_NO, f"guess_{wish.intent}", (guess, Option(GUESS, say("no"))))


def _hardly_understood(turn: Turn, said: Entities) -> Steps[None]:
    """ "Oops, I meant my daughter": in the middle of something the facts will do."""
    if turn.draft and said.said() & USEFUL:
        yield from go_on(turn, Intent.INFORM, said)
    else:
        yield from not_understood(turn)


def _see_to_the_rest(turn: Turn) -> Steps[None]:
    """When a task is over: the next wish of the same message, then what was interrupted."""
    while turn.draft is None and not (turn.asks or turn.urgent or turn.with_person):
        if turn.wishes:
            wish, *others = turn.wishes
            turn.wishes = tuple(others)
            done = turn.done
            given_up = done.visit if done and done.kind is DeedKind.CANCELLED else None
            if wish.intent is Intent.BOOK and given_up:
                yield from book_instead(turn, given_up, wish.entities)
            else:
                yield from see_to(turn, wish.intent, wish.entities)
        elif turn.aside:
            yield from come_back(turn)
        else:
            return


def _choose(turn: Turn, code: str) -> Steps[None]:
    """Act on a choice; the answer to "is that what you want?" is a wish or none."""
    turn.chose = True
    kind, _, intent = code.partition(":")
    if kind in left.CODES:
        yield from left.choose(turn, code)
    elif kind != GUESS:
        yield from act_on(turn, code)
    elif intent:
        guessed = turn.before.guessed
        yield from see_to(turn, Intent(intent), guessed.entities if guessed else Entities())
    elif turn.draft is None and not turn.aside:
        turn.say("not_that")
    else:
        yield from resume(turn)
