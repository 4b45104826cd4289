"""The way of one message: from text to `Understanding`, one step after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from bot.understanding import answers, identity, intents, people, safety, when
from bot.understanding.lexicon import Lexicon, available, lexicon
from bot.understanding.moment import Moment
from bot.understanding.patterns import Chart, Item, longest
from bot.understanding.text import Token, clean, tokenise
from bot.understanding.values import (
    Context,
    EmergencyKind,
    Entities,
    Intent,
    Person,
    Understanding,
    Wish,
)

LONGEST = 2_000  # Letters that are read; nobody asks for an appointment in more.
LONGEST_FOR_SAFETY = 10_000
_DEFAULT = "en"


def understand(text: str, context: Context) -> Understanding:
    """Return what a message means in its context. Any text at all has an answer."""
    words = lexicon(language_of(context))
    whole = clean(text, LONGEST_FOR_SAFETY)
    tokens = spelt(whole[:LONGEST], words, context)
    reading = Reading(whole[:LONGEST], tokens, words, context)
    if len(whole) > LONGEST:
        rest = when.charted(spelt(whole[LONGEST - 100 :], words, context), words)
        danger, _ = safety.emergency(rest, words)
        reading.danger = reading.danger or danger
    return reading.understanding()


def language_of(context: Context) -> str:
    """Return the language to read in: the stored choice, else the clinic's first that we know."""
    known = available()
    wanted = (context.language or "", *context.directory.languages, _DEFAULT)
    return next(code for code in (*(code[:2].lower() for code in wanted), _DEFAULT) if code in known)


def spelt(text: str, words: Lexicon, context: Context) -> list[Token]:
    """Return the tokens of a text with slips mended; the clinic's own names are no slips."""
    names = people.clinic_of(context.directory, words).name_words
    tokens = []
    for token in tokenise(text, words.speller):
        if token.word in words.words or token.is_number or token.word in names:
            tokens.append(token)
            continue
        meant = words.spelling.mended(token.word)
        tokens.append(
            Token(
                meant or token.word, token.typed, token.start, token.end, token.stop,
                misspelt=meant is not None, known=meant is not None,
            )
        )  # fmt: skip
    return tokens


@dataclass(slots=True)
class _Verdict:
    intent: Intent
    confidence: float
    topic: str | None = None
    also: tuple[Item, ...] = ()


class Reading:
    """One message being read. Each step adds what it found; nothing outlives the message."""

    def __init__(
        self, text: str, tokens: Sequence[Token], words: Lexicon, context: Context
    ) -> None:
        self.text, self.words, self.context = text, words, context
        self.at = Moment.of(context)
        self.clinic = people.clinic_of(context.directory, words)
        self.chart = when.charted(tokens, words)
        self.danger: EmergencyKind | None
        self.danger, self.idioms = safety.emergency(self.chart, words)
        self.cues = people.patterns_items_tagged(words.people, self.chart)
        self.entities: dict[str, Any] = {}
        self.names: list[Item] = []
        self._read()

    # Steps

    def _read(self) -> None:
        self._phone()
        self._practitioners()
        self._clinic_words()
        if self._asked("date_of_birth") or self._cue("born"):
            identity.add_birth_readings(self.chart, self.at)
        when.find_times(self.chart, self.words, self.at)
        self._birth()
        self.relations = longest(
            item for item in self.chart.items("person") if not self._is_taken(item)
        )
        self._name()
        self._times()
        self._intents()
        self._person()
        self._choices()
        self._loose_words()

    def _phone(self) -> None:
        found = identity.phone_of(
            self.text, self.chart.tokens, self.context.directory.country, asked=self._asked("phone")
        )
        if found and not self._asked("code"):
            self.entities["phone"] = found.value
            self.names.append(found)

    def _practitioners(self) -> None:
        found = people.mentions(
            self.chart, self.clinic, self.words,
            expected=self._asked("practitioner"), cues=self.cues,
        )  # fmt: skip
        own = {cue.end for cue in self.cues if cue.kind in ("name", "self")}
        if self._asked("name"):
            own |= {0}
        self.mentions = [
            mention
            for mention in found
            if self._is_titled(mention) or not self._within_own_name(mention, own)
        ]
        for mention in self.mentions:
            item = mention.item()
            self.chart.add(item)
            self.names.append(item)
        self._set_practitioners()

    def _is_titled(self, mention: people.Mention) -> bool:
        return self.chart.words[mention.start] in self.words.titles

    def _within_own_name(self, mention: people.Mention, own: set[int]) -> bool:
        if self._asked("name") and not self._cued(mention):
            return True
        relation = any(
            0 <= mention.start - item.end <= 1
            for item in self.chart.items("person")
            if item.value is not Person.SELF
        )
        return relation or any(0 <= mention.start - place <= 2 for place in own)

    def _cued(self, mention: people.Mention) -> bool:
        before = self.chart.words[mention.start - 1] if mention.start else ""
        return any(
            cue.kind == "with" and cue.end == mention.start for cue in self.cues
        ) and before in ("with", "see", "by", "visit")

    def _set_practitioners(self) -> None:
        excepting = {cue.end for cue in self.cues if cue.kind == "not"}
        correcting = {cue.start for cue in self.cues if cue.kind == "correction"}
        wanted: list[people.Mention] = []
        unwanted: list[str] = []
        for mention in self.mentions:
            if mention.start in excepting and not self._refuses(mention.start - 1):
                unwanted += mention.names
                continue
            if wanted and any(wanted[-1].end <= place < mention.start for place in correcting):
                wanted.clear()
            wanted.append(mention)
        names = list(dict.fromkeys(name for mention in wanted for name in mention.names))
        if len(names) == 1:
            self.entities["practitioner"] = names[0]
        elif names:
            common = set(wanted[0].names).intersection(*(set(m.names) for m in wanted))
            if len(common) == 1:
                self.entities["practitioner"] = common.pop()
            else:
                self.entities["candidates"] = tuple(names)
                self._ambiguous("practitioner")
        if unwanted:
            self.entities["not_practitioners"] = tuple(dict.fromkeys(unwanted))

    def _refuses(self, index: int) -> bool:
        return bool(self.chart.tokens[index].stop) or (
            index == 0 and self.chart.words[0] == "no"
        )

    def _clinic_words(self) -> None:
        found = people.specialties(self.chart, self.clinic, self.words)
        free = [item for item in found if not self._is_taken(item)]
        self.specialties = longest(free)
        for item in self.specialties:
            self.chart.add(item)
        named = [item for item in self.specialties if item.value[1] == "name"]
        chosen = named or self.specialties
        codes = list(dict.fromkeys(item.value[0] for item in chosen if item.value[0]))
        if len(codes) > 1 and not named and "general_practice" in codes:
            codes.remove("general_practice")
        if len(codes) == 1:
            self.entities["specialty"] = codes[0]
        elif codes or named:
            self._ambiguous("specialty")
        self._locations_and_visit_types()

    def _locations_and_visit_types(self) -> None:
        places = longest(people.places(self.chart, self.clinic))
        for item in places:
            self.chart.add(item)
        names = list(dict.fromkeys(item.value for item in places))
        if len(names) == 1:
            self.entities["location"] = names[0]
        elif names:
            self._ambiguous("location")
        visits = longest(people.visit_types(self.chart, self.clinic, self.words))
        if visits:
            self.entities["visit_type"] = visits[-1].value

    def _birth(self) -> None:
        birth = identity.birth_of(
            self.chart, self.at, self.cues,
            asked=self._asked("date_of_birth"),
            day_asked=self._asked("date", "date_time", "slot"),
        )  # fmt: skip
        if birth is None:
            return
        self.names.append(birth.item)
        if birth.day is None:
            self._ambiguous("date_of_birth")
        else:
            self.entities["date_of_birth"] = birth.day

    def _name(self) -> None:
        finder = identity.Names(self.chart, self.words, self.text, self.names)
        found = finder.announced(self.cues) or finder.of_person(self.relations)
        if found is None and self._asked("name", "date_of_birth", "person"):
            days = [item for item in self.chart.items("day", "stretch", "clock", "part", "weekdays")]
            if self._asked("name") or "date_of_birth" in self.entities:
                found = finder.answered(self.cues, days)
        if found and not (found.start == 0 and self._asked("date_of_birth") and found.length == 1):
            self.entities["name"] = found.value
            self.names.append(found)

    def _times(self) -> None:
        self.cue_words = when.Cues.of(self.chart, self.cues)
        idioms = [Item("safe", item.start, item.end, None) for item in self.idioms]
        self.days = when.chosen(self.chart, [*self.names, *idioms], self.words.doubtful)

    def _intents(self) -> None:
        rivals = [*self.names, *self.days, *self.specialties, *self._said("usual", "same_time", "same_date", "same_practitioner", "any_doctor")]
        rivals += [Item("safe", item.start, item.end, None) for item in self.idioms]
        self.phrases = intents.phrases(self.chart, self.words, rivals)
        greetings = [item for item in self.phrases if item.value.intent in intents.COURTESIES]
        self.days = [
            item
            for item in self.days
            if not (item.kind == "part" and any(item.overlaps(other) for other in greetings))
        ]
        self.tasks = intents.wishes(self.phrases, self.chart, self._said("joint"))

    def _person(self) -> None:
        relations = [item.value for item in self.relations]
        others = [value for value in relations if value is not Person.SELF]
        # "My mom said I should book for me": the one it is for is named last, after "for".
        if relations:
            announced = [i.value for i in self.relations if self.chart.words[i.start] == "for"]
            self.entities["person"] = (announced or others or relations)[-1]

    def _choices(self) -> None:
        if self._is_number() is not None:
            return
        number, item = answers.choice(self.chart, self._said("choice", "last"), self.context)
        if item and not any(
            other.overlaps(item) and other.length > item.length
            for other in (*self.days, *self.phrases) if other.kind != "flexible"
        ):
            self.entities["choice"] = number
            self.days = [
                day for day in self.days if not day.overlaps(item) or day.kind == "clock"
            ]
        elif self.context.labels and not self.phrases:
            if (place := answers.label(self.text, self.context)) is not None:
                self.entities["choice"] = place
        for kind, earliest in (("earlier_one", True), ("later_one", False)):
            if self._said(kind) and "choice" not in self.entities:
                self.entities |= answers.by_order(self.context, earliest=earliest)

    def _loose_words(self) -> None:
        if self._said("usual"):
            self.entities["usual"] = True
        same = [
            name
            for name, kind in (
                ("time", "same_time"), ("date", "same_date"),
                ("practitioner", "same_practitioner"), ("location", "same_location"),
            )
            if self._said(kind)
        ]  # fmt: skip
        if same:
            self.entities["same"] = tuple(same)
        if self._asked("rating"):
            ratings = self.chart.items("rating", "decimal", "number")
            if ratings:
                self.entities["rating"] = float(ratings[0].value)
        if any(item.value.intent is Intent.LANGUAGE for item in self.phrases):
            languages = self.chart.items("language")
            if languages:
                self.entities["language"] = languages[0].value

    # The result

    def understanding(self) -> Understanding:
        number = self._is_number()
        if number is not None and "rating" not in self.entities:
            self.days = []
            self.entities |= answers.bare_number(number, self.context, self.at)
        verdict = self._verdict()
        splits = self._split(verdict)
        found = {**self.entities, **self._when(splits[0], verdict.intent)}
        found |= self._picked(found)
        if verdict.topic:
            found["topic"] = verdict.topic
        also = tuple(
            Wish(item.value.intent, self._entities({**self._when(days, item.value.intent), **_topic(item)}))
            for item, days in zip(verdict.also, splits[1:], strict=True)
        )
        if self.danger:
            wish = () if verdict.intent in (Intent.OUT_OF_SCOPE, Intent.INFORM) else (Wish(verdict.intent),)
            verdict = _Verdict(Intent.EMERGENCY, 0.95)
            also = (*wish, *also)
            found["kind"] = self.danger
        return Understanding(
            verdict.intent, verdict.confidence, self._entities(found), self.words.code, also
        )

    def _entities(self, found: dict[str, Any]) -> Entities:
        ambiguous = tuple(dict.fromkeys(found.get("ambiguous", ())))
        return Entities(**{**{k: v for k, v in found.items() if k in _FIELDS}, "ambiguous": ambiguous})

    def _when(self, days: Sequence[Item], intent: Intent) -> dict[str, Any]:
        either = frozenset(
            item.start for item in self.cues if item.kind == "either"
        ) | frozenset(i for i, token in enumerate(self.chart.tokens) if "," in token.stop)
        assembly = when.Assembly(self.at, self.cue_words, self.chart.words, either)
        if intent is Intent.RESCHEDULE:
            return assembly.moved(days, self.chart)
        found = assembly.entities(days)
        if "ambiguous" in self.entities:
            found["ambiguous"] = (*self.entities["ambiguous"], *found.get("ambiguous", ()))
        return found

    def _picked(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return the choice that a said time makes, when exactly one slot on offer begins then."""
        if "choice" in found or "time" not in found or "date" in found:
            return {}
        if self.context.asked not in (None, "slot", "choice", "yes_no"):
            return {}
        return answers.by_time(found["time"], self.context) if len(self.context.offer) > 1 else {}

    def _split(self, verdict: _Verdict) -> list[list[Item]]:
        """Share the days and times out among the wishes: each takes what follows its words."""
        if not verdict.also:
            return [self.days]
        starts = sorted(item.start for item in self.tasks if item in verdict.also)
        shares: list[list[Item]] = [[] for _ in range(len(starts) + 1)]
        for day in self.days:
            shares[sum(day.start >= start for start in starts)].append(day)
        return shares

    def _verdict(self) -> _Verdict:
        exact = self.words.exact.get(tuple(self.chart.words))
        if exact:
            return _Verdict(exact, 1.0)
        by_intent = {item.value.intent: item for item in reversed(self.phrases)}
        context = self.context
        if self._answers_question():
            return _Verdict(Intent.INFORM, 0.9)
        answer = next((by_intent[i] for i in intents.ANSWERS if i in by_intent), None)
        if answer and self._answer_counts(answer, by_intent):
            return self._answered(answer)
        if Intent.OUT_OF_SCOPE in by_intent and not self._sure_tasks():
            return _Verdict(Intent.OUT_OF_SCOPE, 0.8)
        if Intent.ABUSE in by_intent and not self._sure_tasks():
            return _Verdict(Intent.ABUSE, 0.85)
        if self.tasks:
            return self._task(by_intent)
        for intent in intents.MOVES:
            if intent in by_intent and not (intent is Intent.HELP and self._names_something()):
                return _Verdict(intent, by_intent[intent].value.weight)
        if self._names_something() or self.days or self._gives():
            return self._informs()
        for intent in intents.COURTESIES:
            if intent in by_intent:
                return _Verdict(intent, 0.95)
        if context.asked in ("reason", "text") and self.chart.words:
            return _Verdict(Intent.INFORM, 0.6)
        return _Verdict(Intent.OUT_OF_SCOPE, 0.3 if self.chart.words else 0.2)

    def _answers_question(self) -> bool:
        """Tell whether the message gives just what was asked: a name, a birth date, a choice."""
        asked = self.context.asked
        if asked == "name":
            return "name" in self.entities and not self.tasks
        if asked == "date_of_birth":
            return bool({"date_of_birth"} & self.entities.keys()) and not self._sure_tasks()
        if asked == "phone":
            return "phone" in self.entities
        if asked == "rating":
            return "rating" in self.entities
        return False

    def _answer_counts(self, answer: Item, by_intent: dict[Intent, Item]) -> bool:
        """Tell whether a yes or no is the point of the message, not its first breath."""
        intent = answer.value.intent
        others = {item.value.intent for item in self.tasks}
        if intent is Intent.YES:
            if answer.start > 1 and (self.days or self._names_something() or self._gives()):
                return False
            if self.context.asked is None and Intent.THANKS in by_intent and not others:
                return False
            if self.context.asked is None and not self.context.offer:
                return not others
            strong = others - {Intent.BOOK, Intent.CONFIRM}
            return not strong and not ({Intent.ALTERNATIVES, Intent.MORE} & by_intent.keys())
        if {Intent.ALTERNATIVES, Intent.UNDO, Intent.RESTART, Intent.BACK} & by_intent.keys():
            return False
        if self.context.asked is None and not self.context.offer:
            return not others
        return not others - {Intent.BOOK, Intent.AVAILABILITY}

    def _answered(self, answer: Item) -> _Verdict:
        return _Verdict(answer.value.intent, 0.95)

    def _sure_tasks(self) -> bool:
        return any(item.value.weight >= 0.9 for item in self.tasks)

    def _task(self, by_intent: dict[Intent, Item]) -> _Verdict:
        context = self.context
        first, *rest = sorted(
            self.tasks,
            key=lambda item: (item.value.intent not in _FIRST, item.start),
        )
        intent: Intent = first.value.intent
        if intent is Intent.CONFIRM and context.asked == "yes_no":
            return _Verdict(Intent.YES, 0.95)
        if (
            intent is Intent.RESCHEDULE
            and context.asked in ("slot", "date", "time", "date_time")
            and Intent.ALTERNATIVES in by_intent
        ):
            return _Verdict(Intent.ALTERNATIVES, 0.9)
        rest = sorted(rest, key=lambda item: item.start)
        return _Verdict(intent, first.value.weight, first.value.topic, tuple(rest))

    def _names_something(self) -> bool:
        keys = {"practitioner", "candidates", "specialty", "visit_type", "location", "not_practitioners"}
        return bool(keys & self.entities.keys())

    def _gives(self) -> bool:
        keys = {"choice", "name", "date_of_birth", "phone", "person", "usual", "same", "rating", "date", "time"}
        return bool(keys & self.entities.keys() or "ambiguous" in self.entities)

    def _informs(self) -> _Verdict:
        """Only entities: for the task in hand, else the name of a doctor is a wish to book."""
        if self.context.asked is not None or self.context.offer:
            return _Verdict(Intent.INFORM, 0.85)
        if {"practitioner", "candidates", "specialty", "visit_type"} & self.entities.keys():
            return _Verdict(Intent.BOOK, 0.7)
        return _Verdict(Intent.INFORM, 0.6)

    # Small questions

    def _asked(self, *kinds: str) -> bool:
        return self.context.asked in kinds

    def _cue(self, kind: str) -> bool:
        return any(cue.kind == kind for cue in self.cues)

    def _said(self, *kinds: str) -> list[Item]:
        return sorted(
            (cue for cue in self.cues if cue.kind in kinds), key=lambda cue: (-cue.length, cue.start)
        )

    def _is_taken(self, item: Item) -> bool:
        return any(item.overlaps(other) for other in self.names)

    def _ambiguous(self, name: str) -> None:
        self.entities["ambiguous"] = (*self.entities.get("ambiguous", ()), name)

    def _is_number(self) -> int | None:
        """Return the number if the message is nothing but one."""
        words = self.chart.words
        if len(words) == 2 and words[0] == "#":
            words = words[1:]
        if len(words) != 1:
            return None
        start = len(self.chart.words) - 1
        item = self.chart.has("number", start)
        return int(item.value) if item and item.value < 1000 else None


_FIRST = (Intent.DECEASED, Intent.WRONG_PERSON, Intent.STOP)
_FIELDS = frozenset(item.name for item in fields(Entities))


def _topic(item: Item) -> dict[str, Any]:
    return {"topic": item.value.topic} if item.value.topic else {}
