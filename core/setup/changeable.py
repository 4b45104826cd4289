"""What staff may change in chat: one table. All else stays in the clinic file.

Each setting is stored in one of a few homes: a rule in `settings`, hours and texts in the columns
of places and visit types, sentences in `phrases`. Its value is JSON here, whatever its home. It is
checked by the readers of the clinic file, so that chat and file never differ in what they take.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, insert, select, update

from core.errors import UnfitSetting
from core.models import locations, organizations, phrases, visit_types
from core.rules import defaults
from core.setup.changes import as_json, opening_hours_column
from core.setup.problems import in_words
from core.setup.values import Known, Reminders, Rules, Told, WeekHours


class Group(StrEnum):
    HOURS = "hours"
    TEXTS = "texts"
    SENTENCES = "sentences"
    REMINDERS = "reminders"
    QUIET = "quiet"
    BOOKING = "booking"
    MISSED = "missed"
    WAITLIST = "waitlist"


class Scope(StrEnum):
    CLINIC = "clinic"
    PLACE = "place"  # Each place has its own.
    EITHER = "either"  # The clinic's, and a place may have its own.


class Changeable(NamedTuple):
    group: Group
    scope: Scope


_OF_CLINIC, _OF_PLACE, _EITHER = Scope.CLINIC, Scope.PLACE, Scope.EITHER
RULES: Mapping[str, Changeable] = {
    "quiet_from_hour": Changeable(Group.QUIET, _OF_CLINIC),
    "quiet_until_hour": Changeable(Group.QUIET, _OF_CLINIC),
    "unprompted_a_day": Changeable(Group.REMINDERS, _OF_CLINIC),
    "unprompted_a_week": Changeable(Group.REMINDERS, _OF_CLINIC),
    "reminder_latest_hours": Changeable(Group.REMINDERS, _OF_CLINIC),
    "call_list_hour": Changeable(Group.REMINDERS, _OF_CLINIC),
    "missed_visit_cost": Changeable(Group.REMINDERS, _OF_CLINIC),
    "minimum_notice_minutes": Changeable(Group.BOOKING, _EITHER),
    "horizon_days": Changeable(Group.BOOKING, _EITHER),
    "cancellation_notice_hours": Changeable(Group.BOOKING, _EITHER),
    "same_day_release_hours": Changeable(Group.BOOKING, _EITHER),
    "open_visits_proved": Changeable(Group.BOOKING, _EITHER),
    "open_visits_claimed": Changeable(Group.BOOKING, _EITHER),
    "late_cancellation_hours": Changeable(Group.MISSED, _EITHER),
    "remind_from_missed_visits": Changeable(Group.MISSED, _EITHER),
    "approve_from_missed_visits": Changeable(Group.MISSED, _EITHER),
    "staff_only_from_missed_visits": Changeable(Group.MISSED, _EITHER),
    "waitlist_entries": Changeable(Group.WAITLIST, _OF_CLINIC),
    "waitlist_wave_size": Changeable(Group.WAITLIST, _OF_CLINIC),
    "waitlist_wave_minutes": Changeable(Group.WAITLIST, _OF_CLINIC),
    "waitlist_offers_a_week": Changeable(Group.WAITLIST, _OF_CLINIC),
}
PLACE_TEXTS = ("directions", "parking", "insurance", "what_to_bring")
OPENING_HOURS, REMINDERS, PREPARATION, PHRASE = (
    "opening_hours",
    "reminders",
    "preparation",
    "phrase",
)
CHANGEABLE: Mapping[str, Changeable] = {
    OPENING_HOURS: Changeable(Group.HOURS, _OF_PLACE),
    **{name: Changeable(Group.TEXTS, _OF_PLACE) for name in PLACE_TEXTS},
    PREPARATION: Changeable(Group.TEXTS, _OF_CLINIC),  # Of a visit type
    PHRASE: Changeable(Group.SENTENCES, _OF_CLINIC),  # In a language
    REMINDERS: Changeable(Group.REMINDERS, _OF_CLINIC),  # Of a visit type
    **RULES,
}


class Key(NamedTuple):
    """One setting. `name`: of a rule or column; of a visit type's "reminders.consultation", of a
    sentence "phrase.en.welcome"."""

    name: str
    location_id: int | None = None

    @property
    def root(self) -> str:
        return self.name.partition(".")[0]

    @property
    def about(self) -> str:
        """What follows the root: the code of a visit type, the language and name of a sentence."""
        return self.name.partition(".")[2]

    @property
    def is_rule(self) -> bool:
        return self.root in defaults()

    @property
    def decides_reminders(self) -> bool:
        return self.root in (REMINDERS, "quiet_from_hour", "quiet_until_hour")


def phrase_key(language: str, sentence: str) -> Key:
    return Key(f"{PHRASE}.{language}.{sentence}")


# The readers of the clinic file

_READERS: Mapping[str, Any] = {
    OPENING_HOURS: TypeAdapter(WeekHours),
    REMINDERS: TypeAdapter(Reminders),
    **dict.fromkeys((*PLACE_TEXTS, PREPARATION), TypeAdapter(Told)),
}
_RULES: Any = TypeAdapter(Rules)


def stored(connection: Connection, key: Key, written: object) -> str:
    """Return the value as it is stored, from how it would stand in the clinic file.

    Raises UnfitSetting for what `frontdesk setup` would refuse there. Whether a sentence fits, only
    the bot knows (`bot.phrases.own`).
    """
    if key.root == PHRASE:
        return as_json(written)
    own = connection.execute(
        select(organizations.c.country, organizations.c.default_language)
    ).one()
    known = Known(own.country, own.default_language)
    try:
        if key.is_rule:
            return as_json(_RULES.validate_python({key.name: written})[key.name])
        value = _READERS[key.root].validate_python(written, context=known)
    except ValidationError as error:
        raise UnfitSetting("; ".join(what for _, what in in_words(error))) from None
    return as_json(opening_hours_column(value)) if key.root == OPENING_HOURS else as_json(value)


# Where each is kept


def effective(connection: Connection, key: Key) -> str | None:
    """Return what holds for a setting that is no rule; None: nothing is said, or a default."""
    if key.root == PHRASE:
        text = connection.scalar(select(phrases.c.text).where(*_sentence(key), phrases.c.is_active))
        return None if text is None else as_json(text)
    table, condition = _row(key)
    found: str | None = connection.scalar(select(table.c[key.root]).where(condition))
    return found


def put(connection: Connection, key: Key, value: str | None, now: Any) -> None:
    """Let it hold, whoever says so."""
    if key.root != PHRASE:
        table, condition = _row(key)
        changed = {key.root: value, "updated_at": now}
        connection.execute(update(table).where(condition).values(**changed))
        return
    known = connection.scalar(select(phrases.c.id).where(*_sentence(key)))
    values: dict[str, Any] = {"is_active": value is not None, "updated_at": now}
    if value is not None:
        values["text"] = json.loads(value)
    if known is not None:
        connection.execute(update(phrases).where(phrases.c.id == known).values(**values))
    elif value is not None:
        language, name = key.about.split(".")
        whole = {"language": language, "key": name, "created_at": now, **values}
        connection.execute(insert(phrases).values(**whole))


def _row(key: Key) -> tuple[Any, Any]:
    if key.location_id is not None:
        return locations, locations.c.id == key.location_id
    return visit_types, visit_types.c.code == key.about


def _sentence(key: Key) -> tuple[Any, Any]:
    language, name = key.about.split(".")
    return phrases.c.language == language, phrases.c.key == name


# How a set-up names it


def subject(connection: Connection, key: Key) -> str:
    """Return "location Downtown", "visit type scan", "phrase welcome (en)", "rule horizon_days"."""
    if key.root == PHRASE:
        language, name = key.about.split(".")
        return f"phrase {name} ({language})"
    if key.is_rule:
        place = f" ({_place(connection, key)})" if key.location_id is not None else ""
        return f"rule {key.name}{place}"
    if key.location_id is not None:
        return f"location {_place(connection, key)}"
    return f"visit type {key.about}"


def column(key: Key) -> str:
    """Return the column that a set-up names beside the subject; "" for a rule."""
    return "" if key.is_rule else "text" if key.root == PHRASE else key.root


def event_of(connection: Connection, key: Key) -> tuple[str, int | None]:
    """Return key and location of its rows in `setting_events`, as a set-up writes them."""
    if key.is_rule:
        return key.name, key.location_id
    return f"{subject(connection, key)}: {column(key)}", None


def event_value(key: Key, value: str | None) -> str | None:
    """Return the value as a set-up writes it there."""
    if key.root == PHRASE and value is not None:
        text: str = json.loads(value)
        return text
    return value


def value_of_event(key: Key, value: str | None) -> str | None:
    """Return the value that an event tells of."""
    return as_json(value) if key.root == PHRASE and value is not None else value


def _place(connection: Connection, key: Key) -> str:
    wanted = select(locations.c.name).where(locations.c.id == key.location_id)
    return str(connection.scalars(wanted).one())
