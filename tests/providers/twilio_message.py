"""One message at Twilio, and the JSON that Twilio answers: the message, or an error."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from tests.providers.ledger import Entry
from tests.providers.loopback import Answer
from tests.providers.twilio_content import Button, Shown

NOT_SENT_YET = ("queued", "accepted", "scheduled")


@dataclass
class TwilioMessage:
    """One message Twilio took, as its patient sees it, and what becomes of it."""

    sid: str
    to: str
    from_: str
    shown: Shown
    status: str
    status_callback: str
    created_at: datetime
    leaves_at: datetime  # After those before it in the queue, or when it is scheduled.
    entry: Entry
    service: str | None = None
    error_code: int | None = None  # Known to the peer at once, told by callback only.
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> str:
        return self.shown.body

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.shown.buttons

    @property
    def num_segments(self) -> int:
        return self.entry.segments or 1  # WhatsApp has none; Twilio says "1".


class TwilioError(Exception):
    """A request Twilio refuses at once."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.answer = error_answer(status, code, message)


def error_answer(status: int, code: int, message: str) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": message, "more_info": more, "status": status})


def as_json(account: str, message: TwilioMessage) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{account}/Messages/{message.sid}"
    stamp = _stamp(message.created_at)
    told = message.status in ("failed", "undelivered")
    is_sent = message.status not in NOT_SENT_YET
    return {
        "sid": message.sid, "account_sid": account, "api_version": "2010-04-01",
        "body": message.body, "from": None if message.service else message.from_,
        "to": message.to, "direction": "outbound-api", "status": message.status,
        "num_segments": str(message.num_segments), "num_media": "0",
        "price": f"-{message.entry.price}" if is_sent else None,
        "price_unit": "USD", "messaging_service_sid": message.service,
        "error_code": message.error_code if told else None, "error_message": None,
        "date_created": stamp, "date_updated": stamp,
        "date_sent": _stamp(message.leaves_at) if is_sent else None,
        "uri": f"{uri}.json", "subresource_uris": {"media": f"{uri}/Media.json"},
    }  # fmt: skip


def _stamp(moment: datetime) -> str:
    """As Twilio writes it: always UTC, whatever the clock here."""
    return format_datetime(moment.astimezone(UTC))


def as_page(
    account: str, messages: Sequence[TwilioMessage], query: dict[str, Any]
) -> dict[str, Any]:
    """The newest of those that are asked for, on one page."""
    size = query.get("PageSize", 50)
    path = f"/2010-04-01/Accounts/{account}/Messages.json"
    uri = f"https://api.twilio.com{path}?{urlencode({'PageSize': size, 'Page': 0})}"
    found = [
        as_json(account, message)
        for message in reversed(messages)
        if query.get("To", message.to) == message.to
        and query.get("From", message.from_) == message.from_
        and _in_span(message.created_at, query)
    ][:size]
    page = {"page": 0, "page_size": size, "start": 0, "end": max(len(found) - 1, 0)}
    links = {"uri": uri, "first_page_uri": uri, "next_page_uri": None, "previous_page_uri": None}
    return {**page, **links, "messages": found}


def _in_span(moment: datetime, query: dict[str, Any]) -> bool:
    earliest, latest = query.get("DateSent>"), query.get("DateSent<")
    return (not earliest or moment >= _instant(earliest)) and (
        not latest or moment <= _instant(latest)
    )


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
