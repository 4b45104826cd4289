"""Content templates: filled with their variables, and held to WhatsApp's limits.

RULES.md, 3. Twilio's pages `twilio/quick-reply`, `twilio/list-picker`, "Using
variables with Content Templates"; errors 21656 (variables) and 63021 (content invalid).
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

VARIABLE = re.compile(r"\{\{(\w+)\}\}")
BODY, BUTTON_TITLE, ITEM, DESCRIPTION, ITEM_ID = 1_024, 20, 24, 72, 200
IN_SESSION, APPROVED, ITEMS = 3, 10, 10  # How many buttons or rows there may be.


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
    samples: tuple[str, ...] = ()  # The variables that nobody gave.


@dataclass
class Template:
    sid: str
    types: dict[str, Any]
    answer: dict[str, Any] = field(repr=False)
    samples: dict[str, str] = field(default_factory=dict)
    # "unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled" or
    # "in appeal" (3: the life cycle). Only an approved one opens a conversation.
    status: str = "unsubmitted"
    submitted: dict[str, str] = field(default_factory=dict)  # Name and category.
    submitted_at: datetime | None = None
    rejection_reason: str = ""

    @property
    def variables(self) -> set[str]:
        return set(VARIABLE.findall(json.dumps(self.types)))

    @property
    def is_approved(self) -> bool:
        return self.status == "approved"

    @property
    def is_session_only(self) -> bool:
        """3: a list picker cannot be approved, nor open a conversation."""
        return "twilio/list-picker" in self.types


def parse_variables(template: Template, text: str | None) -> dict[str, str]:
    """What was given. A variable may be missing, as it may at Twilio; an empty one is refused."""
    try:
        values = json.loads(text or "{}")
    except ValueError as error:
        raise BadVariablesError("not JSON") from error
    if not isinstance(values, dict) or not all(isinstance(item, str) for item in values.values()):
        raise BadVariablesError("not an object of strings")
    if any(not item.strip() or len(item) > 255 or "\n" in item for item in values.values()):
        raise BadVariablesError("an empty value, one over 255 characters, or one with a line break")
    if len(values) > 100 or len(template.variables) > 100:
        raise BadVariablesError("more than 100")
    return values


def show(template: Template, values: dict[str, str]) -> Shown:
    """The filled template as WhatsApp shows it: where a value is missing, with the sample (3), and
    nobody is told. Raises BadContentError."""
    missing = tuple(sorted(template.variables - values.keys()))
    known = {**{name: template.samples.get(name, "") for name in missing}, **values}

    def filled(text: str) -> str:
        return VARIABLE.sub(lambda match: known[match[1]], text)

    if reply := template.types.get("twilio/quick-reply"):
        buttons = [
            Button(filled(item.get("id", "")), filled(item["title"])) for item in reply["actions"]
        ]
        most = APPROVED if template.is_approved else IN_SESSION
        shown = Shown(filled(reply["body"]), tuple(buttons), "quick-reply", missing)
        return _checked(shown, most, BUTTON_TITLE)
    if picker := template.types.get("twilio/list-picker"):
        buttons = [Button(filled(item["id"]), filled(item["item"])) for item in picker["items"]]
        if not 1 <= len(filled(picker["button"])) <= BUTTON_TITLE:
            raise BadContentError("the list's button")
        if any(len(filled(item.get("description", ""))) > DESCRIPTION for item in picker["items"]):
            raise BadContentError(f"a description of over {DESCRIPTION} characters")
        shown = Shown(filled(picker["body"]), tuple(buttons), "list-picker", missing)
        return _checked(shown, ITEMS, ITEM)
    if plain := template.types.get("twilio/text"):
        return _with_body(Shown(filled(plain["body"]), samples=missing))
    raise BadContentError("a type this peer does not show")


def _checked(shown: Shown, most: int, title: int) -> Shown:
    titles = [button.title for button in shown.buttons]
    if not 1 <= len(titles) <= most:
        raise BadContentError(f"{len(titles)} choices where 1 to {most} may be")
    if any(not 1 <= len(text) <= title for text in titles) or len(set(titles)) < len(titles):
        raise BadContentError(f"a title that is empty, doubled or over {title} characters")
    if any(not 1 <= len(button.id) <= ITEM_ID for button in shown.buttons):
        raise BadContentError(f"an id that is empty or over {ITEM_ID} characters")
    return _with_body(shown)


def _with_body(shown: Shown) -> Shown:
    if not 1 <= len(shown.body) <= BODY:
        raise BadContentError(f"a body that is empty or over {BODY} characters")
    return shown
