"""The task of arriving: "I'm here". Staff are told; who has no visit now hears where to go."""

from datetime import timedelta

from bot.dialogue.commands import ReportArrival
from bot.dialogue.outcomes import Refused
from bot.dialogue.procedure import Procedure
from bot.dialogue.tasks.visits import find_visits, forget_aside, narrow
from bot.dialogue.turn import Steps, Turn
from bot.dialogue.values import Visit
from bot.understanding.values import Entities

# Nobody comes earlier for a visit than this.
EARLY = timedelta(hours=3)


def begin(turn: Turn, said: Entities) -> Steps[None]:
    found = yield from find_visits()
    turn.draft = None
    now = turn.situation.now
    present = tuple(visit for visit in found if visit.starts_at - now <= EARLY)
    if not present:
        yield ReportArrival(None)
        _direct(turn, found)
        return
    meant = narrow(turn, present, said, ())
    for visit in meant if said.all else meant[:1]:
        outcome = yield ReportArrival(visit)
        if isinstance(outcome, Refused):  # Changed just now: whoever comes is to be seen to.
            yield ReportArrival(None)
            turn.say("arrived_unknown")
        else:
            turn.say("arrived", visit=visit)
    turn.visits = meant
    forget_aside(turn, meant)  # Who is there looks for no other time any more.


def _direct(turn: Turn, ahead: tuple[Visit, ...]) -> None:
    if ahead:
        turn.say("arrived_not_now", visit=ahead[0])
    else:
        turn.say("arrived_unknown")


def nothing_more(_: Turn) -> Steps[None]:
    """The task is over with its first turn."""
    return
    yield  # A generator, as its like are.


PROCEDURE = Procedure(begin=begin, advance=nothing_more, accept=nothing_more)
