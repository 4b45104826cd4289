"""Conversations, the log that is also the outbox, and what waits for staff."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.database.types import EncryptedText, Instant
from core.models.base import identity, instants, metadata, one_of, public_id, reference, times


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class MessageStatus(StrEnum):
    """Where a message stands; an outgoing one only moves forward (`core.messaging.outbox`)."""

    RECEIVED = "received"  # Incoming: logged, and answered in the same transaction.
    IGNORED = "ignored"  # Incoming: logged, deliberately not answered (a flood, a loop).
    QUEUED = "queued"  # Decided; waits for a worker.
    SENDING = "sending"  # A worker has claimed it and is talking to the provider.
    SENT = "sent"  # The provider accepted it.
    DELIVERED = "delivered"  # The provider says it arrived.
    READ = "read"  # The provider says it was read.
    UNDELIVERED = "undelivered"  # The provider accepted it and could not deliver it.
    FAILED = "failed"  # Incoming: answered with an apology. Outgoing: refused for good.
    UNKNOWN = "unknown"  # We were cut off while sending; never repeated blindly.
    DROPPED = "dropped"  # No longer worth sending; the error code says why.


class MessageKind(StrEnum):
    REPLY = "reply"
    NOTICE = "notice"
    REMINDER = "reminder"
    OFFER = "offer"
    SURVEY = "survey"
    BROADCAST = "broadcast"
    STAFF_ANSWER = "staff_answer"


class TaskKind(StrEnum):
    """What staff must look at; later parts add theirs."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    HANDOVER = "handover"
    OPT_OUT = "opt_out"
    MAY_CANCEL = "may_cancel"  # A bare CANCEL opts out at the carrier; maybe a visit was meant.
    WRONG_PERSON = "wrong_person"
    DECEASED = "deceased"
    MY_DATA = "my_data"
    QUESTION = "question"
    DELIVERY = "delivery"


conversations = Table(
    "conversations",
    metadata,
    identity(),
    public_id(),
    reference("address_id", "addresses"),
    Column("our_address", Text, nullable=False),  # A location may have its own number.
    Column("state", EncryptedText("conversations.state")),  # JSON; NULL before the first turn
    Column("version", Integer, nullable=False),
    Column("language", Text),
    Column("person_wanted_at", Instant),  # Waiting for a person since
    Column("claimed_by", Integer),
    Column("last_turn_at", Instant),
    # A demo or terminal conversation: what is said in it never reaches a provider.
    Column("is_simulated", Boolean(create_constraint=True, name="is_simulated"), nullable=False),
    *times(),
    UniqueConstraint("address_id", "our_address"),
    instants("created_at", "updated_at", "person_wanted_at", "last_turn_at"),
)

messages = Table(
    "messages",
    metadata,
    identity(),
    public_id(),
    reference("conversation_id", "conversations"),
    Column("direction", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    reference("in_reply_to_id", "messages", nullable=True),
    Column("subject", Text),
    Column("text", EncryptedText("messages.text")),
    Column("choices", EncryptedText("messages.choices")),  # JSON list; for buttons
    Column("list_id", Text),  # Names the list of choices, so that an old one is recognised.
    Column("template", Text),
    Column("variables", EncryptedText("messages.variables")),  # JSON
    Column("campaign", Text),
    reference("appointment_id", "appointments", nullable=True),
    reference("practitioner_id", "practitioners", nullable=True),
    Column("provider_id", Text),
    Column("status", Text, nullable=False),
    Column("received_at", Instant),
    Column("queued_at", Instant),
    Column("sending_at", Instant),
    Column("sent_at", Instant),
    Column("delivered_at", Instant),
    Column("read_at", Instant),
    Column("failed_at", Instant),
    Column("undelivered_at", Instant),
    Column("unknown_at", Instant),
    Column("dropped_at", Instant),
    Column("due_at", Instant),  # Not to be sent before; grows with each failed try.
    Column("valid_until", Instant),  # Not worth sending after.
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("lease_owner", Text),
    Column("error_code", Text),
    Column("segments", Integer),
    Column("price", Text),  # Decimal and currency, as the provider tells it.
    Column(
        "confirmation_requested", Boolean(create_constraint=True, name="confirmation_requested")
    ),
    Column("answered_at", Instant),
    Column("answer", Text),
    Column("is_simulated", Boolean(create_constraint=True, name="is_simulated"), nullable=False),
    *times(),
    # A provider that repeats a message changes nothing.
    UniqueConstraint("channel", "direction", "provider_id"),
    one_of("direction", Direction),
    one_of("status", MessageStatus),
    one_of("kind", MessageKind),
    instants(
        "created_at",
        "updated_at",
        "received_at",
        "queued_at",
        "sending_at",
        "sent_at",
        "delivered_at",
        "read_at",
        "failed_at",
        "undelivered_at",
        "unknown_at",
        "dropped_at",
        "due_at",
        "valid_until",
        "lease_until",
        "answered_at",
    ),
    Index("ix_messages_conversation_id", "conversation_id", "id"),
    # What the worker asks: what waits, and whose lease ran out.
    Index(
        "ix_messages_due",
        "due_at",
        "id",
        postgresql_where=text("status IN ('queued', 'sending')"),
        sqlite_where=text("status IN ('queued', 'sending')"),
    ),
)

tasks = Table(
    "tasks",
    metadata,
    identity(),
    public_id(),
    Column("kind", Text, nullable=False),
    reference("conversation_id", "conversations", nullable=True),
    reference("patient_id", "patients", nullable=True),
    reference("appointment_id", "appointments", nullable=True),
    reference("message_id", "messages", nullable=True),
    Column("note", EncryptedText("tasks.note")),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("claimed_by", Integer),
    Column("closed_at", Instant),
    Column("outcome", Text),
    *times(),
    one_of("kind", TaskKind),
    Index(
        "ix_tasks_open",
        "due_at",
        postgresql_where=text("closed_at IS NULL"),
        sqlite_where=text("closed_at IS NULL"),
    ),
    instants("created_at", "updated_at", "opened_at", "due_at", "closed_at"),
)

# How often somebody did something in a stretch of time: the limits against floods.
counters = Table(
    "counters",
    metadata,
    identity(),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("since", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("noticed_at", Instant),  # The one notice that the limit was reached.
    instants("since", "noticed_at"),
)

# What runs beside the web: when each tick last ran, and who alone may do a thing.
ticks = Table(
    "ticks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("ran_at", Instant, nullable=False),
    Column("handled", Integer, nullable=False),
    instants("ran_at"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Instant, nullable=False),
    instants("until"),
)
