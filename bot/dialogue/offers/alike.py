"""A visit for somebody else, right after one was booked: with the same person, at about the same
time, unless something else is said."""

from dataclasses import replace

from bot.dialogue.fill import WHEN_FIELDS
from bot.dialogue.offers.pick import minute_of, wall
from bot.dialogue.state import SETTLED, Draft, Task
from bot.dialogue.turn import Turn
from bot.dialogue.values import Slot, Visit
from bot.dialogue.when import When
from bot.understanding.values import Entities, Person


def draft_for(turn: Turn, said: Entities) -> Draft:
    """Return the draft of a new booking, begun from the visit that was just booked where the words
    speak of another like it: "my daughter as well", "the same time for my son"."""
    visit = turn.done.visit if turn.done and turn.done.kind in SETTLED else None
    if visit is None or not _is_another(said):
        return Draft(Task.BOOK)
    names = said.said()
    draft = Draft(Task.BOOK)
    if "practitioner" in said.other:
        return replace(draft, practitioner=visit.practitioner)  # Somebody else than that one.
    theirs = turn.directory.practitioner(visit.practitioner).specialties
    fits = said.practitioner is None and said.location is None
    if fits and (said.specialty in (None, *theirs) or "practitioner" in said.same):
        draft = Draft(Task.BOOK, practitioner=visit.practitioner, location=visit.location)
    if names & (WHEN_FIELDS - {"same"}):
        return draft
    return Draft(
        Task.BOOK,
        practitioner=draft.practitioner,
        location=draft.location,
        when=_when(turn, visit, at_once="time" in said.same),
    )


def _is_another(said: Entities) -> bool:
    for_another = said.person not in (None, Person.SELF) or said.name is not None
    somebody_else = "practitioner" in said.other
    return for_another or bool(said.same) or bool(said.directly_after) or somebody_else


def directly_after(turn: Turn, visit: Visit) -> When:
    return _when(turn, visit, at_once=False)


def _when(turn: Turn, visit: Visit, *, at_once: bool) -> When:
    """At that very time, if that was said; else directly after it."""
    starts_at = visit.starts_at if at_once else visit.ends_at
    slot = Slot(visit.practitioner, visit.location, visit.visit_type, starts_at, visit.ends_at)
    day = wall(slot, turn.situation).date()
    return When(days=(day,), minute=minute_of(slot, turn.situation))
