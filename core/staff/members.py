"""Who somebody of staff is: name, roles, and whose calendar is theirs."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.models import departments, practitioner_departments, staff, staff_roles
from core.models.staff import Role
from core.staff.rights import Deed, Grant, Sphere, sphere_of


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of staff, and what they have been given."""

    id: int
    username: str
    first_name: str
    last_name: str
    language: str | None
    practitioner_id: int | None
    has_pin: bool
    grants: tuple[Grant, ...]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


_MEMBERS = select(
    staff.c.id,
    staff.c.username,
    staff.c.first_name,
    staff.c.last_name,
    staff.c.language,
    staff.c.practitioner_id,
    staff.c.pin_hash.is_not(None).label("has_pin"),
).where(staff.c.is_active)
_GRANTS = select(staff_roles.c.role, staff_roles.c.location_id, staff_roles.c.department_id)


def member(connection: Connection, staff_id: int) -> Member | None:
    """Return who that is, None if they have left."""
    row = connection.execute(_MEMBERS.where(staff.c.id == staff_id)).one_or_none()
    return None if row is None else _read(connection, row)


def members(connection: Connection) -> list[Member]:
    """Return all who work here, by name."""
    rows = connection.execute(_MEMBERS.order_by(staff.c.username)).all()
    return [_read(connection, row) for row in rows]


def _read(connection: Connection, row: Row[Any]) -> Member:
    return Member(**row._mapping, grants=grants_of(connection, row.id))


def sphere_for(
    connection: Connection, who: Member, deed: Deed, *, practitioners_see_all: bool
) -> Sphere | None:
    """Return how far they may do that, None: not at all."""
    sphere = sphere_of(
        deed, who.grants, who.practitioner_id, practitioners_see_all=practitioners_see_all
    )
    if sphere is None or not sphere.departments:
        return sphere
    posts = connection.execute(
        select(practitioner_departments.c.practitioner_id, departments.c.location_id)
        .select_from(practitioner_departments.join(departments))
        .where(departments.c.id.in_(sphere.departments))
    )
    return replace(sphere, posts=frozenset((person, place) for person, place in posts))


def grants_of(connection: Connection, staff_id: int) -> tuple[Grant, ...]:
    rows = connection.execute(
        _GRANTS.where(staff_roles.c.staff_id == staff_id).order_by(staff_roles.c.id)
    )
    return tuple(Grant(Role(role), place, department) for role, place, department in rows)


def give_roles(
    connection: Connection, staff_id: int, grants: Collection[Grant], now: datetime
) -> bool:
    """Give somebody exactly these roles; tell whether that changes anything."""
    wanted = tuple(dict.fromkeys(grants))
    if set(wanted) == set(grants_of(connection, staff_id)):
        return False
    connection.execute(delete(staff_roles).where(staff_roles.c.staff_id == staff_id))
    for grant in wanted:
        values = {
            "staff_id": staff_id,
            "role": grant.role,
            "location_id": grant.location_id,
            "department_id": grant.department_id,
            "created_at": now,
            "updated_at": now,
        }
        connection.execute(insert(staff_roles), values)
    return True


def dismiss(connection: Connection, staff_id: int, now: datetime) -> None:
    """They have left: nothing is open to them any more, and history stays."""
    left = {"is_active": False, "alarm_position": None, "updated_at": now}
    connection.execute(update(staff).where(staff.c.id == staff_id).values(left))
