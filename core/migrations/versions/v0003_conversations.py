"""What conversations need: the waitlist, proofs of who somebody is, what was said of a visit, the
clinic's own people and wording, and what is told to those who ask.

Columns are added; only `tasks` is rebuilt on SQLite (its kinds are a check), and no guard hangs on
it.
"""

import json
from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
    true,
)

from core.database.types import EncryptedText, Instant

revision = "0003"
down_revision = "0002"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
NEWER = "UPDATE organizations SET setup_version = setup_version + 1"
TASK_KINDS = (
    "emergency",
    "self_harm",
    "threat",
    "abuse",
    "handover",
    "call",
    "arrived",
    "late",
    "verify",
    "duplicate",
    "feedback",
    "opt_out",
    "may_cancel",
    "wrong_person",
    "deceased",
    "my_data",
    "question",
    "delivery",
)
TASK_COLUMNS = (
    "id, public_id, kind, conversation_id, patient_id, appointment_id, message_id, note, opened_at,"
    " due_at, claimed_by, closed_at, outcome, created_at, updated_at"
)
# Texts that were in the clinic's first language only.
TOLD = (("locations", "directions"), ("locations", "parking"), ("visit_types", "preparation"))


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    create_staff()
    create_waitlist()
    create_feedback()
    create_verifications()
    create_phrases(is_postgresql=is_postgresql)
    add_columns(is_postgresql=is_postgresql)
    if is_postgresql:
        change_tasks_on_postgresql()
    else:
        rebuild_tasks_on_sqlite()
    for table, column in TOLD:
        give_language(table, column)


def identity() -> Column[int]:
    return Column("id", BIG_ID, Identity(), primary_key=True)


def reference(
    name: str, target: str, *, nullable: bool = False, delete: str | None = None
) -> Column[int]:
    return Column(name, BIG_ID, ForeignKey(f"{target}.id", ondelete=delete), nullable=nullable)


def times() -> tuple[Column[Any], Column[Any]]:
    return (
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
    )


def flag(name: str, *, nullable: bool = True) -> Column[bool]:
    return Column(name, Boolean(create_constraint=True, name=name), nullable=nullable)


def is_active() -> Column[bool]:
    return Column(
        "is_active",
        Boolean(create_constraint=True, name="is_active"),
        nullable=False,
        server_default=true(),
    )


def instants(*columns: str) -> CheckConstraint:
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in columns)
    return CheckConstraint(test, name="instants").ddl_if(dialect="sqlite")


def create_staff() -> None:
    op.create_table(
        "staff",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        Column("username", Text, nullable=False),
        Column("first_name", Text, nullable=False),
        Column("last_name", Text, nullable=False),
        Column("email", Text),
        Column("language", Text),
        reference("address_id", "addresses", nullable=True),
        Column("alarm_position", Integer),
        is_active(),
        *times(),
        UniqueConstraint("username"),
        Index("ix_staff_address_id", "address_id"),
        instants("created_at", "updated_at"),
    )


def create_waitlist() -> None:
    op.create_table(
        "waitlist",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        reference("patient_id", "patients", delete="CASCADE"),
        reference("conversation_id", "conversations"),
        reference("practitioner_id", "practitioners", nullable=True),
        Column("specialty", Text),
        reference("location_id", "locations", nullable=True),
        reference("visit_type_id", "visit_types", nullable=True),
        reference("sooner_than_id", "appointments", nullable=True),
        Column("days", Text, nullable=False),
        Column("minute_from", Integer),
        Column("minute_until", Integer),
        Column("since", Instant, nullable=False),
        Column("until", Instant),
        Column("offers_made", Integer, nullable=False, server_default="0"),
        Column("state", Text, nullable=False),
        *times(),
        CheckConstraint("state IN ('waiting', 'filled', 'left', 'over')", name="state"),
        CheckConstraint("practitioner_id IS NOT NULL OR specialty IS NOT NULL", name="whom"),
        Index(
            "ix_waitlist_waiting",
            "since",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index("ix_waitlist_patient_id", "patient_id"),
        instants("created_at", "updated_at", "since", "until"),
    )


def halves(name: str) -> tuple[Column[int], CheckConstraint]:
    return (
        Column(name, Integer),
        CheckConstraint(f"{name} BETWEEN 2 AND 10", name=name),
    )


def create_feedback() -> None:
    op.create_table(
        "feedback",
        identity(),
        reference("appointment_id", "appointments", delete="CASCADE"),
        reference("patient_id", "patients", delete="CASCADE"),
        reference("practitioner_id", "practitioners"),
        *halves("overall_halves"),
        *halves("professionalism_halves"),
        *halves("waiting_time_halves"),
        *halves("cleanliness_halves"),
        *halves("friendliness_halves"),
        Column("text", EncryptedText("feedback.text")),
        Column("suggestions", EncryptedText("feedback.suggestions")),
        flag("would_recommend"),
        flag("would_return"),
        flag("is_anonymous", nullable=False),
        flag("is_verified", nullable=False),
        Column("tags", Text),
        Column("moderation", Text, nullable=False),
        *times(),
        Index("uq_feedback_appointment_id", "appointment_id", unique=True),
        Index("ix_feedback_practitioner_id", "practitioner_id"),
        CheckConstraint("moderation IN ('new', 'shown', 'hidden')", name="moderation"),
        instants("created_at", "updated_at"),
    )


def create_verifications() -> None:
    op.create_table(
        "verifications",
        identity(),
        reference("address_id", "addresses", delete="CASCADE"),
        reference("patient_id", "patients", nullable=True, delete="CASCADE"),
        reference("sent_to_id", "addresses", nullable=True, delete="CASCADE"),
        Column("code_hash", LargeBinary),
        Column("wrong_tries", Integer, nullable=False, server_default="0"),
        Column("expires_at", Instant, nullable=False),
        Column("ended_at", Instant),
        Column("outcome", Text),
        *times(),
        Index("ix_verifications_address_id", "address_id"),
        CheckConstraint("outcome IN ('proved', 'failed', 'replaced')", name="outcome"),
        instants("created_at", "updated_at", "expires_at", "ended_at"),
    )


def create_phrases(*, is_postgresql: bool) -> None:
    op.create_table(
        "phrases",
        identity(),
        Column("language", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("text", Text, nullable=False),
        is_active(),
        *times(),
        UniqueConstraint("language", "key"),
        instants("created_at", "updated_at"),
    )
    if is_postgresql:
        op.execute(
            """CREATE TRIGGER newer_setup_phrases AFTER INSERT OR UPDATE OR DELETE ON phrases
            FOR EACH STATEMENT EXECUTE FUNCTION newer_setup()"""
        )
        return
    for moment in ("INSERT", "UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER newer_setup_phrases_{moment.lower()} AFTER {moment} ON phrases "
            f"BEGIN {NEWER}; END"
        )


def add_columns(*, is_postgresql: bool) -> None:
    big_id = "BIGINT" if is_postgresql else "INTEGER"
    add_flag("appointments", "is_confidential", is_postgresql=is_postgresql)
    op.execute(
        "ALTER TABLE appointments ADD COLUMN late_minutes INTEGER"
        " CONSTRAINT ck_appointments_late_minutes CHECK (late_minutes > 0)"
    )
    op.execute("ALTER TABLE locations ADD COLUMN insurance TEXT")
    op.execute("ALTER TABLE locations ADD COLUMN what_to_bring TEXT")
    add_flag("specialties", "is_sensitive", is_postgresql=is_postgresql)
    for age in ("age_from", "age_until"):
        op.execute(
            f"ALTER TABLE specialties ADD COLUMN {age} INTEGER"
            f" CONSTRAINT ck_specialties_{age} CHECK ({age} >= 0)"
        )
    op.execute(
        f"ALTER TABLE messages ADD COLUMN edits_id {big_id}"
        " CONSTRAINT fk_messages_edits_id REFERENCES messages (id)"
    )
    op.execute("ALTER TABLE patient_addresses ADD COLUMN said_first_name TEXT")
    op.execute("ALTER TABLE patient_addresses ADD COLUMN said_last_name TEXT")
    if is_postgresql:
        op.execute("ALTER TABLE patient_addresses ADD COLUMN suspended_at TIMESTAMPTZ")
    else:
        op.execute(
            "ALTER TABLE patient_addresses ADD COLUMN suspended_at BIGINT CONSTRAINT"
            " ck_patient_addresses_suspended_at CHECK"
            " (typeof(suspended_at) IN ('integer', 'null'))"
        )
    op.execute("ALTER TABLE patient_addresses ADD COLUMN suspended_why TEXT")
    add_flag("patient_addresses", "is_barred", is_postgresql=is_postgresql)


def add_flag(table: str, column: str, *, is_postgresql: bool) -> None:
    if is_postgresql:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} BOOLEAN DEFAULT false NOT NULL")
        return
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} BOOLEAN DEFAULT 0 NOT NULL"
        f" CONSTRAINT ck_{table}_{column} CHECK ({column} IN (0, 1))"
    )


def change_tasks_on_postgresql() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in TASK_KINDS)
    op.execute("ALTER TABLE tasks DROP CONSTRAINT ck_tasks_kind")
    op.execute(f"ALTER TABLE tasks ADD CONSTRAINT ck_tasks_kind CHECK (kind IN ({kinds}))")
    for name, what in (
        ("assigned_to_id", "BIGINT CONSTRAINT fk_tasks_assigned_to_id REFERENCES staff (id)"),
        ("assigned_at", "TIMESTAMPTZ"),
        ("acknowledged_at", "TIMESTAMPTZ"),
        (
            "acknowledged_by_id",
            "BIGINT CONSTRAINT fk_tasks_acknowledged_by_id REFERENCES staff (id)",
        ),
        ("deferred_at", "TIMESTAMPTZ"),
        ("location_id", "BIGINT CONSTRAINT fk_tasks_location_id REFERENCES locations (id)"),
    ):
        op.execute(f"ALTER TABLE tasks ADD COLUMN {name} {what}")


def rebuild_tasks_on_sqlite() -> None:
    op.execute("DROP INDEX ix_tasks_open")
    op.execute("ALTER TABLE tasks RENAME TO tasks_before")
    kinds = ", ".join(f"'{kind}'" for kind in TASK_KINDS)
    op.create_table(
        "tasks",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
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
        reference("assigned_to_id", "staff", nullable=True),
        Column("assigned_at", Instant),
        Column("acknowledged_at", Instant),
        reference("acknowledged_by_id", "staff", nullable=True),
        Column("deferred_at", Instant),
        reference("location_id", "locations", nullable=True),
        CheckConstraint(f"kind IN ({kinds})", name="kind"),
        Index("ix_tasks_open", "due_at", sqlite_where=text("closed_at IS NULL")),
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
    )
    op.execute(f"INSERT INTO tasks ({TASK_COLUMNS}) SELECT {TASK_COLUMNS} FROM tasks_before")  # noqa: S608
    op.execute("DROP TABLE tasks_before")


def give_language(table: str, column: str) -> None:
    connection = op.get_bind()
    rows = connection.execute(
        text(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
    ).all()
    if not rows:
        return
    language = connection.scalar(text("SELECT default_language FROM organizations"))
    for row_id, said in rows:
        connection.execute(
            text(f"UPDATE {table} SET {column} = :told WHERE id = :id"),  # noqa: S608
            {"told": json.dumps({language: said}, ensure_ascii=False), "id": row_id},
        )
