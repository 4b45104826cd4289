"""What practitioners stand for and offer: specialties, departments, visit types, where and when."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from core.models import (
    departments,
    offered_at,
    practitioner_departments,
    practitioner_specialties,
    practitioner_visit_types,
    specialties,
    visit_types,
)
from core.scheduling.week import worded_days
from core.setup.changes import ChangeKind, SetUp, name_of
from core.setup.people import OfferedVisitType, Practitioner, WorkingHours

Where = tuple[int | None, int | None]  # Location and weekday; None: every one.


@dataclass(frozen=True)
class Ids:
    """The rows that practitioners refer to."""

    places: Mapping[str, int]
    departments: Mapping[tuple[int, str], int]
    specialties: Mapping[str, int]
    visit_types: Mapping[str, int]


def place_of(part: WorkingHours, ids: Ids) -> int:
    # Left out only where there is one location: reading refuses it elsewhere.
    return ids.places[part.location] if part.location else next(iter(ids.places.values()))


def bring_offer(run: SetUp, person: Practitioner, row_id: int, ids: Ids) -> None:
    """Rows that link two others."""
    owner = {"practitioner_id": row_id}
    trained = [{"specialty_id": ids.specialties[code]} for code in person.specialties]
    works_at = {place_of(part, ids) for part in person.schedules if part.hours}
    belongs = [
        {"department_id": department_id}
        for (place_id, name), department_id in ids.departments.items()
        if name in person.departments and place_id in works_at
    ]
    # Several entries of one visit type agree in all but where and when.
    offered = {item.code: _offered(item, ids) for item in person.visit_types or ()}
    where_before = _where(run, row_id)
    for what, links, other, wanted in (
        ("specialties", practitioner_specialties, specialties, trained),
        ("departments", practitioner_departments, departments, belongs),
        ("visit types", practitioner_visit_types, visit_types, list(offered.values())),
    ):
        gone, new = run.replace_rows(links, owner, wanted)
        for kind, rows in ((ChangeKind.REMOVE, gone), (ChangeKind.ADD, new)):
            if rows:
                listed = ", ".join(_worded_link(run, row, other) for row in rows)
                run.record(kind, f"{what} of {person.name}: {listed}")
    _bring_where(run, person, row_id, ids, where_before)


def _offered(item: OfferedVisitType, ids: Ids) -> dict[str, Any]:
    return {
        "visit_type_id": ids.visit_types[item.code],
        "minutes": item.minutes,
        "fee_cents": item.fee,
    }


def _worded_link(run: SetUp, link: Mapping[str, Any], other: Table) -> str:
    """Return "follow_up (20 minutes, fee 90.00)"; the link's first column names the other row."""
    row_id = next(iter(link.values()))
    row = run.connection.execute(select(other).where(other.c.id == row_id)).one()
    extras = []
    if link.get("minutes") is not None:
        extras.append(f"{link['minutes']} minutes")
    if link.get("fee_cents") is not None:
        extras.append(f"fee {link['fee_cents'] / 100:.2f}")
    return f"{name_of(row)} ({', '.join(extras)})" if extras else name_of(row)


def _where(run: SetUp, practitioner_id: int) -> dict[int, set[Where]]:
    """Return where and when the practitioner offers each visit type that is limited so."""
    rows = run.connection.execute(
        select(
            practitioner_visit_types.c.visit_type_id, offered_at.c.location_id, offered_at.c.weekday
        )
        .join_from(offered_at, practitioner_visit_types)
        .where(practitioner_visit_types.c.practitioner_id == practitioner_id)
    )
    found: dict[int, set[Where]] = defaultdict(set)
    for visit_type_id, location_id, weekday in rows:
        found[visit_type_id].add((location_id, weekday))
    return found


def _bring_where(
    run: SetUp,
    person: Practitioner,
    row_id: int,
    ids: Ids,
    before: Mapping[int, set[Where]],
) -> None:
    """An offer whose length or fee changed is a new row, and its places went with the old one:
    what is told is the difference to before."""
    links = practitioner_visit_types
    offers = run.connection.execute(select(links).where(links.c.practitioner_id == row_id))
    offer_ids = {offer.visit_type_id: offer.id for offer in offers}
    names = {location_id: name for name, location_id in ids.places.items()}
    for code in dict.fromkeys(item.code for item in person.visit_types or ()):
        visit_type_id = ids.visit_types[code]
        entries = [item for item in person.visit_types or () if item.code == code]
        wanted = dict.fromkeys(where for item in entries for where in _places(item, ids))
        owner = {"practitioner_visit_type_id": offer_ids[visit_type_id]}
        rows = [{"location_id": place, "weekday": day} for place, day in wanted]
        run.replace_rows(offered_at, owner, rows)
        was = before.get(visit_type_id, set())
        if was != set(wanted):
            subject = f"offer of {code} by {person.name}"
            then, now = _worded_where(was, names), _worded_where(wanted, names)
            if was:
                run.say(ChangeKind.CHANGE, f"{subject}: {then} -> {now}")
            else:
                run.say(ChangeKind.ADD, f"{subject}: {now}")
            run.event(subject, then, now)


def _places(item: OfferedVisitType, ids: Ids) -> list[Where]:
    if item.location is None and item.days is None:
        return []
    place = ids.places[item.location] if item.location else None
    return [(place, day) for day in item.days or (None,)]


def _worded_where(where: Iterable[Where], names: Mapping[int, str]) -> str:
    """Return "Downtown on mon, wed; Phoenix"; "everywhere" where nothing is limited."""
    days: dict[int | None, set[int]] = defaultdict(set)
    for place, day in sorted(where, key=lambda each: (each[0] or 0, each[1] or 0)):
        days[place].update(() if day is None else (day,))
    parts = []
    for place, on in days.items():
        name = "everywhere" if place is None else names.get(place, "a former location")
        parts.append(f"{name} on {worded_days(on)}" if on else name)
    return "; ".join(parts) or "everywhere"
