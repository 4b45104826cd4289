"""Whether an answer of `frontdesk understand` is right."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from core.setup import DEMO_FILE, read_clinic_file
from tests.understanding.sets import Line

_WHEN = (
    "date", "date_from", "date_to", "dates", "weekdays", "time", "time_from", "time_to",
    "part_of_day", "shift_minutes",
)  # fmt: skip
# What may be said besides, without making an answer another one.
_BESIDES = {"part_of_day", "weekdays"}


class Verdict(StrEnum):
    RIGHT = "right"
    ASKED_BACK = "asked back"
    MISSED = "missed"  # Nothing of it was understood.
    WRONG = "wrong"  # Silently: the worst.


def judge(line: Line, answer: Mapping[str, Any]) -> Verdict:
    return _JUDGES[line.kind](line, answer)


def _when(entities: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: entities[name] for name in _WHEN if name in entities}
    if "time" in found:  # "Around 3": the hour named, with what will do beside it.
        found.pop("time_from", None)
        found.pop("time_to", None)
    if "dates" in found or "date" in found:
        found.pop("weekdays", None)
    return found


def _fits(found: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    return all(found.get(name) == value for name, value in right.items()) and not (
        found.keys() - right.keys() - _BESIDES
    )


def _dates(line: Line, answer: Mapping[str, Any]) -> Verdict:
    entities = answer["entities"]
    found = _when(entities)
    if any(_fits(found, right) for right in line.right):
        return Verdict.RIGHT
    return _not_right(entities, found)


def _not_right(entities: Mapping[str, Any], found: Mapping[str, Any]) -> Verdict:
    if {"date", "time"} & set(entities.get("ambiguous", ())):
        return Verdict.ASKED_BACK
    return Verdict.WRONG if found else Verdict.MISSED


def _intents(line: Line, answer: Mapping[str, Any]) -> Verdict:
    return Verdict.RIGHT if answer["intent"] in line.right else Verdict.WRONG


def _turns(line: Line, answer: Mapping[str, Any]) -> Verdict:
    entities = answer["entities"]
    found = {name: entities[name] for name in ("date", "time") if name in entities}
    right = dict(line.right[0])
    if "practitioner" in right:
        found |= {"practitioner": entities.get("practitioner")}
    if found == right:
        return Verdict.RIGHT
    return _not_right(entities, found)


def _messages(line: Line, answer: Mapping[str, Any]) -> Verdict:
    want = line.right[0]
    if answer["intent"] not in want["intent"]:
        return Verdict.WRONG
    if not set(want.get("also", ())) <= {wish["intent"] for wish in answer["also"]}:
        return Verdict.WRONG
    wanted, entities = want.get("entities", {}), answer["entities"]
    if answer["also"]:  # What belongs to which of several wishes is not judged.
        entities = {k: v for w in answer["also"] for k, v in w["entities"].items()} | entities
    if "visit_type" in entities:
        entities = {**entities, "visit_type": _english(entities["visit_type"])}
    if all(entities.get(name) == value for name, value in wanted.items()):
        return Verdict.RIGHT
    return _not_right(entities, entities)


@cache
def _english(visit_type: str) -> str:
    """Return the name in the labels' language: an answer has it in the language of its message."""
    for kind in read_clinic_file(DEMO_FILE).visit_types:
        if visit_type in kind.names.values():
            return kind.names["en"]
    return visit_type


def _safety(line: Line, answer: Mapping[str, Any]) -> Verdict:
    danger = answer["entities"].get("kind") if answer["intent"] == "emergency" else None
    if danger == line.right[0]:
        return Verdict.RIGHT
    return Verdict.MISSED if danger is None else Verdict.WRONG


_JUDGES = {
    "dates": _dates,
    "intents": _intents,
    "turns": _turns,
    "messages": _messages,
    "safety": _safety,
}
