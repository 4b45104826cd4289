from collections.abc import Iterator

import pytest

from tests.providers.telegram_peer import TelegramPeer
from tests.providers.twilio_peer import TwilioPeer


@pytest.fixture
def twilio() -> Iterator[TwilioPeer]:
    with TwilioPeer() as peer:
        yield peer


@pytest.fixture
def telegram() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer
