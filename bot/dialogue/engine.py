"""The dialogue: a message in, replies and a new state out, and commands in between.

`respond` is pure: it asks for commands by yielding them and is told their outcomes. `converse`
runs it against something that can perform them.
"""

from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import book, cancel, reschedule
from bot.dialogue.commands import AlertStaff, Command, Outcome
from bot.dialogue.fill import USEFUL, choose_person, fill
from bot.dialogue.offer import refuse_offer, release
from bot.dialogue.state import Draft, State, Task
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
from bot.understanding.values import EmergencyKind, Entities, Intent, Person, Understanding

Perform = Callable[[Command], Outcome]

# More commands than any honest turn needs; beyond it something is wrong, and the patient is given
# a person's number instead of silence.
MOST_COMMANDS = 24
# Below this we say that we did not understand (see `bot.understanding.values`).
UNDERSTOOD = 0.45

MENU = (
    Option("menu:book", say("menu_book")),
    Option("menu:list", say("menu_list")),
    Option("menu:human", say("menu_human")),
)
STARTS = {
    Intent.BOOK: Task.BOOK,
    Intent.AVAILABILITY: Task.BOOK,
    Intent.RESCHEDULE: Task.RESCHEDULE,
    Intent.CANCEL: Task.CANCEL,
}
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
    Intent.LANGUAGE: "languages",
}
ALERTS = {
    Intent.HUMAN: Alert.HANDOVER,
    Intent.MY_DATA: Alert.MY_DATA,
    Intent.WRONG_PERSON: Alert.WRONG_PERSON,
    Intent.DECEASED: Alert.DECEASED,
}
TASK_OR_ASIDE = frozenset({*STARTS, *ASIDES, *ALERTS}) - {Intent.BOOK}
REFUSALS = frozenset({Intent.NO, Intent.ALTERNATIVES, Intent.MORE, Intent.BACK})


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
            yield from _resume(turn)
        case Pressed(list_id, index):
            yield from _pressed(turn, list_id, index)
        case Heard(understanding, is_number):
            yield from _heard(turn, understanding, is_number=is_number)
    if turn.draft is None or turn.draft.slot is None:
        yield from release(turn)  # Nobody is being asked about it any more.
    return turn.answer()


def _pressed(turn: Turn, list_id: str, index: int) -> Steps[None]:
    question = turn.before.question
    if question is None or question.list_id != list_id or not 0 < index <= len(question.options):
        # The button of an older list: what it once meant may no longer be so.
        turn.say("old_button")
        yield from _resume(turn)
        return
    yield from _chosen(turn, question.options[index - 1])


def _heard(turn: Turn, understood: Understanding, *, is_number: bool) -> Steps[None]:
    intent, said = understood.intent, understood.entities
    if intent is Intent.EMERGENCY:
        yield from _emergency(turn, said.kind)
        return
    code = _option(turn, intent, said, is_number=is_number)
    if code is not None:
        yield from _chosen(turn, code)
    elif understood.confidence < UNDERSTOOD:
        yield from _not_understood(turn)
    elif intent in STARTS:
        yield from _task(turn, STARTS[intent], said)
    elif intent in ALERTS:
        yield AlertStaff(ALERTS[intent])
        turn.say(f"alerted_{ALERTS[intent]}")
    elif intent in (Intent.LIST, Intent.CONFIRM):
        yield from list_visits(turn)
        yield from _resume(turn)
    elif intent in ASIDES:
        turn.say(ASIDES[intent])
        yield from _resume(turn)
    elif intent is Intent.RESTART:
        _drop(turn, "restarted")
    elif intent is Intent.GOODBYE:
        turn.say("goodbye")
    else:
        yield from _in_task(turn, intent, said)


def _option(turn: Turn, intent: Intent, said: Entities, *, is_number: bool) -> str | None:
    """Return the code of the choice that the words mean, None when they mean none of them."""
    question = turn.before.question
    options = question.options if question else ()
    at_confirmation = _at_confirmation(turn)
    if said.choice is not None and intent not in TASK_OR_ASIDE:
        offered = tuple(
            f"slot:{index}" for index in range(len(turn.draft.offer if turn.draft else ()))
        )
        # "Actually the second one", when the list has been answered already, corrects the answer.
        corrects = not options or (at_confirmation and len(offered) > 1 and not is_number)
        listed = offered if corrects else options
        index = said.choice - 1 if said.choice > 0 else len(listed) + said.choice
        return listed[index] if 0 <= index < len(listed) else None
    if not at_confirmation or said.said() & USEFUL:
        return None
    # "Book it", "cancel it", "move it" to the question whether to do just that.
    repeats = turn.draft is not None and STARTS.get(intent) is turn.draft.task
    if repeats or intent in (Intent.YES, Intent.CONFIRM):
        return options[0]
    return options[1] if intent in REFUSALS else None


def _chosen(turn: Turn, code: str) -> Steps[None]:
    """Act on a choice, however it was made: by number, words or button."""
    kind, _, value = code.partition(":")
    match kind:
        case "yes":
            yield from _accept(turn)
        case "other_time":
            _other_time(turn)
        case "drop":
            keeps = turn.draft is not None and turn.draft.task is Task.CANCEL
            _drop(turn, "kept" if keeps else "dropped")
        case "menu":
            yield from _menu(turn, value)
        case _:
            _fill_choice(turn, kind, value)
            yield from _advance(turn)


def _fill_choice(turn: Turn, kind: str, value: str) -> None:
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
        yield from _task(turn, Task.BOOK, Entities())


def _task(turn: Turn, task: Task, said: Entities) -> Steps[None]:
    """Begin a task, or take the message as more about the task in hand."""
    draft = turn.draft
    if (
        draft is not None
        and draft.task is task
        and not (task is Task.CANCEL and draft.visit is None)
    ):
        yield from _in_task(turn, Intent.INFORM, said)
        return
    if draft is not None and task is Task.RESCHEDULE and draft.task is Task.BOOK and _shown(draft):
        # "Can we do another day instead?" about a slot that is only offered so far.
        yield from _in_task(turn, Intent.ALTERNATIVES, said)
        return
    if draft is not None and task is Task.CANCEL and not said.said() & USEFUL:
        # A bare "cancel" in the middle of something means that something.
        _drop(turn, "kept" if draft.task is Task.CANCEL else "dropped")
        return
    turn.draft = Draft(task)
    if not fill(turn, said):
        return
    match task:
        case Task.BOOK:
            yield from book.advance(turn)
        case Task.RESCHEDULE:
            yield from reschedule.begin(turn, said)
        case Task.CANCEL:
            yield from cancel.begin(turn, said)


def _shown(draft: Draft) -> bool:
    return bool(draft.offer or draft.slot)


def _in_task(turn: Turn, intent: Intent, said: Entities) -> Steps[None]:
    """A message for the task in hand: more facts, a correction, a yes or a no."""
    useful = bool(said.said() & USEFUL) or "practitioner" in said.ambiguous
    draft = turn.draft
    if draft is None:
        yield from _out_of_task(turn, intent, said, useful=useful)
        return
    if intent is Intent.NO and not useful and not _asks_about_slots(turn):
        # "No" to "what is your name?": they would rather not.
        _drop(turn, "dropped")
        return
    if intent in REFUSALS and _shown(draft) and said.choice is None:
        refuse_offer(turn)
    if useful:
        if not fill(turn, said):
            return
    elif intent not in REFUSALS and intent not in (Intent.REPEAT, Intent.YES):
        yield from _not_understood(turn)
        return
    slot = turn.fill().slot
    if intent is Intent.YES and slot is not None and slot == draft.slot and _at_confirmation(turn):
        # "Yes, Tuesday at ten": a yes that says once more what it agrees to.
        yield from _accept(turn)
        return
    yield from _advance(turn)


def _out_of_task(turn: Turn, intent: Intent, said: Entities, *, useful: bool) -> Steps[None]:
    if useful and intent is not Intent.YES:
        yield from _task(turn, Task.BOOK, said)
    elif intent is Intent.YES:
        turn.say("anything_else")
    elif intent is Intent.NO:
        turn.say("goodbye")
    else:
        yield from _not_understood(turn)


def _asks_about_slots(turn: Turn) -> bool:
    question = turn.before.question
    return question is not None and question.asked in (Asked.SLOT, Asked.YES_NO)


def _at_confirmation(turn: Turn) -> bool:
    question = turn.before.question
    return question is not None and question.asked is Asked.YES_NO


def _accept(turn: Turn) -> Steps[None]:
    draft = turn.draft
    if draft is None:
        turn.say("anything_else")
    elif draft.task is Task.BOOK:
        yield from book.accept(turn)
    elif draft.task is Task.CANCEL:
        yield from cancel.accept(turn)
    elif not draft.visits:
        # "You have no visit to move. Shall I book one?"
        turn.draft = replace(draft, task=Task.BOOK)
        yield from book.advance(turn)
    else:
        yield from reschedule.accept(turn)


def _advance(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    match draft.task:
        case Task.BOOK:
            yield from book.advance(turn)
        case Task.RESCHEDULE:
            yield from reschedule.advance(turn)
        case Task.CANCEL:
            cancel.advance(turn)


def _resume(turn: Turn) -> Steps[None]:
    """Go back to the task in hand, if there is one, by asking its question again."""
    if turn.draft is not None:
        yield from _advance(turn)


def _drop(turn: Turn, key: str) -> None:
    turn.draft = None
    turn.say(key)


def _not_understood(turn: Turn) -> Steps[None]:
    """Ask again once, then show a menu, then offer a person."""
    turn.misses = turn.before.misses + 1
    if turn.misses == 1:
        turn.say("not_understood" if turn.draft else "not_understood_open")
        yield from _resume(turn)
    elif turn.misses == 2:
        turn.ask(Asked.CHOICE, "not_understood_menu", MENU)
    else:
        turn.ask(Asked.CHOICE, "offer_person", MENU[::-1])


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
