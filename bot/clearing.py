"""Takes off staff's screens what was shown there of patients, once its time is over."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from bot.messages import Channel
from bot.outgoing import outgoing, provider_id_of
from bot.senders.base import Clearing, DeliveryError, Sender
from bot.staff.wording import staff_sentences
from core.clock import Clock
from core.database.connect import Database
from core.messaging import clearing
from core.messaging.clearing import Shown

logger = logging.getLogger("frontdesk.delivery")

MOST_AT_ONCE = 20  # Each is a request; the bot's answers need the line as well.


def words_instead(language: str | None) -> str:
    """Return what stands in the place of a message that was cleared."""
    return staff_sentences(language or "")["cleared"]


class Clearer:
    """One request for each message; an outcome is written at once, so that whoever is cut off goes
    on where they were."""

    def __init__(self, database: Database, senders: Mapping[Channel, Sender], clock: Clock) -> None:
        self._database = database
        self._senders = senders
        self._clock = clock

    def clear(self) -> int:
        """Do what is due, and return for how many messages; one that fails stops no other."""
        with self._database.transaction() as connection:
            due = clearing.take_due(connection, self._clock(), MOST_AT_ONCE)
        for shown in due:
            try:
                self._clear(shown)
            except DeliveryError as error:
                if error.permanent:
                    self._give_up(shown, error.code)
        return len(due)

    def _clear(self, shown: Shown) -> None:
        """What is simulated stands on no messenger's screen; the page of a demo reads the log.
        Raises DeliveryError."""
        message = shown.message
        if not message.is_simulated:
            sender = self._senders.get(Channel(message.channel))
            if not isinstance(sender, Clearing):
                raise DeliveryError("cannot_clear", permanent=True)
            number = provider_id_of(shown.provider_id)
            words = words_instead(message.language)
            sender.clear(replace(outgoing(message), replaces=number, text=words))
        with self._database.transaction() as connection:
            clearing.note_cleared(connection, message.id, self._clock())

    def _give_up(self, shown: Shown, code: str) -> None:
        public_id = shown.message.public_id
        logger.warning("message %s: stays on the screen (%s)", public_id, code)
        with self._database.transaction() as connection:
            clearing.give_up(connection, shown.message.id, self._clock())
