"""The way of one message: from text to `Understanding`, one step after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from bot.understanding import answers, clinic, grammar, identity, intents, safety, when
from bot.understanding.lexicon import MENTIONS, Lexicon, available, lexicon
from bot.understanding.moment import Moment
from bot.understanding.patterns import Chart, Item, longest
from bot.understanding.practitioners import Mention, Practitioners
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
_GENERAL = "general_practice"  # Whoever else fits is the better choice.


def understand(text: str, context: Context) -> Understanding:
    """Return what a message means in its context. Any text at all has an answer."""
    words = lexicon(language_of(context))
    whole = clean(text, LONGEST_FOR_SAFETY)
    tokens = spelt(whole[:LONGEST], words, context)
    reading = Reading(whole[:LONGEST], tokens, words, context)
    if len(whole) > LONGEST:
        rest = grammar.charted(spelt(whole[LONGEST - 100 :], words, context), words)
        danger, _ = safety.emergency(rest, words)
        reading.danger = reading.danger or danger
    return reading.understanding()


def language_of(context: Context) -> str:
    """Return the language to read in: the stored choice, else the clinic's first that we know."""
    known = available()
    wanted = (context.language or "", *context.directory.languages, _DEFAULT)
    return next(
        code for code in (*(code[:2].lower() for code in wanted), _DEFAULT) if code in known
    )


def spelt(text: str, words: Lexicon, context: Context) -> list[Token]:
    """Return the tokens of a text with slips mended; the clinic's own names are no slips."""
    names = clinic.clinic_of(context.directory, words).by_word
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


@dataclass(frozen=True, slots=True)
class _Share:
    """What one of several wishes took of a message."""

    days: Sequence[Item]
    mentions: Sequence[Mention]
    specialties: Sequence[Item]


class Reading:
    """One message being read. Each step adds what it found; nothing outlives the message."""

    def __init__(
        self, text: str, tokens: Sequence[Token], words: Lexicon, context: Context
    ) -> None:
        self.text, self.words, self.context = text, words, context
        self.at = Moment.of(context)
        self.clinic = clinic.clinic_of(context.directory, words)
        self.chart = grammar.charted(tokens, words)
        self.danger: EmergencyKind | None
        self.danger, self.idioms = safety.emergency(self.chart, words)
        self.cues = clinic.tagged(words.people, self.chart)
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
        grammar.find_times(self.chart, self.words, self.at)
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
        found = Practitioners(
            self.chart, self.clinic, self.words, self.cues, expected=self._asked("practitioner")
        ).mentions()
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

    def _is_titled(self, mention: Mention) -> bool:
        return self.chart.words[mention.start] in self.words.titles

    def _within_own_name(self, mention: Mention, own: set[int]) -> bool:
        if self._asked("name") and not self._cued(mention):
            return True
        relation = any(
            0 <= mention.start - item.end <= 1
            for item in self.chart.items("person")
            if item.value is not Person.SELF
        )
        return relation or any(0 <= mention.start - place <= 2 for place in own)

    def _cued(self, mention: Mention) -> bool:
        before = self.chart.words[mention.start - 1] if mention.start else ""
        return any(
            cue.kind == "with" and cue.end == mention.start for cue in self.cues
        ) and before in ("with", "see", "by", "visit")

    def _named(self, mentions: Sequence[Mention]) -> dict[str, Any]:
        """Return the practitioner that mentions name, or who it may be."""
        excepting = {cue.end for cue in self.cues if cue.kind == "not"}
        correcting = {cue.start for cue in self.cues if cue.kind == "correction"}
        wanted: list[Mention] = []
        unwanted: list[str] = []
        for mention in mentions:
            if mention.start in excepting and not self._refuses(mention.start - 1):
                unwanted += mention.names
                continue
            if wanted and any(wanted[-1].end <= place < mention.start for place in correcting):
                wanted.clear()
            wanted.append(mention)
        found: dict[str, Any] = {}
        names = list(dict.fromkeys(name for mention in wanted for name in mention.names))
        common = set(names).intersection(*(set(mention.names) for mention in wanted))
        if len(common) == 1:
            found["practitioner"] = common.pop()
        elif names:
            found |= {"candidates": tuple(names), "ambiguous": ("practitioner",)}
        if unwanted:
            found["not_practitioners"] = tuple(dict.fromkeys(unwanted))
        return found

    def _refuses(self, index: int) -> bool:
        return bool(self.chart.tokens[index].stop) or (index == 0 and self.chart.words[0] == "no")

    def _clinic_words(self) -> None:
        found = clinic.specialties(self.chart, self.clinic, self.words)
        free = [item for item in found if not self._is_taken(item)]
        self.specialties = longest(free)
        for item in self.specialties:
            self.chart.add(item)
        self._locations_and_visit_types()

    def _specialty(self, items: Sequence[Item]) -> dict[str, Any]:
        """Return the specialty meant: by name before a complaint, a complaint before its place."""
        for how in MENTIONS:
            meant = [item.value[0] for item in items if item.value[1] == how]
            codes = list(dict.fromkeys(self._for_child(code, how) for code in meant if code))
            if len(codes) > 1 and how != "name" and _GENERAL in codes:
                codes.remove(_GENERAL)
            if len(codes) == 1:
                return {"specialty": codes[0]}
            if meant:
                return {"ambiguous": ("specialty",)}
        return {}

    def _for_child(self, code: str, how: str) -> str:
        """A child's fever goes to who sees children, if the clinic has them."""
        people_meant = {item.value for item in self.chart.items("person")}
        if how == "name" or not people_meant & {Person.CHILD, Person.DAUGHTER, Person.SON}:
            return code
        fields = self.words.fields.values()
        return next(
            (
                field.code
                for field in fields
                if code in field.for_children and field.code in self.clinic.codes
            ),
            code,
        )

    def _locations_and_visit_types(self) -> None:
        places = longest(clinic.places(self.chart, self.clinic))
        for item in places:
            self.chart.add(item)
        names = list(dict.fromkeys(item.value for item in places))
        if len(names) == 1:
            self.entities["location"] = names[0]
        elif names:
            self._ambiguous("location")
        visits = longest(clinic.visit_types(self.chart, self.clinic, self.words))
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
            days = [
                item for item in self.chart.items("day", "stretch", "clock", "part", "weekdays")
            ]
            if self._asked("name") or "date_of_birth" in self.entities:
                found = finder.answered(self.cues, days)
        if found and not (found.start == 0 and self._asked("date_of_birth") and found.length == 1):
            self.entities["name"] = found.value
            self.names.append(found)

    def _times(self) -> None:
        self.cue_words = when.Cues.of(self.chart, self.cues)
        self.days = when.chosen(self.chart, [*self.names, *self.idioms], self.words.doubtful)

    def _intents(self) -> None:
        rivals = [
            *self.names,
            *self.days,
            *self.specialties,
            *self._said("usual", "same_time", "same_date", "same_practitioner", "any_doctor"),
        ]
        rivals += self.idioms
        fillers = self._said("filler", "trailing", "joint", "leading")
        self.phrases = intents.phrases(self.chart, self.words, rivals, fillers)
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
        elif self._asked("person") and self.chart.items("myself") and len(self.chart.words) <= 4:
            self.entities["person"] = Person.SELF

    def _choices(self) -> None:
        if self._is_number() is not None:
            return
        number, item = answers.choice(self.chart, self._said("choice", "last"), self.context)
        if item and not any(
            other.overlaps(item) and other.length > item.length
            for other in (*self.days, *self.phrases)
            if other.kind != "flexible"
        ):
            self.entities["choice"] = number
            self.days = [day for day in self.days if not day.overlaps(item)]
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
        shares = self._shares(verdict)
        found = self._entities_of(shares[0], verdict.intent, verdict.topic)
        found |= {**self.entities, "ambiguous": self._unclear(found)}
        found |= self._picked(found)
        also = tuple(
            Wish(item.value.intent, self._built(self._entities_of(*share, item.value.topic)))
            for item, share in zip(
                verdict.also,
                (
                    (share, item.value.intent)
                    for share, item in zip(shares[1:], verdict.also, strict=True)
                ),
                strict=True,
            )
        )
        if self.danger:
            wish = (
                ()
                if verdict.intent in (Intent.OUT_OF_SCOPE, Intent.INFORM)
                else (Wish(verdict.intent),)
            )
            verdict = _Verdict(Intent.EMERGENCY, 0.95)
            also = (*wish, *also)
            found["kind"] = self.danger
        return Understanding(
            verdict.intent, verdict.confidence, self._built(found), self.words.code, also
        )

    def _unclear(self, found: dict[str, Any]) -> tuple[str, ...]:
        names = (*self.entities.get("ambiguous", ()), *found.get("ambiguous", ()))
        return tuple(dict.fromkeys(names))

    def _built(self, found: dict[str, Any]) -> Entities:
        return Entities(**{name: value for name, value in found.items() if name in _FIELDS})

    def _entities_of(self, share: "_Share", intent: Intent, topic: str | None) -> dict[str, Any]:
        """Return what one wish says: when, with whom, for what."""
        found: dict[str, Any] = {}
        unclear: list[str] = []
        for part in (
            self._when(share.days, intent), self._named(share.mentions), self._specialty(share.specialties),
        ):  # fmt: skip
            unclear += part.pop("ambiguous", ())
            found |= part
        if topic:
            found["topic"] = topic
        return {**found, "ambiguous": tuple(dict.fromkeys(unclear))}

    def _when(self, days: Sequence[Item], intent: Intent) -> dict[str, Any]:
        either = frozenset(item.start for item in self.cues if item.kind == "either") | frozenset(
            i for i, token in enumerate(self.chart.tokens) if "," in token.stop
        )
        assembly = when.Assembly(self.at, self.cue_words, self.chart.words, either)
        if intent is Intent.RESCHEDULE:
            return assembly.moved(days, self.chart)
        return assembly.entities(days)

    def _picked(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return the choice that a said time makes, when exactly one slot on offer begins then."""
        if "choice" in found or "time" not in found or "date" in found:
            return {}
        if self.context.asked not in (None, "slot", "choice", "yes_no"):
            return {}
        return answers.by_time(found["time"], self.context) if len(self.context.offer) > 1 else {}

    def _shares(self, verdict: _Verdict) -> list["_Share"]:
        """Share what was found out among the wishes: each takes what follows its words."""
        starts = sorted(item.start for item in verdict.also)

        def owner(place: int) -> int:
            return sum(place >= start for start in starts)

        return [
            _Share(
                [item for item in self.days if owner(item.start) == index],
                [mention for mention in self.mentions if owner(mention.start) == index],
                [item for item in self.specialties if owner(item.start) == index],
            )
            for index in range(len(starts) + 1)
        ]

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
        if self.tasks and not (_is_vague(self.tasks) and self._is_strange()):
            return self._task(by_intent)
        for intent in intents.MOVES:
            if intent in by_intent and not (intent is Intent.HELP and self._names_something()):
                return _Verdict(intent, by_intent[intent].value.weight)
        if not self._names_something() and (courtesy := self._courtesy(by_intent)):
            if courtesy.intent is not Intent.GREET and not self._asked("date", "time", "date_time"):
                return courtesy
        if (self._names_something() or self.days or self._gives()) and not self._is_strange():
            return self._informs()
        courtesy = self._courtesy(by_intent)
        if courtesy:
            return courtesy
        if context.asked in ("reason", "text") and self.chart.words:
            return _Verdict(Intent.INFORM, 0.6)
        return _Verdict(Intent.OUT_OF_SCOPE, 0.3 if self.chart.words else 0.2)

    def _courtesy(self, by_intent: dict[Intent, Item]) -> _Verdict | None:
        found = next((intent for intent in intents.COURTESIES if intent in by_intent), None)
        return _Verdict(found, 0.95) if found else None

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
        denied = [item for item in (*self.idioms, *self.specialties) if item.start == answer.end]
        if answer.length == 1 and denied and not self.chart.tokens[answer.start].stop:
            return intent is Intent.YES  # "No fever" answers nothing.
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

    def _is_strange(self) -> bool:
        """Tell whether the words that mean nothing here outweigh those that do.

        Only for a message out of the blue: in a task, half a sentence is enough.
        """
        if self.context.asked is not None or self.context.offer:
            return False
        explained = {
            index
            for item in (*self.names, *self.days, *self.specialties, *self.phrases, *self.relations,
                         *self._said("filler", "trailing", "joint"))
            for index in range(item.start, item.end)
        }  # fmt: skip
        strange = [
            token
            for index, token in enumerate(self.chart.tokens)
            if index not in explained
            and token.word not in self.words.common
            and token.typed.isalpha()
        ]
        return len(strange) >= 2 and (len(strange) > 2 or not self._names_something())

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
        offering = context.asked in ("slot", "date", "time", "date_time", "yes_no")
        if intent is Intent.RESCHEDULE and offering and not self.days and not self._visit(first):
            return _Verdict(Intent.ALTERNATIVES, 0.9)
        rest = sorted(rest, key=lambda item: item.start)
        return _Verdict(intent, first.value.weight, first.value.topic, tuple(rest))

    def _visit(self, phrase: Item) -> bool:
        """Tell whether a phrase names a visit: "move my appointment", not "another day"."""
        visits = self.chart.items("visit")
        return any(phrase.start <= item.start and item.end <= phrase.end for item in visits)

    def _names_something(self) -> bool:
        return bool(
            self.mentions or self.specialties or {"visit_type", "location"} & self.entities.keys()
        )

    def _gives(self) -> bool:
        keys = {
            "choice",
            "name",
            "date_of_birth",
            "phone",
            "person",
            "usual",
            "same",
            "rating",
            "date",
            "time",
        }
        return bool(keys & self.entities.keys() or "ambiguous" in self.entities)

    def _informs(self) -> _Verdict:
        """Only entities: for the task in hand, else the name of a doctor is a wish to book."""
        if self.context.asked is not None or self.context.offer:
            return _Verdict(Intent.INFORM, 0.85)
        if self.mentions or self.specialties or "visit_type" in self.entities:
            return _Verdict(Intent.BOOK, 0.7)
        return _Verdict(Intent.INFORM, 0.6)

    # Small questions

    def _asked(self, *kinds: str) -> bool:
        return self.context.asked in kinds

    def _cue(self, kind: str) -> bool:
        return any(cue.kind == kind for cue in self.cues)

    def _said(self, *kinds: str) -> list[Item]:
        return sorted(
            (cue for cue in self.cues if cue.kind in kinds),
            key=lambda cue: (-cue.length, cue.start),
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


_VAGUE_TOPICS = {"price", "practitioners", "phone", "hours"}


def _is_vague(tasks: Sequence[Item]) -> bool:
    """ "How much" and "in french" are about us only if nothing else in the message is strange."""
    return all(
        item.value.intent is Intent.LANGUAGE or item.value.topic in _VAGUE_TOPICS for item in tasks
    )


_FIRST = (Intent.DECEASED, Intent.WRONG_PERSON, Intent.STOP)
_FIELDS = frozenset(item.name for item in fields(Entities))
