"""The numbers behind a clinic's report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from core.clock import instant
from core.models import waitlist_rounds
from core.reports.capacity import use_of_capacity
from core.reports.changes import Changes, count_changes
from core.reports.messages import Messages, count_messages
from core.reports.period import Period
from core.reports.reminders import Reminded, count_reminders
from core.reports.selection import select_days
from core.reports.share import Share
from core.reports.visits import Ratings, Visits, count_ratings, count_visits
from core.scheduling.catalogue import Catalogue
from core.staff.rights import Sphere
from core.waitlist.report import Report as Waitlist
from core.waitlist.report import report as waitlist_report


@dataclass(frozen=True, slots=True)
class Numbers:
    """As of `calculated_at`. Of the visits whose time lies in the period: `visits`, `by_day`,
    `lead_time` (median), `capacity` (booked of working minutes), `ratings`. Of what was done in the
    period, whenever the visits are: `changes`, `messages`, `reminders`, `waitlist`."""

    period: Period
    calculated_at: datetime
    visits: Visits
    by_day: Mapping[date, Visits]
    lead_time: timedelta | None
    capacity: Share
    ratings: Ratings
    changes: Changes
    messages: Messages
    reminders: Reminded
    waitlist: Waitlist

    @property
    def waitlist_share(self) -> Share:
        """Freed times that somebody of the waitlist got, of those that were offered."""
        return Share(self.waitlist.filled, self.waitlist.rounds)


def numbers(
    connection: Connection,
    sphere: Sphere,
    period: Period,
    *,
    catalogue: Catalogue,
    now: datetime,
    practitioner_id: int | None = None,
    location_id: int | None = None,
) -> Numbers:
    """Return the numbers of what lies in somebody's sphere, in a constant number of queries; only
    those of one practitioner, or of one place, if asked. Days are those of each place; of what
    belongs to none, those of the clinic's first.

    Raises UnknownLocation and NaiveDatetime. Whether somebody may know the practitioner is the
    caller's to say: of one outside the sphere there is nothing.
    """
    now = instant(now)
    chosen = select_days(
        connection, sphere, period, practitioner_id=practitioner_id, location_id=location_id
    )
    counted = count_visits(connection, chosen, now)
    since, until = chosen.days.bounds(next(iter(chosen.days.zones)))
    return Numbers(
        period=period,
        calculated_at=now,
        visits=counted.visits,
        by_day=counted.by_day,
        lead_time=counted.lead_time,
        capacity=use_of_capacity(connection, chosen, period, catalogue),
        ratings=count_ratings(connection, chosen),
        changes=count_changes(connection, chosen),
        messages=count_messages(connection, chosen),
        reminders=count_reminders(connection, chosen),
        waitlist=waitlist_report(
            connection, since=since, until=until, among=chosen.among(waitlist_rounds)
        ),
    )
