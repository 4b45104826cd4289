"""Words about another visit in the middle of one: "first confirm the one with Dr Patel".

They never change what is in hand: that is done for the visit which is meant, and then what was in
hand goes on.
"""

from dataclasses import replace
from datetime import date

from bot.dialogue.state import Draft, Task
from bot.dialogue.tasks.visits import days_said, find_visits, is_with, speaks_of_patient, visit_day
from bot.dialogue.turn import Steps, Turn
from bot.dialogue.values import Visit
from bot.understanding.values import Entities

# What is done to a visit there is.
OF_VISITS = frozenset({Task.CONFIRM, Task.RESCHEDULE, Task.CANCEL})


def is_meant(turn: Turn, task: Task, said: Entities) -> Steps[bool]:
    """Tell whether the task is wanted for a visit there is, other than the one in hand."""
    draft = turn.draft
    if draft is None or task not in OF_VISITS:
        return False
    if said.choice is not None and task is not Task.CONFIRM:
        return False  # Of a list.
    if task is draft.task and (draft.visit is None or not _names_surely(task, said)):
        return False
    if task is not Task.CONFIRM and not (_names_visit(turn, task, said) or "visit" in said.other):
        return False
    found = yield from find_visits()
    now, in_hand = turn.situation.now, draft.visit.key if draft.visit else None
    ahead = [visit for visit in found if visit.starts_at > now and visit.key != in_hand]
    if not _names_visit(turn, task, said):
        return bool(ahead)
    fitting = [visit for visit in ahead if _is(turn, task, said, visit)]
    return bool(fitting) and not (task is Task.RESCHEDULE and is_of(turn, draft, said))


def _names_surely(task: Task, said: Entities) -> bool:
    """In the middle of moving, "to Dr Chen" and "on Friday" say where to."""
    return task is not Task.RESCHEDULE or said.visit_date is not None or "visit" in said.other


def _names_visit(turn: Turn, task: Task, said: Entities) -> bool:
    named = said.practitioner or said.specialty or said.location or said.person or said.name
    texts = any(speaks_of_patient(turn, visit) for visit in turn.visits)
    return bool(named or texts or _days(task, said))


def _days(task: Task, said: Entities) -> tuple[date, ...]:
    """Of a move, other days are where to."""
    if task is Task.RESCHEDULE:
        return (said.visit_date,) if said.visit_date else ()
    return days_said(said)


def _is(turn: Turn, task: Task, said: Entities, visit: Visit) -> bool:
    """Tell whether all that is said of a visit is true of this one."""
    days = _days(task, said)
    return (
        is_with(turn, replace(said, visit_type=None), visit)
        and (not days or visit_day(turn, visit) in days)
        and (said.name is None or said.name.casefold() in visit.patient_name.casefold())
    )


def is_of(turn: Turn, draft: Draft, said: Entities) -> bool:
    """ "Move it to Friday with Dr Patel", of a time of hers that is only offered so far."""
    if said.visit_date is not None or "visit" in said.other:
        return False
    shown = draft.shown[0].practitioner if draft.shown else draft.practitioner
    if shown is None:
        return said.specialty is not None and said.specialty == draft.specialty
    practitioner = turn.directory.practitioner(shown)
    return practitioner.name == said.practitioner or said.specialty in practitioner.specialties
