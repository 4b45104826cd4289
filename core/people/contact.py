"""How a patient may be contacted without having asked: `patients.contact_rules`, as staff noted it
or as it follows from what was said in chat.

A JSON object: {"never": why}, {"only": a channel}, {"hours": "9-17"}, or several of them.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Self

from sqlalchemy import ColumnElement, func, or_

from core.models import patients
from core.models.people import Standing
from core.rules import Rules

_HOURS = re.compile(r"(\d{1,2})-(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContactRules:
    """`only`: the one channel; `hours`: from one full hour of the patient's day until another."""

    never: bool = False
    only: str | None = None
    hours: tuple[int, int] | None = None

    @classmethod
    def read(cls, stored: str | None) -> Self:
        """Raises ValueError for what is none."""
        rules: dict[str, Any] = json.loads(stored or "{}")
        hours = rules.get("hours")
        return cls("never" in rules, rules.get("only"), _hours(hours) if hours else None)

    def narrow(self, rules: Rules) -> Rules:
        """Return the clinic's rules with quiet hours in which this patient is left alone, too."""
        if self.hours is None:
            return rules
        begins, ends = self.hours
        quiet_from, quiet_until = rules.quiet_from_hour, rules.quiet_until_hour
        if quiet_until < quiet_from:  # Over the night, as clinics have it.
            begins, ends = max(begins, quiet_until), min(ends, quiet_from)
        if begins >= ends:
            begins, ends = self.hours  # The clinic's hours leave none of theirs: theirs count.
        return replace(rules, quiet_from_hour=ends, quiet_until_hour=begins)


def _hours(text: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(text)
    begins, ends = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 <= begins < ends <= 24:
        raise ValueError(f"expected full hours of a day such as 9-17, got {text!r}")
    return begins, ends


def is_left_in_peace() -> ColumnElement[bool]:
    """The patient is dead, or must not be contacted: nothing is said of them unasked."""
    return or_(
        patients.c.standing == Standing.DECEASED,
        patients.c.is_active.is_(False),
        patients.c.contact_rules.contains('"never"', autoescape=True),
    )


def is_by_channel(channel: ColumnElement[str]) -> ColumnElement[bool]:
    """The patient may be contacted by that channel."""
    rules = func.replace(func.coalesce(patients.c.contact_rules, ""), " ", "")
    return or_(
        ~rules.contains('"only":', autoescape=True),
        rules.contains('"only":"' + channel + '"'),
    )
