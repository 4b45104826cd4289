"""The `worker` process: small ticks that look into the database and do what is due.

Each tick is idempotent and bounded, and does all its work from what is stored, so that any number
of workers may run and any of them may die. APScheduler only ticks: no job is ever stored.
"""

import logging
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from threading import Event, Thread
from types import FrameType

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers.background import BackgroundScheduler

import core.clock
from bot import upkeep
from bot.agenda import Agenda
from bot.broadcasts import Broadcasts
from bot.channel_alarms import ChannelAlarms
from bot.clearing import Clearer
from bot.crash import keeper_of, simulated_sender
from bot.daysheets import DaySheets
from bot.delivery import Delivery
from bot.elsewhere import Elsewhere
from bot.handovers import Watch
from bot.lookups import LookUps
from bot.messages import Channel
from bot.reminders import Reminders, own_addresses
from bot.saying_again import SayingAgain
from bot.senders.base import Sender
from bot.senders.making import make_content_api, make_senders
from bot.staff.telling.ticks import Telling
from bot.templates.keeping import Keeper
from bot.upkeep import DELIVER, TICKS, WATCH
from core.clock import Clock, months_before
from core.config import Settings
from core.database.connect import Database
from core.messaging import budgets, outcomes, retention, ticks
from core.messaging.log import WAKE_CHANNEL
from core.occasions.unanswered import call_unanswered
from core.occasions.unreached import call_tomorrows
from core.people.trust import rest
from core.rules import load_rules
from core.scheduling.holds import expire_holds
from core.waitlist.entries import expire_waits
from core.waitlist.waves import next_waves

logger = logging.getLogger("frontdesk.worker")

POLL_SECONDS = 0.25  # SQLite has nothing that could wake us.
FALLBACK_POLL_SECONDS = 1.0  # PostgreSQL wakes us; a pooler in between may not pass that on.
DELIVER_SECONDS = 5.0  # A tick that never ends is never noted.
NOTE_EVERY_SECONDS = 5.0
DEMO_SECONDS = 1.0
RECONNECT_SECONDS = 5.0
AGAIN_SECONDS = 0.05
MOST_AT_ONCE = 500
MOST_ERASED = 5_000  # In one run of what comes once in an hour.


@dataclass(frozen=True, slots=True)
class Tick:
    """`work` returns how much it has handled."""

    name: str
    every_seconds: float
    work: Callable[[], int]


class Worker:
    """The ticks of one process, and what they share. `wall` tells when each ran: a demo's `clock`
    is moved."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock = core.clock.now,
        senders: Mapping[Channel, Sender] | None = None,
        wall: Clock = core.clock.now,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wall = wall
        senders = make_senders(settings) if senders is None else senders
        ours = own_addresses(settings)
        self.delivery = Delivery(
            database, senders, clock=clock, own=ours, simulated=simulated_sender(database)
        )
        self._look_ups = LookUps(database, self.delivery, clock)
        again = SayingAgain(clock, ours, senders)
        self._elsewhere = Elsewhere(database, senders, again, clock)
        self._watch = Watch(database, clock)
        self._clearer = Clearer(database, senders, clock)
        self._agenda = Agenda(database, clock, ours)
        self._broadcasts = Broadcasts(database, clock, ours)
        self._telling = Telling(database, clock, ours)
        self._channel_alarms = ChannelAlarms(database, clock, ours)
        self._day_sheets = DaySheets(database, settings.daysheet_folder, clock)
        self._reminders = Reminders(database, clock, ours)
        self._content = make_content_api(settings)
        self._upkeep = upkeep.Watch(database, wall, ours)
        self._notes: dict[str, tuple[float, int]] = {}  # When last noted, handled since.

    def ticks(self, *, deliver_seconds: float = DELIVER_SECONDS) -> list[Tick]:
        poll = POLL_SECONDS if self._database.is_sqlite else FALLBACK_POLL_SECONDS
        works: Mapping[str, Callable[[], int]] = {
            "expire_leases": self._expire_leases,
            "look_up": self._look_ups.look,
            "say_elsewhere": self._elsewhere.look,
            "tidy_budgets": self._tidy_budgets,
            "tidy_holds": self._tidy_holds,
            "tidy_waits": self._tidy_waits,
            "rest_links": self._rest_links,
            "purge": self._purge,
            "clear_chats": self._clearer.clear,
            "pass_on": self._watch.look,
            "remind": self._reminders.remind,
            "call_list": self._call_list,
            "call_unanswered": self._call_unanswered,
            "waitlist": self._next_waves,
            "day_sheets": self._day_sheets.write,
            "templates": self._follow_templates,
            "broadcast": self._broadcasts.send,
            "speak": self._agenda.speak,
            "tell_staff": self._telling.tell_at_once,
            "digests": self._telling.send_digests,
            "watch_channels": self._channel_alarms.look,
            DELIVER: lambda: self.delivery.deliver(for_seconds=deliver_seconds),
            WATCH: self._upkeep.look,  # Last: of those that run once, none is overdue.
        }
        seconds = {name: TICKS[name].every.total_seconds() for name in works} | {DELIVER: poll}
        return [Tick(name, seconds[name], work) for name, work in works.items()]

    def run(self, tick: Tick) -> int:
        """Do the tick's work once; an error is logged and never stops the others."""
        try:
            handled = tick.work()
            self._note(tick.name, handled)
        except Exception:  # One tick that fails must not stop the others, nor its own next run.
            logger.exception("tick %s failed", tick.name)
            return 0
        if handled:
            logger.info("tick %s: %d", tick.name, handled)
        return handled

    def close(self) -> None:
        self.delivery.close()
        if self._content is not None:
            self._content.close()

    def _expire_leases(self) -> int:
        with self._database.transaction() as connection:
            return outcomes.expire_leases(connection, self._clock())

    def _tidy_budgets(self) -> int:
        with self._database.transaction() as connection:
            return budgets.forget(connection, self._clock())

    def _tidy_holds(self) -> int:
        with self._database.transaction() as connection:
            return expire_holds(connection, now=self._clock(), limit=MOST_AT_ONCE)

    def _tidy_waits(self) -> int:
        with self._database.transaction() as connection:
            return expire_waits(connection, now=self._clock(), limit=MOST_AT_ONCE)

    def _call_list(self) -> int:
        with self._database.transaction() as connection:
            return call_tomorrows(connection, self._clock(), load_rules(connection))

    def _call_unanswered(self) -> int:
        with self._database.transaction() as connection:
            return call_unanswered(connection, self._clock(), MOST_AT_ONCE)

    def _next_waves(self) -> int:
        with self._database.transaction() as connection:
            return next_waves(connection, now=self._clock(), limit=MOST_AT_ONCE)

    def _follow_templates(self) -> int:
        if self._content is None:  # WhatsApp is off.
            return 0
        return Keeper(self._database, self._content, self._clock).follow_up()

    def _rest_links(self) -> int:
        with self._database.transaction() as connection:
            months = load_rules(connection).general.link_rest_months
            if not months:
                return 0
            return rest(connection, months=months, now=self._clock(), limit=MOST_AT_ONCE)

    def _purge(self) -> int:
        """Looked for aside, so that a long log keeps nobody waiting who writes."""
        now = self._clock()
        with self._database.reading() as connection:
            months = load_rules(connection).general.message_retention_months
            if not months:
                return 0
            before = months_before(now, months)
            old = retention.messages_to_erase(connection, before=before, limit=MOST_ERASED)
        with self._database.transaction() as connection:
            erased = retention.erase_words(connection, old, now)
            return erased + retention.forget_talks(
                connection, before=before, now=now, limit=MOST_ERASED
            )

    def _note(self, name: str, handled: int) -> None:
        """Into the table `ticks`, but not each time: a tick may come four times a second."""
        noted_at, since = self._notes.get(name, (float("-inf"), 0))
        since += handled
        if time.monotonic() - noted_at < NOTE_EVERY_SECONDS:
            self._notes[name] = (noted_at, since)
            return
        with self._database.transaction() as connection:
            ticks.record(connection, name=name, ran_at=self._wall(), handled=since)
        self._notes[name] = (time.monotonic(), 0)


def run(database: Database, settings: Settings, clock: Clock = core.clock.now) -> None:
    """Tick until SIGTERM or SIGINT, then finish what is being sent; a second one ends at once."""
    stopping = Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.set()

    handlers = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stop = start_in_background(database, settings, clock)
        logger.info("worker started")
        stopping.wait()
        stop()
        logger.info("worker stopped")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def run_once(
    database: Database,
    settings: Settings,
    clock: Clock = core.clock.now,
    senders: Mapping[Channel, Sender] | None = None,
) -> dict[str, int]:
    """Run every tick once, sending until nothing is due; return what each has handled."""
    worker = Worker(database, settings, clock, senders)
    try:
        return {tick.name: worker.run(tick) for tick in worker.ticks(deliver_seconds=float("inf"))}
    finally:
        worker.close()


def start_in_background(
    database: Database,
    settings: Settings,
    clock: Clock = core.clock.now,
    senders: Mapping[Channel, Sender] | None = None,
) -> Callable[[], None]:
    """Start ticking in threads of this process; return what stops it, when all is written back."""
    worker = Worker(database, settings, clock, senders)
    # APScheduler warns at each tick that is skipped because the one before still runs: as meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    # Whoever plays with a demo waits for nothing.
    longest = DEMO_SECONDS if keeper_of(database) else float("inf")
    for tick in worker.ticks():
        scheduler.add_job(
            worker.run,
            "interval",
            args=[tick],
            id=tick.name,
            seconds=min(tick.every_seconds, longest),
            next_run_time=core.clock.now(),
        )
    scheduler.start()
    listener = None
    if not database.is_sqlite:

        def deliver_in(seconds: float) -> None:
            soon = core.clock.now() + timedelta(seconds=seconds)
            scheduler.modify_job("deliver", next_run_time=soon)

        # Woken while it still runs, the tick is left out: what woke it may have come too late for
        # the run that is ending, so it runs once more.
        scheduler.add_listener(
            lambda skipped: deliver_in(AGAIN_SECONDS) if skipped.job_id == "deliver" else None,
            EVENT_JOB_MAX_INSTANCES,
        )
        listener = Listener(database, lambda: deliver_in(0))
        listener.start()

    def stop() -> None:
        worker.delivery.stop()
        if listener:
            listener.stop()
        scheduler.shutdown(wait=True)
        worker.close()

    return stop


class Listener(Thread):
    """Calls `wake` whenever a transaction that queued a message commits (PostgreSQL's NOTIFY)."""

    def __init__(self, database: Database, wake: Callable[[], object]) -> None:
        super().__init__(name="outbox-listener", daemon=True)
        self._database = database
        self._wake = wake
        self._stopping = Event()

    def run(self) -> None:
        import psycopg

        while not self._stopping.is_set():
            try:
                self._listen()
            except psycopg.Error:
                logger.warning("cannot listen to the database; polling instead")
                self._stopping.wait(RECONNECT_SECONDS)

    def _listen(self) -> None:
        """On a connection of its own, outside any transaction (PostgreSQL, LISTEN)."""
        import psycopg

        arguments, options = self._database.engine.dialect.create_connect_args(self._database.url)
        options.setdefault("connect_timeout", 10)
        with psycopg.connect(*arguments, **options, autocommit=True) as connection:
            connection.execute(f"LISTEN {WAKE_CHANNEL}")
            self._wake()  # For what was queued while nobody listened.
            while not self._stopping.is_set():
                if list(connection.notifies(timeout=1.0, stop_after=1)):
                    self._wake()

    def stop(self) -> None:
        self._stopping.set()
        self.join()
