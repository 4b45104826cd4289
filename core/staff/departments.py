"""A clinic's departments, and who works there."""

from sqlalchemy import Connection, select

from core.models import departments, practitioner_departments, practitioners
from core.people.names import words

_PEOPLE = (
    select(departments.c.name, practitioner_departments.c.practitioner_id)
    .select_from(practitioner_departments.join(departments).join(practitioners))
    .where(departments.c.is_active, practitioners.c.is_active)
)


def department_in(connection: Connection, text: str) -> frozenset[int]:
    """Return who works in the department that a text names, nobody where it names none."""
    said = f" {' '.join(words(text))} "
    return frozenset(
        row.practitioner_id
        for row in connection.execute(_PEOPLE)
        if f" {' '.join(words(row.name))} " in said
    )
