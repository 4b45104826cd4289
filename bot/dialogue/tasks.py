"""The tasks, as one: beginning, going on, saying yes, dropping; each file beside has its own."""

from dataclasses import replace

from bot.dialogue import book, cancel, reschedule
from bot.dialogue.fill import USEFUL, WHEN_FIELDS, WHO_FIELDS, fill
from bot.dialogue.offer import refuse_offer
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.messages import Asked
from bot.understanding.values import Entities, Intent

STARTS = {
    Intent.BOOK: Task.BOOK,
    Intent.AVAILABILITY: Task.BOOK,
    Intent.RESCHEDULE: Task.RESCHEDULE,
    Intent.CANCEL: Task.CANCEL,
}
REFUSALS = frozenset({Intent.NO, Intent.ALTERNATIVES, Intent.MORE, Intent.BACK})
MENU = (
    Option("menu:book", say("menu_book")),
    Option("menu:list", say("menu_list")),
    Option("menu:human", say("menu_human")),
)


def begin(turn: Turn, task: Task, said: Entities) -> Steps[None]:
    """Begin a task, or take the message as more about the task in hand."""
    draft = turn.draft
    if (
        draft is not None
        and draft.task is task
        and not (task is Task.CANCEL and draft.visit is None)
    ):
        yield from go_on(turn, Intent.INFORM, said)
        return
    if draft is not None and task is Task.RESCHEDULE and draft.task is Task.BOOK and _shown(draft):
        # "Can we do another day instead?" about a slot that is only offered so far.
        yield from go_on(turn, Intent.ALTERNATIVES, said)
        return
    if draft is not None and task is Task.CANCEL and not said.said() & USEFUL:
        # A bare "cancel" in the middle of something means that something.
        drop(turn, "kept" if draft.task is Task.CANCEL else "dropped")
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


def go_on(turn: Turn, intent: Intent, said: Entities) -> Steps[None]:
    """A message for the task in hand: more facts, a correction, a yes or a no."""
    useful = bool(said.said() & USEFUL) or "practitioner" in said.ambiguous
    draft = turn.draft
    if draft is None:
        yield from _out_of_task(turn, intent, said, useful=useful)
        return
    if intent is Intent.NO and not useful and not _asks_about_slots(turn):
        # "No" to "what is your name?": they would rather not.
        drop(turn, "dropped")
        return
    if intent in REFUSALS and _shown(draft) and said.choice is None:
        refuse_offer(turn)
    if useful:
        if not fill(turn, said):
            return
    elif intent not in REFUSALS and intent not in (Intent.REPEAT, Intent.YES):
        yield from not_understood(turn)
        return
    slot = turn.fill().slot
    agrees = intent is Intent.YES and bool(said.said() & (WHO_FIELDS | WHEN_FIELDS))
    if agrees and slot is not None and slot == draft.slot and at_confirmation(turn):
        # "Yes, Tuesday at ten": a yes that says once more what it agrees to.
        yield from accept(turn)
        return
    yield from advance(turn)


def _out_of_task(turn: Turn, intent: Intent, said: Entities, *, useful: bool) -> Steps[None]:
    if useful and intent is not Intent.YES:
        yield from begin(turn, Task.BOOK, said)
    elif intent is Intent.YES:
        turn.say("anything_else")
    elif intent is Intent.NO:
        turn.say("goodbye")
    else:
        yield from not_understood(turn)


def _asks_about_slots(turn: Turn) -> bool:
    question = turn.before.question
    return question is not None and question.asked in (Asked.SLOT, Asked.YES_NO)


def at_confirmation(turn: Turn) -> bool:
    question = turn.before.question
    return question is not None and question.asked is Asked.YES_NO


def accept(turn: Turn) -> Steps[None]:
    draft = turn.draft
    if draft is None:
        turn.say("anything_else")
    elif draft.task is Task.BOOK:
        yield from book.accept(turn)
    elif draft.task is Task.CANCEL:
        yield from cancel.accept(turn)
    elif draft.visit is None:
        # "You have no visit to move. Shall I book one?"
        turn.draft = replace(draft, task=Task.BOOK)
        yield from book.advance(turn)
    else:
        yield from reschedule.accept(turn)


def advance(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    match draft.task:
        case Task.BOOK:
            yield from book.advance(turn)
        case Task.RESCHEDULE:
            yield from reschedule.advance(turn)
        case Task.CANCEL:
            cancel.advance(turn)


def resume(turn: Turn) -> Steps[None]:
    """Go back to the task in hand, if there is one, by asking its question again."""
    if turn.draft is not None:
        yield from advance(turn)


def drop(turn: Turn, key: str) -> None:
    turn.draft = None
    turn.say(key)


def not_understood(turn: Turn) -> Steps[None]:
    """Ask again once, then show a menu, then offer a person."""
    turn.misses = turn.before.misses + 1
    if turn.misses == 1:
        turn.say("not_understood" if turn.draft else "not_understood_open")
        yield from resume(turn)
    elif turn.misses == 2:
        turn.ask(Asked.CHOICE, "not_understood_menu", MENU)
    else:
        turn.ask(Asked.CHOICE, "offer_person", MENU[::-1])
