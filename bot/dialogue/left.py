"""What was begun and left lying for days: the talk starts anew, but it is named, and may be taken
up again."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.dialogue.fill import USEFUL
from bot.dialogue.in_hand import advance, begin, go_on
from bot.dialogue.state import Draft, State, Task
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.dialogue.when import When
from bot.messages import Asked
from bot.understanding.values import Entities, Intent

QUESTION, TAKE_UP = "take_up", "take_up"
OPTIONS = (Option(TAKE_UP, say("yes")), Option("leave", say("no")))
CODES = frozenset(option.code for option in OPTIONS)
# Tasks that are found again by what is said of them.
OF_VISITS = frozenset({Task.RESCHEDULE, Task.CANCEL})
# What the clinic began is nothing that they left lying.
CLINICS_OWN = frozenset({Task.REMINDER, Task.OFFER, Task.REBOOK, Task.FEEDBACK})
AWAITED = timedelta(days=7)
NAMED = OF_VISITS | {Task.BOOK, Task.WAITLIST}
# A message that wishes for nothing of its own: "hi, where were we?"
BARE = frozenset({Intent.GREET, Intent.REPEAT, Intent.THANKS})
GOING_ON = frozenset({Intent.YES, Intent.INFORM, Intent.BOOK, Intent.AVAILABILITY})


def fresh(state: State, since: datetime, now: datetime) -> State:
    """Return the state after so long a time: nothing but what was left in the middle. Who it was
    for is asked again, and a proof that was offered is nothing begun. A reminder may be answered
    for as long as its visit is ahead, an offer for as long as its time is, and what else the
    clinic asked by itself for a week."""
    draft = state.draft
    if draft is None or draft.task is Task.VERIFY:
        return State()
    if draft.task in CLINICS_OWN:
        awaits = state.question is not None and state.question.unasked
        if not awaits or _answers_until(draft, since) <= now:
            return State()
        return State(draft, state.question, visits=state.visits, lists=state.lists)
    visit = draft.visit
    kept = Draft(
        draft.task,
        practitioner=draft.practitioner or (visit.practitioner if visit else None),
        specialty=draft.specialty,
        location=draft.location if visit is None else None,
        visit_type=draft.visit_type if visit is None else None,
        person=draft.person,
        when=replace(draft.when, after=None, before=None, beside=None),
    )
    return State(left=kept)


def _answers_until(draft: Draft, since: datetime) -> datetime:
    """Return until when an answer to what the clinic asked by itself still helps."""
    if draft.task is Task.OFFER and draft.offered is not None:
        return draft.offered.slot.starts_at
    if draft.task is Task.REMINDER and draft.visit is not None:
        return max(visit.starts_at for visit in (draft.visit, *draft.visits))
    return since + AWAITED


def offer(turn: Turn, heard: Heard) -> bool:
    """Answer who only comes back: what it was, and whether to go on with it. Tells whether that is
    so."""
    left, understood = turn.before.left, heard.understanding
    is_bare = understood.intent in BARE and not understood.entities.said() & USEFUL
    if left is None or turn.before.question is not None or not is_bare:
        return False
    if left.task not in NAMED:
        return False
    known = left.practitioner is not None or left.specialty is not None
    turn.say(f"rested_{left.task}" if known else "rested", who=left)
    turn.left = left
    turn.ask(Asked.YES_NO, QUESTION, OPTIONS)
    return True


def tell(turn: Turn) -> None:
    """Whoever comes back with a wish hears at least that the old one was not done."""
    if turn.before.left is not None and turn.before.question is None and turn.left is None:
        turn.say_first("rested")


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """ "Yes, but on Friday", to the question whether to go on with it."""
    question, understood = turn.before.question, heard.understanding
    is_asked = question is not None and question.key == QUESTION
    facts = understood.entities.said() & USEFUL and understood.entities.choice is None
    if not (is_asked and facts and understood.intent in GOING_ON):
        return False
    left = turn.before.left
    if left is None or left.task in OF_VISITS:
        return False
    turn.draft = _ahead(left, turn.situation.today)
    yield from go_on(turn, Intent.INFORM, understood.entities)
    return True


def choose(turn: Turn, code: str) -> Steps[None]:
    left = turn.before.left
    if code != TAKE_UP or left is None:
        turn.say("not_that")
        return
    if left.task in OF_VISITS:
        person = turn.directory.practitioner(left.practitioner) if left.practitioner else None
        yield from begin(turn, left.task, Entities(practitioner=person.name if person else None))
        return
    turn.draft = _ahead(left, turn.situation.today)
    yield from advance(turn)


def _ahead(left: Draft, today: date) -> Draft:
    """Days that have passed meanwhile are wished for no more."""
    days = tuple(day for day in left.when.days if day >= today)
    when = replace(left.when, days=days)
    is_over = when.day_to is not None and when.day_to < today
    return replace(left, when=When() if is_over else when)
