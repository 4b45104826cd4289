"""Who of a group is reached, at which address, and who is left out, and why: asked before anything
is agreed to, and once more of each address when it is its turn."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from core.broadcasts.group import Filter, is_meant, visits_of
from core.messaging.second_look import BLOCKED, DECEASED, IN_PEACE, NOT_AGREED
from core.messaging.window import WHATSAPP, WINDOW_CLOSED, is_open
from core.models import (
    addresses,
    appointments,
    conversations,
    patient_addresses,
    patients,
    staff_pairings,
)
from core.models.broadcasts import BroadcastPurpose
from core.models.people import AddressState, ConsentPurpose, Standing, Trust
from core.people.consents import last_word
from core.people.contact import ContactRules
from core.people.links import holds
from core.people.places import USUAL_PLACE
from core.people.restricted import is_restricted
from core.people.telling import UNWRITTEN

NO_ADDRESS = "no_address"
OPTED_OUT = "opted_out"
# Why a patient is left out. Of several addresses the first of these is said: it was nearest.
OF_ADDRESSES = (NOT_AGREED, WINDOW_CLOSED, OPTED_OUT, NO_ADDRESS)
REASONS = (DECEASED, IN_PEACE, BLOCKED, *OF_ADDRESSES)


@dataclass(frozen=True, slots=True)
class Way:
    """One patient at one address. `location_id`: whose clock and rules count."""

    address_id: int
    patient_id: int
    channel: str
    language: str | None
    location_id: int


@dataclass(frozen=True, slots=True)
class Reach:
    """`patients`: all of the group; `ways`: one for each address; `sharing`: those who are reached
    by what goes to somebody else's address; `left_out`: how many, by reason; `hides`: restricted
    records are among those whom visits make one of the group, and not among these."""

    patients: int
    ways: tuple[Way, ...]
    sharing: int
    left_out: Mapping[str, int]
    hides: bool

    @property
    def channels(self) -> Mapping[str, int]:
        return Counter(way.channel for way in self.ways)


def reach(
    connection: Connection,
    meant: Filter,
    purpose: BroadcastPurpose,
    now: datetime,
    *,
    opened: Collection[int] = (),
) -> Reach:
    """Return whom a broadcast would reach at this moment. `opened`: the restricted records that
    whoever writes may see; of others nothing is told, not even how many they are."""
    open_here = or_(~is_restricted(), patients.c.id.in_(opened))
    people = _by_patient(_rows(connection, meant, now, open_here))
    found: dict[int, Way] = {}
    left_out: Counter[str] = Counter()
    reached = 0
    for rows in people.values():
        way = _best(rows, purpose)
        if isinstance(way, str):
            left_out[way] += 1
            continue
        reached += 1
        found.setdefault(way.address_id, way)
    return Reach(
        patients=len(people),
        ways=tuple(found.values()),
        sharing=reached - len(found),
        left_out={why: left_out[why] for why in REASONS if left_out[why]},
        hides=_hides(connection, meant, opened),
    )


def reach_at(
    connection: Connection,
    meant: Filter,
    purpose: BroadcastPurpose,
    address_id: int,
    patient_id: int,
    now: datetime,
) -> Way | str:
    """Return how things stand at one address: for that patient, else for somebody else of the group
    who shares it; why nothing is to be said there, if for nobody."""
    theirs = or_(~is_restricted(), patients.c.id == patient_id)
    here = and_(theirs, addresses.c.id == address_id)
    people = _by_patient(_rows(connection, meant, now, here))
    first = [people.pop(patient_id)] if patient_id in people else []
    ways = [_best(rows, purpose) for rows in (*first, *people.values())]
    found = next((way for way in ways if isinstance(way, Way)), None)
    return found or next(iter(ways), NO_ADDRESS)


def another_way(
    connection: Connection,
    meant: Filter,
    purpose: BroadcastPurpose,
    patient_id: int,
    now: datetime,
) -> Way | None:
    """Return where a patient is reached whose address does not do any more."""
    rows = _rows(connection, meant, now, patients.c.id == patient_id)
    way = _best(rows, purpose) if rows else NO_ADDRESS
    return way if isinstance(way, Way) else None


def _best(rows: Sequence[Any], purpose: BroadcastPurpose) -> Way | str:
    """Return the best address of one patient, or why there is none."""
    if why := _of_patient(rows[0]):
        return why
    found = [_of_address(row, purpose) for row in rows]
    for row, why in zip(rows, found, strict=True):
        if why is None:
            return Way(row.address_id, row.id, row.channel, row.language, row.location_id)
    return min((why for why in found if why), key=OF_ADDRESSES.index)


def _of_patient(row: Any) -> str | None:
    if row.standing == Standing.DECEASED:
        return DECEASED
    if not row.is_active or ContactRules.read(row.contact_rules).never:
        return IN_PEACE
    return BLOCKED if row.standing == Standing.BLOCKED else None


def _of_address(row: Any, purpose: BroadcastPurpose) -> str | None:
    only = ContactRules.read(row.contact_rules).only
    is_there = row.address_id is not None and row.channel not in UNWRITTEN
    if not is_there or row.is_staffs or row.state != AddressState.GOOD:
        return NO_ADDRESS
    if only not in (None, row.channel) or (row.trust == Trust.CLAIMED and not row.has_booked):
        return NO_ADDRESS
    if row.opted_in is False:
        return OPTED_OUT
    if row.channel == WHATSAPP and not row.is_open:
        return WINDOW_CLOSED
    if purpose is BroadcastPurpose.MARKETING and not row.has_agreed:
        return NOT_AGREED
    return None


def _rows(connection: Connection, meant: Filter, now: datetime, *more: Any) -> Sequence[Any]:
    """Return patient by patient their addresses, the one heard from last first."""
    visits = visits_of(connection, meant)
    link = patient_addresses.c
    # Whoever merely says who they are hears of what they booked there, and of nothing else.
    has_booked = exists().where(*visits, appointments.c.booked_by_address_id == link.address_id)
    talks = conversations.c.address_id == addresses.c.id
    is_staffs = exists().where(
        staff_pairings.c.address_id == addresses.c.id, staff_pairings.c.ended_at.is_(None)
    )
    talked_in = (
        select(conversations.c.language)
        .where(talks)
        .order_by(conversations.c.last_turn_at.desc().nulls_last(), conversations.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_linked = and_(link.patient_id == patients.c.id, link.is_told, holds(now))
    return connection.execute(
        select(
            patients.c.id,
            patients.c.standing,
            patients.c.is_active,
            patients.c.contact_rules,
            USUAL_PLACE.label("location_id"),
            link.trust,
            link.address_id,
            addresses.c.channel,
            addresses.c.opted_in,
            addresses.c.state,
            func.coalesce(addresses.c.language, talked_in).label("language"),
            case((link.trust == Trust.CLAIMED, has_booked), else_=True).label("has_booked"),
            is_staffs.label("is_staffs"),
            last_word(addresses.c.id, ConsentPurpose.MARKETING).label("has_agreed"),
            and_(
                addresses.c.channel == WHATSAPP,
                exists().where(talks, is_open(conversations.c.id, now)),
            ).label("is_open"),
        )
        .select_from(patients)
        .outerjoin(patient_addresses, is_linked)
        .outerjoin(addresses, addresses.c.id == link.address_id)
        .where(is_meant(connection, meant, visits), *more)
        .order_by(patients.c.id, addresses.c.last_heard_at.desc().nulls_last(), addresses.c.id)
    ).all()


def _by_patient(rows: Sequence[Any]) -> dict[int, list[Any]]:
    people: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        people[row.id].append(row)
    return people


def _hides(connection: Connection, meant: Filter, opened: Collection[int]) -> bool:
    """Tell whether somebody with a restricted record is left out. Where more than visits makes the
    group, it is not said: that would tell how old somebody is, or what they speak."""
    if meant.group.names_a_trait:
        return False
    theirs = is_meant(connection, meant, visits_of(connection, meant))
    hidden = select(patients.c.id).where(theirs, is_restricted(), patients.c.id.not_in(opened))
    return connection.scalar(hidden.limit(1)) is not None
