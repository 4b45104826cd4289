"""What nobody has asked for is looked at once more as it is claimed: it may have waited behind a
long queue, or a provider that was out. What it says may not be so any more, or it is night by now,
or the patient has died, must not be contacted, or is spoken for by this address no more.
Then it is taken back, and whoever had it said decides anew, as if it had never been said.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    true,
    update,
)

from core.database.types import Instant
from core.models import (
    appointments,
    broadcast_recipients,
    broadcasts,
    conversations,
    locations,
    messages,
    occasions,
    patient_addresses,
    patients,
    reminders,
    waitlist_offers,
    waitlist_rounds,
)
from core.models.appointments import AppointmentStatus
from core.models.broadcasts import BroadcastPurpose, RecipientState
from core.models.messaging import MessageStatus
from core.models.occasions import OccasionKind, OccasionState, ReminderState
from core.models.people import ConsentPurpose, Standing
from core.models.waitlist import OfferState
from core.occasions.stands import STANDS
from core.people.consents import last_word
from core.people.contact import ContactRules, is_by_channel, is_left_in_peace
from core.people.links import holds
from core.people.places import USUAL_PLACE
from core.quiet import is_quiet
from core.rules import RuleBook

CHANGED = "changed"  # What it was about is not so any more.
NIGHT = "night"
DECEASED = "deceased"
IN_PEACE = "no_contact"  # The patient must not be contacted.
BLOCKED = "blocked"  # Hears of their visits, and of nothing that goes to many.
NOT_AGREED = "no_consent"  # To marketing; not any more.
NOT_THERE = "not_told"  # Nor by this channel, or this address speaks for them no more.


def take_back(
    connection: Connection, message_ids: Collection[int], rules: RuleBook, now: datetime
) -> set[int]:
    """Take back those of these claimed candidates that are not to be sent now, and return them."""
    if not message_ids:
        return set()
    back: dict[int, str] = {}
    for row in connection.execute(_LOOK, {"ids": list(message_ids), "now": now}):
        if why := _why_not(row, rules, now):
            back[row.id] = why
    unsay(connection, back, now)
    return set(back)


def _why_not(row: Any, rules: RuleBook, now: datetime) -> str | None:
    if row.standing == Standing.DECEASED:
        return DECEASED
    if row.is_left_in_peace:
        return IN_PEACE
    if row.has_changed:
        return CHANGED
    if row.is_not_told:
        return NOT_THERE
    if row.is_broadcast and row.standing == Standing.BLOCKED:
        return BLOCKED
    if row.is_not_agreed:
        return NOT_AGREED
    if row.zone is None:
        return None  # It is about nobody's visit.
    theirs = ContactRules.read(row.contact_rules).narrow(rules.at(row.location_id))
    return NIGHT if is_quiet(now, ZoneInfo(row.zone), theirs) else None


def unsay(connection: Connection, back: Mapping[int, str], now: datetime) -> None:
    """Take back those messages, which nobody has sent, each for that reason (an error code); what
    they were to say is planned anew."""
    if back:
        _drop(connection, back, now)
        _plan_again(connection, back, now)


def _drop(connection: Connection, back: Mapping[int, str], now: datetime) -> None:
    """Nothing is lost: it is said again, or left out, by whoever planned it."""
    why = case(back, value=messages.c.id)
    values = {"status": MessageStatus.DROPPED, "dropped_at": now, "due_at": None}
    taken = update(messages).where(messages.c.id.in_(back))
    connection.execute(taken.values(error_code=why, updated_at=now, **values))


def _plan_again(connection: Connection, back: Collection[int], now: datetime) -> None:
    anew: dict[str, Any] = {"message_id": None, "due_at": now, "updated_at": now}
    queued = reminders.c.message_id.in_(back), reminders.c.state == ReminderState.QUEUED
    connection.execute(update(reminders).where(*queued).values(state=ReminderState.PLANNED, **anew))
    said = occasions.c.message_id.in_(back), occasions.c.state == OccasionState.SAID
    connection.execute(update(occasions).where(*said).values(state=OccasionState.PLANNED, **anew))
    copies = (
        broadcast_recipients.c.message_id.in_(back),
        broadcast_recipients.c.state == RecipientState.QUEUED,
    )
    again = update(broadcast_recipients).where(*copies)
    connection.execute(again.values(state=RecipientState.WAITING, queued_at=None, **anew))


_visit = appointments.alias("visit")
_is_as_reminded = exists().where(
    _visit.c.id == reminders.c.appointment_id,
    _visit.c.status == AppointmentStatus.SCHEDULED,
    _visit.c.starts_at == reminders.c.starts_at,
)
_link = patient_addresses.c


def _is_told(patient_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The address still speaks for the patient, and hears of their visits."""
    return exists().where(
        _link.patient_id == patient_id,
        _link.address_id == conversations.c.address_id,
        _link.is_told,
        holds(bindparam("now", type_=Instant)),
    )


_reminds_others = exists().where(
    reminders.c.message_id == messages.c.id,
    _visit.c.id == reminders.c.appointment_id,
    ~_is_told(_visit.c.patient_id),
)
_reminds_in_vain = exists().where(reminders.c.message_id == messages.c.id, ~_is_as_reminded)
_stands = case(
    (occasions.c.kind == OccasionKind.OFFER, waitlist_offers.c.state == OfferState.OFFERED),
    else_=STANDS,
)
_LOOK = (
    select(
        messages.c.id,
        locations.c.id.label("location_id"),
        func.coalesce(patients.c.zone, locations.c.zone).label("zone"),
        or_(_reminds_in_vain, and_(occasions.c.id.is_not(None), ~_stands)).label("has_changed"),
        patients.c.standing,
        patients.c.contact_rules,
        is_left_in_peace().label("is_left_in_peace"),
        or_(
            _reminds_others,
            and_(
                patients.c.id.is_not(None),
                ~and_(_is_told(patients.c.id), is_by_channel(messages.c.channel)),
            ),
        ).label("is_not_told"),
        broadcasts.c.id.is_not(None).label("is_broadcast"),
        and_(
            broadcasts.c.purpose == BroadcastPurpose.MARKETING,
            last_word(conversations.c.address_id, ConsentPurpose.MARKETING).is_not(true()),
        ).label("is_not_agreed"),
    )
    .select_from(messages.join(conversations))
    .outerjoin(occasions, occasions.c.message_id == messages.c.id)
    .outerjoin(waitlist_offers, waitlist_offers.c.id == occasions.c.offer_id)
    .outerjoin(waitlist_rounds, waitlist_rounds.c.id == waitlist_offers.c.round_id)
    .outerjoin(
        appointments,
        appointments.c.id == func.coalesce(messages.c.appointment_id, occasions.c.appointment_id),
    )
    .outerjoin(broadcast_recipients, broadcast_recipients.c.message_id == messages.c.id)
    .outerjoin(broadcasts, broadcasts.c.id == broadcast_recipients.c.broadcast_id)
    .outerjoin(
        patients,
        patients.c.id
        == func.coalesce(
            appointments.c.patient_id, occasions.c.patient_id, broadcast_recipients.c.patient_id
        ),
    )
    .outerjoin(
        locations,
        locations.c.id
        == func.coalesce(
            appointments.c.location_id,
            waitlist_rounds.c.location_id,
            case((broadcasts.c.id.is_not(None), USUAL_PLACE)),
        ),
    )
    .where(messages.c.id.in_(bindparam("ids", expanding=True)))
)
