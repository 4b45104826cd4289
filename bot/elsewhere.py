"""Takes up what was lost: said again on another channel by whoever speaks for the clinic, or put on
the call list."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.messages import Channel
from bot.refusals import fault_of
from bot.senders.faults import Next
from core.clock import Clock
from core.database.connect import Database
from core.messaging import elsewhere
from core.messaging.elsewhere import LostMessage, Way

logger = logging.getLogger("frontdesk.delivery")

MOST_AT_ONCE = 50
# A telephone that is off is on again later.
ONCE_MORE_AFTER = timedelta(minutes=15)

# Says it there: queues a message and returns its id; an instant: not before then; None: there is
# nothing left to say.
SayAgain = Callable[[Connection, LostMessage, Way], int | datetime | None]


class TakenUpTwiceError(Exception):
    """Somebody else took it up meanwhile; what was done is undone."""


class Elsewhere:
    """Each lost message in a transaction of its own, once however many workers look. Without
    anybody who speaks, all are for the call list."""

    def __init__(
        self,
        database: Database,
        channels: Collection[Channel],
        say_again: SayAgain | None,
        clock: Clock,
    ) -> None:
        self._database = database
        self._channels = frozenset(channels)
        self._say_again = say_again
        self._clock = clock

    def look(self) -> int:
        """Do what is due, and return for how many; one that fails stops no other."""
        with self._database.transaction() as connection:
            ids = elsewhere.take_lost(connection, self._clock(), MOST_AT_ONCE)
        for message_id in ids:
            try:
                with self._database.transaction() as connection:
                    self._take_up(connection, message_id, self._clock())
            except TakenUpTwiceError:
                logger.info("message %d was taken up by somebody else", message_id)
            except Exception:  # Tried again after a while; the others go on.
                logger.exception("message %d could not be said elsewhere", message_id)
        return len(ids)

    def _take_up(self, connection: Connection, message_id: int, now: datetime) -> None:
        lost = elsewhere.find_lost(connection, message_id, now)
        said: int | datetime | None = None
        if lost is not None:
            said = self._say(connection, lost, now)
        if isinstance(said, datetime):
            elsewhere.wait(connection, [message_id], until=said, now=now)
        elif not elsewhere.done(connection, message_id, said_as=said, now=now):
            raise TakenUpTwiceError

    def _say(
        self, connection: Connection, lost: LostMessage, now: datetime
    ) -> int | datetime | None:
        then = fault_of(Channel(lost.channel), lost.code or "").next
        if then is Next.AGAIN and lost.was_accepted and now < lost.lost_at + ONCE_MORE_AFTER:
            return lost.lost_at + ONCE_MORE_AFTER
        way = self._way(connection, lost, then, now)
        if way is not None and self._say_again is not None:
            return self._say_again(connection, lost, way)
        called = elsewhere.call_instead(connection, lost, now)
        logger.info("message %d: no other way, %d to be called", lost.id, called)
        return None

    def _way(
        self, connection: Connection, lost: LostMessage, then: Next, now: datetime
    ) -> Way | None:
        """The same address once more, where that may help; else the next."""
        is_template = then is Next.TEMPLATE
        is_worth_it = is_template or (then is Next.AGAIN and lost.was_accepted)
        if is_worth_it and elsewhere.may_hear_again(connection, lost, now):
            return Way(lost.address_id, lost.channel, as_template=is_template)
        return elsewhere.next_way(connection, lost, channels=self._channels, now=now)
