"""The task of being late: by how much, and whether the clinic can wait that long."""

from datetime import timedelta

from bot.dialogue.commands import NoteDelay
from bot.dialogue.offers.pick import wall
from bot.dialogue.outcomes import DelayNoted, Refused
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import Deed, DeedKind, Draft, Task
from bot.dialogue.tasks import reschedule
from bot.dialogue.tasks.visits import closed, find_visits, narrow, visit_day
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.dialogue.values import Visit
from bot.dialogue.when import When, minutes
from bot.messages import Asked
from bot.understanding.values import Entities, Intent

OFFERED = (10, 15, 30)
MINUTES = tuple(Option(f"minutes:{each}", say("minutes_label", minutes=each)) for each in OFFERED)
# What a number of minutes may come with.
GIVING = frozenset({Intent.LATE, Intent.INFORM, Intent.YES, Intent.OUT_OF_SCOPE})


def begin(turn: Turn, said: Entities) -> Steps[None]:
    """Find the visit that is meant: the next one today, unless another day is named."""
    found = yield from find_visits()
    today = turn.situation.today
    meant = narrow(turn, found, said, (said.date,) if said.date else ())
    due = tuple(visit for visit in meant if visit_day(turn, visit) == (said.date or today))
    if not due:
        turn.draft = None
        turn.say("late_not_today" if found else "late_unknown", visit=found[0] if found else None)
        return
    visit = due[0]
    if visit_day(turn, visit) != today:
        # Who knows it the day before comes at another time.
        turn.say("late_other_day", visit=visit)
        yield from _move(turn, visit, When(after=wall(visit, turn.situation)))
        return
    turn.visits = due
    turn.fill(visit=visit, minutes=_minutes(turn, said, visit))
    yield from advance(turn)


def _minutes(turn: Turn, said: Entities, visit: Visit) -> int | None:
    """ "I'll be there at 10:20" for a visit at ten."""
    if said.minutes is not None or said.time is None:
        return said.minutes
    late = minutes(said.time) - minutes(wall(visit, turn.situation).time())
    return late if late > 0 else None


def advance(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    if draft.visit is None:
        turn.draft = None
        turn.say("late_unknown")
    elif draft.minutes is None:
        turn.ask(Asked.CHOICE, "ask_how_late", MINUTES, visit=draft.visit)
    else:
        yield from _note(turn, draft.visit, draft.minutes)


def _note(turn: Turn, visit: Visit, late: int) -> Steps[None]:
    outcome = yield NoteDelay(visit, late)
    turn.draft = None
    if isinstance(outcome, Refused):
        turn.say(f"refused_{outcome.refusal}", visit=visit, slot=None)
    elif not isinstance(outcome, DelayNoted):
        raise TypeError(f"expected a delay, got {type(outcome).__name__}")
    elif outcome.can_wait:
        turn.say("late_noted", visit=visit, minutes=late)
        turn.done = Deed(DeedKind.LATE, visit)
    elif closed(visit, turn.situation):
        turn.say("late_too_much_call", visit=visit, minutes=late)
    else:
        turn.say("late_too_much", visit=visit, minutes=late)
        arrival = wall(visit, turn.situation) + timedelta(minutes=late)
        yield from _move(turn, visit, When(after=arrival))


def _move(turn: Turn, visit: Visit, when: When) -> Steps[None]:
    """Offer another time; the visit stands until the patient has said yes to it."""
    turn.draft = Draft(Task.RESCHEDULE, when=when)
    reschedule.take(turn, visit)
    turn.fill(location=visit.location)  # Who is on the way is on the way there.
    yield from reschedule.advance(turn)


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """ "15", "half an hour": minutes, where a place in the list is no bigger number."""
    understood = heard.understanding
    given = understood.entities.minutes
    if given is None and heard.number is not None and heard.number > len(MINUTES):
        given = heard.number
    if given is None or understood.intent not in GIVING or turn.fill().visit is None:
        return False
    turn.fill(minutes=given)
    yield from advance(turn)
    return True


def choose(turn: Turn, kind: str, value: str) -> Steps[bool]:
    if kind != "minutes":
        return False
    turn.fill(minutes=int(value))
    yield from advance(turn)
    return True


PROCEDURE = Procedure(begin=begin, advance=advance, accept=advance, hear=hear, choose=choose)
