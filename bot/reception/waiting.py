"""Commands about the waitlist; an address sees and changes only what it may know of."""

from datetime import UTC, datetime, time, timedelta

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Refusal, Visit
from bot.dialogue.wait import Wait
from bot.dialogue.when import When
from bot.happened import local
from bot.reception.finding import slot_of
from bot.reception.office import Handlers, Office
from core.errors import OfferGone
from core.models.appointments import AppointmentStatus
from core.occasions import agenda
from core.scheduling.appointments import Appointment
from core.waitlist import entries
from core.waitlist.answers import accept, decline
from core.waitlist.entries import Entry
from core.waitlist.offers import Offer, offer_by_id
from core.waitlist.wishes import Days, Wish

ONE_DAY = timedelta(days=1)


def find(office: Office, _: ask.FindWaits) -> told.WaitsFound:
    return told.WaitsFound(tuple(_wait(office, entry) for entry in _entries(office)))


def _entries(office: Office) -> list[Entry]:
    """Of patients whom the address may see all of, what they wait for; of others, what was asked
    for here."""
    people = office.insight.people()
    whole = [link.patient_id for link in people if link.sees_all]
    partly = [link.patient_id for link in people if not link.sees_all]
    found: list[Entry] = []
    if whole:
        found += entries.waiting(office.connection, patient_ids=whole, now=office.now)
    if partly:
        found += entries.waiting(
            office.connection,
            patient_ids=partly,
            now=office.now,
            conversation_id=office.conversation.id,
        )
    return sorted(found, key=lambda entry: entry.id)


def _wait(office: Office, entry: Entry) -> Wait:
    wish, days = entry.wish, entry.wish.days
    exact = wish.minute_from is not None and wish.minute_until == wish.minute_from + 1
    link = office.insight.link(wish.patient_id)
    return Wait(
        key=entry.id,
        patient=wish.patient_id,
        patient_name=link.name if link else "",
        practitioner=wish.practitioner_id,
        specialty=wish.specialty,
        location=wish.location_id,
        visit_type=wish.visit_type_id,
        when=When(
            days=days.days,
            day_from=days.day_from,
            day_to=days.day_to,
            weekdays=days.weekdays,
            not_days=days.not_days,
            not_weekdays=days.not_weekdays,
            minute=wish.minute_from if exact else None,
            minute_from=None if exact else wish.minute_from,
            minute_until=None if exact else wish.minute_until,
        ),
    )


def join(office: Office, command: ask.JoinWaitlist) -> told.Outcome:
    wait = command.wait
    if office.insight.link(wait.patient) is None:
        return told.Refused(Refusal.NOT_FOUND)
    if office.insight.is_blocked(wait.patient):
        return told.Refused(Refusal.BLOCKED)
    visit = wait.sooner_than
    if visit is not None and not office.insight.sees(visit):
        return told.Refused(Refusal.NOT_FOUND)
    before = next((each for each in _entries(office) if _is_same(each, wait)), None)
    entry = entries.join(
        office.connection,
        _wish(office, wait, visit),
        conversation_id=office.conversation.id,
        limit=office.rules.waitlist_entries,
        only_there=not office.insight.sees_all(wait.patient),
        actor=office.actor,
        now=office.now,
    )
    office.note("waitlisted", None, **_facts(office, wait))
    return told.Waitlisted(_wait(office, entry), _wait(office, before) if before else None)


def _is_same(entry: Entry, wait: Wait) -> bool:
    wish = entry.wish
    whom = (wish.patient_id, wish.practitioner_id, wish.specialty)
    return whom == (wait.patient, wait.practitioner, wait.specialty)


def _wish(office: Office, wait: Wait, visit: Visit | None) -> Wish:
    when = wait.when
    begin, until = when.hours()
    return Wish(
        patient_id=wait.patient,
        practitioner_id=wait.practitioner,
        specialty=wait.specialty,
        location_id=wait.location,
        visit_type_id=wait.visit_type,
        days=Days(
            days=when.days,
            day_from=when.day_from,
            day_to=when.day_to,
            weekdays=when.weekdays,
            not_days=when.not_days,
            not_weekdays=when.not_weekdays,
        ),
        minute_from=begin or None,
        minute_until=until,
        sooner_than_id=visit.key if visit else None,
        until=_until(office, wait, visit),
    )


def _until(office: Office, wait: Wait, visit: Visit | None) -> datetime:
    """Return the end of the last wished day, else of the horizon; a visit to move up is earlier."""
    place = office.directory.locations[0] if wait.location is None else None
    place = place or office.directory.location(wait.location or 0)
    today = office.now.astimezone(place.zone).date()
    last = max(wait.when.days, default=wait.when.day_to)
    day = last or today + timedelta(days=office.rules.horizon_days)
    ends = datetime.combine(day + ONE_DAY, time.min, place.zone).astimezone(UTC)
    return min(ends, visit.starts_at) if visit else ends


def leave(office: Office, command: ask.LeaveWaitlist) -> told.Outcome:
    entry = next((each for each in _entries(office) if each.id == command.key), None)
    if entry is None:
        return told.Refused(Refusal.WAIT_NOT_FOUND)
    entries.leave(office.connection, entry.id, actor=office.actor, now=office.now)
    office.note("left_waitlist", None, **_facts(office, _wait(office, entry)))
    return told.Done()


def _offer(office: Office, key: int) -> Offer | None:
    """Return what was offered in this conversation; None for anything else."""
    offer = offer_by_id(office.connection, key)
    return offer if offer.conversation_id == office.conversation.id else None


def accept_offer(office: Office, command: ask.AcceptOffer) -> told.Outcome:
    offer = _offer(office, command.key)
    link = office.insight.link(offer.patient_id) if offer else None
    if offer is None or link is None:
        return told.Refused(Refusal.NOT_FOUND)
    if office.insight.is_blocked(link.patient_id):
        return told.Refused(Refusal.BLOCKED)
    limit = office.insight.open_visits_limit(slot_of(offer.slot), link.patient_id)
    try:
        accepted = accept(
            office.connection,
            offer.id,
            actor=office.actor,
            now=office.now,
            catalogue=office.catalogue,
            conversation_id=office.conversation.id,
            address_id=office.conversation.address_id,
            open_visits_limit=limit,
        )
    except OfferGone:  # They hear it now, and not once more.
        agenda.told_in_answer(office.connection, offer.id, office.now)
        raise
    visit, before = accepted.appointment, accepted.before
    waits = visit.status is AppointmentStatus.PENDING
    if before is None:
        office.note("booked", visit)
        return told.VisitBooked(office.insight.visit(visit), needs_approval=waits)
    was = local(before.starts_at, office.directory, before.location_id)
    office.note("rescheduled", visit, from_starts_at=was)
    return told.VisitMoved(office.insight.visit(visit), needs_approval=waits)


def decline_offer(office: Office, command: ask.DeclineOffer) -> told.Outcome:
    offer = _offer(office, command.key)
    if offer is None:
        return told.Refused(Refusal.NOT_FOUND)
    decline(office.connection, offer.id, actor=office.actor, now=office.now)
    return told.Done()


def _facts(office: Office, wait: Wait) -> dict[str, str | None]:
    person = office.directory.practitioner(wait.practitioner) if wait.practitioner else None
    specialty = office.directory.specialty(wait.specialty or "")
    return {
        "practitioner": person.name if person else None,
        "specialty": specialty.name(office.directory.languages[0]) if specialty else None,
        "patient": wait.patient_name,
    }


def end_waiting(office: Office, visit: Appointment) -> None:
    """Who has got the visit that they waited for waits no longer."""
    entries.fulfil(
        office.connection,
        visit,
        specialties=office.directory.practitioner(visit.practitioner_id).specialties,
        zone=office.directory.location(visit.location_id).zone,
        actor=office.actor,
        now=office.now,
    )


HANDLERS: Handlers = {
    ask.FindWaits: find,
    ask.JoinWaitlist: join,
    ask.LeaveWaitlist: leave,
    ask.AcceptOffer: accept_offer,
    ask.DeclineOffer: decline_offer,
}
