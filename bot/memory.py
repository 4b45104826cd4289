"""What a conversation remembers between two messages."""

import json
from dataclasses import dataclass, field

from bot.dialogue.codec import decode, encode
from bot.dialogue.state import State
from bot.pace import Pace


@dataclass(frozen=True, slots=True)
class Memory:
    """What a conversation's row keeps between messages: the dialogue's state and the pace."""

    state: State = field(default_factory=State)
    pace: Pace = field(default_factory=Pace)

    def to_json(self) -> str:
        return json.dumps(
            {"pace": encode(self.pace), "state": self.state.to_json()}, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str | None) -> "Memory":
        if text is None:
            return cls()
        data = json.loads(text)
        if "state" not in data:  # Somebody of staff has spoken here until now.
            return cls()
        return cls(State.from_json(data["state"]), decode(Pace, data["pace"]))
