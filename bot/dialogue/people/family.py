"""Several people, one visit after the other (or at once): "both kids back to back"."""

from dataclasses import replace
from datetime import date
from typing import Any

from bot.dialogue.commands import BookVisit, FindSlots
from bot.dialogue.offers.offer import REMEMBERED, explain_refusal
from bot.dialogue.offers.pick import wall
from bot.dialogue.offers.seek import search
from bot.dialogue.outcomes import Refused, SlotsFound, VisitBooked
from bot.dialogue.people.mistakes import stands
from bot.dialogue.people.whom import (
    CHILDREN,
    fitting_people,
    identify,
    known_people,
    split_name,
)
from bot.dialogue.state import Companion, Deed, DeedKind, Draft, Task
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.dialogue.values import KnownPerson, SearchWindow, Slot, Visit
from bot.dialogue.when import DAY, When
from bot.messages import Asked
from bot.understanding.values import Entities, Person

CLOSE = 16  # Minutes; a visit that begins within so many after another comes directly after it.
OTHER_TIME = Option("other_time", say("other_time"))
# What a sentence calls them, in their order.
PATIENTS = ("patient", "patient_2", "patient_3")
SLOTS = ("slot", "slot_2", "slot_3")
VISITS = ("visit", "visit_2", "visit_3")
CONFIRM = (Option("yes", say("yes_book_all")), OTHER_TIME)


def fill(turn: Turn, said: Entities) -> None:
    """Several people, or one after all: what was chosen for the others may not do for these."""
    turn.fill(
        together=said.together,
        persons=said.persons or turn.fill().persons,
        at_once=bool(said.at_once),
        companions=(),
        following=(),
        patient=None,
        patient_name=None,
        slot=None,
        offer=(),
    )


def note(turn: Turn, said: Entities) -> None:
    """Keep those who were named in one message: one after the other is taken down."""
    draft = turn.fill()
    if draft.together < len(draft.companions) + len(said.named):
        fill(turn, replace(said, together=len(said.named)))
    turn.fill(named=said.named, name=None, date_of_birth=None)


def _take_up_named(turn: Turn) -> None:
    """The next of those who were named ahead; a child is called as the one before."""
    draft = turn.fill()
    if not draft.named or draft.name is not None or len(draft.companions) >= draft.together:
        return
    first, *rest = draft.named
    name, last = first.name, split_name(draft.companions[-1].name)[1] if draft.companions else ""
    if last and not split_name(name)[1] and _expected(draft) in (*CHILDREN, Person.OTHER):
        name = f"{name} {last}"
    turn.fill(named=tuple(rest), name=name, date_of_birth=first.date_of_birth, is_new=True)


def gather(turn: Turn) -> Steps[bool]:
    """Find out who they are: known ones are taken, or chosen from; new ones are asked for one after
    the other. True when all are known."""
    people = yield from known_people()
    while len(turn.fill().companions) < turn.fill().together:
        if not (yield from _next(turn, people)):
            return False
    first = turn.fill().companions[0]
    turn.fill(patient=first.patient, patient_name=first.name)
    return True


def note_named(turn: Turn) -> Steps[bool]:
    """Whoever is named in full before a time is chosen is taken down at once: the next name is
    another's. False if something about them had to be asked."""
    _take_up_named(turn)
    draft = turn.fill()
    full = draft.name is not None and draft.date_of_birth is not None
    if draft.slot is not None or not full or len(draft.companions) >= draft.together:
        return True
    if not split_name(draft.name or "")[1]:
        return True  # The last name is asked for once a time is chosen.
    if not (yield from identify(turn)):
        return False
    draft = turn.fill()
    taken = {each.patient for each in draft.companions}
    if draft.patient is not None and draft.patient not in taken:
        _take(turn, draft.patient, draft.patient_name or "")
        if not turn.has_said("noted"):
            turn.say("noted")
        return (yield from note_named(turn))
    return True


def _next(turn: Turn, people: tuple[KnownPerson, ...]) -> Steps[bool]:
    """Settle who the next of them is; False if that has been asked."""
    _take_up_named(turn)
    draft = turn.fill()
    taken = {each.patient for each in draft.companions}
    if draft.patient is not None and draft.patient not in taken:
        _take(turn, draft.patient, draft.patient_name or "")
        return True
    if draft.patient is not None:  # The same person once more: somebody else was meant.
        draft = turn.fill(patient=None, patient_name=None, name=None, date_of_birth=None)
    person, rest = _expected(draft), draft.persons[len(draft.companions) :]
    known = _known(replace(draft, person=person), people, taken)
    if known and len(known) <= sum(each is person for each in rest):
        _take(turn, known[0].key, known[0].name)
        return True
    if known and draft.name is None and not draft.is_new:
        _ask_which(turn, known)
        return False
    draft = turn.fill(person=person, is_new=True)
    if draft.name is None:
        turn.ask(Asked.NAME, "ask_name_first" if not draft.companions else "ask_name_next")
        return False
    return (yield from identify(turn))


def _expected(draft: Draft) -> Person:
    """Return who comes next of those that were named."""
    place = len(draft.companions)
    return draft.persons[place] if place < len(draft.persons) else Person.OTHER


def _known(
    draft: Draft, people: tuple[KnownPerson, ...], taken: set[int]
) -> tuple[KnownPerson, ...]:
    if draft.is_new or draft.name:
        return ()
    fitting = people if not draft.persons else fitting_people(draft, people)
    return tuple(person for person in fitting if person.key not in taken)


def _take(turn: Turn, patient: int, name: str) -> None:
    companions = (*turn.fill().companions, Companion(patient, name))
    turn.fill(
        companions=companions,
        patient=None,
        patient_name=None,
        person=None,
        name=None,
        date_of_birth=None,
        is_new=False,
    )


def _ask_which(turn: Turn, known: tuple[KnownPerson, ...]) -> None:
    options = tuple(
        Option(f"patient:{person.key}", say("person_label", name=person.name)) for person in known
    )
    other = Option("companion:new", say("person_other"))
    key = "ask_person_next" if turn.fill().companions else "ask_person_first"
    turn.ask(Asked.PERSON, key, (*options, other))


def follow(turn: Turn) -> Steps[bool]:
    """Find the slots for the others, beside the chosen one; False when they are gone, and other
    times are to be looked for."""
    draft = turn.fill()
    assert draft.slot is not None  # noqa: S101 - callers have just chosen it
    at_once = draft.at_once
    found = yield _at_once(turn, draft.slot) if at_once else _after(turn, draft.slot)
    slots: tuple[Slot, ...] = ()
    if isinstance(found, SlotsFound) and found.slots:
        slots = (found.slots[0], *(found.following[0] if found.following else ()))
        if at_once:
            slots = tuple({slot.practitioner: slot for slot in found.slots}.values())
    if len(slots) >= draft.together - 1:
        turn.fill(following=slots[: draft.together - 1])
        return True
    refused = (*draft.refused, draft.slot.starts_at)[-REMEMBERED:]
    turn.fill(slot=None, offer=(), refused=refused)
    turn.say("no_room_for_all")
    return False


def _after(turn: Turn, slot: Slot) -> FindSlots:
    """What comes directly after the slot, with the same practitioner, for all the others."""
    day, minute = _end_of(slot, turn)
    others = turn.fill().together - 1
    # Only the first of the others begins at once; a later one's start is not bounded.
    until = min(DAY, minute + CLOSE)
    return replace(
        _beside(turn, slot),
        practitioner=slot.practitioner,
        specialty=None,
        windows=(SearchWindow(day, day, minute, until),),
        in_a_row=others,
    )


def _at_once(turn: Turn, slot: Slot) -> FindSlots:
    """The same time, with other practitioners of the specialty."""
    start = wall(slot, turn.situation)
    minute = start.hour * 60 + start.minute
    return replace(
        _beside(turn, slot),
        practitioner=None,
        specialty=next(iter(turn.directory.practitioner(slot.practitioner).specialties), None),
        windows=(SearchWindow(start.date(), start.date(), minute, minute + 1),),
        not_practitioners=(slot.practitioner,),
        in_a_row=1,
    )


def _beside(turn: Turn, slot: Slot) -> FindSlots:
    """What both have in common: the same place, and a visit for the second of them."""
    draft = turn.fill()
    second = draft.companions[1].patient if len(draft.companions) > 1 else None
    wish = replace(draft, when=When(), location=slot.location, patient=second, refused=())
    return replace(search(wish, turn.situation), exactly=True)


def _end_of(slot: Slot, turn: Turn) -> tuple[date, int]:
    end = wall(replace(slot, starts_at=slot.ends_at), turn.situation)
    return end.date(), end.hour * 60 + end.minute


def confirm(turn: Turn) -> None:
    """Say it all in one sentence: who comes when."""
    draft = turn.fill()
    names = (companion.name for companion in draft.companions)
    words: dict[str, Any] = dict(zip(PATIENTS, names, strict=False))
    words |= dict(zip(SLOTS, (draft.slot, *draft.following), strict=False))
    key = "confirm_at_once" if draft.at_once else f"confirm_together_{draft.together}"
    turn.ask(Asked.YES_NO, key, CONFIRM, **words)


def accept(turn: Turn) -> Steps[None]:
    """Book them all; what can't be had any more is said, and the nearest to it offered."""
    draft = turn.fill()
    assert draft.slot is not None  # noqa: S101 - it was in the sentence
    booked: list[Visit] = []
    for companion, slot in zip(draft.companions, (draft.slot, *draft.following), strict=True):
        outcome = yield BookVisit(slot, companion.patient)
        if isinstance(outcome, VisitBooked):
            booked.append(outcome.visit)
            stands(turn, outcome.visit)
            turn.held = None
            turn.done = Deed(DeedKind.BOOKED, outcome.visit)
        elif isinstance(outcome, Refused):
            _say_booked(turn, booked)
            left = draft.companions[len(booked) :]
            turn.draft = _for_the_rest(draft, slot, left)
            turn.visits = tuple(booked)
            yield from explain_refusal(turn, slot, outcome.refusal)
            return
        else:
            raise TypeError(f"expected a booking, got {type(outcome).__name__}")
    _say_booked(turn, booked)
    turn.visits = tuple(booked)
    turn.draft = None


def _for_the_rest(draft: Draft, slot: Slot, left: tuple[Companion, ...]) -> Draft:
    """Return the draft for those whose slot has gone."""
    return Draft(
        Task.BOOK,
        practitioner=draft.practitioner or slot.practitioner,
        visit_type=slot.visit_type,
        patient=left[0].patient,
        patient_name=left[0].name,
        together=len(left),
        companions=left if len(left) > 1 else (),
    )


def _say_booked(turn: Turn, booked: list[Visit]) -> None:
    if len(booked) == 1:
        turn.say("booked", visit=booked[0])
    elif booked:
        words = dict(zip(VISITS, booked, strict=False))
        same = len({visit.practitioner for visit in booked}) == 1
        key = f"booked_together_{len(booked)}" if same else "booked_at_once"
        turn.say(key, **words)
