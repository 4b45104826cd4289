"""Who of staff is told of alarms, and whose turn it is next."""

import pytest
from sqlalchemy import Connection, update

from core.errors import UnknownStaff
from core.models import addresses, staff
from core.staff.colleagues import alarm_list, next_of, staff_at, staff_named
from tests.builders import a_colleague, an_address


def names(connection: Connection) -> list[str]:
    return [each.username for each in alarm_list(connection)]


def test_those_on_the_list_are_told_in_its_order(connection: Connection) -> None:
    a_colleague(connection, "ben", 2)
    a_colleague(connection, "anna", 1)
    a_colleague(connection, "carla", None)
    assert names(connection) == ["anna", "ben"]


@pytest.mark.parametrize("why", [{"state": "bad"}, {"opted_in": False}])
def test_who_cannot_be_told_is_passed_over(connection: Connection, why: dict[str, object]) -> None:
    a_colleague(connection, "anna", 1)
    anna = alarm_list(connection)[0]
    a_colleague(connection, "ben", 2)
    a_colleague(connection, "dora", 3, address_id=None)
    connection.execute(update(addresses).where(addresses.c.id == anna.address_id).values(**why))
    assert names(connection) == ["ben"]


def test_who_has_left_is_on_no_list(connection: Connection) -> None:
    a_colleague(connection, "anna")
    connection.execute(update(staff).values(is_active=False))
    assert names(connection) == []
    with pytest.raises(UnknownStaff, match="nobody yet"):
        staff_named(connection, "anna")


def test_it_goes_round_and_round(connection: Connection) -> None:
    ids = [a_colleague(connection, name, place) for place, name in enumerate(["anna", "ben"], 1)]
    listed = alarm_list(connection)
    turns = [next_of(listed, after) for after in (None, ids[0], ids[1], 999)]
    assert [each and each.username for each in turns] == ["anna", "ben", "anna", "anna"]
    assert next_of([], ids[0]) is None


def test_a_name_that_nobody_has_is_answered_with_those_there_are(connection: Connection) -> None:
    a_colleague(connection, "anna")
    assert staff_named(connection, "anna").name == "Anna Weber"
    with pytest.raises(UnknownStaff, match=r"expected one of .*\(anna\), got bob"):
        staff_named(connection, "bob")


def test_an_address_is_known_as_staffs(connection: Connection) -> None:
    mine, other = an_address(connection), an_address(connection)
    a_colleague(connection, "anna", address_id=mine)
    found = staff_at(connection, mine)
    assert found is not None
    assert found.username == "anna"
    assert staff_at(connection, other) is None
