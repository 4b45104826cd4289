"""The task of confirming: "I'll be there". Of one visit at once, of several the one that is meant,
or all."""

from bot.dialogue.commands import ConfirmVisit
from bot.dialogue.outcomes import Refused, VisitConfirmed
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import Deed, DeedKind, Task
from bot.dialogue.tasks import reschedule
from bot.dialogue.tasks.visits import (
    ask_which_or_all,
    days_said,
    find_visits,
    forget_aside,
    narrow,
    pointed_at,
    speaks_of,
)
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.dialogue.values import Visit
from bot.messages import Asked
from bot.understanding.values import Entities, Intent

WILL_COME = (
    Option("yes", say("yes_come")),
    Option("move", say("no_move_it")),
)


def begin(turn: Turn, said: Entities) -> Steps[None]:
    found = yield from find_visits()
    visits = tuple(visit for visit in found if visit.starts_at > turn.situation.now)
    turn.visits = visits
    if not visits:
        turn.say("no_visits")
        turn.draft = None
        return
    meant = narrow(turn, visits, said, days_said(said))
    fitting = tuple(visit for visit in meant if speaks_of(turn, said, visit))
    if (said.all and fitting) or len(fitting) == 1:
        yield from confirm_all(turn, fitting)
    else:
        # "I'll be there Friday", and the visit is on Tuesday: that is no word for Tuesday.
        turn.fill(visit=meant[0] if len(meant) == 1 else None)
        _ask(turn)


def advance(turn: Turn) -> Steps[None]:
    if turn.fill().visit is None and not turn.visits:
        yield from begin(turn, Entities())  # Come back to, when other things had been listed.
    else:
        _ask(turn)


def _ask(turn: Turn) -> None:
    visit = turn.fill().visit
    if visit is not None:
        turn.ask(Asked.YES_NO, "ask_will_come", WILL_COME, visit=visit)
        return
    ask_which_or_all(turn, turn.visits)


def accept(turn: Turn) -> Steps[None]:
    visit = turn.fill().visit
    if visit is None:
        _ask(turn)
        return
    yield from confirm_all(turn, (visit,))


def confirm_all(turn: Turn, visits: tuple[Visit, ...]) -> Steps[None]:
    """Confirm them, and say of each what came of it."""
    turn.draft = None
    forget_aside(turn, visits)  # An older reminder of them is answered with that.
    confirmed: list[Visit] = []
    for visit in visits:
        outcome = yield ConfirmVisit(visit)
        if isinstance(outcome, VisitConfirmed):
            turn.say("confirmed_already" if outcome.was_so else "confirmed", visit=outcome.visit)
            confirmed += [] if outcome.was_so else [outcome.visit]
        elif isinstance(outcome, Refused):
            turn.say(f"refused_{outcome.refusal}", visit=visit, slot=None)
    if confirmed:
        *others, last = confirmed
        turn.done = Deed(DeedKind.CONFIRMED, last, others=tuple(others))
        turn.visits = tuple(confirmed)


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """ "Both", "the one on Tuesday", to the question which of them."""
    said, intent = heard.understanding.entities, heard.understanding.intent
    question = turn.before.question
    if question is None or question.asked is not Asked.APPOINTMENT or not turn.visits:
        return False
    if intent not in (Intent.INFORM, Intent.CONFIRM, Intent.YES):
        return False
    visit = pointed_at(turn, said)
    if said.all or visit is not None:
        yield from confirm_all(turn, turn.visits if visit is None else (visit,))
        return True
    return False


def choose(turn: Turn, kind: str, value: str) -> Steps[bool]:
    match kind:
        case "all":
            yield from confirm_all(turn, turn.visits)
        case "visit":
            yield from confirm_all(turn, (turn.visits[int(value)],))
        case "move":
            visit = turn.fill().visit
            turn.fill(task=Task.RESCHEDULE)
            if visit is not None:
                reschedule.take(turn, visit)
            yield from reschedule.advance(turn)
        case _:
            return False
    return True


PROCEDURE = Procedure(begin=begin, advance=advance, accept=accept, hear=hear, choose=choose)
