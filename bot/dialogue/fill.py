"""Writing what a message said into the draft of the task in hand."""

from dataclasses import replace
from datetime import datetime

from bot.dialogue.offers import namesakes, refine, usual
from bot.dialogue.offers.offer import refuse_offer
from bot.dialogue.offers.pick import wall
from bot.dialogue.people import family, naming
from bot.dialogue.questions import who
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Turn
from bot.dialogue.values import Slot, Visit
from bot.dialogue.when import TIME_FIELDS, When, minutes
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
        "other",
    }
)
USEFUL = (
    WHO_FIELDS
    | WHEN_FIELDS
    | {"person", "name", "date_of_birth", "named", "choice"}
    | {"anyone", "gender", "not_practitioners", "usual", "together", "directly_after", "speaks"}
)


# What "at ten" and "an hour later" may read as besides.
NUMBERS = frozenset({"choice", "minutes"})
# Tasks that may be about somebody whom we do not know yet.
WHOM_TASKS = frozenset({Task.BOOK, Task.WAITLIST, Task.REGISTER, Task.VERIFY})


def fill(turn: Turn, said: Entities) -> None:
    """Fill every field that the message gives; any answer may change anything said before."""
    said = _fill_with_whom(turn, said)
    if said.flexible is Flexible.ANY and _asked(turn) is Asked.SPECIALTY:
        # "Any doctor": the clinic lists its general practice first.
        turn.fill(specialty=turn.directory.specialties[0].code)
    elif said.said() & WHEN_FIELDS:
        _fill_when(turn, said)
    _fill_whom(turn, said)


def _fill_with_whom(turn: Turn, said: Entities) -> Entities:
    """Write down whom to see; returns what is left to be written down."""
    if is_unknown(said):
        _tell_unknown(turn, said)
    if said.candidates and _is_about_whom_to_see(turn):
        namesakes.note(turn, said)
        said = replace(said, specialty=None, gender=None)
    elif namesakes.choose(turn, said):
        said = _without_whom(said)
    if said.anyone:
        refine.anyone(turn)
    if said.gender:
        refine.of_gender(turn, said.gender)
    if said.not_practitioners or ("practitioner" in said.other and not said.practitioner):
        refine.other_practitioner(turn, said)
    if said.said() & WHO_FIELDS:
        _fill_who(turn, said)
    if said.speaks:
        refine.of_language(turn, said.speaks)
    return said


def names_only_a_time(said: Entities) -> bool:
    """ "Monday at ten", "an hour later", "another day": a time, and nothing else."""
    names = said.said() - NUMBERS
    return bool(names & WHEN_FIELDS) and names <= WHEN_FIELDS


def _asked(turn: Turn) -> Asked | None:
    return turn.before.question.asked if turn.before.question else None


def _is_about_whom_to_see(turn: Turn) -> bool:
    """ "Cancel my visit with Dr Patel" names the visit: of two of that name, who it is with."""
    draft = turn.fill()
    return draft.task in WHOM_TASKS or (draft.task is Task.RESCHEDULE and draft.visit is not None)


def is_unknown(said: Entities) -> bool:
    """Somebody was named who does not work here."""
    return "practitioner" in said.ambiguous and not said.candidates


def _tell_unknown(turn: Turn, said: Entities) -> None:
    turn.say("no_such_practitioner")
    draft = turn.fill()
    if draft.task in WHOM_TASKS and not (draft.practitioner or draft.specialty or said.specialty):
        who.tell_who_works_here(turn)


def _without_whom(said: Entities) -> Entities:
    """Whom to see is settled; "either of them" says nothing of the time."""
    other = tuple(name for name in said.other if name != "practitioner")
    when = None if said.flexible is Flexible.ANY else said.flexible
    return replace(said, anyone=None, gender=None, other=other, flexible=when)


def _fill_who(turn: Turn, said: Entities) -> None:
    """A newly named practitioner or specialty replaces the other unless they go together."""
    before, directory = turn.fill(), turn.directory
    draft = before
    if said.specialty:
        keeps = draft.practitioner is not None and (
            said.specialty in directory.practitioner(draft.practitioner).specialties
        )
        if not keeps:
            draft = replace(draft, specialty=said.specialty, practitioner=None)
    practitioner = directory.practitioner_named(said.practitioner) if said.practitioner else None
    if practitioner:
        draft = replace(draft, practitioner=practitioner.key, specialty=None, not_practitioners=())
        if draft.location not in practitioner.locations:
            draft = replace(draft, location=None)  # Said of somebody else.
    location = directory.location_named(said.location) if said.location else None
    if location:
        draft = replace(draft, location=location.key)
    if said.visit_type:
        kinds = [kind.key for kind in directory.visit_types if kind.code == said.visit_type]
        draft = replace(draft, visit_type=kinds[0] if kinds else draft.visit_type)
    if draft != before:
        # Slots of somebody else, or somewhere else, are no answer any more.
        turn.draft = replace(draft, slot=None, offer=())


def _fill_when(turn: Turn, said: Entities) -> None:
    draft = turn.fill()
    picked = None if draft.slot else _picked(draft, said, turn)
    if picked is not None:
        turn.fill(slot=picked)
        return
    shown = draft.slot or _spoken_of(draft, said)
    beside = shown or draft.visit
    if said.shift_minutes is not None and beside is not None:
        when = draft.when.shifted(wall(beside, turn.situation), said.shift_minutes)
    else:
        plain = _with_nothing_to_compare(turn, said)
        when = draft.when.told(_on_the_same_day(draft, plain, turn))
        when = _on_any_day(turn, refine.refined(turn, when, said), said)
        like = _just_booked(turn) or shown or draft.visit
        if "time" in said.same and like is not None and not said.usual:
            start = wall(like, turn.situation)
            days = when.days if when.names_day else (start.date(),)
            when = replace(when, days=days, minute=start.hour * 60 + start.minute)
        elif "date" in said.same and like is not None and not when.names_day:
            when = replace(when, days=(wall(like, turn.situation).date(),))
    # The same wish again leaves a held slot alone; "something later" is never the same wish.
    if when != draft.when or said.flexible in (Flexible.SOONER, Flexible.LATER):
        if said.flexible in (Flexible.SOONER, Flexible.LATER):
            refuse_offer(turn)
        turn.fill(when=when, slot=None, offer=(), refused=_still_refused(when, turn))


def _spoken_of(draft: Draft, said: Entities) -> Slot | None:
    """ "The second, but half an hour later"; else the first of what was offered."""
    place = said.choice or 1
    index = place - 1 if place > 0 else len(draft.offer) + place
    offered = draft.offer[index : index + 1] or draft.offer[:1]
    return offered[0] if offered else None


def _with_nothing_to_compare(turn: Turn, said: Entities) -> Entities:
    """ "Anyone will do" says nothing of the time; and "a morning, not too early" leaves the day
    open where no time has been spoken of that something could be later than."""
    if said.anyone:
        return replace(said, flexible=None)
    opens = said.flexible in refine.RELATIVE and said.said() & TIME_FIELDS
    if opens and not (turn.fill().shown or turn.fill().visit):
        return replace(said, flexible=Flexible.ANY)
    return said


def _on_any_day(turn: Turn, when: When, said: Entities) -> When:
    """ "In the afternoon", to "when?", or "move it to after school": whichever day has that."""
    if when.names_day or when.names_exact_time or not said.said() & TIME_FIELDS:
        return when
    answers = _asked(turn) is Asked.DATE_TIME or turn.fill().task is Task.RESCHEDULE
    return replace(when, any_day=True) if answers else when


def _just_booked(turn: Turn) -> Visit | None:
    """ "At the same time", while another visit is booked: as the one that was booked before."""
    return turn.done.visit if turn.done and turn.fill().task is Task.BOOK else None


def _still_refused(when: When, turn: Turn) -> tuple[datetime, ...]:
    """A time that is named now is wanted now, even if it was refused before."""
    if not when.names_exact_time:
        return turn.fill().refused
    zone = turn.situation.now.tzinfo

    def is_named(start: datetime) -> bool:
        local = start.astimezone(zone)
        on_day = not when.days or local.date() in when.days
        return on_day and minutes(local.time()) == when.minute

    return tuple(start for start in turn.fill().refused if not is_named(start))


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
    if draft.task not in WHOM_TASKS:
        return
    knows_time = bool(draft.shown or draft.when.minute is not None or turn.done)
    if names := usual.names(said, knows_time=knows_time):
        draft = turn.fill(usual=names)
    if said.together is not None:
        family.fill(turn, said)
    elif _is_one_after_all(turn, said):
        family.fill(turn, Entities(together=1))  # "No, only for my son": one visit after all.
    if said.named:
        family.note(turn, said)
    else:
        naming.take(turn, said)


def _is_one_after_all(turn: Turn, said: Entities) -> bool:
    """Of several people one is named, and nothing more is told of them."""
    several = turn.fill().together > 1 and said.person is not None
    return several and _asked(turn) is not Asked.PERSON and said.date_of_birth is None


def choose_person(turn: Turn, person: Person) -> None:
    turn.fill(person=person, patient=None, patient_name=None, name=None, date_of_birth=None)
