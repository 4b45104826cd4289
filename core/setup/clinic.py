"""The clinic's own rows: organization, locations, what is offered, holidays, rules."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from core.errors import ClinicError
from core.models import (
    departments,
    holidays,
    locations,
    organizations,
    resources,
    settings,
    specialties,
    visit_types,
)
from core.rules import descriptions
from core.setup.changeable import Key
from core.setup.changes import (
    ACTOR,
    TOLD,
    ChangeKind,
    SetUp,
    Wanted,
    as_json,
    opening_hours_column,
)
from core.setup.format import ClinicFile, Holiday, Location, Organization, Specialty, VisitType
from core.setup.kept import is_the_files_again, kept, note_file
from core.setup.whatsapp import WhatsApp, stored_templates

NAME = (("name",),)
CODE = (("code",),)
AT_PLACE = (("location_id", "name"),)
_NOT_COLUMNS = {
    "opening_hours", "languages", "senders", "departments", "resources", "holidays", "rules", *TOLD,
}  # fmt: skip


class WrongKindOfClinic(ClinicError):  # noqa: N818
    """A demo holds made-up people under published keys: it never becomes a real clinic, nor the
    other way round."""


def bring_organization(run: SetUp, wanted: Organization, whatsapp: WhatsApp, *, demo: bool) -> None:
    row = run.connection.execute(select(organizations)).one_or_none()
    values = {
        "name": wanted.name,
        "country": wanted.country,
        "currency": wanted.currency,
        "default_language": wanted.languages[0],
        "languages": as_json(wanted.languages),
        "whatsapp_templates": stored_templates(whatsapp),
    }
    subject = f"organization {wanted.name}"
    if row is None:
        run.add(organizations, {**values, "id": 1, "setup_version": 0, "is_demo": demo})
        run.record(ChangeKind.ADD, subject)
        return
    if row.is_demo != demo:
        raise WrongKindOfClinic(
            "this database holds the demo clinic; set up a real clinic in a database of its own"
            if row.is_demo
            else f"this database holds a real clinic ({row.name}); the demo needs one of its own"
        )
    changed = {key: value for key, value in values.items() if getattr(row, key) != value}
    if changed:
        # Whatever else changes raises the version by itself: the database sees to that.
        newer = organizations.c.setup_version + 1
        run.connection.execute(
            update(organizations).values(**changed, setup_version=newer, updated_at=run.now)
        )
    for column, value in changed.items():
        run.record(ChangeKind.CHANGE, subject, column, getattr(row, column), value)


def bring_locations(run: SetUp, clinic_file: ClinicFile) -> dict[str, int]:
    """Return the ids of the locations by name."""
    wanted = [
        Wanted(place.name, _location(place, position, clinic_file.organization.country), NAME)
        for position, place in enumerate(clinic_file.locations)
    ]
    ids = run.bring("location", locations, wanted)
    for place, location_id in zip(clinic_file.locations, ids, strict=True):
        _bring_holidays(run, place, location_id, clinic_file.holidays)
    return dict(zip((place.name for place in clinic_file.locations), ids, strict=True))


def _location(place: Location, position: int, country: str) -> dict[str, object]:
    plain = place.model_dump(exclude=_NOT_COLUMNS)
    return {
        **plain,
        "organization_id": 1,
        "position": position,
        "country": place.country or country,
        "opening_hours": as_json(opening_hours_column(place.opening_hours)),
        "languages": as_json(place.languages) if place.languages else None,
        "senders": as_json(place.senders) if place.senders else None,
        "directions": _told(place.directions),
        "parking": _told(place.parking),
        "insurance": _told(place.insurance),
        "what_to_bring": _told(place.what_to_bring),
    }


def _told(texts: Mapping[str, str] | None) -> str | None:
    return as_json(texts) if texts else None


def _bring_holidays(run: SetUp, place: Location, location_id: int, general: list[Holiday]) -> None:
    """The location's own name for a day wins; days that staff entered stay theirs."""
    named = {day.date: day.name for day in (*general, *place.holidays)}
    of_staff = select(holidays.c.day).where(
        holidays.c.location_id == location_id, holidays.c.source == "chat"
    )
    for day in run.connection.scalars(of_staff):
        named.pop(day, None)
    owner = {"location_id": location_id, "source": "file"}
    wanted = [{"day": day, "name": name} for day, name in sorted(named.items())]
    gone, new = run.replace_rows(holidays, owner, wanted)
    for kind, rows in ((ChangeKind.REMOVE, gone), (ChangeKind.ADD, new)):
        days: dict[str, list[str]] = {}
        for row in rows:
            days.setdefault(row["name"], []).append(str(row["day"]))
        for name, dates in days.items():
            run.record(kind, f"holiday of {place.name}: {name} on {', '.join(dates)}")


def bring_departments(
    run: SetUp, clinic_file: ClinicFile, places: Mapping[str, int]
) -> dict[tuple[int, str], int]:
    """Return the ids of the departments by location and name."""
    wanted = [
        Wanted(
            f"{department.name} ({place.name})",
            {
                "location_id": places[place.name],
                "name": department.name,
                "phone": department.phone,
            },
            AT_PLACE,
        )
        for place in clinic_file.locations
        for department in place.departments
    ]
    ids = run.bring("department", departments, wanted, _with_place(places))
    keys = [(int(str(item.values["location_id"])), str(item.values["name"])) for item in wanted]
    return dict(zip(keys, ids, strict=True))


def bring_resources(run: SetUp, clinic_file: ClinicFile, places: Mapping[str, int]) -> None:
    wanted = [
        Wanted(
            f"{item.name} ({place.name})",
            {"location_id": places[place.name], "kind": item.kind, "name": item.name},
            AT_PLACE,
        )
        for place in clinic_file.locations
        for item in place.resources
    ]
    run.bring("resource", resources, wanted, _with_place(places))


def _with_place(places: Mapping[str, int]) -> Callable[[Row[Any]], str]:
    names = {location_id: name for name, location_id in places.items()}
    return lambda row: f"{row.name} ({names.get(row.location_id, 'a former location')})"


def bring_specialties(run: SetUp, clinic_file: ClinicFile) -> dict[str, int]:
    wanted = [
        Wanted(
            item.code,
            _specialty(item),
            CODE,
        )
        for item in clinic_file.specialties
    ]
    ids = run.bring("specialty", specialties, wanted)
    return dict(zip((item.code for item in clinic_file.specialties), ids, strict=True))


def _specialty(item: Specialty) -> dict[str, object]:
    return {
        "code": item.code,
        "names": as_json(item.names),
        "words": as_json(item.words),
        "is_sensitive": item.sensitive,
        "age_from": item.age_from,
        "age_until": item.age_until,
    }


def bring_visit_types(run: SetUp, clinic_file: ClinicFile) -> dict[str, int]:
    wanted = [Wanted(item.code, _visit_type(item), CODE) for item in clinic_file.visit_types]
    ids = run.bring("visit type", visit_types, wanted)
    return dict(zip((item.code for item in clinic_file.visit_types), ids, strict=True))


def _visit_type(item: VisitType) -> dict[str, object]:
    plain = item.model_dump(exclude={"names", "default", "price", "preparation", "reminders"})
    return {
        **plain,
        "names": as_json(item.names),
        "is_default": item.default,
        "price_cents": item.price,
        "preparation": _told(item.preparation),
        "reminders": None if item.reminders is None else as_json(item.reminders),
    }


def bring_rules(run: SetUp, clinic_file: ClinicFile, places: Mapping[str, int]) -> None:
    _bring_rules_of(run, clinic_file.rules, None, "")
    for place in clinic_file.locations:
        _bring_rules_of(run, place.rules, places[place.name], f" ({place.name})")


def _bring_rules_of(
    run: SetUp, wanted: Mapping[str, int | str], location_id: int | None, place: str
) -> None:
    of_place = (
        settings.c.location_id.is_(None)
        if location_id is None
        else settings.c.location_id == location_id
    )
    rows = run.connection.execute(select(settings).where(of_place))
    present = {row.key: row for row in rows if row.key in descriptions()}
    for key, value in wanted.items():
        _bring_rule(run, Rule(key, location_id, place), present.get(key), value)
    for key, row in present.items():
        if not row.is_active or key in wanted:
            continue
        if row.source == "chat" and not run.overwrite:
            kept(run, Key(key, location_id), row, row.value, None)
            note_file(run, row, None)
        else:
            _update_rule(run, row.id, {"is_active": False})
            run.say(ChangeKind.REMOVE, f"rule {key}{place}: {row.value}; its default holds")
            run.event(key, row.value, None, location_id)


class Rule(NamedTuple):
    key: str
    location_id: int | None
    place: str  # " (Downtown)", for the line.


def _bring_rule(run: SetUp, rule: Rule, row: Row[Any] | None, value: int | str) -> None:
    subject = f"rule {rule.key}{rule.place}"
    before = row.value if row is not None and row.is_active else None
    stored = as_json(value)
    if row is None:
        _insert_rule(run, rule, stored)
    elif before is not None and row.source == "chat" and not run.overwrite:
        if before != stored:
            kept(run, Key(rule.key, rule.location_id), row, before, stored)
        note_file(run, row, stored)
        return
    elif before == stored and row.source == "file":
        return
    else:
        _update_rule(run, row.id, {"value": stored, "is_active": True})
    if before == stored:
        is_the_files_again(run, Key(rule.key, rule.location_id), stored)
        return
    if before is None:
        run.say(ChangeKind.ADD, f"{subject}: {stored}")
    else:
        run.say(ChangeKind.CHANGE, f"{subject}: {before} -> {stored}")
    run.event(rule.key, before, stored, rule.location_id)


def _insert_rule(run: SetUp, rule: Rule, value: str) -> None:
    run.connection.execute(
        insert(settings).values(
            key=rule.key,
            location_id=rule.location_id,
            value=value,
            description=descriptions()[rule.key],
            source="file",
            updated_by=ACTOR,
            created_at=run.now,
            updated_at=run.now,
        )
    )


def _update_rule(run: SetUp, rule_id: int, values: Mapping[str, object]) -> None:
    run.connection.execute(
        update(settings)
        .where(settings.c.id == rule_id)
        .values(**values, source="file", file_value=None, updated_by=ACTOR, updated_at=run.now)
    )
