"""The occasions on which the clinic speaks first, by the keys of the database.

What may be said of one to an address is decided here, in the transaction that says it. A further
kind is a class with the same two methods.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.dialogue.turn import AskFeedback, OfferAnother, OfferTime, Prompt, RemindOf, TellGone
from bot.dialogue.values import Offered, Visit
from bot.reception import Reception
from bot.reception.finding import slot_of
from core.errors import OfferGone
from core.models.messaging import MessageKind
from core.models.occasions import OccasionKind
from core.models.people import ConsentPurpose
from core.occasions import agenda, due
from core.occasions.agenda import Planned
from core.occasions.due import Reminder
from core.occasions.stands import stands
from core.occasions.whom import may_speak_from, rules_for, told, zone_of
from core.people.consents import is_given
from core.people.links import told_about
from core.quiet import allowed_from
from core.rules import Rules
from core.scheduling.appointments import Appointment, by_id, upcoming
from core.scheduling.statuses import EXPECTED
from core.waitlist.answers import mark_said, moves_up
from core.waitlist.offers import Offer, offer_by_id


class Occasion(Protocol):
    """`kind`: of the message that comes of it."""

    @property
    def kind(self) -> MessageKind: ...

    def put(self, reception: Reception) -> Prompt | None:
        """Return how it is put to the dialogue; None, if nothing is to be said here now."""

    def said(self, reception: Reception, message_id: int) -> None:
        """Note which message says it."""


def _rules(reception: Reception, location_id: int, patient_id: int) -> Rules:
    rules = reception.catalogue.rules_at(location_id)
    return rules_for(reception.connection, patient_id, rules)


def _hears(reception: Reception, visit: Appointment) -> bool:
    """Tell whether this address may hear of the visit without having asked."""
    return reception.conversation.address_id in told(reception.connection, visit, reception.now)


@dataclass(frozen=True, slots=True)
class VisitOver:
    """A visit took place: how was it?"""

    occasion_id: int
    appointment_id: int
    kind = MessageKind.SURVEY

    def put(self, reception: Reception) -> AskFeedback | None:
        visit = by_id(reception.connection, self.appointment_id)
        if not _may_be_said(reception, self.occasion_id, visit):
            return None
        return AskFeedback(reception.insight.visit(visit))

    def said(self, reception: Reception, message_id: int) -> None:
        agenda.mark_said(reception.connection, self.occasion_id, message_id, reception.now)


@dataclass(frozen=True, slots=True)
class ComeAgain:
    """A visit was missed, or it is time for the next one: shall we find a time?"""

    occasion_id: int
    appointment_id: int
    why: str  # "missed", "due"

    @property
    def kind(self) -> MessageKind:
        return MessageKind.RECALL if self.why == "due" else MessageKind.NOTICE

    def put(self, reception: Reception) -> OfferAnother | None:
        visit = by_id(reception.connection, self.appointment_id)
        if not _may_be_said(reception, self.occasion_id, visit) or _is_in_vain(reception, visit):
            return None
        return OfferAnother(reception.insight.visit(visit), self.why)

    def said(self, reception: Reception, message_id: int) -> None:
        agenda.mark_said(reception.connection, self.occasion_id, message_id, reception.now)


def _is_in_vain(reception: Reception, visit: Appointment) -> bool:
    """Tell whether they have a time there again, or would be given none."""
    if visit.patient_id is None or reception.insight.is_blocked(visit.patient_id):
        return True
    ahead = upcoming(reception.connection, patient_ids=[visit.patient_id], now=reception.now)
    return any(each.practitioner_id == visit.practitioner_id for each in ahead)


@dataclass(frozen=True, slots=True)
class News:
    """The clinic has booked a visit, given it another time, or called it off."""

    planned: Planned
    kind = MessageKind.NOTICE

    def put(self, reception: Reception) -> RemindOf | OfferAnother | None:
        planned = self.planned
        visit = by_id(reception.connection, planned.appointment_id or 0)
        if not _is_to_be_said(reception, planned.id) or not _hears(reception, visit):
            return None
        if not self._may_speak(reception, visit):
            return None
        shown = reception.insight.visit(visit)
        if planned.kind is OccasionKind.CANCELLED:
            return OfferAnother(shown, "called_off")
        was = self._was(shown)
        stays = was is not None and (was.starts_at, was.location) == (
            shown.starts_at,
            shown.location,
        )
        news = "other" if stays else planned.kind.value  # With somebody else.
        return RemindOf((shown,), news=news, was=was)

    def _may_speak(self, reception: Reception, visit: Appointment) -> bool:
        """Not at night; what can't wait for the morning is said by a voice."""
        connection, now = reception.connection, reception.now
        rules = _rules(reception, visit.location_id, self.planned.patient_id)
        zone = zone_of(connection, self.planned.patient_id, visit.location_id)
        free = allowed_from(now, zone, rules)
        if free <= now:
            return True
        if free < visit.starts_at - timedelta(hours=rules.reminder_latest_hours):
            agenda.postpone(connection, self.planned.id, free, now)
            return False
        agenda.drop(connection, self.planned.id, agenda.TOO_LATE, now)
        due.have_called(connection, self.planned.patient_id, visit.id, visit.starts_at, now)
        return False

    def _was(self, visit: Visit) -> Visit | None:
        planned = self.planned
        if planned.was_starts_at is None or planned.was_location_id is None:
            return None
        return replace(visit, starts_at=planned.was_starts_at, location=planned.was_location_id)

    def said(self, reception: Reception, message_id: int) -> None:
        agenda.mark_said(reception.connection, self.planned.id, message_id, reception.now)


@dataclass(frozen=True, slots=True)
class RunningLate:
    """A visit begins later than it was to, or on time again. Whoever waits for it hears so at once,
    without regard to how often they have been spoken to."""

    planned: Planned
    kind = MessageKind.RUNNING_LATE

    def put(self, reception: Reception) -> RemindOf | None:
        visit = by_id(reception.connection, self.planned.appointment_id or 0)
        if not _is_to_be_said(reception, self.planned.id) or not _hears(reception, visit):
            return None
        if not self._may_speak(reception, visit):
            return None
        minutes = self.planned.minutes or 0
        is_ahead = visit.status in EXPECTED and visit.starts_at > reception.now
        news = "late" if is_ahead else "late_here"
        shown = reception.insight.visit(visit)
        return RemindOf((shown,), news=news if minutes else "on_time", minutes=minutes)

    def _may_speak(self, reception: Reception, visit: Appointment) -> bool:
        """Not at night, if it can wait for the morning; staff know whom nobody tells."""
        zone = zone_of(reception.connection, self.planned.patient_id, visit.location_id)
        rules = _rules(reception, visit.location_id, self.planned.patient_id)
        free = allowed_from(reception.now, zone, rules)
        if free > reception.now:
            agenda.postpone(reception.connection, self.planned.id, free, reception.now)
        return free <= reception.now

    def said(self, reception: Reception, message_id: int) -> None:
        agenda.mark_said(reception.connection, self.planned.id, message_id, reception.now)
        if self.planned.valid_until is not None:
            agenda.expires(reception.connection, message_id, self.planned.valid_until)


def _is_to_be_said(reception: Reception, occasion_id: int) -> Planned | None:
    """Return what is planned about a visit, unless it was said meanwhile, or is not so any more."""
    planned = agenda.still_planned(reception.connection, occasion_id)
    return planned if planned and stands(reception.connection, occasion_id) else None


def _may_be_said(reception: Reception, occasion_id: int, visit: Appointment) -> bool:
    """Tell whether it may be said to this address now; put off, if only the hour is wrong."""
    planned = _is_to_be_said(reception, occasion_id)
    if planned is None or not (_hears(reception, visit) and reception.insight.may_know_of(visit)):
        return False
    zone = zone_of(reception.connection, planned.patient_id, visit.location_id)
    rules, now = _rules(reception, visit.location_id, planned.patient_id), reception.now
    address_id = reception.conversation.address_id
    free = may_speak_from(reception.connection, address_id, rules, zone, now)
    free = allowed_from(free, zone, rules)
    if free > now:
        agenda.postpone(reception.connection, occasion_id, free, now)
    return free <= now


@dataclass(frozen=True, slots=True)
class VisitsAhead:
    """Visits of one day are ahead, each with a reminder that is due: does the patient come?"""

    reminder_ids: tuple[int, ...]
    kind = MessageKind.REMINDER

    def put(self, reception: Reception) -> RemindOf | None:
        reminders = self._still_due(reception)
        if not reminders or not _may_speak(reception, reminders):
            return None
        visits = [by_id(reception.connection, each.appointment_id) for each in reminders]
        shown = tuple(map(reception.insight.visit, visits))
        rules = reception.catalogue.rules_at(reminders[0].location_id)
        named = _may_name(reception, {each.patient for each in shown})
        return RemindOf(shown, named=named, cost=rules.missed_visit_cost)

    def _still_due(self, reception: Reception) -> list[Reminder]:
        """Return those that this address hears of."""
        return [
            each
            for each in self._planned(reception)
            if _hears(reception, by_id(reception.connection, each.appointment_id))
        ]

    def _planned(self, reception: Reception) -> list[Reminder]:
        return due.still_planned(reception.connection, self.reminder_ids)

    def said(self, reception: Reception, message_id: int) -> None:
        carried = [each.id for each in self._still_due(reception)]
        due.mark_queued(reception.connection, carried, message_id, reception.now)


@dataclass(frozen=True, slots=True)
class TimeFreed:
    """A time has come free that somebody waits for."""

    occasion_id: int
    offer_id: int
    kind = MessageKind.OFFER

    def put(self, reception: Reception) -> OfferTime | None:
        connection, now = reception.connection, reception.now
        if agenda.still_planned(connection, self.occasion_id) is None:
            return None
        offer = offer_by_id(connection, self.offer_id)
        if _is_night(reception, self.occasion_id, offer):
            return None
        try:
            old = moves_up(connection, offer)
            is_theirs = reception.insight.link(offer.patient_id) is not None
            asked = mark_said(connection, offer.id, now=now) if is_theirs else None
        except OfferGone:
            asked = None
        if asked is None:
            agenda.drop(connection, self.occasion_id, agenda.NOTHING_TO_SAY, now)
            return None
        instead_of = reception.insight.visit(old) if old else None
        return OfferTime(Offered(offer.id, slot_of(offer.slot), instead_of))

    def said(self, reception: Reception, message_id: int) -> None:
        agenda.mark_said(reception.connection, self.occasion_id, message_id, reception.now)


@dataclass(frozen=True, slots=True)
class TimeGone:
    """Somebody else was quicker."""

    occasion_id: int
    offer_id: int
    kind = MessageKind.NOTICE

    def put(self, reception: Reception) -> TellGone | None:
        if agenda.still_planned(reception.connection, self.occasion_id) is None:
            return None
        offer = offer_by_id(reception.connection, self.offer_id)
        if reception.insight.link(offer.patient_id) is None:
            return None
        if _is_night(reception, self.occasion_id, offer):
            return None
        return TellGone(slot_of(offer.slot))

    def said(self, reception: Reception, message_id: int) -> None:
        agenda.mark_said(reception.connection, self.occasion_id, message_id, reception.now)


def _is_night(reception: Reception, occasion_id: int, offer: Offer) -> bool:
    """Tell whether it is; it is put off, then, for as long as it is worth it."""
    rules, now = _rules(reception, offer.location_id, offer.patient_id), reception.now
    morning = allowed_from(now, ZoneInfo(offer.zone), rules)
    if morning > now:
        agenda.postpone(reception.connection, occasion_id, morning, now)
    return morning > now


def _may_speak(reception: Reception, reminders: list[Reminder]) -> bool:
    """Not at night, and not too often: later, then, if it still helps."""
    first = reminders[0]
    rules, now = _rules(reception, first.location_id, first.patient_id), reception.now
    address_id = reception.conversation.address_id
    free = may_speak_from(reception.connection, address_id, rules, first.zone, now)
    free = allowed_from(free, first.zone, rules)
    if free <= now:
        return True
    for each in reminders:
        if free > each.last_moment(reception.catalogue.rules):
            due.leave_to_staff(reception.connection, each, due.TOO_OFTEN, now)
    due.postpone(reception.connection, [each.id for each in reminders], free, now)
    return False


def _may_name(reception: Reception, patient_ids: set[int]) -> bool:
    """Where an address speaks for several people their first names help; each must have agreed."""
    address_id = reception.conversation.address_id
    if len(told_about(reception.connection, address_id, reception.now)) < 2:
        return False
    return all(
        is_given(reception.connection, address_id, ConsentPurpose.FIRST_NAME, patient_id)
        for patient_id in patient_ids
    )
