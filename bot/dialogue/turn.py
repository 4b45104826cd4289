"""One turn of a dialogue: what came in, what is said, what is asked next.

A task is written as a generator: it yields a command and receives the outcome, so that a whole
turn reads from top to bottom. Nothing here touches a clock, a database or a channel.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from bot.dialogue.commands import Command, Outcome
from bot.dialogue.state import Draft, Hold, Question, State
from bot.dialogue.values import Visit
from bot.directory import Directory
from bot.messages import Asked, ChoiceKind
from bot.understanding.values import Understanding

Result = TypeVar("Result")
Steps = Generator[Command, Outcome, Result]


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence by the name it has in the phrasebooks, and what it speaks of."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def say(key: str, **values: Any) -> Say:
    return Say(key, values)


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: what it means to the dialogue, and what the patient reads."""

    code: str
    label: Say
    kind: ChoiceKind | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What holds for this turn: the time (aware, in the zone of the clinic's first location), the
    clinic, how far ahead it plans, how many slots are offered at once, and in which languages."""

    now: datetime
    directory: Directory
    horizon_days: int = 180
    offers: int = 3
    languages: tuple[str, ...] = ("en",)  # That we can talk in.

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def horizon(self) -> date:
        return self.today + timedelta(days=self.horizon_days)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message in words, understood. `number`: it was nothing but this number."""

    understanding: Understanding
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of list `list_id`, the `index`-th (1-based)."""

    list_id: str
    index: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo, a voice note, an empty or an oversized message."""

    too_long: bool = False


Event = Heard | Pressed | Unreadable


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn comes to. `asked` is what it asks, and `options` are its choices, in order; an
    older question that is merely left open is in `state` only. `urgent`: nothing goes before it.
    `language`: the one to talk in from this answer on, when the patient asked for one.
    """

    state: State
    says: tuple[Say, ...]
    asked: Asked | None = None
    options: tuple[Option, ...] = ()
    urgent: bool = False
    language: str | None = None


class Turn:
    """The work sheet of one turn; it lives no longer than the turn itself."""

    def __init__(self, state: State, situation: Situation) -> None:
        self.before = state
        self.situation = situation
        self.directory = situation.directory
        self.draft: Draft | None = state.draft
        self.held: Hold | None = state.held
        self.visits: tuple[Visit, ...] = state.visits
        self.misses = 0
        self.urgent = False
        self.language: str | None = None
        self._says: list[Say] = []
        self._asked: Asked | None = None
        self._options: tuple[Option, ...] = ()
        self._kept: Question | None = None

    def say(self, key: str, **values: Any) -> None:
        self._says.append(Say(key, values))

    def ask(self, asked: Asked, key: str, options: tuple[Option, ...] = (), **values: Any) -> None:
        """Say a question; it replaces one asked earlier in this turn."""
        self.say(key, **values)
        self._asked, self._options = asked, options

    def keep_question(self) -> None:
        """Leave everything open as it was before this turn."""
        self.misses = self.before.misses
        self._kept = self.before.question

    def fill(self, **fields: Any) -> Draft:
        """Write into the draft; returns it."""
        if self.draft is None:
            raise RuntimeError("there is no task to fill in")
        self.draft = replace(self.draft, **fields)
        return self.draft

    def answer(self) -> Answer:
        lists = self.before.lists + (1 if self._options else 0)
        question = self._asked and Question(
            self._asked, tuple(option.code for option in self._options), list_id=str(lists)
        )
        state = State(
            self.draft, question or self._kept, self.held, self.visits, lists, self.misses
        )
        return Answer(
            state, tuple(self._says), self._asked, self._options, self.urgent, self.language
        )
