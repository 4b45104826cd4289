"""What is undone, or given up at once: who waited waits again, and who cancelled has it back."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from core.errors import (
    OfferGone,
    SlotTaken,
)
from core.models import waitlist
from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import by_id
from core.scheduling.moving import move
from core.scheduling.progress import change_status
from core.waitlist.entries import join
from core.waitlist.wishes import Wish
from tests.builders import Clinic
from tests.core.scheduling.words import (
    PATIENT,
    TUESDAY,
    a_slot,
    offered,
)
from tests.core.waitlist.words import (
    DAYTIME,
    SOON,
    a_visit,
    ask,
    asked,
    entries,
    free,
    freed,
    held,
    met,
    offers,
    rounds,
    says_yes,
    sooner,
    three,
    told,
    undone,
    visits_of,
    waits,
    what_happened,
)


def test_who_has_moved_to_something_earlier_since_is_told_so(
    clinic: Clinic, connection: Connection
) -> None:
    ana = sooner(connection, clinic, "Ana", "09:00")
    freed(connection, clinic)
    ask(connection)
    old = connection.scalars(select(waitlist.c.sooner_than_id)).one()
    visit = by_id(connection, old or 0)
    move(
        connection,
        visit.id,
        a_slot(clinic, "09:00", TUESDAY),
        version=visit.version,
        actor=ana.actor,
        now=DAYTIME,
        catalogue=offered(connection),
    )
    with pytest.raises(OfferGone):
        says_yes(connection, ana, SOON)


def test_an_accepted_visit_that_is_undone_lets_them_wait_again(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    waits(connection, clinic, "Ben")
    freed(connection, clinic)
    ask(connection)
    visit = says_yes(connection, one).appointment
    undone(connection, visit, one.actor)
    assert entries(connection) == ["waiting", "waiting"]
    assert [row[:2] for row in rounds(connection)] == [("cancelled", "filled"), ("undone", "open")]
    ask(connection, SOON)
    assert asked(connection) == ["Ana", "Ben", "Ben"]  # Who has given it back is not asked again.
    assert what_happened(connection, one)[-1] == "waitlist_reopened"


def test_a_visit_that_moved_up_and_is_undone_goes_back_and_they_wait_again(
    clinic: Clinic, connection: Connection
) -> None:
    ana = sooner(connection, clinic, "Ana", "09:00")
    ben = sooner(connection, clinic, "Ben", "11:00")
    freed(connection, clinic)
    ask(connection)
    visit = says_yes(connection, ana).appointment
    ask(connection, SOON)  # The old time is being offered, and held, by now.
    assert len(held(connection)) == 1
    undone(connection, visit, ana.actor)
    assert visits_of(connection, ana) == ["25 17:00"]
    assert entries(connection) == ["waiting", "waiting"]
    assert [row[:2] for row in rounds(connection)] == [
        ("cancelled", "filled"),
        ("moved", "over"),
        ("undone", "open"),
    ]
    assert ("offer_gone", "planned") in told(connection)
    ask(connection, SOON)
    says_yes(connection, ben, SOON)
    assert visits_of(connection, ben) == ["24 18:00"]


@pytest.mark.parametrize(
    ("minutes", "state"), [(15, "waiting"), (16, "filled")], ids=["at once", "later"]
)
def test_an_accepted_visit_that_is_cancelled_at_once_lets_them_wait_again(
    clinic: Clinic, connection: Connection, minutes: int, state: str
) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    visit = says_yes(connection, one).appointment
    free(connection, visit, DAYTIME + timedelta(minutes=minutes))
    assert entries(connection) == [state]


def test_an_ordinary_booking_that_is_undone_lets_them_wait_again(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    visit = a_visit(connection, clinic, patient_id=one.patient_id)
    met(connection, visit)
    assert entries(connection) == ["filled"]
    undone(connection, visit, PATIENT)
    assert entries(connection) == ["waiting"]


def test_what_is_undone_later_than_that_does_not_concern_the_waitlist(
    clinic: Clinic, connection: Connection
) -> None:
    """They moved the visit that they had waited for, and undo only that."""
    one = waits(connection, clinic)
    visit = a_visit(connection, clinic, patient_id=one.patient_id)
    met(connection, visit)
    move(
        connection,
        visit.id,
        a_slot(clinic, "15:00", TUESDAY),
        version=visit.version,
        actor=one.actor,
        now=DAYTIME,
        catalogue=offered(connection),
    )
    undone(connection, visit, one.actor)
    assert entries(connection) == ["filled"]


def test_who_has_asked_anew_has_no_second_entry(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    visit = says_yes(connection, one).appointment
    join(
        connection,
        Wish(one.patient_id, clinic.patel_id, None),
        conversation_id=one.conversation_id,
        limit=3,
        actor=one.actor,
        now=SOON,
    )
    undone(connection, visit, one.actor)
    assert entries(connection) == ["filled", "waiting"]


def test_who_cancelled_by_mistake_has_the_time_back_while_nobody_has_it(
    clinic: Clinic, connection: Connection
) -> None:
    three(connection, clinic)
    visit = freed(connection, clinic)
    ask(connection)
    undone(connection, visit, PATIENT)
    assert by_id(connection, visit.id).status == "scheduled"
    assert rounds(connection) == [("cancelled", "over", "taken_back")]
    assert offers(connection) == ["gone"] * 3
    assert told(connection)[3:] == [("offer_gone", "planned")] * 3


def test_undoing_something_else_leaves_the_round_alone(
    clinic: Clinic, connection: Connection
) -> None:
    three(connection, clinic)
    visit = a_visit(connection, clinic)
    moved = move(
        connection,
        visit.id,
        a_slot(clinic, "15:00", TUESDAY),
        version=visit.version,
        actor=PATIENT,
        now=DAYTIME,
        catalogue=offered(connection),
    )
    change_status(
        connection,
        visit.id,
        AppointmentStatus.CONFIRMED,
        version=moved.version,
        actor=PATIENT,
        now=DAYTIME,
    )
    undone(connection, visit, PATIENT)
    assert rounds(connection) == [("moved", "open", None)]


def test_who_cancelled_by_mistake_is_too_late_once_somebody_has_said_yes(
    clinic: Clinic, connection: Connection
) -> None:
    ana, *_ = three(connection, clinic)
    visit = freed(connection, clinic)
    ask(connection)
    says_yes(connection, ana)
    with pytest.raises(SlotTaken):
        undone(connection, visit, PATIENT)
