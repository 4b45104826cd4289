"""Somebody of staff who is spoken to unasked, in their own chat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.clinic import Clinic
from bot.dialogue.turn import Option, Say
from bot.messages import Channel, Choice
from bot.phrases import DEFAULT_LANGUAGE
from bot.senders.keyboard import callback_data
from bot.staff.memory import StaffState
from bot.staff.speaking import clears_at
from bot.staff.wording import StaffPhrasebook, staff_languages
from bot.staff.work import Work, sphere_of_member
from bot.wording import worded
from core.messaging import conversations, notices
from core.messaging.conversations import Conversation
from core.messaging.places import conversation_with
from core.staff.chats import Chat, chat_of
from core.staff.rights import Deed, Sphere


@dataclass(frozen=True, slots=True)
class Listener:
    """`work`: as if they had just written, with the right to see the day."""

    chat: Chat
    conversation: Conversation
    work: Work

    def say(
        self,
        says: Sequence[Say],
        options: Sequence[Option] = (),
        *,
        subject: str,
        until: datetime,
    ) -> int:
        """Queue it, and return the message's number; later than `until` it goes to nobody. What
        they have in hand goes on: a number that they write means what it did."""
        work, list_id = self.work, ""
        choices: tuple[Choice, ...] = ()
        if options:
            state = StaffState.from_json(self.conversation.state, self.conversation.version)
            state, list_id = state.aside(tuple(option.code for option in options))
            choices = tuple(
                Choice(work.book.say(option.label), callback_data(list_id, index))
                for index, option in enumerate(options, start=1)
            )
            conversations.keep_state(
                work.connection, self.conversation.id, state.to_json(), work.now
            )
        rendered = worded(says, choices, work.book, Channel(self.conversation.channel))
        return notices.queue_notice(
            work.connection,
            self.conversation.id,
            rendered.text,
            subject=subject,
            choices=[{"label": each.label, "value": each.value} for each in rendered.choices],
            list_id=list_id or None,
            valid_until=until,
            clear_at=clears_at(work.clinic, work.now),
            now=work.now,
        )


def sees(connection: Connection, clinic: Clinic, chat: Chat) -> Sphere | None:
    """Return which visits whoever has the chat may see: they are told of no others."""
    return sphere_of_member(connection, clinic, chat.pairing.member, Deed.SEE_DAY)


def listener(
    connection: Connection, clinic: Clinic, staff_id: int, ours: Mapping[str, str], now: datetime
) -> Listener | None:
    """Return somebody in their chat, which nobody closes, and in which nobody speaks, before the
    transaction ends; None where they have none, or may see nothing. `ours`: our own address on each
    channel."""
    found = chat_of(connection, staff_id, clinic.rules, now)
    if found is None:
        return None
    there = conversation_with(connection, found.address_id, ours, now)
    # In the order of all locks; and then what may have changed meanwhile is read again.
    conversation = conversations.lock_by_id(connection, there)
    chat = chat_of(connection, staff_id, clinic.rules, now, lock=True)
    if chat is None or chat.address_id != found.address_id:
        return None
    sphere = sees(connection, clinic, chat)
    if sphere is None:
        return None
    book = StaffPhrasebook(clinic.directory, _language(clinic, chat, conversation))
    work = Work(connection, clinic, chat.pairing, sphere, book, conversation.channel, now)
    return Listener(chat, conversation, work)


def _language(clinic: Clinic, chat: Chat, conversation: Conversation) -> str:
    wished = (
        chat.pairing.member.language,
        conversation.chosen_language,
        conversation.language,
        *clinic.directory.languages,
        DEFAULT_LANGUAGE,
    )
    return next(code for code in wished if code in staff_languages())
