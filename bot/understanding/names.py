"""What the patient is called.

A name stands after words that announce one, after the person it belongs to ("my daughter Mia"),
is the answer to the question, or stands by itself: as a clause of its own ("..., John Smith"),
after "for", or beside a date of birth. A name given alone is kept as given: a first name is a
name until the dialogue asks for the rest.
"""

from collections.abc import Iterable, Sequence

from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import Lexicon
from bot.understanding.text import as_name
from bot.understanding.values import Person

MOST_NAME_WORDS = 6
_LONGEST_TITLE = 4  # Words that may all be a name.
_SHORTEST_ALONE = 2  # Words of a name that nothing announces.
# Kinds of words that are never part of a name that nothing announces.
_OTHER_THINGS = (
    "specialty", "location", "visit", "weekday", "weekdays", "relday", "part", "language",
    "person", "practitioner",
)  # fmt: skip


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
    ) -> None:
        self.chart, self.lexicon, self.text = chart, lexicon, text
        self.tokens = chart.tokens
        self.taken = {index for item in taken for index in range(item.start, item.end)}
        self.cues = cues
        self.not_names = not_names  # The clinic's own words.
        self.shouted = text.isupper() or self._is_title()

    def _is_title(self) -> bool:
        """ "I Need To See A Dentist": capitals that tell nothing."""
        letters = [token.typed[0] for token in self.tokens if token.typed[0].isalpha()]
        return len(letters) > _LONGEST_TITLE and all(letter.isupper() for letter in letters)

    def announced(self) -> Item | None:
        """ "My name is ...", "I'm ...": the words that follow, as far as they can be a name."""
        others = [cue for cue in self.cues if cue.kind == "others_name"]
        announcing = [
            cue
            for cue in self.cues
            if cue.kind in ("name", "self") and not any(cue.overlaps(other) for other in others)
        ]
        for cue in sorted(announcing, key=lambda cue: (cue.kind != "name", -cue.length)):
            if cue.kind == "name":
                place = self._untitled(cue.end)
                if found := self._from(place, strict=cue.length == 1):
                    return found
            else:
                found = self._from(cue.end, strict=True)
                if found and self._is_introduction(found):
                    return found
        return None

    def after(self, cue: Item) -> Item | None:
        """Return the name right after a cue, in capitals or a given one."""
        if self.tokens[cue.end - 1].stop:
            return None
        found = self._from(self._untitled(cue.end), strict=True)
        if found is None:
            return None
        first = self.tokens[found.start]
        known = self.chart.typed[found.start] in self.lexicon.names
        return found if known or (first.typed[:1].isupper() and not self.shouted) else None

    def _untitled(self, place: int) -> int:
        """ "Mrs Priya Shah": past the title, which is no part of the name."""
        while place < len(self.tokens) and self.chart.typed[place] in self.lexicon.titles:
            place += 1
        return place

    def of_person(self, people: Iterable[Item]) -> Item | None:
        """ "My daughter Mia": right after the relation, and no ordinary word."""
        for person in people:
            if person.value is not Person.SELF and (found := self._from(person.end, strict=True)):
                return found
        return None

    def answered(self, day_items: Sequence[Item], birth: Item | None) -> Item | None:
        """Return the name that answers "what is your name?", None if the message is no answer."""
        opening = (c.end for c in self.cues if c.kind in ("leading", "born") and c.start == 0)
        place = max(opening, default=0)
        last = len(self.tokens)
        if any("?" in token.stop for token in self.tokens):
            return None
        while place < last and place in self.taken:
            place += 1
        found = self._from(self._untitled(place), strict=False, comma=True)
        if found is None or self._is_said_otherwise(found):
            return None
        if self._is_sentence(found):
            return found
        around = {"trailing", "born", "after_name"}
        known = {i for c in self.cues if c.kind in around for i in range(c.start, c.end)}
        rest = (index for index in range(found.end, last) if index not in self.taken)
        if any(index not in known and not self._is_age(index) for index in rest):
            return None
        covering = [
            item
            for item in day_items
            if item.overlaps(found) and self.chart.typed[item.start] not in self.lexicon.names
        ]
        sure = birth is not None or self.tokens[found.start].typed[:1].isupper()
        return None if covering and not (found.length > 1 and sure) else found

    def standing_alone(self, birth: Item | None, *, anywhere: bool) -> Item | None:
        """Return a name that nothing announces, None unless its place and letters show it.

        With `anywhere` a clause of its own is a name; else only beside a birth date.
        """
        born = {cue.start for cue in self.cues if cue.kind == "born"}
        before = {birth.start, *born} if birth else set()
        after = {cue.start: cue.end for cue in self.cues if cue.kind == "after_name"}
        announcing = {cue.end for cue in self.cues if cue.kind == "for_person"}
        greeted = {cue.end for cue in self.cues if cue.kind == "leading" and cue.start == 0}
        for start in range(len(self.tokens)):
            fresh = start == 0 or self._is_stop(start - 1)
            opened = anywhere and (fresh or start in greeted)
            if opened and start + 1 in after and self._is_given(start):  # "Hi, Mia here"
                return self._item(start, start + 1, after[start + 1])
            beside = birth is not None and start == birth.end
            if not (fresh or beside or start in announcing):
                continue
            end = self._run(start)
            if end == start:
                continue
            beside = beside or end in before
            if (beside or (end in after and anywhere)) and self._is_name(start, end, small=True):
                return self._item(start, end, after.get(end, end))
            if not anywhere:
                continue
            if start in announcing and self._is_for(start, end):
                return self._item(start, end, end)
            closed = end == len(self.tokens) or self._is_stop(end - 1) or self._is_stop(end)
            whole = start == 0 and end == len(self.tokens)
            if fresh and closed and not whole and self._is_name(start, end, small=False):
                return self._item(start, end, end)
        return None

    # Runs of words that look like a name

    def _is_stop(self, index: int) -> bool:
        """Tell whether a clause ends with this word, or this is a dash between two."""
        token = self.tokens[index]
        initial = token.stop == "." and len(token.typed) == 1
        short = initial or self.chart.typed[index] in self.lexicon.titles
        return (bool(token.stop) and not short) or token.word == "-"

    def _run(self, start: int) -> int:
        """Return where the words end that may all be parts of one name."""
        end = start
        while end < len(self.tokens) and end - start < MOST_NAME_WORDS:
            token, typed = self.tokens[end], self.chart.typed[end]
            capital = token.typed[:1].isupper()
            particle = typed in self.lexicon.particles and end > start
            ordinary = typed in self.lexicon.common or typed in self.lexicon.titles
            ordinary = ordinary or self._is_contraction(end)
            if not token.typed[:1].isalpha() or end in self.taken or (ordinary and not particle):
                break
            row = self.chart.starting[end]
            if typed not in self.lexicon.names and any(i.kind in _OTHER_THINGS for i in row):
                break
            if typed in self.lexicon.content and not (capital or particle):
                break
            end += 1
            if self._is_stop(end - 1):
                break
        while end > start and self.chart.typed[end - 1] in self.lexicon.particles:
            end -= 1
        return end

    def _is_name(self, start: int, end: int, *, small: bool) -> bool:
        """ "John Brown", "Ana Lopez", and where `small` letters will do "ana lopez"."""
        words = self.chart.typed[start:end]
        following = self.chart.typed[end : end + 1]
        if start and self.chart.typed[start - 1] in self.lexicon.titles:
            return False
        if following and following[0] in self.lexicon.degrees:
            return False
        if len(words) < _SHORTEST_ALONE or " ".join(words) in self.lexicon.towns:
            return False
        if self._is_strange(words[0]) and not self.not_names.issuperset(words):
            capitals = all(
                self.tokens[i].typed[:1].isupper() or self.chart.typed[i] in self.lexicon.particles
                for i in range(start, end)
            )
            if capitals and not self.shouted:
                return not any(word in self.lexicon.content for word in words[1:])
            return small and all(
                self._is_strange(word) or word in self.lexicon.particles for word in words
            )
        return False

    def _is_strange(self, word: str) -> bool:
        """Tell whether this is a given name or no word of the language."""
        return word in self.lexicon.names or word not in self.lexicon.words

    def _is_for(self, start: int, end: int) -> bool:
        """ "For John Smith", "for Mike", "for mike jones"."""
        if end - start == 1:
            return self._is_given(start)
        return self._is_name(start, end, small=self.chart.typed[start] in self.lexicon.names)

    def _is_given(self, index: int) -> bool:
        """Tell whether this is a given name in capitals."""
        capital = self.tokens[index].typed[:1].isupper() and not self.shouted
        return capital and self.chart.typed[index] in self.lexicon.names

    def _item(self, start: int, end: int, covered: int) -> Item:
        return Item("name", start, covered, self._written(start, end))

    # Words that follow where a name is expected

    def _is_age(self, index: int) -> bool:
        """ "Ana Lopez, 40": more than the name, but nothing else."""
        return self.tokens[index].is_number and bool(self.tokens[index - 1].stop)

    def _is_sentence(self, found: Item) -> bool:
        """ "John. Like my father.": a name that is a sentence by itself."""
        return (
            self.tokens[found.end - 1].ends_sentence
            and self.tokens[found.start].typed[:1].isupper()
            and self._is_strange(self.chart.typed[found.start])
        )

    def _is_said_otherwise(self, found: Item) -> bool:
        """ "nvm", "hm": small letters that are a phrase of their own are no name."""
        if found.length > 1 or self.tokens[found.start].typed[:1].isupper():
            return False
        if self.chart.typed[found.start] in self.lexicon.names:
            return False
        return bool(self.lexicon.intents.matches(Chart(self.tokens[found.start : found.end])))

    def _is_introduction(self, found: Item) -> bool:
        """ "I am John", "i am john smith": in capitals, or two unknown words and then a pause."""
        first = self.tokens[found.start]
        if first.typed[:1].isupper() and not self.shouted:
            return True
        unknown = [
            token
            for token in self.tokens[found.start : found.end]
            if token.word not in self.lexicon.words
        ]
        return found.length >= 2 and bool(unknown)

    def _from(self, start: int, *, strict: bool, comma: bool = False) -> Item | None:
        end = start
        turned = False
        while end < len(self.tokens) and end - start < MOST_NAME_WORDS and self._fits(end, strict):
            end += 1
            if stop := self.tokens[end - 1].stop:
                turned = (
                    comma
                    and end - start <= 2
                    and stop == ","
                    and end < len(self.tokens)
                    and not turned
                )
                if not turned and stop != ".":
                    break
                if stop == "." and len(self.tokens[end - 1].typed) > 2:
                    break
        while end > start and self.tokens[end - 1].word in self.lexicon.particles:
            end -= 1
        return Item("name", start, end, self._written(start, end)) if end > start else None

    def _is_contraction(self, index: int) -> bool:
        """ "I've", "d'accord", but not "D'Angelo": all that it stands for are ordinary words."""
        place = self.tokens[index].start
        return "'" in self.chart.typed[index] and all(
            token.word in self.lexicon.common for token in self.tokens if token.start == place
        )

    def _fits(self, index: int, strict: bool) -> bool:
        token = self.tokens[index]
        typed = self.chart.typed[index]
        if index in self.taken or not token.typed[:1].isalpha():
            return False
        if typed in self.lexicon.titles and token.typed[:1].isupper():
            return False
        if self._is_contraction(index):
            return False
        capital = token.typed[:1].isupper() and not self.shouted
        if typed in self.lexicon.particles and index + 1 < len(self.tokens):
            return capital or typed not in self.lexicon.common or self._goes_on(index)
        if len(typed) == 1 and token.typed.isupper() and token.stop == ".":
            return True  # "John A. Smith"
        if typed in self.lexicon.common or (
            token.misspelt and token.word in self.lexicon.common and not capital
        ):
            return not strict and capital and self._is_also_a_name(index)
        if strict and not capital:
            given = typed in self.lexicon.names and typed not in self.lexicon.ordinary
            return given or typed not in self.lexicon.words or token.misspelt
        return True

    def _goes_on(self, index: int) -> bool:
        """ "Iñigo de la Torre": small words of the language inside a name in capitals."""
        particles, common = self.lexicon.particles, self.lexicon.common - self.lexicon.particles
        rest = range(index, len(self.tokens))
        following = next((i for i in rest if self.chart.typed[i] not in particles), None)
        if index == 0 or following is None or self.shouted:
            return False
        return (
            self.tokens[following].typed[:1].isupper()
            and not {self.chart.typed[index - 1], self.chart.typed[following]} & common
        )

    def _is_also_a_name(self, index: int) -> bool:
        """ "Nguyễn Văn An", "My Tran": a small word that is a name too, beside a stranger one."""
        if self.chart.typed[index] not in self.lexicon.also_names:
            return False
        beside = [place for place in (index - 1, index + 1) if 0 <= place < len(self.tokens)]
        return any(
            self.tokens[place].typed[:1].isupper()
            and self.tokens[place].typed[:1].isalpha()
            and (
                self.chart.typed[place] not in self.lexicon.words
                or self.chart.typed[place] in self.lexicon.particles
            )
            for place in beside
        )

    def _written(self, start: int, end: int) -> str:
        raw = self.text[self.tokens[start].start : self.tokens[end - 1].end]
        return as_name(raw, self.lexicon.particles)
