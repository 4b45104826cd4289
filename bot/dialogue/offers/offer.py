"""Bringing a draft to a slot that is held: searching, offering, holding, and what comes instead."""

from datetime import timedelta

from bot.dialogue.commands import HoldSlot, ReleaseHold
from bot.dialogue.offers.instead import offer_found, offer_nothing, present
from bot.dialogue.offers.pick import minute_of, pick, sure, wall
from bot.dialogue.offers.seek import GONE, find
from bot.dialogue.outcomes import Refused, SlotHeld
from bot.dialogue.people import ages, verify
from bot.dialogue.state import Draft, Hold
from bot.dialogue.turn import Steps, Turn
from bot.dialogue.values import Refusal, Slot
from bot.dialogue.when import When
from bot.messages import Asked

# Offered starts that we remember as not wanted; older ones may come up again.
REMEMBERED = 24
# A hold that lasts this long yet is long enough for the next answer.
ENOUGH = timedelta(minutes=3)


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
    if draft.when.is_over(turn.situation.now):
        turn.say("refused_past")
        turn.fill(when=When(any_day=True))  # Whatever is next.
    draft = without_the_gone(turn)
    found = yield from find(turn, draft)
    if isinstance(found, Refusal):
        refuse_for_good(turn, found)
        return False
    offer = pick(draft, found, turn.situation)
    certain = sure(draft, found, offer, turn.situation)
    if certain is None:
        yield from offer_found(turn, found)
        return False
    turn.fill(offer=offer, offer_is_exact=True)
    return (yield from _keep(turn, certain))


def _keep(turn: Turn, slot: Slot) -> Steps[bool]:
    refusal = yield from hold(turn, slot)
    if refusal is None:
        return True
    yield from explain_refusal(turn, slot, refusal)
    return False


def explain_refusal(turn: Turn, slot: Slot, refusal: Refusal) -> Steps[None]:
    """Say why a slot can't be had, and what can."""
    if refusal is Refusal.TOO_MANY_VISITS and (yield from verify.offer_for_more(turn)):
        return
    if refusal not in GONE:
        refuse_for_good(turn, refusal, slot)
        return
    turn.say(_why_gone(turn, slot, refusal), slot=slot)
    draft = turn.fill()
    # Whoever would see anyone may come at that very time, to somebody else; unless they are busy.
    if draft.practitioner is not None or refusal is Refusal.PATIENT_BUSY:
        turn.fill(refused=(*draft.refused, slot.starts_at)[-REMEMBERED:])
    yield from offer_around(turn, slot)


def _why_gone(turn: Turn, slot: Slot, refusal: Refusal) -> str:
    if refusal is Refusal.SLOT_TAKEN:
        return "slot_gone"
    is_past = refusal is Refusal.TOO_SOON and slot.starts_at <= turn.situation.now
    return "refused_past" if is_past else f"refused_{refusal}"


def refuse_for_good(turn: Turn, refusal: Refusal, slot: Slot | None = None) -> None:
    """No other time would help: say why, and whom to call, or whom to see instead."""
    if refusal is Refusal.SEES_OTHER_AGES and turn.fill().together == 1:
        ages.offer_others(turn)
        return
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
        offer_nothing(turn)
        return
    turn.fill(offer=offer, offer_is_exact=True)
    present(turn)


def refuse_offer(turn: Turn) -> None:
    """Remember that what was offered, or held, is not wanted."""
    draft, question = turn.fill(), turn.before.question
    # Of what was found beside a slot that needed no choosing, nobody has been told.
    listed = question is not None and question.asked is Asked.SLOT
    shown = (draft.slot,) if draft.slot and not listed else draft.offer
    refused = (*draft.refused, *(slot.starts_at for slot in shown))
    turn.fill(offer=(), slot=None, refused=tuple(dict.fromkeys(refused))[-REMEMBERED:])
