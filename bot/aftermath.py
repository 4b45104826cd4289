"""What sent and refused messages lead to beyond themselves, once their outcomes are written."""

import logging
from collections.abc import Sequence

from sqlalchemy import Connection

from bot.messages import Channel
from bot.refusals import ended_by, fault_of, raise_alarm, see_to
from bot.results import Result
from bot.senders.base import Accepted, DeliveryError
from bot.senders.faults import NOTHING_PASSES, Alarm
from core.clock import Clock
from core.database.connect import Database
from core.messaging import failing, troubles
from core.messaging.candidates import ClaimedMessage

logger = logging.getLogger("frontdesk.delivery")


class Aftermath:
    """Knows what is wrong with the channels, as far as it was read or met since."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._troubles: frozenset[str] = frozenset()
        self._failing: frozenset[str] = frozenset()  # Channels whose last try failed.

    def refresh(self, connection: Connection) -> None:
        """Read what other processes have met."""
        self._troubles = frozenset(troubles.open_troubles(connection))
        self._failing = failing.failing(connection)

    def see_to(self, results: Sequence[Result]) -> None:
        for message, result in results:
            if not isinstance(result, DeliveryError):
                continue
            if not result.unknown:
                self._blame(message, result)
            if is_of_channel(message, result):
                self._count(message)
        if self._troubles or self._failing:
            self._mend([message for message, result in results if isinstance(result, Accepted)])

    def _blame(self, message: ClaimedMessage, error: DeliveryError) -> None:
        """In a transaction of its own: whoever holds the address may wait for the message."""
        if error.permanent:
            logger.warning("message %s: refused (%s)", message.public_id, error.code)
        channel = Channel(message.channel)
        fault = fault_of(channel, error.code)
        if not (fault.address or fault.alarm):
            return
        with self._database.transaction() as connection:
            see_to(
                connection,
                channel=channel,
                address_id=message.address_id,
                code=error.code,
                now=self._clock(),
            )
        if fault.alarm is not None:
            self._troubles |= {troubles.key_of(channel, error.code)}

    def _count(self, message: ClaimedMessage) -> None:
        """It would have failed whatever it was: when that goes on, staff are to know."""
        channel, now = Channel(message.channel), self._clock()
        with self._database.transaction() as connection:
            if failing.note_failure(connection, channel, now):
                raise_alarm(connection, channel=channel, code=NOTHING_PASSES, now=now)
                self._troubles |= {troubles.key_of(channel, NOTHING_PASSES)}
        self._failing |= {str(channel)}

    def _mend(self, accepted: Sequence[ClaimedMessage]) -> None:
        """A channel that takes messages again troubles nobody any more."""
        channels = {Channel(message.channel) for message in accepted if not message.is_simulated}
        if mended := self._failing & channels:
            with self._database.transaction() as connection:
                failing.note_success(connection, mended)
            self._failing -= mended
        over = {
            key
            for channel in channels
            for key in ended_by(Alarm.UNTIL_ACCEPTED, channel, self._troubles)
        }
        if over:
            with self._database.transaction() as connection:
                troubles.end_troubles(connection, over, self._clock())
            self._troubles -= over


def is_of_channel(message: ClaimedMessage, error: DeliveryError) -> bool:
    """Tell whether nothing at all may pass on that channel just now: nobody answered, or the
    provider had no fault to find with the message. What staff are alarmed of already, and a
    provider that is merely asked too fast, do not count."""
    if message.is_simulated or error.permanent:
        return False
    fault = fault_of(Channel(message.channel), error.code)
    return fault.alarm is None and fault.pause is None and error.retry_after is None
