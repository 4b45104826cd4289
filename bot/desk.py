"""The desk: one message in, one transaction, the replies queued.

Exactly the way of docs/architecture.md: log, repeat-safe, lock, understand, converse, perform,
render, log the replies, commit, wake the worker. The only place that opens a transaction for a
message.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.answering import LONGEST_TEXT, Answering, Handled
from bot.clinic import ClinicCache
from bot.messages import Content, InboundMessage
from core import clock
from core.database.connect import Database
from core.database.guards import worth_repeating
from core.database.savepoint import savepoint
from core.messaging import conversations, log
from core.messaging.cards import mask_cards

logger = logging.getLogger("frontdesk.desk")

TRIES = 4  # Of a message whose transaction fell to a deadlock; each waits a little longer.


class Desk:
    """Receives messages; safe to share among threads."""

    def __init__(
        self,
        database: Database,
        clock: clock.Clock = clock.now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._pause = pause
        self._clinics = ClinicCache()

    def receive(self, message: InboundMessage) -> Handled:
        """Handle one message and return what was answered.

        Never fails for what a patient wrote. Raises sqlalchemy.exc.DBAPIError when the database
        can't commit: the provider should bring the message again.
        """
        for attempt in range(1, TRIES + 1):
            try:
                with self._database.transaction() as connection:
                    return self._handle(connection, message, self._clock())
            except DBAPIError as error:
                if attempt == TRIES or not worth_repeating(error):
                    raise
                logger.warning("message tried again after a conflict, attempt %d", attempt)
                self._pause(random.uniform(0, 0.05 * attempt))  # noqa: S311 - spreads, hides nothing
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _handle(self, connection: Connection, message: InboundMessage, now: datetime) -> Handled:
        conversation = conversations.lock_conversation(
            connection,
            channel=message.sender.channel,
            address=message.sender.value,
            our_address=message.recipient,
            now=now,
            simulated=message.simulated,
        )
        # Before anything is cut: half a card number would not be known as one.
        message = replace(message, text=mask_cards(_readable(message.text)))
        text = message.text[:LONGEST_TEXT]
        message_id = log.log_incoming(
            connection,
            conversation,
            provider_id=message.provider_id,
            text=None if message.content is Content.UNREADABLE else text,
            simulated=message.simulated,
            now=now,
        )
        if message_id is None:
            return Handled(is_repeat=True)
        conversations.note_heard(connection, conversation, now)
        clinic = self._clinics.get(connection, conversation.setup_version, now)
        answering = Answering(connection, clinic, conversation, message, text, message_id, now)
        try:
            with savepoint(connection):
                return answering.answer()
        except DBAPIError as error:
            if worth_repeating(error):
                raise
            logger.exception("a message could not be handled")
        except Exception:  # The patient hears of it, and the cause is logged without their words.
            logger.exception("a message could not be handled")
        return answering.apologise()


def _readable(text: str) -> str:
    """Half a character, which some wires can spell, is nothing that a database takes."""
    return text.encode(errors="replace").decode()
