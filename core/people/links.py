"""Links: for whom an address may speak, how sure that is, and what it allows."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select

from core.clock import instant
from core.models import patient_addresses, patients
from core.models.people import Relation, Standing, Trust

CHILDREN = frozenset({Relation.CHILD, Relation.DAUGHTER, Relation.SON})


@dataclass(frozen=True, slots=True)
class Link:
    """A patient, as seen from one address: by the name that was said there, until it is proved."""

    patient_id: int
    first_name: str
    last_name: str
    relation: str
    trust: str
    standing: str
    may_see: bool

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_self(self) -> bool:
        """The patient writes, and nobody for them."""
        return self.relation == Relation.SELF

    @property
    def sees_all(self) -> bool:
        """Not only what was booked from here. Patients see their own; for others the right comes
        from staff or with a proof: a relation that was merely said in chat has none."""
        return self.trust == Trust.PROVED and (self.may_see or self.is_self)


def holds(now: Any) -> ColumnElement[bool]:
    """The link is in force at that moment: begun, not ended, not suspended and not barred."""
    link = patient_addresses.c
    return and_(
        link.since <= now,
        or_(link.until.is_(None), link.until > now),
        link.suspended_at.is_(None),
        link.is_barred.is_(False),
    )


def is_somebody() -> ColumnElement[bool]:
    """The patient is one whom a conversation may be about."""
    return and_(patients.c.is_active, patients.c.standing != Standing.DECEASED)


def _spoken_of(part: str) -> ColumnElement[str]:
    """Return the name as it was said: the record's own spelling would tell that it exists."""
    said = func.coalesce(patient_addresses.c[f"said_{part}"], patients.c[part])
    return case((patient_addresses.c.trust == Trust.PROVED, patients.c[part]), else_=said)


_LINKS = (
    select(
        patients.c.id,
        _spoken_of("first_name"),
        _spoken_of("last_name"),
        patient_addresses.c.relation,
        patient_addresses.c.trust,
        patients.c.standing,
        patient_addresses.c.may_see,
    )
    .join(patient_addresses, patient_addresses.c.patient_id == patients.c.id)
    .where(
        patient_addresses.c.address_id == bindparam("address"),
        holds(bindparam("now", type_=patient_addresses.c.since.type)),
        is_somebody(),
        patient_addresses.c.may_book,
        # Whom staff merely typed in is not shown to whoever holds the phone.
        patient_addresses.c.trust != Trust.GIVEN,
    )
    .order_by(patient_addresses.c.id)
)


def people_at(connection: Connection, address_id: int, now: datetime) -> list[Link]:
    """Return whom this address may book for, in the order they became known."""
    rows = connection.execute(_LINKS, {"address": address_id, "now": now})
    return [Link(*row) for row in rows]


_TOLD_ABOUT = select(patient_addresses.c.patient_id).where(
    patient_addresses.c.address_id == bindparam("address"),
    patient_addresses.c.is_told,
    holds(bindparam("now", type_=patient_addresses.c.since.type)),
)


def told_about(connection: Connection, address_id: int, now: datetime) -> set[int]:
    """Return the patients of whose visits this address is told."""
    return set(connection.scalars(_TOLD_ABOUT, {"address": address_id, "now": now}))


def comes_of_age(born: date, years: int, zone: ZoneInfo) -> datetime:
    """Return the first moment of the birthday from which somebody speaks for themselves; who is
    born on 29 February has it on 1 March in other years."""
    year = born.year + years
    try:
        birthday = born.replace(year=year)
    except ValueError:
        birthday = date(year, 3, 1)
    return instant(datetime.combine(birthday, time(), zone))


def ends_at(
    relation: str, born: date | None, *, years: int, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """Return when a parent's link ends: as the child comes of age. None: it does not by itself.
    Who is of age already was never spoken for by right."""
    if relation not in CHILDREN or born is None:
        return None
    moment = comes_of_age(born, years, zone)
    return moment if moment > now else None
