"""Content templates: filled with their variables, and held to WhatsApp's limits.

Twilio's pages `twilio/quick-reply`, `twilio/list-picker`, "Using variables with Content
Templates"; errors 21656 (variables), 63021 (content invalid), 63016 (out of the window).
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

VARIABLE = re.compile(r"\{\{(\w+)\}\}")


class BadVariablesError(Exception):
    """21656: refused at once."""


class BadContentError(Exception):
    """63021: accepted by Twilio, refused by WhatsApp."""


@dataclass(frozen=True)
class Button:
    id: str
    title: str


@dataclass(frozen=True)
class Shown:
    """What the patient sees on the screen."""

    body: str
    buttons: tuple[Button, ...] = ()
    kind: str = "text"  # or "quick-reply", "list-picker"


@dataclass
class Template:
    sid: str
    types: dict[str, Any]
    answer: dict[str, Any] = field(repr=False)
    approved: bool = False

    @property
    def variables(self) -> set[str]:
        return set(VARIABLE.findall(json.dumps(self.types)))


def parse_variables(template: Template, text: str | None) -> dict[str, str]:
    """All variables, each set: a missing one would be sent as its sample, so we do not allow it."""
    try:
        values = json.loads(text or "{}")
    except ValueError as error:
        raise BadVariablesError("not JSON") from error
    if not isinstance(values, dict) or not all(isinstance(item, str) for item in values.values()):
        raise BadVariablesError("not an object of strings")
    if missing := template.variables - values.keys():
        raise BadVariablesError(f"missing {sorted(missing)}")
    if any(not item.strip() or len(item) > 255 or "\n" in item for item in values.values()):
        raise BadVariablesError("an empty value, one over 255 characters, or one with a line break")
    if len(values) > 100:
        raise BadVariablesError("more than 100")
    return values


def show(template: Template, values: dict[str, str]) -> Shown:
    """The filled template as WhatsApp shows it. Raises BadContentError."""

    def filled(text: str) -> str:
        return VARIABLE.sub(lambda match: values[match[1]], text)

    if reply := template.types.get("twilio/quick-reply"):
        buttons = [
            Button(filled(item.get("id", "")), filled(item["title"])) for item in reply["actions"]
        ]
        most = 10 if template.approved else 3
        return _checked(Shown(filled(reply["body"]), tuple(buttons), "quick-reply"), most, 20)
    if picker := template.types.get("twilio/list-picker"):
        buttons = [Button(filled(item["id"]), filled(item["item"])) for item in picker["items"]]
        if not 1 <= len(filled(picker["button"])) <= 20:
            raise BadContentError("the list's button")
        return _checked(Shown(filled(picker["body"]), tuple(buttons), "list-picker"), 10, 24)
    if plain := template.types.get("twilio/text"):
        return Shown(filled(plain["body"]))
    raise BadContentError("a type this peer does not show")


def _checked(shown: Shown, most: int, title: int) -> Shown:
    titles = [button.title for button in shown.buttons]
    if not 1 <= len(titles) <= most:
        raise BadContentError(f"{len(titles)} choices where 1 to {most} may be")
    if any(not 1 <= len(text) <= title for text in titles) or len(set(titles)) < len(titles):
        raise BadContentError(f"a title that is empty, doubled or over {title} characters")
    if any(not 1 <= len(button.id) <= 200 for button in shown.buttons):
        raise BadContentError("an id that is empty or over 200 characters")
    if not 1 <= len(shown.body) <= 1_024:
        raise BadContentError("a body that is empty or over 1,024 characters")
    return shown
