"""One turn of a dialogue: what came in, what is said, what is asked next.

A task is written as a generator: it yields a command and receives the outcome, so that a whole
turn reads from top to bottom. Nothing here touches a clock, a database or a channel.
"""

from collections.abc import Generator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from bot.dialogue.commands import Command
from bot.dialogue.outcomes import Outcome
from bot.dialogue.state import Deed, Draft, Hold, Noted, Question, State
from bot.dialogue.values import Offered, ShownDays, Slot, Visit
from bot.directory import Directory
from bot.messages import Asked, ChoiceKind
from bot.understanding.values import EmergencyKind, Entities, Understanding, Wish

# That "the second" can speak of; a state stays small. Few addresses have more of them ahead.
MOST_VISITS = 6

# What the clinic asks by itself, also when it asks that again.
CLINICS_QUESTIONS = frozenset(
    {
        "reminder",
        "reminder_of",
        "ask_come_to_all",
        "offer_time",
        "offer_time_instead",
        "news_booked",
        "news_moved",
        "news_other",
        "news_late",
        "again_missed",
        "again_due",
        "again_called_off",
        "ask_find_time",
        "ask_rating",
    }
)

Result = TypeVar("Result")
Steps = Generator[Command, Outcome, Result]


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence by the name it has in the phrasebooks, and what it speaks of. `again`: it was
    said in the last reply, too, so that other words (of a question, shorter ones) read better."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False

    @property
    def form(self) -> str:
        return f"{self.key}_again" if self.again else self.key


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
    shares_contact: bool = False  # The messenger vouches for the writer's own number.
    majority: int = 18  # Years; until then a parent speaks for a child.
    day_picker: bool = False  # Days can be shown to be picked.
    with_person: bool = False  # Somebody of the clinic answers here.
    handover_after_misses: int = 0  # In a row; 0: only who asks for a person gets one.

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def horizon(self) -> date:
        return self.today + timedelta(days=self.horizon_days)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message in words, understood. `number`: it was nothing but this number. `text`: the words
    themselves, for a task that keeps them (a comment, a question to staff)."""

    understanding: Understanding
    number: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of list `list_id`, the `index`-th (1-based)."""

    list_id: str
    index: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo, a voice note, an empty or an oversized message."""

    too_long: bool = False


@dataclass(frozen=True, slots=True)
class AskFeedback:
    """How was this visit, which is over?"""

    visit: Visit

    @property
    def visits(self) -> tuple[Visit, ...]:
        return (self.visit,)


@dataclass(frozen=True, slots=True)
class HandedBack:
    """Whoever of the clinic answered here is done."""


@dataclass(frozen=True, slots=True)
class RemindOf:
    """These visits of one day are ahead: does the patient come? `named`: whose they are may be
    read."""

    visits: tuple[Visit, ...]
    named: bool = False
    # What the clinic did: "booked", "moved", or "other": with somebody else. Or it runs "late";
    # "late_here": for whoever is there, and "on_time" again, nothing is asked.
    news: str = ""
    was: Visit | None = None  # Before it was moved.
    minutes: int = 0  # How much later it begins.
    cost: int = 0  # Of a missed visit, in whole units of the currency; 0: it is not named.


@dataclass(frozen=True, slots=True)
class OfferTime:
    """A time has come free that they wait for."""

    offered: Offered


@dataclass(frozen=True, slots=True)
class TellGone:
    """Somebody else was quicker."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class TellMany:
    """What the clinic's people have written to many; it asks nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class OfferAnother:
    """Another visit like this one: it was missed, or it is time to come again."""

    visit: Visit
    why: str  # "missed", "due", or "called_off" by the clinic

    @property
    def visits(self) -> tuple[Visit, ...]:
        return (self.visit,)


OfVisits = AskFeedback | RemindOf | OfferAnother
Prompt = OfVisits | OfferTime | TellGone | TellMany | HandedBack


@dataclass(frozen=True, slots=True)
class Prompted:
    """The clinic says something first."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Shared:
    """The writer's own number, as their messenger vouches for it."""

    phone: str


Event = Heard | Pressed | Shared | Unreadable | Prompted


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
    days: ShownDays | None = None  # Below an open question for a day.


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
        self.stalled = 0
        self.repeats = False  # They asked to hear it once more.
        self.chose = False  # Something of a list was picked.
        self.aside: tuple[Draft, ...] = state.aside
        self.wishes: tuple[Wish, ...] = state.wishes
        self.done: Deed | None = state.done
        self.noted: tuple[Noted, ...] = state.noted
        self.mistaken: int | None = None  # Whose record is wrong, as they write.
        self.proof_offered: bool = state.proof_offered
        self.alarmed: EmergencyKind | None = state.alarmed
        self.warned: bool = state.warned
        self.with_person = situation.with_person
        self.unasked = False  # The clinic speaks first.
        self.about: Wish | None = None  # The question that is answered in this turn.
        self.left: Draft | None = None  # What they are asked whether to take up again.
        self.guessed: Wish | None = None  # What is asked: whether it is wanted.
        self.questions: tuple[Entities, ...] = ()  # Asked beside what else the message wishes.
        self.to_look: str | None = None  # Whom a free time may be looked for with.
        self.put_to_staff: tuple[str, ...] = state.put_to_staff
        self.text = ""  # What was written, where it was words.
        self.urgent = False
        self.language: str | None = None
        self._says: list[Say] = []
        self._asked: Asked | None = None
        self._options: tuple[Option, ...] = ()
        self._days: ShownDays | None = None
        self.page: date | None = None  # The first day of the page that was turned to.
        self._key = ""
        self._kept: Question | None = None

    @property
    def asks(self) -> bool:
        """Something has been asked in this turn, or is left open."""
        return self._asked is not None or self._kept is not None

    @property
    def speaks(self) -> bool:
        return bool(self._says)

    def say(self, key: str, **values: Any) -> None:
        self._says.append(Say(key, values, again=self._was_said_before(key)))

    def say_again(self, key: str, **values: Any) -> None:
        """Say in its shorter form what was said some time ago."""
        self._says.append(Say(key, values, again=True))

    def ask(self, asked: Asked, key: str, options: tuple[Option, ...] = (), **values: Any) -> None:
        """Say a question; it replaces one asked earlier in this turn."""
        self._says.append(Say(key, values, again=self._was_asked_before(asked, key)))
        self._asked, self._options, self._key = asked, options, key

    def _was_said_before(self, key: str) -> bool:
        """The last reply said just that already: of the same slot, where it is of one."""
        before, draft = self.before.draft, self.draft
        same = before is None or draft is None or before.slot == draft.slot
        return same and key in self.before.said

    def _was_asked_before(self, asked: Asked, key: str) -> bool:
        """The very question is open already, in its first form: of the same slots, where it is of
        slots."""
        question, before, draft = self.before.question, self.before.draft, self.draft
        if question is None or question.key != key or f"{key}_again" in self.before.said:
            return False
        same = before is None or draft is None or before.offer == draft.offer
        return same or asked is not Asked.SLOT

    def say_first(self, key: str, **values: Any) -> None:
        """Say something before all else."""
        self._says.insert(0, Say(key, values, again=self._was_said_before(key)))

    def choose_instead(self, key: str, options: tuple[Option, ...], **values: Any) -> None:
        """Let them choose in place of what was to be asked, in the shorter form of its words."""
        if self._asked is not None:
            self._says = [one for one in self._says if one.key != self._key]
        self._says.append(Say(key, values, again=True))
        self._asked, self._options, self._key, self._days = Asked.CHOICE, options, key, None

    def asks_again(self, key: str) -> bool:
        """The question of that key, or none where that is empty, is what is asked now."""
        return self._key == key if self._asked else key == "" or self._kept is not None

    def says_nothing_but(self, keys: Set[str]) -> bool:
        """Something is said, and only sentences of these names."""
        return bool(self._says) and {one.key for one in self._says} <= keys

    @property
    def asked(self) -> Asked | None:
        """What is asked in this turn so far."""
        return self._asked

    def has_said(self, *keys: str) -> bool:
        return any(one.key in keys for one in self._says)

    def asks_openly(self, *what: Asked) -> bool:
        """One of these is asked for, without choices."""
        return self._asked in what and not self._options

    def show(self, days: ShownDays) -> None:
        """Show days to be picked below the question."""
        self._days = days

    def keep_question(self) -> None:
        """Leave everything open as it was before this turn."""
        self.misses = self.before.misses
        self._kept = self.before.question

    def forget_question(self) -> None:
        """Leave nothing open."""
        self._kept = None

    def fill(self, **fields: Any) -> Draft:
        """Write into the draft; returns it."""
        if self.draft is None:
            raise RuntimeError("there is no task to fill in")
        if fields:
            self.draft = replace(self.draft, **fields)
        return self.draft

    def answer(self) -> Answer:
        lists = self.before.lists + (1 if self._options or self._days else 0)
        codes = tuple(option.code for option in self._options)
        question = self._asked and Question(
            self._asked,
            codes,
            list_id=str(lists),
            key=self._key,
            days_from=self._days.first if self._days else None,
            unasked=self.unasked or self._key in CLINICS_QUESTIONS,
        )
        state = State(
            draft=self.draft,
            question=question or self._kept,
            held=self.held,
            visits=self.visits[:MOST_VISITS],
            lists=lists,
            misses=self.misses,
            stalled=self.stalled,
            aside=self.aside,
            wishes=self.wishes,
            done=self.done,
            noted=self.noted,
            proof_offered=self.proof_offered,
            about=self.about,
            put_to_staff=self.put_to_staff,
            alarmed=self.alarmed,
            warned=self.warned,
            said=tuple(dict.fromkeys(one.form for one in self._says)),
            left=self.left,
            guessed=self.guessed,
        )
        return Answer(
            state,
            tuple(self._says),
            self._asked,
            self._options,
            self.urgent,
            self.language,
            self._days,
        )
