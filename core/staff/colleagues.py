"""The clinic's own people, as far as the desk turns to them: who is told of what, and in which
order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from core.errors import UnknownStaff
from core.models import addresses, staff
from core.models.people import AddressState


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of staff. `can_be_told`: a message to them has a way."""

    id: int
    username: str
    name: str
    language: str | None
    address_id: int | None
    channel: str | None
    can_be_told: bool


_ALL = (
    select(
        staff,
        addresses.c.channel,
        addresses.c.opted_in,
        addresses.c.state.label("address_state"),
    )
    .select_from(staff.outerjoin(addresses, addresses.c.id == staff.c.address_id))
    .where(staff.c.is_active)
)


def alarm_list(connection: Connection) -> list[Colleague]:
    """Return who is told of alarms and can be, in order."""
    listed = _ALL.where(staff.c.alarm_position.is_not(None))
    rows = connection.execute(listed.order_by(staff.c.alarm_position, staff.c.id))
    return [found for found in map(_read, rows) if found.can_be_told]


def next_of(listed: Sequence[Colleague], after_id: int | None) -> Colleague | None:
    """Return whose turn it is after that one, round and round; None if nobody is listed."""
    ids = [each.id for each in listed]
    place = ids.index(after_id) + 1 if after_id in ids else 0
    return listed[place % len(listed)] if listed else None


def staff_named(connection: Connection, username: str) -> Colleague:
    """Return who has that name; raises UnknownStaff naming those there are."""
    row = connection.execute(_ALL.where(staff.c.username == username)).one_or_none()
    if row is None:
        names = connection.scalars(_ALL.with_only_columns(staff.c.username).order_by(staff.c.id))
        listed = ", ".join(names) or "nobody yet ([[staff]] in the clinic file)"
        raise UnknownStaff(f"expected one of the clinic's staff ({listed}), got {username}")
    return _read(row)


def staff_at(connection: Connection, address_id: int) -> Colleague | None:
    """Return whose address that is, if it is one of staff's."""
    row = connection.execute(_ALL.where(staff.c.address_id == address_id).limit(1)).one_or_none()
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> Colleague:
    return Colleague(
        id=row.id,
        username=row.username,
        name=f"{row.first_name} {row.last_name}",
        language=row.language,
        address_id=row.address_id,
        channel=row.channel,
        can_be_told=row.address_id is not None
        and row.address_state == AddressState.GOOD
        and row.opted_in is not False,
    )
