"""How many messages, at what cost; by whole currencies and to the last digit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from core.reports.messages import Messages, Sent
from core.reports.period import Period
from core.staff.rights import Sphere
from tests.builders import NOW, Clinic, a_location
from tests.core.messaging.waiting import a_waiting_message
from tests.core.reports.random_life import SYDNEY
from tests.core.reports.words import ALL, ROLE, a_visit, counted
from tests.core.scheduling.words import MONDAY, at

TODAY = Period.day(NOW.date())
LATE = NOW + timedelta(hours=4)  # Sunday morning in San Francisco, Monday in Sydney


def told(
    connection: Connection, sphere: Sphere = ALL, period: Period = TODAY, **only: Any
) -> Messages:
    return counted(connection, sphere, period, **only).messages


def sent(connection: Connection, **changes: Any) -> int:
    values: dict[str, Any] = {"status": "delivered", "segments": 1}
    return a_waiting_message(connection, **values | changes)


def received(connection: Connection, **changes: Any) -> int:
    values: dict[str, Any] = {"direction": "in", "status": "received", "segments": None}
    return sent(connection, **values | changes)


@pytest.mark.usefixtures("clinic")
def test_what_was_sent_is_told_by_channel_with_segments_and_cost(
    connection: Connection,
) -> None:
    for price in ("0.0079 USD", "0.0079 USD", "0.0158 USD", "-0.0400 EUR", None):
        sent(connection, price=price, segments=2 if price == "0.0158 USD" else 1)
    sent(connection, channel="telegram", segments=None, is_simulated=True)
    for _ in range(3):
        received(connection)
    received(connection, channel="whatsapp", status="ignored")
    cost = {"EUR": Decimal("0.04"), "USD": Decimal("0.0316")}
    assert told(connection) == Messages(
        sent={"sms": Sent(5, 6, cost, unpriced=1), "telegram": Sent(1, 0, {}, unpriced=1)},
        received={"sms": 3, "whatsapp": 1},
    )


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize(
    ("status", "is_accepted"),
    [
        *((status, True) for status in ("sent", "delivered", "read", "undelivered")),
        *((status, False) for status in ("queued", "sending", "failed", "unknown", "dropped")),
    ],
)
def test_only_what_a_provider_took_on_was_sent_but_each_price_is_a_cost(
    connection: Connection, status: str, is_accepted: bool
) -> None:
    sent(connection, status=status, price="0.0010 USD")
    [found] = told(connection).sent.values()
    cost = {"USD": Decimal("0.0010")}
    assert found == Sent(is_accepted, is_accepted, cost, unpriced=0)


@pytest.mark.usefixtures("clinic")
def test_the_day_of_a_message_is_that_of_the_clinics_first_place(
    connection: Connection,
) -> None:
    a_location(connection, "Sydney", zone=SYDNEY)
    for text in ("00:00", "23:59"):
        sent(connection, created_at=at(text))
    for text, day in (("23:59", MONDAY - timedelta(days=1)), ("00:00", MONDAY + timedelta(days=1))):
        sent(connection, created_at=at(text, day))
    assert told(connection, period=Period.day(MONDAY)).sent["sms"].messages == 2


def test_of_a_part_of_the_clinic_only_what_was_said_about_its_visits_is_told(
    clinic: Clinic, connection: Connection
) -> None:
    sydney = a_location(connection, "Sydney", zone=SYDNEY)
    here = a_visit(connection, clinic)
    there = a_visit(connection, clinic, practitioner_id=clinic.okafor_id, location_id=sydney)
    for visit, price in ((here, "0.0100 USD"), (there, "0.0200 USD")):
        sent(connection, appointment_id=visit, price=price, kind="reminder", created_at=LATE)
    sent(connection, price="0.0400 USD")
    received(connection)
    patel = Messages({"sms": Sent(1, 1, {"USD": Decimal("0.01")})}, None)
    okafor = Messages({"sms": Sent(1, 1, {"USD": Decimal("0.02")})}, None)
    nothing = Messages({}, None)
    assert told(connection, practitioner_id=clinic.patel_id) == patel
    assert told(connection, Sphere(ROLE, locations=frozenset({clinic.location_id}))) == patel
    own, monday = Sphere(ROLE, practitioners=frozenset({clinic.okafor_id})), Period.day(MONDAY)
    assert (told(connection, own), told(connection, own, monday)) == (nothing, okafor)
    assert told(connection, ALL, monday, location_id=sydney) == okafor
    assert told(connection, Sphere(ROLE)) == nothing
    assert told(connection).sent["sms"].cost == {"USD": Decimal("0.07")}
