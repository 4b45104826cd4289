"""A migrated database with a small clinic, a desk from a script, and the page over it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.config import Settings
from core.database.connect import Database
from core.keys import Keyring
from core.models import metadata
from tests.webhooks.chat.clinic import MONDAY_NOON, ScriptedDesk, make_clinic
from webhooks.chat import make_blueprint

KEYS = Keyring.demo()


def standing_clock() -> datetime:
    return MONDAY_NOON


@pytest.fixture
def make_database(tmp_path: Path) -> Iterator[Callable[[bool], Database]]:
    opened: list[Database] = []

    def make(is_demo: bool) -> Database:
        database = Database(f"sqlite:///{tmp_path / f'{len(opened)}.db'}", KEYS)
        opened.append(database)
        with database.transaction() as connection:
            metadata.create_all(connection)
        make_clinic(database, is_demo=is_demo)
        return database

    yield make
    for database in opened:
        database.dispose()


@pytest.fixture
def demo(make_database: Callable[[bool], Database]) -> Database:
    return make_database(True)


@pytest.fixture
def real(make_database: Callable[[bool], Database]) -> Database:
    """A database that is not marked as a demo."""
    return make_database(False)


@pytest.fixture
def desk(demo: Database) -> ScriptedDesk:
    return ScriptedDesk(demo, standing_clock)


@pytest.fixture
def client(demo: Database, desk: ScriptedDesk) -> FlaskClient:
    """Somebody at the machine of a demo."""
    return client_of(demo, desk)


def app_of(database: Database, desk: ScriptedDesk, **settings: object) -> Flask:
    app = Flask("test")
    app.register_blueprint(
        make_blueprint(Settings(**settings), database, desk, desk.clock)  # type: ignore[arg-type]
    )
    return app


def client_of(database: Database, desk: ScriptedDesk, **settings: object) -> FlaskClient:
    return app_of(database, desk, **settings).test_client()
