"""Commands about coming to a visit: confirming it, being there, being late."""

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Refusal
from bot.reception.office import Handlers, Office
from core.messaging.tasks import open_task
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.scheduling.appointments import Appointment, by_id
from core.scheduling.progress import change_status, say_arrived, say_late

WAITS = AppointmentStatus.PENDING
# Whoever has come need not say that they will.
SURE = (AppointmentStatus.CONFIRMED, AppointmentStatus.ARRIVED)


def find_again(office: Office, command: ask.FindAgain) -> told.VisitsFound:
    return told.VisitsFound(tuple(office.insight.as_they_are(command.visits)))


def confirm(office: Office, command: ask.ConfirmVisit) -> told.Outcome:
    if not office.insight.sees(command.visit):
        return told.Refused(Refusal.NOT_FOUND)
    seen = by_id(office.connection, command.visit.key)
    if seen.status is WAITS:
        return told.Refused(Refusal.PENDING)
    if seen.status in SURE:
        return told.VisitConfirmed(office.insight.visit(seen), was_so=True)
    confirmed = change_status(
        office.connection,
        seen.id,
        AppointmentStatus.CONFIRMED,
        version=command.visit.version,
        actor=office.actor,
        now=office.now,
    )
    office.note("confirmed", confirmed)
    return told.VisitConfirmed(office.insight.visit(confirmed))


def report_arrival(office: Office, command: ask.ReportArrival) -> told.Outcome:
    """Staff are told even when we see no visit: it may be one that this address may not know of."""
    if command.visit is None:
        _tell(office, TaskKind.ARRIVED, None)
        office.note("staff_alerted", about="arrived")
        return told.Done()
    if not office.insight.sees(command.visit):
        return told.Refused(Refusal.NOT_FOUND)
    visit = say_arrived(office.connection, command.visit.key, actor=office.actor, now=office.now)
    _tell(office, TaskKind.ARRIVED, visit)
    office.note("arrived", visit)
    return told.Done()


def note_delay(office: Office, command: ask.NoteDelay) -> told.Outcome:
    if not office.insight.sees(command.visit):
        return told.Refused(Refusal.NOT_FOUND)
    minutes = command.minutes
    visit = say_late(
        office.connection, command.visit.key, minutes, actor=office.actor, now=office.now
    )
    _tell(office, TaskKind.LATE, visit)
    if minutes is None:
        office.note("undone", visit, of="late")
    else:
        office.note("late", visit, minutes=minutes)
    grace = office.catalogue.rules_at(visit.location_id).late_grace_minutes
    return told.DelayNoted(can_wait=(minutes or 0) <= grace)


def _tell(office: Office, kind: TaskKind, visit: Appointment | None) -> None:
    open_task(
        office.connection,
        kind,
        conversation_id=office.conversation.id,
        message_id=office.message_id,
        patient_id=visit.patient_id if visit else None,
        appointment_id=visit.id if visit else None,
        now=office.now,
    )


HANDLERS: Handlers = {
    ask.FindAgain: find_again,
    ask.ConfirmVisit: confirm,
    ask.ReportArrival: report_arrival,
    ask.NoteDelay: note_delay,
}
