"""What staff changed in chat stays when the clinic file says otherwise: it is shown, with who and
when; `--overwrite` takes the file's word."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select, update

from core.models import locations, settings
from core.rules import defaults
from core.setup.by_staff import NOTHING, name_of_actor
from core.setup.changeable import OPENING_HOURS, PHRASE, Key, column, subject
from core.setup.changes import (
    ACTOR,
    ChangeKind,
    SetUp,
    as_json,
    opening_hours_column,
    week_of,
    worded,
)
from core.setup.format import ClinicFile, Location, VisitType
from core.setup.section import Section


def with_staffs_word(run: SetUp, clinic_file: ClinicFile) -> ClinicFile:
    """Return the file as it reads with what staff set in chat: opening hours, texts, reminders and
    sentences. Rules, which have rows of their own, are kept as they are brought."""
    for key, row in _set_by_staff(run):
        said = _said(run, clinic_file, key)
        if said is None:
            continue  # The place or visit type has left the file.
        in_file = said[0]
        staffs = None if row.value == NOTHING else row.value
        if run.overwrite:
            if staffs == in_file:
                is_the_files_again(run, key, in_file)
            _forget(run, row)
            continue
        if staffs != in_file:
            kept(run, key, row, staffs, in_file)
        note_file(run, row, in_file)
        clinic_file = _replaced(run, clinic_file, key, staffs)
    return clinic_file


def kept(run: SetUp, key: Key, row: Row[Any], staffs: str | None, in_file: str | None) -> None:
    """Say that staff's word stays, whose it is, and what the file would have."""
    who = name_of_actor(run.connection, row.updated_by)
    run.say(
        ChangeKind.KEEP,
        f"{_named(run, key)} {_worded(key, staffs)}, changed by {who} on "
        f"{row.updated_at:%Y-%m-%d} in chat; the file says {_worded(key, in_file)}",
    )


def is_the_files_again(run: SetUp, key: Key, in_file: str | None) -> None:
    """Say that what staff set is taken from the file from now on, which says the same."""
    run.say(ChangeKind.CHANGE, f"{_named(run, key)} {_worded(key, in_file)}, the file's again")


def _named(run: SetUp, key: Key) -> str:
    label = f" {column(key).replace('_', ' ')}" if column(key) else ""
    return f"{subject(run.connection, key)}:{label}"


def note_file(run: SetUp, row: Row[Any], in_file: str | None) -> None:
    """Remember what the file says, for whoever returns to it; it alters nothing that holds."""
    if row.file_value != in_file:
        mine = update(settings).where(settings.c.id == row.id)
        run.connection.execute(mine.values(file_value=in_file))


def _worded(key: Key, value: str | None) -> str:
    if key.root == PHRASE and value is not None:
        return worded("text", json.loads(value))
    return value or "nothing" if key.is_rule else worded(column(key), value)


def _set_by_staff(run: SetUp) -> Iterator[tuple[Key, Row[Any]]]:
    rows = run.connection.execute(
        select(settings)
        .where(settings.c.source == "chat", settings.c.is_active)
        .order_by(settings.c.id)
    ).all()
    for row in rows:
        if row.key not in defaults():
            yield Key(row.key, row.location_id), row


def _forget(run: SetUp, row: Row[Any]) -> None:
    mine = update(settings).where(settings.c.id == row.id)
    gone = {"is_active": False, "source": "file", "updated_by": ACTOR, "file_value": None}
    run.connection.execute(mine.values(**gone, updated_at=run.now))


# What the file says of it, and the file with something else there


def _said(run: SetUp, clinic_file: ClinicFile, key: Key) -> tuple[str | None] | None:
    """Return what the file says, in a tuple; None where it does not know what that is about."""
    if key.root == PHRASE:
        language, name = key.about.split(".")
        text = clinic_file.phrases.get(language, {}).get(name)
        return (None if text is None else as_json(text),)
    item = _about(run, clinic_file, key)
    if item is None:
        return None
    value = getattr(item, key.root)
    if key.root == OPENING_HOURS:
        return (as_json(opening_hours_column(value)),)
    return (None if value is None else as_json(value),)


def _replaced(run: SetUp, clinic_file: ClinicFile, key: Key, value: str | None) -> ClinicFile:
    if key.root == PHRASE:
        language, name = key.about.split(".")
        texts = dict(clinic_file.phrases.get(language, {}))
        texts.pop(name, None)
        if value is not None:
            texts[name] = json.loads(value)
        return clinic_file.model_copy(update={"phrases": {**clinic_file.phrases, language: texts}})
    change = {key.root: _as_in_file(key, value)}
    mine = _about(run, clinic_file, key)
    section = "visit_types" if key.location_id is None else "locations"
    items: list[Section] = getattr(clinic_file, section)
    return clinic_file.model_copy(
        update={
            section: [each.model_copy(update=change) if each is mine else each for each in items]
        }
    )


def _as_in_file(key: Key, value: str | None) -> Any:
    if value is None:
        return None
    return week_of(value) if key.root == OPENING_HOURS else json.loads(value)


def _about(run: SetUp, clinic_file: ClinicFile, key: Key) -> Location | VisitType | None:
    """Return the place or visit type in the file; None where it has left."""
    if key.location_id is None:
        return next((each for each in clinic_file.visit_types if each.code == key.about), None)
    wanted = select(locations.c.name).where(locations.c.id == key.location_id)
    name = run.connection.scalar(wanted)
    return next((place for place in clinic_file.locations if place.name == name), None)
