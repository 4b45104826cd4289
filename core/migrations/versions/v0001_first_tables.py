"""The first tables: the clinic, its people, its calendar, its messages; and the guards.

Written out, not imported: what this file creates must never change with later code. Guards are
kept here word for word. tests/test_migrations.py compares the result with core/models.
"""

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    Time,
    UniqueConstraint,
    text,
    true,
)

from core.database.types import Instant

revision = "0001"
down_revision = None

BIG_ID = BigInteger().with_variant(Integer, "sqlite")

POSTGRESQL_GUARDS = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """ALTER TABLE appointments ADD CONSTRAINT slot_taken EXCLUDE USING gist (
        practitioner_id WITH =, seat WITH =, tstzrange(occupied_from, occupied_until) WITH &&
    ) WHERE (status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived'))""",
    """ALTER TABLE appointments ADD CONSTRAINT patient_busy EXCLUDE USING gist (
        patient_id WITH =, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
        AND patient_id IS NOT NULL)""",
    """ALTER TABLE appointments ADD CONSTRAINT visit_too_long CHECK (
        occupied_until - occupied_from <= interval '24 hours'
        AND ends_at - starts_at <= interval '24 hours')""",
)

SQLITE_GUARDS = (
    """CREATE TRIGGER slot_taken_insert BEFORE INSERT ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
      AND NEW.occupied_from < NEW.occupied_until
    BEGIN
        SELECT RAISE(ABORT, 'slot_taken') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.practitioner_id = NEW.practitioner_id AND other.seat = NEW.seat
              AND other.id IS NOT NEW.id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.occupied_from < NEW.occupied_until
              AND other.occupied_until > NEW.occupied_from
              AND other.occupied_from > NEW.occupied_from - 86400000000
              AND other.occupied_from < other.occupied_until);
    END""",
    """CREATE TRIGGER slot_taken_update BEFORE UPDATE ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
      AND NEW.occupied_from < NEW.occupied_until
    BEGIN
        SELECT RAISE(ABORT, 'slot_taken') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.practitioner_id = NEW.practitioner_id AND other.seat = NEW.seat
              AND other.id IS NOT NEW.id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.occupied_from < NEW.occupied_until
              AND other.occupied_until > NEW.occupied_from
              AND other.occupied_from > NEW.occupied_from - 86400000000
              AND other.occupied_from < other.occupied_until);
    END""",
    """CREATE TRIGGER patient_busy_insert BEFORE INSERT ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
      AND NEW.starts_at < NEW.ends_at
    BEGIN
        SELECT RAISE(ABORT, 'patient_busy') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.patient_id = NEW.patient_id
              AND other.id IS NOT NEW.id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
              AND other.starts_at > NEW.starts_at - 86400000000
              AND other.starts_at < other.ends_at);
    END""",
    """CREATE TRIGGER patient_busy_update BEFORE UPDATE ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
      AND NEW.starts_at < NEW.ends_at
    BEGIN
        SELECT RAISE(ABORT, 'patient_busy') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.patient_id = NEW.patient_id
              AND other.id IS NOT NEW.id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
              AND other.starts_at > NEW.starts_at - 86400000000
              AND other.starts_at < other.ends_at);
    END""",
    """CREATE TRIGGER visit_too_long_insert BEFORE INSERT ON appointments
    WHEN NEW.occupied_until - NEW.occupied_from > 86400000000
      OR NEW.ends_at - NEW.starts_at > 86400000000
    BEGIN
        SELECT RAISE(ABORT, 'visit_too_long');
    END""",
    """CREATE TRIGGER visit_too_long_update BEFORE UPDATE ON appointments
    WHEN NEW.occupied_until - NEW.occupied_from > 86400000000
      OR NEW.ends_at - NEW.starts_at > 86400000000
    BEGIN
        SELECT RAISE(ABORT, 'visit_too_long');
    END""",
)


def upgrade() -> None:
    create_clinic()
    create_practitioners()
    create_people()
    create_appointments()
    create_messages()
    create_upkeep()
    create_guards()


def identity() -> Column[int]:
    return Column("id", BIG_ID, Identity(), primary_key=True)


def reference(
    name: str, target: str, *, nullable: bool = False, delete: str | None = None
) -> Column[int]:
    return Column(name, BIG_ID, ForeignKey(f"{target}.id", ondelete=delete), nullable=nullable)


def flag(name: str, *, nullable: bool = False, server_default: Any = None) -> Column[bool]:
    kind = Boolean(create_constraint=True, name=name)
    return Column(name, kind, nullable=nullable, server_default=server_default)


def times() -> tuple[Column[Any], Column[Any]]:
    return (
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
    )


def one_of(column: str, words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words.split())
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def instants(*columns: str) -> CheckConstraint:
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in columns)
    return CheckConstraint(test, name="instants").ddl_if(dialect="sqlite")


def where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


def create_clinic() -> None:
    op.create_table(
        "organizations",
        identity(),
        Column("name", Text, nullable=False),
        Column("country", Text, nullable=False),
        Column("currency", Text, nullable=False),
        Column("default_language", Text, nullable=False),
        Column("languages", Text, nullable=False),
        Column("setup_version", Integer, nullable=False),
        flag("is_demo"),
        *times(),
        CheckConstraint("id = 1", name="only_one"),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "locations",
        identity(),
        reference("organization_id", "organizations"),
        Column("position", Integer, nullable=False),
        Column("name", Text, nullable=False),
        Column("short_name", Text),
        Column("discreet_name", Text),
        Column("address", Text, nullable=False),
        Column("city", Text),
        Column("state", Text),
        Column("postal_code", Text),
        Column("country", Text, nullable=False),
        Column("zone", Text, nullable=False),
        Column("phone", Text, nullable=False),
        Column("after_hours_phone", Text),
        Column("emergency_number", Text, nullable=False),
        Column("crisis_number", Text, nullable=False),
        Column("opening_hours", Text, nullable=False),
        Column("directions", Text),
        Column("parking", Text),
        Column("languages", Text),
        Column("senders", Text),
        flag("is_active", server_default=true()),
        *times(),
        UniqueConstraint("name"),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "departments",
        identity(),
        reference("location_id", "locations"),
        Column("name", Text, nullable=False),
        Column("phone", Text),
        flag("is_active", server_default=true()),
        *times(),
        UniqueConstraint("location_id", "name"),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "specialties",
        identity(),
        Column("code", Text, nullable=False, unique=True),
        Column("names", Text, nullable=False),
        Column("words", Text, nullable=False),
        flag("is_active", server_default=true()),
        *times(),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "visit_types",
        identity(),
        Column("code", Text, nullable=False, unique=True),
        Column("names", Text, nullable=False),
        Column("kind", Text, nullable=False),
        flag("is_default"),
        Column("minutes_new_patient", Integer),
        Column("minutes_known_patient", Integer),
        Column("buffer_before_minutes", Integer, nullable=False, server_default="0"),
        Column("buffer_after_minutes", Integer, nullable=False, server_default="0"),
        Column("minimum_notice_minutes", Integer),
        Column("horizon_days", Integer),
        Column("cancellation_notice_hours", Integer),
        Column("price_cents", Integer),
        Column("booked_by", Text, nullable=False),
        flag("needs_approval"),
        flag("new_patients"),
        Column("age_from", Integer),
        Column("age_until", Integer),
        flag("needs_referral"),
        Column("resource_kind", Text),
        Column("preparation", Text),
        flag("is_active", server_default=true()),
        *times(),
        one_of("kind", "consultation follow_up check_up emergency procedure other"),
        one_of("booked_by", "patient staff"),
        CheckConstraint("minutes_new_patient > 0 AND minutes_known_patient > 0", name="minutes"),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "holidays",
        identity(),
        reference("location_id", "locations", delete="CASCADE"),
        Column("day", Date, nullable=False),
        Column("name", Text, nullable=False),
        Column("source", Text, nullable=False, server_default="chat"),
        *times(),
        UniqueConstraint("location_id", "day"),
        one_of("source", "file chat"),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "settings",
        identity(),
        Column("key", Text, nullable=False),
        reference("location_id", "locations", nullable=True),
        Column("value", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("updated_by", Text, nullable=False),
        flag("is_active", server_default=true()),
        *times(),
        one_of("source", "file chat"),
        instants("created_at", "updated_at"),
        Index(
            "uq_settings_location",
            "key",
            "location_id",
            unique=True,
            **where("location_id IS NOT NULL"),
        ),
        Index("uq_settings_organization", "key", unique=True, **where("location_id IS NULL")),
    )
    op.create_table(
        "setting_events",
        identity(),
        Column("key", Text, nullable=False),
        reference("location_id", "locations", nullable=True),
        Column("at", Instant, nullable=False),
        Column("actor", Text, nullable=False),
        Column("value_from", Text),
        Column("value_to", Text),
        instants("at"),
    )


def create_practitioners() -> None:
    op.create_table(
        "practitioners",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        Column("title", Text, nullable=False),
        Column("titles", Text, nullable=False),
        Column("first_name", Text, nullable=False),
        Column("last_name", Text, nullable=False),
        Column("email", Text),
        Column("phone", Text),
        Column("licence_number", Text, unique=True),
        Column("licence_state", Text),
        Column("years_of_experience", Integer),
        Column("fee_cents", Integer),
        Column("bio", Text),
        Column("photo", Text),
        Column("languages", Text, nullable=False),
        Column("gender", Text),
        Column("slot_minutes", Integer, nullable=False),
        Column("capacity", Integer, nullable=False, server_default="1"),
        flag("is_active", server_default=true()),
        *times(),
        UniqueConstraint("first_name", "last_name"),
        CheckConstraint("slot_minutes > 0", name="slot_minutes"),
        CheckConstraint("capacity > 0", name="capacity"),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "practitioner_specialties",
        identity(),
        reference("practitioner_id", "practitioners", delete="CASCADE"),
        reference("specialty_id", "specialties"),
        *times(),
        UniqueConstraint("practitioner_id", "specialty_id"),
        instants("created_at", "updated_at"),
        Index("ix_practitioner_specialties_specialty_id", "specialty_id"),
    )
    op.create_table(
        "practitioner_departments",
        identity(),
        reference("practitioner_id", "practitioners", delete="CASCADE"),
        reference("department_id", "departments"),
        *times(),
        UniqueConstraint("practitioner_id", "department_id"),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "practitioner_visit_types",
        identity(),
        reference("practitioner_id", "practitioners", delete="CASCADE"),
        reference("visit_type_id", "visit_types"),
        Column("minutes", Integer),
        Column("fee_cents", Integer),
        *times(),
        UniqueConstraint("practitioner_id", "visit_type_id"),
        CheckConstraint("minutes > 0", name="minutes"),
        instants("created_at", "updated_at"),
    )
    op.create_table(
        "schedules",
        identity(),
        reference("practitioner_id", "practitioners", delete="CASCADE"),
        reference("location_id", "locations"),
        Column("weekday", Integer, nullable=False),
        Column("starts", Time, nullable=False),
        Column("ends", Time, nullable=False),
        Column("valid_from", Date),
        Column("valid_to", Date),
        *times(),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="start_before_end"),
        CheckConstraint("valid_from <= valid_to", name="validity"),
        instants("created_at", "updated_at"),
        Index("ix_schedules_practitioner_id", "practitioner_id"),
    )
    op.create_table(
        "breaks",
        identity(),
        reference("practitioner_id", "practitioners", delete="CASCADE"),
        reference("location_id", "locations"),
        Column("weekday", Integer, nullable=False),
        Column("starts", Time, nullable=False),
        Column("ends", Time, nullable=False),
        Column("valid_from", Date),
        Column("valid_to", Date),
        *times(),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="start_before_end"),
        CheckConstraint("valid_from <= valid_to", name="validity"),
        instants("created_at", "updated_at"),
        Index("ix_breaks_practitioner_id", "practitioner_id"),
    )
    op.create_table(
        "absences",
        identity(),
        reference("practitioner_id", "practitioners", delete="CASCADE"),
        Column("date_from", Date, nullable=False),
        Column("date_to", Date, nullable=False),
        Column("starts", Time),
        Column("ends", Time),
        flag("whole_day"),
        Column("reason", Text),
        Column("source", Text, nullable=False, server_default="chat"),
        *times(),
        one_of("source", "file chat"),
        CheckConstraint("date_from <= date_to", name="dates"),
        CheckConstraint("starts < ends", name="start_before_end"),
        CheckConstraint(
            "whole_day = (starts IS NULL) AND whole_day = (ends IS NULL)", name="hours"
        ),
        instants("created_at", "updated_at"),
        Index("ix_absences_practitioner_id_date_to", "practitioner_id", "date_to"),
    )


def create_people() -> None:
    op.create_table(
        "patients",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        Column("first_name", Text, nullable=False),
        Column("last_name", Text, nullable=False),
        Column("search_name", Text, nullable=False),
        Column("date_of_birth", Date),
        Column("gender", Text),
        Column("language", Text),
        Column("zone", Text),
        Column("address", Text),
        Column("emergency_contact_name", Text),
        Column("emergency_contact_phone", Text),
        Column("notes", LargeBinary),
        Column("medical_history", LargeBinary),
        Column("needs", Text),
        Column("standing", Text, nullable=False),
        Column("standing_since", Instant),
        Column("standing_by", Text),
        Column("standing_why", LargeBinary),
        Column("contact_rules", Text),
        Column("external_id", Text, unique=True),
        flag("is_active", server_default=true()),
        *times(),
        one_of("standing", "active deceased blocked restricted"),
        instants("created_at", "updated_at", "standing_since"),
        Index("ix_patients_search_name_date_of_birth", "search_name", "date_of_birth"),
    )
    op.create_table(
        "patient_events",
        identity(),
        reference("patient_id", "patients", delete="CASCADE"),
        Column("at", Instant, nullable=False),
        Column("actor_kind", Text, nullable=False),
        Column("actor_id", Integer),
        Column("channel", Text),
        Column("what", Text, nullable=False),
        Column("detail", LargeBinary),
        instants("at"),
        Index("ix_patient_events_patient_id", "patient_id"),
    )
    op.create_table(
        "addresses",
        identity(),
        Column("channel", Text, nullable=False),
        Column("address", LargeBinary, nullable=False),
        Column("address_hash", LargeBinary, nullable=False),
        Column("language", Text),
        flag("opted_in", nullable=True),
        Column("opt_changed_at", Instant),
        Column("opt_changed_how", Text),
        Column("opt_wording", Text),
        Column("disclosed_at", Instant),
        Column("disclosure_version", Text),
        Column("state", Text, nullable=False),
        Column("state_reason", Text),
        Column("last_heard_at", Instant),
        flag("is_active", server_default=true()),
        *times(),
        UniqueConstraint("channel", "address_hash"),
        one_of("channel", "sms whatsapp telegram web email voice"),
        one_of("state", "good bad"),
        instants("created_at", "updated_at", "opt_changed_at", "disclosed_at", "last_heard_at"),
    )
    op.create_table(
        "patient_addresses",
        identity(),
        reference("patient_id", "patients", delete="CASCADE"),
        reference("address_id", "addresses", delete="CASCADE"),
        Column("relation", Text, nullable=False),
        Column("trust", Text, nullable=False),
        flag("may_book"),
        flag("may_see"),
        flag("is_told"),
        Column("since", Instant, nullable=False),
        Column("until", Instant),
        *times(),
        UniqueConstraint("patient_id", "address_id"),
        one_of("relation", "self child daughter son parent partner carer other"),
        one_of("trust", "given claimed proved"),
        instants("created_at", "updated_at", "since", "until"),
        Index("ix_patient_addresses_address_id", "address_id"),
    )


def create_appointments() -> None:
    """Conversations first: a hold names the one it was asked in."""
    op.create_table(
        "conversations",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        reference("address_id", "addresses"),
        Column("our_address", Text, nullable=False),
        Column("state", LargeBinary),
        Column("version", Integer, nullable=False),
        Column("language", Text),
        Column("person_wanted_at", Instant),
        Column("claimed_by", Integer),
        Column("last_turn_at", Instant),
        flag("is_simulated"),
        *times(),
        UniqueConstraint("address_id", "our_address"),
        instants("created_at", "updated_at", "person_wanted_at", "last_turn_at"),
    )
    op.create_table(
        "appointments",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        reference("patient_id", "patients", nullable=True),
        reference("practitioner_id", "practitioners"),
        reference("location_id", "locations"),
        reference("department_id", "departments", nullable=True),
        reference("visit_type_id", "visit_types"),
        Column("seat", Integer, nullable=False, server_default="0"),
        Column("starts_at", Instant, nullable=False),
        Column("ends_at", Instant, nullable=False),
        Column("occupied_from", Instant, nullable=False),
        Column("occupied_until", Instant, nullable=False),
        Column("status", Text, nullable=False),
        Column("reason", LargeBinary),
        Column("booked_through", Text, nullable=False),
        Column("booked_by", Text, nullable=False),
        reference("booked_by_address_id", "addresses", nullable=True),
        Column("version", Integer, nullable=False),
        Column("hold_expires_at", Instant),
        reference("conversation_id", "conversations", nullable=True),
        reference("moves_id", "appointments", nullable=True),
        Column("moved_from", Instant),
        Column("cancelled_at", Instant),
        Column("cancelled_by", Text),
        Column("cancellation_reason", LargeBinary),
        Column("override_reason", LargeBinary),
        Column("external_id", Text, unique=True),
        *times(),
        one_of(
            "status",
            "pending held scheduled confirmed arrived completed cancelled no_show expired "
            "entered_in_error",
        ),
        one_of("booked_through", "sms whatsapp telegram web phone counter import"),
        one_of("booked_by", "patient practitioner admin system"),
        one_of("cancelled_by", "patient practitioner admin system"),
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
            "status <> 'held' OR (hold_expires_at IS NOT NULL AND conversation_id IS NOT NULL)",
            name="hold_has_term",
        ),
        CheckConstraint("seat >= 0", name="seat"),
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
        Index(
            "ix_appointments_live",
            "practitioner_id",
            "occupied_from",
            "occupied_until",
            **where("status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')"),
        ),
        Index("ix_appointments_location_id_starts_at_status", "location_id", "starts_at", "status"),
        Index("ix_appointments_patient_id_starts_at", "patient_id", "starts_at"),
        Index(
            "uq_appointments_one_hold", "conversation_id", unique=True, **where("status = 'held'")
        ),
    )
    op.create_table(
        "appointment_events",
        identity(),
        reference("appointment_id", "appointments", delete="CASCADE"),
        Column("at", Instant, nullable=False),
        Column("type", Text, nullable=False),
        Column("actor_kind", Text, nullable=False),
        Column("actor_id", Integer),
        Column("channel", Text),
        Column("state_from", LargeBinary),
        Column("state_to", LargeBinary),
        Column("why", LargeBinary),
        one_of("actor_kind", "patient practitioner admin system"),
        instants("at"),
        Index("ix_appointment_events_appointment_id", "appointment_id"),
    )
    op.create_table(
        "reminders",
        identity(),
        reference("appointment_id", "appointments", delete="CASCADE"),
        Column("appointment_version", Integer, nullable=False),
        Column("starts_at", Instant, nullable=False),
        Column("stage", Text, nullable=False),
        Column("due_at", Instant, nullable=False),
        Column("state", Text, nullable=False),
        Column("note", Text),
        *times(),
        UniqueConstraint("appointment_id", "starts_at", "stage"),
        one_of("state", "planned queued withdrawn dropped"),
        instants("starts_at", "due_at", "created_at", "updated_at"),
        Index("ix_reminders_due", "due_at", **where("state = 'planned'")),
    )


def create_messages() -> None:
    op.create_table(
        "messages",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        reference("conversation_id", "conversations"),
        Column("direction", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("kind", Text, nullable=False),
        reference("in_reply_to_id", "messages", nullable=True),
        Column("subject", Text),
        Column("text", LargeBinary),
        Column("choices", LargeBinary),
        Column("list_id", Text),
        Column("template", Text),
        Column("variables", LargeBinary),
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
        Column("due_at", Instant),
        Column("valid_until", Instant),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("lease_until", Instant),
        Column("lease_owner", Text),
        Column("error_code", Text),
        Column("segments", Integer),
        Column("price", Text),
        flag("confirmation_requested", nullable=True),
        Column("answered_at", Instant),
        Column("answer", Text),
        flag("is_simulated"),
        *times(),
        UniqueConstraint("channel", "direction", "provider_id"),
        one_of("direction", "in out"),
        one_of(
            "status",
            "received ignored queued sending sent delivered read undelivered failed "
            "unknown dropped",
        ),
        one_of("kind", "reply notice reminder offer survey broadcast staff_answer"),
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
        Index("ix_messages_due", "due_at", "id", **where("status IN ('queued', 'sending')")),
    )
    op.create_table(
        "tasks",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        Column("kind", Text, nullable=False),
        reference("conversation_id", "conversations", nullable=True),
        reference("patient_id", "patients", nullable=True),
        reference("appointment_id", "appointments", nullable=True),
        reference("message_id", "messages", nullable=True),
        Column("note", LargeBinary),
        Column("opened_at", Instant, nullable=False),
        Column("due_at", Instant),
        Column("claimed_by", Integer),
        Column("closed_at", Instant),
        Column("outcome", Text),
        *times(),
        one_of(
            "kind",
            "emergency self_harm handover opt_out may_cancel wrong_person deceased "
            "my_data question delivery",
        ),
        instants("created_at", "updated_at", "opened_at", "due_at", "closed_at"),
        Index("ix_tasks_open", "due_at", **where("closed_at IS NULL")),
    )


def create_upkeep() -> None:
    """What runs beside the web: limits, ticks, leases."""
    op.create_table(
        "counters",
        identity(),
        Column("key_hash", LargeBinary, nullable=False, unique=True),
        Column("since", Instant, nullable=False),
        Column("count", Integer, nullable=False),
        Column("noticed_at", Instant),
        instants("since", "noticed_at"),
    )
    op.create_table(
        "ticks",
        Column("name", Text, primary_key=True),
        Column("ran_at", Instant, nullable=False),
        Column("handled", Integer, nullable=False),
        instants("ran_at"),
    )
    op.create_table(
        "leases",
        Column("name", Text, primary_key=True),
        Column("holder", Text, nullable=False),
        Column("until", Instant, nullable=False),
        instants("until"),
    )


def create_guards() -> None:
    """Nobody is booked twice: exclusion constraints on PostgreSQL, triggers on SQLite."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL_GUARDS if is_postgresql else SQLITE_GUARDS:
        op.execute(statement)
