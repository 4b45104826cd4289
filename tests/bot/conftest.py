"""Patients at the desk of a small clinic, and of the demo."""

import pytest

from bot.messages import Channel
from core.database.connect import Database
from tests.bot.talking import (
    Patient,
)
from tests.builders import Clinic


@pytest.fixture
def patient(database: Database, clinic: Clinic) -> Patient:  # noqa: ARG001 - must be there
    """Nobody has ever heard of them."""
    return Patient(database)


@pytest.fixture
def visitor(demo: Database) -> Patient:
    """The same on the demo clinic, on SQLite only: for what no database decides."""
    return Patient(demo)


@pytest.fixture
def texter(demo: Database) -> Patient:
    return Patient(demo, Channel.SMS, "+14155550123")
