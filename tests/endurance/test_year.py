"""A year of a clinic whose worker may end at any statement, judged by the providers' ledger.

The year 2028 has a 29 February; the clinic's clocks change in the north, in the south, and never.
Each promise has its control: a part of the code that keeps it is taken away, and the judge finds it
out.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import bot.lookups
import core.quiet
from bot.senders.base import Accepted, DeliveryError, OutgoingMessage
from core.database.connect import Database
from core.messaging import outbox, unknown
from core.messaging import outcomes as settled
from core.messaging.unknown import UnknownMessage
from core.occasions import due
from tests.endurance import oracle
from tests.endurance.crashes import CrashingSender
from tests.endurance.life import Plan
from tests.endurance.oracle import judge
from tests.endurance.year import Year, a_year

# The days round the clocks' change in the north, a week after which the south's change.
FEW_DAYS = Plan(
    since=datetime(2028, 3, 9, tzinfo=UTC),
    days=3,
    patients=20,
    visits_a_day=8.0,
    days_ahead=5,
    outages_a_day=0.5,
)
# For the controls: so much goes wrong that what is taken away is missed.
BAD_DAYS = Plan(
    since=FEW_DAYS.since,
    days=7,
    patients=40,
    visits_a_day=12.0,
    days_ahead=5,
    opt_outs_a_day=1.0,
    outages_a_day=3.0,
    second_thoughts=0.5,
)
CONTROL_SEEDS = range(2028, 2036)
# What crashes must have come by.
TICKS = {"deliver", "remind", "speak", "waitlist", "look_up", "say_elsewhere", "expire_leases"}
CALLS = {f"after {channel} has accepted" for channel in ("sms", "whatsapp", "telegram")}


def tell(year: Year) -> None:
    """What was lived through, for whoever reads the run."""
    crashes, entries = year.crashes, year.peers.twilio.ledger.entries()
    accepted = sum(entry.outcome == "accepted" for entry in entries)
    print(
        f"{year.plan.days} days, {year.steps} steps, {accepted} messages accepted;"
        f" {sum(crashes.passed.values())} statements and calls at {len(crashes.passed)} places,"
        f" {sum(crashes.at.values())} crashes at {len(crashes.at)} of them"
    )


@pytest.mark.stress
def test_in_a_year_nothing_is_doubled_lost_or_said_at_the_wrong_time(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_year(sqlite_database, Plan(), monkeypatch) as year:
        year.live()
        tell(year)
        assert judge(year) == {}
        assert {tick for tick, _, _ in year.crashes.at} >= TICKS
        assert {what for _, what, _ in year.crashes.at} >= CALLS


@pytest.mark.stress
def test_nor_in_bad_days_on_postgresql(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live_badly(postgresql_database, monkeypatch, replace(BAD_DAYS, days=4)) == {}


def test_nor_in_a_few_days(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert live_badly(sqlite_database, monkeypatch, FEW_DAYS) == {}


def live_badly(
    database: Database, monkeypatch: pytest.MonkeyPatch, plan: Plan = BAD_DAYS
) -> dict[str, list[str]]:
    with a_year(database, plan, monkeypatch) as year:
        year.live()
        tell(year)
        return judge(year)


@pytest.fixture
def comes_out(
    emptied_sqlite: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., bool]:
    """Whether the judge finds a promise broken in one of a few weeks. In a single one what is taken
    away may go unmissed: only few messages wait while their visit changes."""

    def comes_out(promise: str, plan: Plan = BAD_DAYS) -> bool:
        weeks = (replace(plan, seed=seed) for seed in CONTROL_SEEDS)
        return any(promise in live_badly(emptied_sqlite(), monkeypatch, week) for week in weeks)

    return comes_out


@pytest.mark.stress
def test_control_bad_days_are_none_for_us(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same days, with nothing taken away."""
    assert live_badly(sqlite_database, monkeypatch) == {}


@pytest.mark.stress
def test_control_a_guess_says_things_twice(
    comes_out: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unknown is sent again, and nobody asks the provider."""

    def guess(looking: bot.lookups.LookUps, each: UnknownMessage) -> None:
        with looking._database.transaction() as connection:
            now = looking._clock()
            unknown.send_again(connection, each.message.id, most_tries=99, now=now)

    monkeypatch.setattr(bot.lookups.LookUps, "_find_out", guess)
    assert comes_out(oracle.TWICE)


@pytest.mark.stress
def test_control_without_the_second_look_it_is_said_after_a_change(
    comes_out: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "take_back", lambda *_: set())
    assert comes_out(oracle.AFTER)


@pytest.mark.stress
def test_control_without_quiet_hours_it_is_said_at_night(
    comes_out: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.quiet, "is_quiet", lambda *_: False)
    monkeypatch.setattr(outbox, "take_back", lambda *_: set())
    assert comes_out(oracle.AT_NIGHT)


@pytest.mark.stress
def test_control_who_opted_out_is_written_to_where_nobody_takes_note(
    comes_out: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.optout.set_opt_in", lambda *_, **__: None)
    assert comes_out(oracle.OPTED_OUT)


@pytest.mark.stress
def test_control_what_was_refused_is_called_sent(
    comes_out: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = CrashingSender.send

    def send(sender: CrashingSender, message: OutgoingMessage) -> Accepted:
        try:
            return honest(sender, message)
        except DeliveryError:
            return Accepted(f"SM{message.public_id}", "queued")

    monkeypatch.setattr(CrashingSender, "send", send)
    assert comes_out(oracle.NOT_ACCEPTED)


@pytest.mark.stress
@pytest.mark.parametrize("missing", ["leases", "reminders"])
def test_control_what_nobody_takes_up_is_lost(
    comes_out: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """Leases never run out; or reminders are settled before they are said."""
    if missing == "leases":
        monkeypatch.setattr(settled, "expire_leases", lambda *_: 0)
    else:
        found = due.due

        def settles_first(connection: Any, now: datetime, *rest: Any) -> Collection[Any]:
            waiting = found(connection, now, *rest)
            due._set(connection, [each.id for each in waiting[1:]], now, state="queued")
            return waiting

        monkeypatch.setattr(due, "due", settles_first)
    assert comes_out(oracle.LOST, replace(BAD_DAYS, days=4))
