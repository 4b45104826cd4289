"""Telegram: updates of the bot, in our words.

Sources: Bot API, "Update", "setWebhook" (secret_token), "Making requests when getting updates".
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


def make_blueprint(
    settings: Settings,
    database: Database,
    receive: Callable[[InboundMessage], object],
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
        handle_update(update, bot_id, database, receive, clock)
        return _stop_the_clock(update.callback_query)

    return blueprint


def bot_id_of(token: str | None) -> str:
    """The bot's own id, which is the first part of its token; "" without a token."""
    return (token or "").partition(":")[0]


def handle_update(
    update: Update,
    bot_id: str,
    database: Database,
    receive: Callable[[InboundMessage], object],
    clock: Clock,
) -> None:
    """Hand the update over to whom it concerns; most kinds concern nobody."""
    if (message := to_message(update, bot_id)) is not None:
        receive(message)
    elif (change := reach_change(update)) is not None:
        with database.transaction() as connection:
            reach.record_reach(
                connection,
                channel=Channel.TELEGRAM,
                address=change.chat,
                is_good=change.is_good,
                now=clock(),
            )


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
    )


def _from_press(update: Update, press: CallbackQuery, bot_id: str) -> InboundMessage | None:
    if press.message is None or press.message.chat.type != ChatType.PRIVATE or press.data is None:
        return None
    return InboundMessage(
        provider_id=str(update.update_id),
        sender=Address(Channel.TELEGRAM, _chat_id(press.message.chat)),
        recipient=bot_id,
        text=_readable(press.data),
        content=Content.BUTTON,
        language=_language(press.from_user),
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


def _stop_the_clock(press: CallbackQuery | None) -> Response:
    """An empty answer. To a press it carries the one call that Telegram expects, so that the
    button stops turning; whether that arrives does not matter, and nobody waits for it."""
    if press is None or not isinstance(press.id, str):
        return Response()
    call = {"method": "answerCallbackQuery", "callback_query_id": press.id}
    return Response(json.dumps(call), mimetype="application/json")
