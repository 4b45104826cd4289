"""Settings as staff see and change them: whose word holds, the change, the way back, the history.

What staff set beats the clinic file. The row of `settings` then says `chat`, and keeps beside it
what the file says, so that they can return to that; hours, texts and sentences have such a row only
while staff's word holds, for what holds stands in their own tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from core.database.guards import lock_calendars
from core.errors import SettingChanged
from core.models import organizations, practitioners, setting_events, settings, staff
from core.occasions.planning import plan_anew
from core.rules import descriptions
from core.setup.changeable import (
    Key,
    column,
    effective,
    event_of,
    event_value,
    put,
    subject,
    value_of_event,
)
from core.setup.changes import ACTOR

NOTHING = "null"  # Stands in `settings` where staff's word is that nothing be said.


class Source(StrEnum):
    DEFAULT = "default"
    FILE = "file"
    STAFF = "chat"


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something."""

    staff_id: int
    role: str
    channel: str

    @property
    def actor(self) -> str:
        return f"staff {self.staff_id}"


@dataclass(frozen=True, slots=True)
class Present:
    """What holds now. `value` is JSON, None: the default, or nothing; `in_file`: likewise what the
    file says; `by`: the name of whoever set it in chat; `last_event`: 0 where none is recorded."""

    value: str | None
    source: Source
    in_file: str | None
    by: str = ""
    at: datetime | None = None
    last_event: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """One change. `by`: a name, "" for a set-up; values as in `Present`."""

    at: datetime
    by: str
    role: str
    channel: str
    value_from: str | None
    value_to: str | None


def present(connection: Connection, key: Key) -> Present:
    """Return what holds for one setting; of a place, what is said of that place alone."""
    row = _row(connection, key)
    last = connection.scalar(
        select(setting_events.c.id)
        .where(_events_of(connection, [key]))
        .order_by(setting_events.c.id.desc())
        .limit(1)
    )
    if row is not None and row.is_active and row.source == Source.STAFF:
        value = None if row.value == NOTHING else row.value
        name = name_of_actor(connection, row.updated_by)
        return Present(value, Source.STAFF, row.file_value, name, row.updated_at, last or 0)
    if key.is_rule:
        held = row.value if row is not None and row.is_active else None
    else:
        held = effective(connection, key)
    source = Source.DEFAULT if held is None else Source.FILE
    return Present(held, source, held, last_event=last or 0)


def change(
    connection: Connection,
    values: Sequence[tuple[Key, str | None]],
    by: By,
    now: datetime,
    *,
    seen: int,
) -> list[int]:
    """Let these values hold from now on, and return the ids of their events. `seen`: the last event
    of any of them when they were shown.

    Raises SettingChanged where somebody has changed one since.
    """
    keys = [key for key, _ in values]
    _lock(connection, keys, seen)
    events = [_set(connection, key, value, by, now) for key, value in values]
    _tell_planning(connection, keys, now)
    return [event for event in events if event is not None]


def as_in_file(
    connection: Connection, keys: Sequence[Key], by: By, now: datetime, *, seen: int
) -> list[int]:
    """Let the clinic file's word hold again, the default where it has none; as `change`."""
    _lock(connection, keys, seen)
    events = [_return(connection, key, by, now) for key in keys]
    _tell_planning(connection, keys, now)
    return [event for event in events if event is not None]


def take_back(
    connection: Connection, keys: Sequence[Key], event_ids: Sequence[int], by: By, now: datetime
) -> None:
    """Undo changes of these settings; raises SettingChanged where somebody changed one since."""
    _lock(connection, keys, max(event_ids))
    for key in keys:
        name, location_id = event_of(connection, key)
        undone = connection.execute(
            select(setting_events).where(
                setting_events.c.id.in_(event_ids),
                setting_events.c.key == name,
                setting_events.c.location_id.is_not_distinct_from(location_id),
            )
        ).one_or_none()
        if undone is None:
            continue
        before = value_of_event(key, undone.value_from)
        if before == present(connection, key).in_file:
            _return(connection, key, by, now)
        else:
            _set(connection, key, before, by, now)
    _tell_planning(connection, keys, now)


def history(connection: Connection, keys: Sequence[Key], most: int) -> list[tuple[Key, Past]]:
    """Return the latest changes of these settings, the newest first."""
    of = {event_of(connection, key): key for key in keys}
    rows = connection.execute(
        select(setting_events)
        .where(_events_of(connection, keys))
        .order_by(setting_events.c.id.desc())
        .limit(most)
    )
    return [
        (key, _past(connection, key, row))
        for row in rows
        for key in (of[row.key, row.location_id],)
    ]


def name_of_actor(connection: Connection, actor: str) -> str:
    """Return the name of whoever `setting_events.actor` or `settings.updated_by` tells of; "" for a
    set-up."""
    if actor == ACTOR:
        return ""
    staff_id = actor.removeprefix("staff ")
    if not staff_id.isdigit():
        return actor
    wanted = select(staff.c.first_name, staff.c.last_name).where(staff.c.id == int(staff_id))
    row = connection.execute(wanted).one_or_none()
    return actor if row is None else f"{row.first_name} {row.last_name}"


def _past(connection: Connection, key: Key, row: Row[Any]) -> Past:
    return Past(
        at=row.at,
        by=name_of_actor(connection, row.actor),
        role=row.role or "",
        channel=row.channel or "",
        value_from=value_of_event(key, row.value_from),
        value_to=value_of_event(key, row.value_to),
    )


# One change


def _set(connection: Connection, key: Key, value: str | None, by: By, now: datetime) -> int | None:
    here = present(connection, key)
    if here.source is Source.STAFF and here.value == value:
        return None
    _store(
        connection,
        key,
        now,
        value=value or NOTHING,
        source=Source.STAFF,
        updated_by=by.actor,
        file_value=here.in_file,
        is_active=True,
    )
    if not key.is_rule:
        put(connection, key, value, now)
    return _record(connection, key, here.value, value, by, now)


def _return(connection: Connection, key: Key, by: By, now: datetime) -> int | None:
    here = present(connection, key)
    if here.source is not Source.STAFF:
        return None
    _store(
        connection,
        key,
        now,
        value=here.in_file or NOTHING,
        source=Source.FILE,
        updated_by=by.actor,
        file_value=None,
        # Of a rule the row is what the file says, of all else only what staff say.
        is_active=key.is_rule and here.in_file is not None,
    )
    if not key.is_rule:
        put(connection, key, here.in_file, now)
    return _record(connection, key, here.value, here.in_file, by, now)


def _store(connection: Connection, key: Key, now: datetime, **values: Any) -> None:
    row = _row(connection, key)
    if row is not None:
        mine = update(settings).where(settings.c.id == row.id)
        connection.execute(mine.values(**values, updated_at=now))
        return
    described = descriptions().get(key.name) or f"{subject(connection, key)}: {column(key)}"
    connection.execute(
        insert(settings).values(
            key=key.name,
            location_id=key.location_id,
            description=described,
            created_at=now,
            updated_at=now,
            **values,
        )
    )


def _record(
    connection: Connection,
    key: Key,
    before: str | None,
    after: str | None,
    by: By,
    now: datetime,
) -> int:
    name, location_id = event_of(connection, key)
    row = insert(setting_events).values(
        key=name,
        location_id=location_id,
        at=now,
        actor=by.actor,
        role=by.role,
        channel=by.channel,
        value_from=event_value(key, before),
        value_to=event_value(key, after),
    )
    return int(connection.execute(row.returning(setting_events.c.id)).scalar_one())


def _lock(connection: Connection, keys: Sequence[Key], seen: int) -> None:
    """Two who change at once come one after the other; where reminders are planned anew, nobody
    books meanwhile. The order is that of a set-up: calendars, then the organization."""
    if any(key.decides_reminders for key in keys):
        lock_calendars(connection, connection.scalars(select(practitioners.c.id)).all(), None)
    connection.execute(select(organizations.c.id).with_for_update())
    if max((present(connection, key).last_event for key in keys), default=0) > seen:
        raise SettingChanged("somebody has changed it since it was shown")


def _tell_planning(connection: Connection, keys: Sequence[Key], now: datetime) -> None:
    if any(key.decides_reminders for key in keys):
        plan_anew(connection, now)


def _row(connection: Connection, key: Key) -> Row[Any] | None:
    return connection.execute(
        select(settings).where(
            settings.c.key == key.name,
            settings.c.location_id.is_not_distinct_from(key.location_id),
        )
    ).one_or_none()


def _events_of(connection: Connection, keys: Sequence[Key]) -> Any:
    named = (event_of(connection, key) for key in keys)
    return or_(
        *(
            and_(
                setting_events.c.key == name,
                setting_events.c.location_id.is_not_distinct_from(location_id),
            )
            for name, location_id in named
        )
    )
