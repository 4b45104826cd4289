"""What would be done, shown in a sentence; then done, by the core that patients' bookings go
through."""

from collections.abc import Mapping
from dataclasses import replace

from bot.dialogue.turn import Option, Say, say
from bot.dialogue.values import Slot
from bot.reception.finding import core_slot
from bot.staff.booking import whose
from bot.staff.booking.draft import Doing, Draft, Wants
from bot.staff.days import named
from bot.staff.work import Answer, Work
from core.database.savepoint import savepoint
from core.errors import (
    AgeOutsideRange,
    BeyondHorizon,
    ClinicError,
    DayFull,
    NotReleasedYet,
    OutsideSchedule,
    PatientBusy,
    ResourceTaken,
    SlotInPast,
    SlotTaken,
)
from core.messaging.tasks import close_tasks_about
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.people.entering import Newcomer, enter
from core.scheduling.appointments import Actor, Appointment, Untold
from core.scheduling.booking import book, walk_in
from core.scheduling.moving import cancel, move
from core.staff.todo import Outcome

# What stands in the way, and may be passed over with a reason.
PASSED_OVER: Mapping[type[ClinicError], str] = {
    SlotTaken: "another_is_there",
    OutsideSchedule: "outside_hours",
    BeyondHorizon: "too_far_ahead",
    NotReleasedYet: "kept_for_the_day",
    DayFull: "day_is_full",
    AgeOutsideRange: "other_age",
}
# And what stands, whatever the reason.
FORBIDDEN: Mapping[type[ClinicError], str] = {
    PatientBusy: "patient_is_elsewhere",
    ResourceTaken: "room_is_taken",
    SlotInPast: "time_is_past",
}
_QUIET = "they were told in person"  # Why nothing is sent: whoever books says so.
_NOT_SAID = "staff called it off"


def show(work: Work, draft: Draft) -> Answer:
    """The sentence to say yes to."""
    draft = replace(draft, wants=Wants.YES)
    if draft.afterwards:
        return _show_past(work, draft)
    options = [draft.option("yes", label=say(f"do_{draft.doing}"))]
    if draft.doing is not Doing.WALK_IN:
        options.append(draft.option("quietly", label=say("do_quietly")))
    if draft.doing is not Doing.CANCEL:
        options.append(draft.option("more", label=say("other_times")))
    options.append(draft.option("drop", label=say("drop_it")))
    return Answer((_sentence(work, draft),), tuple(options), draft=draft)


def _show_past(work: Work, draft: Draft) -> Answer:
    """That it lies in the past is said clearly, and that nobody is told."""
    shown = say(f"shall_{draft.doing}_past", patient=_called(work, draft), **_slot(draft))
    options = (
        draft.option("yes", label=say("do_past")),
        draft.option("drop", label=say("drop_it")),
    )
    return Answer((shown,), options, draft=draft)


def _sentence(work: Work, draft: Draft) -> Say:
    if draft.visit is not None:
        visit = whose.seen(work, draft.visit)
        day = whose.local(work, visit).date()
        place = work.clinic.directory.location(visit.location_id)
        facts = {
            "patient": named(work, visit),
            "day": day,
            "time": work.book.clock(visit.starts_at, place),
            "who": work.book.surname_of(work.clinic.directory.practitioner(visit.practitioner_id)),
        }
        return say(f"shall_{draft.doing}", **facts, **_slot(draft))
    return say(f"shall_{draft.doing}", patient=_called(work, draft), **_slot(draft))


def _slot(draft: Draft) -> dict[str, Slot]:
    return {"slot": draft.slot} if draft.slot else {}


def _called(work: Work, draft: Draft) -> str:
    if draft.newcomer is not None:
        return draft.newcomer.name
    return work.called(work.patient(draft.patient or 0))


def do(work: Work, draft: Draft) -> Answer:
    """Do it, or say what stands in the way."""
    try:
        with savepoint(work.connection):
            visit, action = _DEEDS[draft.doing](work, draft)
    except ClinicError as error:
        return _in_the_way(draft, error)
    work.changed(action, visit)
    _settle(work, draft, visit)
    if draft.afterwards:
        return _entered(draft, visit)
    says = [say(f"done_{draft.doing}", **_slot(draft))]
    if draft.tells and draft.doing is not Doing.WALK_IN:
        says.append(say("they_hear"))
    undo = Option(f"undo:{visit.id}:{visit.version}", say("staff_undo"))
    return Answer(tuple(says), (undo,), is_done=True)


def _entered(draft: Draft, visit: Appointment) -> Answer:
    """How it went is marked at once, or later: `/close` lists it until then."""
    marks = _MARKS_OF_PAST[draft.doing]
    options = [
        Option(f"mark:{visit.id}:{visit.version}:{status}", say(f"mark_{status}"))
        for status in marks
    ]
    undo = Option(f"undo:{visit.id}:{visit.version}", say("staff_undo"))
    return Answer((say("done_past", **_slot(draft)),), (*options, undo), is_done=True)


def _settle(work: Work, draft: Draft, visit: Appointment) -> None:
    """Whoever was to be called about the visit need not be any more; if the news of it reaches
    nobody, that is a call of its own."""
    outcome = _SETTLES.get(draft.doing)
    if outcome is None:
        return
    own = work.pairing.member.id
    for kind in (TaskKind.CALL, TaskKind.MAY_CANCEL):
        close_tasks_about(work.connection, visit.id, kind, outcome=outcome, now=work.now, by=own)


_MARKS_OF_PAST = {
    Doing.BOOK: (AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW),
    Doing.WALK_IN: (AppointmentStatus.COMPLETED,),
}
_SETTLES = {Doing.MOVE: Outcome.MOVED, Doing.CANCEL: Outcome.DECLINED}


def _in_the_way(draft: Draft, error: ClinicError) -> Answer:
    """A rule that staff may pass over is named, and the reason asked for; else another time."""
    rule = PASSED_OVER.get(type(error))
    if rule is not None and not draft.override:
        draft = replace(draft, wants=Wants.REASON)
        return Answer((say(rule), say("pass_over_why")), _else(draft), draft=draft)
    key = FORBIDDEN.get(type(error))
    if key is None:
        raise error
    return Answer((say(key),), _else(draft), draft=replace(draft, wants=Wants.TIME))


def _else(draft: Draft) -> tuple[Option, ...]:
    """Return what else may be done; what has been at another time is said in words."""
    drop = draft.option("drop", label=say("drop_it"))
    return (drop,) if draft.afterwards else (draft.option("more", label=say("other_times")), drop)


def with_reason(work: Work, draft: Draft, why: str) -> Answer:
    return do(work, replace(draft, override=why.strip(), wants=Wants.NOTHING))


def drop(draft: Draft) -> Answer:
    del draft
    return Answer((say("dropped"),), is_done=True)


def _book(work: Work, draft: Draft) -> tuple[Appointment, str]:
    actor = _actor(work, "phone")
    visit = book(
        work.connection,
        core_slot(draft.time()),
        patient_id=_patient(work, draft, actor),
        actor=actor,
        now=work.now,
        catalogue=work.clinic.catalogue,
        open_visits_limit=None,
        override=draft.override or None,
        untold=_untold(draft),
        afterwards=draft.afterwards,
    )
    return visit, "booked"


def _walk_in(work: Work, draft: Draft) -> tuple[Appointment, str]:
    actor = _actor(work, "counter")
    visit = walk_in(
        work.connection,
        core_slot(draft.time()),
        patient_id=_patient(work, draft, actor),
        actor=actor,
        now=work.now,
        catalogue=work.clinic.catalogue,
        override=draft.override or None,
        afterwards=draft.afterwards,
    )
    return visit, "walked_in"


def _move(work: Work, draft: Draft) -> tuple[Appointment, str]:
    visit = move(
        work.connection,
        draft.moved(),
        core_slot(draft.time()),
        version=draft.version,
        actor=_actor(work, "phone"),
        now=work.now,
        catalogue=work.clinic.catalogue,
        override=draft.override or None,
        untold=_untold(draft),
    )
    return visit, "rescheduled"


def _cancel(work: Work, draft: Draft) -> tuple[Appointment, str]:
    visit = cancel(
        work.connection,
        draft.moved(),
        version=draft.version,
        actor=_actor(work, "phone"),
        now=work.now,
        catalogue=work.clinic.catalogue,
        why=draft.override or _NOT_SAID,
        untold=_untold(draft),
    )
    return visit, "cancelled"


_DEEDS = {
    Doing.BOOK: _book,
    Doing.WALK_IN: _walk_in,
    Doing.MOVE: _move,
    Doing.CANCEL: _cancel,
}


def _patient(work: Work, draft: Draft, actor: Actor) -> int:
    person = draft.newcomer
    if person is None:
        return draft.patient or 0
    first, _, last = person.name.rpartition(" ")
    newcomer = Newcomer(first, last, person.phone, person.born)
    return enter(work.connection, newcomer, actor=actor, now=work.now)


def _untold(draft: Draft) -> Untold | None:
    return None if draft.tells else Untold(_QUIET)


def _actor(work: Work, channel: str) -> Actor:
    """Booked for a caller, or for somebody at the counter: not through this chat."""
    return replace(work.actor, channel=channel)
