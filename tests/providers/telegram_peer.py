"""Telegram's Bot API on loopback, checked against its published description.

    with TelegramPeer() as peer:
        update = peer.start(Person(111))             # as it would be posted to our webhook
        sender = TelegramSender(peer.token, api_base=peer.url)

The rules beyond types (403, 429, lengths) are in `telegram_rules` and `telegram_chats`.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.providers import telegram_contract as contract
from tests.providers.ledger import Ledger
from tests.providers.loopback import Answer, LoopbackPeer, Request
from tests.providers.telegram_chats import BOT, Chats, TelegramMessage
from tests.providers.telegram_rules import (
    START_PAYLOAD,
    CallError,
    Pace,
    check_commands,
    check_webhook,
)
from tests.providers.telegram_updates import Person, Updates

__all__ = ["BOT", "TOKEN", "TelegramMessage", "TelegramPeer"]

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
KEPT_FOR = 24 * 3600  # Seconds that Telegram keeps updates which nobody takes.


class TelegramPeer(LoopbackPeer):
    """`pace`: the budgets of messages; without it, any number passes. `local`: webhooks may be on
    this machine, as with a Bot API server of one's own."""

    token = TOKEN

    def __init__(
        self,
        *,
        one_a_second: bool = False,
        pace: Pace | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        local: bool = False,
        port: int = 0,
        ledger: Ledger | None = None,
    ) -> None:
        super().__init__(port=port, ledger=ledger)
        self.updates = Updates(now)
        pace = Pace() if one_a_second else pace
        self.chats = Chats(self.updates, now, self.ledger, pace)
        self.commands: dict[str, list[dict[str, Any]]] = {}  # The menu, by language.
        self.webhook: dict[str, Any] = {}
        self._local = local
        self._now = now
        self._pending: list[tuple[datetime, dict[str, Any]]] = []  # Until confirmed.
        self._methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "getMe": lambda _: BOT,
            "sendMessage": self.chats.send,
            "sendPhoto": self.chats.send_photo,
            "sendDocument": self.chats.send_document,
            "deleteMessage": self.chats.delete,
            "editMessageText": self.chats.edit,
            "editMessageReplyMarkup": self.chats.edit,
            "answerCallbackQuery": self.chats.answer_press,
            "sendChatAction": self.chats.act,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": self._get_my_commands,
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "deleteWebhook": self._delete_webhook,
        }

    # What a test may look at.

    @property
    def accepted(self) -> list[TelegramMessage]:
        return self.chats.accepted

    @property
    def answered(self) -> list[dict[str, Any]]:
        return self.chats.answered

    @property
    def actions(self) -> list[dict[str, Any]]:
        return self.chats.actions

    @property
    def blocked(self) -> set[int]:
        return self.chats.blocked

    @property
    def deleted(self) -> set[int]:
        return self.chats.deleted

    # What a test may script.

    def fail_next(
        self, *, status: int, description: str = "scripted", retry_after: int | None = None
    ) -> None:
        self.answer_next(_error(CallError(status, description, retry_after)))

    def flood_next(self, retry_after: int) -> None:
        self.fail_next(status=429, description="Too Many Requests", retry_after=retry_after)

    @staticmethod
    def refusal(status: int, code: int) -> Answer:
        """How Telegram words the weather (`tests.providers.mishaps`): a flood names its pause."""
        return _error(CallError(status, "scripted", code if status == 429 else None))

    # What people do, as the updates that tell of it.

    def start(self, person: Person, payload: str = "") -> dict[str, Any]:
        """The person presses Start: from now on the bot may write to them."""
        if not START_PAYLOAD.fullmatch(payload):
            raise ValueError("a deep link carries up to 64 of A-Z, a-z, 0-9, _ and -")
        with self.lock:
            self.chats.people[person.id] = person
            self.blocked.discard(person.id)
        return self.updates.start(person, payload)

    def press(self, sent: TelegramMessage, number: int) -> dict[str, Any]:
        """The update for the inline button at this 1-based place."""
        with self.lock:
            return self.chats.press(sent, number)

    def block(self, person: Person) -> dict[str, Any]:
        with self.lock:
            self.blocked.add(person.id)
        return self.updates.blocked(person, BOT)

    def unblock(self, person: Person) -> dict[str, Any]:
        with self.lock:
            self.blocked.discard(person.id)
        return self.updates.unblocked(person, BOT)

    # How updates come to us.

    def queue(self, update: dict[str, Any]) -> None:
        """Kept until `getUpdates` confirms it, or our webhook takes it."""
        with self.lock:
            self._pending.append((self._now(), update))

    @property
    def pending(self) -> list[dict[str, Any]]:
        """Not confirmed yet, by ascending id; what is a day old Telegram forgets."""
        with self.lock:
            now = self._now()
            self._pending = [
                (at, update)
                for at, update in self._pending
                if (now - at).total_seconds() < KEPT_FOR
            ]
            return [update for _, update in self._pending]

    def confirm(self, update_id: int) -> None:
        """All up to this one have arrived."""
        with self.lock:
            self._pending = [item for item in self._pending if item[1]["update_id"] > update_id]

    def wants(self, update: dict[str, Any]) -> bool:
        """`allowed_updates`, as `setWebhook` was told; without it, everything."""
        allowed = self.webhook.get("allowed_updates")
        return not allowed or any(kind in update for kind in allowed)

    @property
    def webhook_headers(self) -> dict[str, str]:
        """What every posted update carries: the secret that `setWebhook` was told."""
        secret = self.webhook.get("secret_token")
        return {"Content-Type": "application/json", **({SECRET_HEADER: secret} if secret else {})}

    def answered_with(self, body: bytes) -> None:
        """What we answer to a posted update may be one call (Bot API, "Making requests")."""
        if not body:
            return
        call = json.loads(body)
        method = call.pop("method")
        given = contract.parameters(method, "application/json", json.dumps(call).encode())
        with self.lock:
            self._methods[method](given)

    # The API.

    def answer(self, request: Request) -> Answer:
        start, _, method = request.path.removeprefix("/bot").rpartition("/")
        if start != TOKEN:
            return _error(CallError(401, "Unauthorized"))
        if method != "getUpdates" and method not in self._methods:
            return _error(CallError(404, "Not Found"))
        content_type = request.headers.get("content-type", "")
        body = request.body if request.method == "POST" else request.query.encode()
        try:
            given = contract.parameters(method, content_type, body)
            if method == "getUpdates":
                result: Any = self._get_updates(given)
            else:
                with self.lock:
                    result = self._methods[method](given)
        except (contract.RefusedError, ValueError) as error:  # Or neither JSON nor a form.
            return _error(CallError(400, f"Bad Request: {error}"))
        except CallError as error:
            return _error(error)
        contract.check_result(method, result)
        return Answer(200, {"ok": True, "result": result})

    def _set_my_commands(self, call: dict[str, Any]) -> bool:
        check_commands(call)
        self.commands[call.get("language_code", "")] = call["commands"]
        return True

    def _get_my_commands(self, call: dict[str, Any]) -> list[dict[str, Any]]:
        return self.commands.get(call.get("language_code", ""), [])

    def _set_webhook(self, call: dict[str, Any]) -> bool:
        check_webhook(call, local=self._local)
        self.webhook = call if call["url"] else {}
        return True

    def _delete_webhook(self, call: dict[str, Any]) -> bool:
        self.webhook = {}
        if call.get("drop_pending_updates"):
            self._pending.clear()
        return True

    def _get_webhook_info(self, _: dict[str, Any]) -> dict[str, Any]:
        shown = ("max_connections", "allowed_updates", "ip_address")
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": "certificate" in self.webhook,
            "pending_update_count": len(self.pending),
            **{name: self.webhook[name] for name in shown if name in self.webhook},
        }

    def _get_updates(self, call: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise CallError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        until = time.monotonic() + call.get("timeout", 0)
        self.confirm(call.get("offset", 0) - 1)  # All before the offset, and so they are forgotten.
        while True:
            pending = self.pending
            if pending or time.monotonic() >= until or self.closing:
                return pending[: call.get("limit", 100)]
            time.sleep(0.02)


def _error(error: CallError) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": error.status, "description": str(error)}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
    return Answer(error.status, body)
