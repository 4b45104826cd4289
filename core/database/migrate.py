"""The schema of a database: which one it has, and how it gets the newest. Forward only."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.database.connect import LOCK_TIMEOUT_SECONDS, Database
from core.database.guards import missing_guards

FOLDER = Path(__file__).parents[1] / "migrations"
_ADVISORY_LOCK = 0x46726F6E74  # "Front"; any number that nobody else in this database uses.


def upgrade(database: Database) -> None:
    """Bring the database to the newest schema, in one transaction; does nothing when it is there.

    Two processes may call this at once: the second waits, and finds the work done. Needs no keys.
    """
    with database.transaction() as connection:
        if not database.is_sqlite:  # There, the transaction has locked out all other writers.
            _wait_for_other_upgrades(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if lost := missing_guards(connection):
            raise RuntimeError(f"a migration lost guards against double booking: {lost}")


def current_revision(connection: Connection) -> str | None:
    """Return the revision that the database has, None when it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Tell whether the database has exactly the schema that this code was written for."""
    return current_revision(connection) == newest_revision()


@cache
def newest_revision() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError(f"no migrations in {FOLDER}")
    return head


def _config() -> Config:
    config = Config()
    # ConfigParser reads "%" as a reference.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def _wait_for_other_upgrades(connection: Connection) -> None:
    """Held until the transaction ends, so that a pooler may stand between."""
    connection.execute(text("SET LOCAL lock_timeout = 0"))  # However long the other one takes.
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
