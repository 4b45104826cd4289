"""What the clinic says first, and when: reminders, and every other occasion to speak.

Planned in the transaction that makes it necessary, read again before anything is said.
"""

from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.database.types import Instant
from core.models.base import identity, instants, metadata, one_of, public_id, reference, times


class ReminderState(StrEnum):
    PLANNED = "planned"  # Due in the future, or waiting for its turn.
    QUEUED = "queued"  # Its message stands in the outbox.
    WITHDRAWN = "withdrawn"  # The visit moved, ended or was answered first.
    DROPPED = "dropped"  # Was due while nothing ran and no longer helps; the note says so.


class OccasionKind(StrEnum):
    BOOKED = "booked"  # Staff have booked a visit for the patient,
    MOVED = "moved"  # given it another time, place or practitioner,
    CANCELLED = "cancelled"  # or called it off.
    OFFER = "offer"  # A time that somebody waited for is free.
    OFFER_GONE = "offer_gone"  # Somebody else was quicker.
    VISIT_OVER = "visit_over"  # How was it?
    VISIT_MISSED = "visit_missed"
    FOLLOW_UP_DUE = "follow_up_due"
    RUNNING_LATE = "running_late"  # The visit begins later than it was to; or on time again.


class OccasionState(StrEnum):
    PLANNED = "planned"  # To be said when it is due and does not interrupt.
    SAID = "said"  # Its message stands in the outbox.
    WITHDRAWN = "withdrawn"  # What it was about is no longer so.
    DROPPED = "dropped"  # Could not be said, or no longer helps; the note says why.


class RecallState(StrEnum):
    PLANNED = "planned"
    DUE = "due"  # The patient is told that it is time for the next visit.
    DONE = "done"  # They have a visit again.
    WITHDRAWN = "withdrawn"


reminders = Table(
    "reminders",
    metadata,
    identity(),
    reference("appointment_id", "appointments", delete="CASCADE"),
    Column("appointment_version", Integer, nullable=False),
    Column("starts_at", Instant, nullable=False),  # Of the visit, as of planning
    Column("stage", Text, nullable=False),  # "3d", "1d"
    Column("due_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("note", Text),
    *times(),
    reference("message_id", "messages", nullable=True),  # That carries it, maybe with others
    UniqueConstraint("appointment_id", "starts_at", "stage"),
    one_of("state", ReminderState),
    Index(
        "ix_reminders_due",
        "due_at",
        postgresql_where=text("state = 'planned'"),
        sqlite_where=text("state = 'planned'"),
    ),
    Index("ix_reminders_message_id", "message_id"),
    instants("starts_at", "due_at", "created_at", "updated_at"),
)

occasions = Table(
    "occasions",
    metadata,
    identity(),
    public_id(),
    Column("kind", Text, nullable=False),
    reference("patient_id", "patients", delete="CASCADE"),
    reference("appointment_id", "appointments", nullable=True, delete="CASCADE"),
    Column("appointment_version", Integer),  # As of planning
    # What the visit was before, where that is told too; of one that begins late, as of planning.
    Column("was_starts_at", Instant),
    reference("was_practitioner_id", "practitioners", nullable=True),
    reference("was_location_id", "locations", nullable=True),
    reference("offer_id", "waitlist_offers", nullable=True, delete="CASCADE"),
    reference("recall_id", "recalls", nullable=True, delete="CASCADE"),
    reference("conversation_id", "conversations", nullable=True),  # Only there; NULL: where it can
    Column("due_at", Instant, nullable=False),
    Column("valid_until", Instant),  # Not worth saying after
    Column("state", Text, nullable=False),
    Column("note", Text),
    reference("message_id", "messages", nullable=True),
    *times(),
    # By then the patient has said whether it suits, or staff call; NULL: nobody need answer.
    Column("answer_by", Instant),
    # Of a visit that begins late: which delay that is, and the minutes; 0: on time again.
    reference("delay_id", "delays", nullable=True, delete="CASCADE"),
    Column("minutes", Integer),
    UniqueConstraint("kind", "appointment_id", "appointment_version"),
    UniqueConstraint("kind", "offer_id"),
    UniqueConstraint("kind", "recall_id"),
    one_of("kind", OccasionKind),
    one_of("state", OccasionState),
    Index(
        "ix_occasions_due",
        "due_at",
        postgresql_where=text("state = 'planned'"),
        sqlite_where=text("state = 'planned'"),
    ),
    Index("ix_occasions_patient_id", "patient_id"),
    Index("ix_occasions_appointment_id", "appointment_id"),
    Index("ix_occasions_message_id", "message_id"),
    # Of one delay a patient is told once.
    Index(
        "uq_occasions_delay_id",
        "delay_id",
        "appointment_id",
        unique=True,
        postgresql_where=text("delay_id IS NOT NULL"),
        sqlite_where=text("delay_id IS NOT NULL"),
    ),
    instants("was_starts_at", "due_at", "valid_until", "created_at", "updated_at"),
    instants("answer_by", name="answer_by"),
    Index(
        "ix_occasions_answer_by",
        "answer_by",
        postgresql_where=text("answer_by IS NOT NULL"),
        sqlite_where=text("answer_by IS NOT NULL"),
    ),
)

# Somebody runs late at one place. What is said next of them there takes its place.
delays = Table(
    "delays",
    metadata,
    identity(),
    reference("practitioner_id", "practitioners"),
    reference("location_id", "locations"),
    reference("staff_id", "staff"),  # Who said so
    Column("minutes", Integer, nullable=False),  # 0: on time again
    Column("said_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),  # From then on nobody waits because of it.
    Column("replaced_at", Instant),
    *times(),
    CheckConstraint("minutes >= 0", name="minutes"),
    Index(
        "uq_delays_in_force",
        "practitioner_id",
        "location_id",
        unique=True,
        postgresql_where=text("replaced_at IS NULL"),
        sqlite_where=text("replaced_at IS NULL"),
    ),
    instants("said_at", "until", "replaced_at", "created_at", "updated_at"),
)

# "Come again in six months": entered by staff when a visit is completed.
recalls = Table(
    "recalls",
    metadata,
    identity(),
    reference("patient_id", "patients", delete="CASCADE"),
    reference("appointment_id", "appointments", delete="CASCADE"),  # The visit that asked for it
    Column("due_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    *times(),
    UniqueConstraint("appointment_id"),
    one_of("state", RecallState),
    Index(
        "ix_recalls_due",
        "due_on",
        postgresql_where=text("state = 'planned'"),
        sqlite_where=text("state = 'planned'"),
    ),
    Index("ix_recalls_patient_id", "patient_id"),
    instants("created_at", "updated_at"),
)
