"""Resources, same-day hours, and what is offered here and not there, from the file to the rows."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import update

from core import models
from core.database.connect import Database
from core.scheduling.loading import load_catalogue
from core.scheduling.week import END_OF_DAY
from core.setup import ClinicFileError, read_clinic_file, set_up
from core.setup.changes import week_of
from tests import builders
from tests.core.setup.small_clinic import again, changed, rows
from tests.core.setup.two_places import BAD_PLACES, PLACES_DIFFERENCES, TWO_PLACES


@pytest.fixture
def two_places(database: Database, now: datetime) -> Database:
    set_up(database, TWO_PLACES, "clinic.toml", now)
    return database


@pytest.mark.parametrize(("old", "new", "problem"), BAD_PLACES)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, problem: str) -> None:
    with pytest.raises(ClinicFileError) as caught:
        read_clinic_file(changed(old, new, TWO_PLACES))
    assert caught.value.problems == [f"clinic.toml:{problem}"]


def test_an_offer_at_a_place_where_the_practitioner_never_works_is_refused() -> None:
    text = TWO_PLACES[: TWO_PLACES.index("[[practitioners.further_hours]]")]
    with pytest.raises(ClinicFileError) as caught:
        read_clinic_file(text)
    assert caught.value.problems == [
        "clinic.toml:59: practitioners[0].visit_types[2].location: expected a location where "
        'they work (Hillside), got "Valley"'
    ]


def test_a_clinic_has_the_resources_and_hours_that_its_file_says(two_places: Database) -> None:
    hillside, valley = rows(two_places, models.locations)
    assert [
        (row.location_id, row.kind, row.name) for row in rows(two_places, models.resources)
    ] == [
        (hillside.id, "ultrasound", "Ultrasound 1"),
        (hillside.id, "ultrasound", "Ultrasound 2"),
        (valley.id, "ultrasound", "Portable scanner"),
    ]
    (rees,) = rows(two_places, models.practitioners)
    assert rees.visits_a_day == 12
    assert [
        (row.location_id, row.weekday, row.starts, row.ends)
        for row in rows(two_places, models.same_day_hours)
    ] == [
        *((hillside.id, day, time(9), time(10)) for day in range(4)),
        (valley.id, 5, time(23), END_OF_DAY),
    ]
    scan = rows(two_places, models.practitioner_visit_types)[1]
    assert [
        (row.practitioner_visit_type_id, row.location_id, row.weekday)
        for row in rows(two_places, models.offered_at)
    ] == [(scan.id, hillside.id, 0), (scan.id, hillside.id, 2), (scan.id, valley.id, None)]


def test_what_stands_in_the_file_is_what_is_offered(two_places: Database, now: datetime) -> None:
    hillside, valley = (row.id for row in rows(two_places, models.locations))
    with two_places.reading() as connection:
        catalogue = load_catalogue(connection, now=now)
    consultation, scan = catalogue.visit_types.values()
    (offer,) = catalogue.offers(scan).values()
    assert [day for day in range(7) if offer.stands(hillside, day)] == [0, 2]
    assert [day for day in range(7) if offer.stands(valley, day)] == list(range(7))
    (offer,) = catalogue.offers(consultation).values()
    assert offer.stands(hillside, 1)
    assert len(catalogue.rooms(hillside, "ultrasound")) == 2
    assert len(catalogue.rooms(valley, "ultrasound")) == 1
    assert catalogue.rooms(valley, "X-ray") == ()


def test_the_second_time_nothing_changes(two_places: Database, now: datetime) -> None:
    tables = (models.resources, models.offered_at, models.same_day_hours, models.locations)
    before = [rows(two_places, table) for table in tables]
    assert again(two_places, TWO_PLACES, now + timedelta(days=1)) == []
    assert [rows(two_places, table) for table in tables] == before


@pytest.mark.parametrize(("old", "new", "expected"), PLACES_DIFFERENCES)
def test_a_difference_is_said_in_plain_words_and_made(
    two_places: Database, now: datetime, old: str, new: str, expected: list[str]
) -> None:
    text = changed(old, new, TWO_PLACES)
    assert again(two_places, text, now) == expected
    noted = [line for line in expected if line.startswith("note: ")]
    assert again(two_places, text, now) == noted


def test_an_offer_whose_length_changes_keeps_its_places(
    two_places: Database, now: datetime
) -> None:
    assert again(two_places, TWO_PLACES.replace("minutes = 30", "minutes = 20"), now) == [
        "remove visit types of Dr Anwen Rees: scan (30 minutes, fee 20.00)",
        "add visit types of Dr Anwen Rees: scan (20 minutes, fee 20.00)",
    ]
    assert len(rows(two_places, models.offered_at)) == 3


def test_a_resource_that_comes_back_is_the_same(two_places: Database, now: datetime) -> None:
    text = changed('kind = "ultrasound"\nname = "Ultrasound 2"', "", TWO_PLACES)
    text = text.replace("[[locations.resources]]\n\n\n", "")
    assert again(two_places, text, now) == ["deactivate resource Ultrasound 2 (Hillside)"]
    assert [row.is_active for row in rows(two_places, models.resources)] == [True, False, True]
    assert again(two_places, TWO_PLACES, now) == ["reactivate resource Ultrasound 2 (Hillside)"]


def test_visits_whose_device_has_gone_are_counted_and_kept(
    two_places: Database, now: datetime
) -> None:
    (rees,) = rows(two_places, models.practitioners)
    device = rows(two_places, models.resources)[1]
    with two_places.transaction() as connection:
        builders.an_appointment(
            connection,
            patient_id=builders.a_patient(connection),
            practitioner_id=rees.id,
            location_id=device.location_id,
            visit_type_id=2,
            starts_at=datetime.fromisoformat("2026-11-23T10:00:00+00:00"),
            resource_id=device.id,
        )
    before = rows(two_places, models.appointments)
    text = changed('name = "Ultrasound 2"', 'name = "Ultrasound 3"', TWO_PLACES)
    assert again(two_places, text, now) == [
        "add resource Ultrasound 3 (Hillside)",
        "deactivate resource Ultrasound 2 (Hillside)",
        "note: 1 coming visit with Ultrasound 2 (Hillside), which is no longer there; "
        "kept as booked",
    ]
    assert rows(two_places, models.appointments) == before
    assert again(two_places, text, now) == []


def test_a_day_may_end_at_midnight(two_places: Database, now: datetime) -> None:
    (saturday,) = (row for row in rows(two_places, models.schedules) if row.weekday == 5)
    assert (saturday.starts, saturday.ends) == (time(20), END_OF_DAY)
    valley = rows(two_places, models.locations)[1]
    assert week_of(valley.opening_hours)[5][0].ends == END_OF_DAY
    assert again(two_places, changed('"23:00-24:00"', '"22:00-24:00"', TWO_PLACES), now) == [
        "change same-day hours of Dr Anwen Rees: Hillside mon-thu 09:00-10:00; "
        "Valley sat 23:00-24:00 -> Hillside mon-thu 09:00-10:00; Valley sat 22:00-24:00"
    ]


def test_a_change_of_the_organization_alone_raises_the_version(
    two_places: Database, now: datetime
) -> None:
    def version() -> int:
        (organization,) = rows(two_places, models.organizations)
        number: int = organization.setup_version
        return number

    before = version()
    assert again(two_places, changed('currency = "GBP"', 'currency = "EUR"', TWO_PLACES), now)
    assert version() == before + 1
    # The control: a row that nobody keeps a copy of leaves the version alone.
    with two_places.transaction() as connection:
        connection.execute(update(models.organizations).values(name="Hilltop"))
    assert version() == before + 1
