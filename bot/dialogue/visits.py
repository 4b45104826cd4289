"""The visits ahead: listing them, and finding out which one is meant."""

from datetime import date

from bot.dialogue.commands import FindVisits, VisitsFound
from bot.dialogue.pick import wall
from bot.dialogue.state import Task
from bot.dialogue.turn import Option, Situation, Steps, Turn, say
from bot.dialogue.values import Refusal, Visit
from bot.messages import Asked
from bot.understanding.values import Entities


def find_visits() -> Steps[tuple[Visit, ...]]:
    found = yield FindVisits()
    if not isinstance(found, VisitsFound):
        raise TypeError(f"expected visits, got {type(found).__name__}")
    return found.visits


def list_visits(turn: Turn) -> Steps[None]:
    visits = yield from find_visits()
    turn.visits = visits
    if not visits:
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

    def with_practitioner(visit: Visit) -> bool:
        return directory.practitioner(visit.practitioner).name == said.practitioner

    def of_specialty(visit: Visit) -> bool:
        return said.specialty in directory.practitioner(visit.practitioner).specialties

    def at_location(visit: Visit) -> bool:
        return directory.location(visit.location).name == said.location

    def on_day(visit: Visit) -> bool:
        return visit_day(turn, visit) in days

    def of_person(visit: Visit) -> bool:
        return said.name is not None and said.name.casefold() in visit.patient_name.casefold()

    for fits in (with_practitioner, of_specialty, at_location, on_day, of_person):
        visits = tuple(visit for visit in visits if fits(visit)) or visits
    return visits


def visit_day(turn: Turn, visit: Visit) -> date:
    return wall(visit, turn.situation).date()


def closed(visit: Visit, situation: Situation) -> Refusal | None:
    """Return why the patient can no longer move it or give it up here; None if they can, as far as
    we know."""
    if visit.starts_at <= situation.now:
        return Refusal.BEGUN
    until = visit.changeable_until
    return Refusal.TOO_LATE if until is not None and situation.now > until else None


def days_said(said: Entities) -> tuple[date, ...]:
    """Return the days a message names when there is no other day to speak of than the visit's."""
    named = (said.visit_date, said.date)
    return (*(day for day in named if day), *said.dates)


def ask_which(turn: Turn, visits: tuple[Visit, ...]) -> None:
    """Ask which visit is meant; the list stays what "the second" refers to."""
    turn.visits = visits
    options = tuple(
        Option(f"visit:{index}", say("visit_label", visit=visit))
        for index, visit in enumerate(visits)
    )
    key = "ask_which_to_cancel" if turn.fill().task is Task.CANCEL else "ask_which_to_move"
    turn.ask(Asked.APPOINTMENT, key, options)
