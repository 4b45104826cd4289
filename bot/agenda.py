"""The worker's tick that says what is due on other occasions than a reminder: a time that has come
free, a visit that is over, or was missed, or should be followed by another.

Each is a transaction of its own, that of `Desk.prompt`; one that fails stops no other.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.desk import Desk
from bot.occasions import (
    ComeAgain,
    News,
    Occasion,
    RunningLate,
    TimeFreed,
    TimeGone,
    VisitOver,
)
from core.clock import Clock
from core.database.connect import Database
from core.messaging.places import conversation_with
from core.models.occasions import OccasionKind
from core.occasions import agenda, due
from core.occasions.after import plan_recalls
from core.occasions.agenda import Planned
from core.occasions.stands import NEWS
from core.occasions.whom import told
from core.people.links import people_at
from core.scheduling.appointments import by_id

logger = logging.getLogger("frontdesk.worker")

MOST_AT_ONCE = 200
# Who is in the middle of something is asked a little later: others wait for the same time.
SOON = timedelta(minutes=2)
AGAIN = timedelta(minutes=10)


def _offer(planned: Planned) -> Occasion:
    assert planned.offer_id is not None  # noqa: S101 - the kind says so
    kind = TimeFreed if planned.kind is OccasionKind.OFFER else TimeGone
    return kind(planned.id, planned.offer_id)


def _after_visit(planned: Planned) -> Occasion:
    assert planned.appointment_id is not None  # noqa: S101 - the kind says so
    if planned.kind is OccasionKind.VISIT_OVER:
        return VisitOver(planned.id, planned.appointment_id)
    why = "missed" if planned.kind is OccasionKind.VISIT_MISSED else "due"
    return ComeAgain(planned.id, planned.appointment_id, why)


# How each kind of row is put to the desk.
KINDS: Mapping[OccasionKind, Callable[[Planned], Occasion]] = {
    OccasionKind.BOOKED: News,
    OccasionKind.MOVED: News,
    OccasionKind.CANCELLED: News,
    OccasionKind.OFFER: _offer,
    OccasionKind.OFFER_GONE: _offer,
    OccasionKind.VISIT_OVER: _after_visit,
    OccasionKind.VISIT_MISSED: _after_visit,
    OccasionKind.FOLLOW_UP_DUE: _after_visit,
    OccasionKind.RUNNING_LATE: RunningLate,
}
# What whoever merely hears of visits is told, too; and if nobody does, staff call.
_TOLD_TO_ALL = (*NEWS, OccasionKind.RUNNING_LATE)


class Agenda:
    """`ours`: our own address on each channel, for those who have never written to us."""

    def __init__(self, database: Database, clock: Clock, ours: Mapping[str, str]) -> None:
        self._database = database
        self._clock = clock
        self._ours = ours
        self._desk = Desk(database, clock)

    def speak(self) -> int:
        """Say what is due, and return how many occasions were looked at."""
        now = self._clock()
        with self._database.transaction() as connection:
            plan_recalls(connection, now, MOST_AT_ONCE)
            waiting = agenda.due(connection, now, MOST_AT_ONCE)
        for planned in waiting:
            try:
                self._say(planned)
            except Exception:  # The others are not to wait for it.
                logger.exception("occasion %d could not be said", planned.id)
                self._postpone(planned, AGAIN)
        return len(waiting)

    def _say(self, planned: Planned) -> None:
        conversation_id = planned.conversation_id or self._place(planned)
        if conversation_id is None:
            return
        occasion = KINDS[planned.kind](planned)
        handled = self._desk.prompt(conversation_id, occasion)
        if handled is None:
            self._postpone(planned, SOON)
        elif not handled.replies:
            self._leave_out(planned)

    def _place(self, planned: Planned) -> int | None:
        """Return the conversation of who hears of the patient's visits; None, if nobody does."""
        now = self._clock()
        is_news = planned.kind in _TOLD_TO_ALL
        with self._database.transaction() as connection:
            visit = by_id(connection, planned.appointment_id or 0)
            for address_id in told(connection, visit, now):
                # Whoever merely hears of visits has news of them, and nothing else to say.
                speaks_for = {link.patient_id for link in people_at(connection, address_id, now)}
                if is_news or visit.patient_id in speaks_for:
                    return conversation_with(connection, address_id, self._ours, now)
            agenda.drop(connection, planned.id, agenda.NOBODY, now)
            if is_news and visit.starts_at > now:
                due.have_called(connection, planned.patient_id, visit.id, visit.starts_at, now)
            return None

    def _leave_out(self, planned: Planned) -> None:
        now = self._clock()
        with self._database.transaction() as connection:
            agenda.leave_out(connection, planned.id, now)

    def _postpone(self, planned: Planned, by: timedelta) -> None:
        now = self._clock()
        with self._database.transaction() as connection:
            agenda.postpone(connection, planned.id, now + by, now)
