"""Asking the clinic for free slots that fit a draft."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.dialogue.commands import FindSlots
from bot.dialogue.outcomes import Refused, SlotsFound
from bot.dialogue.state import Draft
from bot.dialogue.turn import Situation, Steps, Turn
from bot.dialogue.values import Refusal

# Refusals that concern this slot only: another one may do.
GONE = frozenset(
    {
        Refusal.SLOT_TAKEN,
        Refusal.PATIENT_BUSY,
        Refusal.TOO_SOON,
        Refusal.TOO_FAR,
        Refusal.NOT_OFFERED,
        Refusal.NOT_RELEASED,
        Refusal.DAY_FULL,
    }
)
# A wish for days within this stretch is answered from all its slots; beyond, from the first ones.
MANY = 400
# And one that goes out from what was shown, from the slots nearest to that.
MOST_NEAR = 60


def search(draft: Draft, situation: Situation, limit: int | None = MANY) -> FindSlots:
    when = draft.when
    return FindSlots(
        practitioner=draft.practitioner,
        specialty=draft.specialty,
        location=draft.location,
        visit_type=draft.visit_type,
        windows=when.windows(situation.today, situation.horizon),
        weekdays=when.weekdays,
        not_weekdays=when.not_weekdays,
        not_days=when.not_days,
        after=when.after,
        before=when.before,
        near=when.near(situation.today),
        nearest_first=when.is_relative,
        avoid=_unwanted(draft),
        not_practitioners=draft.not_practitioners,
        moves=draft.visit,
        patient=draft.patient,
        limit=limit,
        in_a_row=1 if draft.at_once else draft.together,
    )


def _unwanted(draft: Draft) -> tuple[datetime, ...]:
    """A visit that is to be moved is not offered the time it has."""
    visit = draft.visit
    if visit is None or draft.practitioner != visit.practitioner:
        return draft.refused
    return (*draft.refused, visit.starts_at)


def find(
    turn: Turn, draft: Draft, *, around: bool = False, exactly: bool = False
) -> Steps[SlotsFound | Refusal]:
    """Ask the clinic; returns why, when this patient gets no such visit at all."""
    wish = search(draft, turn.situation, _enough(draft, turn.situation))
    found = yield replace(wish, around=around, exactly=exactly)
    if isinstance(found, Refused):
        return SlotsFound(()) if found.refusal in GONE else found.refusal
    if not isinstance(found, SlotsFound):
        raise TypeError(f"expected slots, got {type(found).__name__}")
    return found


def _enough(draft: Draft, situation: Situation) -> int:
    """Return how many slots to look at: of an open-ended wish ("earliest") the first few times."""
    when = draft.when
    if draft.together > 1:
        return MANY  # Not every one of them has others after it.
    if when.is_relative:
        return MOST_NEAR
    if when.earliest or (when.any_day and not when.has_hours):
        # At each time there may be a slot with everybody who is meant.
        return situation.offers * len(meant(draft, situation))
    return MANY


def meant(draft: Draft, situation: Situation) -> Sequence[int]:
    """Return the practitioners a wish may be for."""
    if draft.practitioner is not None:
        return [draft.practitioner]
    people = situation.directory.practitioners
    return [person.key for person in people if draft.specialty in (None, *person.specialties)]
