"""Commands about visits: finding times, holding, booking, moving, giving up."""

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Refusal, Slot, Visit
from bot.happened import local
from bot.reception.finding import core_slot, find_slots, people_meant, slot_of
from bot.reception.office import Handlers, Office
from bot.reception.waiting import end_waiting
from core import errors
from core.models.appointments import AppointmentStatus
from core.scheduling.booking import book
from core.scheduling.history import last_event
from core.scheduling.holds import held_by, hold, release
from core.scheduling.moving import cancel, move
from core.scheduling.offers import age_on
from core.scheduling.undoing import undo
from core.scheduling.whole import all_or_nothing


def find(office: Office, command: ask.FindSlots) -> told.SlotsFound:
    kind = office.catalogue.visit_type(command.visit_type)
    patient = office.insight.sought(command)
    if not (kind.new_patients or patient.is_known):
        raise errors.NoNewPatients("that visit type is for patients whom the clinic knows")
    found = find_slots(
        office.connection,
        command,
        conversation_id=office.conversation.id,
        patient=patient,
        hidden=office.insight.hidden(command.patient),
        now=office.now,
        catalogue=office.catalogue,
    )
    today = office.now.astimezone(office.directory.locations[0].zone).date()
    born = patient.born
    if not found.slots and born is not None:
        _require_age(office, command, age_on(today, born))
    return found


def _require_age(office: Office, command: ask.FindSlots, years: int) -> None:
    """Nothing was found: say so, if it is because of the patient's age."""
    kind = office.catalogue.visit_type(command.visit_type)
    if not kind.is_for_age(years):
        raise errors.AgeOutsideRange("that visit type is for patients of another age")
    offers = office.catalogue.offers(kind)
    meant = people_meant(command, office.catalogue) & offers.keys()
    if meant and not any(offers[person].sees_age(years) for person in meant):
        raise errors.SeesOtherAges("whoever is meant sees patients of another age")


def find_usual(office: Office, command: ask.FindUsual) -> told.UsualFound:
    delicate = _with_sensitive_matters(office) if command.unasked else None
    last = office.insight.last_visit(command.patient, command.specialty, delicate=delicate)
    return told.UsualFound(slot_of(last) if last else None)


def _with_sensitive_matters(office: Office) -> set[int]:
    sensitive = {item.code for item in office.directory.specialties if item.is_sensitive}
    return {
        person.key
        for person in office.directory.practitioners
        if not sensitive.isdisjoint(person.specialties)
    }


def list_visits(office: Office, _: ask.FindVisits) -> told.VisitsFound:
    return told.VisitsFound(tuple(office.insight.visits()))


def keep(office: Office, command: ask.HoldSlot) -> told.Outcome:
    moves, patient = command.moves, command.patient
    if why := office.insight.barred(command.slot, None if moves else patient):
        return told.Refused(why)
    is_new = command.held != command.slot
    changes = is_new and command.held is not None
    before = held_by(office.connection, office.conversation.id) if changes else None
    held = hold(
        office.connection,
        core_slot(command.slot),
        conversation_id=office.conversation.id,
        patient_id=patient,
        actor=office.actor,
        now=office.now,
        catalogue=office.catalogue,
        moves_id=moves.key if moves else None,
        open_visits_limit=office.insight.open_visits_limit(command.slot, patient),
    )
    if before is not None:
        office.note("released", before)
    if is_new:
        office.note("held", held)
    beside = None if moves else office.insight.beside(command.slot, patient)
    return told.SlotHeld(command.slot, held.hold_expires_at or office.now, beside)


def give_back(office: Office, _: ask.ReleaseHold) -> told.Done:
    released = release(
        office.connection, office.conversation.id, actor=office.actor, now=office.now
    )
    if released is not None:
        office.note("released", released)
    return told.Done()


def book_visit(office: Office, command: ask.BookVisit) -> told.Outcome:
    slot, link = command.slot, office.insight.link(command.patient)
    if link is None:
        return told.Refused(Refusal.NOT_FOUND)
    if why := office.insight.barred(slot, link.patient_id):
        return told.Refused(why)
    booked = book(
        office.connection,
        core_slot(slot),
        patient_id=link.patient_id,
        actor=office.actor,
        now=office.now,
        catalogue=office.catalogue,
        conversation_id=office.conversation.id,
        address_id=office.conversation.address_id,
        open_visits_limit=office.insight.open_visits_limit(slot, link.patient_id),
    )
    office.note("booked", booked)
    end_waiting(office, booked)
    return told.VisitBooked(
        office.insight.visit(booked),
        needs_approval=booked.status is AppointmentStatus.PENDING,
        missed=office.insight.missed_lately(slot, link.patient_id),
    )


def move_visit(office: Office, command: ask.MoveVisit) -> told.Outcome:
    if not office.insight.sees(command.visit):
        return told.Refused(Refusal.NOT_FOUND)
    moved = move(
        office.connection,
        command.visit.key,
        core_slot(command.slot),
        version=command.visit.version,
        actor=office.actor,
        now=office.now,
        catalogue=office.catalogue,
        conversation_id=office.conversation.id,
    )
    before = local(command.visit.starts_at, office.directory, command.visit.location)
    office.note("rescheduled", moved, from_starts_at=before)
    end_waiting(office, moved)
    return told.VisitMoved(
        office.insight.visit(moved), needs_approval=moved.status is AppointmentStatus.PENDING
    )


def cancel_visit(office: Office, command: ask.CancelVisit) -> told.Outcome:
    if not office.insight.sees(command.visit):
        return told.Refused(Refusal.NOT_FOUND)
    cancelled = cancel(
        office.connection,
        command.visit.key,
        version=command.visit.version,
        actor=office.actor,
        now=office.now,
        catalogue=office.catalogue,
    )
    office.note("cancelled", cancelled)
    return told.VisitCancelled(office.insight.visit(cancelled))


def give_to(office: Office, command: ask.GiveVisitTo) -> told.Outcome:
    """What was booked a moment ago was never meant for the other; an older visit is given up."""
    noted = len(office.happened)
    try:
        with all_or_nothing(office.connection):
            return _given_to(office, command)
    except errors.ClinicError:
        del office.happened[noted:]
        raise


def _take_back(office: Office, visit: Visit) -> None:
    if last_event(office.connection, visit.key).type == "booked":
        try:
            undo_last(office, ask.UndoLast(visit))
        except errors.NothingToUndo:
            pass  # Too late for that.
        else:
            return
    cancel_visit(office, ask.CancelVisit(visit))


def _given_to(office: Office, command: ask.GiveVisitTo) -> told.Outcome:
    visit = command.visit
    _take_back(office, visit)
    times = (visit.starts_at, visit.ends_at)
    slot = Slot(visit.practitioner, visit.location, visit.visit_type, *times)
    booked = book_visit(office, ask.BookVisit(slot, command.patient))
    if isinstance(booked, told.Refused):
        raise errors.NotOffered("the time is none for that patient")
    return booked


def undo_last(office: Office, command: ask.UndoLast) -> told.Outcome:
    if not office.insight.speaks_for(command.visit):
        return told.Refused(Refusal.NOTHING_TO_UNDO)
    undone = undo(
        office.connection,
        command.visit.key,
        version=command.visit.version,
        actor=office.actor,
        now=office.now,
        catalogue=office.catalogue,
    )
    office.note("undone", undone.appointment, of=undone.of)
    return told.Undone(office.insight.visit(undone.appointment))


HANDLERS: Handlers = {
    ask.FindSlots: find,
    ask.FindUsual: find_usual,
    ask.FindVisits: list_visits,
    ask.HoldSlot: keep,
    ask.ReleaseHold: give_back,
    ask.BookVisit: book_visit,
    ask.MoveVisit: move_visit,
    ask.CancelVisit: cancel_visit,
    ask.UndoLast: undo_last,
    ask.GiveVisitTo: give_to,
}
