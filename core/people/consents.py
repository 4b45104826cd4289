"""What somebody agreed to, when, how and in which wording: only ever added to."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from core.models import addresses, consents, patient_addresses
from core.models.people import ConsentPurpose, Relation, Trust
from core.people.links import holds
from core.scheduling.appointments import Actor

FIRST_MESSAGE = "first_message"  # They wrote first, and were told what they had begun.


def record(
    connection: Connection,
    address_id: int,
    purpose: ConsentPurpose,
    *,
    is_given: bool,
    how: str,
    wording: str | None = None,
    patient_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Note that this address agreed to something, or took that back. `wording`: which version of
    our sentence they answered to."""
    connection.execute(
        insert(consents),
        {
            "address_id": address_id,
            "patient_id": patient_id,
            "purpose": purpose,
            "is_given": is_given,
            "at": now,
            "how": how,
            "wording": wording,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
        },
    )


def is_given(
    connection: Connection, address_id: int, purpose: ConsentPurpose, patient_id: int | None = None
) -> bool:
    """Tell whether the last word on it was a yes; never asked is none."""
    last = (
        select(consents.c.is_given)
        .where(
            consents.c.address_id == address_id,
            consents.c.purpose == purpose,
            consents.c.patient_id.is_not_distinct_from(patient_id),
        )
        .order_by(consents.c.id.desc())
        .limit(1)
    )
    return bool(connection.scalar(last))


def last_word(address_id: ColumnElement[int], purpose: ConsentPurpose) -> ColumnElement[bool]:
    """Whether the last word of an address, whoever of a family uses it, was a yes; NULL: it was
    never asked."""
    return (
        select(consents.c.is_given)
        .where(
            consents.c.address_id == address_id,
            consents.c.purpose == purpose,
            consents.c.patient_id.is_(None),
        )
        .order_by(consents.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def set_opt_in(
    connection: Connection,
    address_id: int,
    *,
    opted_in: bool,
    how: str,
    actor: Actor,
    now: datetime,
) -> None:
    """The address wants, or no longer wants, messages that it did not ask for. Said once more in
    the same way, it is no news."""
    address = addresses.c
    is_news = or_(
        address.opted_in.is_distinct_from(opted_in), address.opt_changed_how.is_distinct_from(how)
    )
    values = {"opted_in": opted_in, "opt_changed_at": now, "opt_changed_how": how}
    changed = update(addresses).where(address.id == address_id, is_news)
    if connection.execute(changed.values(updated_at=now, **values)).rowcount:
        _care(connection, address_id, is_given=opted_in, how=how, actor=actor, now=now)


def note_disclosed(
    connection: Connection,
    address_id: int,
    *,
    wording: str,
    has_written: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """This address has been told who we are, and how to opt out. Whoever wrote first agrees to the
    messages about what they ask for; whom the clinic writes to has only been told."""
    told = update(addresses).where(addresses.c.id == address_id)
    values = {"disclosed_at": now, "disclosure_version": wording, "updated_at": now}
    connection.execute(told.values(values))
    if has_written:
        _care(
            connection,
            address_id,
            is_given=True,
            how=FIRST_MESSAGE,
            wording=wording,
            actor=actor,
            now=now,
        )


def _care(
    connection: Connection,
    address_id: int,
    *,
    is_given: bool,
    how: str,
    wording: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        connection,
        address_id,
        ConsentPurpose.CARE,
        is_given=is_given,
        how=how,
        wording=wording,
        actor=actor,
        now=now,
    )


def other_addresses(connection: Connection, address_id: int, now: datetime) -> list[int]:
    """Return what else is proved to be the same person's: only those may go with it."""
    link = patient_addresses.c
    proved = and_(link.relation == Relation.SELF, link.trust == Trust.PROVED, holds(now))
    whose = select(link.patient_id).where(link.address_id == address_id, proved)
    others = select(link.address_id).where(
        link.patient_id.in_(connection.scalars(whose).all()), link.address_id != address_id, proved
    )
    return list(connection.scalars(others.distinct().order_by(link.address_id)))
