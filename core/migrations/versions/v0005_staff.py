"""Staff: what they may do and where, how a chat becomes theirs, the audit log, and how patients are
found.

Columns are added, no table is rebuilt.
"""

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
    false,
    text,
)

from core.database.types import Instant

revision = "0005"
down_revision = "0004"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
# Table -> which row SQLite's INSERT OR REPLACE would replace.
APPEND_ONLY_TABLES = {
    "audit_log": "id = NEW.id",
    "audit_patients": "id = NEW.id OR (patient_id = NEW.patient_id AND audit_id = NEW.audit_id)",
}


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    add_columns(is_postgresql=is_postgresql)
    create_roles()
    create_invitations()
    create_pairings()
    create_audit_log()
    create_name_words()
    if is_postgresql:
        refuse_changes_on_postgresql()
        split_names_on_postgresql()
    else:
        refuse_changes_on_sqlite()
        split_names_on_sqlite()


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


def instants(*columns: str) -> CheckConstraint:
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in columns)
    return CheckConstraint(test, name="instants").ddl_if(dialect="sqlite")


def where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


def add_columns(*, is_postgresql: bool) -> None:
    big_id, binary = ("BIGINT", "BYTEA") if is_postgresql else ("INTEGER", "BLOB")
    op.execute(
        f"ALTER TABLE staff ADD COLUMN practitioner_id {big_id}"
        " CONSTRAINT fk_staff_practitioner_id REFERENCES practitioners (id)"
    )
    op.execute(
        "ALTER TABLE staff ADD COLUMN source TEXT DEFAULT 'file' NOT NULL"
        " CONSTRAINT ck_staff_source CHECK (source IN ('file', 'desk'))"
    )
    op.execute(f"ALTER TABLE staff ADD COLUMN pin_hash {binary}")
    op.execute("ALTER TABLE staff ADD COLUMN wrong_pins INTEGER DEFAULT '0' NOT NULL")


def create_roles() -> None:
    op.create_table(
        "staff_roles",
        identity(),
        reference("staff_id", "staff", delete="CASCADE"),
        Column("role", Text, nullable=False),
        reference("location_id", "locations", nullable=True),
        reference("department_id", "departments", nullable=True),
        *times(),
        CheckConstraint(
            "role IN ('super_admin', 'admin', 'receptionist', 'practitioner')", name="role"
        ),
        Index(
            "uq_staff_roles",
            "staff_id",
            "role",
            text("coalesce(location_id, 0)"),
            text("coalesce(department_id, 0)"),
            unique=True,
        ),
        instants("created_at", "updated_at"),
    )


def create_invitations() -> None:
    op.create_table(
        "staff_invitations",
        identity(),
        reference("staff_id", "staff", delete="CASCADE"),
        Column("selector", Text, nullable=False, unique=True),
        Column("secret_hash", LargeBinary, nullable=False),
        Column("wrong_tries", Integer, nullable=False, server_default="0"),
        Column("expires_at", Instant, nullable=False),
        Column("ended_at", Instant),
        Column("outcome", Text),
        *times(),
        CheckConstraint("outcome IN ('used', 'failed', 'replaced', 'revoked')", name="outcome"),
        Index("one_open_invitation_each", "staff_id", unique=True, **where("ended_at IS NULL")),
        instants("created_at", "updated_at", "expires_at", "ended_at"),
    )


def create_pairings() -> None:
    op.create_table(
        "staff_pairings",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        reference("staff_id", "staff", delete="CASCADE"),
        reference("address_id", "addresses", delete="CASCADE"),
        Column("user_hash", LargeBinary, nullable=False),
        Column("last_seen_at", Instant, nullable=False),
        Column("pin_proved_at", Instant),
        Column("ended_at", Instant),
        Column("ended_why", Text),
        *times(),
        CheckConstraint("ended_why IN ('locked', 'idle', 'revoked', 'replaced')", name="ended_why"),
        Index("one_colleague_a_chat", "address_id", unique=True, **where("ended_at IS NULL")),
        Index("one_chat_a_colleague", "staff_id", unique=True, **where("ended_at IS NULL")),
        Index("ix_staff_pairings_address_id", "address_id", "id"),
        instants("created_at", "updated_at", "last_seen_at", "pin_proved_at", "ended_at"),
    )


def create_audit_log() -> None:
    op.create_table(
        "audit_log",
        identity(),
        Column("at", Instant, nullable=False),
        Column("actor", Text, nullable=False),
        Column("staff_id", BIG_ID),
        Column("username", Text),
        Column("role", Text),
        Column("action", Text, nullable=False),
        Column("resource", Text, nullable=False),
        Column("ids", Text, nullable=False),
        Column("patients", Text, nullable=False),
        Column("reason", LargeBinary),
        Column("channel", Text, nullable=False),
        Column("ip", Text),
        Column("user_agent", Text),
        Column("session", Text),
        Column(
            "is_sensitive",
            Boolean(create_constraint=True, name="is_sensitive"),
            nullable=False,
            server_default=false(),
        ),
        Column("hash", LargeBinary, nullable=False),
        CheckConstraint("actor IN ('staff', 'operator')", name="actor"),
        Index("ix_audit_log_staff_id", "staff_id", "id"),
        instants("at"),
    )
    op.create_table(
        "audit_patients",
        identity(),
        reference("audit_id", "audit_log"),
        Column("patient_id", BIG_ID, nullable=False),
        Index("ix_audit_patients_patient_id", "patient_id", "audit_id", unique=True),
        Index("ix_audit_patients_audit_id", "audit_id"),
    )
    op.create_table(
        "audit_head",
        identity(),
        reference("last_id", "audit_log", nullable=True),
        Column("hash", LargeBinary, nullable=False),
        CheckConstraint("id = 1", name="only_one"),
    )


def refuse_changes_on_postgresql() -> None:
    op.execute(
        """CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''append_only''; END'"""
    )
    for table in APPEND_ONLY_TABLES:
        op.execute(
            f"""CREATE TRIGGER append_only_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION append_only()"""
        )


def refuse_changes_on_sqlite() -> None:
    for table, same in APPEND_ONLY_TABLES.items():
        there = f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608
        for moment, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", there)):
            op.execute(
                f"CREATE TRIGGER append_only_{table}_{moment.lower()} BEFORE {moment} ON {table}"
                f"{when} BEGIN SELECT RAISE(ABORT, 'append_only'); END"
            )


def create_name_words() -> None:
    op.create_table(
        "name_words",
        identity(),
        reference("patient_id", "patients", delete="CASCADE"),
        Column("word", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False),
        UniqueConstraint("patient_id", "word"),
        Index("ix_name_words_word_patient_id", "word", "patient_id"),
    )
    op.create_index("ix_patients_date_of_birth", "patients", ["date_of_birth"])
    op.create_index(
        "ix_appointments_practitioner_id_patient_id",
        "appointments",
        ["practitioner_id", "patient_id"],
    )


# How a name is split: at spaces, hyphens, full stops and commas; apostrophes are left out.
PARTS_ON_POSTGRESQL = "regexp_split_to_table(translate({name}, '-.,''’', '   '), ' +') AS word"


def split_names_on_postgresql() -> None:
    of_new = PARTS_ON_POSTGRESQL.format(name="NEW.search_name")
    split = f"""BEGIN
    DELETE FROM name_words WHERE patient_id = NEW.id;
    INSERT INTO name_words (patient_id, word)
    SELECT DISTINCT NEW.id, word FROM {of_new}
    WHERE word <> '';
    RETURN NULL;
END""".replace("'", "''")  # noqa: S608
    op.execute(f"CREATE FUNCTION name_words() RETURNS trigger LANGUAGE plpgsql AS '{split}'")
    op.execute(
        """CREATE TRIGGER name_words AFTER INSERT OR UPDATE OF search_name ON patients
        FOR EACH ROW EXECUTE FUNCTION name_words()"""
    )
    of_each = PARTS_ON_POSTGRESQL.format(name="search_name")
    op.execute(
        f"""INSERT INTO name_words (patient_id, word)
        SELECT DISTINCT patients.id, word FROM patients, {of_each} WHERE word <> ''"""  # noqa: S608
    )


PLAIN_ON_SQLITE = (
    "replace(replace(replace(replace(replace({name}, '-', ' '), '.', ' '), ',', ' '), '''', ''),"
    " '’', '')"
)
PARTS_ON_SQLITE = f"""json_each('[' || replace(json_quote({PLAIN_ON_SQLITE}), ' ', '","') || ']')"""


def split_names_on_sqlite() -> None:
    of_new = PARTS_ON_SQLITE.format(name="NEW.search_name")
    insert = f"""INSERT INTO name_words (patient_id, word)
        SELECT DISTINCT NEW.id, value FROM {of_new} WHERE value <> ''"""  # noqa: S608
    op.execute(
        f"""CREATE TRIGGER name_words_insert AFTER INSERT ON patients BEGIN
        {insert};
    END"""
    )
    op.execute(
        f"""CREATE TRIGGER name_words_update AFTER UPDATE OF search_name ON patients BEGIN
        DELETE FROM name_words WHERE patient_id = NEW.id;
        {insert};
    END"""  # noqa: S608
    )
    of_each = PARTS_ON_SQLITE.format(name="search_name")
    op.execute(
        f"""INSERT INTO name_words (patient_id, word)
        SELECT DISTINCT patients.id, value FROM patients, {of_each} WHERE value <> ''"""  # noqa: S608
    )
