"""What the clinic says first: a question that begins a task, asked when it does not interrupt."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clinic import Clinic
from bot.dialogue.engine import converse
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import HandedBack, OfVisits, Prompted
from bot.memory import Memory
from bot.messages import Channel
from bot.occasions import Occasion, RunningLate, TimeGone
from bot.phrases import languages
from bot.reception import Reception
from bot.speaking import Handled, Speaking
from core.errors import AppointmentNotFound
from core.messaging.conversations import Conversation
from core.messaging.window import is_open_now
from core.models.messaging import MessageKind


class First(Speaking):
    """One turn that the clinic begins."""

    def _language(self) -> str:
        """Return the stored choice, else what the conversation was held in, else the clinic's."""
        wished = (
            self.conversation.chosen_language,
            self.conversation.language,
            *self.clinic.directory.languages,
            *languages(),
        )
        return next(code for code in wished if code in languages())


class Returning(First):
    """The desk answers again, after somebody of the clinic did."""

    kind = MessageKind.NOTICE

    def speak(self) -> Handled:
        """Say so, and ask what was open."""
        if self.conversation.opted_in is False:
            return Handled()
        self._talk_in(self._language())
        memory = self._recall()
        reception = Reception(self.connection, self.clinic, self.conversation, None, self.now)
        prompt = Prompted(HandedBack())
        answer = converse(memory.state, prompt, self._situation(), reception.perform)
        happened = tuple(reception.happened)
        return self._finish(answer.state, memory.pace, answer.says, happened, answer)


class Prompting(First):
    """One thing that the clinic says first."""

    def __init__(
        self,
        connection: Connection,
        clinic: Clinic,
        conversation: Conversation,
        occasion: Occasion,
        now: datetime,
    ) -> None:
        super().__init__(connection, clinic, conversation, now, simulated=conversation.is_simulated)
        self.occasion = occasion
        self.kind = occasion.kind
        # What goes to many says itself who speaks, and how to opt out.
        is_to_many = occasion.kind is MessageKind.BROADCAST
        self.introduces = not (is_to_many or self._is_left_to_a_template())
        self._talk_in(self._language())

    def speak(self) -> Handled | None:
        """Say it; see `bot.desk.Desk.prompt` for what comes back."""
        if self.conversation.opted_in is False:
            return Handled()
        memory = self._recall()
        if self._must_wait(memory):
            return None
        reception = Reception(self.connection, self.clinic, self.conversation, None, self.now)
        try:
            prompt = self.occasion.put(reception)
        except AppointmentNotFound:
            prompt = None
        if prompt is None:
            return Handled()
        if isinstance(prompt, OfVisits):
            self.appointment_id = prompt.visits[0].key
        answer = converse(memory.state, Prompted(prompt), self._situation(), reception.perform)
        happened = tuple(reception.happened)
        handled = self._finish(answer.state, memory.pace, answer.says, happened, answer)
        if self.queued_id is not None:
            self.occasion.said(reception, self.queued_id)
        return handled

    def _is_left_to_a_template(self) -> bool:
        """No template has room for an introduction; it comes with the first answer."""
        if self.channel is not Channel.WHATSAPP or self.conversation.is_simulated:
            return False
        return not is_open_now(self.connection, self.conversation.id, self.now)

    def _must_wait(self, memory: Memory) -> bool:
        """Somebody else answers there, or the patient is in distress, or in the middle of
        something; or the chat is somebody's of staff, who is no patient in it."""
        if self.conversation.person_wanted_at is not None or self.conversation.pairing_id:
            return True
        last = self.conversation.last_turn_at
        if memory.state.alarmed is not None:
            return True
        busy = memory.state.question is not None or memory.state.draft is not None
        wait = timedelta(minutes=self.clinic.rules.prompt_wait_minutes)
        is_young = last is not None and self.now - last < wait
        return busy and is_young and not self._ends_what_is_open(memory.state.draft)

    def _ends_what_is_open(self, draft: Draft | None) -> bool:
        """That an offer is gone is said at once to whoever thinks about it, and so is another
        number to whoever was asked whether they can wait."""
        match self.occasion:
            case TimeGone(offer_id=offer_id):
                thought_of = draft.offered if draft else None
                return thought_of is not None and thought_of.key == offer_id
            case RunningLate(planned=planned):
                is_asked = draft is not None and draft.task is Task.REMINDER
                visit = draft.visit if draft and is_asked else None
                return visit is not None and visit.key == planned.appointment_id
        return False
