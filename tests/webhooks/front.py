"""The web application for tests: settings with every channel on, and a desk that only collects."""

from dataclasses import dataclass, field

from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from bot.messages import InboundMessage, Reply
from bot.speaking import Handled
from core.config import Settings
from core.database.connect import Database
from tests.builders import NOW
from tests.providers.twilio_peer import ACCOUNT_SID, AUTH_TOKEN, SMS_FROM
from webhooks.app import create_app

PUBLIC_URL = "https://desk.example.org"
BOT_TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET = "a-secret_of-the-webhook"

MESSAGES = f"{PUBLIC_URL}/twilio/messages"


@dataclass
class FakeDesk:
    """Collects what it is handed; can be told that the database does not commit."""

    received: list[InboundMessage] = field(default_factory=list)
    error: Exception | None = None
    replies: tuple[Reply, ...] = ()

    def receive(self, message: InboundMessage, /) -> Handled:
        if self.error:
            raise self.error
        self.received.append(message)
        return Handled(self.replies)


def no_commit() -> OperationalError:
    return OperationalError("COMMIT", {}, Exception("disk I/O error"))


def settings(**changes: object) -> Settings:
    values: dict[str, object] = {
        "public_url": PUBLIC_URL,
        "twilio_account_sid": ACCOUNT_SID,
        "twilio_auth_token": AUTH_TOKEN,
        "twilio_sms_from": SMS_FROM,
        "telegram_bot_token": BOT_TOKEN,
        "telegram_webhook_secret": SECRET,
    }
    return Settings(**values | changes)  # type: ignore[arg-type]


def client(database: Database, desk: FakeDesk, **changes: object) -> FlaskClient:
    return create_app(settings(**changes), database, clock=lambda: NOW, desk=desk).test_client()
