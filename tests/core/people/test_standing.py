"""Who has died is left in peace from that moment on: nothing is planned, nothing waits to be sent,
and their times are free for others."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, update

from core.errors import PatientNotFound, StaffOnly
from core.messaging import outbox
from core.messaging.tasks import open_task
from core.models import (
    appointments,
    messages,
    new_public_id,
    occasions,
    patients,
    recalls,
    reminders,
    tasks,
    waitlist,
    waitlist_offers,
    waitlist_rounds,
)
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.occasions.after import follow_up
from core.people.standing import record_death
from core.scheduling.appointments import Appointment, by_id
from core.scheduling.moving import move
from core.scheduling.progress import change_status
from tests.builders import NOW, Clinic, a_link, a_patient
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
from tests.core.waitlist.words import ask, freed, three

LATER = NOW + timedelta(minutes=5)


def dies(connection: Connection, patient_id: int, **changes: Any) -> list[Appointment]:
    how: dict[str, Any] = {
        "actor": RECEPTIONIST,
        "now": LATER,
        "catalogue": offered(connection),
    }
    return record_death(connection, patient_id, **(how | changes))


def states(connection: Connection, table: Any, patient_id: int) -> set[str]:
    if "patient_id" in table.c:
        whose = table.c.patient_id == patient_id
    else:
        theirs = select(appointments.c.id).where(appointments.c.patient_id == patient_id)
        whose = table.c.appointment_id.in_(theirs)
    return set(connection.scalars(select(table.c.state).where(whose)))


def a_queued(connection: Connection, clinic: Clinic, kind: str = "reminder", **values: Any) -> int:
    row = {
        "public_id": new_public_id(),
        "conversation_id": clinic.conversation_id,
        "direction": "out",
        "channel": "sms",
        "kind": kind,
        "text": "See you on Monday.",
        "status": "queued",
        "queued_at": NOW,
        "due_at": NOW,
        "is_simulated": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    added = insert(messages).returning(messages.c.id)
    return int(connection.execute(added, row | values).scalar_one())


def fate(connection: Connection, message_id: int) -> tuple[Any, ...]:
    of_it = select(messages.c.status, messages.c.error_code, messages.c.due_at)
    return tuple(connection.execute(of_it.where(messages.c.id == message_id)).one())


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    return book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))


def test_every_visit_ahead_is_released_and_its_time_free_for_others(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    second = book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY + timedelta(days=2)))
    released = dies(connection, clinic.patient_id, why="the daughter called")
    assert [each.id for each in released] == [visit.id, second.id]
    assert {each.status for each in released} == {AppointmentStatus.CANCELLED}
    other = a_patient(connection, "Ana")
    again = book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY), patient_id=other)
    assert again.status is AppointmentStatus.SCHEDULED
    row = connection.execute(select(patients).where(patients.c.id == clinic.patient_id)).one()
    assert (row.standing, row.standing_since, row.standing_why) == (
        "deceased",
        LATER,
        "the daughter called",
    )
    assert row.standing_by == "admin 1"
    assert events_of(connection, clinic.patient_id)[-1] == "deceased"


def test_what_is_over_stays_as_it_was(clinic: Clinic, connection: Connection) -> None:
    book_slot(connection, clinic, a_slot(clinic, "10:00"))
    after = at("10:10", MONDAY)
    assert dies(connection, clinic.patient_id, now=after) == []
    assert connection.scalar(select(appointments.c.status)) == "scheduled"


def test_nothing_that_was_planned_is_said(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    """Reminders, a survey, a recall, and the news of a move."""
    past = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    over = at("18:00", MONDAY)
    known: dict[str, Any] = {"actor": RECEPTIONIST, "now": over}
    done = change_status(
        connection, past.id, AppointmentStatus.COMPLETED, version=past.version, **known
    )
    follow_up(connection, done, 90, over)
    move(
        connection,
        visit.id,
        a_slot(clinic, "11:00", TUESDAY + timedelta(days=7)),
        version=visit.version,
        catalogue=offered(connection, over),
        **known,
    )
    for table in (reminders, occasions, recalls):
        assert "planned" in states(connection, table, clinic.patient_id)  # Control
    dies(connection, clinic.patient_id, now=over)
    for table in (reminders, occasions, recalls):
        assert states(connection, table, clinic.patient_id) <= {"withdrawn"}


def test_nobody_is_told_that_the_visits_are_called_off(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    dies(connection, clinic.patient_id)
    assert by_id(connection, visit.id).status is AppointmentStatus.CANCELLED
    assert connection.scalar(select(func.count()).select_from(occasions)) == 0


def test_who_waits_for_a_time_waits_no_more_and_others_are_asked(
    clinic: Clinic, connection: Connection
) -> None:
    ana, ben, cleo = three(connection, clinic)
    freed(connection, clinic, "10:00")
    ask(connection)
    dies(connection, ana.patient_id)
    dies(connection, ben.patient_id)
    waits = dict(
        map(tuple, connection.execute(select(waitlist.c.patient_id, waitlist.c.state)).all())
    )
    assert waits == {
        ana.patient_id: "left",
        ben.patient_id: "left",
        cleo.patient_id: "waiting",
    }
    rows = connection.execute(
        select(waitlist.c.patient_id, waitlist_offers.c.state).join(
            waitlist, waitlist.c.id == waitlist_offers.c.entry_id
        )
    )
    offers = dict(map(tuple, rows.all()))
    assert offers[ana.patient_id] == offers[ben.patient_id] == "withdrawn"
    assert offers[cleo.patient_id] != "withdrawn"  # Control


def test_a_released_time_is_offered_to_who_waits_for_it(
    clinic: Clinic, connection: Connection
) -> None:
    book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))
    three(connection, clinic)
    before = connection.scalar(select(func.count()).select_from(waitlist_rounds))
    dies(connection, clinic.patient_id)
    opened = connection.execute(select(waitlist_rounds)).all()
    assert len(opened) == (before or 0) + 1
    assert opened[-1].starts_at == at("10:00", TUESDAY)


def test_what_waits_to_be_sent_is_dropped_and_answers_are_not(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    named = a_queued(connection, clinic, appointment_id=visit.id)
    carried = a_queued(connection, clinic)
    connection.execute(update(reminders).values(message_id=carried, state="queued"))
    answer = a_queued(connection, clinic, "reply", appointment_id=visit.id)
    elsewhere = a_queued(connection, clinic, "notice")
    dies(connection, clinic.patient_id)
    for message_id in (named, carried):
        assert fate(connection, message_id) == ("dropped", "deceased", None)
    for message_id in (answer, elsewhere):
        assert fate(connection, message_id)[0] == "queued"


def test_a_reminder_that_others_share_is_said_to_them_anew(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    child = a_patient(connection, "Lia")
    a_link(connection, child, clinic.address_id, relation="daughter")
    hers = book_slot(connection, clinic, a_slot(clinic, "11:00", TUESDAY), patient_id=child)
    shared = a_queued(connection, clinic, appointment_id=visit.id)
    connection.execute(
        update(reminders).where(reminders.c.stage == "1d").values(message_id=shared, state="queued")
    )
    dies(connection, clinic.patient_id)
    assert fate(connection, shared) == ("dropped", "deceased", None)
    rows = connection.execute(
        select(reminders.c.appointment_id, reminders.c.state).where(reminders.c.stage == "1d")
    ).all()
    assert dict(map(tuple, rows)) == {visit.id: "withdrawn", hers.id: "planned"}


def test_calls_about_them_are_closed_and_so_is_the_report(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    about: dict[str, Any] = {"patient_id": clinic.patient_id, "now": NOW}
    open_task(connection, TaskKind.CALL, appointment_id=visit.id, **about)
    open_task(connection, TaskKind.DECEASED, **about)
    other = open_task(connection, TaskKind.CALL, patient_id=a_patient(connection), now=NOW)
    dies(connection, clinic.patient_id)
    rows = connection.execute(select(tasks.c.id, tasks.c.outcome).order_by(tasks.c.id)).all()
    assert [row.outcome for row in rows] == ["deceased", "confirmed", None]
    assert rows[-1].id == other


def test_only_staff_may_say_so_and_of_somebody_there_is(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    with pytest.raises(StaffOnly):
        dies(connection, clinic.patient_id, actor=PATIENT)
    with pytest.raises(PatientNotFound):
        dies(connection, 999)
    assert by_id(connection, visit.id).status is AppointmentStatus.SCHEDULED


def test_it_is_all_or_nothing(
    clinic: Clinic, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies on the last line has done nothing."""
    from core.people import standing

    with database.transaction() as connection:
        book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("cut off")

    monkeypatch.setattr(standing, "close_tasks_of_patient", fail)
    with pytest.raises(RuntimeError), database.transaction() as connection:
        dies(connection, clinic.patient_id)
    with database.reading() as connection:
        assert connection.scalar(select(appointments.c.status)) == "scheduled"
        standing_now = select(patients.c.standing).where(patients.c.id == clinic.patient_id)
        assert connection.scalar(standing_now) == "active"
        assert states(connection, reminders, clinic.patient_id) == {"planned"}


def test_said_again_it_changes_nothing(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    assert [each.id for each in dies(connection, clinic.patient_id)] == [visit.id]
    assert dies(connection, clinic.patient_id) == []


def test_a_message_that_was_queued_at_the_same_moment_is_dropped_when_it_is_claimed(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    dies(connection, clinic.patient_id)
    late = a_queued(connection, clinic, appointment_id=visit.id)
    claim = outbox.claim(connection, now=LATER, owner="w", lease=timedelta(minutes=2), limit=10)
    assert claim.messages == []
    assert fate(connection, late)[:2] == ("dropped", "deceased")
