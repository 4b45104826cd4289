"""Slow, dying and silent connections, and what the ledger then knows that the client does not."""

import time
from collections import Counter
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]

from bot.messages import Channel
from bot.senders.base import Accepted, DeliveryError, OutgoingMessage
from bot.senders.telegram import TelegramSender
from tests.bot.senders.lines import ANA, twilio_sender
from tests.providers.mishaps import KINDS, Weather, over
from tests.providers.sdk import PATIENT, twilio_client
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.twilio_peer import SMS_FROM, TwilioPeer

SMS = OutgoingMessage("m1", Channel.SMS, PATIENT, "", "See you on Tuesday.")
TELEGRAM = OutgoingMessage("m2", Channel.TELEGRAM, str(ANA.id), "", "See you on Tuesday.")
FORM = {"to": PATIENT, "from_": SMS_FROM, "body": "x"}


def test_a_connection_that_dies_in_the_answer_leaves_the_message_accepted(
    twilio: TwilioPeer, client: Any
) -> None:
    twilio.cut_next()
    with pytest.raises((requests.RequestException, ValueError)):
        client.messages.create(**FORM)
    client.messages.create(**FORM)
    assert [entry.is_answered for entry in twilio.ledger.accepted()] == [False, True]


@pytest.mark.parametrize("accept", [True, False])
def test_a_dropped_request_was_done_or_not(twilio: TwilioPeer, client: Any, accept: bool) -> None:
    twilio.drop_next(accept=accept)
    with pytest.raises(requests.ConnectionError):
        client.messages.create(**FORM)
    assert [entry.is_answered for entry in twilio.ledger.accepted()] == [False] * accept


def test_a_slow_answer_comes_in_the_end_for_who_waits(twilio: TwilioPeer) -> None:
    with twilio_client(twilio, timeout=0.2) as hurried, twilio_client(twilio) as patient:
        for client, waits in ((hurried, False), (patient, True)):
            twilio.delay_next(0.5)
            if waits:
                assert client.messages.create(**FORM).status == "queued"
            else:
                with pytest.raises(requests.ReadTimeout):
                    client.messages.create(**FORM)
    assert len(twilio.accepted) == 2


# Weather holds until it changes.


def weather(twilio: TwilioPeer, *kinds: Weather, seed: int = 0) -> None:
    twilio.weather = over(list(kinds), TwilioPeer.refusal, seed)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("refuse", 400, 30007), ("flood", 429, 20429), ("outage", 503, 503)],
)
def test_bad_weather_is_an_answer_until_it_clears(
    twilio: TwilioPeer, client: Any, kind: str, status: int, code: int
) -> None:
    weather(twilio, Weather(kind, code=30007))
    for _ in range(2):
        with pytest.raises((TwilioRestException, ValueError)) as caught:
            client.messages.create(**FORM)
        if isinstance(caught.value, TwilioRestException):
            assert (caught.value.status, caught.value.code) in ((status, code), (status, None))
    weather(twilio, Weather())
    client.messages.create(**FORM)
    assert len(twilio.accepted) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("does_work", [True, False])
def test_our_senders_say_unknown_exactly_where_nobody_can_know(kind: str, does_work: bool) -> None:
    fair = Weather(kind, seconds=0.3, does_work=does_work)
    with TwilioPeer() as twilio, TelegramPeer() as telegram:
        telegram.start(ANA)
        twilio.weather = over([fair], TwilioPeer.refusal)
        telegram.weather = over([fair], TelegramPeer.refusal)
        for sender, message in (
            (twilio_sender(twilio, timeout=1.0), SMS),
            (TelegramSender(telegram.token, api_base=telegram.url, timeout=1.0), TELEGRAM),
        ):
            outcome: Accepted | DeliveryError
            try:
                outcome = sender.send(message)
            except DeliveryError as error:
                outcome = error
            if kind in ("hang", "drop", "cut"):
                assert isinstance(outcome, DeliveryError)
                assert outcome.unknown
            elif kind in ("accept", "delay"):
                assert isinstance(outcome, Accepted)
            else:
                assert isinstance(outcome, DeliveryError)
            sender.close()


def test_changing_weather_meets_each_its_share() -> None:
    befalls = over([Weather("drop", share=0.2), Weather("refuse", share=0.1)], TwilioPeer.refusal)
    met: Counter[str] = Counter()
    for _ in range(2_000):
        mishap = befalls(None)  # type: ignore[arg-type]
        met["none" if mishap is None else "refuse" if mishap.answer else "drop"] += 1
    assert 340 < met["drop"] < 460
    assert 150 < met["refuse"] < 250
    with pytest.raises(ValueError, match="shares"):
        over([Weather(share=0.8), Weather("drop", share=0.3)], TwilioPeer.refusal)


@pytest.mark.parametrize(
    "wrong", [{"kind": "snow"}, {"share": 2}, {"status": 200}, {"seconds": -1}]
)
def test_weather_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Weather(**wrong)


def test_who_closes_the_peer_waits_for_nobody() -> None:
    began = time.monotonic()
    with TwilioPeer() as peer, twilio_client(peer, timeout=0.1) as client:
        peer.hang_next()
        with pytest.raises(requests.ReadTimeout):
            client.messages.create(**FORM)
    assert time.monotonic() - began < 5
