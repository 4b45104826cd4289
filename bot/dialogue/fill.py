"""Writing what a message said into the draft of the task in hand."""

from dataclasses import replace

from bot.dialogue.offer import refuse_offer
from bot.dialogue.pick import wall
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Option, Turn, say
from bot.dialogue.values import Slot
from bot.dialogue.whom import split_name
from bot.messages import Asked
from bot.understanding.values import Entities, Flexible, Person

WHO_FIELDS = frozenset({"practitioner", "specialty", "location", "visit_type"})
WHEN_FIELDS = frozenset(
    {
        "date",
        "date_from",
        "date_to",
        "dates",
        "not_dates",
        "weekday",
        "weekdays",
        "not_weekdays",
        "time",
        "time_from",
        "time_to",
        "part_of_day",
        "flexible",
        "shift_minutes",
        "same",
    }
)
USEFUL = WHO_FIELDS | WHEN_FIELDS | {"person", "name", "date_of_birth", "choice"}


def fill(turn: Turn, said: Entities) -> bool:
    """Fill every field that the message gives; any answer may change anything said before.

    Returns False when the patient must be asked which of several was meant (and has been).
    """
    names = said.said()
    if "practitioner" in said.ambiguous and said.candidates:
        _ask_practitioner(turn, said)
        return False
    if names & WHO_FIELDS:
        _fill_who(turn, said)
    if said.flexible is Flexible.ANY and _asked(turn) is Asked.SPECIALTY:
        # "Any doctor": the clinic lists its general practice first.
        turn.fill(specialty=turn.directory.specialties[0].code)
    elif names & WHEN_FIELDS:
        _fill_when(turn, said)
    _fill_whom(turn, said)
    return True


def _asked(turn: Turn) -> Asked | None:
    return turn.before.question.asked if turn.before.question else None


def _ask_practitioner(turn: Turn, said: Entities) -> None:
    people = [turn.directory.practitioner_named(name) for name in said.candidates]
    options = tuple(
        Option(f"practitioner:{person.key}", say("practitioner_label", practitioner=person.key))
        for person in people
        if person
    )
    turn.ask(Asked.PRACTITIONER, "ask_which_practitioner", options)


def _fill_who(turn: Turn, said: Entities) -> None:
    """A newly named practitioner or specialty replaces the other unless they go together."""
    before, directory = turn.fill(), turn.directory
    draft = before
    if said.specialty:
        keeps = draft.practitioner is not None and (
            said.specialty in directory.practitioner(draft.practitioner).specialties
        )
        draft = replace(
            draft, specialty=said.specialty, practitioner=draft.practitioner if keeps else None
        )
    practitioner = directory.practitioner_named(said.practitioner) if said.practitioner else None
    if practitioner:
        draft = replace(draft, practitioner=practitioner.key, specialty=None)
    location = directory.location_named(said.location) if said.location else None
    if location:
        draft = replace(draft, location=location.key)
    if said.visit_type:
        kinds = [kind.key for kind in directory.visit_types if kind.code == said.visit_type]
        draft = replace(draft, visit_type=kinds[0] if kinds else draft.visit_type)
    if draft != before:
        # Slots of somebody else, or somewhere else, are no answer any more.
        turn.draft = replace(draft, slot=None, offer=(), refused=())


def _fill_when(turn: Turn, said: Entities) -> None:
    draft = turn.fill()
    picked = None if draft.slot else _picked(draft, said, turn)
    if picked is not None:
        turn.fill(slot=picked)
        return
    shown = draft.slot or (draft.offer[0] if draft.offer else None)
    if said.shift_minutes is not None and shown is not None:
        when = draft.when.shifted(wall(shown, turn.situation), said.shift_minutes)
    else:
        when = draft.when.told(_on_the_same_day(draft, said, turn), draft.offer or _held(draft))
        like = shown or draft.visit
        if "time" in said.same and like is not None:
            start = wall(like, turn.situation)
            when = replace(when, minute=start.hour * 60 + start.minute)
    # The same wish again leaves a held slot alone; "something later" is never the same wish.
    if when != draft.when or said.flexible in (Flexible.SOONER, Flexible.LATER):
        if said.flexible in (Flexible.SOONER, Flexible.LATER):
            refuse_offer(turn)
        turn.fill(when=when, slot=None, offer=())


def _held(draft: Draft) -> tuple[Slot, ...]:
    return (draft.slot,) if draft.slot else ()


def _on_the_same_day(draft: Draft, said: Entities, turn: Turn) -> Entities:
    """ "At three, please" about a shown slot, or about the visit to be moved, means its day."""
    shown = draft.slot or (draft.offer[0] if draft.offer else None)
    if shown is None or draft.when.days or not ({"time", "time_from", "time_to"} & said.said()):
        return said
    days = {wall(slot, turn.situation).date() for slot in draft.offer or (shown,)}
    if len(days) != 1 or said.date or said.dates or said.date_from or said.flexible:
        return said
    return replace(said, date=days.pop())


def _picked(draft: Draft, said: Entities, turn: Turn) -> Slot | None:
    """Return the one offered slot that "10:30", "Friday" or "the one with Dr Okafor" points at."""
    if not draft.offer or said.flexible or said.shift_minutes is not None:
        return None
    exact = said.time if said.time_from is None and said.time_to is None else None
    if exact is None and said.date is None and said.weekday is None:
        return None
    fitting = []
    for slot in draft.offer:
        start = wall(slot, turn.situation)
        if exact is not None and (start.hour, start.minute) != (exact.hour, exact.minute):
            continue
        # "Friday" points at the Friday that was offered, whichever week that is.
        same_weekday = said.weekday is not None and start.weekday() == said.weekday
        if said.date is not None and start.date() != said.date and not same_weekday:
            continue
        if said.part_of_day or said.date_from or said.dates or said.not_dates:
            return None
        fitting.append(slot)
    return fitting[0] if len(fitting) == 1 else None


def _fill_whom(turn: Turn, said: Entities) -> None:
    draft = turn.fill()
    if draft.task is not Task.BOOK:
        return
    if said.person is not None and said.person is not draft.person:
        draft = turn.fill(
            person=said.person,
            is_new=False,
            patient=None,
            patient_name=None,
            name=None,
            date_of_birth=None,
        )
    if said.name:
        name = said.name
        if _asked(turn) is Asked.NAME and draft.name and not split_name(draft.name)[1]:
            name = f"{draft.name} {said.name}"  # The last name, asked for on its own.
        if name != draft.name:
            draft = turn.fill(name=name, patient=None, patient_name=None)
    if said.date_of_birth is not None and said.date_of_birth != draft.date_of_birth:
        turn.fill(date_of_birth=said.date_of_birth)


def choose_person(turn: Turn, person: Person) -> None:
    turn.fill(person=person, patient=None, patient_name=None, name=None, date_of_birth=None)
