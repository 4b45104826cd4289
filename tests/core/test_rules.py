"""The clinic's rules: default < the organization's < the location's."""

from typing import Any

import pytest
from sqlalchemy import Connection, insert

from core.models import settings
from core.rules import RuleBook, Rules, defaults, descriptions, load_rules, words_of
from tests.builders import NOW, Clinic, a_location


def a_setting(connection: Connection, key: str, value: str, **changes: Any) -> None:
    values = {
        "key": key,
        "value": value,
        "location_id": None,
        "description": "",
        "source": "file",
        "updated_by": "a test",
        "is_active": True,
        "created_at": NOW,
        "updated_at": NOW,
    }
    connection.execute(insert(settings), values | changes)


@pytest.mark.usefixtures("clinic")
def test_without_a_word_the_defaults_are_in_force(connection: Connection) -> None:
    assert load_rules(connection) == RuleBook()


def test_the_organizations_word_beats_the_default(clinic: Clinic, connection: Connection) -> None:
    a_setting(connection, "horizon_days", "90")
    assert load_rules(connection).general.horizon_days == 90
    assert load_rules(connection).at(clinic.location_id).horizon_days == 90
    assert load_rules(connection).general.hold_minutes == Rules().hold_minutes


def test_a_locations_word_beats_the_organizations_and_only_there(
    clinic: Clinic, connection: Connection
) -> None:
    elsewhere = a_location(connection, "Phoenix")
    # In whatever order they were written down.
    a_setting(connection, "horizon_days", "30", location_id=clinic.location_id)
    a_setting(connection, "horizon_days", "90")
    found = [
        load_rules(connection).at(place).horizon_days
        for place in (None, clinic.location_id, elsewhere)
    ]
    assert found == [90, 30, 90]


@pytest.mark.usefixtures("clinic")
def test_what_was_taken_back_or_is_no_rule_says_nothing(connection: Connection) -> None:
    a_setting(connection, "horizon_days", "90", is_active=False)
    a_setting(connection, "welcome_text", '"Hello"')
    assert load_rules(connection) == RuleBook()


def test_every_rule_is_described_and_has_its_unit_or_what_it_counts_in_its_name() -> None:
    assert descriptions().keys() == defaults().keys()
    assert all(text.endswith(".") for text in descriptions().values())
    units = (
        "_minutes",
        "_days",
        "_hours",
        "_proved",
        "_claimed",
        "_day",
        "_minute",
        "_hour",
        "_row",
        "_visits",
        "_misses",
        "_entries",
        "_years",
        "_months",
        "_week",
        "_size",
        "_cost",
        "_second",
    )
    numbers = [name for name in defaults() if not words_of(name)]
    assert [name for name in numbers if not name.endswith(units)] == []
