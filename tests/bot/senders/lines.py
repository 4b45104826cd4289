"""Each sender with the peer it speaks to, under one set of words, for the contract tests."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.messages import Channel, Choice
from bot.senders.base import OutgoingMessage, Sender
from bot.senders.telegram import TelegramSender
from bot.senders.twilio import TwilioSender
from tests.providers.loopback import Answer, LoopbackPeer
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_updates import Person
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM, TwilioPeer

PATIENT = "+14155550123"
ANA = Person(111)
SLOTS = (Choice("Tue 1 Dec 10:00", "s1"), Choice("Tue 1 Dec 10:30", "s2"))
PATIENT_SENDER, IMPATIENT_SENDER = 10.0, 1.0  # Seconds until it gives up.


def twilio_sender(peer: TwilioPeer, url: str = "", timeout: float = PATIENT_SENDER) -> TwilioSender:
    return TwilioSender(
        peer.account_sid,
        peer.auth_token,
        api_base=url or peer.url,
        public_url="https://clinic.example",
        sms_from=SMS_FROM,
        whatsapp_from=WHATSAPP_FROM.removeprefix("whatsapp:"),
        list_buttons={"es": "Elegir"},
        timeout=timeout,
    )


@dataclass
class Line:
    """`accepted` counts what the provider took, whatever the sender was told."""

    sender: Sender
    peer: LoopbackPeer
    message: OutgoingMessage
    channel: Channel

    @property
    def accepted(self) -> int:
        assert isinstance(self.peer, TwilioPeer | TelegramPeer)
        return len(self.peer.accepted)

    def is_busy(self) -> None:
        if isinstance(self.peer, TelegramPeer):
            self.peer.flood_next(retry_after=7)
        else:
            assert isinstance(self.peer, TwilioPeer)
            self.peer.fail_next(status=429, code=20429)

    def breaks(self) -> None:
        """A 502 on the way back: whether the message went out, nobody knows."""
        if isinstance(self.peer, TelegramPeer):
            self.peer.fail_next(status=502, description="Bad Gateway")
        else:
            self.peer.answer_next(Answer(502, None))

    def forbids(self) -> None:
        """The patient said STOP, or blocked the bot."""
        if isinstance(self.peer, TelegramPeer):
            self.peer.blocked.add(ANA.id)
        else:
            assert isinstance(self.peer, TwilioPeer)
            ours = WHATSAPP_FROM if self.channel is Channel.WHATSAPP else SMS_FROM
            prefix = "whatsapp:" if self.channel is Channel.WHATSAPP else ""
            self.peer.opted_out.add((prefix + PATIENT, ours))

    def without_credentials(self) -> Sender:
        if isinstance(self.peer, TelegramPeer):
            return TelegramSender("1:wrong", api_base=self.peer.url)
        return TwilioSender("AC" + "1" * 32, "wrong", api_base=self.peer.url, sms_from=SMS_FROM)

    def elsewhere(self) -> Sender:
        """The same sender, pointed where nobody listens."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
        if isinstance(self.peer, TelegramPeer):
            return TelegramSender(self.peer.token, api_base=url)
        assert isinstance(self.peer, TwilioPeer)
        return twilio_sender(self.peer, url)


@contextmanager
def line(channel: Channel, *, buttons: bool, timeout: float) -> Iterator[Line]:
    message = OutgoingMessage("m-1", channel, PATIENT, "", "Which time suits you?")
    if buttons:
        message = replace(message, choices=SLOTS, list_id="L7")
    if channel is Channel.TELEGRAM:
        with TelegramPeer() as peer:
            peer.start(ANA)
            bot = TelegramSender(peer.token, api_base=peer.url, timeout=timeout)
            yield Line(bot, peer, replace(message, recipient=str(ANA.id)), channel)
            bot.close()
    else:
        with TwilioPeer() as phone:
            phone.heard_from(f"whatsapp:{PATIENT}")
            sender = twilio_sender(phone, timeout=timeout)
            yield Line(sender, phone, message, channel)
            sender.close()
