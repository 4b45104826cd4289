"""What the patient is called.

A name stands after words that announce one, after the person it belongs to ("my daughter Mia"),
is the answer to the question, or stands by itself: as a clause of its own ("..., John Smith"),
after "for", or beside a date of birth. A name given alone is kept as given: a first name is a
name until the dialogue asks for the rest.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import Lexicon
from bot.understanding.name_words import MOST_NAME_WORDS, SHORTEST_ALONE, NameWords
from bot.understanding.values import Person


class Names:
    """Finds the name of a patient in one message."""

    def __init__(
        self,
        chart: Chart,
        lexicon: Lexicon,
        text: str,
        taken: Sequence[Item],
        cues: Sequence[Item],
        *,
        not_names: frozenset[str] = frozenset(),
        people: frozenset[str] = frozenset(),
    ) -> None:
        self.chart, self.lexicon = chart, lexicon
        self.tokens, self.cues = chart.tokens, cues
        self.words = NameWords(chart, lexicon, text, taken, not_names=not_names, people=people)

    def announced(self) -> Item | None:
        """ "My name is ...", "I'm ...": the words that follow, as far as they can be a name; after
        "it's not Mota, it's Mora" the second."""
        others = [cue for cue in self.cues if cue.kind == "others_name"]
        refusals = (cue for cue in self.cues if cue.kind == "refusal")
        denied = {cue.end for cue in refusals if not self.tokens[cue.end - 1].stop}
        announcing = [
            cue
            for cue in self.cues
            if cue.kind in ("name", "self") and not any(cue.overlaps(other) for other in others)
        ]
        for cue in sorted(
            announcing, key=lambda cue: (cue.start in denied, cue.kind != "name", -cue.length)
        ):
            if cue.kind == "name":
                place = self.words.untitled(cue.end)
                if found := self.words.read_from(place, strict=cue.length == 1):
                    return found
            else:
                found = self.words.read_from(cue.end, strict=True)
                if found and self._is_introduction(found):
                    return found
        return None

    def after(self, cue: Item) -> Item | None:
        """Return the name right after a cue, in capitals or a given one."""
        if self.tokens[cue.end - 1].stop:
            return None
        found = self.words.read_from(self.words.untitled(cue.end), strict=True)
        if found is None:
            return None
        first = self.tokens[found.start]
        known = self.chart.typed[found.start] in self.lexicon.names
        return found if known or (first.typed[:1].isupper() and not self.words.shouted) else None

    def of_person(self, people: Iterable[Item]) -> Item | None:
        """ "My daughter Mia": right after the relation, and no ordinary word."""
        for person in people:
            if person.value is not Person.SELF and (
                found := self.words.read_from(person.end, strict=True)
            ):
                return found
        return None

    def answered(self, day_items: Sequence[Item], birth: Item | None) -> Item | None:
        """Return the name that answers "what is your name?", None if the message is no answer."""
        opening = (c.end for c in self.cues if c.kind in ("leading", "born") and c.start == 0)
        place = max(opening, default=0)
        last = len(self.tokens)
        if any("?" in token.stop for token in self.tokens):
            return None
        while place < last and place in self.words.taken:
            place += 1
        first = self.words.untitled(place)
        found = self._whole(first) or self.words.read_from(first, strict=False, comma=True)
        if found is None or self._is_said_otherwise(found):
            return None
        if self._is_sentence(found):
            return found
        around = {"trailing", "born", "after_name"}
        known = {i for c in self.cues if c.kind in around for i in range(c.start, c.end)}
        rest = (index for index in range(found.end, last) if index not in self.words.taken)
        if any(index not in known and not self._is_age(index) for index in rest):
            return None
        covering = [
            item
            for item in day_items
            if item.overlaps(found) and self.chart.typed[item.start] not in self.lexicon.names
        ]
        sure = birth is not None or self.tokens[found.start].typed[:1].isupper()
        return None if covering and not (found.length > 1 and sure) else found

    def _whole(self, start: int) -> Item | None:
        """ "Aimé Moreau", "maria das dores": what was asked for, whatever else its words mean."""
        end = start
        while (
            end < len(self.tokens) and end not in self.words.taken and end - start < MOST_NAME_WORDS
        ):
            if not self.tokens[end].typed[:1].isalpha():
                break
            end += 1
            if self.words.is_stop(end - 1):
                break
        words = self.chart.typed[start:end]
        particles = self.lexicon.particles
        if len(words) < SHORTEST_ALONE or words[0] in particles or words[-1] in particles:
            return None
        capitals = not self.words.shouted and all(
            self.tokens[i].typed[:1].isupper() or self.chart.typed[i] in particles
            for i in range(start, end)
        )
        given = len(words) > SHORTEST_ALONE and words[0] in self.lexicon.names
        joined = given and all(
            word in particles
            or (
                (before in particles or self.words.is_strange(word))
                and not self.words.is_other(place)
            )
            for place, (before, word) in enumerate(pairwise(words), start + 1)
        )
        if joined or (capitals and any(map(self.words.is_strange, words))):
            return self.words.item(start, end, end)
        return None

    def standing_alone(
        self, birth: Item | None, *, anywhere: bool, all_of_it: bool = False
    ) -> Item | None:
        """Return a name that nothing announces, None unless its place and letters show it.

        With `anywhere` a clause of its own is a name; else only beside a birth date. `all_of_it`:
        so is a whole message, if it begins with a given name.
        """
        born = {cue.start for cue in self.cues if cue.kind == "born"}
        before = {birth.start, *born} if birth else set()
        after = {cue.start: cue.end for cue in self.cues if cue.kind == "after_name"}
        announcing = {cue.end for cue in self.cues if cue.kind == "for_person"}
        greeted = {cue.end for cue in self.cues if cue.kind == "leading" and cue.start == 0}
        for start in range(len(self.tokens)):
            fresh = start == 0 or self.words.is_stop(start - 1)
            opened = anywhere and (fresh or start in greeted)
            if opened and start + 1 in after and self.words.is_given(start):  # "Hi, Mia here"
                return self.words.item(start, start + 1, after[start + 1])
            beside = birth is not None and start == birth.end
            named = bool(before) and self.words.is_given(start)  # "At 10 John Smith 4 May 1980"
            if not (fresh or beside or named or start in announcing):
                continue
            end = self.words.run(start)
            if end == start:
                continue
            beside = beside or end in before
            if (beside or (end in after and anywhere)) and self.words.is_name(
                start, end, small=True
            ):
                return self.words.item(start, end, after.get(end, end))
            if not anywhere:
                continue
            if start in announcing and self.words.is_for(start, end):
                return self.words.item(start, end, end)
            closed = (
                end == len(self.tokens) or self.words.is_stop(end - 1) or self.words.is_stop(end)
            )
            whole = start == 0 and end == len(self.tokens)
            given = all_of_it and self.chart.typed[start] in self.lexicon.names
            if whole and given and self.words.is_name(start, end, small=True):
                return self.words.item(start, end, end)
            if fresh and closed and not whole and self.words.is_name(start, end, small=False):
                return self.words.item(start, end, end)
        return None

    def _is_age(self, index: int) -> bool:
        """ "Ana Lopez, 40": more than the name, but nothing else."""
        return self.tokens[index].is_number and bool(self.tokens[index - 1].stop)

    def _is_sentence(self, found: Item) -> bool:
        """ "John. Like my father.": a name that is a sentence by itself."""
        return (
            self.tokens[found.end - 1].ends_sentence
            and self.tokens[found.start].typed[:1].isupper()
            and self.words.is_strange(self.chart.typed[found.start])
        )

    def _is_said_otherwise(self, found: Item) -> bool:
        """ "nvm", "hm": small letters that are a phrase of their own are no name."""
        if found.length > 1 or self.tokens[found.start].typed[:1].isupper():
            return False
        if self.chart.typed[found.start] in self.lexicon.names:
            return False
        return bool(self.lexicon.intents.matches(Chart(self.tokens[found.start : found.end])))

    def _is_introduction(self, found: Item) -> bool:
        """ "I am John", "i am john smith": in capitals, or two words, one of them a given name or
        unknown."""
        first = self.tokens[found.start]
        if first.typed[:1].isupper() and not self.words.shouted:
            return True
        unknown = [
            token
            for token in self.tokens[found.start : found.end]
            if token.word not in self.lexicon.words
        ]
        given = self.chart.typed[found.start] in self.lexicon.names
        return found.length >= 2 and (given or bool(unknown))
