"""Patients' records that not everybody opens, and those that turned out to be one person's."""

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from core.database.types import EncryptedText, Instant
from core.models.base import BigId, identity, instants, metadata, reference, times

# Who may see a restricted record as any other. Somebody who is named makes it one.
named_staff = Table(
    "named_staff",
    metadata,
    identity(),
    reference("patient_id", "patients", delete="CASCADE"),
    reference("staff_id", "staff", delete="CASCADE"),
    Column("added_by", Text, nullable=False),  # In words, as `patients.standing_by`
    Column("added_at", Instant, nullable=False),
    UniqueConstraint("patient_id", "staff_id"),
    Index("ix_named_staff_staff_id", "staff_id"),
    instants("added_at"),
)

# A restricted record that somebody who is not named opened for a while, and why.
opened_records = Table(
    "opened_records",
    metadata,
    identity(),
    reference("patient_id", "patients", delete="CASCADE"),
    reference("staff_id", "staff", delete="CASCADE"),
    Column("why", EncryptedText("opened_records.why"), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    reference("task_id", "tasks"),  # The review, with its outcome
    Column("review_note", EncryptedText("opened_records.review_note")),
    reference("reviewed_by_id", "staff", nullable=True),
    *times(),
    Index("ix_opened_records_staff_id_until", "staff_id", "until"),
    Index("ix_opened_records_task_id", "task_id"),
    Index("ix_opened_records_patient_id", "patient_id"),
    instants("opened_at", "until", "created_at", "updated_at"),
)

# Two records that were one person's: which went into which, and what was filled in there.
merges = Table(
    "merges",
    metadata,
    identity(),
    reference("kept_id", "patients", delete="CASCADE"),
    reference("gone_id", "patients", delete="CASCADE"),
    reference("staff_id", "staff", nullable=True),
    Column("merged_at", Instant, nullable=False),
    Column("undone_at", Instant),
    Column("filled", EncryptedText("merges.filled")),  # JSON: column -> before and after
    *times(),
    Index("ix_merges_kept_id", "kept_id"),
    Index("ix_merges_gone_id", "gone_id"),
    instants("merged_at", "undone_at", "created_at", "updated_at"),
)

# Each row that a merge changed, and how it was, so that just these go back.
merged_rows = Table(
    "merged_rows",
    metadata,
    identity(),
    reference("merge_id", "merges", delete="CASCADE"),
    Column("table_name", Text, nullable=False),
    Column("row_id", BigId, nullable=False),
    Column("was", Text, nullable=False),  # JSON: column -> its value
    UniqueConstraint("merge_id", "table_name", "row_id"),
)
