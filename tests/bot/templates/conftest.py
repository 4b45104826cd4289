"""A clinic with WhatsApp, the provider's rules around it, and a patient who is silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Row, delete, update

from bot.delivery import Delivery
from bot.elsewhere import Elsewhere
from bot.messages import Channel
from bot.reminders import Reminders, own_addresses
from bot.saying_again import SayingAgain
from bot.senders.making import make_content_api, make_senders
from bot.templates.keeping import Keeper
from bot.templates.sentences import SENTENCES
from core.config import Settings
from core.database.connect import Database
from core.database.types import keyring_of
from core.messaging.templates import Template
from core.models import appointments, messages, organizations, patient_addresses, tasks
from core.setup.whatsapp import WhatsApp, stored_templates
from tests.bot.talking import Clock, rows
from tests.builders import ZONE, Clinic, a_link, an_address
from tests.core.scheduling.words import MONDAY, a_slot, book_slot
from tests.providers.twilio_message import TwilioMessage
from tests.providers.twilio_peer import WHATSAPP_FROM, TwilioPeer
from tests.webhooks.front import MESSAGES, settings
from webhooks.app import create_app

THREE_DAYS = datetime(2026, 11, 28, 10, 0, tzinfo=ZoneInfo(ZONE))
NUMBER = "+14155550177"
ON_WHATSAPP = f"whatsapp:{NUMBER}"


@contextmanager
def wanting(*keys: str, language: str = "en") -> Iterator[None]:
    """Templates of these sentences alone: to make all of them takes a while."""
    with pytest.MonkeyPatch.context() as few:
        few.setattr("bot.templates.wanted.languages", lambda: [language])
        few.setattr("bot.templates.wanted.SENTENCES", {key: SENTENCES[key] for key in keys})
        yield


@dataclass
class Desk:
    """All that speaks for the clinic, and Twilio as it is."""

    database: Database
    twilio: TwilioPeer
    clock: Clock
    settings: Settings
    keeper: Keeper
    delivery: Delivery
    front: FlaskClient

    # Templates.

    def syncs(self, *keys: str) -> list[Template]:
        with wanting(*(keys or ("reminder",))):
            return list(self.keeper.sync())

    def has_templates(self) -> None:
        """That of the reminder in English, made and approved."""
        self.syncs()
        for sid in self.twilio.templates:
            self.twilio.approve(sid)
        list(self.keeper.ask())

    def describes(self, **reminder: Any) -> None:
        """The reminder's template, in the clinic file."""
        told = WhatsApp.model_validate({"templates": {"en": {"reminder": reminder}}})
        with self.database.transaction() as connection:
            described = update(organizations).values(whatsapp_templates=stored_templates(told))
            connection.execute(described)

    # Messages.

    def reminds(self) -> None:
        """What is due is said, and leaves."""
        Reminders(self.database, self.clock, own_addresses(self.settings)).remind()
        self.delivers()

    def delivers(self) -> None:
        self.delivery.deliver()

    def takes_up(self) -> None:
        """What was lost is said again."""
        ours, on = own_addresses(self.settings), frozenset(self.delivery.senders)
        again = SayingAgain(self.clock, ours, on)
        Elsewhere(self.database, on, again, self.clock).look()
        self.delivers()

    def hears(self, text: str) -> None:
        """The patient writes."""
        self._post(self.twilio.inbound(MESSAGES, ON_WHATSAPP, text))

    def is_pressed(self, message: TwilioMessage, number: int) -> None:
        self._post(self.twilio.press(MESSAGES, message, number))

    def is_told(self, message: TwilioMessage) -> None:
        """Twilio reports how it went on."""
        for form in self.twilio.status_callbacks(message):
            self._post(form)

    def _post(self, form: Any) -> None:
        path = form.url.removeprefix(self.settings.public_url or "")
        answer = self.front.post(path, data=form.fields, headers=form.headers)
        assert answer.status_code == 200

    # What was written down.

    def log(self) -> list[Row[Any]]:
        """What was sent, or was to be sent."""
        return [row for row in rows(self.database, messages) if row.direction == "out"]


def visits(desk: Desk) -> list[str]:
    """Their statuses."""
    return [row.status for row in rows(desk.database, appointments)]


def notes(desk: Desk, *, is_open: bool = True) -> list[str]:
    """What staff have been told of WhatsApp, and is, or is not, on their list any more."""
    found = [row for row in rows(desk.database, tasks) if row.kind == "delivery"]
    return [row.note for row in found if (row.closed_at is None) is is_open]


def newest(desk: Desk) -> str:
    """The id of the template that Twilio was given last."""
    return list(desk.twilio.templates)[-1]


@pytest.fixture
def clock() -> Clock:
    return Clock(THREE_DAYS)


@pytest.fixture
def desk(database: Database, clinic: Clinic, clock: Clock) -> Iterator[Desk]:
    """Maria Lopez, who has never written, has a visit on Tuesday week at ten; it is the day of the
    first reminder."""
    with database.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=False))
        connection.execute(delete(patient_addresses))
        digest = keyring_of(connection.dialect).hash_address((Channel.WHATSAPP, NUMBER))
        address = an_address(connection, "whatsapp", address=NUMBER, address_hash=digest)
        a_link(connection, clinic.patient_id, address)
        book_slot(connection, clinic, a_slot(clinic, "10:00", MONDAY + timedelta(days=8)))
    with TwilioPeer(now=clock) as twilio:
        ours = WHATSAPP_FROM.removeprefix("whatsapp:")
        chosen = settings(twilio_whatsapp_from=ours, twilio_api_base=twilio.url)
        senders, api = make_senders(chosen), make_content_api(chosen)
        assert api is not None
        delivery = Delivery(database, senders, clock=clock, threads=1, jitter=lambda: 0.0)
        front = create_app(chosen, database, clock=clock).test_client()
        yield Desk(database, twilio, clock, chosen, Keeper(database, api, clock), delivery, front)
        delivery.close()
        api.close()
