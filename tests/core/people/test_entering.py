"""A record that staff make of somebody who calls."""

from datetime import date

import pytest
from sqlalchemy import Connection, select

from core.errors import StaffOnly
from core.models import addresses, patient_addresses, patient_events, patients, tasks
from core.models.appointments import ActorKind
from core.models.people import Trust
from core.people.entering import Newcomer, enter
from core.people.telling import told_of_visit
from core.scheduling.appointments import Actor
from tests.builders import NOW, a_patient

STAFF = Actor(ActorKind.ADMIN, 1, "phone")
MOBILE, LANDLINE = "+14155550143", "+442072343456"
BORN = date(1980, 5, 4)

pytestmark = pytest.mark.usefixtures("clinic")


def entered(connection: Connection, phone: str | None = MOBILE, born: date | None = None) -> int:
    return enter(connection, Newcomer("Tom", "Baker", phone, born), actor=STAFF, now=NOW)


def channels_of(connection: Connection, patient_id: int) -> list[tuple[str, str]]:
    rows = connection.execute(
        select(addresses.c.channel, patient_addresses.c.trust)
        .join(patient_addresses, patient_addresses.c.address_id == addresses.c.id)
        .where(patient_addresses.c.patient_id == patient_id)
    )
    return [(row.channel, row.trust) for row in rows]


def test_the_phone_proves_nothing(connection: Connection) -> None:
    assert channels_of(connection, entered(connection)) == [("sms", Trust.GIVEN)]


def test_a_landline_is_written_to_by_nobody(connection: Connection) -> None:
    patient_id = entered(connection, LANDLINE)
    assert channels_of(connection, patient_id) == [("voice", Trust.GIVEN)]
    told = told_of_visit(
        connection, patient_id, booked_by_address_id=None, is_confidential=False, now=NOW
    )
    assert told == []


def test_a_family_shares_a_phone(connection: Connection) -> None:
    first, second = entered(connection), entered(connection)
    assert first != second
    both = select(patient_addresses.c.address_id).where(
        patient_addresses.c.patient_id.in_([first, second])
    )
    assert len(set(connection.scalars(both))) == 1


def test_somebody_without_a_phone_is_entered_too(connection: Connection) -> None:
    patient_id = entered(connection, None)
    assert channels_of(connection, patient_id) == []
    name = select(patients.c.search_name).where(patients.c.id == patient_id)
    assert connection.scalar(name) == "tom baker"


def test_it_is_written_down_who_did_it(connection: Connection) -> None:
    patient_id = entered(connection)
    [event] = connection.execute(
        select(patient_events).where(patient_events.c.patient_id == patient_id)
    )
    assert (event.what, event.actor_kind, event.actor_id) == ("registered", "admin", 1)


def test_who_may_be_on_file_already_is_put_before_staff(connection: Connection) -> None:
    a_patient(connection, "Thom", last_name="Baker", date_of_birth=BORN)
    entered(connection, born=BORN)
    assert [row.kind for row in connection.execute(select(tasks))] == ["duplicate"]


def test_only_staff_enter_somebody(connection: Connection) -> None:
    with pytest.raises(StaffOnly):
        enter(connection, Newcomer("Tom", "Baker"), actor=Actor.patient(1, "sms"), now=NOW)
