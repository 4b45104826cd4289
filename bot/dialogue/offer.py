"""Finding slots for a draft, and offering the best few of them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TypeVar

from bot.dialogue.commands import FindSlots, HoldSlot, Refused, ReleaseHold, SlotHeld, SlotsFound
from bot.dialogue.state import Draft, Hold
from bot.dialogue.turn import Option, Situation, Steps, Turn, say
from bot.dialogue.values import Refusal, Slot, Visit
from bot.dialogue.when import When
from bot.messages import Asked

Item = TypeVar("Item")

# Offered starts that we remember as not wanted; older ones may come up again.
REMEMBERED = 24
# Refusals that concern this slot only: another one may do.
GONE = frozenset(
    {
        Refusal.SLOT_TAKEN,
        Refusal.PATIENT_BUSY,
        Refusal.TOO_SOON,
        Refusal.TOO_FAR,
        Refusal.NOT_OFFERED,
    }
)
# A hold that lasts this long yet is long enough for the next answer.
ENOUGH = timedelta(minutes=3)
# A wish for days within this stretch is answered from all its slots; beyond, from the first ones.
MANY = 400


def wall(slot: Slot | Visit, situation: Situation) -> datetime:
    """Return its start as the clock on the wall of its location shows it."""
    return slot.starts_at.astimezone(situation.directory.location(slot.location).zone)


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
        avoid=draft.refused,
        moves=draft.visit,
        patient=draft.patient,
        limit=limit,
    )


def find(turn: Turn, draft: Draft) -> Steps[SlotsFound]:
    """Ask the clinic; an open-ended wish ("earliest") needs only the first few."""
    when = draft.when
    open_ended = when.earliest or when.any_day or when.after or when.before
    limit = turn.situation.offers if open_ended else MANY
    found = yield search(draft, turn.situation, limit)
    if not isinstance(found, SlotsFound):
        raise TypeError(f"expected slots, got {type(found).__name__}")
    return found


def pick(draft: Draft, found: SlotsFound, situation: Situation) -> tuple[Slot, ...]:
    """Return the few slots worth offering, in the order of time.

    Near misses and open-ended wishes come ranked: the first are the best. A wish met by many
    slots gets some from all over it, since neighbours differ too little to choose between: over
    several days the first of each day, within one day evenly spread. "Around three" gets the
    nearest to three.
    """
    slots, count = found.slots, situation.offers
    when = draft.when
    if not found.exact and when.minute is None:
        best: Sequence[Slot] = _first_of_each_day(slots, situation)[:count]
    elif not found.exact or when.earliest or when.any_day or when.after or when.before:
        best = slots[:count]
    elif when.minute is not None:
        wished = when.minute

        def distance(slot: Slot) -> int:
            return abs(_minute(slot, situation) - wished)

        best = sorted(slots, key=distance)[:count]
    else:
        best = _spread(slots, count, situation)
    return tuple(sorted(best, key=lambda slot: slot.starts_at))


def _first_of_each_day(slots: Sequence[Slot], situation: Situation) -> Sequence[Slot]:
    """Near a day that has nothing, other days are a choice; more hours of one day hardly are."""
    firsts: dict[date, Slot] = {}
    for slot in slots:
        firsts.setdefault(wall(slot, situation).date(), slot)
    return list(firsts.values())


def _spread(slots: Sequence[Slot], count: int, situation: Situation) -> Sequence[Slot]:
    days = [list(day) for _, day in groupby(slots, key=lambda slot: wall(slot, situation).date())]
    if len(days) >= count:
        return [day[0] for day in _evenly(days, count)]
    return _evenly(slots, count)


def _evenly(items: Sequence[Item], count: int) -> Sequence[Item]:
    if len(items) <= count:
        return items
    last = len(items) - 1
    if count == 1:
        return items[:1]
    return [items[round(step * last / (count - 1))] for step in range(count)]


def sure(
    draft: Draft, found: SlotsFound, offer: tuple[Slot, ...], situation: Situation
) -> Slot | None:
    """Return the slot that needs no choosing: the only one, the exact time, the earliest."""
    if not found.exact or not offer:
        return None
    if len(offer) == 1 or draft.when.earliest or draft.when.names_exact_time:
        return offer[0]
    # "Around three", and three is free.
    return next((slot for slot in offer if _minute(slot, situation) == draft.when.minute), None)


def _minute(slot: Slot, situation: Situation) -> int:
    """Return the slot's start in minutes after midnight, wall time."""
    start = wall(slot, situation)
    return start.hour * 60 + start.minute


def present(turn: Turn) -> None:
    """Offer the slots of the draft."""
    draft = turn.draft
    assert draft is not None  # noqa: S101 - callers have just filled it
    offer, situation = draft.offer, turn.situation
    same_day = len({wall(slot, situation).date() for slot in offer}) == 1
    same_person = len({slot.practitioner for slot in offer}) == 1
    label = "slot_label" + ("" if same_day else "_day") + ("" if same_person else "_who")
    options = tuple(
        Option(f"slot:{index}", say(label, slot=slot)) for index, slot in enumerate(offer)
    )
    key = "offer" if draft.offer_is_exact else "offer_nearest"
    key += ("_day" if same_day else "") + ("" if same_person else "_several")
    turn.ask(Asked.SLOT, key, options, slot=offer[0])


def hold(turn: Turn, slot: Slot) -> Steps[Refusal | None]:
    """Keep the slot for this conversation; returns why not, if not.

    While most of its term lies ahead the hold is left alone, so that spelling a name costs nothing.
    """
    held, draft = turn.held, turn.fill(slot=slot)
    patient = None if draft.visit else draft.patient
    if held and (held.slot, held.patient) == (slot, patient) and _lasts(held, turn):
        return None
    outcome = yield HoldSlot(slot, patient, draft.visit, held.slot if held else None)
    if isinstance(outcome, SlotHeld):
        turn.held = Hold(slot, patient, outcome.until)
        return None
    turn.fill(slot=None, offer=())
    if not isinstance(outcome, Refused):
        raise TypeError(f"expected a hold, got {type(outcome).__name__}")
    return outcome.refusal


def _lasts(held: Hold, turn: Turn) -> bool:
    return held.until - turn.situation.now > ENOUGH


def release(turn: Turn) -> Steps[None]:
    """Give back what is held, if anything is."""
    if turn.held is not None:
        yield ReleaseHold()
        turn.held = None


def choose(turn: Turn) -> Steps[bool]:
    """Bring the draft to a held slot, or ask for what that takes.

    Returns True when a slot is held; False when the patient has been asked something instead.
    """
    draft = turn.fill()
    if draft.slot is not None:
        return (yield from _keep(turn, draft.slot))
    if draft.offer:
        present(turn)
        return False
    if not draft.when.names_day:
        turn.ask(
            Asked.DATE_TIME if draft.when.minute is None else Asked.DATE, "ask_when", who=draft
        )
        return False
    found = yield from find(turn, draft)
    offer = pick(draft, found, turn.situation)
    if not offer:
        turn.fill(when=When(), refused=())
        turn.ask(Asked.DATE_TIME, "nothing_free", who=draft)
        return False
    certain = sure(draft, found, offer, turn.situation)
    # "Half past twelve", and only eleven forty and one o'clock are near: say that it isn't free.
    met = found.exact and (certain is not None or draft.when.minute is None)
    turn.fill(offer=offer, offer_is_exact=met)
    if certain is None:
        present(turn)
        return False
    return (yield from _keep(turn, certain))


def _keep(turn: Turn, slot: Slot) -> Steps[bool]:
    refusal = yield from hold(turn, slot)
    if refusal is None:
        return True
    yield from explain_refusal(turn, slot, refusal)
    return False


def explain_refusal(turn: Turn, slot: Slot, refusal: Refusal) -> Steps[None]:
    """Say why a slot can't be had, and what can."""
    if refusal in GONE:
        turn.say("slot_gone" if refusal is Refusal.SLOT_TAKEN else f"refused_{refusal}", slot=slot)
        refused = (*turn.fill().refused, slot.starts_at)[-REMEMBERED:]
        turn.fill(refused=refused)
        yield from offer_around(turn, slot)
    else:
        # No other time would help.
        turn.say(f"refused_{refusal}", slot=slot)
        turn.draft = None


def offer_around(turn: Turn, slot: Slot) -> Steps[None]:
    """Offer what is free nearest to a slot that has gone."""
    day = wall(slot, turn.situation).date()
    when = When(days=(day,), minute=_minute(slot, turn.situation))
    draft = turn.fill(when=when, slot=None, offer=())
    found = yield from find(turn, draft)
    offer = pick(draft, found, turn.situation)
    if not offer:
        turn.ask(Asked.DATE_TIME, "nothing_free", who=draft)
        return
    turn.fill(offer=offer, offer_is_exact=True)
    present(turn)


def refuse_offer(turn: Turn) -> None:
    """Remember that what was offered, or held, is not wanted."""
    draft = turn.fill()
    shown = (*draft.offer, *((draft.slot,) if draft.slot else ()))
    refused = (*draft.refused, *(slot.starts_at for slot in shown))
    turn.fill(offer=(), slot=None, refused=tuple(dict.fromkeys(refused))[-REMEMBERED:])
