"""The audit log: who looked at what, and who changed what. The database refuses to change or delete
its rows (`core.database.guards`); `core.audit` chains them."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
    false,
)

from core.database.types import EncryptedText, Instant
from core.models.base import BigId, identity, instants, metadata, one_of, reference

REASON = "audit_log.reason"  # What the reason is encrypted for


class AuditActor(StrEnum):
    STAFF = "staff"
    OPERATOR = "operator"  # Whoever may run commands where the clinic's programs run.


audit_log = Table(
    "audit_log",
    metadata,
    identity(),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    # No reference: the log outlives whoever it is about. The name is as it was then.
    Column("staff_id", BigId),
    Column("username", Text),
    Column("role", Text),
    Column("action", Text, nullable=False),  # looked, found, booked, moved, invited, ...
    Column("resource", Text, nullable=False),  # patient, appointment, staff, setting, ...
    Column("ids", Text, nullable=False),  # JSON list, ascending
    Column("patients", Text, nullable=False),  # Likewise; part of what the hash is over
    Column("reason", EncryptedText(REASON)),
    Column("channel", Text, nullable=False),
    Column("ip", Text),
    Column("user_agent", Text),
    Column("session", Text),  # The pairing's public id
    Column(
        "is_sensitive",
        Boolean(create_constraint=True, name="is_sensitive"),
        nullable=False,
        server_default=false(),
    ),
    Column("hash", LargeBinary, nullable=False),  # Over this row and the hash before it
    one_of("actor", AuditActor),
    Index("ix_audit_log_staff_id", "staff_id", "id"),
    instants("at"),
)

# Which patients an entry is about, once more, so that "who saw my record?" is one look.
audit_patients = Table(
    "audit_patients",
    metadata,
    identity(),
    reference("audit_id", "audit_log"),
    Column("patient_id", BigId, nullable=False),
    Index("ix_audit_patients_patient_id", "patient_id", "audit_id", unique=True),
    Index("ix_audit_patients_audit_id", "audit_id"),
)

# The end of the chain: whoever cuts off the last rows is found out, and writers wait here for each
# other.
audit_head = Table(
    "audit_head",
    metadata,
    identity(),
    reference("last_id", "audit_log", nullable=True),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="only_one"),
)
