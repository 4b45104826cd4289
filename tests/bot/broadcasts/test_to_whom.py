"""Who reads a broadcast: looked at again between the yes and the sending."""

import pytest
from sqlalchemy import update

from bot.messages import Channel
from core.broadcasts.group import Filter, Group
from core.models import addresses, appointments, messages
from core.models.messaging import MessageKind
from core.models.people import ConsentPurpose, Standing
from core.people.consents import record
from tests.bot.broadcasts.house import TEXT, House
from tests.bot.talking import Patient, rows
from tests.builders import a_link, a_patient
from tests.core.broadcasts.people import (
    MARKETING,
    MORNING,
    WHOLE,
    a_visit,
)
from tests.core.scheduling.words import MONDAY, RECEPTIONIST


def test_everybody_reads_it_once(house: House) -> None:
    house.comes(3)
    house.agrees()
    house.works()
    assert house.heard == [TEXT] * 4
    assert len({message.recipient for message in house.sender.sent}) == 4
    assert (house.at.sent, house.at.recipients) == (4, 4)
    carried = [row for row in rows(house.database, messages) if row.campaign]
    assert {row.kind for row in carried} == {MessageKind.BROADCAST}
    assert len({row.campaign for row in carried}) == 1


def test_a_family_reads_it_once(house: House) -> None:
    with house.database.transaction() as connection:
        a_link(connection, a_patient(connection, "Tom"), house.clinic.address_id, relation="son")
    house.agrees()
    house.works()
    assert house.heard == [TEXT]


def test_each_reads_how_to_opt_out_in_their_own_language(house: House) -> None:
    house.comes(phone={"language": "es"})
    house.agrees()
    house.works()
    assert sorted(house.heard) == [
        TEXT,
        "Harbor Health: We are closed on Friday. STOP para no recibir mensajes.",
    ]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"standing": Standing.DECEASED}, "deceased"),
        ({"standing": Standing.BLOCKED}, "blocked"),
        ({"contact_rules": '{"never": "asked"}'}, "no_contact"),
    ],
)
def test_how_the_clinic_stands_to_them_is_read_again(
    house: House, values: dict[str, object], why: str
) -> None:
    ((nora, _),) = house.comes()
    house.agrees()
    house.changes(nora, **values)
    house.works()
    assert house.heard == [TEXT]
    assert house.at.reasons == {why: 1}


def test_who_opts_out_between_the_yes_and_the_sending_hears_nothing(house: House) -> None:
    patient = Patient(house.database, Channel.SMS, "+14155550166")
    patient.clock.at = MORNING
    patient.says("hello")
    with house.database.transaction() as connection:
        a_link(connection, a_patient(connection, "Nora"), patient.own_address.id)
    house.delivers()
    house.sender.sent.clear()
    house.agrees()
    patient.says("STOP")
    house.works(minutes=30)
    assert house.heard == [TEXT]
    assert house.at.reasons == {"opted_out": 1}


def test_who_opts_out_while_it_stands_in_the_outbox_hears_nothing(house: House) -> None:
    house.agrees()
    house.ticks()
    with house.database.transaction() as connection:
        connection.execute(update(addresses).values(opted_in=False))
    house.works()
    assert house.heard == []
    assert house.at.reasons == {"opted_out": 1}


def test_who_dies_while_it_stands_in_the_outbox_hears_nothing(house: House) -> None:
    house.agrees()
    house.ticks()
    house.changes(house.clinic.patient_id, standing=Standing.DECEASED)
    house.works()
    assert house.heard == []
    assert house.at.reasons == {"deceased": 1}


def test_who_called_off_their_visit_is_not_told_of_that_day(house: House) -> None:
    with house.database.transaction() as connection:
        visit = a_visit(connection, house.clinic, house.clinic.patient_id)
    house.agrees(Filter(Group(first=MONDAY, last=MONDAY), WHOLE))

    with house.database.transaction() as connection:
        one = update(appointments).where(appointments.c.id == visit)
        connection.execute(one.values(status="cancelled"))
    house.works()
    assert house.heard == []
    assert house.at.reasons == {"no_address": 1}


def consents(house: House, *, given: bool) -> None:
    with house.database.transaction() as connection:
        record(
            connection,
            house.clinic.address_id,
            ConsentPurpose.MARKETING,
            is_given=given,
            how="message",
            actor=RECEPTIONIST,
            now=house.now,
        )


@pytest.mark.parametrize("is_queued", [False, True])
def test_who_takes_back_that_they_agreed_hears_no_marketing(
    house: House, *, is_queued: bool
) -> None:
    consents(house, given=True)
    house.agrees(purpose=MARKETING)
    if is_queued:
        house.ticks()
    consents(house, given=False)
    house.works()
    assert house.heard == []
    assert house.at.reasons == {"no_consent": 1}


def test_who_agreed_hears_marketing(house: House) -> None:
    """The control."""
    house.comes()
    consents(house, given=True)
    house.agrees(purpose=MARKETING)
    house.works()
    assert house.heard == [TEXT]
