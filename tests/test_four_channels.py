"""One conversation, four channels, the whole way: from the wire through the desk, the outbox and
the real SDKs to the providers' peers, and what comes back from there."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.messages import Channel
from bot.worker import run_once
from core.config import Settings
from core.database.connect import Database
from core.keys import Keyring, parse_encryption_keys
from core.models import appointments, messages, patients
from core.setup import DEMO_FILE, set_up
from tests.bot.talking import Clock
from tests.builders import NOW
from tests.providers.loopback import LoopbackPeer
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_updates import Person
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM, TwilioPeer
from webhooks.app import create_app

PUBLIC_URL = "https://desk.example.org"
SECRET = "a-secret_of-the-webhook"
PHONE = "+14155550123"
ANA = Person(1000001)

TIMES = ["9:00 AM", "9:40 AM", "10:00 AM", "10:40 AM", "11:00 AM", "11:40 AM"]
FEW_TIMES = ["9:00 AM", "10:20 AM", "11:40 AM"]
YES, OTHER = "Yes, book it", "Another time"
BOOKED = "Booked: Dr Anita Patel on Tuesday, November 24 at 9:00 AM, Downtown"


class Line(Protocol):
    """Somebody's phone or browser: what they send, and what they then see."""

    offers: list[str]  # The times that fit on this channel.

    def writes(self, text: str) -> None: ...

    def chooses(self, number: int) -> None: ...

    def sees(self) -> tuple[str, list[str]]:
        """The newest text of ours, and its buttons."""
        ...


class TwilioLine:
    """SMS and WhatsApp: signed forms in, the ledger of Twilio's peer out."""

    offers = FEW_TIMES

    def __init__(self, web: FlaskClient, peer: TwilioPeer, patient: str = PHONE) -> None:
        self.web, self.peer, self.patient = web, peer, patient

    def writes(self, text: str) -> None:
        self._post(self.peer.inbound(f"{PUBLIC_URL}/twilio/messages", self.patient, text))

    def chooses(self, number: int) -> None:
        self.writes(str(number))

    def sees(self) -> tuple[str, list[str]]:
        newest = self.peer.accepted[-1]
        return newest.body, [button.title for button in newest.buttons]

    def is_delivered(self) -> None:
        """Twilio says what became of each message."""
        for message in self.peer.accepted:
            for form in self.peer.status_callbacks(message):
                self._post(form)

    def _post(self, form: Any) -> None:
        answer = self.web.post(
            form.url.removeprefix(PUBLIC_URL), data=form.fields, headers=form.headers
        )
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        assert answer.text.endswith("<Response/>")


class WhatsAppLine(TwilioLine):
    offers = TIMES

    def __init__(self, web: FlaskClient, peer: TwilioPeer) -> None:
        super().__init__(web, peer, f"whatsapp:{PHONE}")

    def chooses(self, number: int) -> None:
        url = f"{PUBLIC_URL}/twilio/messages"
        self._post(self.peer.press(url, self.peer.accepted[-1], number))


class TelegramLine:
    offers = TIMES

    def __init__(self, web: FlaskClient, peer: TelegramPeer) -> None:
        self.web, self.peer = web, peer
        peer.start(ANA)

    def writes(self, text: str) -> None:
        self._post(self.peer.updates.text(ANA, text))

    def chooses(self, number: int) -> None:
        self._post(self.peer.press(self.peer.accepted[-1], number))

    def sees(self) -> tuple[str, list[str]]:
        newest = self.peer.accepted[-1]
        return newest.text, [button["text"] for button in newest.buttons]

    def _post(self, update: dict[str, Any]) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        answer = self.web.post("/telegram/webhook", json=update, headers=headers)
        assert answer.status_code == 200
        self.peer.answered_with(answer.data)


class WebLine:
    offers = TIMES

    def __init__(self, web: FlaskClient) -> None:
        self.web = web
        assert web.get("/chat").status_code == 200  # Gives the visitor their cookie.

    def writes(self, text: str) -> None:
        self._post(text=text)

    def chooses(self, number: int) -> None:
        self._post(button=self._newest()["choices"][number - 1]["value"])

    def sees(self) -> tuple[str, list[str]]:
        newest = self._newest()
        return newest["text"], [choice["label"] for choice in newest["choices"]]

    def _newest(self) -> dict[str, Any]:
        answer = self.web.get("/chat/messages").get_json()
        newest: dict[str, Any] = answer["messages"][-1]
        return newest

    def _post(self, **body: str) -> None:
        headers = {"Sec-Fetch-Site": "same-origin"}
        assert self.web.post("/chat/messages", json=body, headers=headers).status_code == 200


@contextmanager
def a_line(
    channel: Channel, database: Database, clock: Clock, *, alone: bool = True
) -> Iterator[tuple[Line, Settings]]:
    """The clinic's whole installation, and one patient's end of the line. `alone`: nothing goes out
    elsewhere, to staff for example."""
    with TwilioPeer(now=clock) as twilio, TelegramPeer() as telegram:
        settings = Settings(
            public_url=PUBLIC_URL,
            twilio_account_sid=twilio.account_sid,
            twilio_auth_token=twilio.auth_token,
            twilio_sms_from=SMS_FROM,
            twilio_whatsapp_from=WHATSAPP_FROM,
            twilio_api_base=twilio.url,
            telegram_bot_token=telegram.token,
            telegram_webhook_secret=SECRET,
            telegram_api_base=telegram.url,
            web_chat=True,
        )
        web = create_app(settings, database, clock=clock).test_client()
        match channel:
            case Channel.SMS:
                line: Line = TwilioLine(web, twilio)
            case Channel.WHATSAPP:
                line = WhatsAppLine(web, twilio)
            case Channel.TELEGRAM:
                line = TelegramLine(web, telegram)
            case Channel.WEB:
                line = WebLine(web)
        yield line, settings
        others: dict[Channel, list[LoopbackPeer]] = {
            Channel.SMS: [telegram],
            Channel.WHATSAPP: [telegram],
            Channel.TELEGRAM: [twilio],
            Channel.WEB: [twilio, telegram],
        }
        assert not alone or all(peer.requests == [] for peer in others[channel])


@pytest.fixture
def real_clinic(database: Database) -> Iterator[Database]:
    with a_real_clinic(database) as opened:
        yield opened


@contextmanager
def a_real_clinic(database: Database) -> Iterator[Database]:
    """The clinic of the demo's file, but not marked as a demo, under keys of its own."""
    key = base64.b64encode(os.urandom(32)).decode()
    opened = Database(database.url, Keyring(parse_encryption_keys(key), "a secret of our own"))
    set_up(opened, DEMO_FILE, DEMO_FILE.name, NOW)
    yield opened
    opened.dispose()


@pytest.mark.parametrize("channel", list(Channel))
def test_the_same_conversation_ends_in_the_same_appointment(
    real_clinic: Database, channel: Channel
) -> None:
    clock = Clock()
    with a_line(channel, real_clinic, clock) as (line, settings):

        def answer() -> tuple[str, list[str]]:
            """The worker sends what waits; then the patient looks at their phone."""
            clock.passes(seconds=20)
            run_once(real_clinic, settings, clock)
            return line.sees()

        line.writes("Hi")
        text, buttons = answer()
        assert text.startswith("Harbor Health's automated desk. Emergency: call 911.")
        assert buttons == []

        line.writes("I'd like to see Dr Patel next Tuesday morning")
        assert_offered(answer(), "Tuesday, November 24", line.offers, channel)

        line.chooses(1)
        text, buttons = answer()
        assert "9:00 AM, Downtown" in text
        assert "first and last name" in text
        assert buttons == []

        line.writes("John Smith, born 4 May 1980")
        assert_offered(answer(), "for John Smith. Shall I book it?", [YES, OTHER], channel)

        line.chooses(1)
        text, buttons = answer()
        assert text.removeprefix(f"✓ {YES}\n\n").startswith(BOOKED)
        assert buttons == []

        line.writes("my appointments")
        text, _ = answer()
        assert "You have one visit ahead:" in text
        assert "Tue, Nov 24 9:00 AM: Dr Patel, Downtown, John Smith" in text

        if isinstance(line, TwilioLine):
            line.is_delivered()
        if isinstance(line, TelegramLine):
            # Each answer to a button stands where its question stood.
            assert [sent.edits for sent in line.peer.accepted] == [0, 1, 1, 0]
            assert len(line.peer.answered) == 2
            assert len(line.peer.actions) == 4
    assert_booked(real_clinic, channel)
    assert_logged(real_clinic, channel)


def assert_offered(
    seen: tuple[str, list[str]], words: str, labels: list[str], channel: Channel
) -> None:
    """The same choices on every channel: as buttons, or as numbered lines in the text."""
    text, buttons = seen
    assert words in text
    numbered = [f"{number} {label}" for number, label in enumerate(labels, start=1)]
    if channel is Channel.SMS:
        assert buttons == []
        assert text.splitlines()[-len(labels) :] == numbered
    else:
        assert buttons == labels


def assert_booked(database: Database, channel: Channel) -> None:
    with database.reading() as connection:
        [visit] = connection.execute(select(appointments)).all()
        [patient] = connection.execute(select(patients)).all()
    assert (patient.first_name, patient.last_name) == ("John", "Smith")
    assert patient.date_of_birth.isoformat() == "1980-05-04"
    assert (visit.status, visit.patient_id) == ("scheduled", patient.id)
    assert visit.starts_at == datetime.fromisoformat("2026-11-24T09:00-08:00")
    assert visit.booked_through == channel


def assert_logged(database: Database, channel: Channel) -> None:
    with database.reading() as connection:
        rows = connection.execute(select(messages).order_by(messages.c.id)).all()
    assert [row.direction for row in rows] == ["in", "out"] * 6
    assert {row.status for row in rows if row.direction == "in"} == {"received"}
    # Telegram tells no more than that it has taken a message.
    arrived = "sent" if channel is Channel.TELEGRAM else "delivered"
    assert {row.status for row in rows if row.direction == "out"} == {arrived}
    # What took the place of another message is known by that one's id.
    assert all(
        row.sent_at and (row.provider_id or row.edits_id) for row in rows if row.direction == "out"
    )
    assert not any(row.is_simulated for row in rows)
    segments = [row.segments for row in rows if row.direction == "out"]
    assert all(1 <= each <= 2 for each in segments) if channel is Channel.SMS else not any(segments)
