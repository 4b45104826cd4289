"""What a turn remembers and says: the state read, the answer put into words, queued and saved.

Everything here happens in the turn's transaction, inside the savepoint of `bot.desk`; what a
patient's message means is `bot.answering`'s, and what the clinic says first `bot.prompting`'s.
"""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from bot.charts import Chart
from bot.clinic import Clinic
from bot.day_picker import day_choices
from bot.dialogue import left
from bot.dialogue.state import State
from bot.dialogue.turn import Answer, Say, Situation, say
from bot.documents import Document
from bot.happened import Happened
from bot.in_place import Place
from bot.memory import Memory
from bot.messages import Asked, Channel, Choice, Reply
from bot.pace import Pace
from bot.phrases import Phrasebook, languages
from bot.rendering import Rendered, in_parts, picked
from bot.senders.keyboard import callback_data
from bot.templates.filling import Spoken, spoken
from bot.wording import worded
from core.messaging import conversations, log
from core.messaging.candidates import PROMPTED
from core.messaging.conversations import Conversation
from core.models.messaging import MessageKind
from core.people import consents
from core.scheduling.appointments import Actor

logger = logging.getLogger("frontdesk.desk")

# Version of the sentence `disclosure`: stored with the address as what it was told.
DISCLOSURE_VERSION = "2026-11"
# How many slots are offered at once: few where they must be read as numbered lines.
DAY_PICKERS = frozenset({Channel.TELEGRAM})
OFFERS = {Channel.SMS: 3, Channel.WHATSAPP: 6, Channel.TELEGRAM: 6, Channel.WEB: 6}

HANDOFF = "handoff"  # What a conversation is about while somebody of the clinic answers in it.


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of a message. A repeat, and a message that is not answered, have no replies."""

    replies: tuple[Reply, ...] = ()
    happened: tuple[Happened, ...] = ()
    task: str | None = None
    asked: Asked | None = None
    is_repeat: bool = False


class Speaking:
    """One turn of one conversation, as far as it is the same whoever speaks first."""

    kind = MessageKind.REPLY  # Of what is said.
    answers_id: int | None = None  # The message that is answered; None: nobody has written.
    appointment_id: int | None = None  # What the clinic speaks of first.
    queued_id: int | None = None  # The message that says it.
    picture: Chart | None = None  # Drawn beside what is said.
    document: Document | None = None  # A file that goes with it.
    clear_at: datetime | None = None  # When it is taken off the screen.
    introduces = True  # Whoever has not heard yet who speaks, hears it first.

    def __init__(
        self,
        connection: Connection,
        clinic: Clinic,
        conversation: Conversation,
        now: datetime,
        *,
        simulated: bool,
    ) -> None:
        self.connection = connection
        self.clinic = clinic
        self.conversation = conversation
        self.channel = Channel(conversation.channel)
        self.simulated = simulated
        self.now = now
        self.local_now = now.astimezone(clinic.directory.locations[0].zone)
        self.place: Place | None = None  # Of the question, if the answer takes it.
        self.with_person = conversation.person_wanted_at is not None

    def _talk_in(self, language: str) -> None:
        self.language = language
        self.phrasebook = Phrasebook(
            self.clinic.directory, language, discreet=self.channel is not Channel.WEB
        )

    def _situation(self) -> Situation:
        return Situation(
            now=self.local_now,
            directory=self.clinic.directory,
            horizon_days=self.clinic.rules.horizon_days,
            offers=OFFERS[self.channel],
            day_picker=self.channel in DAY_PICKERS,
            languages=languages(),
            shares_contact=self.channel is Channel.TELEGRAM,
            majority=self.clinic.rules.age_of_majority_years,
            with_person=self.with_person,
            handover_after_misses=self.clinic.rules.handover_after_misses,
        )

    def _recall(self) -> Memory:
        """What this conversation remembers; left for a day it starts fresh."""
        memory = self._stored()
        rest = timedelta(hours=self.clinic.rules.conversation_rest_hours)
        last = self.conversation.last_turn_at
        if last is not None and self.now - last > rest:
            memory = Memory(left.fresh(memory.state, last, self.now), memory.pace)
        if memory.state.lists:
            return memory
        # A fresh state counts on from here: the id of a list never comes again.
        return replace(memory, state=replace(memory.state, lists=self.conversation.version))

    def _stored(self) -> Memory:
        try:
            return Memory.from_json(self.conversation.state)
        except (ValueError, LookupError, TypeError, AttributeError):
            # An apology would keep it, and so come again at each message.
            logger.warning("a conversation's state could not be read: it starts afresh")
            return Memory()

    def _finish(
        self,
        state: State,
        pace: Pace,
        says: tuple[Say, ...],
        happened: tuple[Happened, ...],
        answer: Answer | None = None,
    ) -> Handled:
        """Put it into words, queue it, and save where the conversation stands."""
        options = answer.options if answer else ()
        # A list that is merely left open belongs to the message that showed it.
        days = answer.days if answer else None
        list_id = state.question.list_id if state.question and (options or days) else ""
        choices = tuple(
            Choice(self.phrasebook.say(option.label), callback_data(list_id, index), option.kind)
            for index, option in enumerate(options, start=1)
        )
        if options:
            state = state.with_labels(tuple(choice.label for choice in choices))
        # A keyword's answer, and the number to call, come without an introduction.
        introduce = answer is not None and not answer.urgent
        calendar = day_choices(days, list_id, self.phrasebook) if days else ()
        replies = (
            self._reply(says, choices, list_id, calendar=calendar, introduce=introduce)
            if says
            else ()
        )
        if replies:
            pace = pace.answered(hashed(replies[0].text), self.now)
        self._save(Memory(state, pace))
        return Handled(
            replies=replies,
            happened=happened,
            task=self._task(state),
            asked=answer.asked if answer else None,
        )

    def _task(self, state: State) -> str | None:
        if self.with_person:
            return HANDOFF
        return state.draft.task if state.draft else None

    def _reply(
        self,
        says: tuple[Say, ...],
        choices: tuple[Choice, ...] = (),
        list_id: str = "",
        *,
        calendar: tuple[Choice, ...] = (),
        introduce: bool = True,
    ) -> tuple[Reply, ...]:
        """Queue it. The days of a calendar are buttons, but no choices: the question is open."""
        introduction = say("disclosure")
        template = self._template(says)
        if introduce and self.introduces and self.conversation.disclosed_at is None:
            says = (introduction, *(one for one in says if one.key != introduction.key))
            consents.note_disclosed(
                self.connection,
                self.conversation.address_id,
                wording=DISCLOSURE_VERSION,
                has_written=self.answers_id is not None,
                actor=Actor.patient(self.conversation.address_id, self.channel),
                now=self.now,
            )
        rendered = worded(says, choices, self.phrasebook, self.channel, self._above())
        *before, last = in_parts(rendered)
        for part in before:
            self._queue(part)
        self._queue(replace(last, choices=last.choices or calendar), list_id, template)
        log.wake_worker(self.connection)
        if self.conversation.is_barred:
            return ()  # It is in the log, and goes nowhere.
        return (*(Reply(part.text) for part in before), Reply(last.text, choices or calendar))

    def _above(self) -> str:
        """What was picked, where the answer takes the question's place."""
        match self.place:
            case Place(picked=date() as day):
                return picked(self.phrasebook.day(day))
            case Place(picked=str(label)) if label:
                return picked(label)
        return ""

    def _template(self, says: tuple[Say, ...]) -> Spoken | None:
        """What a template would say of it, if the patient is silent until it is sent."""
        is_unasked = self.kind not in PROMPTED and self.channel is Channel.WHATSAPP
        return spoken(says, self.phrasebook) if is_unasked else None

    def _queue(self, rendered: Rendered, list_id: str = "", template: Spoken | None = None) -> None:
        self.queued_id = log.queue_reply(
            self.connection,
            self.conversation,
            text=rendered.text,
            choices=[_as_dict(choice) for choice in rendered.choices],
            list_id=list_id or None,
            segments=rendered.segments or None,
            in_reply_to=self.answers_id,
            kind=self.kind,
            appointment_id=self.appointment_id,
            simulated=self.simulated,
            now=self.now,
            may_send=not self.conversation.is_barred,
            edits_id=self.place.edits_id if self.place else None,
            template=template.key if template else None,
            variables=template.variables if template else None,
            picture=self.picture.to_json() if self.picture else None,
            document=self.document.to_json() if self.document else None,
            clear_at=self.clear_at,
        )

    def _held_in(self) -> str | None:
        """Return the language that the conversation is held in, as far as that is known."""
        return self.language

    def _save(self, memory: Memory) -> None:
        conversations.save_turn(
            self.connection,
            self.conversation,
            state=memory.to_json(),
            language=self._held_in(),
            simulated=self.simulated,
            now=self.now,
        )


def hashed(text: str) -> str:
    return hashlib.sha256(text.strip().encode(errors="replace")).hexdigest()[:12]


def _as_dict(choice: Choice) -> dict[str, str]:
    plain = {"label": choice.label, "value": choice.value}
    return plain | ({"kind": str(choice.kind)} if choice.kind else {})
