"""What the clinic says first: occasions, recalls, rounds of the waitlist, consents, templates,
budgets of the providers; and the clock of a demo, which can be moved.

Columns are added, and checks are widened where they stand: no table is rebuilt.
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
    Text,
    UniqueConstraint,
    text,
    true,
)

from core.database.types import Instant

revision = "0004"
down_revision = "0003"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
UNSETTLED = "status IN ('unknown', 'failed', 'undelivered', 'dropped') AND due_at IS NOT NULL"
NEWER = "UPDATE organizations SET setup_version = setup_version + 1"
# Table, check, what it said, what it says now.
WIDENED = (
    (
        "messages",
        "kind",
        "kind IN ('reply', 'notice', 'reminder', 'offer', 'survey', 'broadcast', 'staff_answer')",
        "kind IN ('reply', 'notice', 'reminder', 'offer', 'survey', 'recall', 'running_late',"
        " 'broadcast', 'staff_answer')",
    ),
    (
        "tasks",
        "kind",
        "'question', 'delivery')",
        "'question', 'delivery', 'upkeep', 'stranded')",
    ),
    (
        "appointments",
        "hold_has_term",
        "status <> 'held' OR (hold_expires_at IS NOT NULL AND conversation_id IS NOT NULL)",
        "status <> 'held' OR hold_expires_at IS NOT NULL",
    ),
)
TASK_KINDS = (
    "kind IN ('emergency', 'self_harm', 'threat', 'abuse', 'handover', 'call', 'arrived', 'late',"
    " 'verify', 'duplicate', 'feedback', 'opt_out', 'may_cancel', 'wrong_person', 'deceased',"
    " 'my_data', 'question', 'delivery', 'upkeep', 'stranded')"
)


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    create_rounds()
    create_recalls()
    create_occasions()
    create_consents()
    create_budgets()
    create_templates(is_postgresql=is_postgresql)
    add_columns(is_postgresql=is_postgresql)
    if is_postgresql:
        widen_checks_on_postgresql()
    else:
        widen_checks_on_sqlite()


def identity() -> Column[int]:
    return Column("id", BIG_ID, Identity(), primary_key=True)


def public_id() -> Column[str]:
    return Column("public_id", Text, nullable=False, unique=True)


def reference(
    name: str, target: str, *, nullable: bool = False, delete: str | None = None
) -> Column[int]:
    return Column(name, BIG_ID, ForeignKey(f"{target}.id", ondelete=delete), nullable=nullable)


def times() -> tuple[Column[Any], Column[Any]]:
    return (
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
    )


def instants(*columns: str) -> CheckConstraint:
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in columns)
    return CheckConstraint(test, name="instants").ddl_if(dialect="sqlite")


def where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


def create_rounds() -> None:
    op.create_table(
        "waitlist_rounds",
        identity(),
        public_id(),
        reference("practitioner_id", "practitioners"),
        reference("location_id", "locations"),
        Column("starts_at", Instant, nullable=False),
        Column("ends_at", Instant, nullable=False),
        Column("freed_by", Text, nullable=False),
        reference("freed_id", "appointments", nullable=True, delete="SET NULL"),
        reference("hold_id", "appointments", nullable=True, delete="SET NULL"),
        Column("state", Text, nullable=False),
        Column("waves", Integer, nullable=False, server_default="0"),
        Column("next_wave_at", Instant),
        Column("opened_at", Instant, nullable=False),
        Column("closed_at", Instant),
        reference("filled_by_id", "appointments", nullable=True, delete="SET NULL"),
        Column("note", Text),
        *times(),
        CheckConstraint("state IN ('open', 'filled', 'over')", name="state"),
        CheckConstraint("starts_at < ends_at", name="start_before_end"),
        Index("ix_waitlist_rounds_open", "next_wave_at", **where("state = 'open'")),
        Index(
            "uq_waitlist_rounds_one_open",
            "practitioner_id",
            "starts_at",
            unique=True,
            **where("state = 'open'"),
        ),
        instants(
            "starts_at",
            "ends_at",
            "next_wave_at",
            "opened_at",
            "closed_at",
            "created_at",
            "updated_at",
        ),
    )
    op.create_table(
        "waitlist_offers",
        identity(),
        public_id(),
        reference("round_id", "waitlist_rounds", delete="CASCADE"),
        reference("entry_id", "waitlist", delete="CASCADE"),
        reference("visit_type_id", "visit_types"),
        Column("starts_at", Instant, nullable=False),
        Column("ends_at", Instant, nullable=False),
        Column("wave", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("offered_at", Instant),
        Column("answered_at", Instant),
        *times(),
        UniqueConstraint("round_id", "entry_id"),
        CheckConstraint(
            "state IN ('planned', 'offered', 'accepted', 'declined', 'gone', 'withdrawn')",
            name="state",
        ),
        Index("ix_waitlist_offers_entry_id", "entry_id"),
        instants("starts_at", "ends_at", "offered_at", "answered_at", "created_at", "updated_at"),
    )


def create_recalls() -> None:
    op.create_table(
        "recalls",
        identity(),
        reference("patient_id", "patients", delete="CASCADE"),
        reference("appointment_id", "appointments", delete="CASCADE"),
        Column("due_on", Date, nullable=False),
        Column("state", Text, nullable=False),
        *times(),
        UniqueConstraint("appointment_id"),
        CheckConstraint("state IN ('planned', 'due', 'done', 'withdrawn')", name="state"),
        Index("ix_recalls_due", "due_on", **where("state = 'planned'")),
        Index("ix_recalls_patient_id", "patient_id"),
        instants("created_at", "updated_at"),
    )


def create_occasions() -> None:
    op.create_table(
        "occasions",
        identity(),
        public_id(),
        Column("kind", Text, nullable=False),
        reference("patient_id", "patients", delete="CASCADE"),
        reference("appointment_id", "appointments", nullable=True, delete="CASCADE"),
        Column("appointment_version", Integer),
        Column("was_starts_at", Instant),
        reference("was_practitioner_id", "practitioners", nullable=True),
        reference("was_location_id", "locations", nullable=True),
        reference("offer_id", "waitlist_offers", nullable=True, delete="CASCADE"),
        reference("recall_id", "recalls", nullable=True, delete="CASCADE"),
        reference("conversation_id", "conversations", nullable=True),
        Column("due_at", Instant, nullable=False),
        Column("valid_until", Instant),
        Column("state", Text, nullable=False),
        Column("note", Text),
        reference("message_id", "messages", nullable=True),
        *times(),
        UniqueConstraint("kind", "appointment_id", "appointment_version"),
        UniqueConstraint("kind", "offer_id"),
        UniqueConstraint("kind", "recall_id"),
        CheckConstraint(
            "kind IN ('booked', 'moved', 'cancelled', 'offer', 'offer_gone', 'visit_over',"
            " 'visit_missed', 'follow_up_due')",
            name="kind",
        ),
        CheckConstraint("state IN ('planned', 'said', 'withdrawn', 'dropped')", name="state"),
        Index("ix_occasions_due", "due_at", **where("state = 'planned'")),
        Index("ix_occasions_patient_id", "patient_id"),
        Index("ix_occasions_appointment_id", "appointment_id"),
        Index("ix_occasions_message_id", "message_id"),
        instants("was_starts_at", "due_at", "valid_until", "created_at", "updated_at"),
    )


def create_consents() -> None:
    op.create_table(
        "consents",
        identity(),
        reference("address_id", "addresses", delete="CASCADE"),
        reference("patient_id", "patients", nullable=True, delete="CASCADE"),
        Column("purpose", Text, nullable=False),
        Column("is_given", Boolean(create_constraint=True, name="is_given"), nullable=False),
        Column("at", Instant, nullable=False),
        Column("how", Text, nullable=False),
        Column("wording", Text),
        Column("actor_kind", Text, nullable=False),
        Column("actor_id", Integer),
        CheckConstraint("purpose IN ('care', 'marketing', 'first_name')", name="purpose"),
        Index("ix_consents_address_id", "address_id"),
        instants("at"),
    )


def create_budgets() -> None:
    op.create_table(
        "budgets",
        Column("name", Text, primary_key=True),
        Column("next_at", Instant, nullable=False),
        instants("next_at"),
    )


def create_templates(*, is_postgresql: bool) -> None:
    op.create_table(
        "templates",
        identity(),
        Column("key", Text, nullable=False),
        Column("language", Text, nullable=False),
        Column("name", Text, nullable=False, unique=True),
        Column("category", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("variables", Text, nullable=False),
        Column("buttons", Text, nullable=False),
        Column("content_sid", Text),
        Column("status", Text, nullable=False),
        Column("status_reason", Text),
        Column("checked_at", Instant),
        Column(
            "is_active",
            Boolean(create_constraint=True, name="is_active"),
            nullable=False,
            server_default=true(),
        ),
        *times(),
        CheckConstraint(
            "status IN ('draft', 'pending', 'approved', 'rejected', 'paused', 'disabled',"
            " 'in_appeal')",
            name="status",
        ),
        instants("created_at", "updated_at", "checked_at"),
    )
    if is_postgresql:
        op.execute(
            """CREATE TRIGGER newer_setup_templates AFTER INSERT OR UPDATE OR DELETE ON templates
            FOR EACH STATEMENT EXECUTE FUNCTION newer_setup()"""
        )
        return
    for moment in ("INSERT", "UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER newer_setup_templates_{moment.lower()} AFTER {moment} ON templates "
            f"BEGIN {NEWER}; END"
        )


def add_columns(*, is_postgresql: bool) -> None:
    big_id = "BIGINT" if is_postgresql else "INTEGER"
    for table, column in (("reminders", "message_id"), ("messages", "instead_of_id")):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} {big_id}"
            f" CONSTRAINT fk_{table}_{column} REFERENCES messages (id)"
        )
    if is_postgresql:
        op.execute("ALTER TABLE messages ADD COLUMN looked_up_at TIMESTAMPTZ")
    else:
        op.execute(
            "ALTER TABLE messages ADD COLUMN looked_up_at BIGINT CONSTRAINT"
            " ck_messages_looked_up_at CHECK (typeof(looked_up_at) IN ('integer', 'null'))"
        )
    op.execute("ALTER TABLE messages ADD COLUMN content_sid TEXT")
    op.create_index("ix_reminders_message_id", "reminders", ["message_id"])
    op.create_index("ix_messages_unsettled", "messages", ["due_at", "id"], **where(UNSETTLED))
    op.create_index(
        "ix_messages_instead_of_id",
        "messages",
        ["instead_of_id"],
        **where("instead_of_id IS NOT NULL"),
    )
    op.execute("ALTER TABLE visit_types ADD COLUMN reminders TEXT")
    op.execute(
        "ALTER TABLE organizations ADD COLUMN clock_offset_seconds INTEGER DEFAULT '0' NOT NULL"
        " CONSTRAINT ck_organizations_only_a_demos_clock_is_moved"
        " CHECK (clock_offset_seconds = 0 OR is_demo)"
    )
    op.execute("ALTER TABLE organizations ADD COLUMN whatsapp_templates TEXT")


def widen_checks_on_postgresql() -> None:
    for table, name, _, now in WIDENED:
        condition = TASK_KINDS if table == "tasks" else now
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})")


def widen_checks_on_sqlite() -> None:
    """In the schema's own text, as SQLite describes it for changes that leave the rows as they are
    (lang_altertable, "Making Other Kinds Of Table Schema Changes"): guards and references stay."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, _, before, now in WIDENED:
        changed = connection.exec_driver_sql(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
            " WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
            (before, now, table, before),
        )
        if changed.rowcount != 1:
            raise RuntimeError(f"expected the check of {table} that migration 0003 left")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
