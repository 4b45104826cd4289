"""One message, answered: understood, talked over, performed, put into words and queued.

Everything here happens in the message's transaction, inside the savepoint of `bot.desk`.
"""

import hashlib
import logging
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot import optout
from bot.clinic import Clinic
from bot.dialogue.engine import converse
from bot.dialogue.state import State
from bot.dialogue.turn import Answer, Event, Heard, Pressed, Say, Situation, Unreadable, say
from bot.happened import Happened
from bot.memory import Memory
from bot.messages import Asked, Channel, Choice, Content, InboundMessage, Reply
from bot.pace import Pace, Verdict
from bot.phrases import Phrasebook, languages
from bot.reception import Reception
from bot.rendering import render
from bot.senders.keyboard import callback_data, parse_callback_data
from bot.understanding import understand
from bot.understanding.reading import danger_in
from bot.understanding.tongue import written_in
from bot.understanding.values import (
    Context,
    Entities,
    Intent,
    OfferedSlot,
    Understanding,
)
from core.messaging import conversations, log
from core.messaging.conversations import Conversation
from core.messaging.floods import over_limit
from core.models.messaging import MessageStatus

logger = logging.getLogger("frontdesk.desk")

LONGEST_TEXT = 2_000  # Characters; SMS ends at 1,600, and nobody books in an essay.
# Version of the sentence `disclosure`: stored with the address as what it was told.
DISCLOSURE_VERSION = "2026-11"
# How many slots are offered at once: few where they must be read as numbered lines.
OFFERS = {Channel.SMS: 3, Channel.WHATSAPP: 6, Channel.TELEGRAM: 6, Channel.WEB: 6}
# Telegram's commands are words for wishes that can be typed as well.
COMMANDS = {
    "/start": Intent.GREET,
    "/help": Intent.HELP,
    "/book": Intent.BOOK,
    "/my": Intent.LIST,
}
BARE_NUMBER = re.compile(r"\s*#?(\d{1,2})[.)]?\s*", re.ASCII)
ALWAYS_HEARD = frozenset({Intent.EMERGENCY, Intent.STOP, Intent.START})


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of a message. A repeat, and a message that is not answered, have no replies."""

    replies: tuple[Reply, ...] = ()
    happened: tuple[Happened, ...] = ()
    task: str | None = None
    asked: Asked | None = None
    is_repeat: bool = False


class Answering:
    """One message at the desk."""

    def __init__(
        self,
        connection: Connection,
        clinic: Clinic,
        conversation: Conversation,
        message: InboundMessage,
        text: str,
        message_id: int,
        now: datetime,
    ) -> None:
        self.connection = connection
        self.clinic = clinic
        self.conversation = conversation
        self.message = message
        self.text = text
        self.message_id = message_id
        self.now = now
        self.local_now = now.astimezone(clinic.directory.locations[0].zone)
        self.left_open = False  # A task of long ago, which nobody goes on with.
        self.written_in = self._written_in()
        self._talk_in(self._language())

    def _written_in(self) -> str | None:
        """Return the language of the message, None where its words do not tell."""
        is_text = self.message.content is Content.TEXT
        return written_in(self.text, languages()) if is_text else None

    def _language(self) -> str:
        """Return the stored choice, else the provider's word for it, else what the message is
        written in, else what the conversation was held in, else the clinic's first language."""
        wished = (
            self.conversation.chosen_language,
            (self.message.language or "")[:2],
            self.written_in,
            self.conversation.language,
            *self.clinic.directory.languages,
            *languages(),
        )
        return next(code for code in wished if code in languages())

    def _talk_in(self, language: str) -> None:
        self.language = language
        self.phrasebook = Phrasebook(self.clinic.directory, language)

    def answer(self) -> Handled:
        """Steps 3 to 7: keywords and safety words, understanding, dialogue, clinic, replies."""
        memory = self._recall()
        pace = memory.pace.heard(self.now)
        understanding = self._understand(memory.state)
        verdict = pace.verdict(self.now, self.clinic.rules, crowded=self._is_flooded())
        if pace.is_echo(_hash(self.text)):
            return self._hold_back(replace(memory, pace=pace), Verdict.SILENCE)
        if verdict is Verdict.ANSWER:
            pace = pace.within_limits()
        elif understanding.intent not in ALWAYS_HEARD:
            return self._hold_back(replace(memory, pace=pace), verdict)
        keyword = optout.act(
            self.connection,
            self.conversation,
            self.message,
            understanding.intent,
            self.now,
            self.message_id,
        )
        if keyword is not None:
            return self._finish(memory.state, pace, keyword.says, keyword.happened)
        reception = Reception(
            self.connection, self.clinic, self.conversation, self.message_id, self.now
        )
        situation = Situation(
            now=self.local_now,
            directory=self.clinic.directory,
            horizon_days=self.clinic.rules.horizon_days,
            offers=OFFERS[self.message.sender.channel],
            languages=languages(),
        )
        event = self._event(understanding)
        answer = converse(memory.state, event, situation, reception.perform)
        if answer.language is not None:
            self._choose(answer.language)
        says = answer.says
        if self.left_open and not answer.urgent:
            says = (say("rested"), *says)
        return self._finish(answer.state, pace, says, tuple(reception.happened), answer)

    def _choose(self, language: str) -> None:
        conversations.choose_language(
            self.connection, self.conversation.address_id, language=language, now=self.now
        )
        self._talk_in(language)

    def _recall(self) -> Memory:
        """What this conversation remembers; left for a day it starts fresh."""
        memory = self._stored()
        rest = timedelta(hours=self.clinic.rules.conversation_rest_hours)
        last = self.conversation.last_turn_at
        if last is not None and self.now - last > rest:
            self.left_open = memory.state.draft is not None
            memory = Memory(pace=memory.pace)
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

    def _is_flooded(self) -> bool:
        # Providers' requests all come from the provider; only a browser's origin says anything.
        if self.message.sender.channel is not Channel.WEB or self.message.origin is None:
            return False
        return over_limit(
            self.connection,
            f"origin:{self.message.origin}",
            limit=self.clinic.rules.messages_per_origin_a_minute,
            now=self.now,
        )

    def _understand(self, state: State) -> Understanding:
        command = COMMANDS.get(self.text.split(" ", 1)[0].lower())
        if command is not None and self.message.sender.channel is Channel.TELEGRAM:
            return Understanding(command, 1.0, Entities(), self.language)
        if self.message.content is Content.CONTACT:
            return Understanding(Intent.INFORM, 1.0, Entities(phone=self.text), self.language)
        question = state.question
        # Safety words are looked for in all of it, however long.
        text = self.message.text if self.message.content is Content.TEXT else ""
        context = Context(
            now=self.local_now,
            directory=self.clinic.directory,
            asked=question.asked if question else None,
            offer=self._offered(state),
            labels=question.labels if question else (),
            # Replies stay in the language of the conversation; reading follows the message.
            language=self.written_in or self.language,
        )
        found = understand(text, context)
        if found.intent is Intent.EMERGENCY or self.written_in is not None:
            return found
        # Two words are no language yet: danger is looked for in all that we talk.
        others = (code for code in languages() if code != self.language)
        dangers = (danger_in(text, code, context) for code in others)
        kind = next(filter(None, dangers), None)
        if kind is None:
            return found
        return Understanding(Intent.EMERGENCY, 0.95, Entities(kind=kind), self.language)

    def _offered(self, state: State) -> tuple[OfferedSlot, ...]:
        directory, draft = self.clinic.directory, state.draft
        if draft is None:
            return ()
        shown = draft.offer or ((draft.slot,) if draft.slot else ())
        return tuple(
            OfferedSlot(
                slot.starts_at.astimezone(directory.location(slot.location).zone),
                directory.practitioner(slot.practitioner).name,
            )
            for slot in shown
        )

    def _event(self, understanding: Understanding) -> Event:
        message = self.message
        if message.content is Content.BUTTON:
            pressed = parse_callback_data(message.text)
            return Pressed(*pressed) if pressed else Pressed("", 0)
        unreadable = message.content is Content.UNREADABLE or not message.text.strip()
        too_long = len(message.text) > LONGEST_TEXT
        if (unreadable or too_long) and understanding.intent is not Intent.EMERGENCY:
            return Unreadable(too_long=too_long)
        bare = BARE_NUMBER.fullmatch(self.text)
        return Heard(understanding, int(bare[1]) if bare else None)

    # Saying

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
        list_id = state.question.list_id if state.question else ""
        choices = tuple(
            Choice(self.phrasebook.say(option.label), callback_data(list_id, index), option.kind)
            for index, option in enumerate(options, start=1)
        )
        if options:
            state = state.with_labels(tuple(choice.label for choice in choices))
        # A keyword's answer, and the number to call, come without an introduction.
        introduce = answer is not None and not answer.urgent
        replies = self._reply(says, choices, list_id, introduce=introduce) if says else ()
        if replies:
            pace = pace.answered(_hash(replies[0].text), self.now)
        self._save(Memory(state, pace))
        return Handled(
            replies=replies,
            happened=happened,
            task=state.draft.task if state.draft else None,
            asked=answer.asked if answer else None,
        )

    def _reply(
        self,
        says: tuple[Say, ...],
        choices: tuple[Choice, ...] = (),
        list_id: str = "",
        *,
        introduce: bool = True,
    ) -> tuple[Reply, ...]:
        sentences = [self.phrasebook.say(one) for one in says]
        if introduce and self.conversation.disclosed_at is None:
            sentences.insert(0, self.phrasebook.say(say("disclosure")))
            conversations.note_disclosed(
                self.connection,
                self.conversation.address_id,
                version=DISCLOSURE_VERSION,
                now=self.now,
            )
        channel = self.message.sender.channel
        rendered = render("\n".join(sentences), choices, channel)
        log.queue_reply(
            self.connection,
            self.conversation,
            text=rendered.text,
            choices=[_as_dict(choice) for choice in rendered.choices],
            list_id=list_id or None,
            segments=rendered.segments or None,
            in_reply_to=self.message_id,
            simulated=self.message.simulated,
            now=self.now,
            may_send=not self.conversation.is_barred,
        )
        log.wake_worker(self.connection)
        return (Reply(rendered.text, choices),)

    def _hold_back(self, memory: Memory, verdict: Verdict) -> Handled:
        """Too much, too fast: one notice, then silence."""
        replies: tuple[Reply, ...] = ()
        if verdict is Verdict.NOTICE:
            replies = self._reply((say("slow_down"),))
        else:
            log.mark_incoming(self.connection, self.message_id, MessageStatus.IGNORED, self.now)
        self._save(replace(memory, pace=memory.pace.told(self.now)))
        return Handled(replies=replies)

    def _save(self, memory: Memory) -> None:
        conversations.save_turn(
            self.connection,
            self.conversation,
            state=memory.to_json(),
            language=self.language,
            simulated=self.message.simulated,
            now=self.now,
        )

    def apologise(self) -> Handled:
        """Everything this message did is undone; say so, and whom to call."""
        log.mark_incoming(self.connection, self.message_id, MessageStatus.FAILED, self.now)
        return Handled(replies=self._reply((say("apology"),)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.strip().encode(errors="replace")).hexdigest()[:12]


def _as_dict(choice: Choice) -> dict[str, str]:
    plain = {"label": choice.label, "value": choice.value}
    return plain | ({"kind": str(choice.kind)} if choice.kind else {})
