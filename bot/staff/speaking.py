"""What is said in a chat of staff, and where their talk is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clinic import Clinic
from bot.dialogue.turn import say
from bot.messages import InboundMessage
from bot.phrases import DEFAULT_LANGUAGE
from bot.speaking import Handled, Speaking
from bot.staff.entrance import Outside
from bot.staff.wording import StaffPhrasebook, staff_languages
from core.messaging import conversations, log
from core.messaging.conversations import Conversation
from core.models.messaging import MessageStatus


def clears_at(clinic: Clinic, now: datetime) -> datetime | None:
    """Return when what names patients is taken off a screen of staff's; None: it stays."""
    hours = clinic.rules.staff_chat_clear_hours
    return now + timedelta(hours=hours) if hours else None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that a chat of staff has brought, and where it stands in the log."""

    message: InboundMessage
    message_id: int
    text: str  # As much of it as is read.


class StaffSpeaking(Speaking):
    """One turn of such a chat. Nobody is introduced there."""

    introduces = False

    def __init__(
        self,
        connection: Connection,
        clinic: Clinic,
        conversation: Conversation,
        incoming: Incoming,
        language: str | None,
        now: datetime,
    ) -> None:
        message = incoming.message
        super().__init__(connection, clinic, conversation, now, simulated=message.simulated)
        self.incoming = incoming
        self.answers_id = incoming.message_id
        wished = (
            language,
            conversation.chosen_language,
            conversation.language,
            (message.language or "")[:2],
            *clinic.directory.languages,
            DEFAULT_LANGUAGE,
        )
        self._talk_in(next(code for code in wished if code in staff_languages()))

    def _talk_in(self, language: str) -> None:
        self.language = language
        self.book = StaffPhrasebook(self.clinic.directory, language)
        self.phrasebook = self.book

    def apologise(self) -> Handled:
        """Everything this message did is undone; say so."""
        self.place = None
        log.mark_incoming(self.connection, self.incoming.message_id, MessageStatus.FAILED, self.now)
        return Handled(replies=self._reply((say("staff_apology"),)))

    def _keep(self, state: str | None) -> None:
        conversations.save_turn(
            self.connection,
            self.conversation,
            state=state,
            language=self.language,
            simulated=self.simulated,
            now=self.now,
        )


class TurningAway(StaffSpeaking):
    """The chat was somebody's until now, or whoever left it knocks with a wrong PIN."""

    def __init__(
        self,
        connection: Connection,
        clinic: Clinic,
        conversation: Conversation,
        incoming: Incoming,
        outside: Outside,
        now: datetime,
    ) -> None:
        language = outside.member.language if outside.member else None
        super().__init__(connection, clinic, conversation, incoming, language, now)
        self.outside = outside

    def answer(self) -> Handled:
        replies = self._reply((say(self.outside.says),))
        self._keep(None)  # From here on it is a patient's chat like any other.
        return Handled(replies=replies)
