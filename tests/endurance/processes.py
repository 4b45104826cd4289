"""Real worker processes over a database of the suite, which talk to the simulator of the providers
and may be killed at any moment."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from core.config import Settings
from core.database.connect import Database
from core.keys import DEMO_ENCRYPTION_KEY, DEMO_SECRET
from tests.providers.ledger import Ledger
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM, TwilioPeer

ROOT = Path(__file__).parents[2]
PUBLIC_URL = "https://desk.example.org"


@dataclass
class Providers:
    """Both, on ports of their own, each with its own books."""

    twilio: TwilioPeer
    telegram: TelegramPeer

    @property
    def environment(self) -> dict[str, str]:
        """What a front desk is started with."""
        return {
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_ACCOUNT_SID": self.twilio.account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio.auth_token,
            "TWILIO_SMS_FROM": SMS_FROM,
            "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM.removeprefix("whatsapp:"),
            "TWILIO_API_BASE": self.twilio.url,
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_API_BASE": self.telegram.url,
        }

    @property
    def settings(self) -> Settings:
        """The same, for a worker of this process."""
        return Settings.model_validate(
            {name.lower(): value for name, value in self.environment.items()}
        )


@contextmanager
def providers() -> Iterator[Providers]:
    with TwilioPeer(ledger=Ledger()) as twilio, TelegramPeer(ledger=Ledger()) as telegram:
        yield Providers(twilio, telegram)


class Workers:
    """So many processes of `frontdesk worker`; use as a context manager."""

    def __init__(self, database: Database, environment: dict[str, str], count: int) -> None:
        # The keys of the suite's databases, given as those of a clinic that is no demo.
        keys = {"SECRET_KEY": DEMO_SECRET, "ENCRYPTION_KEY": DEMO_ENCRYPTION_KEY}
        url = {"DATABASE_URL": database.url.render_as_string(hide_password=False)}
        self._environment = os.environ | environment | keys | url | {"LOG_LEVEL": "ERROR"}
        self._count = count
        self._running: list[subprocess.Popen[bytes]] = []
        self.killed = 0

    def __enter__(self) -> "Workers":
        for _ in range(self._count):
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.kill()
        for process in self._running:
            process.wait()

    def _start(self) -> None:
        command = [sys.executable, "-m", "bot", "worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=self._environment)
        self._running.append(process)

    def kill_one(self, dice: Random) -> None:
        """SIGKILL: it ends before its next instruction. Another one begins in its place."""
        process = self._running.pop(dice.randrange(len(self._running)))
        assert process.poll() is None, "a worker has ended by itself"
        process.kill()
        process.wait()
        self.killed += 1
        self._start()

    def kill_all(self) -> None:
        self.__exit__()
        self.killed += len(self._running)
        self._running.clear()

    def stop(self) -> None:
        """SIGTERM: each finishes what it has begun."""
        for process in self._running:
            process.terminate()
        codes = [process.wait() for process in self._running]
        assert codes == [0] * len(codes)
        self._running.clear()
