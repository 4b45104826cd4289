"""The task of waiting for a time that is not free yet: joining the waitlist, leaving, looking."""

from dataclasses import replace

from bot.dialogue import which_list
from bot.dialogue.commands import FindWaits, JoinWaitlist, LeaveWaitlist
from bot.dialogue.offers import namesakes
from bot.dialogue.outcomes import Refused, Waitlisted, WaitsFound
from bot.dialogue.people.whom import identify, recognise
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import Deed, DeedKind, Draft, Task
from bot.dialogue.tasks.book import ask_specialty
from bot.dialogue.tasks.visits import ask_which, find_visits, narrow, pointed_at, visit_day
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.dialogue.values import Visit
from bot.dialogue.wait import Wait
from bot.dialogue.when import When
from bot.dialogue.which_list import LEAVE, WHICH
from bot.messages import Asked
from bot.understanding.values import Entities, Intent

JOIN = (
    Option("yes", say("yes_wait")),
    Option("drop", say("no")),
)
SHOW = "show"  # What a message about the waitlist may want, if not to join or to leave.
SEARCHES = frozenset({Task.BOOK, Task.RESCHEDULE})


def begin(turn: Turn, said: Entities) -> Steps[None]:
    if said.topic == SHOW:
        yield from _show(turn)
        return
    if said.topic == LEAVE:
        yield from leave(turn, said)
        return
    if said.topic == WHICH:
        which_list.ask(turn)
        return
    if _goes_on_searching(turn):
        _take_over(turn, turn.aside[-1])
    elif not (yield from _moves_up(turn, said)):
        return
    yield from advance(turn)


# Joining


def from_search(turn: Turn) -> Steps[None]:
    """ "Put me on the waitlist", where a search has found nothing good."""
    _take_over(turn, turn.fill())
    yield from advance(turn)


def _goes_on_searching(turn: Turn) -> bool:
    """Nothing is said of whom or when, right after a search: that is what they would wait for."""
    draft, aside = turn.fill(), turn.aside[-1:]
    bare = draft == Draft(Task.WAITLIST)
    return bare and any(each.task in SEARCHES and each == turn.before.draft for each in aside)


def _take_over(turn: Turn, search: Draft) -> None:
    turn.aside = tuple(each for each in turn.aside if each is not search)
    when = replace(search.when, earliest=False, latest=False, after=None, before=None, beside=None)
    turn.draft = replace(
        search,
        task=Task.WAITLIST,
        when=replace(when, any_day=not when.names_day),
        offer=(),
        slot=None,
        refused=(),
    )


def _moves_up(turn: Turn, said: Entities) -> Steps[bool]:
    """Find the visit that would move up, if they have one with whom they wait for; False when it
    must be asked which."""
    found = yield from find_visits()
    visits = tuple(visit for visit in found if visit.starts_at > turn.situation.now)
    draft = turn.fill()
    is_open = draft.practitioner is None and draft.specialty is None
    meant = narrow(turn, visits, said, ())
    fitting = tuple(visit for visit in meant if is_open or _is_with(turn, draft, visit))
    turn.visits = fitting
    if is_open and len(fitting) > 1:
        ask_which(turn, fitting)
        return False
    if len(fitting) == 1 and (is_open or _admits_earlier(turn, draft.when, fitting[0])):
        _take(turn, fitting[0])
    return True


def _is_with(turn: Turn, draft: Draft, visit: Visit) -> bool:
    if draft.practitioner is not None:
        return visit.practitioner == draft.practitioner
    return draft.specialty in turn.directory.practitioner(visit.practitioner).specialties


def _admits_earlier(turn: Turn, when: When, visit: Visit) -> bool:
    """Tell whether the wish has a day before that visit's."""
    first = min(when.days, default=when.day_from)
    return first is None or first < visit_day(turn, visit)


def _take(turn: Turn, visit: Visit) -> None:
    draft = turn.fill()
    who = draft.practitioner is not None or draft.specialty is not None
    turn.fill(
        visit=visit,
        practitioner=draft.practitioner if who else visit.practitioner,
        visit_type=draft.visit_type or visit.visit_type,
        patient=visit.patient,
        patient_name=visit.patient_name,
    )


def advance(turn: Turn) -> Steps[None]:
    """Ask with whom, when, for whom; then say it all in one sentence."""
    draft = turn.fill()
    if draft.leaving:
        yield from leave(turn, Entities())
        return
    if namesakes.ask_which(turn):
        return
    if draft.practitioner is None and draft.specialty is None:
        ask_specialty(turn)
        return
    when = draft.when
    if not (draft.visit or when.names_day or when.minute_from or when.minute_until):
        turn.ask(Asked.DATE_TIME, "ask_when_to_wait", who=draft)
        return
    yield from recognise(turn)
    if not (yield from identify(turn)):
        return
    wait = _wait(turn)
    key = "confirm_wait" if wait.sooner_than is None else "confirm_wait_sooner"
    turn.ask(Asked.YES_NO, key, JOIN, wait=wait, visit=wait.sooner_than)


def _wait(turn: Turn) -> Wait:
    draft = turn.fill()
    if draft.patient is None:
        raise RuntimeError("it is not known who would wait")
    return Wait(
        patient=draft.patient,
        patient_name=draft.patient_name or "",
        practitioner=draft.practitioner,
        specialty=draft.specialty if draft.practitioner is None else None,
        location=draft.location,
        visit_type=draft.visit_type,
        when=draft.when,
        sooner_than=draft.visit,
    )


def accept(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    if draft.leaving or draft.patient is None:
        yield from advance(turn)
        return
    outcome = yield JoinWaitlist(_wait(turn))
    turn.draft = None
    turn.done = None
    if isinstance(outcome, Waitlisted):
        turn.say("waitlisted", wait=outcome.wait)
        # What they waited for with the same people before stands again when this is undone.
        kind = DeedKind.LEFT_WAITLIST if outcome.before else DeedKind.WAITLISTED
        turn.done = Deed(kind, wait=outcome.before or outcome.wait)
    elif isinstance(outcome, Refused):
        turn.say(f"refused_{outcome.refusal}", slot=None, visit=draft.visit)


# Leaving, and looking


def _waits() -> Steps[tuple[Wait, ...]]:
    found = yield FindWaits()
    if not isinstance(found, WaitsFound):
        raise TypeError(f"expected what they wait for, got {type(found).__name__}")
    return found.waits


def _show(turn: Turn) -> Steps[None]:
    waits = yield from _waits()
    turn.draft = None
    if not waits:
        turn.say("no_waits")
        return
    turn.say("waits_one" if len(waits) == 1 else "waits_several", count=len(waits))
    for wait in waits:
        turn.say("wait_line", wait=wait)


def leave(turn: Turn, said: Entities) -> Steps[None]:
    """Of one entry at once: it costs nothing to join again. Of several, ask which."""
    waits = yield from _waits()
    named = turn.directory.practitioner_named(said.practitioner) if said.practitioner else None
    meant = tuple(
        wait
        for wait in waits
        if (named and wait.practitioner == named.key)
        or (said.specialty and wait.specialty == said.specialty)
    )
    meant = meant or waits
    if not meant:
        turn.draft = None
        turn.say("no_waits")
    elif len(meant) == 1 or said.all:
        yield from _take_off(turn, meant)
    else:
        turn.draft = Draft(Task.WAITLIST, leaving=True)
        options = tuple(Option(f"wait:{each.key}", say("wait_label", wait=each)) for each in meant)
        turn.ask(Asked.CHOICE, "ask_which_wait", (*options, Option("all", say("all_of_them"))))


def _take_off(turn: Turn, waits: tuple[Wait, ...]) -> Steps[None]:
    turn.draft = None
    for wait in waits:
        outcome = yield LeaveWaitlist(wait.key)
        if isinstance(outcome, Refused):
            turn.say(f"refused_{outcome.refusal}", slot=None, visit=None)
        else:
            turn.say("left_waitlist", wait=wait)
            turn.done = Deed(DeedKind.LEFT_WAITLIST, wait=wait)


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """In the middle of joining somebody may ask to see the list, or to be taken off; and "both" to
    the question which of them."""
    said, intent = heard.understanding.entities, heard.understanding.intent
    if intent is Intent.WAITLIST and said.topic in (LEAVE, SHOW):
        yield from begin(turn, said)
        return True
    question = turn.before.question
    if turn.fill().leaving and (said.all or said.practitioner or said.specialty):
        yield from leave(turn, said)
        return True
    if question is not None and question.asked is Asked.APPOINTMENT and intent is Intent.INFORM:
        visit = pointed_at(turn, said)
        if visit is not None:
            _take(turn, visit)
            yield from advance(turn)
            return True
    return False


def choose(turn: Turn, kind: str, value: str) -> Steps[bool]:
    match kind:
        case "wait":
            waits = yield from _waits()
            yield from _take_off(turn, tuple(wait for wait in waits if wait.key == int(value)))
        case "all":
            yield from _take_off(turn, (yield from _waits()))
        case "visit":
            _take(turn, turn.visits[int(value)])
            yield from advance(turn)
        case _:
            return False
    return True


def back(turn: Turn) -> bool:
    """Give up the last answer: the days, before that with whom."""
    draft, question = turn.fill(), turn.before.question
    match question.asked if question else None:
        case Asked.DATE_OF_BIRTH:
            turn.fill(name=None)
        case Asked.YES_NO | Asked.NAME | Asked.PERSON if draft.visit is None:
            turn.fill(when=When())
        case Asked.DATE_TIME:
            turn.fill(practitioner=None, specialty=None)
        case _:
            return False
    return True


PROCEDURE = Procedure(
    begin=begin, advance=advance, accept=accept, back=back, hear=hear, choose=choose
)
