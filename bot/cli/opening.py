"""How a command opens the database that the environment names."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, select

from core.config import open_database, read_settings
from core.database.connect import Database
from core.database.migrate import is_current
from core.errors import NoClinic, NotMigrated
from core.models import organizations


@contextmanager
def opened(
    *, needs_keys: bool = True, needs_clinic: bool = True, demo: bool = False
) -> Iterator[Database]:
    """Give the migrated database of `DATABASE_URL`; `demo`: it is to become one.

    Raises ConfigurationError, NotMigrated, NoClinic.
    """
    settings = read_settings()
    bare = open_database(settings, needs_keys=False)
    try:
        with bare.reading() as connection:
            if not is_current(connection):
                raise NotMigrated("the database is not migrated: run `frontdesk migrate` first")
            if needs_clinic and demo_mark(connection) is None:
                raise NoClinic("the database holds no clinic: run `frontdesk setup` first")
    finally:
        bare.dispose()
    database = open_database(settings, needs_keys=needs_keys, demo=demo)
    try:
        yield database
    finally:
        database.dispose()


def looking(database: Database, at_patients: bool) -> AbstractContextManager[Connection]:
    """Give a connection to look with; one that writes where patients are named, for such a look is
    recorded."""
    return database.transaction() if at_patients else database.reading()


def demo_mark(connection: Connection) -> bool | None:
    """Return whether the clinic is a demo; None when there is no clinic yet."""
    mark: bool | None = connection.scalar(select(organizations.c.is_demo))
    return mark
