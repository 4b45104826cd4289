from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.providers.sdk import twilio_client
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.twilio_peer import TwilioPeer


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **by: float) -> None:
        self.now += timedelta(**by)

    def seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def twilio(clock: Clock) -> Iterator[TwilioPeer]:
    with TwilioPeer(now=clock) as peer:
        yield peer


@pytest.fixture
def client(twilio: TwilioPeer) -> Iterator[Any]:
    """Twilio's own library."""
    with twilio_client(twilio) as made:
        yield made


@pytest.fixture
def telegram() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer
