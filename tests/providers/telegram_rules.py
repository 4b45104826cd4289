"""Rules of the Bot API that its types do not tell, with the words of Telegram's own errors."""

import re
from typing import Any
from urllib.parse import urlsplit

TEXT_LENGTH = 4_096
BUTTONS = 100
WEBHOOK_PORTS = {None, 443, 80, 88, 8443}


class CallError(Exception):
    """A call that Telegram answers with `ok: false`."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.retry_after = retry_after


def check_text(text: str) -> None:
    if not text.strip():
        raise CallError(400, "Bad Request: message text is empty")
    if len(text) > TEXT_LENGTH:
        raise CallError(400, "Bad Request: message is too long")


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


def check_webhook(call: dict[str, Any]) -> None:
    if not call["url"]:
        return  # An empty URL removes the webhook.
    parts = urlsplit(call["url"])
    if parts.scheme != "https" or not parts.hostname:
        raise CallError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if parts.port not in WEBHOOK_PORTS:
        raise CallError(
            400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
        )
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", call.get("secret_token", "-")):
        raise CallError(400, "Bad Request: secret token contains unallowed characters")
    if not 1 <= call.get("max_connections", 40) <= 100:
        raise CallError(400, "Bad Request: max_connections must be between 1 and 100")
