"""The clinic's rules: one frozen value, read from the settings table, with a default for each.

A rule is a row of `settings` with the field's name as its key; a location may have its own.
docs/settings.md lists them; a test compares the two.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import Connection, select

from core.models import settings


def _rule(default: int, description: str) -> Any:
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True, slots=True)
class Rules:
    """Whole numbers, in the unit that each name ends in."""

    minimum_notice_minutes: int = _rule(60, "How soon a patient may book; included.")
    horizon_days: int = _rule(180, "How far ahead a patient may book.")
    cancellation_notice_hours: int = _rule(
        0, "Later than this, a patient must call to cancel or move."
    )
    hold_minutes: int = _rule(5, "How long a slot is kept while the patient is asked.")
    undo_minutes: int = _rule(15, "How long what was just done may be undone.")
    same_day_release_hours: int = _rule(
        24, "Same-day hours may be booked from so long before the visit."
    )
    similar_visit_days: int = _rule(
        14, "A second visit of the same kind within so many days is asked about."
    )
    late_cancellation_hours: int = _rule(
        24, "A visit cancelled later than this counts as missed; 0: none does."
    )
    remind_from_missed_visits: int = _rule(
        0, "Missed visits in 12 months from which a patient is reminded of them; 0: never."
    )
    approve_from_missed_visits: int = _rule(
        0, "From so many on, the clinic approves each booking; 0: never."
    )
    staff_only_from_missed_visits: int = _rule(0, "From so many on, only staff book; 0: never.")
    open_visits_proved: int = _rule(5, "Visits ahead that a proved patient may have.")
    open_visits_claimed: int = _rule(3, "Visits ahead for one not yet proved.")
    new_patients_per_address_a_day: int = _rule(3, "Patients one address may register in a day.")
    messages_per_sender_a_minute: int = _rule(20, "More are logged, and not answered.")
    messages_per_sender_an_hour: int = _rule(120, "Likewise, over an hour.")
    messages_per_origin_a_minute: int = _rule(600, "From one network address, all senders.")
    same_replies_in_a_row: int = _rule(4, "More identical answers mean two bots talk in a loop.")
    conversation_rest_hours: int = _rule(24, "After this silence a conversation starts fresh.")


def descriptions() -> dict[str, str]:
    """Return what each rule means, by key."""
    return {item.name: item.metadata["description"] for item in fields(Rules)}


def defaults() -> dict[str, int]:
    return {item.name: getattr(Rules(), item.name) for item in fields(Rules)}


_STORED = select(settings.c.key, settings.c.location_id, settings.c.value).where(
    settings.c.is_active, settings.c.key.in_([item.name for item in fields(Rules)])
)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The organization's rules, and those of each location that has its own."""

    general: Rules = Rules()
    local: Mapping[int, Rules] = field(default_factory=dict)

    def at(self, location_id: int | None) -> Rules:
        """Return the rules in force at a location; None: anywhere."""
        return self.general if location_id is None else self.local.get(location_id, self.general)


def load_rules(connection: Connection) -> RuleBook:
    """Return all rules in force."""
    general: dict[str, Any] = {}
    local: dict[int, dict[str, Any]] = {}
    for key, location_id, value in connection.execute(_STORED):
        own = general if location_id is None else local.setdefault(location_id, {})
        own[key] = json.loads(value)
    return RuleBook(
        replace(Rules(), **general),
        {place: replace(Rules(), **(general | own)) for place, own in local.items()},
    )
