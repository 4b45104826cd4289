"""`GET /metrics` for Prometheus: whether the ticks run, and how much waits. Numbers only, and
nothing of a patient.

All of it stands in the database, for all processes together, and is read anew at each request: the
client library keeps no numbers of its own here.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from bot.upkeep import TICKS, overdue
from core.clock import Clock
from core.database.connect import Database
from core.messaging import backlog, ticks
from core.models.messaging import TaskKind
from core.occasions.unreached import Reached, reach_of_tomorrow


@dataclass(frozen=True, slots=True)
class StateOfWork(Collector):
    """What the database says at each collection; `wall`: the real clock, by which it is told when
    a tick ran."""

    database: Database
    clock: Clock
    wall: Clock

    def collect(self) -> Iterator[Metric]:
        with self.database.reading() as connection:
            yield from _ticks(connection, self.wall())
            yield from _messages(connection, self.clock())
            yield _tasks(connection)
            yield _visits(connection, self.clock())


def make_blueprint(database: Database, clock: Clock, wall: Clock) -> Blueprint:
    blueprint = Blueprint("metrics", __name__)
    registry = CollectorRegistry()
    registry.register(StateOfWork(database, clock, wall))

    @blueprint.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return blueprint


def _ticks(connection: Connection, now: datetime) -> Iterator[Metric]:
    last = GaugeMetricFamily(
        "frontdesk_tick_last_ran_timestamp_seconds",
        "When each tick of the worker last ran; absent: never.",
        labels=["tick"],
    )
    handled = CounterMetricFamily(
        "frontdesk_tick_handled", "How much each tick has handled.", labels=["tick"]
    )
    for run in ticks.runs(connection):
        last.add_metric([run.name], run.ran_at.timestamp())
        handled.add_metric([run.name], run.handled)
    late = {each.name for each in overdue(connection, now)}
    behind = GaugeMetricFamily(
        "frontdesk_tick_overdue",
        "1 if the tick has not run for longer than it may.",
        labels=["tick"],
    )
    for name in TICKS:
        behind.add_metric([name], name in late)
    yield from (last, handled, behind)


def _messages(connection: Connection, now: datetime) -> Iterator[Metric]:
    outbox = backlog.outbox(connection, now)
    waiting = GaugeMetricFamily(
        "frontdesk_messages_waiting",
        "Messages that wait to be sent, or are being sent.",
        labels=["channel", "status"],
    )
    unsettled = GaugeMetricFamily(
        "frontdesk_messages_unsettled",
        "Messages whose outcome is unknown, or that were lost and are to be said elsewhere.",
        labels=["channel", "status"],
    )
    for family, counted in ((waiting, outbox.waiting), (unsettled, outbox.unsettled)):
        for labels, count in counted.items():
            family.add_metric(labels, count)
    yield from (waiting, unsettled)
    since = (now - outbox.oldest_due_at).total_seconds() if outbox.oldest_due_at else 0
    yield GaugeMetricFamily(
        "frontdesk_messages_oldest_due_seconds",
        "For how long the message waits that could have been sent the longest.",
        value=since,
    )


def _tasks(connection: Connection) -> Metric:
    family = GaugeMetricFamily(
        "frontdesk_tasks_open", "Tasks that nobody of staff has closed.", labels=["kind"]
    )
    opened = backlog.open_tasks_by_kind(connection)
    for kind in TaskKind:
        family.add_metric([kind.value], opened.get(kind, 0))
    return family


def _visits(connection: Connection, now: datetime) -> Metric:
    family = GaugeMetricFamily(
        "frontdesk_visits_tomorrow",
        "Tomorrow's visits, by whether the patient has been reached.",
        labels=["outcome"],
    )
    reached = Counter(reach.outcome for reach in reach_of_tomorrow(connection, now))
    for outcome in Reached:
        family.add_metric([outcome.value], reached[outcome])
    return family
