"""The tasks, as one: beginning, going on, saying yes, dropping; each file beside has its own."""

from collections.abc import Mapping
from dataclasses import replace

from bot.dialogue.fill import USEFUL, WHEN_FIELDS, WHO_FIELDS, fill
from bot.dialogue.handoff import hand_over
from bot.dialogue.offers import alike, usual
from bot.dialogue.offers.offer import refuse_offer
from bot.dialogue.offers.pick import wall
from bot.dialogue.offers.refine import is_refinement, somebody_else
from bot.dialogue.people import verify
from bot.dialogue.procedure import Procedure
from bot.dialogue.questions.place import place_in_question
from bot.dialogue.state import MOST_ASIDE, SETTLED, Draft, Task
from bot.dialogue.tasks import (
    another,
    arrive,
    book,
    cancel,
    confirm,
    feedback,
    late,
    offered,
    rebook,
    register,
    reminder,
    reschedule,
    waitlist,
)
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.values import Visit
from bot.messages import Asked
from bot.understanding.values import Entities, Intent

PROCEDURES: Mapping[Task, Procedure] = {
    Task.BOOK: book.PROCEDURE,
    Task.RESCHEDULE: reschedule.PROCEDURE,
    Task.CANCEL: cancel.PROCEDURE,
    Task.CONFIRM: confirm.PROCEDURE,
    Task.WAITLIST: waitlist.PROCEDURE,
    Task.REGISTER: register.PROCEDURE,
    Task.VERIFY: verify.PROCEDURE,
    Task.ARRIVE: arrive.PROCEDURE,
    Task.LATE: late.PROCEDURE,
    Task.FEEDBACK: feedback.PROCEDURE,
    Task.REMINDER: reminder.PROCEDURE,
    Task.OFFER: offered.PROCEDURE,
    Task.REBOOK: rebook.PROCEDURE,
}
STARTS = {
    Intent.BOOK: Task.BOOK,
    Intent.AVAILABILITY: Task.BOOK,
    Intent.RESCHEDULE: Task.RESCHEDULE,
    Intent.CANCEL: Task.CANCEL,
    Intent.CONFIRM: Task.CONFIRM,
    Intent.WAITLIST: Task.WAITLIST,
    Intent.REGISTER: Task.REGISTER,
    Intent.VERIFY: Task.VERIFY,
    Intent.ARRIVED: Task.ARRIVE,
    Intent.LATE: Task.LATE,
}
SEARCHES = frozenset({Task.BOOK, Task.RESCHEDULE})
# What may name a visit that is to be given up; "later" and "another day" name none.
NAMING = WHO_FIELDS | {
    "visit_date", "visit_time", "date", "dates", "weekday", "time", "person", "name", "choice",
    "all",
}  # fmt: skip
# Whoever does these becomes known by the way.
REGISTERS = frozenset({Task.BOOK, Task.WAITLIST})
GIVES_UP = "all"  # The topic of a no to all of it, not to what is on offer alone.
# "Monday, no": the other days of what is on offer may still do.
WHAT_WILL_NOT_DO = frozenset({"not_dates", "not_weekdays"})
REFUSALS = frozenset({Intent.NO, Intent.ALTERNATIVES, Intent.MORE})
# What changes something where nothing else is in hand.
OTHERWISE = frozenset({Intent.INFORM, Intent.NO, Intent.ALTERNATIVES, Intent.RESCHEDULE})
MENU = (
    Option("menu:book", say("menu_book")),
    Option("menu:list", say("menu_list")),
    Option("menu:human", say("menu_human")),
)
MENUS = {"not_understood_menu": MENU, "offer_person": MENU[::-1], "offer_call": MENU[::-1]}
LADDER = tuple(MENUS)  # What is tried one after the other where asking again did not help.
# After these an "ok" is a goodbye.
CLOSING = frozenset({"opted_out", "alerted_wrong_person", "alerted_deceased", "goodbye"})


def begin(turn: Turn, task: Task, said: Entities) -> Steps[None]:
    """Begin a task, or take the message as more about the task in hand."""
    if (yield from _is_of_what_is_in_hand(turn, task, said)):
        return
    draft = turn.draft
    if draft is not None and draft.task is Task.REGISTER and task in REGISTERS:
        turn.draft = replace(draft, task=task, is_new=False)
    else:
        put_aside(turn)
        turn.draft = alike.draft_for(turn, said) if task is Task.BOOK else Draft(task)
    if task is Task.RESCHEDULE:
        said = _of_settled(turn, said)
    fill(turn, said)
    yield from PROCEDURES[task].begin(turn, said)


def _of_settled(turn: Turn, said: Entities) -> Entities:
    """ "20 minutes later", of the visit that was just settled: of that day's."""
    visit = turn.done.visit if turn.done else None
    if visit is None or said.visit_date or not is_of_settled(turn, Intent.RESCHEDULE, said):
        return said
    return replace(said, visit_date=wall(visit, turn.situation).date(), specialty=None)


def book_instead(turn: Turn, given_up: Visit, said: Entities) -> Steps[None]:
    """Book instead of a visit that was just given up: like it, but for what is said otherwise."""
    turn.draft = Draft(
        Task.BOOK,
        practitioner=given_up.practitioner,
        visit_type=given_up.visit_type,
        patient=given_up.patient,
        patient_name=given_up.patient_name,
    )
    fill(turn, said)
    yield from PROCEDURES[Task.BOOK].begin(turn, said)


def put_aside(turn: Turn) -> None:
    """Keep the task in hand for later, if anything has been said for it yet; what the clinic asked
    by itself is not asked twice."""
    draft = turn.draft
    if draft is not None and draft != Draft(draft.task) and draft.task is not Task.FEEDBACK:
        others = tuple(other for other in turn.aside if other.task is not draft.task)
        turn.aside = (*others, draft)[-MOST_ASIDE:]


def come_back(turn: Turn) -> Steps[None]:
    """Go on with the task that was interrupted last."""
    *others, turn.draft = turn.aside
    turn.aside = tuple(others)
    turn.say("where_we_were")
    yield from advance(turn)


def _is_of_what_is_in_hand(turn: Turn, task: Task, said: Entities) -> Steps[bool]:
    """Take a message that names a task as one about what is in hand; True if it was."""
    draft = turn.draft
    if draft is None or (yield from another.is_meant(turn, task, said)):
        return False
    if draft.task is task and not (task is Task.CANCEL and draft.visit is None):
        yield from go_on(turn, Intent.INFORM, said)
    elif draft.task is Task.BOOK and _shown(draft) and task is Task.RESCHEDULE:
        # "Can we do another day instead?" about a slot that is only offered so far.
        yield from go_on(turn, Intent.ALTERNATIVES, said)
    elif task is Task.CANCEL and (not said.said() & NAMING or another.is_of(turn, draft, said)):
        # A bare "cancel" in the middle of something means that something.
        drop(turn, "kept" if _is_of_a_standing(draft) else "dropped")
    elif task is Task.CONFIRM and draft.task is Task.CANCEL:
        drop(turn, "kept")  # "No, I confirm the visit."
    elif task is Task.CONFIRM and draft.task in SEARCHES and _shown(draft):
        yield from _agree(turn, said)
    else:
        return False
    return True


def _agree(turn: Turn, said: Entities) -> Steps[None]:
    """ "I confirm the appointment on Thursday", where there is no other than what is asked."""
    if at_confirmation(turn) and not said.said() & USEFUL:
        yield from accept(turn)
    else:
        yield from go_on(turn, Intent.YES, said)


def _shown(draft: Draft) -> bool:
    return bool(draft.offer or draft.slot)


def go_on(turn: Turn, intent: Intent, said: Entities) -> Steps[None]:
    """A message for the task in hand: more facts, a correction, a yes or a no."""
    useful = bool(said.said() & USEFUL) or "practitioner" in said.ambiguous
    draft = turn.draft
    if draft is None:
        yield from _out_of_task(turn, intent, said, useful=useful)
        return
    gives_up = said.topic == GIVES_UP or not _asks_about_slots(turn)
    if usual.is_refused(turn, intent, said):
        yield from advance(turn)
        return
    mere = not useful or (said.topic == GIVES_UP and not said.said() & USEFUL - {"flexible"})
    if intent is Intent.NO and mere and gives_up:
        # "No" to "what is your name?", "forget it": they would rather not.
        drop(turn, "kept" if _is_of_a_standing(draft) else "dropped")
        return
    refuses = intent in REFUSALS and _shown(draft) and said.choice is None
    if refuses and not (is_refinement(said) or said.said() & WHAT_WILL_NOT_DO):
        _refuse(turn, intent, useful=useful)
    if useful:
        fill(turn, said)
    elif intent not in REFUSALS:
        yield from not_understood(turn, "need_answer" if intent is Intent.YES else "not_understood")
        return
    slot = turn.fill().slot
    agrees = intent is Intent.YES and bool(said.said() & (WHO_FIELDS | WHEN_FIELDS))
    if agrees and slot is not None and slot == draft.slot and at_confirmation(turn):
        # "Yes, Tuesday at ten": a yes that says once more what it agrees to.
        yield from accept(turn)
        return
    yield from advance(turn)


def _refuse(turn: Turn, intent: Intent, *, useful: bool) -> None:
    """ "Any others?" about somebody whom we chose brings somebody else first."""
    if useful or intent is Intent.NO or not somebody_else(turn):
        refuse_offer(turn)


def _out_of_task(turn: Turn, intent: Intent, said: Entities, *, useful: bool) -> Steps[None]:
    if useful and intent is not Intent.YES:
        task = Task.RESCHEDULE if is_of_settled(turn, intent, said) else Task.BOOK
        yield from begin(turn, task, said)
    elif intent is Intent.YES:
        closed = any(key.removesuffix("_again") in CLOSING for key in turn.before.said)
        turn.say("goodbye" if closed else "anything_else")
    elif intent is Intent.NO:
        turn.say("goodbye")
    else:
        yield from not_understood(turn)


def is_of_settled(turn: Turn, intent: Intent, said: Entities) -> bool:
    """ "Tuesday would be better", "20 minutes later", "another doctor, please", just after a visit
    was settled: it is that visit that should be otherwise."""
    settled = turn.done is not None and turn.done.kind in SETTLED
    if not settled or turn.draft is not None or intent not in OTHERWISE:
        return False
    names = said.said()
    visit = turn.done.visit if turn.done else None
    if visit is not None and "practitioner" in said.other:
        theirs = turn.directory.practitioner(visit.practitioner).specialties
        names -= {"specialty"} if said.specialty in theirs else set()  # "Another dentist."
    return bool(names & WHEN_FIELDS) and names <= WHEN_FIELDS


def _is_of_a_standing(draft: Draft) -> bool:
    """The draft changes a visit that there is, and stays as it is."""
    visit = draft.visit or draft.in_place_of
    return visit is not None or draft.task is Task.CANCEL


def _asks_about_slots(turn: Turn) -> bool:
    question = turn.before.question
    return question is not None and question.asked in (Asked.SLOT, Asked.YES_NO)


def at_confirmation(turn: Turn) -> bool:
    question = turn.before.question
    return question is not None and question.asked is Asked.YES_NO


def accept(turn: Turn) -> Steps[None]:
    if turn.draft is None:
        turn.say("anything_else")
    else:
        yield from PROCEDURES[turn.draft.task].accept(turn)


def advance(turn: Turn) -> Steps[None]:
    yield from PROCEDURES[turn.fill().task].advance(turn)


def resume(turn: Turn) -> Steps[None]:
    """Go back to the task in hand, if there is one, by asking its question again."""
    if turn.draft is not None:
        yield from advance(turn)


def drop(turn: Turn, key: str) -> None:
    turn.draft = None
    turn.say(key)


def not_understood(turn: Turn, key: str = "not_understood") -> Steps[None]:
    """Ask again once, then show a menu, then offer a person, then a call; or as the clinic has it,
    fetch one."""
    turn.misses = turn.before.misses + 1
    limit = turn.situation.handover_after_misses
    time = (turn.misses - 1) % (len(LADDER) + 1) + 1
    if limit and turn.misses >= limit:
        yield from hand_over(turn)
    elif time == 1:
        turn.say(key if turn.draft else "not_understood_open")
        yield from resume(turn)
    else:
        menu = rung(time)
        turn.ask(Asked.CHOICE, menu, MENUS[menu], phone=place_in_question(turn).phone)


def rung(time: int) -> str:
    """Return what may help at the second, the third, the fourth time."""
    return LADDER[min(time - 2, len(LADDER) - 1)]
