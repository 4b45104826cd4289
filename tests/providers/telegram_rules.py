"""Rules of the Bot API that its types do not tell, with the words of Telegram's own errors.

RULES.md, 6; core.telegram.org/bots/api and /bots/faq.
"""

import math
import re
import time
from typing import Any
from urllib.parse import urlsplit

from tests.providers.budgets import Budget, Seconds

TEXT_LENGTH, CAPTION_LENGTH = 4_096, 1_024
PNG = b"\x89PNG\r\n\x1a\n"
DOCUMENT_BYTES = 50_000_000  # `sendDocument`
PHOTO_BYTES, PHOTO_SIDES = 10_000_000, 10_000  # `sendPhoto`: ten megabytes; width and height.
BUTTONS = 100
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
COMMANDS = 100
WEBHOOK_PORTS = {None, 443, 80, 88, 8443}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
A_SECOND_TO_A_CHAT, A_SECOND_TO_ALL = 1.0, 30.0
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")


class CallError(Exception):
    """A call that Telegram answers with `ok: false`."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.retry_after = retry_after


class Pace:
    """One message a second to a chat, thirty to all: 429 with `retry_after` beyond. `burst`: how
    many to one chat pass before that (Telegram tolerates some)."""

    def __init__(self, *, burst: float = 1.0, seconds: Seconds = time.monotonic) -> None:
        self._chats = Budget(A_SECOND_TO_A_CHAT, burst, seconds)
        self._all = Budget(A_SECOND_TO_ALL, A_SECOND_TO_ALL, seconds)

    def require(self, chat_id: int) -> None:
        if wait := self._all.wait() or self._chats.wait(chat_id):
            pause = max(1, math.ceil(wait))
            raise CallError(429, f"Too Many Requests: retry after {pause}", retry_after=pause)


def check_text(text: str) -> None:
    if not text.strip():
        raise CallError(400, "Bad Request: message text is empty")
    if len(text) > TEXT_LENGTH:
        raise CallError(400, "Bad Request: message is too long")


def check_photo(content: bytes, caption: str) -> tuple[int, int]:
    """Return the width and height of a PNG; Telegram takes up to 10 MB, and 1,024 letters."""
    _check_caption(caption)
    if len(content) > PHOTO_BYTES:
        raise CallError(413, "Request Entity Too Large")
    if not content.startswith(PNG):
        raise CallError(400, "Bad Request: IMAGE_PROCESS_FAILED")
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    if width + height > PHOTO_SIDES:
        raise CallError(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    return width, height


def check_document(content: bytes, caption: str) -> None:
    _check_caption(caption)
    if not content:
        raise CallError(400, "Bad Request: file must be non-empty")
    if len(content) > DOCUMENT_BYTES:
        raise CallError(413, "Request Entity Too Large")


def _check_caption(caption: str) -> None:
    if len(caption) > CAPTION_LENGTH:
        raise CallError(400, "Bad Request: message caption is too long")


def check_keyboard(keyboard: dict[str, Any] | None) -> None:
    rows = (keyboard or {}).get("inline_keyboard", [])
    if sum(len(row) for row in rows) > BUTTONS:
        raise CallError(400, "Bad Request: reply markup is too long")
    for button in (button for row in rows for button in row):
        if not button["text"]:
            raise CallError(400, "Bad Request: text buttons must be non-empty")
        if len(button.keys() - {"text", "style", "icon_custom_emoji_id"}) != 1:
            raise CallError(400, "Bad Request: exactly one of the optional fields must be used")
        if not 1 <= len(button.get("callback_data", "-").encode()) <= 64:
            raise CallError(400, "Bad Request: BUTTON_DATA_INVALID")


def check_action(action: str) -> None:
    if action not in ACTIONS:
        raise CallError(400, "Bad Request: wrong parameter action in request")


def check_commands(call: dict[str, Any]) -> None:
    if len(call["commands"]) > COMMANDS:
        raise CallError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
    for command in call["commands"]:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise CallError(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"].strip()) <= 256:
            raise CallError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    if not re.fullmatch(r"([a-z]{2})?", call.get("language_code", "")):
        raise CallError(400, "Bad Request: BOT_COMMAND_LANGUAGE_CODE_INVALID")


def check_webhook(call: dict[str, Any], *, local: bool = False) -> None:
    """`local`: as a Bot API server of one's own takes it, also plain and on any port, if it is this
    machine ("Using a Local Bot API Server")."""
    if not call["url"]:
        return  # An empty URL removes the webhook.
    parts = urlsplit(call["url"])
    is_ours = local and parts.hostname in LOOPBACK
    if (parts.scheme != "https" and not is_ours) or not parts.hostname:
        raise CallError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if parts.port not in WEBHOOK_PORTS and not is_ours:
        raise CallError(
            400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
        )
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", call.get("secret_token", "-")):
        raise CallError(400, "Bad Request: secret token contains unallowed characters")
    if not 1 <= call.get("max_connections", 40) <= 100:
        raise CallError(400, "Bad Request: max_connections must be between 1 and 100")
