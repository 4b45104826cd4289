"""A part of a transaction that can be undone alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo everything inside when it ends with an error, and nothing outside.

    Said to the driver directly: `begin_nested` costs as much as a whole statement more, and every
    message takes one or two. One name will do, because an inner savepoint hides an outer one of
    the same name until it is released (PostgreSQL, "SAVEPOINT"; SQLite, "Savepoints").
    """
    connection.exec_driver_sql("SAVEPOINT part")
    kept = False
    try:
        yield
        kept = True
    finally:
        if not kept:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT part")
        connection.exec_driver_sql("RELEASE SAVEPOINT part")
