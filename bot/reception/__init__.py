"""Performs the dialogue's commands on the clinic, in the transaction of the message.

One file per group of commands, each with its table of handlers. The one place where an error of
the core becomes an outcome.
"""

from collections.abc import Mapping

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Refusal
from bot.reception import (
    alerts,
    attendance,
    facts,
    handover,
    my_data,
    opting,
    people,
    survey,
    visits,
    waiting,
)
from bot.reception.finding import slot_of
from bot.reception.office import Handler, Office
from core import errors
from core.waitlist.offers import offer_by_id

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
    errors.SeesOtherAges: Refusal.SEES_OTHER_AGES,
    errors.MustCall: Refusal.MUST_CALL,
    errors.TooLateToCancel: Refusal.TOO_LATE,
    errors.TooManyOpenVisits: Refusal.TOO_MANY_VISITS,
    errors.TooManyNewPatients: Refusal.TOO_MANY_PATIENTS,
    errors.TooManyCodes: Refusal.TOO_MANY_CODES,
    errors.AppointmentNotFound: Refusal.NOT_FOUND,
    errors.AppointmentChanged: Refusal.CHANGED,
    errors.IllegalStatusChange: Refusal.CHANGED,
    errors.NothingToUndo: Refusal.NOTHING_TO_UNDO,
    errors.TooManyWaits: Refusal.TOO_MANY_WAITS,
    errors.WaitNotFound: Refusal.WAIT_NOT_FOUND,
    errors.OfferNotFound: Refusal.NOT_FOUND,
    errors.OfferGone: Refusal.OFFER_GONE,
    errors.RecordMerged: Refusal.NOT_FOUND,
}
HANDLERS: dict[type, Handler] = {
    **visits.HANDLERS,
    **people.HANDLERS,
    **alerts.HANDLERS,
    **attendance.HANDLERS,
    **waiting.HANDLERS,
    **survey.HANDLERS,
    **my_data.HANDLERS,
    **handover.HANDLERS,
    **opting.HANDLERS,
    **facts.HANDLERS,
}


class Reception(Office):
    """Serves one turn of one conversation."""

    def perform(self, command: ask.Command) -> told.Outcome:
        """Do what the dialogue asks; what the clinic's rules forbid comes back as Refused."""
        try:
            return HANDLERS[type(command)](self, command)
        except errors.ClinicError as error:
            refusal = REFUSALS.get(type(error))
            if refusal is None:
                raise
            if refusal is Refusal.PATIENT_BUSY and self._must_not_know(command):
                taken = Refusal.SLOT_TAKEN
                refusal = Refusal.OFFER_GONE if isinstance(command, ask.AcceptOffer) else taken
            return told.Refused(refusal)

    def _must_not_know(self, command: ask.Command) -> bool:
        """What makes the patient busy then is no visit that this address may see."""
        match command:
            case ask.HoldSlot(slot, patient, moves):
                patient = moves.patient if moves else patient
            case ask.BookVisit(slot, patient):
                pass
            case ask.MoveVisit(visit, slot):
                patient = visit.patient
            case ask.AcceptOffer(key):
                offer = offer_by_id(self.connection, key)
                slot, patient = slot_of(offer.slot), offer.patient_id
            case _:
                return False
        return not self.insight.explains(slot, patient)
