"""The desk: one message in, one transaction, the replies queued.

Exactly the way of docs/architecture.md: log, repeat-safe, lock, understand, converse, perform,
render, log the replies, commit, wake the worker. The only place that opens a transaction for a
message.
"""

import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, NoResultFound

from bot.answering import LONGEST_TEXT, Answering
from bot.clinic import Clinic, ClinicCache
from bot.messages import Content, InboundMessage
from bot.occasions import Occasion
from bot.prompting import Prompting
from bot.speaking import Handled
from bot.staff.answering import StaffAnswering
from bot.staff.entrance import Door, Entered, Outside
from bot.staff.secrecy import masked
from bot.staff.speaking import Incoming, TurningAway
from core import clock
from core.database.connect import Database
from core.database.guards import worth_repeating
from core.database.savepoint import savepoint
from core.messaging import conversations, log
from core.messaging.cards import mask_cards
from core.messaging.conversations import Conversation
from core.people.trust import rest

Result = TypeVar("Result")

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

    def prepare(self) -> None:
        """Read the clinic, if there is one yet, so that no patient waits for it."""
        with suppress(NoResultFound), self._database.reading() as connection:
            self._clinics.newest(connection, self._clock())

    def receive(self, message: InboundMessage) -> Handled:
        """Handle one message and return what was answered.

        Never fails for what a patient wrote. Raises sqlalchemy.exc.DBAPIError when the database
        can't commit: the provider should bring the message again.
        """
        return self._tried(lambda connection: self._handle(connection, message, self._clock()))

    def prompt(self, conversation_id: int, occasion: Occasion) -> Handled | None:
        """Say what the clinic says first, and return what was said; nothing, where nothing may be
        said about that any more. None: the patient is in the middle of something, or talks to a
        person; ask again later. State and message are written together, or neither.

        Raises NoResultFound for a conversation that there is not.
        """
        return self._tried(
            lambda connection: self._prompt(connection, conversation_id, occasion, self._clock())
        )

    def _tried(self, turn: Callable[[Connection], Result]) -> Result:
        """Run a turn in a transaction of its own; again, a few times, after a conflict."""
        for attempt in range(1, TRIES + 1):
            try:
                with self._database.transaction() as connection:
                    return turn(connection)
            except DBAPIError as error:
                if attempt == TRIES or not worth_repeating(error):
                    raise
                logger.warning("a turn tried again after a conflict, attempt %d", attempt)
                self._pause(random.uniform(0, 0.05 * attempt))  # noqa: S311 - spreads, hides nothing
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _prompt(
        self, connection: Connection, conversation_id: int, occasion: Occasion, now: datetime
    ) -> Handled | None:
        conversation = conversations.lock_by_id(connection, conversation_id)
        clinic = self._clinics.get(connection, conversation.setup_version, now)
        return Prompting(connection, clinic, conversation, occasion, now).speak()

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
            text=None
            if message.content is Content.UNREADABLE
            else masked(text, of_staff=conversation.pairing_id is not None),
            simulated=message.simulated,
            now=now,
        )
        if message_id is None:
            return Handled(is_repeat=True)
        clinic = self._clinics.get(connection, conversation.setup_version, now)
        months, heard_at = clinic.rules.link_rest_months, conversation.heard_at
        if months and (heard_at is None or heard_at <= clock.months_before(now, months)):
            # Somebody else may have the number by now.
            rest(connection, months=months, now=now, address_id=conversation.address_id)
        conversations.note_heard(connection, conversation, now)
        incoming = Incoming(message, message_id, text)
        answering = self._answering(connection, clinic, conversation, incoming, now)
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

    def _answering(
        self,
        connection: Connection,
        clinic: Clinic,
        conversation: Conversation,
        incoming: Incoming,
        now: datetime,
    ) -> Answering | StaffAnswering | TurningAway:
        """Return who answers: the clinic's own people have a side of their own."""
        message = incoming.message
        door = Door(connection, conversation, message, clinic.rules, now)
        match door.enter():
            case Entered() as entered:
                return StaffAnswering(connection, clinic, conversation, incoming, entered, now)
            case Outside() as outside:
                return TurningAway(connection, clinic, conversation, incoming, outside, now)
        return Answering(
            connection, clinic, conversation, message, incoming.text, incoming.message_id, now
        )


def _readable(text: str) -> str:
    """Half a character, which some wires can spell, is nothing that a database takes."""
    return text.encode(errors="replace").decode()
