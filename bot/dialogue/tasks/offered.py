"""The task of an offer: a time that somebody waits for has come free, and may be theirs.

The first clear yes has it. Whoever is too late hears so, and waits on.
"""

from bot.dialogue.commands import AcceptOffer, DeclineOffer
from bot.dialogue.fill import WHEN_FIELDS, WHO_FIELDS
from bot.dialogue.outcomes import Refused, VisitBooked, VisitMoved
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import MOST_ASIDE, Deed, DeedKind, Draft, Question, State, Task
from bot.dialogue.tasks.visits import is_said_again
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.dialogue.values import Offered
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Wish

ANSWERS = (Option("take", say("yes_take")), Option("wait_on", say("no_wait_on")))
TAKING = frozenset({Intent.YES, Intent.CONFIRM, Intent.BOOK})
# Whoever would like another time waits on.
LEAVING = frozenset({Intent.NO, Intent.CANCEL, Intent.SKIP, Intent.ALTERNATIVES, Intent.MORE})


def offer(turn: Turn, offered: Offered) -> None:
    turn.draft = Draft(Task.OFFER, offered=offered)
    _ask(turn, offered)


def _ask(turn: Turn, offered: Offered) -> None:
    key = "offer_time_instead" if offered.instead_of else "offer_time"
    values = {"slot": offered.slot, "visit": offered.instead_of or offered.slot}
    turn.ask(Asked.YES_NO, key, ANSWERS, **values)


def reopened(state: State, offered: Offered, list_id: str) -> State:
    """Return the state in which an older offer is open again: its button was pressed."""
    options = tuple(option.code for option in ANSWERS)
    question = Question(Asked.YES_NO, options, list_id=list_id, key="offer_time", unasked=True)
    return state.reopened(Draft(Task.OFFER, offered=offered), question)


def _offered(turn: Turn) -> Offered:
    offered = turn.fill().offered
    if offered is None:
        raise RuntimeError("nothing was offered")
    return offered


def begin(turn: Turn, _: Entities) -> Steps[None]:
    yield from advance(turn)


def advance(turn: Turn) -> Steps[None]:
    """Ask again; not for what is gone, though a late yes is still answered."""
    if _offered(turn).gone:
        turn.draft = None
    else:
        _ask(turn, _offered(turn))
    return
    yield  # It needs nothing of the clinic; a generator, as its like are.


def accept(turn: Turn) -> Steps[None]:
    offered = _offered(turn)
    outcome = yield AcceptOffer(offered.key)
    turn.draft = None
    match outcome:
        case VisitBooked(visit, needs_approval):
            turn.say("booked_pending" if needs_approval else "booked", visit=visit)
            turn.done = Deed(DeedKind.BOOKED, visit)
            turn.visits = (visit,)
        case VisitMoved(visit, needs_approval):
            turn.say("moved_pending" if needs_approval else "moved", visit=visit)
            turn.done = Deed(DeedKind.MOVED, visit)
            turn.visits = (visit,)
        case Refused(refusal):
            turn.say(f"refused_{refusal}", slot=offered.slot, visit=offered.instead_of)
        case _:
            raise TypeError(f"expected a visit, got {type(outcome).__name__}")


def _leave(turn: Turn) -> Steps[None]:
    yield DeclineOffer(_offered(turn).key)
    turn.draft = None
    turn.say("offer_declined")


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """Yes or no to the time as it is; another wish is seen to first, and this asked again."""
    understood = heard.understanding
    if heard.number is not None:
        return False
    said = understood.entities
    if understood.intent in TAKING and is_said_again(turn, said, _offered(turn).slot):
        yield from accept(turn)
    elif understood.intent in LEAVING:
        yield from _leave(turn)
    elif understood.intent is Intent.INFORM and _names_a_visit(said):
        # "The dentist, Monday at nine": another visit, and then this question again.
        turn.wishes = (Wish(Intent.BOOK, said), *turn.wishes)
        turn.aside = (*turn.aside, turn.fill())[-MOST_ASIDE:]
        turn.draft = None
    else:
        return False
    return True


def _names_a_visit(said: Entities) -> bool:
    """With whom, and when."""
    return bool(said.said() & WHO_FIELDS and said.said() & WHEN_FIELDS)


def choose(turn: Turn, kind: str, _: str) -> Steps[bool]:
    match kind:
        case "take":
            yield from accept(turn)
        case "wait_on":
            yield from _leave(turn)
        case _:
            return False
    return True


PROCEDURE = Procedure(begin=begin, advance=advance, accept=accept, hear=hear, choose=choose)
