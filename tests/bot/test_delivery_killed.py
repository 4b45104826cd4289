"""A worker killed for good in the middle of sending: nothing is lost, and nothing said twice."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.delivery import Delivery
from bot.senders.making import make_senders
from core.config import Settings
from core.database.connect import Database
from core.messaging.outcomes import expire_leases
from tests.core.messaging.waiting import status, waiting
from tests.providers.twilio_peer import SMS_FROM, TwilioPeer


@pytest.fixture
def twilio() -> Iterator[TwilioPeer]:
    with TwilioPeer() as peer:
        yield peer


@pytest.fixture
def settings(twilio: TwilioPeer) -> Settings:
    return Settings(
        public_url="https://desk.example.org",
        twilio_account_sid=twilio.account_sid,
        twilio_auth_token=twilio.auth_token,
        twilio_sms_from=SMS_FROM,
        twilio_api_base=twilio.url,
    )


def deliver(database: Database, settings: Settings, now: datetime) -> None:
    delivery = Delivery(database, make_senders(settings), clock=lambda: now)
    delivery.deliver()
    delivery.close()


KILLED = """
import sys
from datetime import timedelta
from bot.delivery import Delivery
from bot.senders.making import make_senders
from core.config import Settings
from core.database.connect import Database
from core.keys import Keyring
from tests.builders import NOW

settings = Settings()
database = Database(sys.argv[1], Keyring.demo())
Delivery(database, make_senders(settings), clock=lambda: NOW).deliver()
"""


@pytest.mark.parametrize("arrives", [True, False])
def test_a_worker_killed_while_sending_leaves_unknown_and_no_second_message(
    database: Database, now: datetime, settings: Settings, twilio: TwilioPeer, arrives: bool
) -> None:
    """Killed between the claim and the outcome, whether or not Twilio got it."""
    message_id = waiting(database)
    twilio.hang_next(accept=arrives)
    given = settings.model_dump(exclude_none=True)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, database.url.render_as_string(hide_password=False)],
        cwd=Path(__file__).parents[2],
        env={name.upper(): str(value) for name, value in given.items()},
    )
    try:
        deadline = time.monotonic() + 30
        while not twilio.requests:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert status(database, message_id) == "sending"
    later = now + timedelta(hours=1)
    with database.transaction() as connection:
        assert expire_leases(connection, later) == 1
    deliver(database, settings, later)
    assert status(database, message_id) == "unknown"
    assert (len(twilio.requests), len(twilio.accepted)) == (1, int(arrives))


def test_control_a_message_killed_before_its_claim_is_sent(
    database: Database, now: datetime, settings: Settings, twilio: TwilioPeer
) -> None:
    """The same peer and the same outbox, without the claim: it is sent, once."""
    waiting(database)
    deliver(database, settings, now + timedelta(hours=1))
    assert len(twilio.accepted) == 1
