"""What a chat of staff remembers between two messages."""

import json
from dataclasses import dataclass, replace

from bot.dialogue.codec import decode, encode
from bot.staff.booking.draft import Draft

MOST_LISTS = 8  # Older buttons are answered politely, and do nothing.


@dataclass(frozen=True, slots=True)
class Listed:
    """The buttons of one message, and what each means."""

    list_id: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffState:
    """`asked`: the code that a typed answer completes; `waits`: what is done once the PIN is
    given: a code, or words; `has_list`: the last answer has numbered choices, with these `labels`;
    `draft`: what they are about to do, and `drafts`, how many there were."""

    lists: int = 0
    shown: tuple[Listed, ...] = ()  # The latest last.
    asked: str = ""
    waits: str = ""
    has_list: bool = True
    labels: tuple[str, ...] = ()
    draft: Draft | None = None
    drafts: int = 0

    def listed(self, list_id: str) -> Listed | None:
        return next((each for each in self.shown if each.list_id == list_id), None)

    @property
    def latest(self) -> Listed | None:
        return self.shown[-1] if self.shown and self.has_list else None

    def labelled(self, text: str) -> str | None:
        """Return the button of the last answer whose very words were typed, if only one has
        them."""
        said = text.strip().casefold()
        labels = [label.casefold() for label in self.labels]
        if self.latest is None or labels.count(said) != 1:
            return None
        return self.latest.codes[labels.index(said)]

    def showing(self, codes: tuple[str, ...]) -> "StaffState":
        """Return the state with one more list; its id never comes again."""
        number = self.lists + 1
        shown = (*self.shown, Listed(f"staff-{number}", codes))
        return replace(self, lists=number, shown=shown[-MOST_LISTS:])

    def aside(self, codes: tuple[str, ...]) -> tuple["StaffState", str]:
        """Return the state with one more list that nobody has asked for, and that list's id: its
        buttons can be pressed, and a number goes on meaning what it did."""
        number = self.lists + 1
        listed = Listed(f"staff-{number}", codes)
        if self.latest is None:
            shown, has_list = (*self.shown, listed), False
        else:
            shown, has_list = (*self.shown[:-1], listed, self.latest), True
        state = replace(self, lists=number, shown=shown[-MOST_LISTS:], has_list=has_list)
        return state, listed.list_id

    def to_json(self) -> str:
        return json.dumps({"staff": encode(self)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | None, version: int) -> "StaffState":
        """Return the state; a fresh one where the chat held a patient's talk until now. `version`
        of the conversation: where the count of lists goes on."""
        data = json.loads(text) if text else {}
        if "staff" not in data:
            return cls(lists=version)
        state: StaffState = decode(cls, data["staff"])
        return state
