"""What in the whole schema refers to a patient: read off the tables themselves, so that none that
comes later is forgotten."""

from sqlalchemy import Table

from core.models import metadata, patients

# What stays with a record that goes into another one: what happened to that record itself, and to
# whom it was open. All else moves over.
STAYS = frozenset(
    {
        "name_words.patient_id",  # The database itself writes them.
        "patient_events.patient_id",
        "named_staff.patient_id",
        "opened_records.patient_id",
        "merges.kept_id",
        "merges.gone_id",
        "patients.merged_into_id",
    }
)


def all_references() -> list[tuple[Table, str]]:
    """Return every table and its column that names a patient."""
    return [
        (table, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        for key in column.foreign_keys
        if key.column is patients.c.id
    ]


def moving() -> list[tuple[Table, str]]:
    """Return those that move over with a patient."""
    return [each for each in all_references() if f"{each[0].name}.{each[1]}" not in STAYS]
