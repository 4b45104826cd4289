"""A migrated database with a small clinic, a desk from a script, and the page over it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.crash import Keeper
from core.config import Settings
from core.database.connect import Database
from core.keys import Keyring
from core.models import metadata
from tests.webhooks.chat.browser import OpenPage, open_browser, serve
from tests.webhooks.chat.clinic import MONDAY_NOON, make_clinic
from tests.webhooks.chat.scripted_desk import ScriptedDesk
from webhooks.chat import make_blueprint

KEYS = Keyring.demo()
# No test is about how fast a page is, and the machine may be busy.
expect.set_options(timeout=20_000)


def standing_clock() -> datetime:
    return MONDAY_NOON


@pytest.fixture(scope="session")
def model_clinics(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """A demo and a real clinic, made once; each test gets a copy."""
    files = {}
    for is_demo in (True, False):
        files[is_demo] = tmp_path_factory.mktemp("clinics") / "clinic.db"
        database = Database(f"sqlite:///{files[is_demo]}", KEYS)
        with database.transaction() as connection:
            metadata.create_all(connection)
        make_clinic(database, is_demo=is_demo)
        database.dispose()
    return files


@contextmanager
def copy_of(model: Path, folder: Path) -> Iterator[Database]:
    file = folder / f"{model.parent.name}.db"
    shutil.copyfile(model, file)
    database = Database(f"sqlite:///{file}", KEYS)
    yield database
    database.dispose()


@pytest.fixture
def demo(model_clinics: dict[bool, Path], tmp_path: Path) -> Iterator[Database]:
    with copy_of(model_clinics[True], tmp_path) as database:
        yield database


@pytest.fixture
def real(model_clinics: dict[bool, Path], tmp_path: Path) -> Iterator[Database]:
    """A database that is not marked as a demo."""
    with copy_of(model_clinics[False], tmp_path) as database:
        yield database


@pytest.fixture
def keeper(demo: Database) -> Iterator[Keeper]:
    """Somebody would start a new worker for the demo; this one obeys nobody."""
    keeper = Keeper(demo)
    keeper.keep(os.getpid())
    yield keeper
    keeper.leave()


@pytest.fixture
def desk(demo: Database) -> ScriptedDesk:
    return ScriptedDesk(demo, standing_clock)


@pytest.fixture
def client(demo: Database, desk: ScriptedDesk) -> FlaskClient:
    """Somebody at the machine of a demo."""
    return client_of(demo, desk)


def app_of(database: Database, desk: ScriptedDesk, **settings: object) -> Flask:
    app = Flask("test")
    chosen = {"web_chat": False, "public_url": None} | settings
    app.register_blueprint(
        make_blueprint(Settings.model_validate(chosen), database, desk, desk.clock)
    )
    return app


def client_of(database: Database, desk: ScriptedDesk, **settings: object) -> FlaskClient:
    return app_of(database, desk, **settings).test_client()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def address(demo: Database, desk: ScriptedDesk) -> Iterator[str]:
    """Where the demo's chat is served."""
    with serve(app_of(demo, desk)) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Opens the page of the demo; fails when the page had an error or broke its own policy."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def open_it(url: str = address, **options: Any) -> Page:
        usual: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
        context = browser.new_context(**usual | {"reduced_motion": "reduce"} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.goto(url)
        return page

    yield open_it
    for context in contexts:
        context.close()
    # A refused request is told to the console too; those are tested for their words.
    errors = [words for words in complaints if "Failed to load resource" not in words]
    assert errors == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()
