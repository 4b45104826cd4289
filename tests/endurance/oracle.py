"""Judges a year by the providers' ledger, and what people and staff did: it asks nothing of the
code that plans and sends."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, select

from core.models import occasions, reminders, tasks
from tests.bot.talking import rows
from tests.endurance.books import Books, Stand
from tests.endurance.year import Year
from tests.providers.ledger import Entry

TWICE = "said twice"
AFTER = "said after a change"
OPTED_OUT = "said to who opted out"
AT_NIGHT = "said at night"
NOT_ACCEPTED = "called sent, and was not accepted"
LOST = "lost"

STAGES = {"3d": timedelta(days=3), "1d": timedelta(days=1)}
FRESH = timedelta(hours=4)  # Who has just booked is not reminded.
A_DAY = timedelta(days=1)  # In which whatever is due is done, whatever befalls.
OPEN, CLOSE = time(8), time(20)
SENT = ("sent", "delivered", "read", "undelivered")
# What a visit must be when this is said of it.
EXPECTED = ("pending", "scheduled", "confirmed")
MUST_BE = {
    "booked": EXPECTED,
    "moved": EXPECTED,
    "visit_over": ("completed",),
    "visit_missed": ("no_show",),
}


def judge(year: Year) -> dict[str, list[str]]:
    """Return what is wrong, by the promise that it breaks."""
    books = Books.read(year)
    found: dict[str, Iterable[str]] = {
        TWICE: _twice(books),
        AFTER: _after(books),
        OPTED_OUT: _opted_out(books),
        AT_NIGHT: _at_night(books),
        NOT_ACCEPTED: _not_accepted(books),
        LOST: [*_lost_reminders(books), *_without_end(books)],
    }
    listed = {promise: list(faults) for promise, faults in found.items()}
    return {promise: faults for promise, faults in listed.items() if faults}


def _twice(books: Books) -> Iterator[str]:
    for message_id, entries in books.accepted.items():
        if len(entries) > 1:
            yield f"message {message_id} was accepted {len(entries)} times"
    with books.year.database.reading() as connection:
        said = [
            *connection.execute(select(reminders.c.id, reminders.c.message_id)),
            *connection.execute(select(occasions.c.id, occasions.c.message_id)),
        ]
    for row in said:
        if len(books.arrived(books.chain(row.message_id))) > 1:
            yield f"reminder or occasion {row.id} arrived more than once"
    # Whatever the rows say: the same words about a visit come to a phone once for each stage.
    heard = Counter(
        (entry.to, entry.text)
        for entry, row in books.entries
        if row.kind == "reminder" and entry.outcome == "accepted" and not entry.fails
    )
    for (to, text), times in heard.items():
        if times > len(STAGES):
            yield f"{to} has read {times} times: {text}"


def _after(books: Books) -> Iterator[str]:
    for entry, row in books.entries:
        if entry.outcome != "accepted":
            continue
        for reminder in books.about[row.id]:
            stand = books.stand(reminder.appointment_id, entry.at)
            wanted = ("scheduled", reminder.starts_at)
            if stand is None or (stand.status, stand.starts_at) != wanted:
                yield f"message {row.id} at {entry.at}: reminder {reminder.id}, visit {stand}"
        occasion = books.occasions.get(row.id)
        if occasion is None or occasion.kind not in MUST_BE:
            continue
        stand = books.stand(occasion.appointment_id, entry.at)
        if stand is None or stand.status not in MUST_BE[occasion.kind]:
            yield f"message {row.id} at {entry.at}: {occasion.kind}, visit {stand}"


def _opted_out(books: Books) -> Iterator[str]:
    """As people have said it, and whatever we have written down of it."""
    people = books.year.people
    for entry, row in _unprompted(books):
        words = books.year.opted_out.get(people.phone(entry.channel, entry.to).id, [])
        before = [is_out for number, is_out in words if number < entry.number]
        if before and before[-1]:
            yield f"message {row.id} at {entry.at}"


def _at_night(books: Books) -> Iterator[str]:
    people = books.year.people
    for entry, row in _unprompted(books):
        zone = people.phone(entry.channel, entry.to).zone
        occasion = books.occasions.get(row.id)
        about = [each.appointment_id for each in books.about[row.id]]
        about += [row.appointment_id or (occasion and occasion.appointment_id)]
        zones = [zone] if zone else [books.zones[each] for each in about if each]
        for each in zones:
            local = entry.at.astimezone(each).time()
            if not OPEN <= local < CLOSE:
                yield f"message {row.id} ({row.kind}) at {local} in {each}"


def _unprompted(books: Books) -> Iterator[tuple[Entry, Row[Any]]]:
    return ((e, row) for e, row in books.entries if row.kind not in ("reply", "staff_answer"))


def _not_accepted(books: Books) -> Iterator[str]:
    for row in books.messages.values():
        ids = [entry.provider_id for entry in books.accepted[row.id]]
        is_sent = row.status in SENT
        if is_sent and ids[-1:] != [(row.provider_id or "").rpartition(":")[2]]:
            yield f"message {row.id} is {row.status}, accepted: {len(ids)}"
        if ids and not is_sent and row.status != "unknown":
            yield f"message {row.id} was accepted, and is {row.status}"


def _lost_reminders(books: Books) -> Iterator[str]:
    """Each visit that stood as it was at the hour of a reminder has had it, or a row says why not;
    and of whoever was not reached staff know."""
    database = books.year.database
    planned = {(r.appointment_id, r.starts_at, r.stage): r for r in rows(database, reminders)}
    called = {row.appointment_id for row in rows(database, tasks) if row.kind == "call"}
    for visit_id, stands in books.stands.items():
        for since, starts_at in _scheduled(stands):
            dues = _dues(books, visit_id, since, starts_at)
            hopes = []
            for stage, due in dues:
                reminder = planned.get((visit_id, starts_at, stage))
                if reminder is None or _is_left(books, reminder):
                    yield f"visit {visit_id}: its reminder {stage} of {due} was not planned or said"
                    continue
                hopes.append(reminder)
                if reminder.state not in ("queued", "planned") and not reminder.note:
                    yield f"reminder {reminder.id} is {reminder.state}, and nothing says why"
            is_over = starts_at < books.ended_at and _stood(stands, starts_at)
            if dues and is_over and not _reached(books, hopes) and visit_id not in called:
                yield f"visit {visit_id}: nobody was reached, and nobody is to be called"


def _is_left(books: Books, reminder: Row[Any]) -> bool:
    """It should have been said by now, even if put off: at the latest when the visit began."""
    should_be_said = min(reminder.due_at, reminder.starts_at)
    return reminder.state == "planned" and bool(should_be_said < books.ended_at - A_DAY)


def _scheduled(stands: list[Stand]) -> Iterator[tuple[datetime, datetime]]:
    """Since when the visit was to begin when, and nobody had confirmed it."""
    before: tuple[str, datetime] | None = None
    for stand in stands:
        now = (stand.status, stand.starts_at)
        if stand.status == "scheduled" and now != before:
            yield stand.since, stand.starts_at
        before = now


def _dues(
    books: Books, visit_id: int, since: datetime, starts_at: datetime
) -> list[tuple[str, datetime]]:
    """The hours of its reminders at which it stood so, in the waking day of whoever hears them."""
    found = []
    for stage, before in STAGES.items():
        zone = books.zones[visit_id]
        wall = starts_at.astimezone(zone).replace(tzinfo=None) - before
        if wall.time() >= CLOSE:
            wall = datetime.combine(wall.date(), time(19, 59))
        elif wall.time() < OPEN:
            wall = datetime.combine(wall.date(), OPEN)
        due = wall.replace(tzinfo=zone).astimezone(starts_at.tzinfo)
        stand = books.stand(visit_id, due)
        is_so = stand is not None and (stand.status, stand.starts_at) == ("scheduled", starts_at)
        is_past = due < books.ended_at - A_DAY
        if is_so and is_past and since + FRESH < due < starts_at:
            found.append((stage, due))
    return found


def _reached(books: Books, reminders_of: list[Row[Any]]) -> bool:
    """Or may have been, where nobody can tell."""
    for reminder in reminders_of:
        if reminder.message_id is None:
            continue
        if books.arrived(books.chain(reminder.message_id)):
            return True
        if books.messages[reminder.message_id].status == "unknown":
            return True
    return False


def _stood(stands: list[Stand], starts_at: datetime) -> bool:
    """Whether it was still to begin then, unconfirmed, when it began."""
    before = [each for each in stands if each.since < starts_at]
    return before[-1].status == "scheduled" and before[-1].starts_at == starts_at


def _without_end(books: Books) -> Iterator[str]:
    """What should have been done a day before the end, and is neither done nor left."""
    late = books.ended_at - A_DAY
    for row in books.messages.values():
        if row.status in ("queued", "sending") and (row.due_at or row.queued_at) < late:
            yield f"message {row.id} is {row.status} since {row.queued_at}"
        if row.status == "dropped" and not row.error_code:
            yield f"message {row.id} was dropped, and nothing says why"
    in_vain = Counter(
        (row.conversation_id, row.text)
        for row in books.messages.values()
        if row.status == "dropped" and row.error_code == "changed"
    )
    for (conversation_id, text), times in in_vain.items():
        if times > len(STAGES):
            yield f"conversation {conversation_id}: taken back {times} times, always anew: {text}"
    for row in rows(books.year.database, occasions):
        if row.state == "planned" and row.due_at < late:
            yield f"occasion {row.id} ({row.kind}) is planned since {row.due_at}"
        if row.state in ("dropped", "withdrawn") and not row.note:
            yield f"occasion {row.id} is {row.state}, and nothing says why"
