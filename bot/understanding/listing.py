"""Several people named in one message: "Anna 2/5/2014, Ben 7/8/2016 and Clara Wood".

What stands between commas or "and" is read apart, so that each keeps the birth date beside it; of
a family only one needs to be called by the last name.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.understanding.findings import Findings
from bot.understanding.refining import MOST
from bot.understanding.values import Entities, Intent, Named, Understanding

_BETWEEN = frozenset(",;\n")
_SURE = 0.9


def parts(found: Findings) -> list[str]:
    """Return the parts of the text that may name one person each; none where nothing speaks of
    several people."""
    names = [item.start for item in found.names if item.kind == "name"]
    if "together" in found.entities and names:
        start = names[0]
    elif found.asked("name", "person") and (names or found.birth.any):
        start = 0
    else:
        return []
    cut = list(_cut(found, start))
    return [] if len(cut) < 2 or _is_turned(found, start, cut) else cut


def _is_turned(found: Findings, start: int, cut: list[str]) -> bool:
    """ "Smith, John 4/5/1980": one person, by the last name first."""
    joined = any(cue.start >= start for cue in found.said("joint"))
    one_word = found.chart.tokens[start].end - found.chart.tokens[start].start == len(cut[0])
    given = found.chart.typed[start] in found.words.names
    return len(cut) == 2 and one_word and not given and not joined


def _cut(found: Findings, start: int) -> Iterator[str]:
    tokens = found.chart.tokens
    joints = {place for cue in found.said("joint") for place in range(cue.start, cue.end)}
    dates = found.chart.items("day")
    begin: int | None = None
    for place in range(start, len(tokens)):
        inside = any(item.start < place < item.end for item in dates)
        ends = place in joints or (
            place > start and not _BETWEEN.isdisjoint(tokens[place - 1].stop)
        )
        if begin is not None and ends and not inside:
            yield found.text[tokens[begin].start : tokens[place - 1].end]
            begin = None
        if begin is None and place not in joints:
            begin = place
    if begin is not None:
        yield found.text[tokens[begin].start :]


def named(read: Iterator[Entities]) -> tuple[Named, ...]:
    """Return who is named by the parts one after the other, up to the first that names nobody;
    none where that are not several."""
    people: list[Named] = []
    for said in read:
        if said.name is None or said.said() - {"name", "date_of_birth", "person"}:
            break
        people.append(Named(said.name, said.date_of_birth))
    if len(people) < 2:
        return ()
    last_names = [each.name.split(" ", 1)[1] for each in people if " " in each.name]
    if len(last_names) == 1:  # "Anna, Ben and Clara Wood".
        people = [
            each if " " in each.name else replace(each, name=f"{each.name} {last_names[0]}")
            for each in people
        ]
    return tuple(people[:MOST])


def told(whole: Understanding, people: tuple[Named, ...]) -> Understanding:
    """Return the understanding of a message that names several people: what else it says of days
    is theirs, unless it wishes for something besides."""
    said = replace(whole.entities, named=people, name=None, date_of_birth=None)
    if said.together is None:
        said = Entities(named=people, persons=said.persons)
        return replace(whole, intent=Intent.INFORM, entities=said, confidence=_SURE, also=())
    return replace(whole, entities=said)
