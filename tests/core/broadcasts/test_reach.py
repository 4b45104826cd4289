"""Whom a broadcast reaches, and who is left out."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from core.broadcasts.group import Filter, Group
from core.broadcasts.reach import reach_at
from core.errors import ImpossibleGroup
from core.messaging.conversations import lock_by_id
from core.messaging.log import log_incoming
from core.models.appointments import AppointmentStatus
from core.models.people import ConsentPurpose, Standing, Trust
from core.models.staff import Role
from core.people.consents import record
from core.staff.rights import Sphere
from tests.builders import (
    Clinic,
    a_conversation,
    a_link,
    a_location,
    a_patient,
    an_address,
)
from tests.core.broadcasts.people import (
    CARE,
    EVERYBODY,
    MARKETING,
    MORNING,
    OPERATION,
    WHOLE,
    a_visit,
    reached,
    somebody,
    whom,
)
from tests.core.scheduling.words import MONDAY, RECEPTIONIST, TUESDAY, at


def test_everybody_with_a_phone_is_reached_once(clinic: Clinic, connection: Connection) -> None:
    nora, _ = somebody(connection)
    found = reached(connection)
    assert whom(found) == [clinic.patient_id, nora]
    assert (found.patients, found.sharing, found.left_out) == (2, 0, {})
    assert found.channels == {"sms": 2}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"standing": Standing.DECEASED}, "deceased"),
        ({"standing": Standing.BLOCKED}, "blocked"),
        ({"is_active": False}, "no_contact"),
        ({"contact_rules": '{"never": "asked"}'}, "no_contact"),
        ({"contact_rules": '{"only": "telegram"}'}, "no_address"),
        ({"phone": {"opted_in": False}}, "opted_out"),
        ({"phone": {"state": "bad"}}, "no_address"),
        ({"channel": "voice"}, "no_address"),
        ({"channel": "email"}, "no_address"),
        ({"channel": "whatsapp"}, "window_closed"),
    ],
)
def test_who_is_left_out_is_counted_with_the_reason(
    clinic: Clinic, connection: Connection, changes: dict[str, Any], why: str
) -> None:
    somebody(connection, **changes)
    found = reached(connection)
    assert found.left_out == {why: 1}
    assert whom(found) == [clinic.patient_id]


def test_who_has_no_address_at_all_is_counted(clinic: Clinic, connection: Connection) -> None:
    a_patient(connection, "Nora")
    found = reached(connection)
    assert found.left_out == {"no_address": 1}
    assert whom(found) == [clinic.patient_id]


@pytest.mark.usefixtures("clinic")
def test_another_address_does_where_the_first_one_does_not(connection: Connection) -> None:
    nora, phone = somebody(connection, phone={"last_heard_at": MORNING, "opted_in": False})
    chat = an_address(connection, "telegram")
    a_link(connection, nora, chat)
    [way] = [each for each in reached(connection).ways if each.patient_id == nora]
    assert way.address_id == chat
    assert phone != chat


@pytest.mark.usefixtures("clinic")
def test_a_shared_address_gets_it_once(connection: Connection) -> None:
    _, phone = somebody(connection)
    child = a_patient(connection, "Tom", date_of_birth=date(2019, 5, 1))
    a_link(connection, child, phone, relation="son")
    found = reached(connection)
    assert [each.address_id for each in found.ways].count(phone) == 1
    assert (found.patients, len(found.ways), found.sharing) == (3, 2, 1)


def test_marketing_is_for_those_who_agreed_to_it(clinic: Clinic, connection: Connection) -> None:
    nora, phone = somebody(connection)
    assert reached(connection, purpose=MARKETING).left_out == {"no_consent": 2}
    agrees(connection, phone, given=True)
    found = reached(connection, purpose=MARKETING)
    assert whom(found) == [nora]
    assert found.left_out == {"no_consent": 1}
    agrees(connection, phone, given=False)
    assert whom(reached(connection, purpose=MARKETING)) == []
    assert whom(reached(connection, purpose=OPERATION)) == [clinic.patient_id, nora]


def agrees(connection: Connection, address_id: int, *, given: bool) -> None:
    record(
        connection,
        address_id,
        ConsentPurpose.MARKETING,
        is_given=given,
        how="message",
        actor=RECEPTIONIST,
        now=MORNING,
    )


@pytest.mark.usefixtures("clinic")
def test_agreeing_to_reminders_is_no_agreeing_to_marketing(connection: Connection) -> None:
    _, phone = somebody(connection, phone={"opted_in": True})
    record(
        connection,
        phone,
        ConsentPurpose.CARE,
        is_given=True,
        how="message",
        actor=RECEPTIONIST,
        now=MORNING,
    )
    assert whom(reached(connection, purpose=MARKETING)) == []


def test_on_whatsapp_who_has_written_within_a_day(clinic: Clinic, connection: Connection) -> None:
    nora, phone = somebody(connection, channel="whatsapp")
    conversation = lock_by_id(connection, a_conversation(connection, phone))
    log_incoming(connection, conversation, provider_id="1", text="hi", simulated=False, now=MORNING)
    assert whom(reached(connection)) == [clinic.patient_id, nora]
    later = MORNING + timedelta(hours=24)
    assert whom(reached(connection, now=later)) == [clinic.patient_id]


@pytest.mark.usefixtures("clinic")
def test_who_only_says_who_they_are_hears_of_what_they_booked(
    clinic: Clinic, connection: Connection
) -> None:
    phone = an_address(connection)
    nora = a_patient(connection, "Nora")
    a_link(connection, nora, phone, Trust.CLAIMED)
    monday = Group(first=MONDAY, last=MONDAY)
    a_visit(connection, clinic, nora)
    assert whom(reached(connection, monday)) == []
    a_visit(connection, clinic, nora, starts_at=at("11:00"), booked_by_address_id=phone)
    assert whom(reached(connection, monday)) == [nora]


def test_a_restricted_record_is_neither_reached_nor_counted(
    clinic: Clinic, connection: Connection
) -> None:
    nora, _ = somebody(connection, standing=Standing.RESTRICTED)
    found = reached(connection)
    assert (whom(found), found.patients, found.hides) == ([clinic.patient_id], 1, True)
    opened = reached(connection, opened=[nora])
    assert (whom(opened), opened.hides) == ([clinic.patient_id, nora], False)


@pytest.mark.usefixtures("clinic")
def test_how_old_somebody_restricted_is_can_not_be_asked(connection: Connection) -> None:
    somebody(connection, standing=Standing.RESTRICTED, date_of_birth=date(1940, 1, 1))
    old = Group(born_until=date(1950, 1, 1))
    found = reached(connection, old)
    assert (found.patients, found.hides, found.left_out) == (0, False, {})


# Groups


def test_a_group_by_visits(clinic: Clinic, connection: Connection) -> None:
    nora, _ = somebody(connection)
    tom, _ = somebody(connection, "Tom")
    a_visit(connection, clinic, nora)
    a_visit(
        connection, clinic, tom, practitioner_id=clinic.okafor_id, starts_at=at("10:00", TUESDAY)
    )
    called_off = AppointmentStatus.CANCELLED
    a_visit(connection, clinic, clinic.patient_id, status=called_off, starts_at=at("12:00"))
    assert whom(reached(connection, Group(first=MONDAY, last=MONDAY))) == [nora]
    assert whom(reached(connection, Group(first=MONDAY, last=TUESDAY))) == [nora, tom]
    assert whom(reached(connection, Group(practitioner=clinic.okafor_id))) == [tom]
    assert whom(reached(connection, Group(location=clinic.location_id))) == [nora, tom]
    both = Group(practitioner=clinic.okafor_id, first=MONDAY, last=MONDAY)
    assert whom(reached(connection, both)) == []


def test_a_day_is_one_on_the_wall_of_its_place(clinic: Clinic, connection: Connection) -> None:
    nora, _ = somebody(connection)
    a_visit(connection, clinic, nora, starts_at=at("23:30"))
    assert whom(reached(connection, Group(first=MONDAY, last=MONDAY))) == [nora]
    assert whom(reached(connection, Group(first=TUESDAY, last=TUESDAY))) == []


def test_who_was_not_seen_for_long(clinic: Clinic, connection: Connection) -> None:
    since = date(2026, 5, 1)
    nora, _ = somebody(connection)
    a_visit(connection, clinic, nora, starts_at=at("10:00", date(2026, 4, 1)), status="completed")
    tom, _ = somebody(connection, "Tom")
    a_visit(connection, clinic, tom, starts_at=at("11:00", date(2026, 4, 1)), status="completed")
    assert whom(reached(connection, Group(unseen_since=since))) == [nora, tom]
    a_visit(connection, clinic, tom, starts_at=at("10:00", TUESDAY))  # Is expected.
    assert whom(reached(connection, Group(unseen_since=since))) == [nora]


@pytest.mark.usefixtures("clinic")
def test_by_age_and_language(connection: Connection) -> None:
    nora, _ = somebody(connection, date_of_birth=date(1950, 1, 1), language="es")
    tom, _ = somebody(connection, "Tom", date_of_birth=date(2015, 1, 1), language="es")
    assert whom(reached(connection, Group(born_until=date(1961, 11, 23)))) == [nora]
    assert whom(reached(connection, Group(born_from=date(2008, 11, 24)))) == [tom]
    assert whom(reached(connection, Group(language="es"))) == [nora, tom]


def test_nobody_of_another_place_is_written_to(clinic: Clinic, connection: Connection) -> None:
    uptown = a_location(connection, "Uptown")
    nora, _ = somebody(connection)
    a_visit(connection, clinic, nora, location_id=uptown)
    there = Sphere(Role.RECEPTIONIST, locations=frozenset({uptown}))
    assert whom(reached(connection, sphere=there)) == [nora]
    everywhere = reached(connection, Group(practitioner=clinic.patel_id), sphere=there)
    assert whom(everywhere) == [nora]
    here = Sphere(Role.RECEPTIONIST, locations=frozenset({clinic.location_id}))
    assert reached(connection, sphere=here).patients == 0


@pytest.mark.parametrize(
    "parts",
    [
        {"first": MONDAY},
        {"first": TUESDAY, "last": MONDAY},
        {"first": date(2010, 1, 1), "last": MONDAY},
        {"born_from": date(2000, 1, 2), "born_until": date(2000, 1, 1)},
    ],
)
def test_what_nobody_can_be_in_is_no_group(parts: dict[str, Any]) -> None:
    with pytest.raises(ImpossibleGroup):
        Group(**parts)


def test_a_group_is_stored_as_it_is() -> None:
    group = Group(2, 3, MONDAY, TUESDAY, MONDAY, date(1990, 1, 1), date(2000, 1, 1), "es")
    sphere = Sphere(
        Role.RECEPTIONIST, False, frozenset({1}), frozenset({2}), frozenset(), frozenset({(3, 1)})
    )
    for meant in (Filter(group, sphere), EVERYBODY, Filter(Group(language="en"), WHOLE)):
        assert Filter.read(meant.to_json()) == meant


def test_at_the_moment_of_sending_somebody_else_may_answer_the_phone(
    clinic: Clinic, connection: Connection
) -> None:
    nora, phone = somebody(connection, standing=Standing.DECEASED)
    child = a_patient(connection, "Tom")
    assert reach_at(connection, EVERYBODY, CARE, phone, nora, MORNING) == "deceased"
    a_link(connection, child, phone, relation="son")
    way = reach_at(connection, EVERYBODY, CARE, phone, nora, MORNING)
    assert not isinstance(way, str)
    assert (way.patient_id, way.location_id) == (child, clinic.location_id)
