"""Inserting a row that may be there already: the databases spell it alike but separately."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> int | None:
    """Insert the row and return its id; None, and no change, when a unique key has it already.

    Two at once: the second waits for the first and then finds it there.
    """
    statement = _statement(connection.dialect.name, table)
    inserted: int | None = connection.execute(statement, values).scalar_one_or_none()
    return inserted


@cache
def _statement(dialect: str, table: Table) -> Executable:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement: Executable = insert(table).on_conflict_do_nothing().returning(table.c.id)
    return statement


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those rows whose key is not there yet."""
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(table).on_conflict_do_nothing(), [dict(row) for row in rows])
