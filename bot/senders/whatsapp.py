"""Buttons and lists for WhatsApp, as Twilio Content: the template, and what fills it.

Templates stay in the account and are seen by whoever has its console, so none holds a word of a
patient's message: every text is a variable. A template is then only a shape ("two lines, three
buttons"), few are ever made, and one serves all patients. Twilio's pages: `twilio/quick-reply`,
`twilio/list-picker` (variables are supported in body, button, item, title and id alike) and
"Using variables with Content Templates" (at most 100, each at most 255 characters).
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from bot.rendering import QUICK_REPLIES
from bot.senders.base import OutgoingMessage
from bot.senders.keyboard import callback_data

VARIABLE_LENGTH = 255
SAMPLE = "-"  # What Twilio puts in place of a variable that is missing; we always set all.


@dataclass(frozen=True, slots=True)
class Interactive:
    """A template, by its shape, and the values of this one message."""

    types: dict[str, Any]
    variables: dict[str, str]

    @property
    def name(self) -> str:
        """The same for every message of this shape."""
        shape = json.dumps(self.types, sort_keys=True).encode()
        return f"frontdesk_{hashlib.sha256(shape).hexdigest()[:24]}"


def interactive(message: OutgoingMessage, list_button: str) -> Interactive:
    """Up to three choices as buttons, more as a list that opens under `list_button`."""
    values: list[str] = []

    def variable(value: str) -> str:
        values.append(value)
        return f"{{{{{len(values)}}}}}"

    # Line breaks stand in the template: WhatsApp refuses them inside a variable.
    body = "\n".join(
        "".join(variable(part) for part in _parts(" ".join(line.split())))
        for line in message.text.splitlines()
    )
    rows = [
        (variable(choice.label), variable(callback_data(message.list_id, index)))
        for index, choice in enumerate(message.choices, start=1)
    ]
    types: dict[str, Any]
    if len(rows) <= QUICK_REPLIES:
        actions = [{"type": "QUICK_REPLY", "title": title, "id": data} for title, data in rows]
        types = {"twilio/quick-reply": {"body": body, "actions": actions}}
    else:
        items = [{"item": title, "id": data} for title, data in rows]
        button = variable(list_button)
        types = {"twilio/list-picker": {"body": body, "button": button, "items": items}}
    return Interactive(types, {str(number): value for number, value in enumerate(values, start=1)})


def _parts(line: str) -> list[str]:
    return [line[at : at + VARIABLE_LENGTH] for at in range(0, len(line), VARIABLE_LENGTH)]
