"""What a message means: read in the language it is written in, and in the context of what was
asked; what is too short to tell its language is heard in the others, too."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue.introduction import is_help_word
from bot.dialogue.state import State
from bot.directory import Directory
from bot.messages import Channel, Content, InboundMessage
from bot.phrases import languages
from bot.understanding import understand
from bot.understanding.reading import danger_in
from bot.understanding.tongue import knows_a_word
from bot.understanding.values import (
    ACT,
    ASK,
    Context,
    Entities,
    Intent,
    OfferedSlot,
    Understanding,
)

# Telegram's commands are words for wishes that can be typed as well.
COMMANDS = {
    "/start": Intent.GREET,
    "/help": Intent.HELP,
    "/book": Intent.BOOK,
    "/my": Intent.LIST,
    "/language": Intent.LANGUAGE,
}
# What works in every state, in whatever language it is said.
ALWAYS = frozenset(
    {Intent.RESTART, Intent.HUMAN, Intent.HELP, Intent.STOP, Intent.START, Intent.LANGUAGE}
)
CERTAIN = 0.95


@dataclass(frozen=True, slots=True)
class Hearing:
    """One message, and what decides its meaning besides its words.

    `language`: what the conversation is held in; `written_in`: what the message is written in, None
    where its words do not tell.
    """

    message: InboundMessage
    directory: Directory
    now: datetime
    language: str
    written_in: str | None
    people: tuple[str, ...] = ()  # Whom the writer may speak for, by name.

    def understood(self, state: State) -> Understanding:
        message = self.message
        command = COMMANDS.get(message.text.split(" ", 1)[0].lower())
        if command is not None and message.sender.channel is Channel.TELEGRAM:
            return Understanding(command, 1.0, Entities(), self.language)
        if message.content is Content.CONTACT:
            return Understanding(Intent.INFORM, 1.0, Entities(phone=message.text), self.language)
        # Safety words are looked for in all of it, however long.
        text = message.text if message.content is Content.TEXT else ""
        context = self._context(state)
        found = understand(text, context)
        # Carriers have people write one word to hear who we are, in whatever language.
        if found.intent is Intent.EMERGENCY or self.written_in or is_help_word(text):
            return found
        return self._in_other_languages(text, context, found)

    def _in_other_languages(
        self, text: str, context: Context, found: Understanding
    ) -> Understanding:
        """Two words are no language yet: danger is looked for in all that we talk; so is "start
        over" where the words might be a name, and anything at all where they mean nothing."""
        others = [code for code in languages() if code != self.language]
        for code in others:
            if kind := danger_in(text, code, context):
                entities = Entities(kind=kind)
                return Understanding(Intent.EMERGENCY, CERTAIN, entities, self.language)
        said = found.entities
        if found.confidence >= ASK and (said.date_of_birth or not said.name):
            return found  # Nor is a birth date beside a name a wish in any language.
        knowing = [code for code in others if knows_a_word(text, code)]
        for meant in self._meanings(text, context, knowing):
            # What means nothing here is a name in any other language.
            sure = meant.confidence >= ACT and not (said.name or meant.entities.name)
            drops = meant.intent is Intent.NO and meant.entities.topic is not None
            if sure or ((drops or meant.intent in ALWAYS) and meant.confidence >= CERTAIN):
                return meant
        return found

    def _meanings(self, text: str, context: Context, codes: list[str]) -> Iterator[Understanding]:
        return (understand(text, replace(context, language=code)) for code in codes)

    def _context(self, state: State) -> Context:
        question = state.question
        return Context(
            now=self.now,
            directory=self.directory,
            asked=question.asked if question else None,
            offer=self._offered(state),
            labels=question.labels if question else (),
            people=self.people,
            namesakes=self._namesakes(state),
            # Replies stay in the language of the conversation; reading follows the message.
            language=self.written_in or self.language,
        )

    def _namesakes(self, state: State) -> tuple[str, ...]:
        keys = state.draft.candidates if state.draft else ()
        return tuple(self.directory.practitioner(key).name for key in keys)

    def _offered(self, state: State) -> tuple[OfferedSlot, ...]:
        directory, draft = self.directory, state.draft
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
