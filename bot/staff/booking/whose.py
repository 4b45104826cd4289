"""Which visit is meant: by its time, or by whose it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.dialogue.turn import say
from bot.staff.booking.draft import Doing, Draft, Wants
from bot.staff.days import named, places
from bot.staff.people import person_in, search
from bot.staff.reading import Asked
from bot.staff.work import Answer, Work, line
from core.errors import AppointmentNotFound, RecordRestricted
from core.scheduling.appointments import upcoming
from core.scheduling.statuses import EXPECTED
from core.staff.day import DayVisit, visit_of, visits_of_day

SHOWN = 8


def ask(draft: Draft) -> Answer:
    says = say("which_to_move" if draft.doing is Doing.MOVE else "which_to_call_off")
    return Answer((says,), draft=replace(draft, wants=Wants.VISIT))


def look(work: Work, draft: Draft, asked: Asked) -> Answer | Draft:
    """Return the draft for the only visit that is meant, else a question."""
    if asked.who:
        meant = _of_somebody(work, asked.who)
    elif asked.said.visit_time or asked.said.visit_date or asked.time or asked.day:
        meant = _of_that_time(work, asked)
    else:
        return ask(draft)
    if len(meant) == 1:
        return chosen(work, draft, meant[0].id)
    draft = replace(draft, wants=Wants.VISIT)
    if not meant:
        return Answer((say("no_visit_found"),), draft=draft)
    shown = meant[:SHOWN]
    work.looked("day", [visit.id for visit in shown], [visit.patient_id for visit in shown])
    options = tuple(
        draft.option("visit", each.id, label=line(_label(work, each))) for each in shown
    )
    says = [say("which_visit")]
    if len(meant) > SHOWN:
        says.append(say("say_the_time", count=len(meant)))
    return Answer(tuple(says), options, draft=draft)


def chosen(work: Work, draft: Draft, visit_id: int) -> Draft:
    """Raises AppointmentNotFound for a visit that is not theirs, and RecordRestricted."""
    visit = seen(work, visit_id)
    if not work.sees(visit):
        raise RecordRestricted(visit.patient_id)
    work.looked("appointment", [visit.id], [visit.patient_id])
    return replace(
        draft,
        visit=visit.id,
        version=visit.version,
        patient=visit.patient_id,
        practitioner=draft.practitioner or visit.practitioner_id,
        location=draft.location,
        visit_type=draft.visit_type or visit.visit_type_id,
        wants=Wants.NOTHING,
    )


def seen(work: Work, visit_id: int) -> DayVisit:
    """Return the visit; raises AppointmentNotFound for one that is not theirs."""
    visit = visit_of(work.connection, work.sphere, visit_id)
    if visit is None:
        raise AppointmentNotFound("no such visit for this person")
    return visit


def _of_somebody(work: Work, name: str) -> list[DayVisit]:
    found = search(work, person_in(work, name))
    if not found.patients and len(found.restricted) == 1:
        raise RecordRestricted(found.restricted[0].id)
    if not found.patients:
        return []
    ids = [each.id for each in found.patients]
    ahead = upcoming(work.connection, patient_ids=ids, now=work.now)
    theirs = (
        visit_of(work.connection, work.sphere, each.id) for each in ahead if each.status in EXPECTED
    )
    return [visit for visit in theirs if visit is not None]


def _of_that_time(work: Work, asked: Asked) -> list[DayVisit]:
    said = asked.said
    parted = said.visit_time is not None or said.visit_date is not None
    day = (said.visit_date if parted else asked.day) or work.today
    at = said.visit_time if parted else asked.time
    visits: Sequence[DayVisit] = visits_of_day(
        work.connection,
        work.sphere,
        day,
        location_ids=places(work, asked),
        practitioner_id=asked.practitioner,
    )
    open_ones = [visit for visit in visits if visit.status in EXPECTED]
    return [visit for visit in open_ones if at is None or local(work, visit).time() == at]


def local(work: Work, visit: DayVisit) -> datetime:
    return visit.starts_at.astimezone(work.clinic.directory.location(visit.location_id).zone)


def _label(work: Work, visit: DayVisit) -> str:
    directory = work.clinic.directory
    at = local(work, visit)
    time = work.book.clock(visit.starts_at, directory.location(visit.location_id))
    who = work.book.surname_of(directory.practitioner(visit.practitioner_id))
    return f"{work.book.short_day(at.date())} {time} {named(work, visit)}, {who}"
