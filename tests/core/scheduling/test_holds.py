"""Slots that are kept for a while."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from core import models
from core.errors import OutsideSchedule, PatientBusy, SlotInPast, SlotTaken
from core.models.appointments import ActorKind, AppointmentStatus
from core.scheduling.appointments import get
from core.scheduling.holds import expire_holds, release
from tests.builders import NOW, Clinic, a_conversation, a_patient
from tests.core.scheduling.words import (
    AFTER_THE_TERM,
    PATIENT,
    a_slot,
    at,
    book_slot,
    events,
    hold_slot,
    rows,
)


def test_a_hold_keeps_the_slot_for_its_term(clinic: Clinic, connection: Connection) -> None:
    kept = hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    assert (kept.status, kept.hold_expires_at) == (AppointmentStatus.HELD, AFTER_THE_TERM)
    assert get(connection, kept.public_id) == kept
    other = a_conversation(connection)
    a_moment_before = AFTER_THE_TERM - timedelta(microseconds=1)
    with pytest.raises(SlotTaken):
        hold_slot(
            connection,
            clinic,
            a_slot(clinic, "09:00"),
            conversation_id=other,
            now=a_moment_before,
        )


def test_who_comes_after_the_term_takes_the_slot_over(
    clinic: Clinic, connection: Connection
) -> None:
    old = hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    new = hold_slot(
        connection,
        clinic,
        a_slot(clinic, "09:00"),
        conversation_id=a_conversation(connection),
        now=AFTER_THE_TERM,
    )
    assert get(connection, old.public_id).status is AppointmentStatus.EXPIRED
    assert get(connection, new.public_id).status is AppointmentStatus.HELD
    query = select(models.appointment_events.c.actor_kind).order_by(models.appointment_events.c.id)
    assert list(connection.scalars(query)) == ["patient", "system", "patient"]


def test_an_overdue_hold_of_the_patient_elsewhere_is_no_hindrance(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "09:00", practitioner_id=clinic.okafor_id)
    hold_slot(connection, clinic, slot, patient_id=clinic.patient_id)
    here = a_slot(clinic, "09:00")
    with pytest.raises(PatientBusy):
        book_slot(connection, clinic, here)
    assert book_slot(connection, clinic, here, now=AFTER_THE_TERM)


def test_a_new_hold_releases_the_older_one(clinic: Clinic, connection: Connection) -> None:
    old = hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    new = hold_slot(connection, clinic, a_slot(clinic, "09:20", practitioner_id=clinic.okafor_id))
    assert [events(connection, each.id) for each in (old, new)] == [["held", "released"], ["held"]]


def test_the_same_slot_once_more_renews_the_term(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "10:00")
    kept = hold_slot(connection, clinic, slot, now=at("09:00"))
    soon = hold_slot(connection, clinic, slot, now=at("09:02"))
    assert soon == kept  # Most of the term lies ahead.
    later = hold_slot(connection, clinic, slot, now=at("09:04"), patient_id=clinic.patient_id)
    assert (later.id, later.hold_expires_at) == (kept.id, at("09:09"))
    assert later.patient_id == clinic.patient_id


def test_a_hold_that_is_refused_leaves_the_older_one(
    clinic: Clinic, connection: Connection
) -> None:
    book_slot(connection, clinic, a_slot(clinic, "09:00"))
    hold_slot(connection, clinic, a_slot(clinic, "09:20"))
    stored = rows(connection)
    with pytest.raises(SlotTaken):
        hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    with pytest.raises(OutsideSchedule):
        hold_slot(connection, clinic, a_slot(clinic, "12:00"))
    with pytest.raises(SlotInPast):
        hold_slot(connection, clinic, a_slot(clinic, "09:40"), now=at("08:41"))
    assert rows(connection) == stored


def test_a_busy_patient_hears_it_before_the_question(
    clinic: Clinic, connection: Connection
) -> None:
    book_slot(connection, clinic, a_slot(clinic, "09:00"))
    elsewhere = a_slot(clinic, "09:00", practitioner_id=clinic.okafor_id)
    with pytest.raises(PatientBusy):
        hold_slot(connection, clinic, elsewhere, patient_id=clinic.patient_id)


def test_release_gives_the_slot_back_once(clinic: Clinic, connection: Connection) -> None:
    kept = hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    released = release(connection, clinic.conversation_id, actor=PATIENT, now=NOW)
    assert released is not None
    assert (released.id, released.status) == (kept.id, AppointmentStatus.EXPIRED)
    assert release(connection, clinic.conversation_id, actor=PATIENT, now=NOW) is None
    assert events(connection, kept.id) == ["held", "released"]
    book_slot(connection, clinic, a_slot(clinic, "09:00"))


def test_the_worker_tidies_what_is_over(clinic: Clinic, connection: Connection) -> None:
    for text in ("09:00", "09:20", "09:40"):
        conversation = a_conversation(connection)
        hold_slot(connection, clinic, a_slot(clinic, text), conversation_id=conversation)
    later = AFTER_THE_TERM - timedelta(minutes=1)
    current = hold_slot(connection, clinic, a_slot(clinic, "10:00"), now=later)
    assert expire_holds(connection, now=later, limit=10) == 0
    assert expire_holds(connection, now=AFTER_THE_TERM, limit=2) == 2
    assert expire_holds(connection, now=AFTER_THE_TERM, limit=2) == 1
    assert get(connection, current.public_id) == current
    expired = (
        select(func.count())
        .select_from(models.appointment_events)
        .where(models.appointment_events.c.type == "expired")
        .where(models.appointment_events.c.actor_kind == ActorKind.SYSTEM)
    )
    assert connection.scalar(expired) == 3


def test_a_late_yes_after_tidying_books_afresh(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "09:00")
    kept = hold_slot(connection, clinic, slot, patient_id=a_patient(connection, "Late"))
    expire_holds(connection, now=AFTER_THE_TERM, limit=10)
    booked = book_slot(
        connection, clinic, slot, conversation_id=clinic.conversation_id, now=AFTER_THE_TERM
    )
    assert booked.id != kept.id
