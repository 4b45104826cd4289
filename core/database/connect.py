"""How a database is opened: one object per process that gives out transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from core.database.types import give_keyring
from core.database.writer_lock import WriterLock
from core.keys import Keyring

# A waiting writer gives up after this long; far beyond any honest queue.
LOCK_TIMEOUT_SECONDS = 15
# "FULL" syncs the log at each commit: an answered booking survives a power cut
# (SQLite, pragma.html).
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    # Every message writes to the same few pages: copying them back less often (each 16 MB of log,
    # not 4) copies them less often altogether, and a page in our cache need not be read again.
    "wal_autocheckpoint=4000",
    "cache_size=-16000",
)


def normalise_url(text: str) -> URL:
    """Return the SQLAlchemy URL for `DATABASE_URL`.

    `postgres://` (what hosting platforms give) and `postgresql://` mean psycopg 3. Raises
    sqlalchemy.exc.ArgumentError when it is no URL, ValueError when the database is not supported.
    """
    url = make_url(text)
    backend = url.get_backend_name()
    if backend in ("postgres", "postgresql"):
        _prepare_threshold(url)
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ValueError(f"expected a sqlite or postgresql URL, got {backend}")
    if not url.database or url.database == ":memory:":
        raise ValueError("expected a SQLite file (sqlite:///PATH): processes share it")
    return url


class Database:
    """One database, as one process sees it. Safe to share among threads; opened lazily."""

    def __init__(self, url: str | URL, keyring: Keyring | None) -> None:
        self.url = normalise_url(url) if isinstance(url, str) else url
        self.keyring = keyring
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        give_keyring(self.engine.dialect, keyring)
        self._writing = self.engine.execution_options(writes=True)
        self._writer_lock = (
            WriterLock(Path(str(self.url.database)), LOCK_TIMEOUT_SECONDS)
            if self.is_sqlite
            else None
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end of the block, undone by an exception."""
        lock: AbstractContextManager[None] = (
            self._writer_lock() if self._writer_lock else nullcontext()
        )
        with lock, self._writing.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for looking only; one consistent view on SQLite, never waits for writers."""
        with self.engine.connect() as connection:
            yield connection

    def dispose(self) -> None:
        self.engine.dispose()
        if self._writer_lock:
            self._writer_lock.close()


def _sqlite_engine(url: URL) -> Engine:
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": LOCK_TIMEOUT_SECONDS}, hide_parameters=True, pool_size=32
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # We say BEGIN ourselves, below.
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that writes takes the write lock at its start: one that upgrades later
        # can fail with SQLITE_BUSY in the middle.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: URL) -> Engine:
    url, prepare_after = _prepare_threshold(url)
    engine = create_engine(
        url,
        hide_parameters=True,  # Errors must not carry what patients wrote.
        # No ping before each use: a connection that has gone shows at its first statement, and
        # the message is tried again on a new one (`worth_repeating`).
        # Opened when they are needed, and kept: opening one costs the server a process.
        pool_size=32,
        max_overflow=0,
        connect_args={"prepare_threshold": prepare_after},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
        connection.autocommit = False

    return engine


def _prepare_threshold(url: URL) -> tuple[URL, int | None]:
    """Take `?prepare_threshold=N` from the URL: after N times a statement stays prepared on the
    server, which saves parsing it. Off if not given, because a pooler in transaction mode that
    stands between may know no prepared statements (PgBouncer does from 1.21 on).

    Raises ValueError when it is no number.
    """
    value = url.query.get("prepare_threshold")
    if value is None:
        return url, None
    if not isinstance(value, str) or not value.isdigit():
        raise ValueError("expected a number for prepare_threshold, such as 5")
    return url.difference_update_query(["prepare_threshold"]), int(value)
