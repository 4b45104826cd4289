"""Conversations, the log that is also the outbox, and what waits for staff."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
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
from core.models.base import (
    identity,
    instants,
    is_active,
    metadata,
    one_of,
    public_id,
    reference,
    times,
)


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
    RECALL = "recall"
    RUNNING_LATE = "running_late"
    BROADCAST = "broadcast"
    STAFF_ANSWER = "staff_answer"


class TaskKind(StrEnum):
    """What staff must look at."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    THREAT = "threat"  # Somebody threatens the clinic's people.
    ABUSE = "abuse"  # Went on after the one calm boundary.
    HANDOVER = "handover"  # The patient wants a person.
    CALL = "call"  # Nobody can be reached by message, or somebody must be called.
    ARRIVED = "arrived"  # The patient is at the door.
    LATE = "late"  # The patient will be late.
    VERIFY = "verify"  # Could not prove who they are.
    DUPLICATE = "duplicate"  # Two records may be one person's.
    REVIEW = "review"  # Somebody opened a restricted record; was it in order?
    FEEDBACK = "feedback"  # A visit was rated badly.
    OPT_OUT = "opt_out"
    MAY_CANCEL = "may_cancel"  # A bare CANCEL opts out at the carrier; maybe a visit was meant.
    WRONG_PERSON = "wrong_person"
    DECEASED = "deceased"
    MY_DATA = "my_data"
    QUESTION = "question"
    DELIVERY = "delivery"  # What became of a message is not known, or a channel fails.
    UPKEEP = "upkeep"  # Something that runs by itself has not run for too long.
    STRANDED = "stranded"  # A visit that the hours no longer cover, or that lost its room.


class TemplateStatus(StrEnum):
    """What WhatsApp thinks of it; only an approved one is sent."""

    DRAFT = "draft"  # Described in the clinic file, and not yet made at Twilio.
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"
    IN_APPEAL = "in_appeal"


# Word for word what an index serves: SQLite uses it for a query that says the same.
UNSETTLED = "status IN ('unknown', 'failed', 'undelivered', 'dropped') AND due_at IS NOT NULL"

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
    # The message that this one replaces on the patient's screen, where the channel can.
    reference("edits_id", "messages", nullable=True),
    # The one that did not arrive on another channel, which this one says again.
    reference("instead_of_id", "messages", nullable=True),
    Column("looked_up_at", Instant),  # When the provider was last asked what became of it
    # The approved template that it goes out as, in place of free text; `template` is its sentence.
    Column("content_sid", Text),
    # What is drawn beside the text, where the channel shows pictures; JSON.
    Column("picture", EncryptedText("messages.picture")),
    # A file that goes with the text, as JSON; gone from here, too, once it is off the screen.
    Column("document", EncryptedText("messages.document")),
    # What it shows of patients is to be taken off the screen then, and was.
    Column("clear_at", Instant),
    Column("cleared_at", Instant),
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
    instants("looked_up_at", name="looked_up_at"),
    instants("clear_at", name="clear_at"),
    instants("cleared_at", name="cleared_at"),
    Index(
        "ix_messages_clear_at",
        "clear_at",
        postgresql_where=text("clear_at IS NOT NULL"),
        sqlite_where=text("clear_at IS NOT NULL"),
    ),
    Index("ix_messages_conversation_id", "conversation_id", "id"),
    # What was written in a stretch of time: reports.
    Index("ix_messages_created_at", "created_at"),
    # What the worker asks: what waits, and whose lease ran out.
    Index(
        "ix_messages_due",
        "due_at",
        "id",
        postgresql_where=text("status IN ('queued', 'sending')"),
        sqlite_where=text("status IN ('queued', 'sending')"),
    ),
    # What is to be looked up, or said again elsewhere.
    Index(
        "ix_messages_unsettled",
        "due_at",
        "id",
        postgresql_where=text(UNSETTLED),
        sqlite_where=text(UNSETTLED),
    ),
    # What was said again: few messages are, and each is looked for.
    Index(
        "ix_messages_instead_of_id",
        "instead_of_id",
        postgresql_where=text("instead_of_id IS NOT NULL"),
        sqlite_where=text("instead_of_id IS NOT NULL"),
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
    # Whose turn it is to look, since when; an alarm that nobody acknowledges goes to the next.
    reference("assigned_to_id", "staff", nullable=True),
    Column("assigned_at", Instant),
    Column("acknowledged_at", Instant),
    reference("acknowledged_by_id", "staff", nullable=True),
    Column("deferred_at", Instant),  # Put off to the next opening, and the patient told so
    reference("location_id", "locations", nullable=True),  # Whose hours count; NULL: the first's
    reference("closed_by_id", "staff", nullable=True),
    Column("calls", Integer, nullable=False, server_default="0"),  # In vain
    Column("rests_until", Instant),  # Called in vain: until then nobody need see it.
    CheckConstraint("closed_at IS NULL OR outcome IS NOT NULL", name="outcome"),
    one_of("kind", TaskKind),
    Index(
        "ix_tasks_open",
        "due_at",
        postgresql_where=text("closed_at IS NULL"),
        sqlite_where=text("closed_at IS NULL"),
    ),
    instants(
        "created_at",
        "updated_at",
        "opened_at",
        "due_at",
        "closed_at",
        "assigned_at",
        "acknowledged_at",
        "deferred_at",
    ),
    instants("rests_until", name="rests_until"),
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

# When a provider, a sender of ours or a chat may be used next, for all processes together.
budgets = Table(
    "budgets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", Instant, nullable=False),
    instants("next_at"),
)

# WhatsApp takes nothing else after a day of silence: texts that it has approved, by language.
templates = Table(
    "templates",
    metadata,
    identity(),
    Column("key", Text, nullable=False),  # The sentence that it stands for
    Column("language", Text, nullable=False),
    Column("name", Text, nullable=False, unique=True),  # As WhatsApp knows it
    Column("category", Text, nullable=False),  # "utility", "marketing"
    Column("body", Text, nullable=False),
    Column("variables", Text, nullable=False),  # JSON list of names, in their order
    Column("buttons", Text, nullable=False),  # JSON list of titles
    Column("content_sid", Text),
    Column("status", Text, nullable=False),
    Column("status_reason", Text),
    Column("checked_at", Instant),
    is_active(),  # False: another wording has taken its place, or nobody wants it.
    *times(),
    one_of("status", TemplateStatus),
    instants("created_at", "updated_at", "checked_at"),
)

# A channel on which nothing has been taken since, by all processes together.
channel_failures = Table(
    "channel_failures",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    instants("since", "last_at"),
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
