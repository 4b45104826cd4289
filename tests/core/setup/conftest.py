from datetime import datetime

import pytest

from core.database.connect import Database
from core.setup import set_up
from tests.core.setup.small_clinic import SMALL


@pytest.fixture
def hillside(database: Database, now: datetime) -> Database:
    """The small clinic, set up."""
    set_up(database, SMALL, "clinic.toml", now)
    return database
