"""Reading what the desk shows and keeps, as the patient would: is that the visit they want?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_skeleton, format_time

from tests.understanding.replay.scene import Person, Visit

LOCALE = "en_US"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the clinic keeps for the patient, or has booked, as the database has it."""

    practitioner: str
    start: datetime  # Wall time
    first_name: str | None  # Of whom it is for, once that is known.


def is_that(visit: Visit, kept: Kept) -> bool:
    """Tell whether what is kept is with whom, and when, the patient wants it."""
    if visit.practitioner not in (None, kept.practitioner):
        return False
    if visit.day not in (None, kept.start.date()):
        return False
    return not visit.starts or kept.start in visit.starts


def same_name(kept: str | None, wanted: str | None) -> bool:
    return kept is None or wanted is None or kept.lower() == wanted.lower()


def offers_that(visit: Visit, label: str, text: str, people: Iterable[Person]) -> bool:
    """Tell whether a line of a list, below its text, is a visit that the patient wants."""
    person = next((who for who in people if who.name == visit.practitioner), None)
    named = any(who.last_name in label for who in people)
    if person and person.last_name not in (label if named else text):
        return False
    if visit.starts:
        return any(_is_moment(start, label, text) for start in visit.starts)
    return visit.day is None or has_day(visit.day, label) or has_day(visit.day, text)


def _is_moment(start: datetime, label: str, text: str) -> bool:
    clock = format_time(start, "short", locale=LOCALE).replace("\u202f", " ")
    if not re.search(rf"(?<!\d){clock}", label):
        return False
    days = label if re.search(r"[A-Z][a-z]{2},? ", label) else text
    return has_day(start, days)


def has_day(day: date, text: str) -> bool:
    """Whether a text has that day, in the long form of a sentence or the short one of a list."""
    forms = (format_skeleton(each, day, locale=LOCALE) for each in ("MMMd", "MMMMd"))
    return any(re.search(rf"{form}(?!\d)", text) for form in forms)
