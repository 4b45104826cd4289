"""The task of booking: who, when, which slot, for whom, and a clear yes."""

from bot.dialogue.commands import BookVisit, Refused, VisitBooked
from bot.dialogue.offer import choose, explain_refusal
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.values import Refusal
from bot.dialogue.visits import closed
from bot.dialogue.whom import identify, recognise
from bot.messages import Asked

OTHER_TIME = Option("other_time", say("other_time"))
CONFIRM = (Option("yes", say("yes_book")), OTHER_TIME)
BESIDE = Option("yes", say("yes_beside"))
INSTEAD = Option("instead", say("move_that_one"))


def advance(turn: Turn) -> Steps[None]:
    """Take the next useful step: ask for what is missing, offer, or confirm."""
    draft = turn.fill()
    if draft.practitioner is None and draft.specialty is None:
        ask_specialty(turn)
        return
    yield from recognise(turn)
    if not (yield from choose(turn)):
        return
    draft = turn.fill()
    if draft.patient is None:
        # The slot is held by now, so nobody takes it while the patient spells a name.
        if draft.name is None and draft.slot:
            turn.say("slot_is_free", slot=draft.slot)
        if not (yield from identify(turn)):
            return
        # The record is known only now: the hold must count for this patient too.
        if not (yield from choose(turn)):
            return
    confirm(turn)


def ask_specialty(turn: Turn) -> None:
    directory = turn.directory
    offered = {code for person in directory.practitioners for code in person.specialties}
    options = tuple(
        Option(f"specialty:{item.code}", say("specialty_label", specialty=item.code))
        for item in directory.specialties
        if item.code in offered
    )
    turn.ask(Asked.SPECIALTY, "ask_specialty", options)


def confirm(turn: Turn) -> None:
    """Say it all in one sentence; of a visit much like it too, which may be meant instead."""
    draft = turn.fill()
    beside = turn.held.beside if turn.held else None
    if beside is not None:
        movable = closed(beside, turn.situation) is None
        options = (BESIDE, INSTEAD, OTHER_TIME) if movable else (BESIDE, OTHER_TIME)
        words = {"slot": draft.slot, "patient": draft.patient_name, "visit": beside}
        turn.ask(Asked.YES_NO, "confirm_beside", options, **words)
        return
    key = "confirm_booking_earliest" if draft.when.earliest else "confirm_booking"
    turn.ask(Asked.YES_NO, key, CONFIRM, slot=draft.slot, patient=draft.patient_name)


def accept(turn: Turn) -> Steps[None]:
    """The patient said yes to the full sentence."""
    draft = turn.fill()
    if draft.slot is None or draft.patient is None:
        yield from advance(turn)
        return
    outcome = yield BookVisit(draft.slot, draft.patient)
    if isinstance(outcome, VisitBooked):
        key = "booked_pending" if outcome.needs_approval else "booked"
        turn.say(key, visit=outcome.visit)
        if outcome.missed:
            key = "missed_once" if outcome.missed == 1 else "missed_often"
            turn.say(key, count=outcome.missed)
        turn.visits = (outcome.visit,)
        turn.draft = turn.held = None
        return
    if not isinstance(outcome, Refused):
        raise TypeError(f"expected a booking, got {type(outcome).__name__}")
    yield from refused(turn, outcome.refusal)


def refused(turn: Turn, refusal: Refusal) -> Steps[None]:
    """The clinic did not do what the patient had said yes to."""
    slot = turn.fill().slot
    if slot is None:
        raise RuntimeError("nothing was asked of the clinic")
    turn.fill(slot=None, offer=())
    yield from explain_refusal(turn, slot, refusal)
