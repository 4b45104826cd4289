"""A file that goes with a message: kept as its name and its text, until it is off the screen."""

import json
from dataclasses import dataclass
from typing import Self

from bot.dialogue.codec import decode, encode


@dataclass(frozen=True, slots=True)
class Document:
    """`name`: as it is called where it is kept, "visits-2026-11.csv"; `text`: what stands in it."""

    name: str
    text: str

    @property
    def content(self) -> bytes:
        """The bytes of the file. They begin with a mark by which Excel knows them for UTF-8."""
        return self.text.encode("utf-8-sig")

    def to_json(self) -> str:
        return json.dumps(encode(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError, LookupError or TypeError for what is no document."""
        document: Self = decode(cls, json.loads(text))
        return document
