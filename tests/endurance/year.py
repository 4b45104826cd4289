"""A clinic's time, lived from one instant at which something is due to the next: a worker that may
crash, real senders, the providers' simulator, and everything that is said written down."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, func, select, union_all

import bot.worker
from bot.delivery import Delivery
from bot.messages import Channel
from bot.senders.base import Sender
from bot.senders.making import make_content_api, make_senders
from bot.templates.keeping import Keeper
from bot.worker import Tick, Worker
from core.config import Settings
from core.database.connect import Database
from core.models import messages, occasions, reminders, waitlist_rounds
from core.models.messaging import MessageStatus
from tests.bot.talking import Clock
from tests.endurance.crashes import CrashError, Crashes, CrashingSender
from tests.endurance.life import Life, Plan, drawn
from tests.endurance.people import People, settle_in
from tests.endurance.processes import PUBLIC_URL, Providers
from tests.providers.ledger import Entry, Ledger
from tests.providers.loopback import Mishap, Request
from tests.providers.mishaps import Weather, Wording, over
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_updates import Person
from tests.providers.twilio_peer import TwilioPeer
from webhooks.app import create_app

SECRET = "a-secret_of-the-webhook"
# Ticks that run more often than this look at all times, the others a few times a day.
SELDOM = 60.0
HOUSEKEEPING = (time(6, 30), time(23, 30))  # UTC: some afternoon in each of the places.
STUCK = timedelta(minutes=5)  # What is due and can't be done is looked at again.
MILD = [
    Weather("drop", does_work=True, share=0.01),
    Weather("drop", does_work=False, share=0.01),
    Weather("cut", share=0.01),
    Weather("outage", share=0.02),
]


@dataclass
class Year:
    plan: Plan
    database: Database
    clock: Clock
    peers: Providers
    people: People
    life: Life
    crashes: Crashes
    settings: Settings
    web: FlaskClient
    # By address: how many entries the ledger had when they said STOP (True), or START.
    opted_out: dict[int, list[tuple[int, bool]]] = field(default_factory=dict)
    steps: int = 0
    _heard: int = 0
    _called_back: int = 0
    _worker: Worker | None = None

    def live(self) -> None:
        """To the end, and until nothing is left to do."""
        ends_at = self.plan.since + timedelta(days=self.plan.days)
        self.life.begin()
        while self.clock.at < ends_at:
            self.life.go_on()
            self._work()
            self._hear()
            self._call_back()
            self.steps += 1
            self.clock.at = self._next(ends_at)
        if self._worker:
            self._worker.close()

    # The worker

    def _work(self) -> None:
        is_seldom = self.clock.at.time() in HOUSEKEEPING
        for name in [tick.name for tick in self.worker.ticks()]:
            while True:
                tick = self._tick(name)
                if tick.every_seconds >= SELDOM and not is_seldom:
                    break
                if not self._survives(tick):
                    self._restart()
                    continue
                break

    def _survives(self, tick: Tick) -> bool:
        """Run it once; whatever is raised on the way out of a process that has ended is no news."""
        with suppress(CrashError), self.crashes.within(tick.name):
            self.worker.run(tick)
        return not self.crashes.is_dead

    def _tick(self, name: str) -> Tick:
        ticks = self.worker.ticks(deliver_seconds=float("inf"))
        return next(tick for tick in ticks if tick.name == name)

    @property
    def worker(self) -> Worker:
        if self._worker is None:
            senders: Mapping[Channel, Sender] = {
                channel: CrashingSender(sender, self.crashes)
                for channel, sender in make_senders(self.settings).items()
            }
            self._worker = Worker(self.database, self.settings, self.clock, senders)
        return self._worker

    def _restart(self) -> None:
        """Somebody notices after a few seconds."""
        assert self._worker is not None
        self._worker.close()
        self._worker = None
        self.clock.passes(seconds=3)

    # The others

    def says(self, phone: Any, text: str) -> None:
        """As the provider brings it; who blocks the bot or says STOP is known to the provider."""
        if phone.channel == "telegram":
            person = Person(int(phone.address))
            updates = self.peers.telegram
            update = {"STOP": updates.block, "START": updates.unblock}.get(text)
            posted = update(person) if update else updates.updates.text(person, text)
            headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            answer = self.web.post("/telegram/webhook", json=posted, headers=headers)
            assert answer.status_code == 200
        else:
            self._post(
                self.peers.twilio.inbound(f"{PUBLIC_URL}/twilio/messages", phone.at_provider, text)
            )
        if text in ("STOP", "START"):
            is_out = text == "STOP"
            written = len(self.peers.twilio.ledger.entries())
            self.opted_out.setdefault(phone.id, []).append((written, is_out))

    def _post(self, form: Any) -> None:
        path = form.url.removeprefix(PUBLIC_URL)
        answer = self.web.post(path, data=form.fields, headers=form.headers)
        assert answer.status_code == 200

    def _hear(self) -> None:
        """Whoever was written to may answer."""
        for entry in self.peers.twilio.ledger.entries(after=self._heard):
            self._heard = entry.number
            if entry.outcome == "accepted" and not entry.fails:
                kind = self.kind_of(entry)
                self.life.hears(self.people.phone(entry.channel, entry.to), kind)

    def kind_of(self, entry: Entry) -> str:
        with self.database.reading() as connection:
            return connection.scalar(select(messages.c.kind).where(is_said_by(entry))) or ""

    def _call_back(self) -> None:
        """Twilio tells what became of each, now and then twice or in the wrong order."""
        new = self.peers.twilio.accepted[self._called_back :]
        self._called_back += len(new)
        for message in new:
            forms = self.peers.twilio.status_callbacks(message)
            if self.life.dice.random() < 0.1:
                forms = [*reversed(forms), *forms]
            for form in forms:
                self._post(form)

    # The clock

    def _next(self, ends_at: datetime) -> datetime:
        """The next instant at which there is something to do."""
        now = self.clock.at
        with self.database.reading() as connection:
            due: list[datetime] = [each for each in connection.scalars(_DUE) if each is not None]
        due += [self.life.next_at or ends_at, ends_at, *_housekeeping(now)]
        if any(each <= now for each in due):
            due.append(now + STUCK)
        return min(each for each in due if each > now)


def is_said_by(entry: Entry) -> ColumnElement[bool]:
    """The message of the log that a provider has taken down so."""
    if entry.our_id:
        return messages.c.public_id == entry.our_id
    return messages.c.provider_id.endswith(f":{entry.provider_id}", autoescape=True) & (
        messages.c.channel == entry.channel
    )


def _housekeeping(now: datetime) -> Iterator[datetime]:
    for day in (now.date(), now.date() + timedelta(days=1)):
        for hour in HOUSEKEEPING:
            at = datetime.combine(day, hour, UTC)
            if at > now:
                yield at


_waits = messages.c.status == MessageStatus.QUEUED
_unsettled = messages.c.status.in_(["unknown", "failed", "undelivered", "dropped"])
_DUE = union_all(
    select(func.min(reminders.c.due_at)).where(reminders.c.state == "planned"),
    select(func.min(occasions.c.due_at)).where(occasions.c.state == "planned"),
    select(messages.c.due_at).where(_waits | _unsettled, messages.c.due_at.is_not(None)),
    select(func.min(messages.c.lease_until)).where(messages.c.status == MessageStatus.SENDING),
    select(func.min(waitlist_rounds.c.next_wave_at)).where(waitlist_rounds.c.state == "open"),
)


def _weather(
    clock: Clock, plan: Plan, wording: Wording, seed: int
) -> Callable[[Request], Mishap | None]:
    """A bad line at times; now and then a provider is out for hours, mostly in the evening."""
    dice = Random(seed)
    outages = []
    for day in range(plan.days):
        for _ in range(drawn(dice, plan.outages_a_day)):
            zone = ZoneInfo(dice.choice(("America/Los_Angeles", "Australia/Sydney")))
            hour = dice.choice((9, 12, 17, 18, 19))
            midnight = plan.since.astimezone(zone).replace(hour=hour, minute=30)
            begins = midnight + timedelta(days=day)
            outages.append((begins, begins + timedelta(hours=dice.choice((0.5, 1, 3)))))
    mild: Callable[[Request], Mishap | None] = over(MILD, wording, seed)
    out = Weather("outage").mishap(wording)

    def befalls(request: Request) -> Mishap | None:
        if any(begins <= clock.at < ends for begins, ends in outages):
            return out
        return mild(request)

    return befalls


def _have_templates(
    database: Database, twilio: TwilioPeer, settings: Settings, clock: Clock
) -> None:
    """Made, and approved by WhatsApp."""
    api = make_content_api(settings)
    assert api is not None
    keeper = Keeper(database, api, clock)
    list(keeper.sync())
    for sid in twilio.templates:
        twilio.approve(sid)
    list(keeper.ask())
    api.close()


@contextmanager
def a_year(database: Database, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Iterator[Year]:
    # One thread, so that the same seed is the same year.
    monkeypatch.setattr(bot.worker, "Delivery", partial(Delivery, threads=1, jitter=lambda: 0.5))
    clock = Clock(plan.since)
    ledger = Ledger()
    with database.transaction() as connection:
        long_ago = plan.since - timedelta(days=30)
        people = settle_in(connection, Random(plan.seed), plan.patients, long_ago)
    with (
        TwilioPeer(now=clock, ledger=ledger) as twilio,
        TelegramPeer(now=clock, ledger=ledger) as telegram,
    ):
        peers = Providers(twilio, telegram)
        for phone in people.phones:
            if phone.channel == "telegram":
                telegram.start(Person(int(phone.address)))
        settings = Settings.model_validate(
            peers.settings.model_dump() | {"telegram_webhook_secret": SECRET}
        )
        _have_templates(database, twilio, settings, clock)
        twilio.weather = _weather(clock, plan, TwilioPeer.refusal, plan.seed)
        telegram.weather = _weather(clock, plan, TelegramPeer.refusal, plan.seed + 1)
        life = Life(database, people, Random(plan.seed), lambda *_: None, clock, plan)
        crashes = Crashes(database.engine, plan.seed, plan.again)
        web = create_app(settings, database, clock=clock).test_client()
        year = Year(plan, database, clock, peers, people, life, crashes, settings, web)
        life.says = year.says
        try:
            yield year
        finally:
            crashes.end()
