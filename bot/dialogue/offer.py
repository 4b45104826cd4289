"""Finding slots for a draft, and offering the best few of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.dialogue.commands import FindSlots, HoldSlot, Refused, ReleaseHold, SlotHeld, SlotsFound
from bot.dialogue.pick import minute_of, pick, sure, wall
from bot.dialogue.state import Draft, Hold
from bot.dialogue.turn import Option, Situation, Steps, Turn, say
from bot.dialogue.values import Refusal, Slot
from bot.dialogue.when import When
from bot.messages import Asked

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
        Refusal.NOT_RELEASED,
        Refusal.DAY_FULL,
    }
)
# A hold that lasts this long yet is long enough for the next answer.
ENOUGH = timedelta(minutes=3)
# A wish for days within this stretch is answered from all its slots; beyond, from the first ones.
MANY = 400


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


def find(turn: Turn, draft: Draft, *, around: bool = False) -> Steps[SlotsFound | Refusal]:
    """Ask the clinic; an open-ended wish ("earliest") needs only the first few times.

    Returns why, when this patient gets no such visit at all.
    """
    when, situation = draft.when, turn.situation
    open_ended = when.earliest or when.any_day or when.after or when.before
    # At each time there may be a slot with everybody who is meant.
    limit = situation.offers * len(_meant(draft, situation)) if open_ended else MANY
    found = yield replace(search(draft, situation, limit), around=around)
    if isinstance(found, Refused):
        return SlotsFound(()) if found.refusal in GONE else found.refusal
    if not isinstance(found, SlotsFound):
        raise TypeError(f"expected slots, got {type(found).__name__}")
    return found


def _meant(draft: Draft, situation: Situation) -> Sequence[int]:
    """Return the practitioners a wish may be for."""
    if draft.practitioner is not None:
        return [draft.practitioner]
    people = situation.directory.practitioners
    return [person.key for person in people if draft.specialty in (None, *person.specialties)]


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
        turn.held = Hold(slot, patient, outcome.until, outcome.beside)
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
    draft = without_the_gone(turn)
    found = yield from find(turn, draft)
    if isinstance(found, Refusal):
        refuse_for_good(turn, found)
        return False
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
    if refusal not in GONE:
        refuse_for_good(turn, refusal, slot)
        return
    turn.say("slot_gone" if refusal is Refusal.SLOT_TAKEN else f"refused_{refusal}", slot=slot)
    draft = turn.fill()
    # Whoever would see anyone may come at that very time, to somebody else; unless they are busy.
    if draft.practitioner is not None or refusal is Refusal.PATIENT_BUSY:
        turn.fill(refused=(*draft.refused, slot.starts_at)[-REMEMBERED:])
    yield from offer_around(turn, slot)


def refuse_for_good(turn: Turn, refusal: Refusal, slot: Slot | None = None) -> None:
    """No other time would help: say why, and whom to call."""
    turn.say(f"refused_{refusal}", slot=slot, visit=turn.fill().visit)
    turn.draft = None


def without_the_gone(turn: Turn) -> Draft:
    """Take out of the draft what the clinic no longer has, so that something can be found: instead
    of somebody who has left, others of the same specialty."""
    draft, directory = turn.fill(), turn.directory
    former = {person.key: person for person in directory.former_practitioners}
    if draft.practitioner in former:
        turn.say("practitioner_gone", practitioner=draft.practitioner)
        specialty = next(iter(former[draft.practitioner].specialties), draft.specialty)
        draft = turn.fill(practitioner=None, specialty=specialty)
    if draft.location in {place.key for place in directory.former_locations}:
        draft = turn.fill(location=None)
    if draft.visit_type in {kind.key for kind in directory.former_visit_types}:
        draft = turn.fill(visit_type=None)
    return draft


def offer_around(turn: Turn, slot: Slot) -> Steps[None]:
    """Offer what is free nearest to a slot that has gone."""
    day = wall(slot, turn.situation).date()
    turn.fill(when=When(days=(day,), minute=minute_of(slot, turn.situation)), slot=None, offer=())
    draft = without_the_gone(turn)
    found = yield from find(turn, draft, around=True)
    if isinstance(found, Refusal):
        refuse_for_good(turn, found)
        return
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
