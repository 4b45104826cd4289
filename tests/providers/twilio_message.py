"""One message at Twilio, and the JSON that Twilio answers: the message, or an error."""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from tests.providers.loopback import Answer
from tests.providers.twilio_content import Button, Shown


@dataclass
class TwilioMessage:
    """One message Twilio took, as its patient sees it, and what becomes of it."""

    sid: str
    to: str
    from_: str
    shown: Shown
    num_segments: int
    status: str
    status_callback: str
    created_at: datetime
    service: str | None = None
    error_code: int | None = None  # Known to the peer at once, told by callback only.
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> str:
        return self.shown.body

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.shown.buttons


class TwilioError(Exception):
    """A request Twilio refuses at once."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = error_answer(status, code, message)


def error_answer(status: int, code: int, message: str) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": message, "more_info": more, "status": status})


def as_json(account: str, message: TwilioMessage) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{account}/Messages/{message.sid}"
    stamp = format_datetime(message.created_at)
    told = message.status in ("failed", "undelivered")
    return {
        "sid": message.sid, "account_sid": account, "api_version": "2010-04-01",
        "body": message.body, "from": None if message.service else message.from_,
        "to": message.to, "direction": "outbound-api", "status": message.status,
        "num_segments": str(message.num_segments), "num_media": "0", "price": None,
        "price_unit": "USD", "messaging_service_sid": message.service,
        "error_code": message.error_code if told else None, "error_message": None,
        "date_created": stamp, "date_updated": stamp,
        "date_sent": None if message.status in ("queued", "accepted") else stamp,
        "uri": f"{uri}.json", "subresource_uris": {"media": f"{uri}/Media.json"},
    }  # fmt: skip
