"""The other side's books: what was accepted, for whom, how often, and who never heard of it."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.providers.clock import MovableClock
from tests.providers.sdk import PATIENT, STATUS_URL
from tests.providers.twilio_peer import SMS_FROM, TwilioPeer

OTHER = "+14155550124"


def sends(client: Any, to: str, text: str, our_id: str = "") -> None:
    given = {"status_callback": STATUS_URL + our_id} if our_id else {}
    client.messages.create(to=to, from_=SMS_FROM, body=text, **given)


def test_a_message_is_known_by_our_own_id(twilio: TwilioPeer, client: Any) -> None:
    sends(client, PATIENT, "Tuesday at 10?", "m1")
    [entry] = twilio.ledger.accepted(our_id="m1")
    assert (entry.channel, entry.to, entry.text) == ("sms", PATIENT, "Tuesday at 10?")
    assert (entry.at, entry.provider_id) == (twilio.now(), twilio.accepted[0].sid)
    assert (twilio.ledger.times("m1"), twilio.ledger.times("m2")) == (1, 0)


def test_what_was_said_twice_is_found_by_id_and_by_text(twilio: TwilioPeer, client: Any) -> None:
    sends(client, PATIENT, "once", "m1")
    sends(client, PATIENT, "once", "m2")  # The same words, meant twice.
    sends(client, OTHER, "twice", "m3")
    sends(client, OTHER, "twice", "m3")
    sends(client, OTHER, "no id")
    sends(client, OTHER, "no id")
    assert twilio.ledger.doubled() == [("sms", OTHER, "m3"), ("sms", OTHER, "no id")]


def test_a_blind_second_try_is_seen_as_double(twilio: TwilioPeer, client: Any) -> None:
    twilio.drop_next(accept=True)
    with pytest.raises(requests.ConnectionError):
        sends(client, PATIENT, "x", "m1")
    assert twilio.ledger.doubled() == []
    sends(client, PATIENT, "x", "m1")
    assert twilio.ledger.doubled() == [("sms", PATIENT, "m1")]


def test_what_is_sent_again_after_it_failed_reached_a_phone_once(
    twilio: TwilioPeer, client: Any
) -> None:
    twilio.make_bad(PATIENT, 30003)
    sends(client, PATIENT, "x", "m1")
    twilio.make_good(PATIENT)
    sends(client, PATIENT, "x", "m1")
    assert (twilio.ledger.times("m1"), len(twilio.ledger.reached(our_id="m1"))) == (2, 1)
    assert [entry.fails for entry in twilio.ledger.accepted()] == [30003, 0]
    assert twilio.ledger.doubled() == []


def test_entries_are_numbered_and_asked_for_by_what_they_are(
    twilio: TwilioPeer, client: Any
) -> None:
    for text in "abc":
        sends(client, PATIENT, text)
    sends(client, OTHER, "d")
    assert [entry.text for entry in twilio.ledger.entries(after=2)] == ["c", "d"]
    assert [entry.text for entry in twilio.ledger.entries(to=OTHER)] == ["d"]
    assert [entry.number for entry in twilio.ledger.entries()] == [1, 2, 3, 4]


def test_the_clock_is_moved_ahead_and_never_back() -> None:
    clock = MovableClock()
    before = clock()
    clock.move(timedelta(hours=25))
    assert timedelta(hours=25) <= clock() - before < timedelta(hours=25, minutes=1)
    clock.set(before + timedelta(days=2))
    assert clock() - before >= timedelta(days=2)
    with pytest.raises(ValueError, match="not negative"):
        clock.set(before)
    with pytest.raises(ValueError, match="offset"):
        clock.set(before.replace(tzinfo=None))
