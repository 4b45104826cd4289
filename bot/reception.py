"""Performs the dialogue's commands on the clinic, in the transaction of the message.

The one place where an error of the core becomes an outcome.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.clinic import Clinic
from bot.dialogue import commands as ask
from bot.dialogue.values import Alert, Refusal
from bot.finding import core_slot, find_slots
from bot.happened import Happened, facts_of, local
from bot.insight import Insight, known_person
from core import errors, patients
from core.messaging.conversations import Conversation
from core.messaging.tasks import open_task
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.messaging import TaskKind
from core.models.people import Relation
from core.scheduling.appointments import Actor, Appointment
from core.scheduling.booking import book
from core.scheduling.holds import held_by, hold, release
from core.scheduling.moving import cancel, move
from core.scheduling.offers import age_on

REFUSALS: Mapping[type[errors.ClinicError], Refusal] = {
    errors.SlotTaken: Refusal.SLOT_TAKEN,
    errors.ResourceTaken: Refusal.SLOT_TAKEN,
    errors.PatientBusy: Refusal.PATIENT_BUSY,
    errors.SlotInPast: Refusal.TOO_SOON,
    errors.VisitBegun: Refusal.BEGUN,
    errors.BeyondHorizon: Refusal.TOO_FAR,
    errors.OutsideSchedule: Refusal.NOT_OFFERED,
    errors.NotOffered: Refusal.NOT_OFFERED,
    errors.UnknownPractitioner: Refusal.NOT_OFFERED,
    errors.UnknownVisitType: Refusal.NOT_OFFERED,
    errors.UnknownLocation: Refusal.NOT_OFFERED,
    errors.NotReleasedYet: Refusal.NOT_RELEASED,
    errors.DayFull: Refusal.DAY_FULL,
    errors.NoNewPatients: Refusal.NO_NEW_PATIENTS,
    errors.AgeOutsideRange: Refusal.OTHER_AGE,
    errors.MustCall: Refusal.MUST_CALL,
    errors.TooLateToCancel: Refusal.TOO_LATE,
    errors.TooManyOpenVisits: Refusal.TOO_MANY_VISITS,
    errors.TooManyNewPatients: Refusal.TOO_MANY_PATIENTS,
    errors.AppointmentNotFound: Refusal.NOT_FOUND,
    errors.AppointmentChanged: Refusal.CHANGED,
    errors.IllegalStatusChange: Refusal.CHANGED,
}
TASKS = {
    Alert.EMERGENCY: TaskKind.EMERGENCY,
    Alert.SELF_HARM: TaskKind.SELF_HARM,
    Alert.HANDOVER: TaskKind.HANDOVER,
    Alert.WRONG_PERSON: TaskKind.WRONG_PERSON,
    Alert.DECEASED: TaskKind.DECEASED,
    Alert.MY_DATA: TaskKind.MY_DATA,
    Alert.QUESTION: TaskKind.QUESTION,
}


class Reception:
    """Serves one turn of one conversation."""

    def __init__(
        self,
        connection: Connection,
        clinic: Clinic,
        conversation: Conversation,
        message_id: int,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._directory = clinic.directory
        self._catalogue = clinic.catalogue
        self._rules = clinic.rules
        self._conversation = conversation
        self._message_id = message_id
        self._now = now
        self._actor = Actor(ActorKind.PATIENT, conversation.address_id, conversation.channel)
        self._insight = Insight(connection, clinic.catalogue, conversation.address_id, now)
        self.happened: list[Happened] = []

    def perform(self, command: ask.Command) -> ask.Outcome:
        """Do what the dialogue asks; what the clinic's rules forbid comes back as Refused."""
        try:
            return self._perform(command)
        except errors.ClinicError as error:
            refusal = REFUSALS.get(type(error))
            if refusal is None:
                raise
            if refusal is Refusal.PATIENT_BUSY and self._must_not_know(command):
                refusal = Refusal.SLOT_TAKEN
            return ask.Refused(refusal)

    def _perform(self, command: ask.Command) -> ask.Outcome:
        match command:
            case ask.HoldSlot() | ask.ReleaseHold() | ask.BookVisit():
                return self._book_by_steps(command)
            case ask.FindSlots():
                return self._find_slots(command)
            case ask.FindPeople():
                return ask.PeopleFound(tuple(map(known_person, self._insight.people())))
            case ask.RegisterPatient():
                return self._register(command)
            case ask.FindVisits():
                return ask.VisitsFound(tuple(self._insight.visits()))
            case ask.MoveVisit():
                return self._move(command)
            case ask.CancelVisit():
                return self._cancel(command)
            case ask.AlertStaff():
                return self._alert(command)

    def _book_by_steps(
        self, command: ask.HoldSlot | ask.ReleaseHold | ask.BookVisit
    ) -> ask.Outcome:
        match command:
            case ask.HoldSlot():
                return self._hold(command)
            case ask.ReleaseHold():
                return self._release()
            case ask.BookVisit():
                return self._book(command)

    def _must_not_know(self, command: ask.Command) -> bool:
        """What makes the patient busy then is no visit that this address may see."""
        match command:
            case ask.HoldSlot(slot, patient, moves):
                patient = moves.patient if moves else patient
            case ask.BookVisit(slot, patient):
                pass
            case ask.MoveVisit(visit, slot):
                patient = visit.patient
            case _:
                return False
        return not self._insight.explains(slot, patient)

    # Finding

    def _find_slots(self, command: ask.FindSlots) -> ask.SlotsFound:
        kind = self._catalogue.visit_type(command.visit_type)
        patient = self._insight.sought(command)
        if not (kind.new_patients or patient.is_known):
            raise errors.NoNewPatients("that visit type is for patients whom the clinic knows")
        found = find_slots(
            self._connection,
            command,
            conversation_id=self._conversation.id,
            patient=patient,
            hidden=self._insight.hidden(command.patient),
            now=self._now,
            catalogue=self._catalogue,
        )
        today = self._now.astimezone(self._directory.locations[0].zone).date()
        born = patient.born
        if not found.slots and born is not None and not kind.is_for_age(age_on(today, born)):
            raise errors.AgeOutsideRange("that visit type is for patients of another age")
        return found

    # Changing

    def _register(self, command: ask.RegisterPatient) -> ask.Outcome:
        link = patients.register(
            self._connection,
            first_name=command.first_name,
            last_name=command.last_name,
            date_of_birth=command.date_of_birth,
            relation=Relation(command.relation),
            address_id=self._conversation.address_id,
            actor=self._actor,
            now=self._now,
            rules=self._rules,
        )
        self._insight.forget()  # The record may be older than the link, and say more.
        if self._insight.link(link.patient_id) is None:
            return ask.Refused(Refusal.BLOCKED)
        self._note("registered", patient=link.name)
        return ask.PatientRegistered(known_person(link))

    def _hold(self, command: ask.HoldSlot) -> ask.Outcome:
        moves, patient = command.moves, command.patient
        if why := self._insight.barred(command.slot, None if moves else patient):
            return ask.Refused(why)
        is_new = command.held != command.slot
        changes = is_new and command.held is not None
        before = held_by(self._connection, self._conversation.id) if changes else None
        held = hold(
            self._connection,
            core_slot(command.slot),
            conversation_id=self._conversation.id,
            patient_id=patient,
            actor=self._actor,
            now=self._now,
            catalogue=self._catalogue,
            moves_id=moves.key if moves else None,
            open_visits_limit=self._insight.open_visits_limit(command.slot, patient),
        )
        if before is not None:
            self._note("released", before)
        if is_new:
            self._note("held", held)
        beside = None if moves else self._insight.beside(command.slot, patient)
        return ask.SlotHeld(command.slot, held.hold_expires_at or self._now, beside)

    def _release(self) -> ask.Done:
        released = release(
            self._connection, self._conversation.id, actor=self._actor, now=self._now
        )
        if released is not None:
            self._note("released", released)
        return ask.Done()

    def _book(self, command: ask.BookVisit) -> ask.Outcome:
        slot, link = command.slot, self._insight.link(command.patient)
        if link is None:
            return ask.Refused(Refusal.NOT_FOUND)
        if why := self._insight.barred(slot, link.patient_id):
            return ask.Refused(why)
        booked = book(
            self._connection,
            core_slot(slot),
            patient_id=link.patient_id,
            actor=self._actor,
            now=self._now,
            catalogue=self._catalogue,
            conversation_id=self._conversation.id,
            address_id=self._conversation.address_id,
            open_visits_limit=self._insight.open_visits_limit(slot, link.patient_id),
        )
        self._note("booked", booked)
        return ask.VisitBooked(
            self._insight.visit(booked),
            needs_approval=booked.status is AppointmentStatus.PENDING,
            missed=self._insight.missed_lately(slot, link.patient_id),
        )

    def _move(self, command: ask.MoveVisit) -> ask.Outcome:
        if not self._insight.sees(command.visit):
            return ask.Refused(Refusal.NOT_FOUND)
        moved = move(
            self._connection,
            command.visit.key,
            core_slot(command.slot),
            version=command.visit.version,
            actor=self._actor,
            now=self._now,
            catalogue=self._catalogue,
            conversation_id=self._conversation.id,
        )
        before = local(command.visit.starts_at, self._directory, command.visit.location)
        self._note("rescheduled", moved, from_starts_at=before)
        return ask.VisitMoved(
            self._insight.visit(moved), needs_approval=moved.status is AppointmentStatus.PENDING
        )

    def _cancel(self, command: ask.CancelVisit) -> ask.Outcome:
        if not self._insight.sees(command.visit):
            return ask.Refused(Refusal.NOT_FOUND)
        cancelled = cancel(
            self._connection,
            command.visit.key,
            version=command.visit.version,
            actor=self._actor,
            now=self._now,
            catalogue=self._catalogue,
        )
        self._note("cancelled", cancelled)
        return ask.VisitCancelled(self._insight.visit(cancelled))

    def _alert(self, command: ask.AlertStaff) -> ask.Done:
        open_task(
            self._connection,
            TASKS[command.alert],
            conversation_id=self._conversation.id,
            message_id=self._message_id,
            now=self._now,
        )
        if command.alert is Alert.HANDOVER:
            self._note("handed_over")
        else:
            self._note("staff_alerted", about=command.alert)
        return ask.Done()

    # What happened

    def _note(self, kind: str, what: Appointment | None = None, **facts: Any) -> None:
        if what is not None:
            link = self._insight.link(what.patient_id)
            facts = facts_of(what, self._directory, link.name if link else None) | facts
        self.happened.append(Happened(kind, facts))
