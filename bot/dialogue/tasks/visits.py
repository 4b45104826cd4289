"""The visits ahead: listing them, and finding out which one is meant."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from bot.dialogue.commands import FindVisits
from bot.dialogue.offers.pick import wall
from bot.dialogue.outcomes import VisitsFound
from bot.dialogue.people import verify
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import MOST_VISITS, Heard, Option, Say, Situation, Steps, Turn, say
from bot.dialogue.values import Refusal, Slot, Visit
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Person, Wish


def find_visits() -> Steps[tuple[Visit, ...]]:
    found = yield FindVisits()
    if not isinstance(found, VisitsFound):
        raise TypeError(f"expected visits, got {type(found).__name__}")
    return found.visits


def list_visits(turn: Turn) -> Steps[None]:
    visits = yield from find_visits()
    turn.visits = visits
    if not visits:
        # What was booked by phone, or from elsewhere, can be shown to whom it belongs.
        goal = Wish(Intent.LIST)
        if turn.draft or not (yield from verify.offer(turn, goal, "no_visits_here")):
            turn.say("no_visits")
        return
    turn.say("visits_one" if len(visits) == 1 else "visits_several", count=len(visits))
    for visit in visits:
        turn.say("visit_line", visit=visit)


def narrow(
    turn: Turn, visits: tuple[Visit, ...], said: Entities, days: tuple[date, ...]
) -> tuple[Visit, ...]:
    """Return the visits that the words may mean: by practitioner, specialty, place, person, and
    those of `said` days that speak of the visit itself.

    A filter that leaves nothing is no filter: "move it to Dr Okafor" names whom to go to, not whom
    the visit is with.
    """
    directory = turn.directory

    named = (said.practitioner,) if said.practitioner else said.candidates

    def with_practitioner(visit: Visit) -> bool:
        return directory.practitioner(visit.practitioner).name in named

    def of_specialty(visit: Visit) -> bool:
        return said.specialty in directory.practitioner(visit.practitioner).specialties

    def at_location(visit: Visit) -> bool:
        return directory.location(visit.location).name == said.location

    def on_day(visit: Visit) -> bool:
        return visit_day(turn, visit) in days

    def of_person(visit: Visit) -> bool:
        named = said.name is not None and said.name.casefold() in visit.patient_name.casefold()
        return named or speaks_of_patient(turn, visit)

    for fits in (with_practitioner, of_specialty, at_location, on_day, of_person):
        visits = tuple(visit for visit in visits if fits(visit)) or visits
    return visits


def all_meant(turn: Turn, meant: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """Return which visits "both" and "all of them" are: of those that were just booked or shown, if
    there are several of them, else all that may be meant."""
    shown = {visit.key for visit in turn.visits}
    listed = tuple(visit for visit in meant if visit.key in shown)
    return listed if len(listed) > 1 else meant


def visit_day(turn: Turn, visit: Visit) -> date:
    return wall(visit, turn.situation).date()


def closed(visit: Visit, situation: Situation) -> Refusal | None:
    """Return why the patient can no longer move it or give it up here; None if they can, as far as
    we know."""
    if visit.starts_at <= situation.now:
        return Refusal.BEGUN
    until = visit.changeable_until
    return Refusal.TOO_LATE if until is not None and situation.now > until else None


# What a yes may say again of the time that it agrees to; "at ten" may read as a number of a list.
SAID_AGAIN = frozenset(
    {"date", "weekday", "time", "visit_date", "visit_time", "choice", "minutes", "person"}
)


def is_said_again(turn: Turn, said: Entities, time: Visit | Slot) -> bool:
    """ "Yes, Tuesday at ten", "works for me": nothing but what is so of the time that is asked
    about."""
    hour = wall(time, turn.situation).hour
    fits = said.choice in (None, hour, hour - 12) and said.person in (None, Person.SELF)
    return fits and said.said() <= SAID_AGAIN and speaks_of(turn, said, time)


def speaks_of(turn: Turn, said: Entities, visit: Visit | Slot) -> bool:
    """Tell whether what is said of day and hour is true of the visit, or nothing is said of
    them."""
    start = wall(visit, turn.situation)
    days = days_said(said)
    is_that_day = not days or start.date() in days
    hour = said.visit_time or (said.time if said.time_from is None else None)
    return is_that_day and (hour is None or (hour.hour, hour.minute) == (start.hour, start.minute))


def is_with(turn: Turn, said: Entities, visit: Visit) -> bool:
    """Tell whether with whom, where and what for, as far as they are said, is so of the visit."""
    directory = turn.directory
    practitioner = directory.practitioner(visit.practitioner)
    kinds = [kind.code for kind in directory.visit_types if kind.key == visit.visit_type]
    return (
        said.practitioner in (None, practitioner.name)
        and (said.specialty is None or said.specialty in practitioner.specialties)
        and said.location in (None, directory.location(visit.location).name)
        and said.visit_type in (None, *kinds)
    )


def speaks_of_patient(turn: Turn, visit: Visit) -> bool:
    """ "Léa's": a first name stands among the words as they were written."""
    first, *_ = _words(visit.patient_name) or [""]
    return first in _words(turn.text)


def _words(text: str) -> list[str]:
    """Return the words in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(x for x in letters if not unicodedata.combining(x)))


def pointed_at(turn: Turn, said: Entities) -> Visit | None:
    """Return the one listed visit that "the one on Tuesday", "with Dr Patel" or "Emma's" means."""
    if said.choice is not None:
        return None
    days = days_said(said)
    whom = said.name or any(speaks_of_patient(turn, visit) for visit in turn.visits)
    with_whom = said.practitioner or said.candidates or said.specialty
    if not (with_whom or said.location or whom or days or said.time):
        return None
    meant = narrow(turn, turn.visits, said, days)
    fitting = [visit for visit in meant if speaks_of(turn, said, visit)]
    return fitting[0] if len(fitting) == 1 and len(fitting) < len(turn.visits) else None


def days_said(said: Entities) -> tuple[date, ...]:
    """Return the days a message names when there is no other day to speak of than the visit's."""
    named = (said.visit_date, said.date)
    return (*(day for day in named if day), *said.dates)


def pointed_out(turn: Turn, heard: Heard) -> Visit | None:
    """Return the visit that answers the question which it is; None for anything else."""
    question, intent = turn.before.question, heard.understanding.intent
    if question is None or question.asked is not Asked.APPOINTMENT or intent not in POINTING:
        return None
    return pointed_at(turn, heard.understanding.entities)


def _label(visit: Visit, shown: tuple[Visit, ...]) -> Say:
    """Whose it is stands in the list where that differs: a first name, where it tells."""
    names = {each.patient: each.patient_name for each in shown}
    if len(names) == 1:
        return say("visit_label", visit=visit)
    firsts = [name.partition(" ")[0] for name in names.values()]
    first = visit.patient_name.partition(" ")[0]
    name = first if firsts.count(first) == 1 else visit.patient_name
    return say("visit_label_of", visit=visit, name=name)


# "Only Emma's" may be no sentence that is understood as a whole.
POINTING = frozenset({Intent.INFORM, Intent.YES, Intent.OUT_OF_SCOPE})
ALL_OF_THEM = POINTING | {Intent.CANCEL, Intent.RESCHEDULE, Intent.CONFIRM}
# By the task that it is asked for.
WHICH = {
    Task.CANCEL: "ask_which_to_cancel",
    Task.CONFIRM: "ask_which_to_confirm",
    Task.WAITLIST: "ask_which_sooner",
}


def ask_which_or_all(turn: Turn, visits: tuple[Visit, ...]) -> None:
    """Ask which visit is meant, or whether all of them are."""
    label = say("both_of_them" if len(visits) == 2 else "all_of_them")
    ask_which(turn, visits, (Option("all", label),) if len(visits) > 1 else ())


def means_all(turn: Turn, heard: Heard) -> bool:
    """ "Both", to the question which visit."""
    question, understood = turn.before.question, heard.understanding
    asked = question is not None and question.asked is Asked.APPOINTMENT
    return asked and bool(understood.entities.all) and understood.intent in ALL_OF_THEM


def forget_aside(turn: Turn, visits: Iterable[Visit]) -> None:
    """What was begun for a visit before it changed is over with that; of a reminder of several, the
    others are still unanswered."""
    gone = {visit.key for visit in visits}
    left = (_without(each, gone) for each in turn.aside)
    turn.aside = tuple(each for each in left if each is not None)


def _without(draft: Draft, gone: Collection[int]) -> Draft | None:
    if draft.task is not Task.REMINDER:
        return None if draft.visit and draft.visit.key in gone else draft
    asked = (*((draft.visit,) if draft.visit else ()), *draft.visits)
    left = tuple(visit for visit in asked if visit.key not in gone)
    return replace(draft, visit=left[0], visits=left[1:]) if left else None


def ask_which(turn: Turn, visits: tuple[Visit, ...], further: tuple[Option, ...] = ()) -> None:
    """Ask which visit is meant; the list stays what "the second" refers to."""
    turn.visits = visits
    shown = visits[:MOST_VISITS]
    options = tuple(
        Option(f"visit:{index}", _label(visit, shown)) for index, visit in enumerate(shown)
    )
    key = WHICH.get(turn.fill().task, "ask_which_to_move")
    turn.ask(Asked.APPOINTMENT, key, (*options, *further))
