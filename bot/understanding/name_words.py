"""Which words can be a name, and how far one goes that begins at a word."""

from collections.abc import Sequence

from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import Lexicon
from bot.understanding.text import as_name

MOST_NAME_WORDS = 6
SHORTEST_ALONE = 2  # Words of a name that nothing announces.
_LONGEST_TITLE = 4  # Words that may all be a name.
# Kinds of words that are never part of a name that nothing announces.
_OTHER_THINGS = (
    "specialty", "location", "visit", "weekday", "weekdays", "relday", "part", "language",
    "person", "practitioner",
)  # fmt: skip


class NameWords:
    """The words of one message, as parts of names. `taken` is what has been read as something
    else, `not_names` the clinic's own words, `people` the first names of whom the writer may speak
    for; `shouted` tells that capitals say nothing."""

    def __init__(
        self,
        chart: Chart,
        lexicon: Lexicon,
        text: str,
        taken: Sequence[Item],
        *,
        not_names: frozenset[str],
        people: frozenset[str],
    ) -> None:
        self.chart, self.lexicon, self.text = chart, lexicon, text
        self.tokens = chart.tokens
        self.taken = {index for item in taken for index in range(item.start, item.end)}
        self.not_names, self.people = not_names, people
        self.shouted = text.isupper() or self._is_title()

    def _is_title(self) -> bool:
        """ "I Need To See A Dentist": capitals that tell nothing."""
        letters = [token.typed[0] for token in self.tokens if token.typed[0].isalpha()]
        return len(letters) > _LONGEST_TITLE and all(letter.isupper() for letter in letters)

    def untitled(self, place: int) -> int:
        """ "Mrs Priya Shah": past the title, which is no part of the name."""
        while place < len(self.tokens) and self.chart.typed[place] in self.lexicon.titles:
            place += 1
        return place

    def is_stop(self, index: int) -> bool:
        """Tell whether a clause ends with this word, or this is a dash between two."""
        token = self.tokens[index]
        initial = token.stop == "." and len(token.typed) == 1
        short = initial or self.chart.typed[index] in self.lexicon.titles
        return (bool(token.stop) and not short) or token.word == "-"

    def run(self, start: int) -> int:
        """Return where the words end that may all be parts of one name."""
        end = start
        while end < len(self.tokens) and end - start < MOST_NAME_WORDS:
            token, typed = self.tokens[end], self.chart.typed[end]
            if typed in self.people and end == start:
                end += 1  # They have told us; whatever else it means.
                continue
            capital = token.typed[:1].isupper()
            particle = typed in self.lexicon.particles and end > start
            ordinary = typed in self.lexicon.common or typed in self.lexicon.titles
            ordinary = ordinary or self._is_contraction(end)
            if capital and end > start and len(typed) > 1 and self.is_given(start):
                ordinary = self._is_contraction(end)  # "John Little"
            if not token.typed[:1].isalpha() or end in self.taken or (ordinary and not particle):
                break
            row = self.chart.starting[end]
            if typed not in self.lexicon.names and any(i.kind in _OTHER_THINGS for i in row):
                break
            if typed in self.lexicon.content and not (capital or particle):
                break
            end += 1
            if self.is_stop(end - 1):
                break
        while end > start and self.chart.typed[end - 1] in self.lexicon.particles:
            end -= 1
        return end

    def is_name(self, start: int, end: int, *, small: bool) -> bool:
        """ "John Brown", "Ana Lopez", and where `small` letters will do "ana lopez"."""
        words = self.chart.typed[start:end]
        following = self.chart.typed[end : end + 1]
        if start and self.chart.typed[start - 1] in self.lexicon.titles:
            return False
        if following and following[0] in self.lexicon.degrees:
            return False
        if len(words) < SHORTEST_ALONE or " ".join(words) in self.lexicon.towns:
            return False
        if self.is_strange(words[0]) and not self.not_names.issuperset(words):
            capitals = all(
                self.tokens[i].typed[:1].isupper() or self.chart.typed[i] in self.lexicon.particles
                for i in range(start, end)
            )
            if capitals and not self.shouted:
                if words[0] in self.lexicon.names:
                    return True  # "Jean Petit"
                return not any(word in self.lexicon.content for word in words[1:])
            return small and all(
                self.is_strange(word) or word in self.lexicon.particles for word in words
            )
        return False

    def is_for(self, start: int, end: int) -> bool:
        """ "For John Smith", "for Mike", "for mike jones"; "for lola", who is known here."""
        if end - start == 1:
            return self.is_given(start) or self.chart.typed[start] in self.people
        return self.is_name(start, end, small=self.chart.typed[start] in self.lexicon.names)

    def is_given(self, index: int) -> bool:
        """Tell whether this is a given name in capitals."""
        capital = self.tokens[index].typed[:1].isupper() and not self.shouted
        return capital and self.chart.typed[index] in self.lexicon.names

    def is_strange(self, word: str) -> bool:
        """Tell whether this is a given name or no word of the language."""
        return word in self.lexicon.names or word not in self.lexicon.words

    def is_other(self, index: int) -> bool:
        """Tell whether that is a day, a place, or anything else that we look for."""
        return any(item.kind in _OTHER_THINGS for item in self.chart.starting[index])

    def read_from(self, start: int, *, strict: bool, comma: bool = False) -> Item | None:
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
            return capital and self._is_also_a_name(index)
        if strict and not capital:
            given = typed in self.lexicon.names and self._is_called(index)
            ordinary = not {typed, token.word}.isdisjoint(self.lexicon.words)
            return given or not ordinary or token.misspelt  # "My daughter's check-up": no name.
        return True

    def _is_called(self, index: int) -> bool:
        """Tell whether a given name is meant: "tom" is short for tomorrow, "tom hanks" is not."""
        if self.chart.typed[index] not in self.lexicon.ordinary:
            return True
        following = self.chart.typed[index + 1 : index + 2]
        return bool(following) and following[0].isalpha() and self.is_strange(following[0])

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

    def _is_contraction(self, index: int) -> bool:
        """ "I've", "d'accord", but not "D'Angelo": all that it stands for are ordinary words."""
        place = self.tokens[index].start
        return "'" in self.chart.typed[index] and all(
            token.word in self.lexicon.common for token in self.tokens if token.start == place
        )

    def _is_also_a_name(self, index: int) -> bool:
        """ "Nguyễn Văn An", "My Tran": a small word that is a name too, beside a stranger one."""
        if self.chart.typed[index] not in self.lexicon.also_names:
            return False
        first = index - 1
        if first > 0 and self.chart.typed[first] in self.lexicon.particles:
            first -= 1  # "Maria das Dores".
        beside = [place for place in (first, index + 1) if 0 <= place < len(self.tokens)]
        return any(
            self.tokens[place].typed[:1].isupper()
            and self.tokens[place].typed[:1].isalpha()
            and (
                self.chart.typed[place] not in self.lexicon.words
                or self.chart.typed[place] in self.lexicon.names
                or self.chart.typed[place] in self.lexicon.particles
            )
            for place in beside
        )

    def item(self, start: int, end: int, covered: int) -> Item:
        return Item("name", start, covered, self._written(start, end))

    def _written(self, start: int, end: int) -> str:
        raw = self.text[self.tokens[start].start : self.tokens[end - 1].end]
        return as_name(raw, self.lexicon.particles)
