"""A message of staff to many patients: what was written, for whom, and what became of each copy."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, UniqueConstraint, text

from core.database.types import EncryptedText, Instant
from core.models.base import identity, instants, metadata, one_of, public_id, reference, times


class BroadcastPurpose(StrEnum):
    CARE = "care"  # About their health: a flu shot, a check-up that is due.
    OPERATION = "operation"  # About the clinic: closed on Friday, no parking.
    MARKETING = "marketing"  # All else; only for those who agreed to it.


class BroadcastState(StrEnum):
    DRAFT = "draft"  # Shown to whoever wrote it, and to nobody else.
    SENDING = "sending"  # Agreed to: its copies go out, or have gone.
    STOPPED = "stopped"  # What had not gone out by then does not.


class RecipientState(StrEnum):
    WAITING = "waiting"  # For its turn, or for the morning.
    QUEUED = "queued"  # Its message stands in the outbox, or beyond.
    LEFT_OUT = "left_out"  # The note says why.
    WITHDRAWN = "withdrawn"  # It was stopped first.


broadcasts = Table(
    "broadcasts",
    metadata,
    identity(),
    public_id(),  # What its messages have as `campaign`
    reference("staff_id", "staff"),  # Who wrote it and agreed to it
    Column("purpose", Text),
    Column("text", EncryptedText("broadcasts.text"), nullable=False),
    Column("filter", Text, nullable=False),  # JSON: whom it is for, and how far they may write
    Column("state", Text, nullable=False),
    Column("agreed_at", Instant),
    Column("ends_at", Instant),  # Not worth sending after
    *times(),
    CheckConstraint(
        "state = 'draft' OR (purpose IS NOT NULL AND agreed_at IS NOT NULL"
        " AND ends_at IS NOT NULL)",
        name="agreed",
    ),
    one_of("purpose", BroadcastPurpose),
    one_of("state", BroadcastState),
    instants("created_at", "updated_at", "agreed_at", "ends_at"),
)

# One row for each address, whoever shares it: written with the yes, and never twice.
broadcast_recipients = Table(
    "broadcast_recipients",
    metadata,
    identity(),
    reference("broadcast_id", "broadcasts", delete="CASCADE"),
    reference("address_id", "addresses", delete="CASCADE"),
    reference("patient_id", "patients", delete="CASCADE"),  # Of those who share it, one
    Column("state", Text, nullable=False),
    Column("note", Text),
    Column("due_at", Instant, nullable=False),
    Column("queued_at", Instant),
    reference("message_id", "messages", nullable=True),
    *times(),
    UniqueConstraint("broadcast_id", "address_id"),
    one_of("state", RecipientState),
    Index(
        "ix_broadcast_recipients_due",
        "due_at",
        "id",
        postgresql_where=text("state = 'waiting'"),
        sqlite_where=text("state = 'waiting'"),
    ),
    Index("ix_broadcast_recipients_queued_at", "queued_at"),
    Index("ix_broadcast_recipients_message_id", "message_id"),
    Index("ix_broadcast_recipients_patient_id", "patient_id"),
    instants("created_at", "updated_at", "due_at", "queued_at"),
)
