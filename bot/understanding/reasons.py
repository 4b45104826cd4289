"""Why a message was understood as it was: which of its words led to what."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from itertools import groupby
from typing import Any

from bot.understanding.chart import Item, longest
from bot.understanding.findings import Findings
from bot.understanding.text import folded

Reason = dict[str, str]


def reasons(found: Findings) -> list[Reason]:
    """Return what was found, in the order of the text: {"words", "kind", "means"}.

    `words` as they were typed; `kind` is "spelling" (a slip or shorthand, and the words it was read
    as), "intent" (with how sure the phrase is), "cue" (words that announce or change something), or
    the kind of thing named: "day", "clock", "specialty", "practitioner", "name", "danger", ...
    """
    items = sorted(_items(found), key=lambda item: (item.start, -item.end, item.kind))
    read = [
        (
            found.chart.tokens[item.start].start,
            {"words": _words(found, item), "kind": item.kind, "means": _means(item.value)},
        )
        for item in items
    ]
    return [reason for _, reason in sorted([*_spellings(found), *read], key=lambda pair: pair[0])]


def _items(found: Findings) -> Iterator[Item]:
    yield from found.dangers
    yield from found.phrases
    yield from found.days
    yield from found.specialties
    yield from found.relations
    yield from found.chart.items("location", "visit")
    yield from (Item("past", item.start, item.end, "told as past") for item in found.past)
    yield from (Item("cue", cue.start, cue.end, cue.kind) for cue in longest(found.cues))
    yield from found.names


def _spellings(found: Findings) -> Iterator[tuple[int, Reason]]:
    """Yield each place in the text that was read as other words than those typed."""
    for (start, typed), tokens in groupby(
        found.chart.tokens, key=lambda token: (token.start, token.typed)
    ):
        written = " ".join(token.word for token in tokens)
        if written != folded(typed):
            yield start, {"words": typed, "kind": "spelling", "means": written}


def _words(found: Findings, item: Item) -> str:
    tokens = found.chart.tokens[item.start : item.end]
    return found.text[tokens[0].start : tokens[-1].end]


def _means(value: Any) -> str:
    match value:
        case None | True:
            return ""
        case Enum():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case tuple() | frozenset():
            return ", ".join(filter(None, map(_means, value)))
    if is_dataclass(value):
        said = ((item.name, getattr(value, item.name)) for item in fields(value))
        return ", ".join(
            f"{name} {_means(part)}".strip() for name, part in said if part not in (None, False, ())
        )
    return str(value)
