"""The task of moving a visit: which one, to when, and a clear yes."""

from dataclasses import replace

from bot.dialogue.book import refused
from bot.dialogue.commands import MoveVisit, Refused, VisitMoved
from bot.dialogue.offer import choose, refuse_for_good
from bot.dialogue.pick import wall
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.values import Visit
from bot.dialogue.visits import ask_which, closed, find_visits, narrow
from bot.messages import Asked
from bot.understanding.values import Entities

CONFIRM = (
    Option("yes", say("yes_move")),
    Option("other_time", say("other_time")),
)
BOOK_INSTEAD = (
    Option("yes", say("yes")),
    Option("drop", say("no")),
)


def begin(turn: Turn, said: Entities) -> Steps[None]:
    """Find the visit that is meant, among those this address may see."""
    visits = yield from find_visits()
    meant = narrow(turn, visits, said, (said.visit_date,) if said.visit_date else ())
    turn.visits = visits
    if len(meant) == 1:
        take(turn, meant[0], said)
    yield from advance(turn)


def take(turn: Turn, visit: Visit, said: Entities | None = None) -> None:
    """Move this visit; what is not said otherwise stays as it is."""
    draft = turn.fill(
        visit=visit,
        patient=visit.patient,
        patient_name=visit.patient_name,
        practitioner=_practitioner(turn.fill(), visit),
        location=None,
        visit_type=visit.visit_type,
    )
    if said is not None and "time" in said.same:
        start = wall(visit, turn.situation)
        turn.fill(when=replace(draft.when, minute=start.hour * 60 + start.minute))


def take_instead(turn: Turn) -> None:
    """Book no second visit: move the one there is to the time that was asked about, if it still
    may move."""
    beside = turn.held.beside if turn.held else None
    if beside is None:
        return
    if closed(beside, turn.situation):
        turn.say("that_one_stands", visit=beside)
        return
    turn.fill(task=Task.RESCHEDULE)
    take(turn, beside)


def _practitioner(draft: Draft, visit: Visit) -> int | None:
    if draft.practitioner is not None or draft.specialty is not None:
        return draft.practitioner
    return visit.practitioner


def advance(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    if draft.visit is None and not turn.visits:
        turn.ask(Asked.YES_NO, "nothing_to_move", BOOK_INSTEAD)
        return
    if draft.visit is None:
        ask_which(turn, turn.visits)
        return
    if why := closed(draft.visit, turn.situation):
        refuse_for_good(turn, why)
        return
    if not draft.when.names_day and draft.slot is None and not draft.offer:
        turn.ask(Asked.DATE_TIME, "ask_new_time", visit=draft.visit)
        return
    if not (yield from choose(turn)):
        return
    draft = turn.fill()
    turn.ask(Asked.YES_NO, "confirm_move", CONFIRM, visit=draft.visit, slot=draft.slot)


def accept(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    if draft.visit is None or draft.slot is None:
        yield from advance(turn)
        return
    outcome = yield MoveVisit(draft.visit, draft.slot)
    if isinstance(outcome, VisitMoved):
        turn.say("moved_pending" if outcome.needs_approval else "moved", visit=outcome.visit)
        turn.visits = (outcome.visit,)
        turn.draft = turn.held = None
        return
    if not isinstance(outcome, Refused):
        raise TypeError(f"expected a move, got {type(outcome).__name__}")
    yield from refused(turn, outcome.refusal)
