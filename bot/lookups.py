"""Finds out what became of messages whose outcome is unknown, before anything is sent again."""

import logging

from bot.delivery import Delivery
from bot.messages import Channel
from bot.outgoing import outgoing, stored_id
from bot.refusals import see_to
from bot.results import MOST_ATTEMPTS
from bot.senders.base import Accepted, DeliveryError
from bot.senders.twilio_statuses import STATUSES
from core.clock import Clock
from core.database.connect import Database
from core.messaging import statuses, unknown
from core.messaging.unknown import UnknownMessage
from core.models.messaging import MessageStatus

logger = logging.getLogger("frontdesk.delivery")

MOST_AT_ONCE = 20


class LookUps:
    """Asks the providers, message by message. Found: it was sent. Surely not there after a while:
    it goes out after all. Can't be told: staff see it, and it stays unknown."""

    def __init__(self, database: Database, delivery: Delivery, clock: Clock) -> None:
        self._database = database
        self._delivery = delivery
        self._clock = clock

    def look(self) -> int:
        """Do what is due, and return for how many messages; one that fails stops no other."""
        with self._database.transaction() as connection:
            due = unknown.take_unknown(connection, self._clock(), MOST_AT_ONCE)
        for each in due:
            try:
                self._find_out(each)
            except Exception:  # The next look tries again.
                logger.exception("message %s could not be looked up", each.message.public_id)
        return len(due)

    def _find_out(self, each: UnknownMessage) -> None:
        try:
            sender = self._delivery.sender_for(each.message)
            found = sender.look_up(outgoing(each.message), each.since, each.known)
        except DeliveryError as error:
            if error.permanent or each.is_given_up:
                self._give_up(each)
            return
        if found is not None:
            self._found(each, found)
        elif each.is_surely_not_there:
            logger.info("message %s: never arrived at the provider", each.message.public_id)
            with self._database.transaction() as connection:
                unknown.send_again(
                    connection, each.message.id, most_tries=MOST_ATTEMPTS, now=self._clock()
                )

    def _give_up(self, each: UnknownMessage) -> None:
        logger.warning("message %s: its outcome stays unknown", each.message.public_id)
        message = each.message
        with self._database.transaction() as connection:
            unknown.give_up(connection, message.id, message.conversation_id, self._clock())

    def _found(self, each: UnknownMessage, found: Accepted) -> None:
        message, now = each.message, self._clock()
        status = STATUSES.get(found.status, MessageStatus.SENT)
        with self._database.transaction() as connection:
            statuses.record_status(
                connection,
                public_id=message.public_id,
                provider_id=stored_id(message, found.provider_id),
                status=status,
                code=found.code or None,
                now=now,
            )
        if found.code and status in statuses.LOST:
            with self._database.transaction() as connection:
                see_to(
                    connection,
                    channel=Channel(message.channel),
                    address_id=message.address_id,
                    code=found.code,
                    now=now,
                )
