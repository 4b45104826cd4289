"""One message, answered: understood, talked over, performed, put into words and queued.

Everything here happens in the message's transaction, inside the savepoint of `bot.desk`.
"""

import logging
import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot import alarms, in_place, optout
from bot.clinic import Clinic
from bot.dialogue import which_list
from bot.dialogue.commands import FindWaits
from bot.dialogue.engine import converse
from bot.dialogue.outcomes import WaitsFound
from bot.dialogue.people.strangers import mentions_people, only_of
from bot.dialogue.state import State
from bot.dialogue.tasks import offered, reminder
from bot.dialogue.turn import Event, Heard, Pressed, Say, Shared, Unreadable, say
from bot.dialogue.values import Offered
from bot.happened import Happened
from bot.hearing import Hearing
from bot.memory import Memory
from bot.messages import Channel, Content, InboundMessage, Reply
from bot.pace import Verdict
from bot.phrases import languages
from bot.reception import Reception
from bot.reception.finding import slot_of
from bot.senders.keyboard import parse_callback_data
from bot.speaking import Handled, Speaking, hashed
from bot.staff import forwarding
from bot.understanding.tongue import hinted_in, written_in
from bot.understanding.values import Intent, Understanding
from core.errors import OfferGone
from core.messaging import calls, conversations, log
from core.messaging.conversations import Conversation
from core.messaging.floods import over_limit
from core.models.messaging import MessageStatus
from core.occasions import agenda, due
from core.people.links import told_about
from core.waitlist.answers import moves_up
from core.waitlist.offers import offer_by_id

logger = logging.getLogger("frontdesk.desk")

LONGEST_TEXT = 2_000  # Characters; SMS ends at 1,600, and nobody books in an essay.
BARE_NUMBER = re.compile(r"\s*#?(\d{1,2})[.)]?\s*", re.ASCII)
ALWAYS_HEARD = frozenset({Intent.EMERGENCY, Intent.STOP, Intent.START})


class Answering(Speaking):
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
        super().__init__(connection, clinic, conversation, now, simulated=message.simulated)
        self.message = message
        self.text = text
        self.message_id = self.answers_id = message_id
        self.written_in = self._written_in()
        self._talk_in(self._language())

    def _written_in(self) -> str | None:
        """Return the language of the message, None where its words do not tell."""
        is_text = self.message.content is Content.TEXT
        return written_in(self.text, languages()) if is_text else None

    def _hinted_in(self) -> str | None:
        """Return the language that even a single word tells: somebody begins with "bonjour"."""
        is_text = self.message.content is Content.TEXT
        return hinted_in(self.text, languages()) if is_text else None

    def _language(self) -> str:
        """Return the language that is told, else the clinic's first."""
        wished = (self._told_language(), *self.clinic.directory.languages, *languages())
        return next(code for code in wished if code in languages())

    def _told_language(self) -> str | None:
        """Return the stored choice, else the provider's word for it, else what the message is
        written in, else what the conversation was held in, else what its first words hint at."""
        told = (
            self.conversation.chosen_language,
            (self.message.language or "")[:2],
            self.written_in,
            self.conversation.language or self._hinted_in(),
        )
        return next((code for code in told if code in languages()), None)

    def _held_in(self) -> str | None:
        """ "Consulta" may be Spanish or Portuguese: whoever was answered in the clinic's language
        for want of a better one has told none so far."""
        return self._told_language() and self.language

    def answer(self) -> Handled:
        """Steps 3 to 7: keywords and safety words, understanding, dialogue, clinic, replies."""
        reception = Reception(
            self.connection, self.clinic, self.conversation, self.message_id, self.now
        )
        memory = self._recall()
        memory = replace(memory, state=self._reopened(memory.state, reception))
        pace = memory.pace.heard(self.now)
        understanding = Hearing(
            self.message,
            self.clinic.directory,
            self.local_now,
            self.language,
            self.written_in,
            tuple(link.name for link in reception.insight.people()),
        ).understood(memory.state)
        verdict = pace.verdict(self.now, self.clinic.rules, crowded=self._is_flooded())
        if pace.is_echo(hashed(self.text)):
            return self._hold_back(replace(memory, pace=pace), Verdict.SILENCE)
        if verdict is Verdict.ANSWER:
            pace = pace.within_limits()
        elif understanding.intent not in ALWAYS_HEARD:
            return self._hold_back(replace(memory, pace=pace), verdict)
        if (taken := self._taken()) is not None:
            facts = {name: str(value) for name, value in taken.values.items()}
            happened = (Happened(taken.key, facts),)  # An alarm is taken, or was by somebody else.
            return self._finish(memory.state, pace, (taken,), happened)
        if which_list.may_be_meant(understanding):
            waits = reception.perform(FindWaits())
            on_list = isinstance(waits, WaitsFound) and bool(waits.waits)
            understanding = which_list.meant(memory.state, understanding, waits=on_list)
        keyword = optout.act(
            self.connection,
            self.conversation,
            self.message,
            understanding,
            self.now,
            self.message_id,
        )
        if keyword is not None:
            state = which_list.opted_out(memory.state) if keyword.is_over else memory.state
            return self._finish(state, pace, keyword.says, keyword.happened)
        situation = self._situation()
        event = self._event(understanding)
        if isinstance(event, Pressed) and memory.state.question is not None:
            self.place = in_place.find(
                self.connection, self.conversation, self.message_id, memory.state.question, event
            )
        state = self._theirs(memory.state, reception)
        answer = converse(state, event, situation, reception.perform)
        self._forward(still=reception.with_person)
        self.with_person = reception.with_person
        if answer.language is not None:
            self._choose(answer.language)
        says = answer.says
        if self.conversation.opted_in is False:
            # Whatever is booked by now: no reminder can tell them of it.
            calls.list_visits(
                self.connection, self.conversation.id, self.conversation.address_id, self.now
            )
        return self._finish(answer.state, pace, says, tuple(reception.happened), answer)

    def _forward(self, *, still: bool) -> None:
        """Whoever answered here before this message, and still does, reads it in their own chat."""
        if not (self.with_person and still):
            return
        is_text = self.message.content is Content.TEXT
        forwarding.forward(
            self.connection,
            self.clinic,
            self.conversation,
            self.text if is_text else None,
            self.now,
        )

    def _reopened(self, state: State, reception: Reception) -> State:
        """An answer to an older reminder, by its button or by quoting it, is about the visits that
        it spoke of, whatever was asked since."""
        message, listed, quoted = self.message, "", None
        if message.content is Content.BUTTON:
            listed, _ = parse_callback_data(message.text) or ("", 0)
        elif message.replies_to:
            quoted = message.replies_to
            if self.channel is Channel.TELEGRAM:  # Unique in its chat only.
                quoted = f"{self.conversation.id}:{quoted}"
        if not (listed or quoted) or (state.question and state.question.list_id == listed):
            return state
        list_id, carried = due.carried_by(
            self.connection, self.conversation.id, list_id=listed, provider_id=quoted
        )
        if not carried:
            return self._offered_again(state, reception, listed, quoted)
        if state.question and state.question.list_id == list_id:
            return state
        return reminder.reopened(state, tuple(map(reception.insight.as_told, carried)), list_id)

    def _offered_again(
        self, state: State, reception: Reception, listed: str, quoted: str | None
    ) -> State:
        """The first yes has the time, also with the button of an older message; or it is gone."""
        list_id, offer_id = agenda.offer_carried_by(
            self.connection, self.conversation.id, list_id=listed, provider_id=quoted
        )
        if offer_id is None or (state.question and state.question.list_id == list_id):
            return state
        offer, old = offer_by_id(self.connection, offer_id), None
        with suppress(OfferGone):
            old = moves_up(self.connection, offer)
        instead_of = reception.insight.visit(old) if old else None
        again = Offered(offer.id, slot_of(offer.slot), instead_of)
        return offered.reopened(state, again, list_id)

    def _taken(self) -> Say | None:
        """What is said to one of staff who takes an alarm; None if the message is something else.
        That nobody has taken it yet weighs more than a number of whatever list is open."""
        if self.message.content is not Content.TEXT or not alarms.may_take(self.text):
            return None
        return alarms.taken(self.connection, self.conversation.address_id, self.text, self.now)

    def _choose(self, language: str) -> None:
        conversations.choose_language(
            self.connection, self.conversation.address_id, language=language, now=self.now
        )
        self._talk_in(language)

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

    def _theirs(self, state: State, reception: Reception) -> State:
        """What is remembered of people whom this address speaks for no more is forgotten."""
        if not mentions_people(state):
            return state
        people = {link.patient_id for link in reception.insight.people()}
        told = told_about(self.connection, self.conversation.address_id, self.now)
        return only_of(state, people | told)

    def _event(self, understanding: Understanding) -> Event:
        message = self.message
        if message.content is Content.BUTTON:
            pressed = parse_callback_data(message.text)
            return Pressed(*pressed) if pressed else Pressed("", 0)
        if message.content is Content.CONTACT:
            return Shared(self.text)
        unreadable = message.content is Content.UNREADABLE or not message.text.strip()
        too_long = len(message.text) > LONGEST_TEXT
        if (unreadable or too_long) and understanding.intent is not Intent.EMERGENCY:
            return Unreadable(too_long=too_long)
        bare = BARE_NUMBER.fullmatch(self.text)
        return Heard(understanding, int(bare[1]) if bare else None, self.text)

    def _hold_back(self, memory: Memory, verdict: Verdict) -> Handled:
        """Too much, too fast: one notice, then silence."""
        replies: tuple[Reply, ...] = ()
        if verdict is Verdict.NOTICE:
            replies = self._reply((say("slow_down"),))
        else:
            log.mark_incoming(self.connection, self.message_id, MessageStatus.IGNORED, self.now)
        self._save(replace(memory, pace=memory.pace.told(self.now)))
        return Handled(replies=replies)

    def apologise(self) -> Handled:
        """Everything this message did is undone; say so, and whom to call."""
        self.place = None  # The question stands, so that it can be answered again.
        log.mark_incoming(self.connection, self.message_id, MessageStatus.FAILED, self.now)
        return Handled(replies=self._reply((say("apology"),)))
