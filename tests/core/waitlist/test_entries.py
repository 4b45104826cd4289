"""The waitlist: one entry for each patient and practitioner, until they have it or give it up."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from core.errors import TooManyWaits, WaitNotFound
from core.models import patient_events, waitlist
from core.models.waitlist import WaitState
from core.waitlist.entries import Entry, fulfil, join, leave, waiting
from core.waitlist.wishes import Days, Wish
from tests.builders import NOW, ZONE, Clinic, a_conversation, a_patient, a_practitioner
from tests.core.scheduling.words import PATIENT, a_slot, at, book_slot

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def wish(clinic: Clinic) -> Wish:
    return Wish(clinic.patient_id, clinic.patel_id, None)


def joined(connection: Connection, clinic: Clinic, wish: Wish, limit: int = 3) -> Entry:
    return join(
        connection,
        wish,
        conversation_id=clinic.conversation_id,
        limit=limit,
        actor=PATIENT,
        now=NOW,
    )


def all_waits(connection: Connection, clinic: Clinic) -> list[Wish]:
    found = waiting(connection, patient_ids=[clinic.patient_id], now=NOW)
    return [entry.wish for entry in found]


def states(connection: Connection) -> list[str]:
    return list(connection.scalars(select(waitlist.c.state).order_by(waitlist.c.id)))


def told(connection: Connection) -> list[str]:
    listed = select(patient_events.c.what).order_by(patient_events.c.id)
    return list(connection.scalars(listed))


def test_what_was_wished_is_read_back(clinic: Clinic, connection: Connection, wish: Wish) -> None:
    days = Days((TUESDAY,), TUESDAY, TUESDAY, (1, 3), (TUESDAY,), (5,))
    whole = replace(wish, days=days, minute_from=540, minute_until=720, until=at("17:00"))
    joined(connection, clinic, whole)
    assert all_waits(connection, clinic) == [whole]
    assert told(connection) == ["waitlisted"]


def test_the_same_wish_again_is_changed_not_doubled(
    clinic: Clinic, connection: Connection, wish: Wish
) -> None:
    first = joined(connection, clinic, wish)
    second = joined(connection, clinic, replace(wish, minute_from=600))
    assert (first.id, first.wish.minute_from) == (second.id, None)
    assert [each.minute_from for each in all_waits(connection, clinic)] == [600]
    assert told(connection) == ["waitlisted", "waitlist_changed"]


def test_there_is_an_end_to_the_entries_of_one_patient(
    clinic: Clinic, connection: Connection, wish: Wish
) -> None:
    joined(connection, clinic, wish, limit=2)
    joined(connection, clinic, replace(wish, practitioner_id=clinic.okafor_id), limit=2)
    with pytest.raises(TooManyWaits):
        joined(
            connection,
            clinic,
            replace(wish, practitioner_id=a_practitioner(connection, "Reyes")),
            2,
        )
    joined(connection, clinic, wish, limit=2)  # A change is none more.
    other = a_patient(connection, "Ana")
    joined(connection, clinic, replace(wish, patient_id=other), limit=2)


def test_what_others_asked_for_elsewhere_is_neither_changed_nor_counted(
    clinic: Clinic, connection: Connection, wish: Wish
) -> None:
    joined(connection, clinic, wish)
    stranger = a_conversation(connection)
    mine = join(
        connection,
        replace(wish, minute_from=600),
        conversation_id=stranger,
        limit=1,
        only_there=True,
        actor=PATIENT,
        now=NOW,
    )
    assert [each.minute_from for each in all_waits(connection, clinic)] == [None, 600]
    seen = waiting(connection, patient_ids=[clinic.patient_id], now=NOW, conversation_id=stranger)
    assert [entry.id for entry in seen] == [mine.id]


def test_whose_last_day_has_passed_waits_no_more(
    clinic: Clinic, connection: Connection, wish: Wish
) -> None:
    entry = joined(connection, clinic, replace(wish, until=NOW + timedelta(hours=1)))
    later = NOW + timedelta(hours=1)
    assert waiting(connection, patient_ids=[clinic.patient_id], now=later) == []
    with pytest.raises(WaitNotFound):
        leave(connection, entry.id, actor=PATIENT, now=later)


def test_who_leaves_waits_no_more(clinic: Clinic, connection: Connection, wish: Wish) -> None:
    entry = joined(connection, clinic, wish)
    leave(connection, entry.id, actor=PATIENT, now=NOW)
    assert (all_waits(connection, clinic), states(connection)) == ([], [WaitState.LEFT])
    assert told(connection) == ["waitlisted", "left_waitlist"]
    with pytest.raises(WaitNotFound):
        leave(connection, entry.id, actor=PATIENT, now=NOW)


@pytest.mark.parametrize(
    ("changes", "is_met"),
    [
        ({}, True),
        ({"practitioner_id": None, "specialty": "general_practice"}, True),
        ({"practitioner_id": None, "specialty": "dentistry"}, False),
        ({"days": Days((TUESDAY,))}, False),
        ({"days": Days(weekdays=(0,))}, True),
        ({"days": Days(not_weekdays=(0,))}, False),
        ({"days": Days(not_days=(date(2026, 11, 23),))}, False),
        ({"days": Days(day_from=TUESDAY)}, False),
        ({"days": Days(day_to=date(2026, 11, 23))}, True),
        ({"minute_from": 600, "minute_until": 601}, True),
        ({"minute_from": 601}, False),
        ({"minute_until": 600}, False),
        ({"location_id": 99}, False),
    ],
)
def test_who_has_got_the_visit_waits_no_more(
    clinic: Clinic, connection: Connection, wish: Wish, changes: dict[str, object], is_met: bool
) -> None:
    """A visit with Dr Patel on Monday at ten."""
    changes = {name: value for name, value in changes.items() if name != "location_id"} | (
        {} if "location_id" not in changes else {"location_id": clinic.location_id}
    )
    joined(connection, clinic, replace(wish, **changes))  # type: ignore[arg-type]
    visit = book_slot(connection, clinic, a_slot(clinic, "10:00"))
    if "location_id" in changes:
        visit = replace(visit, location_id=visit.location_id + 1)
    met = fulfil(
        connection,
        visit,
        specialties=["general_practice"],
        zone=ZoneInfo(ZONE),
        actor=PATIENT,
        now=NOW,
    )
    assert met == is_met
    assert states(connection) == [WaitState.FILLED if is_met else WaitState.WAITING]


def test_a_visit_that_moved_to_a_later_time_is_not_what_they_waited_for(
    clinic: Clinic, connection: Connection, wish: Wish
) -> None:
    visit = book_slot(connection, clinic, a_slot(clinic, "10:00"))
    joined(connection, clinic, replace(wish, sooner_than_id=visit.id, until=visit.starts_at))
    words = {"specialties": (), "zone": ZoneInfo(ZONE), "actor": PATIENT, "now": NOW}
    later = replace(visit, starts_at=visit.starts_at + timedelta(days=1))
    assert fulfil(connection, later, **words) == 0  # type: ignore[arg-type]
    sooner = replace(visit, starts_at=visit.starts_at - timedelta(hours=1))
    assert fulfil(connection, sooner, **words) == 1  # type: ignore[arg-type]
