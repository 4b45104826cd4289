"""What is offered when a wish can't be met: the nearest on each side, colleagues, the waitlist."""

from dataclasses import replace

from bot.dialogue.offers.pick import is_near, pick, wall
from bot.dialogue.offers.seek import find
from bot.dialogue.outcomes import SlotsFound
from bot.dialogue.state import Draft
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.values import Refusal, Slot
from bot.messages import Asked

WAITLIST = Option("waitlist", say("join_waitlist"))


def present(turn: Turn) -> None:
    """Offer the slots of the draft."""
    draft, situation = turn.fill(), turn.situation
    offer = draft.offer
    same_day = len({wall(slot, situation).date() for slot in offer}) == 1
    same_person = len({slot.practitioner for slot in offer}) == 1
    label = "slot_label" + ("" if same_day else "_day") + ("" if same_person else "_who")
    options = tuple(
        Option(f"slot:{index}", say(label, slot=slot)) for index, slot in enumerate(offer)
    )
    key = "offer" if draft.offer_is_exact else "offer_nearest"
    key += ("_day" if same_day else "") + ("" if same_person else "_several")
    if _is_far(turn, offer) and len(offer) < situation.offers:
        options = (*options, WAITLIST)
    turn.ask(Asked.SLOT, key, options, slot=offer[0])


def _is_far(turn: Turn, offer: tuple[Slot, ...]) -> bool:
    """Tell whether nothing of the offer is near the wish, so that waiting may be better."""
    draft = turn.fill()
    near = (is_near(slot, draft.when, turn.situation) for slot in offer)
    return not draft.offer_is_exact and not any(near)


def offer_found(turn: Turn, found: SlotsFound) -> Steps[None]:
    """Offer what was found for the draft, or what comes nearest to it."""
    draft, situation = turn.fill(), turn.situation
    offer = pick(draft, found, situation)
    if found.exact and offer:
        # "Half past twelve", and only eleven forty and one o'clock are near: say that it isn't.
        turn.fill(offer=offer, offer_is_exact=draft.when.minute is None)
        present(turn)
        return
    if draft.when.is_relative and not offer:
        _nothing_beyond(turn)
        return
    before = turn.before.draft
    was_met = before is None or before.offer_is_exact
    further = _nothing_more(draft) if was_met else None
    if further is None and not any(is_near(slot, draft.when, situation) for slot in offer):
        if draft.practitioner is not None and (yield from _offer_colleagues(turn, offer)):
            return
        offer = offer[: situation.offers - 1]  # One place is for the waitlist.
    if not offer:
        offer_nothing(turn)
        return
    if further:
        turn.say(further)
    turn.fill(offer=offer, offer_is_exact=further is not None)
    present(turn)


def _nothing_more(draft: Draft) -> str | None:
    """Return the sentence for a wish that was met before, and has nothing more; None for one that
    can't be met at all."""
    if draft.when.before:
        return "nothing_sooner_then"
    if draft.when.after:
        return "nothing_later_then"
    return "nothing_else_then" if draft.refused or draft.when.beside else None


def _nothing_beyond(turn: Turn) -> None:
    """There is nothing sooner, or later, at all: what was shown is what there is, unless it was
    refused."""
    when, before = turn.fill().when, turn.before.draft
    shown = before.offer or before.held if before else ()
    if before is None or before.when == when or not shown:
        offer_nothing(turn)
        return
    if when.before or when.after:
        turn.say("nothing_sooner" if when.before else "nothing_later")
    else:
        turn.say("nothing_else")
    turn.fill(when=before.when, refused=before.refused, offer=shown, offer_is_exact=True)
    present(turn)


def offer_nothing(turn: Turn) -> None:
    draft = turn.fill(offer=(), slot=None)
    turn.ask(Asked.CHOICE, "nothing_free", (WAITLIST,), who=draft)


def _offer_colleagues(turn: Turn, theirs: tuple[Slot, ...]) -> Steps[bool]:
    """Somebody named has nothing near the wish: offer it with others of the same specialty, and
    beside it the next of theirs. Returns False when there is nobody, or nothing, to offer."""
    draft, situation = turn.fill(), turn.situation
    assert draft.practitioner is not None  # noqa: S101 - callers have just looked
    named = turn.directory.practitioner(draft.practitioner)
    specialty = next(iter(named.specialties), None)
    others = [each for each in turn.directory.practitioners if specialty in each.specialties]
    if specialty is None or not any(each.key != named.key for each in others):
        return False
    wish = replace(
        draft,
        practitioner=None,
        specialty=specialty,
        not_practitioners=(*draft.not_practitioners, named.key),
    )
    # Where there is nothing of theirs at all, even what is near with others helps.
    found = yield from find(turn, wish, exactly=bool(theirs))
    if isinstance(found, Refusal) or not found.slots:
        return False
    room = situation.offers - (1 if theirs else 0)
    offer = pick(wish, found, replace(situation, offers=room))
    next_of_theirs = theirs[:1]
    if next_of_theirs:
        turn.say("next_of_theirs", slot=next_of_theirs[0])
    else:
        turn.say("nothing_of_theirs", practitioner=named.key)
    together = sorted((*offer, *next_of_theirs), key=lambda slot: slot.starts_at)
    turn.fill(offer=tuple(together), offer_is_exact=True)
    _present_colleagues(turn)
    return True


def _present_colleagues(turn: Turn) -> None:
    offer = turn.fill().offer
    options = tuple(
        Option(f"slot:{index}", say("slot_label_day_who", slot=slot))
        for index, slot in enumerate(offer)
    )
    turn.ask(Asked.SLOT, "offer_colleagues", options)
