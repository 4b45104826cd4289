"""The day on paper: what a desk needs while nothing else works."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from core.models import addresses, patient_addresses
from core.models.staff import Role
from core.people.links import holds
from core.people.proofs import NUMBERS
from core.scheduling.catalogue import Catalogue
from core.scheduling.slots import subtract, workday
from core.staff.day import DayVisit, visits_of_day
from core.staff.rights import Sphere

_ALL = Sphere(Role.SUPER_ADMIN, everywhere=True)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One visit, and the numbers to call. Of a restricted record there are none."""

    visit: DayVisit
    phones: tuple[str, ...]


def day_sheet(
    connection: Connection, location_id: int, day: date, now: datetime, catalogue: Catalogue
) -> Mapping[int, Sequence[SheetLine]]:
    """Return the visits of that day there by practitioner, each one's by time; none for who works
    there that day and has none: somebody may walk in. The connection's keys must be there: numbers
    are encrypted."""
    visits = visits_of_day(connection, _ALL, day, location_ids=[location_id])
    open_ones = [visit.patient_id for visit in visits if not visit.is_restricted]
    phones = _phones(connection, open_ones, now)
    sheet: dict[int, list[SheetLine]] = defaultdict(list)
    for person in _who_works(catalogue, location_id, day):
        sheet[person] = []
    for visit in visits:
        line = SheetLine(visit, tuple(phones.get(visit.patient_id, ())))
        sheet[visit.practitioner_id].append(line)
    return dict(sorted(sheet.items()))


def _who_works(catalogue: Catalogue, location_id: int, day: date) -> Iterator[int]:
    for person, places in catalogue.workplaces.items():
        for place in places:
            hours = workday(place, day) if place.location_id == location_id else None
            if hours is not None and subtract(hours.stretches, hours.absent):
                yield person


def _phones(
    connection: Connection, patient_ids: Collection[int], now: datetime
) -> Mapping[int, Mapping[str, None]]:
    link = patient_addresses.c
    rows = connection.execute(
        select(link.patient_id, addresses.c.address)
        .join(addresses, addresses.c.id == link.address_id)
        .where(link.patient_id.in_(patient_ids), addresses.c.channel.in_(NUMBERS), holds(now))
        .order_by(link.id)
    )
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for row in rows:
        found[row.patient_id][row.address] = None
    return found
