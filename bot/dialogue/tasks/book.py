"""The task of booking: who, when, which slot, for whom, and a clear yes."""

from bot.dialogue.commands import BookVisit
from bot.dialogue.offers import namesakes
from bot.dialogue.offers.offer import choose, explain_refusal
from bot.dialogue.offers.usual import as_last_time, their_own
from bot.dialogue.outcomes import Refused, VisitBooked
from bot.dialogue.people import ages, family, mistakes, naming, whose
from bot.dialogue.people.whom import identify, recognise
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import Deed, DeedKind
from bot.dialogue.tasks.visits import closed
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.values import Refusal
from bot.dialogue.when import When
from bot.messages import Asked
from bot.understanding.values import Entities

OTHER_TIME = Option("other_time", say("other_time"))
CONFIRM = (Option("yes", say("yes_book")), OTHER_TIME)
BESIDE = Option("yes", say("yes_beside"))
INSTEAD = Option("instead", say("move_that_one"))


def begin(turn: Turn, _: Entities) -> Steps[None]:
    yield from advance(turn)


def advance(turn: Turn) -> Steps[None]:
    """Take the next useful step: ask for what is missing, offer, or confirm."""
    draft = turn.fill()
    if draft.in_place_of is not None:
        yield from whose.advance(turn, draft.in_place_of)
    elif not (yield from _with_whom(turn)):
        return
    elif turn.fill().together > 1:
        yield from _advance_together(turn)
    else:
        yield from _advance_one(turn)


def _with_whom(turn: Turn) -> Steps[bool]:
    """Bring the draft to somebody, or to those of a specialty; False if that has been asked."""
    if turn.fill().usual:
        yield from recognise(turn)
        yield from as_last_time(turn)
    if namesakes.ask_which(turn):
        return False
    draft = turn.fill()
    if draft.practitioner is not None or draft.specialty is not None:
        return True
    if turn.before.draft is None:
        yield from recognise(turn)
    if not (yield from their_own(turn)):
        ask_specialty(turn)
    return not turn.asks


def _advance_one(turn: Turn) -> Steps[None]:
    yield from recognise(turn)
    if not (ages.suits(turn) and (yield from choose(turn))):
        return
    if turn.fill().patient is None:
        _say_it_is_free(turn)
        # Once the record is known the hold must count for this patient too.
        if not ((yield from identify(turn)) and (yield from choose(turn))):
            return
    confirm(turn)


def _say_it_is_free(turn: Turn) -> None:
    """The slot is held by now, so nobody takes it while the patient spells a name."""
    draft, before = turn.fill(), turn.before.draft
    is_other = before is not None and before.slot not in (None, draft.slot)
    if draft.slot and (draft.name is None or is_other):
        turn.say("slot_is_free", slot=draft.slot)


def _advance_together(turn: Turn) -> Steps[None]:
    """The same for several people: a slot is held first, then they are asked who they are."""
    yield from mistakes.put_right_one(turn)
    if not ((yield from family.note_named(turn)) and (yield from choose(turn))):
        return
    # The hold must count for the first of them, once that one is known.
    if not ((yield from family.gather(turn)) and (yield from choose(turn))):
        return
    if (yield from family.follow(turn)):
        family.confirm(turn)
    elif (yield from choose(turn)):
        yield from _advance_together(turn)


def _note_when(turn: Turn) -> None:
    """A time that was just said has been heard, though something else is asked first."""
    before = turn.before.draft.when if turn.before.draft else When()
    when = turn.fill().when
    if when in (before, When(any_day=True)):
        return  # "When can you see me?" is answered in its turn.
    if len(when.days) == 1 and when.days != before.days:
        turn.say("day_noted", day=when.days[0])
    else:
        turn.say("noted")


def ask_specialty(turn: Turn) -> None:
    _note_when(turn)
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
    if draft.in_place_of is not None:
        yield from whose.accept(turn, draft.in_place_of)
        return
    if draft.slot is None or draft.patient is None:
        yield from advance(turn)
        return
    if draft.together > 1 and draft.following:
        yield from family.accept(turn)
        return
    outcome = yield BookVisit(draft.slot, draft.patient)
    if isinstance(outcome, VisitBooked):
        key = "booked_pending" if outcome.needs_approval else "booked"
        turn.say(key, visit=outcome.visit)
        if outcome.missed:
            key = "missed_once" if outcome.missed == 1 else "missed_often"
            turn.say(key, count=outcome.missed)
        turn.visits = (outcome.visit,)
        turn.done = Deed(DeedKind.BOOKED, outcome.visit)
        turn.draft = turn.held = None
        mistakes.stands(turn, outcome.visit)
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


def back(turn: Turn) -> bool:
    """Give up the last answer: the time, before that the day, before that with whom."""
    draft, question = turn.fill(), turn.before.question
    match question.asked if question else None:
        case Asked.DATE_OF_BIRTH:
            turn.fill(name=None)
        case Asked.YES_NO if draft.named_last and draft.together == 1:
            naming.unsay_birth_date(turn)
        case Asked.YES_NO | Asked.NAME | Asked.PERSON if len(draft.offer) > 1:
            turn.fill(slot=None)
        case Asked.YES_NO | Asked.NAME | Asked.PERSON | Asked.SLOT:
            turn.fill(slot=None, offer=(), when=When())
        case Asked.DATE | Asked.TIME | Asked.DATE_TIME:
            turn.fill(practitioner=None, specialty=None, when=When())
        case _:
            return False
    return True


def choose_whom(turn: Turn, kind: str, value: str) -> Steps[bool]:
    """ "For you or for a child?"; of several people, somebody who is not in the list."""
    match kind:
        case "for":
            ages.take_answer(turn, value)
        case "companion":
            turn.fill(is_new=True)
        case _ if not whose.choose(turn, kind):
            return False
    if turn.draft is not None:
        yield from advance(turn)
    return True


PROCEDURE = Procedure(begin=begin, advance=advance, accept=accept, back=back, choose=choose_whom)
