"""Senders and ledger agree, message by message, in weather that changes from request to request."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.messages import Channel
from bot.senders.base import DeliveryError, OutgoingMessage, Sender
from bot.senders.telegram import TelegramSender
from tests.bot.senders.lines import twilio_sender
from tests.providers.mishaps import Weather, over
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_updates import Person
from tests.providers.twilio_peer import TwilioPeer

DAY = [
    Weather("drop", share=0.1),
    Weather("drop", share=0.1, does_work=False),
    Weather("cut", share=0.1),
    Weather("flood", share=0.1, seconds=1),
    Weather("outage", share=0.05),
    Weather("refuse", share=0.1, code=30007),
    Weather("delay", share=0.05, seconds=0.05),
]


COUNTS = [200, pytest.param(5_000, marks=pytest.mark.stress)]
# What the client heard -> how often the message may stand in the provider's ledger.
POSSIBLE = {"accepted": {1}, "never": {0}, "later": {0}, "unknown": {0, 1}}


def outcomes(sender: Sender, messages: list[OutgoingMessage]) -> list[str]:
    def send(message: OutgoingMessage) -> str:
        try:
            sender.send(message)
        except DeliveryError as error:
            return "unknown" if error.unknown else "never" if error.permanent else "later"
        return "accepted"

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, messages))


@pytest.mark.parametrize("count", COUNTS)
def test_twilios_ledger_has_what_the_sender_heard(count: int) -> None:
    messages = [
        OutgoingMessage(f"m{number}", Channel.SMS, f"+1415555{number:04}", "", "Tuesday?")
        for number in range(count)
    ]
    with TwilioPeer() as peer:
        peer.weather = over(DAY, TwilioPeer.refusal, seed=5)
        sender = twilio_sender(peer)
        heard = outcomes(sender, messages)
        sender.close()
        assert set(heard) == set(POSSIBLE)
        for message, said in zip(messages, heard, strict=True):
            found = peer.ledger.accepted(our_id=message.public_id)
            assert len(found) in POSSIBLE[said], message.public_id
            assert all(entry.is_answered is (said == "accepted") for entry in found)
        assert peer.ledger.doubled() == []


@pytest.mark.parametrize("count", COUNTS)
def test_telegrams_ledger_has_what_the_sender_heard(count: int) -> None:
    messages = [
        OutgoingMessage(f"m{number}", Channel.TELEGRAM, str(1_000 + number), "", "Tuesday?")
        for number in range(count)
    ]
    with TelegramPeer() as peer:
        for message in messages:
            peer.start(Person(int(message.recipient)))
        peer.weather = over(DAY, TelegramPeer.refusal, seed=5)
        sender = TelegramSender(peer.token, api_base=peer.url)
        heard = outcomes(sender, messages)
        sender.close()
        assert set(heard) == set(POSSIBLE)
        for message, said in zip(messages, heard, strict=True):
            found = peer.ledger.accepted(to=message.recipient)
            assert len(found) in POSSIBLE[said], message.public_id
        assert peer.ledger.doubled() == []
