"""Telegram's Bot API on loopback, checked against its published description.

    with TelegramPeer() as peer:
        update = peer.start(Person(111))             # as it would be posted to our webhook
        sender = TelegramSender(peer.token, api_base=peer.url)

The rules beyond types (403, 429, lengths) are those of core.telegram.org/bots/api and /bots/faq.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.providers import telegram_contract as contract
from tests.providers.loopback import Answer, LoopbackPeer, Request
from tests.providers.telegram_rules import CallError, check_keyboard, check_text, check_webhook
from tests.providers.telegram_updates import Person, Updates

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
BOT = {"id": 110201543, "is_bot": True, "first_name": "Front desk", "username": "frontdesk_bot"}
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


@dataclass
class TelegramMessage:
    """A message of the bot as it stands in the chat now."""

    chat_id: int
    message: dict[str, Any]
    keyboard: dict[str, Any] | None = None  # Inline, or the reply keyboard that came with it.
    edits: int = 0
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(self.message["text"])

    @property
    def buttons(self) -> list[dict[str, Any]]:
        rows = (self.keyboard or {}).get("inline_keyboard") or (self.keyboard or {}).get("keyboard")
        return [button for row in rows or () for button in row]


class TelegramPeer(LoopbackPeer):
    token = TOKEN

    def __init__(self, *, one_a_second: bool = False) -> None:
        super().__init__()
        self.updates = Updates()
        self.accepted: list[TelegramMessage] = []
        self.answered: list[dict[str, Any]] = []  # Presses, as answerCallbackQuery got them.
        self.commands: list[dict[str, Any]] = []
        self.webhook: dict[str, Any] = {}
        self.blocked: set[int] = set()
        self._one_a_second = one_a_second
        self._people: dict[int, Person] = {}
        self._presses: set[str] = set()
        self._pending: list[dict[str, Any]] = []  # For getUpdates, until confirmed.
        self._last_sent: dict[int, float] = {}
        self._methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "getMe": lambda _: BOT,
            "sendMessage": self._send_message,
            "editMessageText": self._edit,
            "editMessageReplyMarkup": self._edit,
            "answerCallbackQuery": self._answer_callback_query,
            "sendChatAction": self._send_chat_action,
            "setMyCommands": self._set_my_commands,
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "deleteWebhook": self._delete_webhook,
            "getUpdates": self._get_updates,
        }

    # What a test may script.

    def fail_next(
        self, *, status: int, description: str = "scripted", retry_after: int | None = None
    ) -> None:
        self.answer_next(_error(CallError(status, description, retry_after)))

    def flood_next(self, retry_after: int) -> None:
        self.fail_next(status=429, description="Too Many Requests", retry_after=retry_after)

    def start(self, person: Person, payload: str = "") -> dict[str, Any]:
        """The person presses Start: from now on the bot may write to them."""
        self._people[person.id] = person
        self.blocked.discard(person.id)
        return self.updates.start(person, payload)

    def press(self, sent: TelegramMessage, number: int) -> dict[str, Any]:
        """The update for the inline button at this 1-based place."""
        person = self._people[sent.chat_id]
        update = self.updates.press(person, sent.message, sent.buttons[number - 1]["callback_data"])
        self._presses.add(update["callback_query"]["id"])
        return update

    def queue(self, update: dict[str, Any]) -> None:
        """Kept for `getUpdates`."""
        with self.lock:
            self._pending.append(update)

    # The API.

    def answer(self, request: Request) -> Answer:
        start, _, method = request.path.removeprefix("/bot").rpartition("/")
        if start != TOKEN:
            return _error(CallError(401, "Unauthorized"))
        call = self._methods.get(method) if contract.is_method(method) else None
        if call is None:
            return _error(CallError(404, "Not Found"))
        content_type = request.headers.get("content-type", "")
        body = request.body if request.method == "POST" else request.query.encode()
        try:
            result = call(contract.parameters(method, content_type, body))
        except contract.RefusedError as error:
            return _error(CallError(400, f"Bad Request: {error}"))
        except CallError as error:
            return _error(error)
        contract.check_result(method, result)
        return Answer(200, {"ok": True, "result": result})

    def _send_message(self, call: dict[str, Any]) -> dict[str, Any]:
        check_text(call["text"])
        keyboard = call.get("reply_markup")
        check_keyboard(keyboard)
        with self.lock:
            person = self._reachable(call["chat_id"])
            self._pace(person.id)
            message = {
                "message_id": next(self.updates.message_ids),
                "from": BOT,
                "chat": person.as_chat(),
                "date": int(time.time()),
                "text": call["text"],
            }
            if keyboard and "inline_keyboard" in keyboard:
                message["reply_markup"] = keyboard
            self.accepted.append(TelegramMessage(person.id, message, keyboard, form=call))
        return message

    def _edit(self, call: dict[str, Any]) -> dict[str, Any]:
        keyboard = call.get("reply_markup")
        check_keyboard(keyboard)
        with self.lock:
            sent = self._sent(call)
            text = call.get("text", sent.text)
            check_text(text)
            if (text, keyboard) == (sent.text, sent.keyboard):
                raise CallError(400, NOT_MODIFIED)
            sent.message = {**sent.message, "text": text, "edit_date": int(time.time())}
            sent.message.pop("reply_markup", None)
            if keyboard:
                sent.message["reply_markup"] = keyboard
            sent.keyboard = keyboard
            sent.edits += 1
            return sent.message

    def _sent(self, call: dict[str, Any]) -> TelegramMessage:
        for sent in self.accepted:
            if sent.chat_id == call.get("chat_id") and (
                sent.message["message_id"] == call.get("message_id")
            ):
                return sent
        raise CallError(400, "Bad Request: message to edit not found")

    def _reachable(self, chat_id: object) -> Person:
        person = self._people.get(chat_id) if isinstance(chat_id, int) else None
        if person is None:
            raise CallError(403, "Forbidden: bot can't initiate conversation with a user")
        if person.id in self.blocked:
            raise CallError(403, "Forbidden: bot was blocked by the user")
        return person

    def _pace(self, chat_id: int) -> None:
        """At most one message a second to one chat, where the test wants it strict."""
        now = time.monotonic()
        if self._one_a_second and now - self._last_sent.get(chat_id, -1.0) < 1:
            raise CallError(429, "Too Many Requests: retry after 1", retry_after=1)
        self._last_sent[chat_id] = now

    def _answer_callback_query(self, call: dict[str, Any]) -> bool:
        if call["callback_query_id"] not in self._presses or len(call.get("text", "")) > 200:
            raise CallError(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        self.answered.append(call)
        return True

    def _send_chat_action(self, call: dict[str, Any]) -> bool:
        self._reachable(call["chat_id"])
        return True

    def _set_my_commands(self, call: dict[str, Any]) -> bool:
        self.commands = call["commands"]
        return True

    def _set_webhook(self, call: dict[str, Any]) -> bool:
        check_webhook(call)
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
            "pending_update_count": len(self._pending),
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
        while True:
            with self.lock:
                offset = call.get("offset", 0)  # Confirms, and so forgets, all before it.
                self._pending = [item for item in self._pending if item["update_id"] >= offset]
                if self._pending or time.monotonic() >= until or self.closing:
                    return self._pending[: call.get("limit", 100)]
            time.sleep(0.02)


def _error(error: CallError) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": error.status, "description": str(error)}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
    return Answer(error.status, body)
