"""The PIN of somebody of staff."""

import pytest
from sqlalchemy import Connection, select

from core.errors import WeakPin
from core.models import staff
from core.staff.pins import Tried, choose_pin, try_pin
from tests.builders import NOW, a_colleague

PIN = "482913"


@pytest.fixture
def rosa(connection: Connection) -> int:
    return a_colleague(connection, "rosa", None, address_id=None)


def test_the_right_one_opens_and_another_does_not(connection: Connection, rosa: int) -> None:
    choose_pin(connection, rosa, PIN, NOW)
    assert try_pin(connection, rosa, "482914", NOW) is Tried.WRONG
    assert try_pin(connection, rosa, PIN, NOW) is Tried.RIGHT


def test_it_is_nowhere_in_the_database_and_two_alike_look_different(
    connection: Connection, rosa: int
) -> None:
    tom = a_colleague(connection, "tom", None, address_id=None)
    for who in (rosa, tom):
        choose_pin(connection, who, PIN, NOW)
    first, second = connection.scalars(select(staff.c.pin_hash).where(staff.c.id.in_((rosa, tom))))
    assert PIN.encode() not in first
    assert first != second


@pytest.mark.parametrize(("wrong", "opens"), [(4, Tried.RIGHT), (5, Tried.LOCKED)])
def test_five_wrong_ones_in_a_row_close_it(
    connection: Connection, rosa: int, wrong: int, opens: Tried
) -> None:
    choose_pin(connection, rosa, PIN, NOW)
    for _ in range(wrong):
        try_pin(connection, rosa, "000001", NOW)
    assert try_pin(connection, rosa, PIN, NOW) is opens


def test_a_right_one_forgives_those_before(connection: Connection, rosa: int) -> None:
    choose_pin(connection, rosa, PIN, NOW)
    for _ in range(3):
        for _ in range(4):
            assert try_pin(connection, rosa, "000001", NOW) is Tried.WRONG
        assert try_pin(connection, rosa, PIN, NOW) is Tried.RIGHT


def test_without_one_nothing_opens(connection: Connection, rosa: int) -> None:
    assert try_pin(connection, rosa, "", NOW) is Tried.LOCKED
    assert try_pin(connection, rosa, PIN, NOW) is Tried.LOCKED


@pytest.mark.parametrize(
    "weak", ["123456", "654321", "111111", "246802", "111112", "121212", "12345", "1234567", "abc"]
)
def test_what_others_would_try_first_is_refused(
    connection: Connection, rosa: int, weak: str
) -> None:
    with pytest.raises(WeakPin, match="six digits"):
        choose_pin(connection, rosa, weak, NOW)
    assert try_pin(connection, rosa, weak, NOW) is Tried.LOCKED
