"""Three at a time, a quarter of an hour apart, never at night and never too late; and the time is
kept meanwhile."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from core.errors import SlotTaken
from core.models import locations, occasions, practitioners, waitlist_rounds
from core.scheduling.availability import find_slots
from core.scheduling.holds import expire_holds
from core.scheduling.search import Search, Window
from core.waitlist.answers import mark_said
from core.waitlist.waves import next_waves
from tests.builders import Clinic, a_setting, a_visit_type
from tests.core.scheduling.words import (
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    offered,
    times,
)
from tests.core.waitlist.words import (
    DAYTIME,
    NAMES,
    QUARTER,
    a_visit,
    ask,
    asked,
    entries,
    freed,
    held,
    offer_of,
    offers,
    rounds,
    says_no,
    seven,
    tick,
    told,
    waits,
)

SECOND = timedelta(seconds=1)
HOLD = timedelta(minutes=5)


def next_wave(connection: Connection) -> datetime | None:
    found: datetime | None = connection.scalar(
        select(waitlist_rounds.c.next_wave_at).order_by(waitlist_rounds.c.id.desc()).limit(1)
    )
    return found


def test_three_are_asked_and_a_quarter_of_an_hour_later_the_next(
    clinic: Clinic, connection: Connection
) -> None:
    seven(connection, clinic)
    freed(connection, clinic)
    for wave, count in ((0, 3), (1, 6), (2, 7)):
        assert tick(connection, DAYTIME + wave * QUARTER) == 1
        assert asked(connection) == list(NAMES[:count])
        assert tick(connection, DAYTIME + (wave + 1) * QUARTER - SECOND) == 0


def test_the_clinic_says_how_many_and_how_soon(clinic: Clinic, connection: Connection) -> None:
    a_setting(connection, "waitlist_wave_size", 1)
    a_setting(connection, "waitlist_wave_minutes", 4)
    seven(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    tick(connection, DAYTIME + timedelta(minutes=4))
    assert asked(connection) == ["Ana", "Ben"]


def test_an_offer_is_an_occasion_that_is_due(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    visit = freed(connection, clinic)
    tick(connection)
    row = connection.execute(select(occasions)).one()
    assert (row.kind, row.state, row.patient_id, row.conversation_id, row.offer_id) == (
        "offer",
        "planned",
        one.patient_id,
        one.conversation_id,
        offer_of(connection, one),
    )
    assert (row.due_at, row.valid_until) == (DAYTIME, visit.starts_at - timedelta(minutes=65))


def test_what_is_said_is_noted_once(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    said = mark_said(connection, offer_of(connection, one), now=DAYTIME)
    assert said is not None
    assert (said.patient_id, said.state, said.slot) == (
        one.patient_id,
        "offered",
        a_slot(clinic, "10:00", TUESDAY),
    )
    assert mark_said(connection, said.id, now=DAYTIME) is None


def test_the_same_tick_again_does_nothing(clinic: Clinic, connection: Connection) -> None:
    seven(connection, clinic)
    freed(connection, clinic)
    assert [tick(connection), tick(connection), tick(connection)] == [1, 0, 0]
    assert len(asked(connection)) == 3


def test_a_tick_is_bounded(clinic: Clinic, connection: Connection) -> None:
    seven(connection, clinic)
    for text in ("10:00", "10:20", "10:40"):
        freed(connection, clinic, text)
    assert next_waves(connection, now=DAYTIME, limit=2) == 2
    assert next_waves(connection, now=DAYTIME, limit=2) == 1
    assert next_waves(connection, now=DAYTIME, limit=2) == 0


def test_as_soon_as_all_have_said_no_the_next_are_asked(
    clinic: Clinic, connection: Connection
) -> None:
    people = seven(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    for one in people[:2]:
        says_no(connection, one)
    assert tick(connection) == 0
    says_no(connection, people[2])
    assert tick(connection) == 1
    assert offers(connection) == ["declined"] * 3 + ["planned"] * 3


def test_where_nobody_is_left_the_round_is_over(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    tick(connection, DAYTIME + QUARTER)
    assert rounds(connection) == [("cancelled", "over", "nobody")]
    assert (offers(connection), entries(connection)) == (["withdrawn"], ["waiting"])
    assert held(connection) == []


def test_who_was_asked_late_has_their_minutes_too(clinic: Clinic, connection: Connection) -> None:
    """They were in the middle of something; it could not be said before."""
    waits(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    late = DAYTIME + timedelta(minutes=10)
    ask(connection, late)
    tick(connection, DAYTIME + QUARTER)
    assert (rounds(connection)[0][1], next_wave(connection)) == ("open", late + QUARTER)
    tick(connection, late + QUARTER)
    assert rounds(connection)[0][1] == "over"


def test_what_could_not_be_said_in_time_is_not_said(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    tick(connection, DAYTIME + QUARTER)
    assert told(connection) == [("offer", "withdrawn")]
    assert mark_said(connection, offer_of(connection, one), now=DAYTIME + QUARTER) is None


# The hold.


def free_on_tuesday(connection: Connection, clinic: Clinic, now: datetime) -> list[str]:
    search = Search(
        practitioner_ids=frozenset({clinic.patel_id}), windows=(Window(TUESDAY, TUESDAY),)
    )
    return times(find_slots(connection, search, catalogue=offered(connection, now), now=now))


def test_the_time_is_kept_while_it_is_offered(clinic: Clinic, connection: Connection) -> None:
    seven(connection, clinic)
    freed(connection, clinic)
    assert "Tue 10:00" in free_on_tuesday(connection, clinic, DAYTIME)
    tick(connection)
    (kept,) = held(connection)
    assert (kept.starts_at, kept.patient_id, kept.conversation_id, kept.hold_expires_at) == (
        at("10:00", TUESDAY),
        None,
        None,
        DAYTIME + QUARTER + HOLD,
    )
    assert "Tue 10:00" not in free_on_tuesday(connection, clinic, DAYTIME)


def test_one_hold_is_renewed_from_wave_to_wave(clinic: Clinic, connection: Connection) -> None:
    seven(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    first = held(connection)
    tick(connection, DAYTIME + QUARTER)
    (kept,) = held(connection)
    assert (kept.id, kept.hold_expires_at) == (first[0].id, DAYTIME + 2 * QUARTER + HOLD)


def test_staff_do_not_take_it_by_accident(clinic: Clinic, connection: Connection) -> None:
    seven(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    with pytest.raises(SlotTaken):
        book_slot(
            connection, clinic, a_slot(clinic, "10:00", TUESDAY), actor=RECEPTIONIST, now=DAYTIME
        )


def test_the_worker_that_was_away_finds_the_time_booked(
    clinic: Clinic, connection: Connection
) -> None:
    people = seven(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    late = DAYTIME + QUARTER + HOLD  # The hold has run out.
    a_visit(connection, clinic, now=late)
    tick(connection, late)
    assert rounds(connection) == [("cancelled", "over", "taken")]
    assert offers(connection) == ["withdrawn"] * 3
    assert len(people) == 7


def test_the_worker_that_was_away_goes_on_where_the_time_is_free_still(
    clinic: Clinic, connection: Connection
) -> None:
    seven(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    late = DAYTIME + timedelta(hours=2)
    expire_holds(connection, now=late, limit=9)
    assert rounds(connection) == [("cancelled", "open", None)]
    tick(connection, late)
    assert len(asked(connection)) == 6
    assert len(held(connection)) == 1


def test_a_time_that_was_booked_at_once_is_not_offered(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    freed(connection, clinic)
    a_visit(connection, clinic)
    tick(connection)
    assert (asked(connection), rounds(connection)) == ([], [("cancelled", "over", "taken")])


def test_a_longer_visit_of_a_later_wave_is_kept_whole(
    clinic: Clinic, connection: Connection
) -> None:
    a_setting(connection, "waitlist_wave_size", 1)
    long = a_visit_type(connection, "long", minutes_new_patient=40)
    waits(connection, clinic)
    waits(connection, clinic, "Ben", visit_type_id=long)
    freed(connection, clinic, minutes=40, visit_type_id=long)
    lengths = []
    for wave in range(2):
        ask(connection, DAYTIME + wave * QUARTER)
        (kept,) = held(connection)
        lengths.append(kept.ends_at - kept.starts_at)
    assert lengths == [timedelta(minutes=20), timedelta(minutes=40)]


def test_a_practitioner_who_has_left_is_offered_to_nobody(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    freed(connection, clinic)
    connection.execute(update(practitioners).values(is_active=False))
    tick(connection)
    assert rounds(connection) == [("cancelled", "over", "nobody")]


def test_a_place_that_has_closed_is_offered_to_nobody(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    freed(connection, clinic)
    connection.execute(update(locations).values(is_active=False))
    tick(connection)
    assert rounds(connection) == [("cancelled", "over", "nobody")]
