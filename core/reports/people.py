"""Who the visits of some days are for: by age, gender and place, counted by the database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, String, case, cast, func, select

from core.models import appointments, patients
from core.reports.period import Period
from core.reports.selection import Selection
from core.reports.visits import COUNTED, Visits, part_at

UNKNOWN = "unknown"
# The first year of each band: children, then as the health statistics of many countries have it.
BANDS = (0, 18, 35, 50, 65, 80)
GENDERS = ("female", "male", "other")


class Trait(StrEnum):
    """By what patients are put together."""

    AGE = "age"  # In bands, as old as they are on the last of the days.
    GENDER = "gender"
    PLACE = "place"  # Where the visit is: the location's id.


@dataclass(frozen=True, slots=True)
class Group:
    """`patients`: how many people; one with visits at two places counts at both."""

    patients: int
    visits: Visits


def band(first: int) -> str:
    """Return "18-34" for 18, and "80+" for the last."""
    later = [year for year in BANDS if year > first]
    return f"{first}-{later[0] - 1}" if later else f"{first}+"


def groups(
    connection: Connection, chosen: Selection, period: Period, trait: Trait, now: datetime
) -> Mapping[str, Group]:
    """Return the visits of these days by trait, in its order, whose numbers add up to those of
    the report; groups without any are left out. Keys: a band, a gender, a location's id, or
    "unknown"."""
    key = _key(trait, period).label("group_key")
    source = appointments.outerjoin(patients, patients.c.id == appointments.c.patient_id)
    theirs = chosen.days.contain(), chosen.among(), appointments.c.status.in_(COUNTED)
    counted = select(key, func.count(appointments.c.patient_id.distinct()).label("patients"))
    people = {
        row.group_key: row.patients
        for row in connection.execute(
            counted.select_from(source).where(*theirs).group_by("group_key")
        )
    }
    parts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(
        select(key, part_at(now).label("part"), func.count().label("visits"))
        .select_from(source)
        .where(*theirs)
        .group_by("group_key", "part")
    ):
        parts[row.group_key][row.part] = row.visits
    return {
        name: Group(people[name], Visits(**parts[name])) for name in _in_order(trait, list(people))
    }


def _key(trait: Trait, period: Period) -> ColumnElement[str]:
    match trait:
        case Trait.PLACE:
            return cast(appointments.c.location_id, String)
        case Trait.GENDER:
            known = patients.c.gender
            named = [(known == gender, gender) for gender in GENDERS]
            return case((known.is_(None), UNKNOWN), *named, else_="other")
    born = patients.c.date_of_birth
    aged = [(born <= _years_before(period.last, year), band(year)) for year in reversed(BANDS[1:])]
    return case((born.is_(None), UNKNOWN), *aged, else_=band(BANDS[0]))


def _years_before(day: date, years: int) -> date:
    """Return when whoever is so old on that day was born at the latest; of who was born on the
    29th of February the birthday is the 1st of March in other years."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # It is the 29th of February, and that year had none.
        return day.replace(year=day.year - years, day=28)


def _in_order(trait: Trait, found: Sequence[str]) -> list[str]:
    if trait is Trait.PLACE:
        return sorted(found, key=int)
    names = GENDERS if trait is Trait.GENDER else tuple(band(year) for year in BANDS)
    return [name for name in (*names, UNKNOWN) if name in found]
