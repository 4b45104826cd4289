"""A clinic with a worker, a broadcast, and a clock."""

from datetime import datetime, timedelta

from sqlalchemy import update

from bot.broadcasts import Broadcasts
from bot.delivery import Delivery
from bot.messages import Channel
from core.broadcasts import keeping
from core.broadcasts.group import Filter
from core.broadcasts.keeping import Progress
from core.database.connect import Database
from core.models import patients
from core.models.broadcasts import BroadcastPurpose
from tests.bot.talking import OURS
from tests.bot.test_delivery import FakeSender
from tests.builders import Clinic
from tests.core.broadcasts.people import (
    EVERYBODY,
    MORNING,
    OPERATION,
    agreed,
    somebody,
)
from tests.core.scheduling.words import at

NIGHT = at("21:00")
TEXT = "Harbor Health: We are closed on Friday. Reply STOP to opt out."


class House:
    """A clinic with a worker, a broadcast, and a clock."""

    def __init__(self, database: Database, clinic: Clinic) -> None:
        self.database, self.clinic, self.now = database, clinic, MORNING
        self.sender = FakeSender()
        self.people = [(clinic.patient_id, clinic.address_id)]

    def clock(self) -> datetime:
        return self.now

    def comes(self, count: int = 1, **changes: object) -> list[tuple[int, int]]:
        """So many patients more, each with a phone."""
        with self.database.transaction() as connection:
            came = [
                somebody(connection, f"Nora {number}", **changes)  # type: ignore[arg-type]
                for number in range(count)
            ]
        self.people += came
        return came

    def agrees(self, meant: Filter = EVERYBODY, purpose: BroadcastPurpose = OPERATION) -> int:
        with self.database.transaction() as connection:
            self.id = agreed(connection, meant, purpose, now=self.now)
        return self.id

    def ticks(self) -> int:
        return Broadcasts(self.database, self.clock, {"sms": OURS}).send()

    def delivers(self) -> None:
        channels = (Channel.SMS, Channel.TELEGRAM, Channel.WHATSAPP)
        senders = dict.fromkeys(channels, self.sender)
        Delivery(
            self.database, senders, clock=self.clock, threads=1, simulated=self.sender
        ).deliver()

    def works(self, *, minutes: int = 5) -> None:
        """As a worker does, looking every few seconds."""
        for _ in range(minutes * 20):
            self.ticks()
            self.delivers()
            self.now += timedelta(seconds=3)

    @property
    def heard(self) -> list[str]:
        return [message.text for message in self.sender.sent]

    @property
    def at(self) -> Progress:
        with self.database.reading() as connection:
            return keeping.progress(connection, self.id)

    def changes(self, patient_id: int, **values: object) -> None:
        with self.database.transaction() as connection:
            one = update(patients).where(patients.c.id == patient_id)
            connection.execute(one.values(**values))
