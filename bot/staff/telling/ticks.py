"""The worker's ticks that tell staff: at once what they wished to hear at once, and the digest of
the morning. Each person is a transaction of its own; one that fails stops no other.

Nothing is kept in the process: whom to tell is asked of the database each time, and that somebody
was told stands in the transaction that queues the message. So a worker may die at any line, and any
number of them may look.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clinic import Clinic, ClinicCache
from bot.dialogue.turn import say
from bot.staff.telling import digest as words
from bot.staff.telling.listener import Listener, listener, sees
from bot.staff.telling.news import listed
from core.clock import Clock
from core.database.connect import Database
from core.messaging import notices
from core.models.staff import Hears
from core.opening import OpeningHours, load_opening_hours
from core.staff import digest
from core.staff.chats import chat_of, with_chats
from core.staff.digest import WORTH_SENDING, morning_of
from core.staff.news import VisitNews, last_told, news_since, note_told, told_of
from core.staff.nights import NEWS_FOR, told_from
from core.staff.wishes import wishes_of

logger = logging.getLogger("frontdesk.worker")

# What happened in the night is looked at until it is no news any more.
LOOK_BACK = timedelta(hours=24) + NEWS_FOR
# What happens meanwhile comes in one message: who sees a whole place is not to be flooded.
PAUSE = timedelta(minutes=2)

Tell = Callable[[Listener, Sequence[VisitNews]], bool]


class Telling:
    """`ours`: our own address on each channel."""

    def __init__(self, database: Database, clock: Clock, ours: Mapping[str, str]) -> None:
        self._database = database
        self._clock = clock
        self._ours = ours
        self._clinics = ClinicCache()

    def tell_at_once(self) -> int:
        """Tell everybody what they wished to hear at once; return how many were told."""
        now = self._clock()
        with self._database.reading() as connection:
            people = with_chats(connection)
            if not people:
                return 0
            clinic = self._clinics.newest(connection, now)
            wishing = [each for each in people if _wishes_any(connection, clinic, each, now)]
            news = news_since(connection, now - LOOK_BACK) if wishing else []
        return sum(self._safely(_tell_news, each, news) for each in wishing if news)

    def send_digests(self) -> int:
        """Send each digest that is due; return how many were sent."""
        now = self._clock()
        with self._database.reading() as connection:
            people = with_chats(connection)
            if not people:
                return 0
            clinic = self._clinics.newest(connection, now)
            due = [each for each in people if _is_due(connection, clinic, each, now)]
            news = news_since(connection, now - words.LONGEST_LOOK) if due else []
        return sum(self._safely(_tell_digest, each, news) for each in due)

    def _safely(self, tell: Tell, staff_id: int, news: Sequence[VisitNews]) -> bool:
        now = self._clock()
        try:
            with self._database.transaction() as connection:
                clinic = self._clinics.newest(connection, now)
                whom = listener(connection, clinic, staff_id, self._ours, now)
                return whom is not None and tell(whom, news)
        except Exception:  # The others are told all the same; the next look tries again.
            logger.exception("somebody of staff (%d) could not be told", staff_id)
            return False


# At once


def _wishes_any(connection: Connection, clinic: Clinic, staff_id: int, now: datetime) -> bool:
    chat = chat_of(connection, staff_id, clinic.rules, now)
    if chat is None or not chat.is_open:
        return False
    sphere = sees(connection, clinic, chat)
    return sphere is not None and wishes_of(connection, staff_id, sphere).anything_at_once


def _tell_news(whom: Listener, news: Sequence[VisitNews]) -> bool:
    """Tell them in one message what they have not been told; False if there is nothing."""
    work, own = whom.work, whom.work.pairing.member.id
    if not whom.chat.is_open:
        return False
    last = last_told(work.connection, own)
    if last is not None and work.now - last < PAUSE:
        return False
    wanted = _due_at_once(whom, news)
    ids = [each.event_id for each in wanted]
    told = told_of(work.connection, own, ids, arrived=False)
    fresh = [each for each in wanted if each.event_id not in told]
    if not fresh:
        return False
    message_id = whom.say(listed(work, fresh), subject=notices.NEWS, until=work.now + NEWS_FOR)
    note_told(
        work.connection, own, [each.event_id for each in fresh], work.now, message_id=message_id
    )
    return True


def _due_at_once(whom: Listener, news: Sequence[VisitNews]) -> list[VisitNews]:
    """Return what they wish to hear at once, may see, have not done themselves, and what is news
    just now: not before the morning, and not for long."""
    work = whom.work
    wishes = wishes_of(work.connection, work.pairing.member.id, work.sphere)
    wished = [
        each
        for each in words.theirs(work, wishes, news, Hears.AT_ONCE)
        if wishes.since is None or each.at >= wishes.since
    ]
    hours: dict[int, OpeningHours] = {}
    due = []
    for each in wished:
        place = each.spots[-1].location_id
        if place not in hours:
            hours[place] = load_opening_hours(work.connection, place, work.now)
        visits = [spot.starts_at for spot in each.spots]
        from_then = told_from(each.at, visits, hours[place], work.clinic.rules)
        if from_then <= work.now < from_then + NEWS_FOR:
            due.append(each)
    return due


# In the morning


def _is_due(connection: Connection, clinic: Clinic, staff_id: int, now: datetime) -> bool:
    chat = chat_of(connection, staff_id, clinic.rules, now)
    if chat is None or (sphere := sees(connection, clinic, chat)) is None:
        return False
    morning = morning_of(connection, chat.pairing.member, clinic.rules.digest_hour, now)
    is_time = morning.due_at <= now < morning.due_at + WORTH_SENDING
    # Whoever came in after the hour has seen what there is, or asks for it.
    if not (morning.is_open and is_time and chat.since <= morning.due_at):
        return False
    if digest.shown_of(connection, staff_id, morning.day) is not None:
        return False
    return wishes_of(connection, staff_id, sphere).digest


def _tell_digest(whom: Listener, news: Sequence[VisitNews]) -> bool:
    """Send it, unless somebody else has just done so or there is nothing to tell."""
    work, own, is_open = whom.work, whom.work.pairing.member.id, whom.chat.is_open
    if not _is_due(work.connection, work.clinic, own, work.now):
        return False
    morning = morning_of(
        work.connection, work.pairing.member, work.clinic.rules.digest_hour, work.now
    )
    if not digest.begin(work.connection, own, morning.day, is_whole=is_open, now=work.now):
        return False
    until = morning.due_at + WORTH_SENDING
    if not is_open:
        counted = words.in_numbers(work, morning)
        if counted:
            message_id = whom.say(counted, subject=notices.DIGEST, until=until)
            digest.said_in(work.connection, own, morning.day, message_id)
        return bool(counted)
    since = words.since(work, morning)
    composed = words.compose(work, morning, [each for each in news if each.at >= since])
    if composed.is_empty:
        return False
    says = (say("digest_of", day=morning.day), *composed.says)
    message_id = whom.say(says, composed.options, subject=notices.DIGEST, until=until)
    digest.said_in(work.connection, own, morning.day, message_id)
    ids = [each.event_id for each in composed.news]
    note_told(work.connection, own, ids, work.now, message_id=message_id)
    return True
