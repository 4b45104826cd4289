"""Numbers that take nothing, queues, schedules, floods, and what becomes of a message later (the
rules of the channels, 1, 4 and 5)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.providers.conftest import Clock
from tests.providers.sdk import PATIENT, STATUS_URL, refusal, twilio_client
from tests.providers.twilio_numbers import REFUSED_AT_ONCE, TOLD_LATER
from tests.providers.twilio_peer import SERVICE_SID, SMS_FROM, TwilioPeer, ways

SMS = {"from_": SMS_FROM, "body": "x"}
FRENCH = "+33140000000"


def sends(client: Any, to: str = PATIENT, **form: object) -> Any:
    return client.messages.create(to=to, **{**SMS, **form})


@pytest.mark.parametrize("code", sorted(REFUSED_AT_ONCE))
def test_a_number_that_is_known_to_be_bad_is_refused_at_once(
    twilio: TwilioPeer, client: Any, code: int
) -> None:
    twilio.make_bad(PATIENT, code)
    assert refusal(client.messages.create, to=PATIENT, **SMS) == code
    assert [entry.code for entry in twilio.ledger.entries(outcome="refused")] == [str(code)]
    twilio.make_good(PATIENT)
    sends(client)
    assert len(twilio.ledger.accepted()) == 1


@pytest.mark.parametrize(("code", "last"), sorted(TOLD_LATER.items()))
def test_what_the_carrier_finds_out_comes_as_a_callback(
    twilio: TwilioPeer, client: Any, code: int, last: str
) -> None:
    twilio.make_bad(PATIENT, code)
    sent = sends(client, status_callback=f"{STATUS_URL}m1")
    sends(client, "+14155550124", status_callback=f"{STATUS_URL}m2")
    assert (sent.status, sent.error_code) == ("queued", None)
    failed, delivered = (twilio.status_callbacks(each) for each in twilio.accepted)
    assert failed[-1].fields["MessageStatus"] == last
    assert failed[-1].fields["ErrorCode"] == str(code)
    assert [form.fields["MessageStatus"] for form in delivered] == ["sent", "delivered"]
    assert "ErrorCode" not in delivered[-1].fields
    assert client.messages(sent.sid).fetch().error_code == code
    assert twilio.ledger.entries(our_id="m1")[0].status == last


def test_a_code_that_nobody_knows_is_no_bad_number(twilio: TwilioPeer) -> None:
    with pytest.raises(ValueError, match="21211"):
        twilio.make_bad(PATIENT, 12345)


def test_a_landline_is_refused_or_found_out_later(twilio: TwilioPeer, client: Any) -> None:
    twilio.make_landline(FRENCH)
    assert refusal(client.messages.create, to=FRENCH, **SMS) == 21635
    twilio.make_landline(PATIENT)
    sends(client)
    assert twilio.accepted[0].error_code == 30006


def test_whatsapp_messages_are_read_after_they_are_delivered(
    twilio: TwilioPeer, client: Any
) -> None:
    sends(client)
    assert ways(twilio.accepted[0], read=True) == ["sent", "delivered", "read"]


# The queue: a long code sends one segment a second.


def test_a_message_waits_for_the_segments_before_it(
    twilio: TwilioPeer, client: Any, clock: Clock
) -> None:
    sends(client, body="x" * 161)
    sends(client)
    clock.passes(seconds=1)
    sends(client)
    waits = [(each.leaves_at - each.created_at).total_seconds() for each in twilio.accepted]
    assert waits == [0, 2, 2]


def test_a_message_that_would_wait_beyond_its_validity_fails(
    twilio: TwilioPeer, client: Any
) -> None:
    for _ in range(3):
        sends(client)
    for validity in (2, 3):
        sends(client, validity_period=validity)
    assert [each.error_code for each in twilio.accepted] == [None, None, None, 30036, None]
    assert twilio.status_callbacks(twilio.accepted[3])[0].fields["MessageStatus"] == "failed"


def test_a_queue_of_ten_hours_is_full(twilio: TwilioPeer, client: Any, clock: Clock) -> None:
    twilio.exchange._free_at[SMS_FROM] = clock() + timedelta(seconds=36_000)
    sends(client)
    clock.passes(seconds=1)
    sends(client)
    assert [each.error_code for each in twilio.accepted] == [30001, None]


@pytest.mark.parametrize("validity", [0, 36_001])
def test_a_validity_that_makes_no_sense_is_refused(client: Any, validity: int) -> None:
    assert refusal(client.messages.create, to=PATIENT, validity_period=validity, **SMS) == 90007
    sends(client, validity_period=36_000)


# Scheduling


def test_scheduling_wants_a_service_and_five_minutes_to_35_days(
    twilio: TwilioPeer, client: Any, clock: Clock
) -> None:
    create, now = client.messages.create, clock()
    with_service = {"to": PATIENT, "messaging_service_sid": SERVICE_SID, "body": "x"}
    fixed = {"schedule_type": "fixed", "send_at": now + timedelta(hours=1)}
    assert refusal(create, to=PATIENT, **SMS, **fixed) == 35118
    assert refusal(create, **with_service, schedule_type="fixed") == 35111
    for ahead in (timedelta(seconds=300), timedelta(days=35, seconds=1)):
        assert refusal(create, **with_service, **{**fixed, "send_at": now + ahead}) == 35115
    assert create(**with_service, **fixed).status == "scheduled"
    assert twilio.accepted[0].leaves_at == now + timedelta(hours=1)


# Floods


def test_more_requests_than_the_account_may_make_are_20429() -> None:
    with TwilioPeer(requests_a_second=2) as peer, twilio_client(peer) as client:
        codes = []
        for _ in range(4):
            try:
                sends(client)
            except Exception as error:
                codes.append(getattr(error, "code", 0))
        assert set(codes) == {20429}
        assert len(peer.accepted) == 4 - len(codes) >= 2
