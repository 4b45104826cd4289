"""The sets of messages that understanding is measured on.

`given/` was written by others, for other systems (its README names them and their licences); `own/`
was written for this project, by people who had not seen the lexicons. A set of the same shape in
another folder can be scored as well.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GIVEN, OWN = HERE / "given", HERE / "own"
KINDS = ("dates", "intents", "turns", "messages", "safety")
# What the given sets call the intents of ours.
_LABELS = {
    "list_my_appointments": "list",
    "ask_availability": "availability",
    "confirm_yes": "yes",
    "deny_no": "no",
}
_SUNDAY = "2026-11-22T10:00:00-08:00"
_TURNS_SAID = "2019-03-01T09:00:00-08:00"  # In all those dialogues, by their README.


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a set: what `frontdesk understand` is given, and what must come out."""

    kind: str  # One of KINDS.
    language: str
    sort: str  # What the table counts together: a kind of date, an intent, a kind of danger.
    record: dict[str, Any]
    right: tuple[Any, ...]  # Any of these is right.
    source: str = ""


def lines(folder: Path, kind: str) -> Iterator[Line]:
    """Yield the lines of one kind from every file of a folder that begins with its name."""
    for path in sorted(folder.glob(f"{kind}.*")):
        for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            source = json.loads(row)
            language = source.get("lang") or _language_of(path)
            yield _READERS[kind](source, language, f"{path.name}:{number}")


def _language_of(path: Path) -> str:
    return path.name.split(".")[1] if path.name.count(".") > 1 else "en"


def _dates(source: dict[str, Any], language: str, place: str) -> Line:
    record = {
        "text": source["text"],
        "lang": language,
        "locale": source["locale"],
        "now": source["reference"] + "+00:00",
    }
    right = (source["expected"], *source.get("accept", ()))
    return Line("dates", language, source["kind"], record, right, place)


def _intents(source: dict[str, Any], language: str, place: str) -> Line:
    labels = tuple(_LABELS.get(label, label) for label in source["labels"])
    record = {"text": source["text"], "lang": language, "now": _TURNS_SAID}
    if {"yes", "no"} & set(labels) and source.get("context"):
        record["asked"] = "yes_no"
    return Line("intents", language, labels[0], record, labels, place)


def _turns(source: dict[str, Any], language: str, place: str) -> Line:
    del language
    slots = source["slots_given"]
    said = {name: slots[name]["value"] for name in ("date", "time") if name in slots}
    record = {"text": source["text"], "lang": "en", "locale": "en-US", "now": _TURNS_SAID}
    provider = slots.get("provider")
    if provider and source["domain"] in ("doctor", "dentist", "therapist"):
        said["practitioner"] = provider["value"]
        record["clinic"] = {"practitioners": [provider["value"], *_STRANGERS]}
    return Line("turns", "en", "+".join(said) or "nothing", record, (said,), place)


# Who else works at the clinic of a turn that names its practitioner.
_STRANGERS = ["Anita Patel", "Samuel Okafor", "Elena Garcia", "Michael Chen", "David Kim"]


def _messages(source: dict[str, Any], language: str, place: str) -> Line:
    said = ("text", "asked", "offer")
    record: dict[str, Any] = {key: source[key] for key in said if key in source}
    record |= {
        "lang": language,
        "locale": _LOCALES.get(language),
        "now": _SUNDAY,
        "clinic": _CLINIC,
    }
    want = source["want"]
    return Line("messages", language, want["intent"][0], record, (want,), place)


# The clinic that the own messages speak of, and where their dates are written.
_CLINIC = {
    "practitioners": [
        "Dr Anita Patel", "Dr Samuel Okafor", "Dr Sarah Johnson", "Dr Elena García",
        "Dr Michael Chen", "Dr Lucía Fernández", "Dr David Kim",
    ],
    "specialties": [
        "general practice", "cardiology", "dermatology", "dentistry", "paediatrics", "orthopaedics",
    ],
    "locations": ["Downtown", "Phoenix"],
}  # fmt: skip
_LOCALES = {"en": "en-US", "es": "es-ES", "fr": "fr-FR", "pt": "pt-BR"}


def _safety(source: dict[str, Any], language: str, place: str) -> Line:
    record = {"text": source["text"], "lang": language, "now": _SUNDAY}
    danger = source["kind"]
    return Line("safety", language, danger or "ordinary", record, (danger,), place)


_READERS = {
    "dates": _dates,
    "intents": _intents,
    "turns": _turns,
    "messages": _messages,
    "safety": _safety,
}
