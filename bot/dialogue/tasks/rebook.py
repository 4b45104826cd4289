"""The task of coming again: after a visit that was missed, or when it is time for the next one, the
clinic offers to find a time."""

from bot.dialogue.fill import USEFUL, fill
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import Draft, Task
from bot.dialogue.tasks import book
from bot.dialogue.turn import Heard, OfferAnother, Option, Steps, Turn, say
from bot.messages import Asked
from bot.understanding.values import Entities, Intent

ANSWERS = (Option("rebook", say("yes_find_time")), Option("not_now", say("not_now")))
FINDING = frozenset(
    {
        Intent.YES,
        Intent.CONFIRM,
        Intent.BOOK,
        Intent.AVAILABILITY,
        Intent.INFORM,
        # "Another time, please": it is what they are asked about.
        Intent.RESCHEDULE,
        Intent.ALTERNATIVES,
        Intent.MORE,
    }
)
LEAVING = frozenset({Intent.NO, Intent.CANCEL, Intent.SKIP})


def offer(turn: Turn, another: OfferAnother) -> None:
    visit = another.visit
    turn.draft = Draft(
        Task.REBOOK,
        visit=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        patient=visit.patient,
        patient_name=visit.patient_name,
    )
    turn.ask(Asked.YES_NO, f"again_{another.why}", ANSWERS, visit=visit)


def begin(turn: Turn, _: Entities) -> Steps[None]:
    yield from advance(turn)


def advance(turn: Turn) -> Steps[None]:
    turn.ask(Asked.YES_NO, "ask_find_time", ANSWERS)
    return
    yield  # It needs nothing of the clinic; a generator, as its like are.


def accept(turn: Turn, said: Entities | None = None) -> Steps[None]:
    """Look for a time with the same practitioner, for the same patient."""
    turn.fill(task=Task.BOOK, visit=None)
    if said is not None:
        fill(turn, said)
    yield from book.advance(turn)


def _not_now(turn: Turn) -> None:
    turn.draft = None
    turn.say("rebook_declined")


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """ "Yes, Tuesday after three"; anything that is neither yes nor no is another wish."""
    understood = heard.understanding
    useful = understood.entities.said() & USEFUL
    says_nothing = understood.intent is Intent.INFORM and not useful
    if heard.number is not None or says_nothing:
        return False
    if understood.intent in FINDING:
        yield from accept(turn, understood.entities)
    elif understood.intent in LEAVING and useful <= {"flexible"}:  # "Maybe later."
        _not_now(turn)
    else:
        return False
    return True


def choose(turn: Turn, kind: str, _: str) -> Steps[bool]:
    match kind:
        case "rebook":
            yield from accept(turn)
        case "not_now":
            _not_now(turn)
        case _:
            return False
    return True


PROCEDURE = Procedure(begin=begin, advance=advance, accept=accept, hear=hear, choose=choose)
