"""The bot's chats: whom it may write to, what stands in each of them now, which buttons turn.

RULES.md, 6: a bot cannot write first, nor to whom has blocked it; an edit that
changes nothing is refused; a press must be answered, and in time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.providers.ledger import EDITED, REFUSED, Entry, Ledger
from tests.providers.telegram_rules import (
    CallError,
    Pace,
    check_action,
    check_document,
    check_keyboard,
    check_photo,
    check_text,
)
from tests.providers.telegram_updates import Person, Updates

BOT = {"id": 110201543, "is_bot": True, "first_name": "Front desk", "username": "frontdesk_bot"}
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
KEPT_AFTER = timedelta(hours=48)  # From then on no bot can delete a message.
TURNS_FOR = timedelta(minutes=15)  # nv: how long a press may be answered.
CALLBACK_TEXT = 200


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
        return str(self.message.get("text", self.message.get("caption", "")))

    @property
    def buttons(self) -> list[dict[str, Any]]:
        rows = (self.keyboard or {}).get("inline_keyboard") or (self.keyboard or {}).get("keyboard")
        return [button for row in rows or () for button in row]


class Chats:
    """One caller at a time: the peer holds its lock."""

    def __init__(
        self, updates: Updates, now: Callable[[], datetime], ledger: Ledger, pace: Pace | None
    ) -> None:
        self.accepted: list[TelegramMessage] = []
        self.answered: list[dict[str, Any]] = []  # Presses, as answerCallbackQuery got them.
        self.actions: list[dict[str, Any]] = []  # "is typing", as sendChatAction got them.
        self.blocked: set[int] = set()
        self.deleted: set[int] = set()  # Ids of messages that the person deleted.
        self.people: dict[int, Person] = {}
        self.pace = pace
        self._updates = updates
        self._now = now
        self._ledger = ledger
        self._presses: dict[str, datetime] = {}

    # What people do.

    def press(self, sent: TelegramMessage, number: int) -> dict[str, Any]:
        """The update for the inline button at this 1-based place."""
        person = self.people[sent.chat_id]
        data = sent.buttons[number - 1]["callback_data"]
        update = self._updates.press(person, sent.message, data)
        self._presses[update["callback_query"]["id"]] = self._now()
        return update

    @property
    def turning(self) -> list[str]:
        """The presses that nobody has answered: their buttons turn on the phone."""
        answered = {call["callback_query_id"] for call in self.answered}
        return [press for press in self._presses if press not in answered]

    # What the bot does.

    def send(self, call: dict[str, Any]) -> dict[str, Any]:
        return self._noted(call, lambda: self._send(call))

    def send_photo(self, call: dict[str, Any]) -> dict[str, Any]:
        return self._noted(call, lambda: self._send_photo(call))

    def send_document(self, call: dict[str, Any]) -> dict[str, Any]:
        return self._noted(call, lambda: self._send_document(call))

    def delete(self, call: dict[str, Any]) -> bool:
        """Bot API, `deleteMessage`: what is older than 48 hours stays."""
        sent = self._sent(call)
        age = self._now().timestamp() - sent.message["date"]
        if age >= KEPT_AFTER.total_seconds():
            raise CallError(400, "Bad Request: message can't be deleted for everyone")
        self.deleted.add(sent.message["message_id"])
        return True

    def edit(self, call: dict[str, Any]) -> dict[str, Any]:
        return self._noted(call, lambda: self._edit(call))

    def answer_press(self, call: dict[str, Any]) -> bool:
        if len(call.get("text", "")) > CALLBACK_TEXT:
            raise CallError(400, "Bad Request: MESSAGE_TOO_LONG")
        pressed_at = self._presses.get(call["callback_query_id"])
        if pressed_at is None or self._now() - pressed_at > TURNS_FOR:
            raise CallError(400, TOO_OLD)
        self.answered.append(call)
        return True

    def act(self, call: dict[str, Any]) -> bool:
        check_action(call["action"])
        self._reachable(call["chat_id"])
        self.actions.append(call)
        return True

    def _noted(self, call: dict[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What is refused stands in the ledger, too."""
        try:
            return work()
        except CallError as error:
            entry = self._entry(call.get("chat_id"), str(call.get("text", "")), REFUSED)
            entry.code = str(error.status)
            self._ledger.write(entry)
            raise

    def _send(self, call: dict[str, Any]) -> dict[str, Any]:
        check_text(call["text"])
        return self._accept(call, {"text": call["text"]})

    def _send_photo(self, call: dict[str, Any]) -> dict[str, Any]:
        caption = call.get("caption", "")
        width, height = check_photo(call["photo"].content, caption)
        name = f"photo-{len(self.accepted)}"
        size = {"file_id": name, "file_unique_id": name, "width": width, "height": height}
        return self._accept(call, {"photo": [size], "caption": caption})

    def _send_document(self, call: dict[str, Any]) -> dict[str, Any]:
        caption, file = call.get("caption", ""), call["document"]
        check_document(file.content, caption)
        name = f"document-{len(self.accepted)}"
        found = {"file_id": name, "file_unique_id": name, "file_name": file.name}
        return self._accept(call, {"document": found, "caption": caption})

    def _accept(self, call: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        keyboard = call.get("reply_markup")
        check_keyboard(keyboard)
        person = self._reachable(call["chat_id"])
        if self.pace:
            self.pace.require(person.id)
        message = {
            "message_id": next(self._updates.message_ids),
            "from": BOT,
            "chat": person.as_chat(),
            "date": int(self._now().timestamp()),
            **content,
        }
        if keyboard and "inline_keyboard" in keyboard:
            message["reply_markup"] = keyboard
        sent = TelegramMessage(person.id, message, keyboard, form=call)
        self.accepted.append(sent)
        self._write(sent)
        return message

    def _edit(self, call: dict[str, Any]) -> dict[str, Any]:
        keyboard = call.get("reply_markup")
        check_keyboard(keyboard)
        self._reachable(call.get("chat_id"))
        sent = self._sent(call)
        text = call.get("text", sent.text)
        check_text(text)
        if (text, keyboard) == (sent.text, sent.keyboard):
            raise CallError(400, NOT_MODIFIED)
        edited_at = int(self._now().timestamp())
        sent.message = {**sent.message, "text": text, "edit_date": edited_at}
        sent.message.pop("reply_markup", None)
        if keyboard:
            sent.message["reply_markup"] = keyboard
        sent.keyboard = keyboard
        sent.edits += 1
        self._write(sent, EDITED)
        return sent.message

    def _sent(self, call: dict[str, Any]) -> TelegramMessage:
        for sent in self.accepted:
            found = sent.message["message_id"]
            if (sent.chat_id, found) != (call.get("chat_id"), call.get("message_id")):
                continue
            if sent.keyboard and "inline_keyboard" not in sent.keyboard:
                raise CallError(400, "Bad Request: message can't be edited")
            if found not in self.deleted:
                return sent
        raise CallError(400, "Bad Request: message to edit not found")

    def _reachable(self, chat_id: object) -> Person:
        person = self.people.get(chat_id) if isinstance(chat_id, int) else None
        if person is None:
            raise CallError(403, "Forbidden: bot can't initiate conversation with a user")
        if person.id in self.blocked:
            raise CallError(403, "Forbidden: bot was blocked by the user")
        return person

    def _write(self, sent: TelegramMessage, outcome: str = "accepted") -> None:
        entry = self._entry(sent.chat_id, sent.text, outcome)
        entry.provider_id = str(sent.message["message_id"])
        entry.buttons = tuple(button["text"] for button in sent.buttons)
        self._ledger.write(entry)

    def _entry(self, chat_id: object, text: str, outcome: str) -> Entry:
        return Entry(self._now(), "telegram", str(chat_id), text, outcome)
