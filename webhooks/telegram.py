"""Telegram: updates of the bot, in our words.

Sources: Bot API, "Update", "setWebhook" (secret_token), "Making requests when getting updates".
The answer to an update may carry one call: that is how a button stops turning and how we are seen
to type. Nothing depends on it, and nobody waits for it.
"""

import hmac
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request
from telegram import CallbackQuery, Chat, ChatMember, Contact, Message, Update, User
from telegram.constants import ChatType

from bot.messages import Address, Channel, Content, InboundMessage
from bot.phrases import DEFAULT_LANGUAGE
from bot.senders.keyboard import NOTHING
from bot.speaking import Handled
from bot.staff.wording import staff_sentences
from core.clock import Clock, instant
from core.config import Settings
from core.database.connect import Database
from core.messaging import reach
from core.phone import to_e164

logger = logging.getLogger("frontdesk.telegram")

# What `Update.de_json` raises for JSON that is no update: it trusts Telegram.
MALFORMED = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    OSError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class ReachChange:
    """The patient blocked the bot, or let it in again."""

    chat: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class StopTurning:
    """The button that was pressed need not turn any more (`answerCallbackQuery`)."""

    query_id: str


@dataclass(frozen=True, slots=True)
class Typing:
    """An answer is on its way to the chat (`sendChatAction`)."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class InPrivate:
    """A command in a group is answered without a word of anybody (`sendMessage`)."""

    chat_id: int
    text: str


# What Telegram may be told at once, before the worker sends anything.
Call = StopTurning | Typing | InPrivate


def make_blueprint(
    settings: Settings,
    database: Database,
    receive: Callable[[InboundMessage], Handled],
    clock: Clock,
) -> Blueprint:
    """Without a secret in the settings every request is refused."""
    blueprint = Blueprint("telegram", __name__, url_prefix="/telegram")
    secret = (settings.telegram_webhook_secret or "").encode()
    bot_id = bot_id_of(settings.telegram_bot_token)

    @blueprint.post("/webhook")
    def receive_update() -> Response:
        # As bytes: a header that is not ASCII makes the comparison of texts fail with an error.
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "").encode()
        if not secret or not hmac.compare_digest(given, secret):
            abort(403)
        update = read_update(_json_body())
        if update is None:
            # Anything but 200 makes Telegram send the same update again, for hours.
            logger.warning("ignored what is no update")
            return Response()
        return _carrying(handle_update(update, bot_id, database, receive, clock))

    return blueprint


def bot_id_of(token: str | None) -> str:
    """The bot's own id, which is the first part of its token; "" without a token."""
    return (token or "").partition(":")[0]


def handle_update(
    update: Update,
    bot_id: str,
    database: Database,
    receive: Callable[[InboundMessage], Handled],
    clock: Clock,
) -> Call | None:
    """Hand the update over to whom it concerns; most kinds concern nobody. Return what Telegram may
    be told at once, before the worker sends the answer."""
    press = update.callback_query
    is_answered = False
    if (elsewhere := command_in_group(update)) is not None:
        return elsewhere
    if (message := to_message(update, bot_id)) is not None:
        is_answered = bool(receive(message).replies)
    elif (change := reach_change(update)) is not None:
        with database.transaction() as connection:
            reach.record_reach(
                connection,
                channel=Channel.TELEGRAM,
                address=change.chat,
                is_good=change.is_good,
                now=clock(),
            )
    if press is not None:
        return StopTurning(press.id) if isinstance(press.id, str) else None
    return Typing(int(message.sender.value)) if message is not None and is_answered else None


def parse_update(data: Any, bot_id: str) -> InboundMessage | None:
    """Return what a patient sent, in our words; None for all else."""
    update = read_update(data)
    return to_message(update, bot_id) if update else None


def read_update(data: Any) -> Update | None:
    """Return the update, None if it is none."""
    if not isinstance(data, dict) or type(data.get("update_id")) is not int:
        return None
    try:
        return Update.de_json(data, None)
    except MALFORMED:
        return None


def to_message(update: Update, bot_id: str) -> InboundMessage | None:
    """Return what a patient sent; None for edits, channels, groups, bots and all else."""
    message, press = update.message, update.callback_query
    try:
        if message is not None:
            return _from_message(update, message, bot_id)
        if press is not None and press.message is not None:
            return _from_press(update, press, bot_id)
    except MALFORMED:  # A part is of another type than Telegram's: `de_json` looks at none.
        logger.warning("ignored a malformed update")
    return None


def command_in_group(update: Update) -> InPrivate | None:
    """Return the answer to a command that somebody writes where others read along."""
    message = update.message
    try:
        if message is None or message.chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
            return None
        if not (message.text or "").startswith("/") or type(message.chat.id) is not int:
            return None
        language = (message.from_user and _language(message.from_user)) or DEFAULT_LANGUAGE
        return InPrivate(message.chat.id, staff_sentences(language[:2])["in_private"])
    except MALFORMED:
        return None


def reach_change(update: Update) -> ReachChange | None:
    member = update.my_chat_member
    try:
        if member is None or member.chat.type != ChatType.PRIVATE:
            return None
        is_good = member.new_chat_member.status != ChatMember.BANNED
        return ReachChange(_chat_id(member.chat), is_good)
    except MALFORMED:
        return None


def _from_message(update: Update, message: Message, bot_id: str) -> InboundMessage | None:
    person = message.from_user
    if message.chat.type != ChatType.PRIVATE or person is None or person.is_bot:
        return None
    text, content = _content(message)
    return InboundMessage(
        provider_id=str(update.update_id),
        sender=Address(Channel.TELEGRAM, _chat_id(message.chat)),
        recipient=bot_id,
        text=_readable(text),
        content=content,
        language=_language(person),
        sent_at=instant(message.date),
        replies_to=_quoted(message),
        user=_user_id(person),
    )


def _quoted(message: Message) -> str | None:
    """Return the id of the message of ours that they answer by pointing at it."""
    quoted = message.reply_to_message
    return None if quoted is None else str(quoted.message_id)


def _from_press(update: Update, press: CallbackQuery, bot_id: str) -> InboundMessage | None:
    if press.message is None or press.message.chat.type != ChatType.PRIVATE or press.data is None:
        return None
    if press.data == NOTHING:
        return None
    return InboundMessage(
        provider_id=str(update.update_id),
        sender=Address(Channel.TELEGRAM, _chat_id(press.message.chat)),
        recipient=bot_id,
        text=_readable(press.data),
        content=Content.BUTTON,
        language=_language(press.from_user),
        user=_user_id(press.from_user),
    )


def _content(message: Message) -> tuple[str, Content]:
    if message.contact is not None:
        number = _own_number(message, message.contact)
        return (number, Content.CONTACT) if number else ("", Content.UNREADABLE)
    text = message.text or message.caption
    return (text, Content.TEXT) if text else ("", Content.UNREADABLE)


def _own_number(message: Message, contact: Contact) -> str | None:
    """The sender's number in E.164; None for somebody else's, which proves nothing."""
    if message.from_user is None or contact.user_id != message.from_user.id:
        return None
    # Telegram gives it with its country, with or without the plus sign.
    return to_e164("+" + contact.phone_number.removeprefix("+"), "US")


def _user_id(person: User) -> str:
    if type(person.id) is not int:
        raise TypeError("expected a number as the id of a user")
    return str(person.id)


def _chat_id(chat: Chat) -> str:
    if type(chat.id) is not int:
        raise TypeError("a chat id that is no number")
    return str(chat.id)


def _language(person: User) -> str | None:
    code = person.language_code
    # The library passes on whatever stands there.
    return _readable(code) if isinstance(code, str) and code else None


def _readable(text: str) -> str:
    """JSON can spell half a character, which no database takes."""
    return text.encode(errors="replace").decode()


def _json_body() -> Any:
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError):
        return None


def _carrying(call: Call | None) -> Response:
    match call:
        case StopTurning(query_id):
            body: dict[str, str | int] = {
                "method": "answerCallbackQuery",
                "callback_query_id": query_id,
            }
        case Typing(chat_id):
            body = {"method": "sendChatAction", "chat_id": chat_id, "action": "typing"}
        case InPrivate(chat_id, text):
            body = {"method": "sendMessage", "chat_id": chat_id, "text": text}
        case None:
            return Response()
    return Response(json.dumps(body), mimetype="application/json")
