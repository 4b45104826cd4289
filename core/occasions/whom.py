"""Who hears of a visit, and how often somebody may be spoken to unasked."""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, select

from core.models import conversations, locations, messages, patients
from core.models.messaging import MessageKind, MessageStatus
from core.people.contact import ContactRules
from core.people.telling import told_of_visit
from core.rules import Rules
from core.scheduling.appointments import Appointment

# What counts against the limits: nobody is kept from hearing that their visit has changed.
LIMITED = (MessageKind.REMINDER, MessageKind.OFFER, MessageKind.SURVEY, MessageKind.RECALL)
_NEVER_SENT = (MessageStatus.DROPPED, MessageStatus.FAILED, MessageStatus.UNDELIVERED)
_WEEK = timedelta(days=7)


def told(connection: Connection, appointment: Appointment, now: datetime) -> list[int]:
    """Return the addresses that hear of an appointment without having asked, the best one first."""
    if appointment.patient_id is None:
        return []
    return told_of_visit(
        connection,
        appointment.patient_id,
        booked_by_address_id=appointment.booked_by_address_id,
        is_confidential=appointment.is_confidential,
        now=now,
    )


_ZONE = (
    select(func.coalesce(patients.c.zone, locations.c.zone))
    .select_from(locations)
    .join(patients, patients.c.id == bindparam("patient"))
    .where(locations.c.id == bindparam("location"))
)


def zone_of(connection: Connection, patient_id: int, location_id: int) -> ZoneInfo:
    whose = {"patient": patient_id, "location": location_id}
    return ZoneInfo(connection.execute(_ZONE, whose).scalar_one())


_CONTACT_RULES = select(patients.c.contact_rules).where(patients.c.id == bindparam("patient"))


def rules_for(connection: Connection, patient_id: int, rules: Rules) -> Rules:
    """Return the clinic's rules, with the quiet hours of this patient."""
    stored = connection.scalar(_CONTACT_RULES, {"patient": patient_id})
    return ContactRules.read(stored).narrow(rules)


def may_speak_from(
    connection: Connection,
    address_id: int,
    rules: Rules,
    zone: ZoneInfo,
    now: datetime,
    *,
    kinds: Collection[MessageKind] = LIMITED,
) -> datetime:
    """Return from when on the address may be spoken to unasked, by the clinic's limits for a day
    and a week; `now`, if they allow it now. `kinds`: of messages that count."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    spoken = _spoken(connection, address_id, now - _WEEK, kinds)
    spoken = [each for each in spoken if each > now - _WEEK]
    free = now
    if rules.unprompted_a_week and len(spoken) >= rules.unprompted_a_week:
        free = max(free, spoken[-rules.unprompted_a_week] + _WEEK)
    if rules.unprompted_a_day:
        of_today = [each for each in spoken if each >= today]
        if len(of_today) >= rules.unprompted_a_day:
            free = max(free, today + timedelta(days=1))
    return free


_SPOKEN = (
    select(func.coalesce(messages.c.sent_at, messages.c.queued_at))
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        conversations.c.address_id == bindparam("address"),
        messages.c.kind.in_(bindparam("kinds", expanding=True)),
        messages.c.status.not_in(_NEVER_SENT),
        messages.c.queued_at >= bindparam("since", type_=messages.c.queued_at.type),
    )
    .order_by(messages.c.queued_at)
)


def _spoken(
    connection: Connection, address_id: int, since: datetime, kinds: Collection[MessageKind]
) -> list[datetime]:
    """Return when the address was spoken to unasked, in order."""
    asked = {"address": address_id, "since": since, "kinds": list(kinds)}
    return list(connection.scalars(_SPOKEN, asked))
