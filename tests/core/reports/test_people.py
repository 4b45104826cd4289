"""Who the visits are for: by age, gender and place, as a recount of what happened has it."""

from collections import Counter, defaultdict
from dataclasses import astuple
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import Connection, select, update

from core.models import appointments, patients
from core.reports.people import BANDS, Group, Trait, band, groups
from core.reports.period import Period
from core.reports.selection import select_days
from core.staff.rights import Sphere
from tests.builders import NOW, Clinic, a_patient
from tests.core.reports.random_life import Life, a_life
from tests.core.reports.recount import NOT_COUNTED, OUTCOMES, stories_of
from tests.core.reports.words import ALL, ROLE, WEEK, a_visit, counted
from tests.core.scheduling.words import MONDAY

GENDERS = ("female", "male", "other", None)
Counted = dict[str, tuple[int, tuple[int, ...]]]  # People and outcomes of each group


def described(life: Life, dice: Random) -> None:
    """Each patient is of some age and gender, or nobody knows."""
    for patient_id in life.patients:
        born = date(2026, 11, 23) - timedelta(days=dice.randrange(0, 95 * 365))
        life.connection.execute(
            update(patients)
            .where(patients.c.id == patient_id)
            .values(
                date_of_birth=dice.choice([born, born, born, None]), gender=dice.choice(GENDERS)
            )
        )


def age_on(day: date, born: date) -> int:
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (not had_birthday)


def group_of(person: object, place: int, period: Period, trait: Trait) -> str:
    if trait is Trait.PLACE:
        return str(place)
    if trait is Trait.GENDER:
        return getattr(person, "gender") or "unknown"  # noqa: B009
    born = getattr(person, "date_of_birth")  # noqa: B009
    if born is None:
        return "unknown"
    return next(band(first) for first in reversed(BANDS) if age_on(period.last, born) >= first)


def recount(life: Life, period: Period, trait: Trait, sphere: Sphere) -> Counted:
    people = {row.id: row for row in life.connection.execute(select(patients))}
    visits = life.connection.execute(select(appointments.c.id, appointments.c.patient_id))
    whose = {row.id: row.patient_id for row in visits}
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    who: dict[str, set[int]] = defaultdict(set)
    for story in stories_of(life.connection):
        there = period.first <= story.on_the_wall(story.starts_at) <= period.last
        if story.state["status"] in NOT_COUNTED or not there or not sphere.covers(*story.whose):
            continue
        patient_id = whose[story.events[0].appointment_id]
        key = group_of(people[patient_id], story.whose[1], period, trait)
        outcomes[key][story.outcome(life.now)] += 1
        who[key].add(patient_id)
    return {
        key: (len(who[key]), tuple(each[name] for name in OUTCOMES))
        for key, each in outcomes.items()
    }


def plain(found: dict[str, Group]) -> Counted:
    return {key: (group.patients, astuple(group.visits)) for key, group in found.items()}


@pytest.mark.parametrize("seed", [1, 2])
def test_they_are_what_a_recount_of_the_events_tells(
    clinic: Clinic, connection: Connection, seed: int
) -> None:
    life = a_life(connection, clinic, seed)
    described(life, Random(seed))
    life.go_on(200)
    here = Sphere(ROLE, locations=frozenset({clinic.location_id}))
    today = life.now.date()
    seen: set[str] = set()
    for sphere in (ALL, here):
        for period in (Period.month(today), Period.week(today), Period.day(today), WEEK):
            chosen = select_days(connection, sphere, period)
            whole = counted(connection, sphere, period, life.now).visits
            for trait in Trait:
                found = dict(groups(connection, chosen, period, trait, life.now))
                assert plain(found) == recount(life, period, trait, sphere), (period, trait)
                assert sum(group.visits.total for group in found.values()) == whole.total
                seen |= set(found)
    # Each group could have been wrong.
    assert {"0-17", "18-34", "80+", "female", "male", "other", "unknown"} <= seen


@pytest.mark.parametrize(
    ("born", "group"),
    [
        (date(2008, 11, 29), "18-34"),  # 18 on the last of the days,
        (date(2008, 11, 30), "0-17"),  # and a day later.
        (date(1946, 11, 29), "80+"),
        (date(1946, 11, 30), "65-79"),
        (date(2026, 11, 1), "0-17"),
    ],
)
def test_a_birthday_decides(clinic: Clinic, connection: Connection, born: date, group: str) -> None:
    a_visit(connection, clinic, patient_id=a_patient(connection, "Ana", date_of_birth=born))
    chosen = select_days(connection, ALL, WEEK)
    assert list(groups(connection, chosen, WEEK, Trait.AGE, NOW)) == [group]


def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march(
    clinic: Clinic, connection: Connection
) -> None:
    leapling = a_patient(connection, "Ana", date_of_birth=date(2008, 2, 29))
    a_visit(connection, clinic, patient_id=leapling)

    def on(last: date) -> list[str]:
        chosen = select_days(connection, ALL, WEEK)
        return list(groups(connection, chosen, Period(MONDAY, last), Trait.AGE, NOW))

    assert on(date(2043, 2, 28)) == ["18-34"]
    assert on(date(2043, 3, 1)) == ["35-49"]


def test_groups_are_told_in_their_order(clinic: Clinic, connection: Connection) -> None:
    for hour, year in enumerate((1930, 2020, 1980), start=9):
        person = a_patient(connection, "Ana", date_of_birth=date(year, 1, 1))
        a_visit(connection, clinic, f"{hour:02}:00", patient_id=person)
    chosen = select_days(connection, ALL, WEEK)
    assert list(groups(connection, chosen, WEEK, Trait.AGE, NOW)) == ["0-17", "35-49", "80+"]


def test_who_comes_twice_is_one_person(clinic: Clinic, connection: Connection) -> None:
    ana = a_patient(connection, "Ana")
    for text in ("10:00", "11:00"):
        a_visit(connection, clinic, text, patient_id=ana)
    chosen = select_days(connection, ALL, WEEK)
    [group] = groups(connection, chosen, WEEK, Trait.PLACE, NOW).values()
    assert (group.patients, group.visits.total) == (1, 2)
