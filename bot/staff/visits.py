"""One visit in a chat: how it stands, and marking who came and who did not."""

from datetime import datetime, timedelta

from bot.dialogue.turn import Option, Say, say
from bot.staff import late, merging, standing
from bot.staff.days import PAGE, described, named, places
from bot.staff.reading import Asked
from bot.staff.work import Answer, Work, line
from core import audit
from core.errors import AppointmentNotFound, NothingToUndo
from core.models.appointments import AppointmentStatus
from core.occasions.after import follow_up
from core.scheduling.appointments import Appointment, by_id
from core.scheduling.progress import change_status
from core.scheduling.statuses import EXPECTED
from core.scheduling.undoing import undo
from core.staff.day import DayVisit, visit_of, visits_of_day

ARRIVED, COMPLETED, NO_SHOW = (
    AppointmentStatus.ARRIVED,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.NO_SHOW,
)
# What may be marked next, as far as the visit has begun.
NEXT = {
    AppointmentStatus.PENDING: (),
    AppointmentStatus.SCHEDULED: (ARRIVED, COMPLETED, NO_SHOW),
    AppointmentStatus.CONFIRMED: (ARRIVED, COMPLETED, NO_SHOW),
    ARRIVED: (COMPLETED,),
    COMPLETED: (NO_SHOW,),
    NO_SHOW: (ARRIVED, COMPLETED),
}
ONCE_BEGUN = (COMPLETED, NO_SHOW)
MARKS = (ARRIVED, COMPLETED, NO_SHOW)  # As the audit log calls marking, too.
UNDOABLE = (*MARKS, "booked", "walked_in", "rescheduled", "cancelled")
FOLLOW_UP = "follow_up"  # What a chat waits for where it asks in how many days.
FOLLOW_UP_DAYS = (14, 30, 90)
LONGEST_FOLLOW_UP = 730
# What else they may have done last, and how that is taken back.
_ELSEWHERE = {
    standing.RESOURCE: standing.take_back,
    merging.RESOURCE: merging.take_back,
    late.RESOURCE: late.take_back,
}


def show(work: Work, visit_id: str) -> Answer:
    """The visit, and what may be done with it."""
    visit = _seen(work, int(visit_id))
    work.looked("appointment", [visit.id], [visit.patient_id])
    return _card(work, visit)


def mark(work: Work, visit_id: str, version: str, status: str) -> Answer:
    """A button that says how it went."""
    return _mark(work, _seen(work, int(visit_id)), int(version), AppointmentStatus(status))


def take_back(work: Work, visit_id: str, version: str) -> Answer:
    """A slip of the finger: as it was before."""
    seen = by_id(work.connection, int(visit_id))
    if not work.sphere.covers(seen.practitioner_id, seen.location_id):
        raise AppointmentNotFound("no such visit for this person")
    undone = undo(
        work.connection,
        seen.id,
        version=int(version),
        actor=work.actor,
        now=work.now,
        catalogue=work.clinic.catalogue,
    )
    work.changed("undone", undone.appointment)
    visit = visit_of(work.connection, work.sphere, seen.id)
    if visit is None:
        return Answer((say("taken_back"), say("never_booked")))
    return _card(work, visit, say("taken_back"))


def take_back_last(work: Work, asked: Asked) -> Answer:
    """The same, of what they did last."""
    del asked
    since = work.now - timedelta(minutes=work.clinic.rules.undo_minutes)
    for entry in audit.done_by(work.connection, work.pairing.member.id, since):
        if entry.resource in _ELSEWHERE:
            return _ELSEWHERE[entry.resource](work, str(entry.ids[0]))
        if entry.resource == "appointment" and entry.action in UNDOABLE:
            visit = by_id(work.connection, entry.ids[0])
            return take_back(work, str(visit.id), str(visit.version))
    raise NothingToUndo("nothing was done a moment ago")


def come_again(work: Work, visit_id: str, days: str) -> Answer:
    """When the patient is told that it is time to come again."""
    seen, count = _seen(work, int(visit_id)), int(days)
    if not 0 < count <= LONGEST_FOLLOW_UP:
        return Answer(
            (say("follow_up_days", most=LONGEST_FOLLOW_UP),), asks=f"{FOLLOW_UP}:{seen.id}"
        )
    visit = by_id(work.connection, seen.id)
    due_on = follow_up(work.connection, visit, count, work.now)
    work.changed("follow_up", visit)
    return Answer((say("follow_up_planned", day=due_on),))


def arrived(work: Work, asked: Asked) -> Answer:
    return _mark_in_words(work, asked, ARRIVED)


def completed(work: Work, asked: Asked) -> Answer:
    return _mark_in_words(work, asked, COMPLETED)


def no_show(work: Work, asked: Asked) -> Answer:
    return _mark_in_words(work, asked, NO_SHOW)


def _mark_in_words(work: Work, asked: Asked, status: AppointmentStatus) -> Answer:
    """ "The 9:20 is here": the visit of that time, or a choice among those that may be meant."""
    visits = visits_of_day(
        work.connection,
        work.sphere,
        asked.day or work.today,
        location_ids=places(work, asked),
        practitioner_id=asked.practitioner,
    )
    meant = [visit for visit in visits if status in _may_follow(work, visit)]
    if asked.time is not None:
        meant = [visit for visit in meant if _local(work, visit).time() == asked.time]
        if len(meant) == 1:
            return _mark(work, meant[0], meant[0].version, status)
    if not meant:
        return Answer((say("nobody_to_mark"),))
    shown = meant[:PAGE]
    work.looked("day", [visit.id for visit in shown], [visit.patient_id for visit in shown])
    options = tuple(
        Option(f"mark:{visit.id}:{visit.version}:{status}", line(_label(work, visit)))
        for visit in shown
    )
    says = [say(f"which_{status}")]
    if len(meant) > PAGE:
        says.append(say("say_the_time", count=len(meant)))
    return Answer(tuple(says), options)


def _may_follow(work: Work, visit: DayVisit) -> tuple[AppointmentStatus, ...]:
    """Return what the visit may be marked as now."""
    return tuple(
        status
        for status in NEXT.get(visit.status, ())
        if status not in ONCE_BEGUN or visit.starts_at <= work.now
    )


def _mark(work: Work, seen: DayVisit, version: int, status: AppointmentStatus) -> Answer:
    marked = change_status(
        work.connection, seen.id, status, version=version, actor=work.actor, now=work.now
    )
    work.changed(status, marked)
    visit = _seen(work, seen.id)
    if status is not COMPLETED:
        return _card(work, visit, say(f"marked_{status}"))
    options = [
        Option(f"{FOLLOW_UP}:{visit.id}:{days}", say("in_days", count=days))
        for days in FOLLOW_UP_DAYS
    ]
    says = (say("marked_completed"), line(described(work, visit)), say("ask_follow_up"))
    return Answer(says, (*options, _undo(marked)), asks=f"{FOLLOW_UP}:{visit.id}")


def _card(work: Work, visit: DayVisit, *first: Say) -> Answer:
    directory = work.clinic.directory
    who = work.book.surname_of(directory.practitioner(visit.practitioner_id))
    place = directory.location(visit.location_id).name
    day = _local(work, visit).date()
    says = (*first, line(described(work, visit)), say("with_whom", who=who, place=place, day=day))
    options = [
        Option(f"mark:{visit.id}:{visit.version}:{status}", say(f"mark_{status}"))
        for status in _may_follow(work, visit)
    ]
    if visit.status in MARKS:
        options.append(Option(f"undo:{visit.id}:{visit.version}", say("staff_undo")))
    if not work.sees(visit):
        options.append(Option(f"open:{visit.patient_id}:visit:{visit.id}", say("to_open")))
    elif visit.status in EXPECTED:
        options.append(Option(f"change:{visit.id}:move", say("to_move")))
        options.append(Option(f"change:{visit.id}:cancel", say("to_call_off")))
    back = f"day:{day}:{visit.practitioner_id}:0:0"
    return Answer(says, (*options, Option(back, say("back_to_day"))))


def _undo(visit: Appointment) -> Option:
    return Option(f"undo:{visit.id}:{visit.version}", say("staff_undo"))


def _seen(work: Work, visit_id: int) -> DayVisit:
    """Return the visit as it is now; raises AppointmentNotFound for one outside of their sphere:
    for them there is none."""
    visit = visit_of(work.connection, work.sphere, visit_id)
    if visit is None:
        raise AppointmentNotFound("no such visit for this person")
    return visit


def _local(work: Work, visit: DayVisit) -> datetime:
    return visit.starts_at.astimezone(work.clinic.directory.location(visit.location_id).zone)


def _label(work: Work, visit: DayVisit) -> str:
    """Return it so that visits of several practitioners are told apart."""
    directory = work.clinic.directory
    at = work.book.clock(visit.starts_at, directory.location(visit.location_id))
    who = work.book.surname_of(directory.practitioner(visit.practitioner_id))
    return f"{at} {named(work, visit)}, {who}"
