"""The audit log: who looked at which patient's record, and who changed what.

Entries are numbered from 1 without a gap. Each carries a hash (HMAC-SHA256 under a key derived from
`SECRET_KEY`) over all that it says and over the seal of the entry before it; the seal of the last
stands in the head. So without the key nobody changes, removes or adds an entry unnoticed, even
where the database's own refusal (`core.database.guards`) has been switched off.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import NULLTYPE

from core.database.types import keyring_of, to_microseconds
from core.database.upsert import insert_new
from core.keys import Keyring, UnreadableCiphertext
from core.models import audit_head, audit_log, audit_patients
from core.models.audit import REASON, AuditActor

GENESIS = bytes(32)  # What the first entry is chained to.
BATCH = 1000  # Entries that `verify` reads at a time.


@dataclass(frozen=True, slots=True)
class Who:
    """Who looks or changes, as it is when they do. `session`: the pairing's public id."""

    actor: AuditActor
    channel: str
    staff_id: int | None = None
    username: str | None = None
    role: str | None = None
    session: str | None = None
    ip: str | None = None
    user_agent: str | None = None


# Whoever may run commands where the clinic's programs run. Which person that is only the machine
# knows.
OPERATOR = Who(AuditActor.OPERATOR, channel="terminal")


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    at: datetime
    who: Who
    action: str
    resource: str
    ids: tuple[int, ...]
    patients: tuple[int, ...]
    reason: str | None
    is_sensitive: bool


class Fault(StrEnum):
    """How the first entry that does not fit shows that somebody was at the database."""

    CHANGED = "changed"  # Not what was written, or not written by us.
    UNREADABLE = "unreadable"  # Its reason: changed, or its key is not configured any more.
    MISSING = "missing"  # Later ones are there.
    CUT_OFF = "cut_off"  # It, and all after it, are gone; the head knows of it.
    PATIENTS = "patients"  # `audit_patients` names others than the entry.
    HEAD = "head"  # The entry is sound, but the head does not say that it is the last.


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries were looked at, and which is the first that does not fit, if any."""

    looked_at: int
    entry_id: int | None = None
    fault: Fault | None = None


def record(
    connection: Connection,
    who: Who,
    action: str,
    resource: str,
    ids: Iterable[int],
    *,
    patients: Iterable[int] = (),
    reason: str | None = None,
    is_sensitive: bool = False,
    now: datetime,
) -> None:
    """Write one entry: that somebody did `action` (looked, booked) to the `resource` (patient,
    appointment) of these ids; `patients`: whom it is about. It is part of the caller's transaction.

    This takes the last of all locks (conversation, practitioner, patient, resource, appointment,
    message, audit log) and keeps it until the commit, so that entries are numbered in the order in
    which they take effect: record when everything else is done. Raises NaiveDatetime.
    """
    head = _lock_head(connection)
    concerned = sorted(set(patients))
    entry = asdict(who) | {
        "id": (head.last_id or 0) + 1,
        "at": now,
        "action": action,
        "resource": resource,
        "ids": json.dumps(sorted(set(ids))),
        "patients": json.dumps(concerned),
        "reason": reason,
        "is_sensitive": is_sensitive,
    }
    keyring = keyring_of(connection.dialect)
    digest = keyring.hash_audit(head.hash, _serialized(entry))
    connection.execute(insert(audit_log), entry | {"hash": digest})
    if concerned:
        rows = [{"audit_id": entry["id"], "patient_id": each} for each in concerned]
        connection.execute(insert(audit_patients), rows)
    seal = keyring.hash_audit(digest)
    connection.execute(update(audit_head).values(last_id=entry["id"], hash=seal))


_HEAD_LOCKED: Select[Any] = select(audit_head.c.last_id, audit_head.c.hash).with_for_update()


def _lock_head(connection: Connection) -> Row[Any]:
    head = connection.execute(_HEAD_LOCKED).one_or_none()
    if head is None:
        insert_new(connection, audit_head, {"id": 1, "hash": GENESIS})
        head = connection.execute(_HEAD_LOCKED).one()
    return head


# The order is part of the form: another one, or another column, would be another hash.
_HASHED = (
    "id",
    "at",
    "actor",
    "staff_id",
    "username",
    "role",
    "action",
    "resource",
    "ids",
    "patients",
    "reason",
    "channel",
    "ip",
    "user_agent",
    "session",
    "is_sensitive",
)


def _serialized(entry: Mapping[str, Any]) -> bytes:
    """Return the entry in a form that no other entry has: a JSON list. Raises TypeError where a
    value is none that we write."""
    return json.dumps([_plain(entry[name]) for name in _HASHED]).encode()


def _plain(value: object) -> object:
    """Return the value as both databases can give it back: numbers for instants and truths."""
    if isinstance(value, datetime):
        return to_microseconds(value)
    return int(value) if isinstance(value, bool) else value


def who_saw(connection: Connection, patient_id: int, since: datetime | None = None) -> list[Entry]:
    """Return what was done that is about this patient, the newest first.

    Raises UnreadableCiphertext, as `done_by` does.
    """
    theirs = select(audit_log).join(audit_patients, audit_patients.c.audit_id == audit_log.c.id)
    theirs = theirs.where(audit_patients.c.patient_id == patient_id)
    return _entries(connection, theirs.order_by(audit_patients.c.audit_id.desc()), since)


def done_by(connection: Connection, staff_id: int, since: datetime | None = None) -> list[Entry]:
    """Return what this member of staff has done, the newest first."""
    theirs = select(audit_log).where(audit_log.c.staff_id == staff_id)
    return _entries(connection, theirs.order_by(audit_log.c.id.desc()), since)


def _entries(connection: Connection, query: Select[Any], since: datetime | None) -> list[Entry]:
    if since is not None:
        query = query.where(audit_log.c.at >= since)
    return [_entry(row) for row in connection.execute(query)]


def _entry(row: Row[Any]) -> Entry:
    who = {field.name: getattr(row, field.name) for field in fields(Who)}
    return Entry(
        row.id,
        row.at,
        Who(**who | {"actor": AuditActor(row.actor)}),
        row.action,
        row.resource,
        tuple(json.loads(row.ids)),
        tuple(json.loads(row.patients)),
        row.reason,
        row.is_sensitive,
    )


def verify(connection: Connection) -> Verdict:
    """Walk the whole chain and return whether it is as it was written. Writers need not wait, and
    the memory it takes does not grow with the log."""
    keyring = keyring_of(connection.dialect)
    after, last_id, end = _BEFORE_ALL, 0, GENESIS
    while True:
        # Read before the entries: the one that it names must be among them.
        head = connection.execute(_RAW_HEAD).one_or_none()
        rows = connection.execute(_RAW_ENTRIES.where(audit_log.c.id > after)).all()
        if not rows:
            return _verdict_of_end(head, last_id, end)
        concerned = _concerned(connection, rows[0].id, rows[-1].id)
        for row in rows:
            if row.id > last_id + 1:
                return Verdict(last_id + 1, last_id + 1, Fault.MISSING)
            if fault := _fault_of(row, end, concerned.get(row.id, []), keyring):
                return Verdict(last_id + 1, row.id, fault)
            last_id, end = row.id, keyring.hash_audit(row.hash)
        after = last_id


_BEFORE_ALL = -(2**63)  # An entry that somebody has put before the first is to be found, too.


def _raw(*columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return columns that are read as the driver gives them: what somebody has put there may be of
    any type."""
    return [type_coerce(column, NULLTYPE).label(column.key) for column in columns]


_RAW_ENTRIES = (
    select(*_raw(*(audit_log.c[name] for name in (*_HASHED, "hash"))))
    .order_by(audit_log.c.id)
    .limit(BATCH)
)
_RAW_HEAD = select(*_raw(audit_head.c.last_id, audit_head.c.hash))
_CONCERNED = select(*_raw(audit_patients.c.audit_id, audit_patients.c.patient_id))


def _concerned(connection: Connection, first_id: int, last_id: int) -> dict[int, list[int]]:
    """Return whom `audit_patients` names for these entries, ascending."""
    within = audit_patients.c.audit_id.between(first_id, last_id)
    found: dict[int, list[int]] = {}
    rows = _CONCERNED.where(within).order_by(audit_patients.c.patient_id)
    for audit_id, patient_id in connection.execute(rows):
        found.setdefault(audit_id, []).append(patient_id)
    return found


def _fault_of(row: Row[Any], end: bytes, concerned: list[int], keyring: Keyring) -> Fault | None:
    """Return what is wrong with the entry that comes next after `end`."""
    try:
        reason = None if row.reason is None else keyring.decrypt(bytes(row.reason), REASON)
        expected = keyring.hash_audit(end, _serialized({**row._mapping, "reason": reason}))
    except UnreadableCiphertext:
        return Fault.UNREADABLE
    except TypeError:
        return Fault.CHANGED
    if row.hash != expected:
        return Fault.CHANGED
    return None if concerned == json.loads(row.patients) else Fault.PATIENTS


def _verdict_of_end(head: Row[Any] | None, last_id: int, end: bytes) -> Verdict:
    if head is None:
        return Verdict(last_id, last_id, Fault.HEAD) if last_id else Verdict(0)
    if (head.last_id, head.hash) == (last_id, end):
        return Verdict(last_id)
    if isinstance(head.last_id, int) and head.last_id > last_id:
        return Verdict(last_id, last_id + 1, Fault.CUT_OFF)
    return Verdict(last_id, last_id, Fault.HEAD)
