"""Reminders of some days: how many went out, and what patients answered."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, select

from core.models import appointment_events, messages, reminders
from core.models.appointments import ActorKind
from core.reports.messages import ACCEPTED
from core.reports.selection import Selection
from core.reports.share import Share


@dataclass(frozen=True, slots=True)
class Reminded:
    """Reminders that went out, one for each visit that a message reminds of, and what the patients
    did on them before the next one, or before the visit: the first thing that anybody did."""

    sent: int
    confirmed: int
    moved: int
    cancelled: int

    @property
    def answered_share(self) -> Share:
        return Share(self.confirmed + self.moved + self.cancelled, self.sent)

    @property
    def confirmed_share(self) -> Share:
        return Share(self.confirmed, self.sent)


_CONFIRMED, _MOVED, _CANCELLED = "confirmed", "rescheduled", "cancelled"


def count_reminders(connection: Connection, chosen: Selection) -> Reminded:
    """Return how many reminders a provider accepted on those days, and how patients answered."""
    each = (
        select(_answer().label("answer"))
        .select_from(messages)
        .join(reminders, reminders.c.message_id == messages.c.id)
        .where(
            messages.c.status.in_(ACCEPTED),
            chosen.of_visits(reminders.c.appointment_id, messages.c.created_at),
        )
        .subquery()
    )
    rows = connection.execute(
        select(each.c.answer, func.count().label("reminders")).group_by(each.c.answer)
    )
    answers = Counter({row.answer: row.reminders for row in rows})
    return Reminded(
        sent=answers.total(),
        confirmed=answers[_CONFIRMED],
        moved=answers[_MOVED],
        cancelled=answers[_CANCELLED],
    )


def _answer() -> ColumnElement[str | None]:
    """What a patient did first of what answers the reminder, None where nobody did, or staff."""
    event, later, its_message = appointment_events.c, reminders.alias(), messages.alias()
    next_at = (
        select(func.min(its_message.c.created_at))
        .join(later, later.c.message_id == its_message.c.id)
        .where(
            later.c.appointment_id == reminders.c.appointment_id,
            its_message.c.status.in_(ACCEPTED),
            its_message.c.created_at > messages.c.created_at,
        )
        .correlate(reminders, messages)
        .scalar_subquery()
    )
    return (
        select(case((event.actor_kind == ActorKind.PATIENT, event.type)))
        .where(
            event.appointment_id == reminders.c.appointment_id,
            event.type.in_((_CONFIRMED, _MOVED, _CANCELLED)),
            event.at >= messages.c.created_at,
            event.at < func.coalesce(next_at, reminders.c.starts_at),
        )
        .order_by(event.id)
        .limit(1)
        .correlate(reminders, messages)
        .scalar_subquery()
    )
