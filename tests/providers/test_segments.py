"""What an SMS costs, as the ledger has it (RULES.md, 1)."""

from decimal import Decimal
from typing import Any

import pytest

from tests.providers.sdk import ON_WHATSAPP, PATIENT
from tests.providers.segments import A_SEGMENT, A_WHATSAPP, num_segments
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM, TwilioPeer


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("é" * 160, 1),
        ("í" + "x" * 69, 1),
        ("í" + "x" * 70, 2),
        ("í" + "x" * 133, 2),
        ("í" + "x" * 134, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 152 + "€" + "x" * 151, 2),
        ("x" * 152 + "€" + "x" * 152, 3),  # A sign of two is not torn apart.
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_segments_are_counted_and_paid(
    twilio: TwilioPeer, client: Any, body: str, segments: int
) -> None:
    sent = client.messages.create(to=PATIENT, from_=SMS_FROM, body=body)
    assert sent.num_segments == str(segments)
    assert sent.price is None
    [entry] = twilio.ledger.accepted()
    assert (entry.segments, entry.price) == (segments, segments * A_SEGMENT)
    twilio.status_callbacks(twilio.accepted[0])
    assert Decimal(client.messages(sent.sid).fetch().price) == -entry.price


def test_toll_free_numbers_join_shorter_segments(twilio: TwilioPeer, client: Any) -> None:
    twilio.numbers |= {"+18885550100"}
    for ours in (SMS_FROM, "+18885550100"):
        client.messages.create(to=PATIENT, from_=ours, body="x" * 306)
    assert [entry.segments for entry in twilio.ledger.accepted()] == [2, 3]
    assert num_segments("í" + "x" * 133, toll_free=True) == 3


def test_a_whatsapp_message_has_a_price_and_no_segments(twilio: TwilioPeer, client: Any) -> None:
    twilio.heard_from(ON_WHATSAPP)
    client.messages.create(to=ON_WHATSAPP, from_=WHATSAPP_FROM, body="x" * 1_600)
    [entry] = twilio.ledger.accepted()
    assert (entry.segments, entry.price) == (0, A_WHATSAPP)


def test_what_is_refused_costs_nothing(twilio: TwilioPeer, client: Any) -> None:
    twilio.opted_out.add((PATIENT, SMS_FROM))
    with pytest.raises(Exception, match="unsubscribed"):
        client.messages.create(to=PATIENT, from_=SMS_FROM, body="x")
    client.messages.create(to="+14155550124", from_=SMS_FROM, body="x" * 200)
    assert twilio.ledger.price() == 2 * A_SEGMENT


def test_what_never_left_twilio_costs_nothing_and_what_the_carrier_lost_does(
    twilio: TwilioPeer, client: Any
) -> None:
    for code, price in ((30001, Decimal(0)), (30003, A_SEGMENT), (0, A_SEGMENT)):
        twilio.make_bad(PATIENT, code) if code else twilio.make_good(PATIENT)
        client.messages.create(to=PATIENT, from_=SMS_FROM, body="x")
        assert twilio.ledger.accepted()[-1].price == price
