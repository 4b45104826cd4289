"""Telling Telegram where to bring updates and what to show in our menu, through the real library.

https://core.telegram.org/bots/api#setwebhook
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.senders import telegram_menu
from bot.senders.telegram import TELEGRAM
from core.config import ConfigurationError, Settings

Result = TypeVar("Result")

# What `webhooks.telegram` reads; everything else stays with Telegram.
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")


def set_webhook(settings: Settings, url: str) -> None:
    async def tell(bot: Bot) -> None:
        secret = settings.telegram_webhook_secret
        await bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)
        await telegram_menu.show(bot)

    _ask(settings, tell)


def delete_webhook(settings: Settings) -> None:
    _ask(settings, lambda bot: bot.delete_webhook())


def show_webhook(settings: Settings) -> str:
    """Return what Telegram knows, in words."""
    found = _ask(settings, lambda bot: bot.get_webhook_info())
    if not found.url:
        return "No webhook is set."
    lines = [f"Telegram calls {found.url}; {found.pending_update_count} updates wait."]
    if found.last_error_message:
        lines.append(f"Its last call failed: {found.last_error_message}")
    return "\n".join(lines)


def _ask(settings: Settings, question: Callable[[Bot], Awaitable[Result]]) -> Result:
    """Ask Telegram; raises ConfigurationError with what it answered, when that was a no."""
    token = settings.telegram_bot_token or ""
    base = f"{settings.telegram_api_base or TELEGRAM}/bot"

    async def run() -> Result:
        line = HTTPXRequest()
        try:
            return await question(Bot(token, base_url=base, request=line))
        finally:
            await line.shutdown()

    try:
        return asyncio.run(run())
    except TelegramError as error:
        raise ConfigurationError(f"Telegram refused: {error.message}") from error
