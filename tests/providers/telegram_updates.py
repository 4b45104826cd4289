"""What Telegram posts to us: one Update for each thing a person can do in the chat."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.providers.telegram_contract import check_type

_FILE = {"file_id": "AgACAgQ", "file_unique_id": "AQAD"}


@dataclass(frozen=True)
class Person:
    """A private chat has the id of the person in it."""

    id: int
    first_name: str = "Ana"
    language_code: str = "en"

    def as_user(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }

    def as_chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.first_name}


class Updates:
    """Builds updates with ascending ids; each is checked against the description."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._update_ids = itertools.count(870_000_001)
        self.message_ids = itertools.count(1)

    def start(self, person: Person, payload: str = "") -> dict[str, Any]:
        text = f"/start {payload}".strip()
        entity = {"type": "bot_command", "offset": 0, "length": len("/start")}
        return self._message(person, {"text": text, "entities": [entity]})

    def text(self, person: Person, text: str) -> dict[str, Any]:
        return self._message(person, {"text": text})

    def press(self, person: Person, message: dict[str, Any], data: str) -> dict[str, Any]:
        """`message` as the bot sent it: its id and text come back with the press."""
        query = {
            "id": f"cb{next(self.message_ids)}",
            "from": person.as_user(),
            "message": message,
            "chat_instance": str(-person.id),
            "data": data,
        }
        return self._update("callback_query", query)

    def contact(self, person: Person, phone_number: str, *, own: bool = True) -> dict[str, Any]:
        """The person's own number, or (`own=False`) a card from their address book."""
        card: dict[str, Any] = {"phone_number": phone_number, "first_name": person.first_name}
        card["user_id"] = person.id if own else person.id + 1
        return self._message(person, {"contact": card})

    def photo(self, person: Person) -> dict[str, Any]:
        return self._message(person, {"photo": [{**_FILE, "width": 90, "height": 90}]})

    def voice(self, person: Person) -> dict[str, Any]:
        return self._message(person, {"voice": {**_FILE, "duration": 3}})

    def location(self, person: Person) -> dict[str, Any]:
        return self._message(person, {"location": {"latitude": 37.77, "longitude": -122.41}})

    def sticker(self, person: Person) -> dict[str, Any]:
        kind = {"type": "regular", "is_animated": False, "is_video": False}
        return self._message(person, {"sticker": {**_FILE, **kind, "width": 512, "height": 512}})

    def edited(self, person: Person, message_id: int, text: str) -> dict[str, Any]:
        return self._update("edited_message", self._body(person, message_id, {"text": text}))

    def blocked(self, person: Person, bot: dict[str, Any]) -> dict[str, Any]:
        """The person stopped the bot (`my_chat_member`)."""
        return self._membership(person, bot, "member", "kicked")

    def unblocked(self, person: Person, bot: dict[str, Any]) -> dict[str, Any]:
        return self._membership(person, bot, "kicked", "member")

    def _membership(
        self, person: Person, bot: dict[str, Any], old: str, new: str
    ) -> dict[str, Any]:
        def member(status: str) -> dict[str, Any]:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"status": status, "user": bot, **until}

        change = {
            "chat": person.as_chat(),
            "from": person.as_user(),
            "date": int(self._now().timestamp()),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
        return self._update("my_chat_member", change)

    def _message(self, person: Person, content: dict[str, Any]) -> dict[str, Any]:
        return self._update("message", self._body(person, next(self.message_ids), content))

    def _body(self, person: Person, message_id: int, content: dict[str, Any]) -> dict[str, Any]:
        place = {
            "chat": person.as_chat(),
            "from": person.as_user(),
            "date": int(self._now().timestamp()),
        }
        return {"message_id": message_id, **place, **content}

    def _update(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        update = {"update_id": next(self._update_ids), kind: content}
        check_type("Update", update)
        return update
