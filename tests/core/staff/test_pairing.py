"""How a chat becomes somebody's of staff, and stops being theirs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from core.database.savepoint import savepoint
from core.models import staff, staff_invitations, staff_pairings
from core.models.staff import PairingEnd, Role
from core.staff import pairing
from core.staff.members import dismiss, give_roles
from core.staff.pairing import Pairing, accept, invite, left, lock, revoke, seen
from core.staff.rights import Grant
from tests.builders import NOW, a_colleague, an_address

HOURS = timedelta(hours=12)
HERS = "telegram:4711"


@pytest.fixture
def rosa(connection: Connection) -> int:
    return a_colleague(connection, "rosa", None, address_id=None)


@pytest.fixture
def chat(connection: Connection) -> int:
    return an_address(connection, "telegram", address="4711")


def paired(connection: Connection, who: int, chat: int, user: str = HERS) -> Pairing:
    found = accept(connection, invite(connection, who, NOW), address_id=chat, user=user, now=NOW)
    assert found is not None
    return found


def wrong(code: str) -> str:
    """The same invitation, another secret."""
    selector, secret = code.split("-")
    return f"{selector}-{(int(secret) + 1) % 1_000_000:06}"


def test_a_code_makes_the_chat_theirs_and_is_used_up(
    connection: Connection, rosa: int, chat: int
) -> None:
    code = invite(connection, rosa, NOW)
    found = accept(connection, f"here: {code.lower()}", address_id=chat, user=HERS, now=NOW)
    assert found is not None
    assert found.member.username == "rosa"
    assert accept(connection, code, address_id=chat, user=HERS, now=NOW) is None


def test_the_code_is_nowhere_in_the_database(connection: Connection, rosa: int) -> None:
    selector, secret = invite(connection, rosa, NOW).split("-")
    row = connection.execute(select(staff_invitations)).one()
    assert row.selector == selector
    assert secret.encode() not in row.secret_hash
    assert secret not in str(row._mapping)


def test_a_code_is_good_for_fifteen_minutes(connection: Connection, rosa: int, chat: int) -> None:
    code = invite(connection, rosa, NOW)
    late = NOW + timedelta(minutes=15)
    assert accept(connection, code, address_id=chat, user=HERS, now=late) is None
    just = late - timedelta(seconds=1)
    assert accept(connection, code, address_id=chat, user=HERS, now=just) is not None


@pytest.mark.parametrize(("tries", "opens"), [(4, True), (5, False)])
def test_five_wrong_tries_end_it(
    connection: Connection, rosa: int, chat: int, tries: int, opens: bool
) -> None:
    code = invite(connection, rosa, NOW)
    for _ in range(tries):
        assert accept(connection, wrong(code), address_id=chat, user=HERS, now=NOW) is None
    assert bool(accept(connection, code, address_id=chat, user=HERS, now=NOW)) is opens


def test_a_newer_code_replaces_the_older(connection: Connection, rosa: int, chat: int) -> None:
    older, newer = invite(connection, rosa, NOW), invite(connection, rosa, NOW)
    assert accept(connection, older, address_id=chat, user=HERS, now=NOW) is None
    assert accept(connection, newer, address_id=chat, user=HERS, now=NOW) is not None


def test_chat_and_user_are_both_checked(connection: Connection, rosa: int, chat: int) -> None:
    found = paired(connection, rosa, chat)
    assert seen(connection, found.id, "telegram:4712", HOURS, NOW) is None
    assert isinstance(seen(connection, found.id, HERS, HOURS, NOW), Pairing)


def test_it_ends_after_hours_of_silence_and_each_word_counts_anew(
    connection: Connection, rosa: int, chat: int
) -> None:
    found = paired(connection, rosa, chat)
    at = NOW + HOURS
    assert isinstance(seen(connection, found.id, HERS, HOURS, at), Pairing)
    at += HOURS
    assert isinstance(seen(connection, found.id, HERS, HOURS, at), Pairing)
    at += HOURS + timedelta(seconds=1)
    assert seen(connection, found.id, HERS, HOURS, at) is PairingEnd.IDLE
    assert seen(connection, found.id, HERS, HOURS, at) is None


def ended_by_lock(connection: Connection, found: Pairing) -> None:
    lock(connection, found, NOW)


def ended_by_revoking(connection: Connection, found: Pairing) -> None:
    assert revoke(connection, found.member.id, NOW)


@pytest.mark.parametrize(("end", "comes_back"), [(ended_by_lock, True), (ended_by_revoking, False)])
def test_who_locked_it_may_come_back_and_who_was_revoked_may_not(
    connection: Connection,
    rosa: int,
    chat: int,
    end: Callable[[Connection, Pairing], None],
    comes_back: bool,
) -> None:
    found = paired(connection, rosa, chat)
    end(connection, found)
    assert seen(connection, found.id, HERS, HOURS, NOW) is None
    back = left(connection, address_id=chat, user=HERS, since=NOW)
    assert (back is not None) is comes_back
    assert left(connection, address_id=chat, user="telegram:4712", since=NOW) is None


def test_revoking_ends_an_open_code_too(connection: Connection, rosa: int, chat: int) -> None:
    code = invite(connection, rosa, NOW)
    assert revoke(connection, rosa, NOW)
    assert not revoke(connection, rosa, NOW)
    assert accept(connection, code, address_id=chat, user=HERS, now=NOW) is None


def test_who_has_left_the_clinic_is_out_at_once(
    connection: Connection, rosa: int, chat: int
) -> None:
    found, code = paired(connection, rosa, chat), invite(connection, rosa, NOW)
    dismiss(connection, rosa, NOW)
    assert seen(connection, found.id, HERS, HOURS, NOW) is PairingEnd.REVOKED
    assert accept(connection, code, address_id=chat, user=HERS, now=NOW) is None
    assert left(connection, address_id=chat, user=HERS, since=NOW) is None


def test_a_new_chat_ends_the_old_one(connection: Connection, rosa: int, chat: int) -> None:
    old = paired(connection, rosa, chat)
    other = an_address(connection, "telegram", address="4800")
    paired(connection, rosa, other, "telegram:4800")
    assert seen(connection, old.id, HERS, HOURS, NOW) is None


def test_a_chat_that_another_takes_over_is_theirs(
    connection: Connection, rosa: int, chat: int
) -> None:
    paired(connection, rosa, chat)
    tom = a_colleague(connection, "tom", None, address_id=None)
    assert paired(connection, tom, chat).member.username == "tom"


@pytest.mark.parametrize("same", ["address_id", "staff_id"])
def test_the_database_refuses_a_second_one(
    connection: Connection, rosa: int, chat: int, same: str
) -> None:
    paired(connection, rosa, chat)
    tom = a_colleague(connection, "tom", None, address_id=None)
    other = an_address(connection, "telegram", address="4800")
    row = dict(connection.execute(select(staff_pairings)).one()._mapping)
    row |= {"staff_id": tom, "address_id": other, "public_id": "another"} | {same: row[same]}
    del row["id"]
    with pytest.raises(IntegrityError), savepoint(connection):
        connection.execute(staff_pairings.insert(), row)


def test_a_members_roles_come_with_the_chat(connection: Connection, rosa: int, chat: int) -> None:
    grants = (Grant(Role.ADMIN), Grant(Role.RECEPTIONIST))
    assert give_roles(connection, rosa, grants, NOW)
    assert not give_roles(connection, rosa, grants[::-1], NOW)
    assert paired(connection, rosa, chat).member.grants == grants


def test_a_new_code_forgives_wrong_pins(connection: Connection, rosa: int, chat: int) -> None:
    connection.execute(update(staff).where(staff.c.id == rosa).values(wrong_pins=5))
    paired(connection, rosa, chat)
    wrong_pins = select(staff.c.wrong_pins).where(staff.c.id == rosa)
    assert connection.scalar(wrong_pins) == 0


def test_control_a_code_without_a_check_of_its_time_would_be_good_for_ever(
    connection: Connection, rosa: int, chat: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "VALID", timedelta(days=1))
    code = invite(connection, rosa, NOW)
    late = NOW + timedelta(minutes=15)
    assert accept(connection, code, address_id=chat, user=HERS, now=late) is not None
