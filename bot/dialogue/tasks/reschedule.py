"""The task of moving a visit: which one, to when, and a clear yes."""

from dataclasses import replace

from bot.dialogue.commands import MoveVisit
from bot.dialogue.offers import namesakes, refine
from bot.dialogue.offers.offer import choose, refuse_for_good
from bot.dialogue.offers.pick import wall
from bot.dialogue.outcomes import Refused, VisitMoved
from bot.dialogue.people import verify
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import Deed, DeedKind, Draft, Task
from bot.dialogue.tasks import book
from bot.dialogue.tasks.visits import (
    all_meant,
    ask_which_or_all,
    closed,
    find_visits,
    forget_aside,
    means_all,
    narrow,
    pointed_out,
)
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.dialogue.values import Visit
from bot.dialogue.when import TIME_FIELDS, When, minutes
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Wish

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
    goal = Wish(Intent.RESCHEDULE, said)
    if not visits and (yield from verify.offer(turn, goal, "no_visits_here")):
        return
    meant = narrow(turn, visits, said, (said.visit_date,) if said.visit_date else ())
    if said.all:
        meant = all_meant(turn, meant)
    turn.visits = visits
    if len(meant) == 1 or (said.all and meant):
        take(turn, meant[0], said)
        if turn.draft is None:
            return
        turn.fill(visits=meant[1:])
    elif said.shift_minutes is not None or said.same or said.other:
        turn.fill(goal=goal)  # "At the same time": as soon as it is known which visit.
    yield from advance(turn)


def take(turn: Turn, visit: Visit, said: Entities | None = None) -> None:
    """Move this visit; what is not said otherwise stays as it is."""
    goal = turn.fill().goal
    turn.fill(
        visit=visit,
        patient=visit.patient,
        patient_name=visit.patient_name,
        practitioner=_practitioner(turn.fill(), visit),
        location=None,
        visit_type=visit.visit_type,
        goal=None,
    )
    said = said or (goal.entities if goal else None)
    if said is not None:
        _take_wish(turn, visit, said)


def move(turn: Turn, visit: Visit, said: Entities | None = None) -> Steps[None]:
    """Go on with moving this visit, unless it stays as there is nobody else to see."""
    take(turn, visit, said)
    if turn.draft is not None:
        yield from advance(turn)


def _take_wish(turn: Turn, visit: Visit, said: Entities) -> None:
    """What is said of the new time, or of whom to see, relative to the visit as it is."""
    draft, start = turn.fill(), wall(visit, turn.situation)
    with_whom = turn.directory.practitioner(visit.practitioner).name
    if said.candidates and with_whom not in said.candidates:
        namesakes.note(turn, said)  # Whom to see instead.
    if said.shift_minutes is not None:
        when = draft.when.shifted(start, said.shift_minutes)
        keeps_hour = said.said() & TIME_FIELDS  # "To the next day at ten".
        turn.fill(when=replace(draft.when, days=when.days) if keeps_hour else when)
    elif _wants_somebody_else(said):
        _take_somebody_else(turn, visit, said)
    elif "time" in said.same:
        turn.fill(when=replace(draft.when, minute=start.hour * 60 + start.minute))
    elif said.flexible in refine.RELATIVE:
        turn.fill(when=refine.refined(turn, draft.when, said))
    elif "date" in said.other and draft.when.any_day:
        turn.fill(when=draft.when.on_other_days((start.date(),)))


def _take_somebody_else(turn: Turn, visit: Visit, said: Entities) -> None:
    """At the same time, if they are free then; where there is nobody else the visit stays."""
    found = refine.other_practitioner(turn, said)
    draft, start = turn.fill(), wall(visit, turn.situation)
    if draft.when.names_day or draft.when.minute is not None:
        return
    if not found:
        turn.draft = None
        turn.say("kept")
    else:
        turn.fill(when=When(days=(start.date(),), minute=minutes(start.time())))


def _wants_somebody_else(said: Entities) -> bool:
    return "practitioner" in said.other or bool(said.not_practitioners)


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
        turn.visits = yield from find_visits()  # Other things may have been listed meanwhile.
    if draft.visit is None and not turn.visits:
        turn.ask(Asked.YES_NO, "nothing_to_move", BOOK_INSTEAD)
        return
    if draft.visit is None:
        ask_which_or_all(turn, turn.visits)
        return
    if why := closed(draft.visit, turn.situation):
        refuse_for_good(turn, why)
        return
    if namesakes.ask_which(turn):
        return
    draft = turn.fill(when=_with_a_day(turn, draft.visit, draft.when))
    if not draft.when.names_day and draft.slot is None and not draft.offer:
        turn.ask(Asked.DATE_TIME, "ask_new_time", visit=draft.visit)
        return
    if not (yield from choose(turn)):
        return
    draft = turn.fill()
    turn.ask(Asked.YES_NO, "confirm_move", CONFIRM, visit=draft.visit, slot=draft.slot)


def _with_a_day(turn: Turn, visit: Visit, when: When) -> When:
    """ "To ten": on the day of the visit; "after school": on any day."""
    if when.names_exact_time and not when.names_day:
        return replace(when, days=(wall(visit, turn.situation).date(),))
    return when.on_any_day()


def accept(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    if draft.visit is None and not turn.visits:
        # "You have no visit to move. Shall I book one?"
        turn.draft = replace(draft, task=Task.BOOK)
        yield from book.advance(turn)
        return
    if draft.visit is None or draft.slot is None:
        yield from advance(turn)
        return
    outcome = yield MoveVisit(draft.visit, draft.slot)
    if isinstance(outcome, VisitMoved):
        turn.say("moved_pending" if outcome.needs_approval else "moved", visit=outcome.visit)
        turn.visits = (outcome.visit,)
        turn.done = Deed(DeedKind.MOVED, outcome.visit)
        forget_aside(turn, (outcome.visit,))
        turn.draft = turn.held = None
        if draft.visits:
            yield from _move_next(turn, draft.visits, outcome.visit)
        return
    if not isinstance(outcome, Refused):
        raise TypeError(f"expected a move, got {type(outcome).__name__}")
    yield from book.refused(turn, outcome.refusal)


def _move_next(turn: Turn, visits: tuple[Visit, ...], moved: Visit) -> Steps[None]:
    """Of several, the next one: directly after the one that was moved, if that is free."""
    end = wall(replace(moved, starts_at=moved.ends_at), turn.situation)
    when = When(days=(end.date(),), minute=minutes(end.time()))
    turn.draft = Draft(Task.RESCHEDULE, when=when, visits=visits[1:])
    take(turn, visits[0])
    yield from advance(turn)


def back(turn: Turn) -> bool:
    """Give up the last answer: the new time, before that which visit."""
    draft, question = turn.fill(), turn.before.question
    match question.asked if question else None:
        case Asked.YES_NO if draft.visit is not None:
            offer = draft.offer if len(draft.offer) > 1 else ()
            turn.fill(slot=None, offer=offer, when=draft.when if offer else When())
        case Asked.SLOT:
            turn.fill(offer=(), when=When())
        case Asked.DATE_TIME if len(turn.visits) > 1:
            turn.fill(visit=None)
        case _:
            return False
    return True


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """ "The one on Thursday", "both", to the question which visit."""
    if means_all(turn, heard):
        yield from _take_all(turn)
        return True
    visit = pointed_out(turn, heard)
    if visit is not None:
        yield from move(turn, visit)
    return visit is not None


def _take_all(turn: Turn) -> Steps[None]:
    """Move them all, one after the other, each with a yes of its own."""
    first, *others = turn.visits
    take(turn, first)
    turn.fill(visits=tuple(others))
    yield from advance(turn)


def choose_all(turn: Turn, kind: str, _: str) -> Steps[bool]:
    if kind == "all":
        yield from _take_all(turn)
    return kind == "all"


PROCEDURE = Procedure(
    begin=begin, advance=advance, accept=accept, back=back, hear=hear, choose=choose_all
)
