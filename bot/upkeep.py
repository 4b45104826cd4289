"""The ticks of the worker: how often each runs, what is left undone without it, and the alarm when
one has not run for too long.

The worker looks after its own ticks; that no worker runs at all only the web process can see. Both
call the same `look`, and one task comes of it, however many look. How long a tick has not run is
told by the wall's clock, which nobody moves, not by a demo's.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.alarms import tell_first
from bot.clinic import ClinicCache
from core.clock import Clock
from core.database.connect import Database
from core.messaging import outage, ticks
from core.messaging.tasks import find_task

logger = logging.getLogger("frontdesk.upkeep")

DELIVER, WATCH = "deliver", "watch_ticks"
# A worker notes its ticks every few seconds only, and one that starts has much to do.
GRACE = timedelta(minutes=1)
MISSED = 3  # So many times in a row a tick may be late, or fail.
# Afterwards it is no news that something stood still.
WORTH_TELLING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """`without`: what is not done while the tick does not run."""

    every: timedelta
    without: str

    @property
    def limit(self) -> timedelta:
        return MISSED * self.every + GRACE


def _every(seconds: float, without: str) -> Upkeep:
    return Upkeep(timedelta(seconds=seconds), without)


TICKS: Mapping[str, Upkeep] = {
    "expire_leases": _every(15, "what a dead worker was sending stays undecided"),
    "look_up": _every(15, "no provider is asked what became of unknown messages"),
    "say_elsewhere": _every(10, "lost messages go out on no other way, and open no call"),
    "tidy_budgets": _every(600, "what the providers' limits counted is kept for ever"),
    "tidy_holds": _every(30, "holds that ran out are not offered to the waitlist"),
    "tidy_waits": _every(600, "the waitlist keeps whose last day has passed"),
    "rest_links": _every(600, "old links between people and numbers keep their trust"),
    "purge": _every(3600, "what is older than the clinic keeps is not erased"),
    "clear_chats": _every(30, "staff's chats go on showing what they told of patients"),
    # An alarm that waits for minutes waits no longer than these more.
    "pass_on": _every(10, "alarms that nobody has taken go to nobody else"),
    "remind": _every(5, "no reminder goes out"),
    "call_list": _every(300, "staff are not told whom to call about tomorrow"),
    "call_unanswered": _every(60, "nobody is called who has not answered to a new time"),
    # A freed time is asked about while it is worth something.
    "waitlist": _every(10, "freed times are offered to nobody"),
    "day_sheets": _every(300, "no day sheet is written for an outage"),
    "templates": _every(3600, "WhatsApp's word on templates is not asked for"),
    "broadcast": _every(2, "no broadcast of staff goes out"),
    "speak": _every(5, "nobody hears that a visit has changed, and no offer goes out"),
    "tell_staff": _every(20, "staff are not told at once of visits"),
    "digests": _every(60, "staff get no digest in the morning"),
    "watch_channels": _every(20, "nobody is told that a channel takes nothing"),
    # Woken as soon as there is something; on SQLite it looks more often.
    DELIVER: _every(1, "nothing is sent"),
    WATCH: _every(30, "nobody but the web process looks whether the others run"),
}


@dataclass(frozen=True, slots=True)
class Overdue:
    """A tick that has not run for longer than it may. `ran_at` None: never."""

    name: str
    ran_at: datetime | None

    def in_words(self, now: datetime) -> str:
        ran = "has never run"
        if self.ran_at is not None:
            ran = f"has not run for {_for(now - self.ran_at)}"
        return f"{self.name} {ran}, so {TICKS[self.name].without}"


def _for(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def overdue(
    connection: Connection, now: datetime, *, since: datetime | None = None
) -> list[Overdue]:
    """Return the ticks that no worker has run for longer than they may; `since`: only such time
    counts as whoever asks has been looking."""
    last = ticks.last_ran(connection)
    late = []
    for name, upkeep in TICKS.items():
        ran_at = last.get(name)
        known = [at for at in (ran_at, since) if at is not None]
        if not known or now - max(known) > upkeep.limit:
            late.append(Overdue(name, ran_at))
    return late


def is_worker_silent(late: list[Overdue]) -> bool:
    """Tell whether no worker runs at all, as far as these tell."""
    return any(each.name == DELIVER for each in late)


class Watch:
    """Looks whether the ticks run. `wall`: the real clock; `ours`: our own address on each channel,
    for colleagues who have never written to us."""

    def __init__(self, database: Database, wall: Clock, ours: Mapping[str, str]) -> None:
        self._database = database
        self._wall = wall
        self._ours = ours
        self._since = wall()
        self._clinics = ClinicCache()

    def look(self) -> int:
        """Begin the alarm, or end it; return how many ticks are overdue. One outage is one task,
        and one message to the first of staff: it goes out if sending is not what stands still."""
        now = self._wall()
        with self._database.reading() as connection:
            found = overdue(connection, now, since=self._since)
        late = [each for each in found if each.name != WATCH]  # Whoever looks, looks.
        with self._database.transaction() as connection:
            if not late:
                outage.end(connection, now)
                return 0
            self._begin(connection, late, now)
        return len(late)

    def _begin(self, connection: Connection, late: list[Overdue], now: datetime) -> None:
        if is_worker_silent(late):
            logger.warning(
                "no worker has run for a minute: nothing is sent; run `frontdesk worker`"
            )
        else:
            logger.warning("ticks are overdue: %s", ", ".join(each.name for each in late))
        opened = outage.begin(connection, _note(late), now)
        if opened is not None:
            clinic = self._clinics.newest(connection, now)
            task = find_task(connection, opened)
            tell_first(connection, clinic, task, self._ours, now, until=now + WORTH_TELLING)


def _note(late: list[Overdue]) -> str:
    """The same for as long as the same ticks stand still, whatever the clock says."""
    if is_worker_silent(late):
        return f"No worker runs: {TICKS[DELIVER].without}. Run `frontdesk worker`."
    lines = (f"{each.name} stands still: {TICKS[each.name].without}." for each in late)
    return "\n".join(lines)
