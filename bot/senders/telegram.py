"""Telegram, through python-telegram-bot's `Bot` alone: no Application, no handlers, no state.

Import this file only where the channel is on: the library is slow to load. `Bot` is asynchronous,
so each process has one thread with one event loop, made at the first message. It is keyed by
process id: a loop does not survive a fork.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from concurrent.futures import TimeoutError as Overdue
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.charts import draw
from bot.messages import Choice, ChoiceKind
from bot.senders.base import Accepted, DeliveryError, OutgoingMessage
from bot.senders.keyboard import callback_data

TIMEOUT = 10.0  # Seconds for connecting, and again for the answer.
CONNECTIONS = 16
TELEGRAM = "https://api.telegram.org"
REFUSED = "400"

# Buttons side by side, by the longest label: short ones (days, times) stand three in a row.
THREE_IN_A_ROW, TWO_IN_A_ROW = 10, 16
DAYS_IN_A_ROW = 7

# RetryAfter warns at each flood unless its pause is asked for as a timedelta; the switch is the
# library's own, and this is the only place it has.
os.environ.setdefault("PTB_TIMEDELTA", "1")

Answer = TypeVar("Answer")

# What the library raises for JSON that is no answer: it trusts Telegram.
NO_ANSWER_OF_TELEGRAMS = (LookupError, TypeError, ValueError, AttributeError)
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class TelegramSender:
    """`api_base` (scheme and host) stands in place of Telegram's."""

    def __init__(self, token: str, *, api_base: str = "", timeout: float = TIMEOUT) -> None:
        self._token = token
        self._api_base = (api_base or TELEGRAM).rstrip("/")
        self._timeout = timeout
        self._lock = threading.Lock()
        self._line: tuple[int, _Line] | None = None
        # httpx writes each URL to the log at INFO, and the token is part of it.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    def send(self, message: OutgoingMessage) -> Accepted:
        """Hand the message over; in the place of the one it replaces, if that can still be edited
        (Bot API, `editMessageText`), else below all others."""
        if message.replaces and not _asks_for_contact(message.choices):
            with suppress(_CannotEditError):
                return self._edit(message)
        line = self._own_line()
        sent = line.run(_sending(line.bot, message))
        return Accepted(provider_id=str(sent.message_id), status="sent")

    def _edit(self, message: OutgoingMessage) -> Accepted:
        keyboard = _inline(message.choices, message.list_id) if message.choices else None
        try:
            self._put(message, keyboard)
        except DeliveryError as error:
            if error.code == REFUSED:
                raise _CannotEditError from None  # Too old, or deleted.
            raise
        return Accepted(provider_id=message.replaces, status="sent")

    def clear(self, message: OutgoingMessage) -> None:
        """Edit the words into its place (Bot API, `editMessageText`); delete one with a file, which
        Telegram allows for 48 hours (`deleteMessage`)."""
        if message.document is None:
            self._put(message, None)
        else:
            chat_id, number = _chat(message), int(message.replaces)
            self._repeatable(lambda bot: bot.delete_message(chat_id, number))

    def _put(self, message: OutgoingMessage, keyboard: InlineKeyboardMarkup | None) -> None:
        """Put it in the place of the one it replaces."""
        chat_id, number = _chat(message), int(message.replaces)
        # An edit that went out, although its outcome was never heard of, changes nothing.
        with suppress(_NotModifiedError):
            self._repeatable(
                lambda bot: bot.edit_message_text(
                    text=message.text, chat_id=chat_id, message_id=number, reply_markup=keyboard
                )
            )

    def _repeatable(self, call: Callable[[Bot], Coroutine[Any, Any, object]]) -> None:
        """Make a call that may be made again: twice is once."""
        line = self._own_line()
        try:
            line.run(call(line.bot))
        except DeliveryError as error:
            if error.unknown:
                raise DeliveryError(error.code) from None
            raise

    def look_up(
        self,
        message: OutgoingMessage,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
        known: Collection[str] = (),  # noqa: ARG002
    ) -> Accepted | None:
        """Telegram tells no bot what it has sent."""
        raise DeliveryError("no look-up", permanent=True)

    def close(self) -> None:
        with self._lock:
            owner, line = self._line or (0, None)
            self._line = None
        if line and owner == os.getpid():
            line.close()

    def _own_line(self) -> "_Line":
        with self._lock:
            if self._line is None or self._line[0] != os.getpid():
                self._line = (os.getpid(), _Line(self._token, self._api_base, self._timeout))
            return self._line[1]


class _NotModifiedError(DeliveryError):
    """Telegram: an edit that would change nothing."""


class _CannotEditError(Exception):
    """Telegram will never edit that message."""


class _Line:
    """One event loop in its own thread, and the Bot that lives on it."""

    def __init__(self, token: str, api_base: str, timeout: float) -> None:
        self._request = HTTPXRequest(
            connection_pool_size=CONNECTIONS,
            connect_timeout=timeout,
            read_timeout=timeout,
            write_timeout=timeout,
            pool_timeout=timeout,
        )
        self.bot = Bot(token, base_url=f"{api_base}/bot", request=self._request)
        self._patience = 4 * timeout  # Pool, connect, write and read may each take their time.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
        self._thread.start()

    def run(self, call: Coroutine[Any, Any, Answer]) -> Answer:
        future = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return future.result(self._patience)
        except Overdue:
            future.cancel()
            raise DeliveryError("timeout", unknown=True) from None
        except TelegramError as error:
            raise _delivery_error(error) from None
        except NO_ANSWER_OF_TELEGRAMS:
            raise DeliveryError("no answer", unknown=True) from None

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._request.shutdown(), self._loop).result(TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)
        self._loop.close()


def _sending(bot: Bot, message: OutgoingMessage) -> Coroutine[Any, Any, Message]:
    chat_id, keyboard = _chat(message), _keyboard(message)
    if message.document is not None:
        return bot.send_document(
            chat_id=chat_id,
            document=message.document.content,
            filename=message.document.name,
            caption=message.text,
            reply_markup=keyboard,
        )
    if message.picture is None:
        return bot.send_message(chat_id=chat_id, text=message.text, reply_markup=keyboard)
    return bot.send_photo(
        chat_id=chat_id, photo=draw(message.picture), caption=message.text, reply_markup=keyboard
    )


def _chat(message: OutgoingMessage) -> int:
    try:
        return int(message.recipient)
    except ValueError:
        raise DeliveryError("not a chat id", permanent=True) from None


def _asks_for_contact(choices: Sequence[Choice]) -> bool:
    return any(choice.kind is ChoiceKind.CONTACT for choice in choices)


def _keyboard(message: OutgoingMessage) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if not message.choices:
        return None
    if _asks_for_contact(message.choices):
        # Only a reply keyboard can ask for the contact; its other buttons send their label.
        return ReplyKeyboardMarkup(
            [
                [KeyboardButton(choice.label, request_contact=choice.kind is ChoiceKind.CONTACT)]
                for choice in message.choices
            ],
            resize_keyboard=True,
            one_time_keyboard=True,
        )
    return _inline(message.choices, message.list_id)


def _inline(choices: Sequence[Choice], list_id: str) -> InlineKeyboardMarkup:
    try:
        buttons = [
            InlineKeyboardButton(choice.label, callback_data=_data(choice, list_id, index))
            for index, choice in enumerate(choices, start=1)
        ]
    except ValueError:
        raise DeliveryError("callback data", permanent=True) from None
    width = _width(choices)
    return InlineKeyboardMarkup([buttons[at : at + width] for at in range(0, len(buttons), width)])


def _data(choice: Choice, list_id: str, index: int) -> str:
    """A place in a calendar says itself what it is; it is not counted among the choices."""
    return choice.value if choice.kind is ChoiceKind.DAY else callback_data(list_id, index)


def _width(choices: Sequence[Choice]) -> int:
    if any(choice.kind is ChoiceKind.DAY for choice in choices):
        return DAYS_IN_A_ROW
    longest = max(len(choice.label) for choice in choices)
    return 3 if longest <= THREE_IN_A_ROW else 2 if longest <= TWO_IN_A_ROW else 1


def _delivery_error(error: TelegramError) -> DeliveryError:
    """PTB's classes, in our words. Their messages quote Telegram and stay here."""
    match error:
        case RetryAfter(retry_after=pause):
            seconds = pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
            return DeliveryError("429", retry_after=seconds)
        case Forbidden():
            return DeliveryError("403", permanent=True)  # Never started, or blocked.
        case InvalidToken():
            return DeliveryError("401")  # Our token is wrong: staff must act.
        case BadRequest() if "message is not modified" in error.message.lower():
            return _NotModifiedError(REFUSED, permanent=True)
        case BadRequest() if "chat not found" in error.message.lower():
            return DeliveryError("chat_not_found", permanent=True)
        case BadRequest():
            return DeliveryError(REFUSED, permanent=True)
        case NetworkError() if isinstance(error.__cause__, NOT_SENT):
            return DeliveryError("unreachable")
        case TimedOut():
            return DeliveryError("timeout", unknown=True)
        case _ if isinstance(error, NetworkError) or type(error) is TelegramError:
            # Telegram's own 5xx says nothing about whether the message went out; nor does a 200
            # with something else than JSON, of a proxy or half of Telegram's own.
            return DeliveryError("no answer", unknown=True)
        case _:
            return DeliveryError("refused", permanent=True)
