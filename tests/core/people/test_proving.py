"""Proving who somebody is: by a code, or by Telegram's own contact."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select, update

from core.database.types import keyring_of
from core.errors import TooManyCodes
from core.models import patient_addresses, verifications
from core.models.people import Relation, Trust
from core.people.links import people_at
from core.people.proofs import prove_by_contact
from core.people.proving import Errand, Tried, ask_code, try_code
from tests.builders import NOW, Clinic, a_conversation, a_link, a_patient, an_address
from tests.core.people.saying import MARIA, a_claim, at, events_of, link_of, registered, tasks_open

SELF = Relation.SELF


def a_stranger(connection: Connection, *claim: Any) -> tuple[int, int]:
    """An address, and its conversation, that says it is Maria Lopez."""
    address = an_address(connection)
    registered(connection, address, *(claim or MARIA))
    return address, a_conversation(connection, address)


def asked(connection: Connection, patient_id: int | None, address: int, **rules: int) -> Any:
    return ask_code(connection, patient_id, SELF, at(address, NOW, **rules))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def row_of(connection: Connection) -> Row[Any]:
    return connection.execute(select(verifications)).one()


def test_a_code_goes_to_where_the_patient_is_proved_and_proves_who_sends_it_back(
    clinic: Clinic, connection: Connection
) -> None:
    address, talk = a_stranger(connection)
    errand = asked(connection, clinic.patient_id, address)
    assert isinstance(errand, Errand)
    assert errand.id == clinic.conversation_id  # Never where it was asked for.
    assert len(errand.code) == 6
    assert errand.code.isdigit()
    tried = try_code(connection, errand.code, None, at(address), talk)
    assert tried == (Tried.PROVED, clinic.patient_id)
    [link] = people_at(connection, address, NOW)
    assert link.sees_all
    assert link.is_self
    assert events_of(connection, clinic.patient_id) == ["linked", "code_asked", "proved"]


def test_the_code_itself_is_stored_nowhere(clinic: Clinic, connection: Connection) -> None:
    address, _ = a_stranger(connection)
    errand = asked(connection, clinic.patient_id, address)
    stored = row_of(connection).code_hash
    assert errand.code.encode() not in stored
    keys = keyring_of(connection.dialect)
    assert stored == keys.hash_code((str(address), errand.code))
    assert stored != keys.hash_address((str(address), errand.code))


def test_somebody_without_a_link_is_linked_by_the_proof_alone(
    clinic: Clinic, connection: Connection
) -> None:
    address = an_address(connection)
    errand = asked(connection, clinic.patient_id, address)
    assert people_at(connection, address, NOW) == []
    where, talk = at(address), a_conversation(connection, address)
    try_code(connection, errand.code, a_claim(*MARIA), where, talk)
    assert [link.sees_all for link in people_at(connection, address, NOW)] == [True]


@pytest.mark.parametrize("known", [True, False])
def test_three_wrong_tries_end_it_whether_or_not_there_is_a_record(
    clinic: Clinic, connection: Connection, known: bool
) -> None:
    claim = MARIA if known else ("Ann", "Abel")
    address, talk = a_stranger(connection, *claim)
    patient = clinic.patient_id if known else None
    errand = asked(connection, patient, address)
    bad = wrong(errand.code) if errand else "123456"
    tries = [try_code(connection, bad, None, at(address), talk)[0] for _ in range(4)]
    assert tries == [Tried.WRONG, Tried.WRONG, Tried.FAILED, Tried.OVER]
    assert tasks_open(connection) == [("verify", patient)]
    if errand:  # The right one comes too late.
        assert try_code(connection, errand.code, None, at(address), talk)[0] is Tried.OVER
    with pytest.raises(TooManyCodes):
        asked(connection, patient, address)
    asked(connection, patient, an_address(connection))  # The control: somebody else may.


def test_a_code_holds_for_its_minutes(clinic: Clinic, connection: Connection) -> None:
    for minutes, expected in ((9, Tried.PROVED), (10, Tried.OVER)):
        address, talk = a_stranger(connection)
        errand = asked(connection, clinic.patient_id, address)
        later = at(address, NOW + timedelta(minutes=minutes))
        assert try_code(connection, errand.code, None, later, talk)[0] is expected


def test_a_newer_code_replaces_the_older(clinic: Clinic, connection: Connection) -> None:
    address, talk = a_stranger(connection)
    first = asked(connection, clinic.patient_id, address)
    second = asked(connection, clinic.patient_id, address)
    if first.code != second.code:
        assert try_code(connection, first.code, None, at(address), talk)[0] is Tried.WRONG
    assert try_code(connection, second.code, None, at(address), talk)[0] is Tried.PROVED
    outcomes = connection.scalars(select(verifications.c.outcome).order_by(verifications.c.id))
    assert list(outcomes) == ["replaced", "proved"]


def test_a_code_is_worth_nothing_at_another_address(clinic: Clinic, connection: Connection) -> None:
    address, _ = a_stranger(connection)
    other, talk = a_stranger(connection)
    asked(connection, clinic.patient_id, other)
    errand = asked(connection, clinic.patient_id, address)
    assert try_code(connection, errand.code, None, at(other), talk)[0] is Tried.WRONG


def test_an_address_asks_only_so_often_a_day(clinic: Clinic, connection: Connection) -> None:
    address, _ = a_stranger(connection)
    for patient in (clinic.patient_id, None):
        asked(connection, patient, address, codes_per_address_a_day=2)
    with pytest.raises(TooManyCodes):
        asked(connection, None, address, codes_per_address_a_day=2)
    later = at(address, NOW + timedelta(days=1), codes_per_address_a_day=2)
    ask_code(connection, None, SELF, later)


def test_nobody_is_flooded_with_codes_and_who_asks_is_told_nothing_of_it(
    clinic: Clinic, connection: Connection
) -> None:
    sent = []
    for _ in range(3):
        address, _talk = a_stranger(connection)
        rules = {"codes_per_patient_a_day": 2}
        sent.append(asked(connection, clinic.patient_id, address, **rules) is not None)
    assert sent == [True, True, False]


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ({"trust": Trust.CLAIMED}, {}),
        ({"trust": Trust.GIVEN}, {}),
        ({"suspended_at": NOW}, {}),
        ({"is_barred": True}, {}),
        ({"until": NOW}, {}),
        ({"relation": "child"}, {}),  # A mother's phone does not prove who her daughter is.
        ({}, {"state": "bad"}),
        ({}, {"opted_in": False}),
        ({}, {"channel": "whatsapp"}),  # Not written from for a day: only templates may go.
        ({}, {"channel": "email"}),
    ],
)
def test_a_code_goes_nowhere_else(
    clinic: Clinic, connection: Connection, link: dict[str, Any], place: dict[str, Any]
) -> None:
    connection.execute(update(patient_addresses).values(suspended_at=NOW))
    address = an_address(connection, **place)
    a_conversation(connection, address)
    a_link(connection, clinic.patient_id, address, **link)
    assert asked(connection, clinic.patient_id, an_address(connection)) is None
    assert row_of(connection).code_hash is None


def test_somebody_of_the_same_relation_may_be_sent_it(
    clinic: Clinic, connection: Connection
) -> None:
    """A mother with two phones; and the daughter's own phone would do as well."""
    child = a_patient(connection, "Zoe")
    a_link(connection, child, clinic.address_id, relation="child")
    where = at(an_address(connection))
    assert ask_code(connection, child, Relation.CHILD, where) is not None
    assert ask_code(connection, child, Relation.PARTNER, where) is None
    connection.execute(update(patient_addresses).values(may_see=False))
    assert ask_code(connection, child, Relation.CHILD, where) is None


def test_who_ends_being_linked_meanwhile_proves_nothing(
    clinic: Clinic, connection: Connection
) -> None:
    address, talk = a_stranger(connection)
    errand = asked(connection, clinic.patient_id, address)
    connection.execute(
        update(patient_addresses)
        .where(patient_addresses.c.address_id == address)
        .values(is_barred=True)
    )
    assert try_code(connection, errand.code, None, at(address), talk) == (Tried.OVER, None)
    assert people_at(connection, address, NOW) == []


# Telegram's own contact.

NUMBER = "+14155550199"


def a_number(connection: Connection, channel: str = "sms") -> int:
    digest = keyring_of(connection.dialect).hash_address((channel, NUMBER))
    return an_address(connection, channel, address=NUMBER, address_hash=digest)


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "voice"])
@pytest.mark.parametrize("trust", [Trust.GIVEN, Trust.PROVED])
def test_a_number_on_file_of_one_patient_proves_who_shares_it(
    clinic: Clinic, connection: Connection, channel: str, trust: Trust
) -> None:
    a_link(connection, clinic.patient_id, a_number(connection, channel), trust)
    chat = an_address(connection, "telegram")
    assert prove_by_contact(connection, NUMBER, at(chat)) == clinic.patient_id
    [link] = people_at(connection, chat, NOW)
    assert link.sees_all
    assert link.is_self
    assert "proved" in events_of(connection, clinic.patient_id)


@pytest.mark.usefixtures("clinic")
def test_a_number_that_somebody_merely_writes_from_proves_nothing(connection: Connection) -> None:
    """Else whoever knows a name and a birth date needs only an SMS and a Telegram account."""
    registered(connection, a_number(connection), *MARIA)
    chat = an_address(connection, "telegram")
    assert prove_by_contact(connection, NUMBER, at(chat)) is None
    assert people_at(connection, chat, NOW) == []


def test_a_number_of_two_patients_proves_neither(clinic: Clinic, connection: Connection) -> None:
    number = a_number(connection)
    for patient in (clinic.patient_id, a_patient(connection, "Zoe")):
        a_link(connection, patient, number, Trust.GIVEN)
    assert prove_by_contact(connection, NUMBER, at(an_address(connection, "telegram"))) is None


@pytest.mark.parametrize("change", [{"suspended_at": NOW}, {"until": NOW}, {"is_barred": True}])
def test_a_number_whose_link_does_not_hold_proves_nothing(
    clinic: Clinic, connection: Connection, change: dict[str, Any]
) -> None:
    a_link(connection, clinic.patient_id, a_number(connection), **change)
    assert prove_by_contact(connection, NUMBER, at(an_address(connection, "telegram"))) is None


def test_who_was_kept_from_the_record_is_kept_from_it_still(
    clinic: Clinic, connection: Connection
) -> None:
    a_link(connection, clinic.patient_id, a_number(connection))
    chat = an_address(connection, "telegram")
    a_link(connection, clinic.patient_id, chat, is_barred=True)
    assert prove_by_contact(connection, NUMBER, at(chat)) is None


def test_a_mothers_number_proves_the_mother(clinic: Clinic, connection: Connection) -> None:
    """Even if she had said that she was her daughter."""
    of_age = NOW + timedelta(days=900)
    a_link(
        connection,
        clinic.patient_id,
        a_number(connection),
        Trust.GIVEN,
        relation="daughter",
        until=of_age,
    )
    chat = an_address(connection, "telegram")
    registered(connection, chat, *MARIA)
    assert prove_by_contact(connection, NUMBER, at(chat)) == clinic.patient_id
    row = link_of(connection, clinic.patient_id, chat)
    assert (row.trust, row.relation, row.until) == ("proved", "daughter", of_age)
