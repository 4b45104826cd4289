"""A copy of a database to try things on: another file, which nobody else knows and which goes away.

A guard can be taken out of such a copy, and out of nothing else.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core.database.connect import Database
from core.database.guards import GUARD_NAMES

PREFIX = "frontdesk-scratch-"


@contextmanager
def scratch_copy(database: Database, *, without: Collection[str] = ()) -> Iterator[Database]:
    """A copy of an SQLite database as it is at this moment, in the temporary folder; deleted at the
    end of the block, however it ends. `without` names guards that the copy shall lack.

    Others may write to the original meanwhile; they neither wait nor are seen. Raises ValueError on
    another kind of database.
    """
    if not database.is_sqlite:
        raise ValueError("only an SQLite database can be copied to a file")
    with TemporaryDirectory(prefix=PREFIX) as folder:
        file = Path(folder) / "scratch.db"
        _copy(database, file, without)
        copy = Database(f"sqlite:///{file}", database.keyring)
        try:
            yield copy
        finally:
            copy.dispose()


def _copy(database: Database, file: Path, without: Collection[str]) -> None:
    with database.reading() as connection, closing(sqlite3.connect(file)) as target:
        original = connection.connection.driver_connection
        assert isinstance(original, sqlite3.Connection)  # noqa: S101
        original.backup(target)
        for trigger in GUARD_NAMES["sqlite"]:
            if trigger.rpartition("_")[0] in without:
                target.execute(f"DROP TRIGGER {trigger}")
