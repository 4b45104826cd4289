"""The repairs that hold for every task: undo, back, skip, repeat."""

from bot.dialogue.commands import Command, JoinWaitlist, LeaveWaitlist, NoteDelay, UndoLast
from bot.dialogue.fill import fill
from bot.dialogue.in_hand import MENUS, PROCEDURES, advance, drop, resume
from bot.dialogue.outcomes import Refused, Undone
from bot.dialogue.people import whose
from bot.dialogue.questions.place import place_in_question
from bot.dialogue.state import Deed, DeedKind, Draft, Task
from bot.dialogue.tasks.visits import list_visits
from bot.dialogue.turn import Steps, Turn
from bot.dialogue.values import Refusal, Visit
from bot.dialogue.wait import Wait
from bot.messages import Asked
from bot.understanding.values import Entities, Flexible, Intent

# What "I don't mind" leaves to us; a name and a birth date can't be left out.
LEFT_TO_US = frozenset(
    {Asked.DATE, Asked.TIME, Asked.DATE_TIME, Asked.SPECIALTY, Asked.PRACTITIONER, Asked.SLOT}
)
# The time that it stood at belongs to somebody else by now, or the patient is elsewhere then.
TAKEN = frozenset({Refusal.SLOT_TAKEN, Refusal.PATIENT_BUSY})
# What is begun instead, once it is too late to undo.
INSTEAD = {
    DeedKind.BOOKED: Task.CANCEL,
    DeedKind.MOVED: Task.RESCHEDULE,
    DeedKind.CANCELLED: Task.BOOK,
}


def repair(turn: Turn, intent: Intent) -> Steps[None]:
    match intent:
        case Intent.UNDO:
            yield from undo(turn)
        case Intent.BACK:
            yield from go_back(turn)
        case Intent.SKIP:
            yield from skip(turn)
        case _:
            yield from repeat(turn)


def undo(turn: Turn) -> Steps[None]:
    """Take back what was done last; in the middle of something, the last answer; a visit that is
    being moved stays."""
    deed = turn.done
    if turn.draft is not None and turn.draft.task is Task.RESCHEDULE:
        drop(turn, "kept")  # "Leave it as it was."
        return
    if turn.draft is not None:
        yield from go_back(turn)
        return
    if deed is None:
        turn.say("nothing_to_undo")
        return
    turn.done = None
    yield from _take_back(turn, deed)


def _take_back(turn: Turn, deed: Deed) -> Steps[None]:
    if deed.kind is DeedKind.GIVEN:
        if not (yield from whose.take_back(turn, deed)):
            turn.say("undo_too_late")
        return
    if deed.visit is None or deed.kind is DeedKind.LATE:
        yield from _unsay(turn, deed)
        return
    outcome = yield UndoLast(deed.visit)
    if isinstance(outcome, Undone):
        turn.say(f"undone_{deed.kind}", visit=outcome.visit)
        turn.visits = () if deed.kind is DeedKind.BOOKED else (outcome.visit,)
        for other in deed.others:
            outcome = yield UndoLast(other)
            if isinstance(outcome, Undone):
                turn.say(f"undone_{deed.kind}", visit=outcome.visit)
        return
    if not isinstance(outcome, Refused):
        raise TypeError(f"expected an undoing, got {type(outcome).__name__}")
    yield from _too_late(turn, deed, outcome.refusal)


def _unsay(turn: Turn, deed: Deed) -> Steps[None]:
    """Take back what was no change to a visit: being late, and the waitlist."""
    command: Command | None = None
    match deed:
        case Deed(DeedKind.LATE, Visit() as visit):
            command = NoteDelay(visit, None)
        case Deed(DeedKind.WAITLISTED, wait=Wait() as wait):
            command = LeaveWaitlist(wait.key)
        case Deed(DeedKind.LEFT_WAITLIST, wait=Wait() as wait):
            command = JoinWaitlist(wait)
    outcome = (yield command) if command else None
    if outcome is None or isinstance(outcome, Refused):
        turn.say("undo_too_late")
    else:
        turn.say(f"undone_{deed.kind}", visit=deed.visit, wait=deed.wait)


def _too_late(turn: Turn, deed: Deed, refusal: Refusal) -> Steps[None]:
    """It can't be taken back any more: go on to what comes to the same."""
    visit = deed.visit
    turn.say("undo_taken" if refusal in TAKEN else "undo_too_late")
    if deed.kind not in INSTEAD or visit is None:
        return
    turn.draft = Draft(
        INSTEAD[deed.kind],
        visit=None if deed.kind is DeedKind.CANCELLED else visit,
        practitioner=visit.practitioner,
        visit_type=visit.visit_type,
        patient=visit.patient,
        patient_name=visit.patient_name,
    )
    yield from advance(turn)


def go_back(turn: Turn) -> Steps[None]:
    """Give up the last answer and ask for it anew; where there is none, the task itself."""
    if turn.draft is None:
        turn.say("anything_else")
    elif PROCEDURES[turn.draft.task].back(turn):
        yield from advance(turn)
    else:
        drop(turn, "kept" if turn.draft.task is Task.CANCEL else "dropped")


def skip(turn: Turn) -> Steps[None]:
    """ "I don't know", "whatever": we choose where we can, and say why where we can't."""
    question = turn.before.question
    if turn.draft is None or question is None:
        turn.say("anything_else")
        return
    if question.asked is Asked.SLOT and turn.draft.offer:
        turn.fill(slot=turn.draft.offer[0])
    elif question.asked in LEFT_TO_US:
        fill(turn, Entities(flexible=Flexible.ANY))
    else:
        turn.say("cannot_skip")
    yield from advance(turn)


def repeat(turn: Turn) -> Steps[None]:
    """Say again what is asked, or what there is."""
    question = turn.before.question
    turn.repeats = True
    if turn.draft is not None:
        yield from resume(turn)
    elif question is not None and question.key in MENUS:
        turn.misses = turn.before.misses
        phone = place_in_question(turn).phone
        turn.ask(question.asked, question.key, MENUS[question.key], phone=phone)
    elif turn.visits:
        yield from list_visits(turn)
    else:
        turn.say("greeting")
