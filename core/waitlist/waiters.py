"""Who waits for a practitioner, and may be asked again so soon: the longest waiting first."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, text

from core.models import (
    addresses,
    appointments,
    conversations,
    patients,
    waitlist,
    waitlist_offers,
    waitlist_rounds,
)
from core.models.people import Standing
from core.models.waitlist import OfferState, RoundState
from core.scheduling.statuses import EXPIRED
from core.waitlist.freeing import FreeTime
from core.waitlist.offers import OUTSTANDING
from core.waitlist.wishes import WISH

_WEEK = timedelta(days=7)
# A hold that ended frees a time that had been free before: who was asked then is not asked again.
_ENDED_HOLD = ("expired", "released")


_ENTRIES = (
    select(
        waitlist.c.id.label("entry_id"),
        waitlist.c.conversation_id,
        conversations.c.address_id,
        addresses.c.channel,
        patients.c.zone,
        *WISH,
    )
    .join(patients, patients.c.id == waitlist.c.patient_id)
    .join(conversations, conversations.c.id == waitlist.c.conversation_id)
    .join(addresses, addresses.c.id == conversations.c.address_id)
)


def waiters(
    connection: Connection,
    time: FreeTime,
    *,
    specialties: Collection[str],
    round_id: int | None,
    offers_a_week: int,
    now: datetime,
) -> Sequence[Any]:
    """Return the entries that wait for that practitioner, or one of their specialties, at that
    place: each with where they asked, and whether they are being asked about another time.

    Not those who have been asked in this round, or often enough within a week, nor who has just
    given the time up.
    """
    whose = waitlist.c.practitioner_id == time.practitioner_id
    here = or_(waitlist.c.location_id.is_(None), waitlist.c.location_id == time.location_id)
    entries = (
        _ENTRIES.add_columns(_is_being_asked(round_id).label("is_busy"))
        .where(
            text("waitlist.state = 'waiting'"),
            or_(waitlist.c.until.is_(None), waitlist.c.until > time.starts_at),
            or_(whose, waitlist.c.specialty.in_(specialties)),
            here,
            patients.c.standing != Standing.BLOCKED,
            _asked_since(now - _WEEK) < offers_a_week,
            ~_was_asked(waitlist_offers.c.round_id == round_id),
            *_not_again(time),
            *_not_who_freed(connection, time),
        )
        .order_by(waitlist.c.since, waitlist.c.id)
    )
    return connection.execute(entries).all()


def _not_again(time: FreeTime) -> list[ColumnElement[bool]]:
    if time.freed_by not in _ENDED_HOLD:
        return []
    same = and_(
        waitlist_rounds.c.id == waitlist_offers.c.round_id,
        waitlist_rounds.c.practitioner_id == time.practitioner_id,
        waitlist_offers.c.starts_at >= time.starts_at,
        waitlist_offers.c.starts_at < time.ends_at,
    )
    return [~_was_asked(same)]


def _not_who_freed(connection: Connection, time: FreeTime) -> list[ColumnElement[bool]]:
    freed = connection.execute(
        select(
            appointments.c.patient_id, appointments.c.conversation_id, appointments.c.status
        ).where(appointments.c.id == time.freed_id)
    ).first()
    if freed is None:
        return []
    if freed.patient_id is not None:
        return [waitlist.c.patient_id != freed.patient_id]
    if freed.status == EXPIRED and freed.conversation_id is not None:
        return [waitlist.c.conversation_id != freed.conversation_id]
    return []


# All entries of one patient count together.
_theirs = waitlist.alias("theirs")
_is_theirs = and_(
    _theirs.c.id == waitlist_offers.c.entry_id, _theirs.c.patient_id == waitlist.c.patient_id
)


def _was_asked(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_is_theirs, which)


def _is_being_asked(round_id: int | None) -> ColumnElement[bool]:
    return _was_asked(
        and_(
            waitlist_offers.c.state.in_(OUTSTANDING),
            waitlist_rounds.c.id == waitlist_offers.c.round_id,
            waitlist_rounds.c.state == RoundState.OPEN,
            waitlist_rounds.c.id != (round_id or 0),
        )
    )


def _asked_since(since: datetime) -> Any:
    """How many times they have been offered; what was taken back unsaid does not count."""
    return (
        select(func.count())
        .select_from(waitlist_offers)
        .join(_theirs, _is_theirs)
        .where(
            waitlist_offers.c.created_at > since,
            or_(
                waitlist_offers.c.offered_at.is_not(None),
                waitlist_offers.c.state == OfferState.PLANNED,
            ),
        )
        .correlate(waitlist)
        .scalar_subquery()
    )
