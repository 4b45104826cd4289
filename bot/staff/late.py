"""Somebody runs late: whom it touches, what they would read, and telling them with one yes; another
number takes the place of the first, and "on time again" takes it back."""

import re
from datetime import timedelta

from bot.dialogue.turn import Option, Say, say
from bot.dialogue.values import Visit
from bot.phrases import Phrasebook
from bot.staff.days import named
from bot.staff.reading import Asked
from bot.staff.work import ASKED_MORE, LEAVE, Answer, Work, line
from core.errors import NothingToUndo
from core.occasions.lateness import delays_now
from core.staff import running_late
from core.staff.day import DayVisit
from core.staff.running_late import MOST, Later, Plan, RunningLate

RESOURCE = "delay"
SHOWN = 20  # Visits in one message; the others are counted.
_NUMBER = re.compile(r"(?<![\d:/.-])\d{1,3}(?![\d:/.-])", re.ASCII)
_CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram", "web": "web"}


def late(work: Work, asked: Asked) -> Answer:
    """ "Dr Patel is running 20 minutes late": whom that touches, and what they would be told."""
    practitioner = _who(work, asked, "late")
    if isinstance(practitioner, Answer):
        return practitioner
    minutes = _minutes(asked)
    if minutes is None:
        return Answer((say("how_late"),), asks=f"{ASKED_MORE}:late:{asked.text}")
    if not 0 <= minutes <= MOST:
        return Answer((say("too_late_to_wait", most=MOST),))
    if minutes == 0:
        return _on_time(work, practitioner)
    place = asked.location or running_late.waits_at(
        work.connection, work.sphere, practitioner, work.clinic.catalogue, work.now
    )
    if place is None:
        return Answer((say("nobody_waits", who=_surname(work, practitioner)),))
    if not work.sphere.covers(practitioner, place):
        return Answer((say("not_yours"),))
    return _propose(work, RunningLate(practitioner, place, minutes))


def on_time(work: Work, asked: Asked) -> Answer:
    """ "Dr Patel is on time again"."""
    practitioner = _who(work, asked, "ontime")
    return practitioner if isinstance(practitioner, Answer) else _on_time(work, practitioner)


def tell(work: Work, practitioner: str, location: str, minutes: str, digest: str) -> Answer:
    """What was shown, if it is still so; else what is so now is shown first."""
    meant = _theirs(work, RunningLate(int(practitioner), int(location), int(minutes)))
    plan = _plan(work, meant)
    if plan.digest != digest:
        return _propose(work, meant, say("changed_since"))
    return _carry_out(work, plan)


def take_back(work: Work, delay_id: str) -> Answer:
    """They are on time after all: who has been told is told so."""
    meant = running_late.on_time_again(work.connection, int(delay_id))
    return _carry_out(work, _plan(work, _theirs(work, meant)))


def _on_time(work: Work, practitioner: int) -> Answer:
    theirs = [
        place
        for person, place in delays_now(work.connection, work.now)
        if person == practitioner and work.sphere.covers(person, place)
    ]
    if not theirs:
        return Answer((say("is_on_time", who=_surname(work, practitioner)),))
    return _propose(work, RunningLate(practitioner, theirs[0], 0))


def _theirs(work: Work, meant: RunningLate) -> RunningLate:
    """Raises NothingToUndo for what is not theirs."""
    if not work.sphere.covers(meant.practitioner_id, meant.location_id):
        raise NothingToUndo("not of this person's practitioners")
    return meant


def _plan(work: Work, meant: RunningLate) -> Plan:
    return running_late.plan(work.connection, work.sphere, meant, work.clinic.catalogue, work.now)


# What is named


def _who(work: Work, asked: Asked, command: str) -> int | Answer:
    """Return whoever was named, else the writer."""
    if asked.candidates or asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    practitioner = asked.practitioner or work.pairing.member.practitioner_id
    if practitioner is None:
        return Answer((say("who_is_late"),), asks=f"{ASKED_MORE}:{command}:{asked.text}")
    places = work.clinic.directory.practitioner(practitioner).locations
    if not any(work.sphere.covers(practitioner, place) for place in places):
        return Answer((say("not_yours"),))
    return practitioner


def _minutes(asked: Asked) -> int | None:
    """Return the minutes that were said, or a bare number: "/late dr patel 30"."""
    if asked.said.minutes is not None:
        return asked.said.minutes
    numbers = _NUMBER.findall(asked.text)
    return int(numbers[-1]) if numbers else None


# In words


def _propose(work: Work, meant: RunningLate, *first: Say) -> Answer:
    plan = _plan(work, meant)
    if plan.is_empty:
        return Answer((*first, say("nobody_waits", who=_surname(work, meant.practitioner_id))))
    visits = [each.visit for each in (*plan.later, *plan.on_time)]
    work.looked("day", [visit.id for visit in visits], [visit.patient_id for visit in visits])
    says = [*first, *_heading(work, plan), *_lines(work, plan)]
    if plan.beyond:
        says.append(say("too_far_off", count=plan.beyond))
    says += _sentences(work, plan)
    code = f"{meant.practitioner_id}:{meant.location_id}:{meant.minutes}:{plan.digest}"
    label = say("tell_them" if _told(plan) else "note_it")
    return Answer(tuple(says), (Option(f"late:{code}", label), Option(LEAVE, say("drop_it"))))


def _heading(work: Work, plan: Plan) -> list[Say]:
    meant = plan.late
    place = work.clinic.directory.location(meant.location_id).name
    who = _surname(work, meant.practitioner_id)
    key = "shall_be_late" if meant.minutes else "shall_be_on_time"
    says = [say(key, who=who, place=place, minutes=meant.minutes)]
    if plan.replaces is not None and meant.minutes:
        says.append(say("said_so_far", minutes=plan.replaces.minutes))
    return [*says, *_counts(plan)]


def _counts(plan: Plan) -> list[Say]:
    everybody = (*plan.later, *plan.on_time)
    counted = (
        ("are_told_late", len(_told(plan))),
        ("know_already", sum(each.knows for each in everybody)),
        ("told_at_desk", sum(each.channel is None and each.is_here for each in everybody)),
        ("are_called_late", sum(each.is_called for each in plan.later)),
    )
    return [say(key, count=count) for key, count in counted if count]


def _told(plan: Plan) -> list[Later]:
    return [each for each in (*plan.later, *plan.on_time) if each.is_told]


def _lines(work: Work, plan: Plan) -> list[Say]:
    everybody = [*plan.later, *plan.on_time]
    says = [line(_described(work, each)) for each in everybody[:SHOWN]]
    left = len(everybody) - SHOWN
    return [*says, say("and_more", count=left)] if left > 0 else says


def _described(work: Work, each: Later) -> str:
    """Return "9:40 AM J.S. -> 10:00 AM (SMS)"."""
    place = work.clinic.directory.location(each.visit.location_id)
    at = work.book.clock(each.visit.starts_at, place)
    begins = work.book.clock(each.visit.starts_at + timedelta(minutes=each.minutes), place)
    return f"{at} {named(work, each.visit)} -> {begins} ({_way(work, each)})"


def _way(work: Work, each: Later) -> str:
    if each.knows:
        return work.book.say(say("knows_it"))
    if each.channel is not None:
        return _CHANNELS.get(each.channel, each.channel)
    return work.book.say(say("at_the_desk" if each.is_here else "to_call"))


def _sentences(work: Work, plan: Plan) -> list[Say]:
    """Return the very words that the first of them reads, as staff's language has them."""
    told = _told(plan)
    if not told:
        return []
    first = told[0]
    key = "news_on_time"
    if first.minutes:
        key = "news_late_here" if first.is_here else "news_late"
    book = Phrasebook(work.clinic.directory, work.book.language, discreet=True)
    text = book.say(say(key, visit=_visit(first.visit), minutes=first.minutes))
    return [say("they_read", text=text)]


def _visit(visit: DayVisit) -> Visit:
    """Return the visit as a sentence to its patient needs it: when and where."""
    return Visit(
        key=visit.id,
        public_id="",
        version=visit.version,
        patient=visit.patient_id,
        patient_name="",
        practitioner=visit.practitioner_id,
        location=visit.location_id,
        visit_type=visit.visit_type_id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
    )


def _carry_out(work: Work, plan: Plan) -> Answer:
    delay_id = running_late.announce(
        work.connection, plan, staff_id=work.pairing.member.id, now=work.now
    )
    everybody = (*plan.later, *plan.on_time)
    action = "ran_late" if plan.late.minutes else "on_time"
    work.note(action, RESOURCE, [delay_id], [each.visit.patient_id for each in everybody])
    who = _surname(work, plan.late.practitioner_id)
    key = "late_is_said" if plan.late.minutes else "on_time_is_said"
    says = [say(key, who=who, minutes=plan.late.minutes), *_counts(plan)]
    if not plan.late.minutes:
        return Answer(tuple(says))
    return Answer(tuple(says), (Option(f"ontime:{delay_id}", say("staff_undo")),))


def _surname(work: Work, practitioner: int) -> str:
    return work.book.surname_of(work.clinic.directory.practitioner(practitioner))
