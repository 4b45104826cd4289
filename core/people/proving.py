"""A code that proves who somebody is, sent to an address that is proved already.

It is asked for and tried in the same way whether or not there is a record, or an address to
send it to; the row without a patient takes the tries of whom we do not know.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from core.database.types import keyring_of
from core.errors import TooManyCodes
from core.messaging.tasks import open_task
from core.messaging.window import is_open
from core.models import addresses, conversations, patient_addresses, patients, verifications
from core.models.messaging import TaskKind
from core.models.people import AddressState, Relation, Trust, VerificationOutcome
from core.people.events import record
from core.people.links import holds, is_somebody
from core.people.proofs import prove, role_here
from core.people.registering import Claim, Where

TRIES = 3  # Then staff take over.
DAY = timedelta(days=1)
# Where a code is read soonest. A browser may never be opened again.
CHANNELS = ("sms", "telegram", "whatsapp", "web")


@dataclass(frozen=True, slots=True)
class Errand:
    """A code on its way, and the conversation in which it is to be said."""

    code: str
    id: int
    channel: str
    language: str | None
    is_simulated: bool


class Tried(StrEnum):
    """What became of a code that was written back."""

    PROVED = "proved"
    WRONG = "wrong"  # And may be tried again.
    FAILED = "failed"  # Once too often: staff take over.
    OVER = "over"  # There is none, or its time is up.


def ask_code(
    connection: Connection, patient_id: int | None, relation: Relation, where: Where
) -> Errand | None:
    """Begin to prove that the address speaks for the patient (None: for somebody of whom there is
    no record). Returns the code to send, if there is where to; an older one is replaced.

    Raises TooManyCodes: asked for too often today, or failed.
    """
    _check_limits(connection, where)
    _end_open(connection, where.address_id, VerificationOutcome.REPLACED, where.now)
    target = None
    if patient_id is not None and not _is_pestered(connection, patient_id, where):
        target = _target(connection, patient_id, relation, where)
    code = f"{secrets.randbelow(1_000_000):06}"
    values = {
        "address_id": where.address_id,
        "patient_id": patient_id,
        "sent_to_id": target.address_id if target else None,
        "code_hash": _digest(connection, where.address_id, code) if target else None,
        "wrong_tries": 0,
        "expires_at": where.now + timedelta(minutes=where.rules.code_minutes),
        "created_at": where.now,
        "updated_at": where.now,
    }
    connection.execute(insert(verifications), values)
    if patient_id is not None:
        record(connection, patient_id, "code_asked", actor=where.actor, now=where.now)
    if target is None:
        return None
    return Errand(code, target.id, target.channel, target.language, target.is_simulated)


def _digest(connection: Connection, address_id: int, code: str) -> bytes:
    """Bound to who asked: written back from anywhere else it is nothing."""
    return keyring_of(connection.dialect).hash_code((str(address_id), code))


def _check_limits(connection: Connection, where: Where) -> None:
    row = verifications.c
    asked = connection.execute(
        select(func.count(), func.count().filter(row.outcome == VerificationOutcome.FAILED)).where(
            row.address_id == where.address_id, row.created_at > where.now - DAY
        )
    ).one()
    if asked[0] >= where.rules.codes_per_address_a_day or asked[1]:
        raise TooManyCodes("this address has asked for its number of codes for today")


def _is_pestered(connection: Connection, patient_id: int, where: Where) -> bool:
    """Whoever asks from many addresses must not flood the patient; they are told nothing of it."""
    sent = select(func.count()).where(
        verifications.c.patient_id == patient_id,
        verifications.c.sent_to_id.is_not(None),
        verifications.c.created_at > where.now - DAY,
    )
    return (connection.scalar(sent) or 0) >= where.rules.codes_per_patient_a_day


def _target(connection: Connection, patient_id: int, relation: Relation, where: Where) -> Any:
    """Return the conversation with an address that is proved for the patient, None if there is
    none: the patient's own, or that of somebody who is to them what the one who asks is."""
    link = patient_addresses.c
    reachable = and_(
        addresses.c.state == AddressState.GOOD,
        addresses.c.opted_in.is_not(False),
        or_(
            addresses.c.channel != "whatsapp",
            is_open(conversations.c.id, where.now),  # There is no template for a code.
        ),
    )
    rows = connection.execute(
        select(
            conversations.c.id,
            conversations.c.address_id,
            conversations.c.is_simulated,
            addresses.c.channel,
            func.coalesce(addresses.c.language, conversations.c.language).label("language"),
        )
        .select_from(patient_addresses)
        .join(patients, patients.c.id == link.patient_id)
        .join(addresses, addresses.c.id == link.address_id)
        .join(conversations, conversations.c.address_id == addresses.c.id)
        .where(
            link.patient_id == patient_id,
            link.address_id != where.address_id,
            link.trust == Trust.PROVED,
            or_(
                link.relation == Relation.SELF,
                and_(link.may_see, link.relation == relation),
            ),
            holds(where.now),
            is_somebody(),
            reachable,
        )
        .order_by(conversations.c.last_turn_at.desc().nulls_last(), conversations.c.id)
    ).all()
    ranked = [row for channel in CHANNELS for row in rows if row.channel == channel]
    return ranked[0] if ranked else None


def _end_open(
    connection: Connection, address_id: int, outcome: VerificationOutcome, now: datetime
) -> None:
    connection.execute(
        update(verifications)
        .where(verifications.c.address_id == address_id, verifications.c.ended_at.is_(None))
        .values(ended_at=now, outcome=outcome, updated_at=now)
    )


def try_code(
    connection: Connection, code: str, claim: Claim | None, where: Where, conversation_id: int
) -> tuple[Tried, int | None]:
    """Try what was written back; returns what became of it, and the patient if it is proved.
    `claim`: who they said they are, when the address was not linked to them yet."""
    row = connection.execute(
        select(verifications)
        .where(
            verifications.c.address_id == where.address_id,
            verifications.c.ended_at.is_(None),
            verifications.c.expires_at > where.now,
        )
        .order_by(verifications.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return Tried.OVER, None
    digest = _digest(connection, where.address_id, code)
    if row.patient_id is None or not hmac.compare_digest(row.code_hash or b"", digest):
        return _tried_in_vain(connection, row, where, conversation_id), None
    _end_open(connection, where.address_id, VerificationOutcome.PROVED, where.now)
    role = role_here(connection, row.patient_id, claim, where)
    if role is None:  # Staff have ended the link meanwhile.
        return Tried.OVER, None
    prove(connection, row.patient_id, role, where, how="code")
    return Tried.PROVED, row.patient_id


def _tried_in_vain(connection: Connection, row: Any, where: Where, conversation_id: int) -> Tried:
    tries = row.wrong_tries + 1
    connection.execute(
        update(verifications)
        .where(verifications.c.id == row.id)
        .values(wrong_tries=tries, updated_at=where.now)
    )
    if tries < TRIES:
        return Tried.WRONG
    _end_open(connection, where.address_id, VerificationOutcome.FAILED, where.now)
    if row.patient_id is not None:
        record(connection, row.patient_id, "proof_failed", actor=where.actor, now=where.now)
    open_task(
        connection,
        TaskKind.VERIFY,
        conversation_id=conversation_id,
        patient_id=row.patient_id,
        now=where.now,
    )
    return Tried.FAILED
