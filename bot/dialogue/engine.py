"""The dialogue: a message in, replies and a new state out, and commands in between.

`respond` is pure: it asks for commands by yielding them and is told their outcomes. `converse`
runs it against something that can perform them.
"""

from collections.abc import Callable

from bot.dialogue.choices import act_on, meant_option
from bot.dialogue.commands import AlertStaff, Command, Outcome
from bot.dialogue.offer import release
from bot.dialogue.state import State
from bot.dialogue.tasks import STARTS, begin, drop, go_on, not_understood, resume
from bot.dialogue.turn import (
    Answer,
    Event,
    Heard,
    Option,
    Pressed,
    Situation,
    Steps,
    Turn,
    Unreadable,
    say,
)
from bot.dialogue.values import Alert
from bot.dialogue.visits import list_visits
from bot.messages import Asked
from bot.understanding.values import ACT, ASK, EmergencyKind, Entities, Intent, Understanding

Perform = Callable[[Command], Outcome]

# More commands than any honest turn needs; beyond it something is wrong, and the patient is given
# a person's number instead of silence.
MOST_COMMANDS = 24
# Answered with one sentence; the question that was open stays open.
ASIDES = {
    Intent.GREET: "greeting",
    Intent.THANKS: "welcome",
    Intent.HELP: "help",
    Intent.ASK: "cannot_answer",
    Intent.OUT_OF_SCOPE: "out_of_scope",
    Intent.ABUSE: "boundary",
    Intent.LATE: "please_call",
    Intent.ARRIVED: "please_call",
    Intent.WAITLIST: "please_call",
}
ALERTS = {
    Intent.HUMAN: Alert.HANDOVER,
    Intent.MY_DATA: Alert.MY_DATA,
    Intent.WRONG_PERSON: Alert.WRONG_PERSON,
    Intent.DECEASED: Alert.DECEASED,
}
# Wishes that are asked about while it is not sure that they were meant. A search for a time needs
# no such question: its answer is one.
GUESSES = frozenset({Intent.RESCHEDULE, Intent.CANCEL, Intent.LIST, *ALERTS})
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
    match event:
        case Unreadable(too_long):
            turn.say("too_long" if too_long else "unreadable")
            yield from resume(turn)
        case Pressed(list_id, index):
            yield from _pressed(turn, list_id, index)
        case Heard(understanding, number):
            yield from _heard(turn, understanding, number)
    if turn.draft is None or turn.draft.slot is None:
        yield from release(turn)  # Nobody is being asked about it any more.
    return turn.answer()


def _pressed(turn: Turn, list_id: str, index: int) -> Steps[None]:
    question = turn.before.question
    if question is None or question.list_id != list_id or not 0 < index <= len(question.options):
        # The button of an older list: what it once meant may no longer be so.
        turn.say("old_button")
        yield from resume(turn)
        return
    yield from _choose(turn, question.options[index - 1])


def _heard(turn: Turn, understood: Understanding, number: int | None) -> Steps[None]:
    intent, said = understood.intent, understood.entities
    if intent is Intent.EMERGENCY:
        yield from _emergency(turn, said.kind)
        return
    code = meant_option(turn, intent, said, number)
    if code is not None:
        yield from _choose(turn, code)
    elif understood.confidence < ASK:
        yield from not_understood(turn)
    elif understood.confidence < ACT and intent in GUESSES:
        guess = Option(f"{GUESS}:{intent}", say("yes"))
        turn.ask(Asked.YES_NO, f"guess_{intent}", (guess, Option(GUESS, say("no"))))
    else:
        yield from _do(turn, intent, said)


def _choose(turn: Turn, code: str) -> Steps[None]:
    """Act on a choice; the answer to "is that what you want?" is a wish or none."""
    kind, _, intent = code.partition(":")
    if kind != GUESS:
        yield from act_on(turn, code)
    elif intent:
        yield from _do(turn, Intent(intent), Entities())
    else:
        yield from not_understood(turn)


def _do(turn: Turn, intent: Intent, said: Entities) -> Steps[None]:
    if intent in STARTS:
        yield from begin(turn, STARTS[intent], said)
    elif intent in ALERTS:
        yield AlertStaff(ALERTS[intent])
        turn.say(f"alerted_{ALERTS[intent]}")
    elif intent in (Intent.LIST, Intent.CONFIRM):
        yield from list_visits(turn)
        yield from resume(turn)
    elif intent is Intent.LANGUAGE:
        _talk_in(turn, said.language)
        yield from resume(turn)
    elif intent in ASIDES:
        turn.say(ASIDES[intent])
        yield from resume(turn)
    elif intent is Intent.RESTART:
        drop(turn, "restarted")
    elif intent is Intent.GOODBYE:
        turn.say("goodbye")
    else:
        yield from go_on(turn, intent, said)


def _talk_in(turn: Turn, language: str | None) -> None:
    if language in turn.situation.languages:
        turn.language = language
        turn.say("language_set")
    else:
        turn.say("languages")


def _emergency(turn: Turn, kind: EmergencyKind | None) -> Steps[None]:
    """The number to call comes first, whatever the state; nothing else changes."""
    turn.keep_question()
    turn.urgent = True
    if kind is EmergencyKind.SELF_HARM:
        yield AlertStaff(Alert.SELF_HARM)
        turn.say("self_harm")
    else:
        yield AlertStaff(Alert.EMERGENCY)
        turn.say("violence" if kind is EmergencyKind.VIOLENCE else "emergency")
