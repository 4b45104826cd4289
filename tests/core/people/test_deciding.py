"""Staff decide how the clinic stands to a patient, and take it back: what a death ended comes back
as far as it can."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from core.errors import NothingToUndo, PatientNotFound, ReasonMissing, StaffOnly, StandingChanged
from core.models import occasions, patients, recalls, reminders, tasks, waitlist
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.people import Standing
from core.occasions.after import follow_up
from core.people.deciding import TakenBack, decide, name_staff, never_contact, stands, take_back
from core.people.restricted import restricted_among
from core.people.standing import record_death, what_ends
from core.people.telling import told_of
from core.people.trust import report_death
from core.scheduling.appointments import Actor, by_id
from core.scheduling.progress import change_status
from tests.builders import NOW, Clinic, a_colleague, a_patient
from tests.core.people.saying import events_of
from tests.core.scheduling.words import (
    MONDAY,
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    offered,
)
from tests.core.waitlist.words import three

LATER = NOW + timedelta(minutes=5)


def decides(connection: Connection, patient_id: int, to: Standing, **changes: Any) -> None:
    how: dict[str, Any] = {
        "seen": stands(connection, patient_id).standing,
        "why": "asked by phone",
        "actor": RECEPTIONIST,
        "now": LATER,
    }
    decide(connection, patient_id, to, **(how | changes))


def dies(connection: Connection, patient_id: int, now: Any = LATER) -> None:
    how: dict[str, Any] = {"actor": RECEPTIONIST, "now": now, "why": "the son called"}
    record_death(connection, patient_id, **how, catalogue=offered(connection, now))


def goes_back(connection: Connection, patient_id: int, **changes: Any) -> TakenBack:
    now = changes.pop("now", LATER + timedelta(minutes=1))
    how: dict[str, Any] = {"actor": RECEPTIONIST, "now": now, "minutes": 15}
    how["catalogue"] = offered(connection, now)
    return take_back(connection, patient_id, **(how | changes))


def test_it_is_kept_with_who_decided_when_and_why(clinic: Clinic, connection: Connection) -> None:
    decides(connection, clinic.patient_id, Standing.BLOCKED)
    now = stands(connection, clinic.patient_id)
    assert (now.standing, now.since, now.by) == (Standing.BLOCKED, LATER, "admin 1")
    assert now.why == "asked by phone"
    assert events_of(connection, clinic.patient_id)[-1] == "standing_changed"
    raw = "SELECT standing_why FROM patients WHERE id = 1"
    assert b"phone" not in bytes(connection.exec_driver_sql(raw).scalar_one())


def test_it_takes_staff_a_reason_and_somebody_there_is(
    clinic: Clinic, connection: Connection
) -> None:
    with pytest.raises(StaffOnly):
        decides(connection, clinic.patient_id, Standing.BLOCKED, actor=PATIENT)
    with pytest.raises(ReasonMissing):
        decides(connection, clinic.patient_id, Standing.BLOCKED, why=" ")
    with pytest.raises(PatientNotFound):
        decides(connection, 999, Standing.BLOCKED, seen=Standing.ACTIVE)
    assert stands(connection, clinic.patient_id).standing is Standing.ACTIVE


def test_who_saw_something_else_decides_nothing(clinic: Clinic, connection: Connection) -> None:
    decides(connection, clinic.patient_id, Standing.BLOCKED)
    with pytest.raises(StandingChanged):
        decides(connection, clinic.patient_id, Standing.RESTRICTED, seen=Standing.ACTIVE)


def test_who_is_never_contacted_is_told_of_nothing(clinic: Clinic, connection: Connection) -> None:
    how: dict[str, Any] = {"why": "she asked", "actor": RECEPTIONIST, "now": LATER}
    assert told_of(connection, clinic.patient_id, now=LATER)  # Control
    connection.execute(update(patients).values(contact_rules='{"only": "sms"}'))
    never_contact(connection, clinic.patient_id, never=True, **how)
    assert told_of(connection, clinic.patient_id, now=LATER) == []
    never_contact(connection, clinic.patient_id, never=False, **how)
    assert told_of(connection, clinic.patient_id, now=LATER)
    assert stands(connection, clinic.patient_id).contact_rules == '{"only": "sms"}'


def test_what_was_decided_is_taken_back_once(clinic: Clinic, connection: Connection) -> None:
    decides(connection, clinic.patient_id, Standing.BLOCKED)
    assert goes_back(connection, clinic.patient_id) == TakenBack("standing_changed")
    now = stands(connection, clinic.patient_id)
    assert (now.standing, now.since, now.why) == (Standing.ACTIVE, None, None)
    with pytest.raises(NothingToUndo):
        goes_back(connection, clinic.patient_id)


def test_only_by_who_decided_and_only_for_a_while(clinic: Clinic, connection: Connection) -> None:
    decides(connection, clinic.patient_id, Standing.BLOCKED)
    other = Actor(ActorKind.ADMIN, 2, "telegram")
    with pytest.raises(NothingToUndo):
        goes_back(connection, clinic.patient_id, actor=other)
    with pytest.raises(NothingToUndo):
        goes_back(connection, clinic.patient_id, now=LATER + timedelta(minutes=16))
    assert stands(connection, clinic.patient_id).standing is Standing.BLOCKED


def test_what_is_said_in_chat_meanwhile_is_not_wiped_out(
    clinic: Clinic, connection: Connection
) -> None:
    decides(connection, clinic.patient_id, Standing.BLOCKED)
    report_death(connection, [clinic.patient_id], clinic.address_id, actor=PATIENT, now=LATER)
    with pytest.raises(NothingToUndo):
        goes_back(connection, clinic.patient_id)


# A death


def test_what_a_death_ends_is_known_before(clinic: Clinic, connection: Connection) -> None:
    visit = book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))
    ends = what_ends(connection, clinic.patient_id, now=LATER)
    assert ends.visits == (visit,)
    planned = select(func.count()).select_from(reminders).where(reminders.c.state == "planned")
    assert ends.reminders == connection.scalar(planned)
    assert ends.reminders
    dies(connection, clinic.patient_id)
    after = what_ends(connection, clinic.patient_id, now=LATER)
    assert (after.visits, after.reminders) == ((), 0)


def test_of_a_slip_the_visits_stand_again_with_their_reminders(
    clinic: Clinic, connection: Connection
) -> None:
    visits = [
        book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY + timedelta(days=days)))
        for days in (0, 2)
    ]
    before = _planned(connection)
    dies(connection, clinic.patient_id)
    assert _planned(connection) == []  # Control
    undone = goes_back(connection, clinic.patient_id)
    assert [each.id for each in undone.back] == [each.id for each in visits]
    assert undone.lost == ()
    for visit in visits:
        assert by_id(connection, visit.id).status is AppointmentStatus.SCHEDULED
    assert _planned(connection) == before
    assert stands(connection, clinic.patient_id).standing is Standing.ACTIVE
    assert connection.scalar(select(func.count()).select_from(occasions)) == 0  # Nobody was told


def _planned(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute(
        select(reminders.c.appointment_id, reminders.c.stage, reminders.c.due_at)
        .where(reminders.c.state == "planned")
        .order_by(reminders.c.id)
    )
    return [tuple(row) for row in rows]


def test_a_time_that_is_gone_becomes_a_task(clinic: Clinic, connection: Connection) -> None:
    lost = book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))
    kept = book_slot(connection, clinic, a_slot(clinic, "11:00", TUESDAY))
    dies(connection, clinic.patient_id)
    other = a_patient(connection, "Ana")
    book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY), patient_id=other)
    undone = goes_back(connection, clinic.patient_id)
    assert ([each.id for each in undone.back], [each.id for each in undone.lost]) == (
        [kept.id],
        [lost.id],
    )
    assert by_id(connection, lost.id).status is AppointmentStatus.CANCELLED
    rows = connection.execute(select(tasks.c.kind, tasks.c.appointment_id)).all()
    assert [tuple(row) for row in rows] == [("call", lost.id)]


def test_who_waited_waits_again_and_is_to_come_again(
    clinic: Clinic, connection: Connection
) -> None:
    ana, *_ = three(connection, clinic)
    past = book_slot(connection, clinic, a_slot(clinic, "09:00"), patient_id=ana.patient_id)
    over = at("18:00", MONDAY)
    known: dict[str, Any] = {"actor": RECEPTIONIST, "now": over}
    done = change_status(
        connection, past.id, AppointmentStatus.COMPLETED, version=past.version, **known
    )
    follow_up(connection, done, 90, over)
    dies(connection, ana.patient_id, over)
    state = select(waitlist.c.state).where(waitlist.c.patient_id == ana.patient_id)
    assert connection.scalar(state) == "left"  # Control
    goes_back(connection, ana.patient_id, now=over)
    assert connection.scalar(state) == "waiting"
    assert connection.scalar(select(recalls.c.state)) == "planned"


# Restricted


def test_a_restricted_record_stays_one_when_blocked_or_dead_and_active_ends_it(
    clinic: Clinic, connection: Connection
) -> None:
    rosa = a_colleague(connection, "rosa", None, address_id=None)
    decides(connection, clinic.patient_id, Standing.RESTRICTED, named=[rosa])
    for to in (Standing.BLOCKED, None):
        if to is None:
            dies(connection, clinic.patient_id)
        else:
            decides(connection, clinic.patient_id, to)
        assert restricted_among(connection, [clinic.patient_id]) == {clinic.patient_id}
        assert stands(connection, clinic.patient_id).named == (rosa,)
    decides(connection, clinic.patient_id, Standing.ACTIVE)
    assert restricted_among(connection, [clinic.patient_id]) == frozenset()


def test_who_is_named_can_be_taken_back(clinic: Clinic, connection: Connection) -> None:
    rosa, anna = (a_colleague(connection, each, None, address_id=None) for each in ("rosa", "anna"))
    decides(connection, clinic.patient_id, Standing.RESTRICTED, named=[rosa])
    name_staff(connection, clinic.patient_id, [anna], actor=RECEPTIONIST, now=LATER)
    assert stands(connection, clinic.patient_id).named == (anna,)
    goes_back(connection, clinic.patient_id)
    assert stands(connection, clinic.patient_id).named == (rosa,)
    other = a_patient(connection, "Ana")
    with pytest.raises(StandingChanged):
        name_staff(connection, other, [anna], actor=RECEPTIONIST, now=LATER)
