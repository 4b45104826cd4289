"""The task of giving up a visit: which one, and a clear yes."""

from bot.dialogue.commands import CancelVisit, Refused, VisitCancelled
from bot.dialogue.offer import refuse_for_good
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.visits import ask_which, closed, days_said, find_visits, narrow
from bot.messages import Asked
from bot.understanding.values import Entities

# The word CANCEL is never invited as an answer: a bare one opts the patient out at the carrier.
CONFIRM = (
    Option("yes", say("yes_give_up")),
    Option("drop", say("no_keep")),
)


def begin(turn: Turn, said: Entities) -> Steps[None]:
    visits = yield from find_visits()
    if not visits:
        turn.say("no_visits")
        turn.draft = None
        return
    meant = narrow(turn, visits, said, days_said(said))
    if said.choice is not None and turn.visits:
        index = said.choice - 1 if said.choice > 0 else len(turn.visits) + said.choice
        listed = turn.visits[index : index + 1]
        meant = (
            tuple(visit for visit in visits if visit.key in {item.key for item in listed}) or meant
        )
    turn.visits = visits
    turn.fill(visit=meant[0] if len(meant) == 1 else None)
    advance(turn)


def advance(turn: Turn) -> None:
    draft = turn.fill()
    if draft.visit is None:
        ask_which(turn, turn.visits)
        return
    if why := closed(draft.visit, turn.situation):
        refuse_for_good(turn, why)
        return
    turn.ask(Asked.YES_NO, "confirm_cancel", CONFIRM, visit=draft.visit)


def accept(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    if draft.visit is None:
        advance(turn)
        return
    outcome = yield CancelVisit(draft.visit)
    if isinstance(outcome, VisitCancelled):
        turn.say("cancelled", visit=outcome.visit)
    elif isinstance(outcome, Refused):
        refuse_for_good(turn, outcome.refusal)
    turn.visits = ()
    turn.draft = None
