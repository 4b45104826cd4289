"""What the tests of this room begin with."""

import pytest

from core.database.connect import Database
from tests.bot.broadcasts.house import House
from tests.builders import Clinic


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    return House(database, clinic)
