"""Performs the dialogue's commands on the clinic, in the transaction of the message.

The one place where an error of the core becomes an outcome, and where what a turn changed is
written down for whoever listens (`frontdesk chat --json`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.clinic import Clinic
from bot.dialogue import commands as ask
from bot.dialogue.values import Alert, KnownPerson, Refusal, Visit
from bot.finding import core_slot, find_slots, overlap
from bot.understanding.values import Person
from core import errors, patients
from core.messaging.conversations import Conversation
from core.messaging.tasks import open_task
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.messaging import TaskKind
from core.models.people import Relation, Standing, Trust
from core.scheduling import booking
from core.scheduling.booking import Actor, Appointment

REFUSALS: Mapping[type[errors.ClinicError], Refusal] = {
    errors.SlotTaken: Refusal.SLOT_TAKEN,
    errors.PatientBusy: Refusal.PATIENT_BUSY,
    errors.SlotInPast: Refusal.TOO_SOON,
    errors.VisitBegun: Refusal.BEGUN,
    errors.BeyondHorizon: Refusal.TOO_FAR,
    errors.OutsideSchedule: Refusal.NOT_OFFERED,
    errors.NotOffered: Refusal.NOT_OFFERED,
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


@dataclass(frozen=True, slots=True)
class Happened:
    """What a turn changed; `facts` are public and already in the clinic's words."""

    type: str
    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type, **self.facts}


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
        self._rules = clinic.rules
        self._conversation = conversation
        self._message_id = message_id
        self._now = now
        self._actor = Actor(ActorKind.PATIENT, conversation.address_id, conversation.channel)
        self._people: list[patients.Link] | None = None
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
                return ask.PeopleFound(tuple(_known(link) for link in self._links()))
            case ask.RegisterPatient():
                return self._register(command)
            case ask.FindVisits():
                return ask.VisitsFound(tuple(self._visits()))
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

    # Finding

    def _find_slots(self, command: ask.FindSlots) -> ask.SlotsFound:
        return find_slots(
            self._connection,
            command,
            conversation_id=self._conversation.id,
            hidden=self._hidden(command.patient),
            now=self._now,
            rules=self._rules,
        )

    # People

    def _links(self) -> list[patients.Link]:
        if self._people is None:
            self._people = patients.people_at(
                self._connection, self._conversation.address_id, self._now
            )
        return self._people

    def _link(self, patient_id: int | None) -> patients.Link | None:
        return next((link for link in self._links() if link.patient_id == patient_id), None)

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
        self._people = None  # The record may be older than the link, and say more.
        if self._link(link.patient_id) is None:
            return ask.Refused(Refusal.BLOCKED)
        self._note("registered", patient=link.name)
        return ask.PatientRegistered(_known(link))

    def _visits(self) -> list[Visit]:
        """What this address may see: all of those it is proved for, else what it booked itself."""
        proved = [link.patient_id for link in self._links() if link.trust == Trust.PROVED]
        claimed = [link.patient_id for link in self._links() if link.trust != Trust.PROVED]
        seen: list[Appointment] = []
        if proved:
            seen += booking.upcoming(self._connection, patient_ids=proved, now=self._now)
        if claimed:
            seen += booking.upcoming(
                self._connection,
                patient_ids=claimed,
                now=self._now,
                booked_by_address_id=self._conversation.address_id,
            )
        return [self._visit(item) for item in sorted(seen, key=lambda item: item.starts_at)]

    def _hidden(self, patient_id: int | None) -> list[Appointment]:
        """The patient's visits that this address may not see: their time is just not free."""
        link = self._link(patient_id)
        if link is None or link.trust == Trust.PROVED:
            return []
        ours = self._conversation.address_id
        return [
            each
            for each in booking.upcoming(
                self._connection, patient_ids=[link.patient_id], now=self._now
            )
            if each.booked_by_address_id != ours
        ]

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
        return not any(
            visit.patient == patient and overlap(slot, visit) for visit in self._visits()
        )

    # Changing

    def _hold(self, command: ask.HoldSlot) -> ask.Outcome:
        if self._is_blocked(command.patient):
            return ask.Refused(Refusal.BLOCKED)
        is_new = command.held != command.slot
        changes = is_new and command.held is not None
        before = booking.held_by(self._connection, self._conversation.id) if changes else None
        held = booking.hold(
            self._connection,
            core_slot(command.slot),
            conversation_id=self._conversation.id,
            patient_id=command.patient,
            actor=self._actor,
            now=self._now,
            rules=self._rules,
            moves_id=command.moves.key if command.moves else None,
        )
        if before is not None:
            self._note("released", **self._facts(before))
        if is_new:
            self._note("held", **self._facts(held))
        return ask.SlotHeld(command.slot, held.hold_expires_at or self._now)

    def _is_blocked(self, patient_id: int | None) -> bool:
        link = self._link(patient_id) if patient_id is not None else None
        return link is not None and link.standing == Standing.BLOCKED

    def _release(self) -> ask.Done:
        released = booking.release(
            self._connection, self._conversation.id, actor=self._actor, now=self._now
        )
        if released is not None:
            self._note("released", **self._facts(released))
        return ask.Done()

    def _book(self, command: ask.BookVisit) -> ask.Outcome:
        link = self._link(command.patient)
        if link is None:
            return ask.Refused(Refusal.NOT_FOUND)
        if link.standing == Standing.BLOCKED:
            return ask.Refused(Refusal.BLOCKED)
        rules = self._rules
        proved = link.trust == Trust.PROVED
        booked = booking.book(
            self._connection,
            core_slot(command.slot),
            patient_id=link.patient_id,
            actor=self._actor,
            now=self._now,
            rules=rules,
            conversation_id=self._conversation.id,
            address_id=self._conversation.address_id,
            open_visits_limit=rules.open_visits_proved
            if proved
            # Those that this address may not know of do not count against it.
            else rules.open_visits_claimed + len(self._hidden(link.patient_id)),
        )
        self._note("booked", **self._facts(booked))
        return ask.VisitBooked(
            self._visit(booked), needs_approval=booked.status is AppointmentStatus.PENDING
        )

    def _move(self, command: ask.MoveVisit) -> ask.Outcome:
        if command.visit.key not in {visit.key for visit in self._visits()}:
            return ask.Refused(Refusal.NOT_FOUND)
        moved = booking.move(
            self._connection,
            command.visit.key,
            core_slot(command.slot),
            version=command.visit.version,
            actor=self._actor,
            now=self._now,
            rules=self._rules,
            conversation_id=self._conversation.id,
        )
        before = self._local(command.visit.starts_at, command.visit.location)
        self._note("rescheduled", **self._facts(moved), from_starts_at=before)
        return ask.VisitMoved(self._visit(moved))

    def _cancel(self, command: ask.CancelVisit) -> ask.Outcome:
        if command.visit.key not in {visit.key for visit in self._visits()}:
            return ask.Refused(Refusal.NOT_FOUND)
        cancelled = booking.cancel(
            self._connection,
            command.visit.key,
            version=command.visit.version,
            actor=self._actor,
            now=self._now,
        )
        self._note("cancelled", **self._facts(cancelled))
        return ask.VisitCancelled(self._visit(cancelled))

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

    # In the clinic's words

    def _note(self, kind: str, **facts: Any) -> None:
        self.happened.append(Happened(kind, facts))

    def _local(self, at: datetime, location: int) -> str:
        return at.astimezone(self._directory.location(location).zone).isoformat()

    def _facts(self, appointment: Appointment) -> dict[str, Any]:
        directory = self._directory
        link = self._link(appointment.patient_id)
        return {
            "appointment": appointment.public_id,
            "practitioner": directory.practitioner(appointment.practitioner_id).name,
            "location": directory.location(appointment.location_id).name,
            "visit_type": directory.visit_type(appointment.visit_type_id).name(
                directory.languages[0]
            ),
            "patient": link.name if link else None,
            "starts_at": self._local(appointment.starts_at, appointment.location_id),
            "ends_at": self._local(appointment.ends_at, appointment.location_id),
        }

    def _visit(self, appointment: Appointment) -> Visit:
        link = self._link(appointment.patient_id)
        return Visit(
            key=appointment.id,
            public_id=appointment.public_id,
            version=appointment.version,
            patient=appointment.patient_id or 0,
            patient_name=link.name if link else "",
            practitioner=appointment.practitioner_id,
            location=appointment.location_id,
            visit_type=appointment.visit_type_id,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
        )


def _known(link: patients.Link) -> KnownPerson:
    relation = Person(link.relation) if link.relation in list(Person) else Person.OTHER
    return KnownPerson(link.patient_id, link.name, relation)
