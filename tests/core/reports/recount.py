"""The report's numbers once more, from what happened and from nothing else: each visit is put
together from its events, one by one."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from core.models import appointment_events, locations
from core.reports.numbers import Numbers
from core.reports.period import Period

Covers = Callable[[int, int], bool]  # A practitioner at a place
# In the order in which `Visits` names them.
OUTCOMES = ("kept", "missed", "by patient", "by clinic", "ahead", "unmarked")
NOT_COUNTED = ("held", "expired", "entered_in_error")


@dataclass(frozen=True)
class Told:
    """What both ways of counting tell."""

    by_day: dict[date, tuple[int, ...]]
    visits: tuple[int, ...]
    lead_time: timedelta | None
    minutes: int
    done: dict[str, int]
    through: dict[str, int]


def told(counted: Numbers) -> Told:
    changes = counted.changes
    return Told(
        by_day={day: astuple(visits) for day, visits in counted.by_day.items()},
        visits=astuple(counted.visits),
        lead_time=counted.lead_time,
        minutes=counted.capacity.count,
        done={
            "booked": changes.booked,
            "moved": changes.moved,
            "cancelled": changes.cancelled,
            "undone": changes.undone,
        },
        through=dict(changes.booked_through),
    )


@dataclass(frozen=True)
class Story:
    """One visit, as its events tell it."""

    events: list[Any]
    zones: dict[int, ZoneInfo]

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.events[-1].state_to)
        return found

    @property
    def whose(self) -> tuple[int, int]:
        return self.state["practitioner_id"], self.state["location_id"]

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.state["starts_at"])

    @property
    def ends_at(self) -> datetime:
        return datetime.fromisoformat(self.state["ends_at"])

    def on_the_wall(self, moment: datetime) -> date:
        return moment.astimezone(self.zones[self.state["location_id"]]).date()

    @property
    def lead(self) -> timedelta:
        [booked_at] = (each.at for each in self.events if each.type in ("booked", "walked_in"))
        lead: timedelta = self.starts_at - booked_at
        return lead

    def outcome(self, now: datetime) -> str:
        match self.state["status"]:
            case "completed" | "arrived":
                return "kept"
            case "no_show":
                return "missed"
            case "cancelled":
                who = [each.actor_kind for each in self.events if each.type == "cancelled"]
                return "by patient" if who[-1] == "patient" else "by clinic"
        return "ahead" if now < self.ends_at else "unmarked"


def recounted(connection: Connection, period: Period, now: datetime, covers: Covers) -> Told:
    stories = [story for story in stories_of(connection) if covers(*story.whose)]
    there = [
        story
        for story in stories
        if story.state["status"] not in NOT_COUNTED
        and period.first <= story.on_the_wall(story.starts_at) <= period.last
    ]
    days: dict[date, Counter[str]] = {day: Counter() for day in period.days}
    for story in there:
        days[story.on_the_wall(story.starts_at)][story.outcome(now)] += 1
    whole = sum(days.values(), Counter())
    leads = [story.lead.total_seconds() for story in there if story.lead > timedelta()]
    taken = [story for story in there if not story.outcome(now).startswith("by ")]
    done, through = _done(stories, period)
    return Told(
        by_day={day: tuple(each[name] for name in OUTCOMES) for day, each in days.items()},
        visits=tuple(whole[name] for name in OUTCOMES),
        lead_time=timedelta(seconds=median(leads)) if leads else None,
        minutes=sum((story.ends_at - story.starts_at) // timedelta(minutes=1) for story in taken),
        done=done,
        through=through,
    )


def stories_of(connection: Connection) -> list[Story]:
    rows = connection.execute(select(locations.c.id, locations.c.zone))
    zones = {row.id: ZoneInfo(row.zone) for row in rows}
    told_of: dict[int, list[Any]] = defaultdict(list)
    for event in connection.execute(select(appointment_events).order_by(appointment_events.c.id)):
        told_of[event.appointment_id].append(event)
    return [Story(events, zones) for events in told_of.values()]


def _done(stories: list[Story], period: Period) -> tuple[dict[str, int], dict[str, int]]:
    names = {"booked": "booked", "walked_in": "booked", "rescheduled": "moved"}
    names |= {"cancelled": "cancelled", "undone": "undone"}
    done = dict.fromkeys(names.values(), 0)
    through: Counter[str] = Counter()
    for story in stories:
        for event in story.events:
            in_time = period.first <= story.on_the_wall(event.at) <= period.last
            if in_time and event.type in names:
                done[names[event.type]] += 1
                through.update([event.channel] if names[event.type] == "booked" else [])
    return done, dict(through)
