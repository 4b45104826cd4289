"""What becomes free opens a round, in the transaction that frees it; what does not, does not."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from core.models import waitlist_rounds
from core.models.appointments import AppointmentStatus
from core.scheduling.holds import expire_holds, release
from core.scheduling.moving import move
from core.scheduling.progress import change_status
from core.scheduling.undoing import undo
from tests.builders import Clinic
from tests.core.scheduling.words import (
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    hold_slot,
    offered,
)
from tests.core.waitlist.words import DAYTIME, a_visit, free, freed, rounds, tick, waits

HOLD = timedelta(minutes=5)


def freed_by(connection: Connection) -> list[str]:
    return [row[0] for row in rounds(connection)]


def stretches(connection: Connection) -> list[str]:
    listed = select(waitlist_rounds.c.starts_at, waitlist_rounds.c.ends_at)
    return [
        f"{row.starts_at.astimezone(at('00:00').tzinfo):%H:%M}-{row.ends_at:%H:%M}"
        for row in connection.execute(listed.order_by(waitlist_rounds.c.id))
    ]


def test_a_cancelled_visit_opens_a_round(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    visit = freed(connection, clinic)
    row = connection.execute(select(waitlist_rounds)).one()
    assert (row.practitioner_id, row.starts_at, row.ends_at) == (
        clinic.patel_id,
        visit.starts_at,
        visit.ends_at,
    )
    assert (row.freed_by, row.freed_id, row.state, row.next_wave_at) == (
        "cancelled",
        visit.id,
        "open",
        DAYTIME,
    )


def test_where_nobody_waits_nothing_is_opened(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic, practitioner_id=clinic.okafor_id)
    waits(connection, clinic, "Ben", specialty="dentistry")
    waits(connection, clinic, "Cleo", state="left")
    waits(connection, clinic, "Dan", until=at("09:00", TUESDAY))  # Before the visit.
    freed(connection, clinic)
    assert rounds(connection) == []


def test_a_specialty_is_waited_for_too(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic, specialty="general_practice")
    freed(connection, clinic)
    assert freed_by(connection) == ["cancelled"]


def test_a_visit_that_moves_away_frees_its_old_time(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic)
    move(
        connection,
        visit.id,
        a_slot(clinic, "11:00", TUESDAY),
        version=visit.version,
        actor=PATIENT,
        now=DAYTIME,
        catalogue=offered(connection),
    )
    assert (freed_by(connection), stretches(connection)) == (["moved"], ["18:00-18:20"])


def test_a_visit_that_moves_to_somebody_else_frees_all_of_it(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic)
    move(
        connection,
        visit.id,
        a_slot(clinic, "10:00", TUESDAY, practitioner_id=clinic.okafor_id),
        version=visit.version,
        actor=PATIENT,
        now=DAYTIME,
        catalogue=offered(connection),
    )
    assert (freed_by(connection), stretches(connection)) == (["moved"], ["18:00-18:20"])


def test_of_a_visit_that_moves_a_little_only_the_rest_is_free(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic)
    move(
        connection,
        visit.id,
        a_slot(clinic, "10:10", TUESDAY),
        version=visit.version,
        actor=RECEPTIONIST,
        now=DAYTIME,
        catalogue=offered(connection),
        override="a little later",
    )
    assert stretches(connection) == ["18:00-18:10"]


def test_a_booking_that_is_undone_frees_its_time(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic)
    undo(
        connection,
        visit.id,
        version=visit.version,
        actor=PATIENT,
        now=DAYTIME,
        catalogue=offered(connection),
    )
    assert freed_by(connection) == ["undone"]


def test_a_visit_entered_in_error_frees_its_time(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic)
    change_status(
        connection,
        visit.id,
        AppointmentStatus.ENTERED_IN_ERROR,
        version=visit.version,
        actor=RECEPTIONIST,
        now=DAYTIME,
    )
    assert freed_by(connection) == ["entered_in_error"]


@pytest.mark.parametrize("status", [AppointmentStatus.NO_SHOW, AppointmentStatus.COMPLETED])
def test_a_visit_that_is_over_frees_nothing(
    clinic: Clinic, connection: Connection, status: AppointmentStatus
) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic)
    change_status(
        connection,
        visit.id,
        status,
        version=visit.version,
        actor=RECEPTIONIST,
        now=visit.starts_at,
    )
    assert rounds(connection) == []


def test_confirming_frees_nothing(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic)
    change_status(
        connection,
        visit.id,
        AppointmentStatus.CONFIRMED,
        version=visit.version,
        actor=PATIENT,
        now=DAYTIME,
    )
    assert rounds(connection) == []


def test_a_hold_that_runs_out_opens_a_round(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    hold_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY), now=DAYTIME)
    assert rounds(connection) == []
    expire_holds(connection, now=DAYTIME + HOLD, limit=10)
    assert freed_by(connection) == ["expired"]


def test_of_the_hold_of_a_move_only_what_it_kept_is_free(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic, minutes=20)
    hold_slot(connection, clinic, a_slot(clinic, "10:20", TUESDAY), now=DAYTIME, moves_id=visit.id)
    expire_holds(connection, now=DAYTIME + HOLD, limit=10)
    assert stretches(connection) == ["18:20-18:40"]


def test_who_gives_a_slot_back_may_come_back_to_it_first(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    slot = a_slot(clinic, "10:00", TUESDAY)
    hold_slot(connection, clinic, slot, now=DAYTIME)
    release(connection, clinic.conversation_id, actor=PATIENT, now=DAYTIME)
    assert freed_by(connection) == ["released"]
    assert tick(connection, DAYTIME) == 0
    hold_slot(connection, clinic, slot, now=DAYTIME)
    assert tick(connection, DAYTIME + HOLD - timedelta(seconds=1)) == 0


def test_what_becomes_a_visit_frees_nothing(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    slot, talk = a_slot(clinic, "10:00", TUESDAY), clinic.conversation_id
    hold_slot(connection, clinic, slot, now=DAYTIME)
    book_slot(connection, clinic, slot, conversation_id=talk, now=DAYTIME)
    assert rounds(connection) == []


@pytest.mark.parametrize(
    ("before", "is_opened"), [(timedelta(hours=1), True), (timedelta(minutes=59), False)]
)
def test_what_is_nearer_than_the_notice_is_simply_free(
    clinic: Clinic, connection: Connection, before: timedelta, is_opened: bool
) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic)
    free(connection, visit, visit.starts_at - before)
    assert bool(rounds(connection)) is is_opened


def test_one_time_has_one_round(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    freed(connection, clinic)
    freed(connection, clinic)
    assert rounds(connection) == [("cancelled", "open", None)]


def test_times_that_do_not_overlap_have_one_each(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic)
    for text in ("10:00", "10:20"):
        freed(connection, clinic, text)
    freed(connection, clinic, practitioner_id=clinic.okafor_id)  # For whom nobody waits.
    assert len(rounds(connection)) == 2
