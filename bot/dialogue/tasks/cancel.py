"""The task of giving up a visit: which one, and a clear yes."""

from bot.dialogue.commands import CancelVisit
from bot.dialogue.fill import fill, names_only_a_time
from bot.dialogue.offers.offer import refuse_for_good
from bot.dialogue.outcomes import Refused, VisitCancelled
from bot.dialogue.people import verify
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import Deed, DeedKind, Draft, Task
from bot.dialogue.tasks import reschedule
from bot.dialogue.tasks.visits import (
    all_meant,
    ask_which_or_all,
    closed,
    days_said,
    find_visits,
    forget_aside,
    means_all,
    narrow,
    pointed_out,
    speaks_of,
)
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Wish

# The word CANCEL is never invited as an answer: a bare one opts the patient out at the carrier.
CONFIRM = (
    Option("yes", say("yes_give_up")),
    Option("drop", say("no_keep")),
)
CONFIRM_BOTH = (
    Option("yes", say("yes_give_up_both")),
    Option("drop", say("no_keep_both")),
)

# What another time is named with.
PUTTING_OFF = frozenset(
    {Intent.INFORM, Intent.NO, Intent.YES, Intent.ALTERNATIVES, Intent.AVAILABILITY, Intent.BOOK}
)
# What names no certain day or hour: no visit that there is.
OPEN = frozenset({"flexible", "other", "shift_minutes", "date_from", "date_to"})


def begin(turn: Turn, said: Entities) -> Steps[None]:
    visits = yield from find_visits()
    if not visits:
        turn.draft = None
        goal = Wish(Intent.CANCEL, said)
        if not (yield from verify.offer(turn, goal, "no_visits_here")):
            turn.say("no_visits")
        return
    meant = narrow(turn, visits, said, days_said(said))
    if said.choice is not None and turn.visits:
        index = said.choice - 1 if said.choice > 0 else len(turn.visits) + said.choice
        listed = turn.visits[index : index + 1]
        meant = (
            tuple(visit for visit in visits if visit.key in {item.key for item in listed}) or meant
        )
    if said.all:
        meant = all_meant(turn, meant)
    turn.visits = visits
    if said.all and len(meant) > 1:
        turn.fill(visit=meant[0], visits=meant[1:])
    else:
        turn.fill(visit=meant[0] if len(meant) == 1 else None)
    _ask(turn)


def advance(turn: Turn) -> Steps[None]:
    if turn.fill().visit is None and not turn.visits:
        yield from begin(turn, Entities())  # Come back to, when other things had been listed.
    else:
        _ask(turn)


def _ask(turn: Turn) -> None:
    draft = turn.fill()
    if draft.visit is None:
        ask_which_or_all(turn, turn.visits)
        return
    if why := closed(draft.visit, turn.situation):
        refuse_for_good(turn, why)
        return
    if len(draft.visits) == 1 and not closed(draft.visits[0], turn.situation):
        words = {"visit": draft.visit, "visit_2": draft.visits[0]}
        turn.ask(Asked.YES_NO, "confirm_cancel_both", CONFIRM_BOTH, **words)
        return
    turn.ask(Asked.YES_NO, "confirm_cancel", CONFIRM, visit=draft.visit)


def accept(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    if draft.visit is None:
        _ask(turn)
        return
    question = turn.before.question
    both = question is not None and question.key == "confirm_cancel_both"
    for visit in (draft.visit, *draft.visits) if both else (draft.visit,):
        outcome = yield CancelVisit(visit)
        if isinstance(outcome, VisitCancelled):
            turn.say("cancelled", visit=outcome.visit)
            turn.done = Deed(DeedKind.CANCELLED, outcome.visit)
            forget_aside(turn, (visit,))
        elif isinstance(outcome, Refused):
            turn.draft = draft  # What it speaks of, if it was the first of two.
            refuse_for_good(turn, outcome.refusal)
    turn.visits = ()
    turn.draft = None
    if draft.visits and not both:
        # More than two: one after the other, each with a yes of its own.
        first, *others = draft.visits
        turn.draft = Draft(Task.CANCEL, visit=first, visits=tuple(others))
        _ask(turn)


def back(turn: Turn) -> bool:
    """Give up the last answer: which visit."""
    if turn.fill().visit is None or len(turn.visits) < 2:
        return False
    turn.fill(visit=None)
    return True


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """ "The one on Thursday", "both", to the question which visit."""
    if means_all(turn, heard):
        yield from _take_all(turn)
        return True
    if _puts_off(turn, heard):
        yield from _put_off(turn, heard.understanding.entities)
        return True
    visit = pointed_out(turn, heard)
    if visit is not None:
        turn.fill(visit=visit)
        yield from advance(turn)
    return visit is not None


def _puts_off(turn: Turn, heard: Heard) -> bool:
    """ "Later that week", to "shall I call it off?": another time than the visit's."""
    draft, understood = turn.fill(), heard.understanding
    if draft.visit is None or draft.visits or heard.number is not None:
        return False
    said = understood.entities
    wants = understood.intent in PUTTING_OFF and names_only_a_time(said)
    is_another = bool(said.said() & OPEN) or not speaks_of(turn, said, draft.visit)
    return wants and is_another


def _put_off(turn: Turn, said: Entities) -> Steps[None]:
    visit = turn.fill().visit
    if visit is None:
        raise RuntimeError("there is no visit to be put off")
    turn.draft = Draft(Task.RESCHEDULE)
    fill(turn, said)
    yield from reschedule.move(turn, visit, said)


def _take_all(turn: Turn) -> Steps[None]:
    first, *others = turn.visits
    turn.fill(visit=first, visits=tuple(others))
    yield from advance(turn)


def choose(turn: Turn, kind: str, _: str) -> Steps[bool]:
    if kind == "all":
        yield from _take_all(turn)
    return kind == "all"


PROCEDURE = Procedure(
    begin=begin, advance=advance, accept=accept, back=back, hear=hear, choose=choose
)
