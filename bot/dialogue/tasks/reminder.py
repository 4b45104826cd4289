"""The task of a reminder: the clinic says that a visit is ahead, and asks whether they will come.

Visits of one day are one message and one question. Whatever has become of them since, the answer is
about the visits as they are now.
"""

from dataclasses import replace

from bot.dialogue.commands import FindAgain
from bot.dialogue.fill import WHO_FIELDS, fill, names_only_a_time
from bot.dialogue.outcomes import VisitsFound
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import MOST_ASIDE, Draft, Question, State, Task
from bot.dialogue.tasks import cancel, confirm, reschedule
from bot.dialogue.tasks.visits import (
    ask_which,
    ask_which_or_all,
    is_said_again,
    is_with,
    pointed_at,
    speaks_of,
    visit_day,
)
from bot.dialogue.turn import Heard, Option, RemindOf, Steps, Turn, say
from bot.dialogue.values import Visit
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Wish

ANSWERS = (
    Option("come", say("yes_come")),
    Option("another_time", say("another_time")),
    Option("not_coming", say("cannot_come")),
)
# News that asks for nothing.
TOLD = {"late_here": "news_late_here", "on_time": "news_on_time"}
# What each way of saying it comes to.
COMING = frozenset({Intent.YES, Intent.CONFIRM})
NOT_COMING = frozenset({Intent.NO, Intent.CANCEL})
ANOTHER_TIME = frozenset({Intent.RESCHEDULE, Intent.ALTERNATIVES, Intent.MORE})
WISHING = frozenset({Intent.INFORM, Intent.BOOK, Intent.AVAILABILITY})


def remind(turn: Turn, ahead: RemindOf) -> None:
    """Say what is ahead, and ask. What a missed visit costs brings more people (Hallsworth et al.,
    PLoS ONE 2015: 8.4 % missed visits, against 11.1 %)."""
    turn.draft = _draft(ahead.visits)
    turn.visits = ahead.visits
    if ahead.news:
        visit = ahead.visits[0]
        told = {"visit": visit, "was": ahead.was or visit, "minutes": ahead.minutes}
        turn.ask(Asked.CHOICE, f"news_{ahead.news}", ANSWERS, **told)
        return
    _say(turn, ahead.visits, named=ahead.named)
    if ahead.cost:
        turn.say("reminder_cost", cost=ahead.cost)


def tell(turn: Turn, ahead: RemindOf) -> None:
    """Say what asks for nothing; what is asked already stays so."""
    turn.keep_question()
    turn.say(TOLD[ahead.news], visit=ahead.visits[0], minutes=ahead.minutes)


def _draft(visits: tuple[Visit, ...]) -> Draft:
    first, *others = visits
    return Draft(Task.REMINDER, visit=first, visits=tuple(others))


def _say(turn: Turn, visits: tuple[Visit, ...], *, named: bool) -> None:
    first, *others = visits
    if not others:
        key = "reminder_of" if named else "reminder"
        turn.ask(Asked.CHOICE, key, ANSWERS, visit=first, name=_first_name(first))
        return
    turn.say("reminder_several", visit=first, count=len(visits))
    for visit in visits:
        key = "reminder_line_of" if named else "reminder_line"
        turn.say(key, visit=visit, name=_first_name(visit))
    turn.ask(Asked.CHOICE, "ask_come_to_all", ANSWERS)


def reopened(state: State, visits: tuple[Visit, ...], list_id: str) -> State:
    """Return the state in which the question of an older reminder is open again: its button was
    pressed, or the message itself was answered."""
    options = tuple(option.code for option in ANSWERS)
    question = Question(Asked.CHOICE, options, list_id=list_id, key="reminder", unasked=True)
    return replace(state.reopened(_draft(visits), question), visits=visits)


def _first_name(visit: Visit) -> str:
    return visit.patient_name.partition(" ")[0]


def _visits(draft: Draft) -> tuple[Visit, ...]:
    return (*((draft.visit,) if draft.visit else ()), *draft.visits)


def _as_they_are(turn: Turn) -> Steps[tuple[Visit, ...]]:
    """Return the visits that were asked about, as they are now; those that have ended, or were
    called off, are none any more."""
    found = yield FindAgain(_visits(turn.fill()))
    if not isinstance(found, VisitsFound):
        raise TypeError(f"expected visits, got {type(found).__name__}")
    if not found.visits:
        turn.say("reminder_is_over")
        turn.draft = None
    return found.visits


def begin(turn: Turn, _: Entities) -> Steps[None]:
    yield from advance(turn)


def advance(turn: Turn) -> Steps[None]:
    """Ask again, of the visits as they are now; of several, what has been seen to is left out."""
    asked = {visit.key: visit.starts_at for visit in _visits(turn.fill())}
    found = yield from _as_they_are(turn)
    visits = tuple(visit for visit in found if visit.starts_at == asked[visit.key])
    if found and not visits:
        turn.say("reminder_has_moved")
    if found:
        _ask_again(turn, visits or found)


def _ask_again(turn: Turn, visits: tuple[Visit, ...]) -> None:
    """Of those of one day: what has another by now has a reminder of its own."""
    first, *_ = visits
    visits = tuple(each for each in visits if visit_day(turn, each) == visit_day(turn, first))
    turn.draft = _draft(visits)
    turn.visits = visits
    _say(turn, visits, named=False)


def accept(turn: Turn) -> Steps[None]:
    """They come. To what has another time by now, a yes to the old one is no yes."""
    asked = {visit.key: visit.starts_at for visit in _visits(turn.fill())}
    visits = yield from _as_they_are(turn)
    if not visits:
        return
    if any(visit.starts_at != asked[visit.key] for visit in visits):
        turn.say("reminder_has_moved")
        _ask_again(turn, visits)
        return
    yield from confirm.confirm_all(turn, visits)


def _move(turn: Turn, said: Entities | None = None) -> Steps[None]:
    visits = yield from _as_they_are(turn)
    if not visits:
        return
    one = _meant(turn, visits, said)
    _keep_for_later(turn, visits)
    turn.draft = Draft(Task.RESCHEDULE)
    if one is None:
        ask_which(turn, visits)
    else:
        if said is not None:
            fill(turn, said)
        yield from reschedule.move(turn, one, said)


def _call_off(turn: Turn, said: Entities | None = None) -> Steps[None]:
    """Asked once more, with the whole sentence: one digit is no clear word for that."""
    visits = yield from _as_they_are(turn)
    if not visits:
        return
    one = _meant(turn, visits, said)
    _keep_for_later(turn, visits)
    turn.draft = Draft(Task.CANCEL, visit=one)
    if one is None:
        ask_which_or_all(turn, visits)
    else:
        yield from cancel.advance(turn)


def _keep_for_later(turn: Turn, visits: tuple[Visit, ...]) -> None:
    """When one of several has been seen to, the others are still unanswered."""
    if len(visits) > 1:
        turn.aside = (*turn.aside, _draft(visits))[-MOST_ASIDE:]


def _meant(turn: Turn, visits: tuple[Visit, ...], said: Entities | None) -> Visit | None:
    turn.visits = visits
    return visits[0] if len(visits) == 1 else pointed_at(turn, said) if said else None


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """An answer in words; whatever else is wished for is seen to first, and this asked again."""
    question, understood = turn.before.question, heard.understanding
    if question is None or heard.number is not None:
        return False
    said = _whole(turn, heard)
    if understood.intent in COMING and _is_theirs(turn, said):
        yield from accept(turn)
    elif understood.intent in ANOTHER_TIME or _wants_another_time(turn, understood.intent, said):
        yield from _move(turn, said)
    elif understood.intent in NOT_COMING:
        yield from _call_off(turn, said)
    elif understood.intent is Intent.INFORM and _names_these(turn, said):
        yield from advance(turn)  # "Is it the one downtown?"
    elif understood.intent is Intent.INFORM and said.said() & WHO_FIELDS:
        # "The dentist, Monday at nine": another visit, and then this question again.
        turn.wishes = (Wish(Intent.BOOK, said), *turn.wishes)
        turn.aside = (*turn.aside, turn.fill())[-MOST_ASIDE:]
        turn.draft = None
    else:
        return False
    return True


def _whole(turn: Turn, heard: Heard) -> Entities:
    """ "Can I come Monday at ten instead?" is one wish, where it reads as two: a visit on Monday,
    and ten o'clock instead."""
    understood = heard.understanding
    instead = [wish for wish in understood.also if wish.intent is Intent.RESCHEDULE]
    if understood.intent is not Intent.BOOK or not instead:
        return understood.entities
    turn.wishes = tuple(wish for wish in turn.wishes if wish not in instead)
    known = {name: getattr(understood.entities, name) for name in understood.entities.said()}
    return replace(instead[0].entities, **known)


def _is_theirs(turn: Turn, said: Entities) -> bool:
    """Nothing is said but what is so of all the visits: "yes", "see you on Tuesday"."""
    return all(is_said_again(turn, said, visit) for visit in _visits(turn.fill()))


def _names_these(turn: Turn, said: Entities) -> bool:
    """Nothing is said but with whom or where they are, and it is so of all of them."""
    names = said.said()
    visits = _visits(turn.fill())
    return bool(names) and names <= WHO_FIELDS and all(is_with(turn, said, v) for v in visits)


def _wants_another_time(turn: Turn, intent: Intent, said: Entities) -> bool:
    """ "Monday at ten would be better", "I can't then, can it be Monday?", "yes, but at eleven":
    nothing but a time, and another than the visit's."""
    only_a_time = names_only_a_time(said)
    visits = _visits(turn.fill())
    if intent in COMING:
        return only_a_time and not any(is_said_again(turn, said, visit) for visit in visits)
    if intent in NOT_COMING:
        return only_a_time and not any(speaks_of(turn, said, visit) for visit in visits)
    return intent in WISHING and only_a_time


def choose(turn: Turn, kind: str, _: str) -> Steps[bool]:
    match kind:
        case "come":
            yield from accept(turn)
        case "another_time":
            yield from _move(turn)
        case "not_coming":
            yield from _call_off(turn)
        case _:
            return False
    return True


PROCEDURE = Procedure(begin=begin, advance=advance, accept=accept, hear=hear, choose=choose)
