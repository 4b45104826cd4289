"""The real libraries as the peers' clients, in few words: what the tests here have in common."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from telegram import Bot
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]

from bot.senders.twilio import HttpClient
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.twilio_peer import TwilioPeer

PATIENT = "+14155550123"
ON_WHATSAPP = f"whatsapp:{PATIENT}"
WEBHOOK = "https://clinic.example/twilio/messages"
STATUS_URL = "https://clinic.example/twilio/status?message="


@contextmanager
def twilio_client(peer: TwilioPeer, timeout: float = 5.0) -> Iterator[Any]:
    http = HttpClient(peer.url, timeout=timeout)
    yield Client(peer.account_sid, peer.auth_token, http_client=http)
    http.session.close()


def refusal(call: Any, *given: object, **form: object) -> int:
    """The code of the error that Twilio answers with."""
    with pytest.raises(TwilioRestException) as caught:
        call(*given, **form)
    return int(caught.value.code)


def content(kind: str, samples: dict[str, str] | None = None, **part: object) -> Any:
    types = {f"twilio/{kind}": {"body": "Which?", **part}}
    variables = {"1": "-"} if samples is None else samples
    request = {"friendly_name": "x", "language": "en", "variables": variables, "types": types}
    return ContentList.ContentCreateRequest(request)


def replies(count: int, title: str = "{{1}}%d") -> list[dict[str, str]]:
    return [{"type": "QUICK_REPLY", "title": title % n, "id": f"l:{n}"} for n in range(count)]


def talk(peer: TelegramPeer, *calls: Callable[[Bot], Awaitable[Any]], token: str = "") -> list[Any]:
    async def conversation() -> list[Any]:
        async with Bot(token or peer.token, base_url=f"{peer.url}/bot") as bot:
            return [await call(bot) for call in calls]

    return asyncio.run(conversation())
