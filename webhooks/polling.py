"""A Telegram bot without a public address: we ask for updates instead of being called.

Telegram gives updates to one caller only (409 to a second), so that a lease in the database
decides which process asks; another takes over when that one is gone. Sources: Bot API,
"getUpdates"; python-telegram-bot, `Bot.get_updates`.
"""

import asyncio
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.messages import InboundMessage
from bot.senders import telegram_menu
from bot.senders.telegram import TELEGRAM
from bot.senders.telegram_webhook import ALLOWED_UPDATES
from bot.speaking import Handled
from core.clock import Clock
from core.config import Settings
from core.database.connect import Database
from core.messaging import leases
from webhooks.telegram import Call, InPrivate, StopTurning, Typing, bot_id_of, handle_update

logger = logging.getLogger("frontdesk.polling")

LEASE = "telegram_polling"
TERM = timedelta(minutes=1)  # Longer than a round, which prolongs it.
LONG_POLL_SECONDS = 20  # Telegram answers at once when there is something.
TIMEOUT_SECONDS = 10.0
STANDBY_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0


class Poller:
    """Asks Telegram for updates and hands them over, for as long as it holds the lease."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        receive: Callable[[InboundMessage], Handled],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._database = database
        self._receive = receive
        self._clock = clock
        self._holder = f"{os.getpid()}:{secrets.token_hex(4)}"
        self._offset: int | None = None  # All before it are taken, and may be forgotten.
        self._failures = 0
        self._has_menu = False

    async def run(self) -> None:
        """Until cancelled. Whatever goes wrong only makes it wait."""
        # Both write patients' words or our token to the log.
        logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        request = HTTPXRequest(connect_timeout=TIMEOUT_SECONDS, read_timeout=TIMEOUT_SECONDS)
        base = (self._settings.telegram_api_base or TELEGRAM) + "/bot"
        token = self._settings.telegram_bot_token or ""
        bot = Bot(token, base_url=base, request=request, get_updates_request=request)
        try:
            while True:
                await asyncio.sleep(await self._try_round(bot))
        finally:
            await request.shutdown()
            self._release()

    async def _try_round(self, bot: Bot) -> float:
        """Take what has come, if it is ours to ask; return how many seconds to wait."""
        try:
            if not self._has_lease():
                return STANDBY_SECONDS
            await self._round(bot)
        except TelegramError as error:
            self._failures += 1
            _log(error)
            if isinstance(error, RetryAfter):
                return float(_seconds(error))
        except Exception:
            # A round is a tick: the next one asks for the same updates again.
            self._failures += 1
            logger.exception("updates could not be taken")
        else:
            self._failures = 0
        return min(2.0**self._failures - 1, LONGEST_PAUSE_SECONDS)

    async def _round(self, bot: Bot) -> None:
        if not self._has_menu:
            await self._show_menu(bot)
        bot_id = bot_id_of(self._settings.telegram_bot_token)
        for update in await bot.get_updates(
            offset=self._offset, timeout=LONG_POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
        ):
            call = handle_update(update, bot_id, self._database, self._receive, self._clock)
            self._offset = update.update_id + 1  # Only now: it is committed.
            await _tell(bot, call)

    async def _show_menu(self, bot: Bot) -> None:
        """Patients can be served without it, so that it may come a round later."""
        with suppress(TelegramError):
            await telegram_menu.show(bot)
            self._has_menu = True

    def _has_lease(self) -> bool:
        with self._database.transaction() as connection:
            return leases.acquire(
                connection, name=LEASE, holder=self._holder, now=self._clock(), term=TERM
            )

    def _release(self) -> None:
        with suppress(SQLAlchemyError), self._database.transaction() as connection:
            leases.release(connection, name=LEASE, holder=self._holder)


def start_in_background(
    settings: Settings,
    database: Database,
    receive: Callable[[InboundMessage], Handled],
    clock: Clock,
) -> Callable[[], None]:
    """Start polling in a thread of this process; return what stops it."""
    poller = Poller(settings, database, receive, clock)
    loop = asyncio.new_event_loop()
    task = loop.create_task(poller.run())

    def poll() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    thread = Thread(target=poll, name="telegram-polling", daemon=True)
    thread.start()

    def stop() -> None:
        with suppress(RuntimeError):  # Closed already.
            loop.call_soon_threadsafe(task.cancel)
        thread.join()

    return stop


async def _tell(bot: Bot, call: Call | None) -> None:
    """What Telegram may be told at once; nothing depends on it."""
    with suppress(TelegramError):
        match call:
            case StopTurning(query_id):
                await bot.answer_callback_query(query_id)
            case Typing(chat_id):
                await bot.send_chat_action(chat_id, ChatAction.TYPING)
            case InPrivate(chat_id, text):
                await bot.send_message(chat_id, text)


def _seconds(error: RetryAfter) -> float:
    pause = error.retry_after
    return pause.total_seconds() if isinstance(pause, timedelta) else pause


def _log(error: TelegramError) -> None:
    match error:
        case Conflict() if "webhook" in error.message.lower():
            logger.error(
                "Telegram calls a webhook instead of answering us; "
                "to poll, first run `frontdesk telegram webhook delete`"
            )
        case Conflict():
            logger.error("another program asks for the updates of this bot")
        case InvalidToken():
            logger.error("Telegram refuses TELEGRAM_BOT_TOKEN")
        case _:
            logger.warning("Telegram cannot be reached (%s)", type(error).__name__)
