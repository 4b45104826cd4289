"""What somebody of staff wishes to be told of, unasked: visits that are new, have moved or were
cancelled, and the digest of the morning.

Who has said nothing hears of visits by what they see. Whoever sees only their own calendar reads of
it in the digest: those few visits are their day. Whoever sees a whole place hears of none: at the
desk they made most of them, and dozens of lines every morning are read by nobody; the numbers of
the day, and what is to be done, are in their digest all the same. Nobody is told at once unless
they have chosen it: a chat that rings all day is put on silent, and then alarms are, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select, update

from core.clock import instant
from core.database.upsert import insert_new
from core.models import staff_wishes
from core.models.staff import Hears
from core.staff.rights import Sphere


class Change(StrEnum):
    """What became of a visit."""

    NEW = "new"
    MOVED = "moved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Wishes:
    """`since`: when they last said so; None: they never did."""

    hears: Mapping[Change, Hears]
    digest: bool
    since: datetime | None = None

    @property
    def anything_at_once(self) -> bool:
        return Hears.AT_ONCE in self.hears.values()


def wishes_of(connection: Connection, staff_id: int, sphere: Sphere) -> Wishes:
    """Return what they wish; `sphere`: how far they see visits."""
    row = connection.execute(
        select(staff_wishes).where(staff_wishes.c.staff_id == staff_id)
    ).one_or_none()
    usual = Hears.DIGEST if sphere.is_own else Hears.NEVER
    if row is None:
        return Wishes(dict.fromkeys(Change, usual), digest=True)
    said = {change: row._mapping[change] for change in Change}
    hears = {change: Hears(word) if word else usual for change, word in said.items()}
    return Wishes(hears, row.digest is not False, row.updated_at)


def wish(
    connection: Connection,
    staff_id: int,
    *,
    hears: Mapping[Change, Hears],
    digest: bool | None,
    now: datetime,
) -> None:
    """Store what they have said; what they did not name (`digest` None) stays."""
    at = instant(now)
    values: dict[str, object] = {change.value: word for change, word in hears.items()}
    if digest is not None:
        values["digest"] = digest
    fresh = {"staff_id": staff_id, "created_at": at, "updated_at": at}
    if insert_new(connection, staff_wishes, fresh | values) is None:
        mine = update(staff_wishes).where(staff_wishes.c.staff_id == staff_id)
        connection.execute(mine.values(**values, updated_at=at))
