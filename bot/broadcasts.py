"""The worker's tick that says what staff have agreed to say to many, a copy at a time.

Each copy is a transaction of its own, that of `Desk.prompt`; one that fails stops no other.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.desk import Desk
from bot.dialogue.turn import TellMany
from bot.messages import Channel
from bot.reception import Reception
from core.broadcasts import sending
from core.broadcasts.sending import Copy
from core.clock import Clock
from core.database.connect import Database
from core.messaging.places import conversation_with
from core.models.messaging import MessageKind
from core.rules import load_rules

logger = logging.getLogger("frontdesk.worker")

MOST_AT_ONCE = 200
# Who is in the middle of something, or talks to a person, is told later.
LATER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ToMany:
    """One copy of a broadcast."""

    copy_id: int
    kind = MessageKind.BROADCAST

    def put(self, reception: Reception) -> TellMany | None:
        connection, now = reception.connection, reception.now
        turn = sending.still_due(connection, self.copy_id, now)
        if turn is None or not sending.may_go(connection, turn, reception.catalogue.rules, now):
            return None
        return TellMany(turn.broadcast.text)

    def said(self, reception: Reception, message_id: int) -> None:
        turn = sending.still_due(reception.connection, self.copy_id, reception.now)
        assert turn is not None  # noqa: S101 - it is locked since it was put
        sending.mark_queued(reception.connection, turn, message_id, reception.now)


class Broadcasts:
    """`ours`: our own address on each channel, for those who have never written to us."""

    def __init__(self, database: Database, clock: Clock, ours: Mapping[str, str]) -> None:
        self._database = database
        self._clock = clock
        self._ours = ours
        self._desk = Desk(database, clock)

    def send(self) -> int:
        """Put into the outbox what may go out now, and return how many copies were settled: said,
        put off or left out."""
        return sum(map(self._send_on, Channel))

    def _send_on(self, channel: Channel) -> int:
        """One channel that stands still keeps none of the others waiting."""
        with self._database.reading() as connection:
            waiting = sending.due(connection, channel, self._clock(), MOST_AT_ONCE)
        settled = 0
        for copy in waiting:
            if not self._may_begin(channel):
                break
            try:
                settled += self._say(copy)
            except Exception:  # The others are not to wait for it.
                logger.exception("copy %d of a broadcast could not be said", copy.id)
                self._postpone(copy)
        return settled

    def _may_begin(self, channel: Channel) -> bool:
        """Looked at aside, so that nobody is kept waiting for what has no room; it is asked again
        in the transaction that says it."""
        now = self._clock()
        with self._database.reading() as connection:
            rules = load_rules(connection)
            is_full = sending.is_full(connection, rules, now)
            return not is_full and sending.has_room(connection, channel, rules, now)

    def _say(self, copy: Copy) -> bool:
        now = self._clock()
        with self._database.transaction() as connection:
            place = conversation_with(connection, copy.address_id, self._ours, now)
        handled = self._desk.prompt(place, ToMany(copy.id))
        if handled is None:
            self._postpone(copy)
            return True
        if handled.replies:
            return True
        return self._is_settled(copy)

    def _is_settled(self, copy: Copy) -> bool:
        """Nothing was said: it was decided so, or the address has just opted out."""
        now = self._clock()
        with self._database.transaction() as connection:
            turn = sending.still_due(connection, copy.id, now)
            if turn is None:
                return True
            # Merely no room: it keeps its place. Else what is wrong is noted here.
            sending.may_go(connection, turn, load_rules(connection), now)
            return sending.still_due(connection, copy.id, now) is None

    def _postpone(self, copy: Copy) -> None:
        now = self._clock()
        with self._database.transaction() as connection:
            sending.postpone(connection, copy.id, now + LATER, now)
