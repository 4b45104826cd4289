"""Recorded patients get what they wanted from our desk; the replay can tell when they do not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.database.connect import Database
from tests.understanding.replay.clinic import ZONE, clinic_file, clinic_of, migrated
from tests.understanding.replay.play import Played, play
from tests.understanding.replay.reader import Kept, is_that, offers_that
from tests.understanding.replay.report import played, scenes
from tests.understanding.replay.scene import Scene, Visit

FLOOR = 0.9
MOST_EXCLUDED = 0.15
EVERYTHING = scenes()


@pytest.fixture(scope="module")
def empty() -> Iterator[Database]:
    with migrated() as database:
        yield database


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(10, id="every tenth"),
        pytest.param(1, id="all", marks=pytest.mark.stress),
    ],
)
def results(request: pytest.FixtureRequest) -> tuple[Played, ...]:
    return tuple(played(EVERYTHING[:: request.param]))


def scene(name: str) -> Scene:
    [found] = [each for each in EVERYTHING if each.id.endswith(name)]
    return found


def test_most_recorded_patients_get_what_they_wanted(results: tuple[Played, ...]) -> None:
    failed = [each.scene.id for each in results if not each.reached]
    assert len(failed) <= (1 - FLOOR) * len(results), failed


def test_no_recorded_patient_gets_a_visit_they_did_not_want(results: tuple[Played, ...]) -> None:
    wrong = {each.scene.id: each.failure for each in results if each.unwanted}
    assert wrong == {}


def test_few_recordings_are_left_out_and_each_for_a_reason() -> None:
    assert len(EVERYTHING) == 63 + 82
    assert sum(each.excluded is not None for each in EVERYTHING) <= MOST_EXCLUDED * len(EVERYTHING)
    assert all(each.excluded is None or each.excluded.endswith(".") for each in EVERYTHING)


def test_control_a_wish_that_the_desk_does_not_meet_is_noticed(empty: Database) -> None:
    wanted = scene("star:2576")
    assert play(wanted, empty).reached
    [visit] = wanted.visits
    [start] = visit.starts
    other = replace(wanted, visits=(replace(visit, starts=(start + timedelta(hours=1),)),))
    assert not play(other, empty).reached


def test_control_a_visit_that_nobody_wanted_is_noticed() -> None:
    wanted = scene("star:2576")
    [visit] = wanted.visits
    right = Kept("Ruth Alexis", visit.starts[0], "Angela")
    assert not Played(wanted, booked=(right,)).unwanted
    assert Played(wanted, booked=(right, replace(right, first_name="Ben"))).unwanted == 1


def test_a_clinic_has_the_hours_of_the_recording(empty: Database) -> None:
    wanted = scene("star:2043")
    assert 'last_name = "Morgan"' in clinic_file(wanted.clinic)
    with clinic_of(wanted, empty) as database, database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT starts_at FROM appointments").all()
    taken = {each.start.replace(tzinfo=ZONE).astimezone(UTC) for each in wanted.clinic.taken}
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert {epoch + timedelta(microseconds=row[0]) for row in rows} == taken


MORNING = datetime(2020, 6, 5, 9)  # noqa: DTZ001 - wall time
WISH = Visit("Ruth Alexis", (MORNING,), first_name="Ben")


@pytest.mark.parametrize(
    ("label", "text", "offered"),
    [
        ("9:00 AM", "Dr Ruth Alexis is free on Friday, June 5 at these times.", True),
        ("Fri, Jun 5 9:00 AM", "Free with Dr Ruth Alexis, Main Street. Which one?", True),
        ("Fri, Jun 5 9:00 AM Dr Alexis", "These times are free. Which one?", True),
        ("Fri, Jun 5 9:00 AM Dr Morgan", "These times are free. Which one?", False),
        ("9:00 AM", "Dr Ruth Alexis is free on Saturday, June 6 at these times.", False),
        ("Sat, Jun 6 9:00 AM", "Nothing is free on Friday, June 5. With Dr Ruth Alexis:", False),
        ("9:00 PM", "Dr Ruth Alexis is free on Friday, June 5 at these times.", False),
    ],
)
def test_a_patient_recognises_their_visit_in_a_list(label: str, text: str, offered: bool) -> None:
    people = scene("star:2576").clinic.people
    assert offers_that(WISH, label, text, people) is offered


def test_what_did_not_matter_to_the_patient_does_not_matter() -> None:
    kept = Kept("Irene Morgan", MORNING, "Ben")
    assert is_that(Visit(), kept)
    assert is_that(Visit(day=MORNING.date()), kept)
    assert not is_that(WISH, kept)
