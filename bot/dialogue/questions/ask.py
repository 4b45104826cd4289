"""Questions, answered in the middle of anything from the clinic's file and its calendar.

What the clinic has not told is put to staff, and the patient hears so; on health nobody but a
practitioner says anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from bot.dialogue.commands import AskStaff
from bot.dialogue.fill import USEFUL, WHO_FIELDS, is_unknown
from bot.dialogue.in_hand import begin
from bot.dialogue.questions import what, where, who
from bot.dialogue.state import Task
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.dialogue.when import DAY_FIELDS, TIME_FIELDS
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Understanding, Wish

NOTHING_SAID = Entities()
ADVICE, PRESENCE = "advice", "presence"
Answering = Callable[[Turn, Entities], Steps[bool]]
# Topics of understanding -> who answers; False: the clinic has not told.
ANSWERS: Mapping[str, Answering] = {
    "hours": where.hours,
    "open_now": where.open_now,
    "holidays": where.holidays,
    "address": where.address,
    "directions": where.directions,
    "transport": where.transport,
    "phone": where.phone,
    "parking": where.tell(lambda place: place.parking),
    "insurance": where.insurance,
    "price": what.price,
    "duration": what.duration,
    "preparation": what.preparation,
    "bring": what.bring,
    "referral": what.referral,
    "cancelling": what.cancelling,
    "lateness": what.lateness,
    "cancelling_free": what.cancelling_free,
    "new_patients": what.new_patients,
    "practitioners": who.practitioners,
    "other_specialty": who.other_specialty,
    "who_is_in": who.who_is_in,
    PRESENCE: who.presence,
    "languages": who.languages,
    "women": who.women,
    "men": who.men,
    "children": who.children,
    "services": who.services,
}
# Under these a new question is another one, whatever was asked before.
WIDE = frozenset({"", "services", "paperwork"})
LOOK = "look"  # Kind of the choice that looks for a free time.
OF_WHOM = frozenset({"practitioner", "specialty", "location"})
NO = Option("drop", say("no_thanks"))
PERSON = Option("menu:human", say("menu_human"))
MOST_PUT = 12  # Topics put to staff that are remembered.
LONGEST_TOPIC = 40
SURE = 0.9  # What is wished so clearly goes on with nothing.
# What takes up an offer to look for a time and says more about it.
TAKING_UP = frozenset({Intent.YES, Intent.INFORM, Intent.BOOK, Intent.AVAILABILITY})


def answer_all(turn: Turn, first: Entities | None, beside: Entities = NOTHING_SAID) -> Steps[None]:
    """Answer all that one message asks, of those whom it speaks of `beside` where it names none."""
    if first is not None:
        yield from answer(turn, first)
    for said in turn.questions:
        yield from answer(turn, said if said.said() & WHO_FIELDS else _of(said, beside))
    turn.questions = ()


def _of(said: Entities, beside: Entities) -> Entities:
    """ "Dr Patel tomorrow at 10; do you have parking?" asks about where she is."""
    return replace(
        said,
        practitioner=beside.practitioner,
        specialty=beside.specialty,
        location=beside.location,
        visit_type=beside.visit_type,
    )


def answer(turn: Turn, said: Entities) -> Steps[None]:
    topic = said.topic or ""
    turn.about = Wish(Intent.ASK, said)
    if is_unknown(said):
        turn.say("no_such_practitioner")
    if topic == ADVICE:
        # Nothing on health, however harmless it looks: a practitioner answers, or staff.
        turn.say("no_advice")
        who.offer_to_look(turn, said)
    elif topic == "results":
        turn.say("results")
        yield from _put_to_staff(turn, topic)
    elif topic not in ANSWERS or not (yield from ANSWERS[topic](turn, said)):
        # Nobody is asked the same twice.
        is_new = yield from _put_to_staff(turn, topic)
        asking = "asking_cost" if topic == "cancelling_free" else "asking_staff"
        turn.say(asking if is_new else "asked_staff")


def _put_to_staff(turn: Turn, topic: str) -> Steps[bool]:
    if topic in WIDE:
        topic = f"{topic}:{turn.text.casefold()[:LONGEST_TOPIC]}"
    if topic in turn.put_to_staff:
        return False
    yield AskStaff(turn.text)
    turn.put_to_staff = (*turn.put_to_staff, topic)[-MOST_PUT:]
    return True


def offer_next(turn: Turn) -> None:
    """Where nothing else is in hand, ask whether to look for a time with those told of."""
    about = turn.about.entities if turn.about else Entities()
    if turn.to_look is None and about.date is not None:
        # "Dr Chen on Tuesday, what do you charge?"
        who.offer_to_look(turn, about, about.date)
    if turn.to_look is None and about.topic != ADVICE:
        return
    look_for = Option(f"{LOOK}:{turn.to_look or '::'}", say("yes_look"))
    options = (look_for, PERSON, NO) if about.topic == ADVICE else (look_for, NO)
    turn.ask(Asked.YES_NO, "shall_i_look", options)


def goes_on(turn: Turn, heard: Heard) -> Wish | None:
    """Return what a message means that goes on with what was said last: with the offer to look for
    a time, or with a question."""
    understood = heard.understanding
    if turn.draft is not None or understood.entities.topic:
        return None
    if not understood.entities.said() & USEFUL or understood.entities.choice is not None:
        return None
    return _taken_up(turn, understood) or _followed_up(turn, heard)


def _taken_up(turn: Turn, understood: Understanding) -> Wish | None:
    """ "Yes, at three", "rather Monday"."""
    question = turn.before.question
    if question is None or not question.options or understood.intent not in TAKING_UP:
        return None
    kind, _, value = question.options[0].partition(":")
    if kind != LOOK:
        return None
    return Wish(Intent.BOOK, merged(_offered(turn, value), understood.entities))


def _followed_up(turn: Turn, heard: Heard) -> Wish | None:
    """ "And with the cardiologist?": the same of somebody or something else."""
    before, understood = turn.before.about, heard.understanding
    if before is None or understood.confidence >= SURE or not heard.text.rstrip().endswith("?"):
        return None
    return Wish(Intent.ASK, merged(before.entities, understood.entities))


def of_whom_was_asked(turn: Turn, said: Entities) -> Entities:
    """ "How much is the dentist?", "then one on Monday, please": whom the question was about, where
    the wish that follows it names nobody."""
    about = turn.before.about
    if turn.draft is not None or about is None or about.intent is not Intent.ASK:
        return said
    named = about.entities.said() & OF_WHOM
    if not named or said.usual or said.said() & WHO_FIELDS:
        return said
    return replace(said, **{name: getattr(about.entities, name) for name in named})


def look(turn: Turn, value: str) -> Steps[None]:
    """Look for a free time with those who were told of."""
    yield from begin(turn, Task.BOOK, _offered(turn, value))


def _offered(turn: Turn, value: str) -> Entities:
    practitioner, specialty, day = value.split(":")
    person = turn.directory.practitioner(int(practitioner)) if practitioner else None
    return Entities(
        practitioner=person.name if person else None,
        specialty=specialty or None,
        date=date.fromisoformat(day) if day else None,
    )


def merged(before: Entities, said: Entities) -> Entities:
    """What is said now goes before what was said; a new day replaces the day, a new hour the
    hour."""
    names = said.said()
    changes: dict[str, Any] = {
        item.name: getattr(said, item.name) for item in fields(said) if item.name in names
    }
    for fields_of in (DAY_FIELDS, TIME_FIELDS):
        if names & fields_of:
            before = replace(before, **{name: getattr(Entities(), name) for name in fields_of})
    if names & {"practitioner", "specialty"}:
        before = replace(before, practitioner=None, specialty=None, candidates=(), ambiguous=())
    return replace(before, **changes)
