"""Appointments, what happened to them, and the promises to speak about them."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    false,
    text,
)

from core.database.guards import LIVE
from core.database.types import EncryptedText, Instant
from core.models.base import identity, instants, metadata, one_of, public_id, reference, times


class AppointmentStatus(StrEnum):
    PENDING = "pending"  # Waits for the clinic's approval; the time is kept.
    HELD = "held"  # Kept for a patient who is being asked; nobody is expected yet.
    SCHEDULED = "scheduled"  # The patient is expected.
    CONFIRMED = "confirmed"  # The patient said they will come.
    ARRIVED = "arrived"  # The patient is in the house.
    COMPLETED = "completed"  # The visit took place.
    CANCELLED = "cancelled"  # By patient or clinic; the time is free again.
    NO_SHOW = "no_show"  # The patient did not come.
    EXPIRED = "expired"  # A hold that ran out or was released.
    ENTERED_IN_ERROR = "entered_in_error"  # Never meant; kept for the record.


class ActorKind(StrEnum):
    PATIENT = "patient"
    PRACTITIONER = "practitioner"
    ADMIN = "admin"
    SYSTEM = "system"


appointments = Table(
    "appointments",
    metadata,
    identity(),
    public_id(),
    # NULL only while held: the time is kept before we know whose it will be.
    reference("patient_id", "patients", nullable=True),
    reference("practitioner_id", "practitioners"),
    reference("location_id", "locations"),
    reference("department_id", "departments", nullable=True),
    reference("visit_type_id", "visit_types"),
    Column("seat", Integer, nullable=False, server_default="0"),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    # The visit and its buffers, as of booking. A move's hold takes only what the old visit lacks.
    Column("occupied_from", Instant, nullable=False),
    Column("occupied_until", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", EncryptedText("appointments.reason")),
    Column("booked_through", Text, nullable=False),
    Column("booked_by", Text, nullable=False),
    reference("booked_by_address_id", "addresses", nullable=True),
    Column("version", Integer, nullable=False),
    # A hold's term, whose question it is, and the visit it would move.
    Column("hold_expires_at", Instant),
    reference("conversation_id", "conversations", nullable=True),
    reference("moves_id", "appointments", nullable=True),
    Column("moved_from", Instant),
    Column("cancelled_at", Instant),
    Column("cancelled_by", Text),
    Column("cancellation_reason", EncryptedText("appointments.cancellation_reason")),
    Column("override_reason", EncryptedText("appointments.override_reason")),
    Column("external_id", Text, unique=True),
    *times(),
    # The room or device that the visit needs, if its type needs one.
    reference("resource_id", "resources", nullable=True),
    # Absent from what relatives see and are told.
    Column(
        "is_confidential",
        Boolean(create_constraint=True, name="is_confidential"),
        nullable=False,
        server_default=false(),
    ),
    Column("late_minutes", Integer),  # By how much the patient said they would be late
    one_of("status", AppointmentStatus),
    one_of("booked_through", ("sms", "whatsapp", "telegram", "web", "phone", "counter", "import")),
    one_of("booked_by", ActorKind),
    one_of("cancelled_by", ActorKind),
    CheckConstraint("starts_at < ends_at", name="start_before_end"),
    CheckConstraint("occupied_from <= occupied_until", name="occupied"),
    CheckConstraint(
        "(occupied_from <= starts_at AND occupied_until >= ends_at) OR moves_id IS NOT NULL",
        name="occupied_covers_visit",
    ),
    CheckConstraint(
        "patient_id IS NOT NULL OR status IN ('held', 'expired')", name="patient_known"
    ),
    CheckConstraint(
        # Of a conversation, or of a round of the waitlist, which names its hold.
        "status <> 'held' OR hold_expires_at IS NOT NULL",
        name="hold_has_term",
    ),
    CheckConstraint("seat >= 0", name="seat"),
    CheckConstraint("late_minutes > 0", name="late_minutes"),
    instants(
        "starts_at",
        "ends_at",
        "occupied_from",
        "occupied_until",
        "hold_expires_at",
        "moved_from",
        "cancelled_at",
        "created_at",
        "updated_at",
    ),
    Index("ix_appointments_patient_id_starts_at", "patient_id", "starts_at"),
    # Whose patients somebody is one of.
    Index("ix_appointments_practitioner_id_patient_id", "practitioner_id", "patient_id"),
    Index("ix_appointments_location_id_starts_at_status", "location_id", "starts_at", "status"),
    # What search and the guards ask: live visits of one practitioner in a window.
    Index(
        "ix_appointments_live",
        "practitioner_id",
        "occupied_from",
        "occupied_until",
        postgresql_where=text(f"status IN {LIVE}"),
        sqlite_where=text(f"status IN {LIVE}"),
    ),
    Index(
        "ix_appointments_resource",
        "resource_id",
        "occupied_from",
        "occupied_until",
        postgresql_where=text(f"status IN {LIVE} AND resource_id IS NOT NULL"),
        sqlite_where=text(f"status IN {LIVE} AND resource_id IS NOT NULL"),
    ),
    Index(
        "uq_appointments_one_hold",
        "conversation_id",
        unique=True,
        postgresql_where=text("status = 'held'"),
        sqlite_where=text("status = 'held'"),
    ),
)

appointment_events = Table(
    "appointment_events",
    metadata,
    identity(),
    reference("appointment_id", "appointments", delete="CASCADE"),
    Column("at", Instant, nullable=False),
    Column("type", Text, nullable=False),  # held, booked, rescheduled, cancelled, ...
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Integer),  # The address of a patient, the row of a member of staff.
    Column("channel", Text),
    Column("state_from", EncryptedText("appointment_events.state_from")),  # JSON
    Column("state_to", EncryptedText("appointment_events.state_to")),  # JSON
    Column("why", EncryptedText("appointment_events.why")),
    one_of("actor_kind", ActorKind),
    Index("ix_appointment_events_appointment_id", "appointment_id"),
    # What was done in a stretch of time: reports.
    Index("ix_appointment_events_at", "at"),
    instants("at"),
)
