"""Two records of one person become one, and two again: nothing is lost on the way, nothing becomes
open that was not, and no table is forgotten."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select, update

from core.errors import CannotMerge, NothingToUndo, PatientNotFound, RecordMerged, StaffOnly
from core.messaging.tasks import open_task
from core.models import (
    appointments,
    consents,
    feedback,
    patient_addresses,
    patients,
    reminders,
    tasks,
    verifications,
    waitlist,
)
from core.models.messaging import TaskKind
from core.models.people import Standing
from core.models.staff import Role
from core.people.comparing import Obstacle, doubles, preview
from core.people.links import people_at
from core.people.merging import Merged, merge, went_into
from core.people.references import STAYS, all_references
from core.people.restricted import name_only
from core.people.unmerging import UNDO_WITHIN, Unmerged, merged_lately, unmerge
from core.scheduling.appointments import Appointment, by_id
from core.scheduling.moving import move
from core.staff.finding import find_patients
from core.staff.rights import Sphere
from tests.builders import NOW, Clinic, a_colleague, a_link, a_patient, an_address
from tests.core.people.saying import events_of
from tests.core.scheduling.words import (
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    book_slot,
    offered,
)
from tests.core.waitlist.words import three

LATER = NOW + timedelta(minutes=5)
ALL = Sphere(Role.ADMIN, everywhere=True)


@pytest.fixture(autouse=True)
def staff(clinic: Clinic, connection: Connection) -> int:
    del clinic
    return a_colleague(connection, "rosa", None, address_id=None)


@pytest.fixture
def other(clinic: Clinic, connection: Connection) -> int:
    """Maria Lopez once more, as somebody typed her."""
    del clinic
    return a_patient(connection, "Maria", last_name="Lopes")


def merges(connection: Connection, kept: int, gone: int, **changes: Any) -> Merged:
    how: dict[str, Any] = {"actor": RECEPTIONIST, "now": LATER}
    return merge(connection, kept, gone, **(how | changes))


def goes_back(connection: Connection, merged: Merged, minutes: int = 10) -> Unmerged:
    return unmerge(
        connection, merged.id, actor=RECEPTIONIST, now=LATER + timedelta(minutes=minutes)
    )


def whole(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(select(table).order_by(table.c.id))]


def owners(connection: Connection, table: Table) -> set[int]:
    return set(connection.scalars(select(table.c.patient_id)))


def a_visit(
    connection: Connection, clinic: Clinic, patient_id: int, text: str = "10:00"
) -> Appointment:
    return book_slot(connection, clinic, a_slot(clinic, text, TUESDAY), patient_id=patient_id)


# What moves


def test_every_table_that_names_a_patient_moves_or_stays_on_purpose() -> None:
    """A new one fails here: it moves unless it is among those that stay."""
    assert {f"{table.name}.{column}" for table, column in all_references()} == STAYS | {
        "appointments.patient_id",
        "broadcast_recipients.patient_id",
        "consents.patient_id",
        "feedback.patient_id",
        "occasions.patient_id",
        "patient_addresses.patient_id",
        "recalls.patient_id",
        "tasks.patient_id",
        "verifications.patient_id",
        "waitlist.patient_id",
    }


@pytest.fixture
def full(clinic: Clinic, connection: Connection, other: int) -> Appointment:
    """The other record has something in nearly every table."""
    visit = a_visit(connection, clinic, other)
    phone = an_address(connection)
    a_link(connection, other, phone)
    ana, *_ = three(connection, clinic)
    connection.execute(
        update(waitlist).where(waitlist.c.patient_id == ana.patient_id).values(patient_id=other)
    )
    times = {"created_at": NOW, "updated_at": NOW}
    connection.execute(
        insert(feedback),
        {
            "appointment_id": visit.id,
            "patient_id": other,
            "practitioner_id": clinic.patel_id,
            "overall_halves": 8,
            "is_anonymous": False,
            "is_verified": True,
            "moderation": "new",
            **times,
        },
    )
    given = {"purpose": "care", "is_given": True, "at": NOW, "how": "said", "actor_kind": "admin"}
    connection.execute(insert(consents), {"address_id": phone, "patient_id": other, **given})
    connection.execute(
        insert(verifications),
        {"address_id": phone, "patient_id": other, "expires_at": LATER, **times},
    )
    open_task(connection, TaskKind.CALL, patient_id=other, appointment_id=visit.id, now=NOW)
    return visit


@pytest.mark.usefixtures("full")
def test_all_that_is_theirs_moves_over(clinic: Clinic, connection: Connection, other: int) -> None:
    kept = clinic.patient_id
    moving = (appointments, waitlist, feedback, consents, verifications, tasks, patient_addresses)
    for table in moving:
        assert other in owners(connection, table)  # Control
    merged = merges(connection, kept, other)
    for table in moving:
        assert other not in owners(connection, table), table.name
        assert merged.moved[table.name] == 1
    gone = connection.execute(select(patients).where(patients.c.id == other)).one()
    assert (gone.is_active, gone.merged_into_id) == (False, kept)
    assert went_into(connection, kept) == [other]
    assert events_of(connection, kept)[-1] == "merged"
    assert events_of(connection, other)[-1] == "went_into_another"


@pytest.mark.usefixtures("full")
def test_undone_everything_is_as_it_was(clinic: Clinic, connection: Connection, other: int) -> None:
    tables = (waitlist, consents, verifications, patient_addresses)
    before = [whole(connection, table) for table in tables]
    persons = select(patients.c.id, patients.c.last_name, patients.c.is_active)
    persons_before = connection.execute(persons.order_by(patients.c.id)).all()
    merged = merges(connection, clinic.patient_id, other)
    assert [whole(connection, table) for table in tables] != before  # Control
    undone = goes_back(connection, merged)
    assert undone.stay == {}
    assert undone.back["appointments"] == 1
    for table, rows in zip(tables, before, strict=True):
        assert whole(connection, table) == rows, table.name
    for table in (appointments, feedback, tasks):
        assert owners(connection, table) == {other}
    assert connection.execute(persons.order_by(patients.c.id)).all() == persons_before
    assert merged_lately(connection, LATER) == []


def test_a_visit_is_one_version_on_and_its_reminders_are_not_doubled(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    visit = a_visit(connection, clinic, other)
    planned = whole(connection, reminders)
    assert planned
    merges(connection, clinic.patient_id, other)
    after = by_id(connection, visit.id)
    assert (after.patient_id, after.version) == (clinic.patient_id, visit.version + 1)
    assert whole(connection, reminders) == planned


# Undoing


def test_what_has_changed_since_stays_and_is_counted(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    moved_since = a_visit(connection, clinic, other)
    untouched = a_visit(connection, clinic, other, "11:00")
    merged = merges(connection, clinic.patient_id, other)
    move(
        connection,
        moved_since.id,
        a_slot(clinic, "15:00", TUESDAY),
        version=by_id(connection, moved_since.id).version,
        actor=RECEPTIONIST,
        now=LATER + timedelta(minutes=1),
        catalogue=offered(connection, LATER),
    )
    undone = goes_back(connection, merged)
    assert (undone.back["appointments"], undone.stay) == (1, {"appointments": 1})
    assert by_id(connection, moved_since.id).patient_id == clinic.patient_id
    assert by_id(connection, untouched.id).patient_id == other


def test_what_came_since_stays_unless_it_is_about_a_visit_that_goes_back(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    visit = a_visit(connection, clinic, other)
    merged = merges(connection, clinic.patient_id, other)
    new = a_visit(connection, clinic, clinic.patient_id, "14:00")
    about = open_task(
        connection,
        TaskKind.CALL,
        patient_id=clinic.patient_id,
        appointment_id=visit.id,
        now=LATER,
    )
    goes_back(connection, merged)
    assert by_id(connection, new.id).patient_id == clinic.patient_id
    whose = select(tasks.c.patient_id).where(tasks.c.id == about)
    assert connection.scalar(whose) == other


def test_it_is_taken_back_once_and_only_for_a_day(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    merged = merges(connection, clinic.patient_id, other)
    with pytest.raises(NothingToUndo):
        unmerge(
            connection,
            merged.id,
            actor=RECEPTIONIST,
            now=LATER + UNDO_WITHIN + timedelta(microseconds=1),
        )
    goes_back(connection, merged)
    with pytest.raises(NothingToUndo):
        goes_back(connection, merged)
    with pytest.raises(NothingToUndo):
        unmerge(connection, 99, actor=RECEPTIONIST, now=LATER)


def test_the_last_of_several_goes_back_first(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    third = a_patient(connection, "Mary", last_name="Lopez")
    first = merges(connection, clinic.patient_id, other)
    second = merges(connection, third, clinic.patient_id)
    assert sorted(went_into(connection, third)) == [clinic.patient_id, other]
    with pytest.raises(NothingToUndo):
        goes_back(connection, first)
    goes_back(connection, second)
    goes_back(connection, first)


# Fields


def test_what_the_kept_record_lacks_is_filled_and_goes_back(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    kept = clinic.patient_id
    said = {"language": "es", "external_id": "MRN-9", "needs": '["wheelchair"]', "notes": "shy"}
    connection.execute(update(patients).where(patients.c.id == other).values(**said))
    own = {"notes": "likes mornings", "language": None}
    connection.execute(update(patients).where(patients.c.id == kept).values(**own))
    assert "external_id" in preview(connection, kept, other, now=LATER).filled
    merged = merges(connection, kept, other)

    def fields() -> list[tuple[Any, ...]]:
        columns = [patients.c[name] for name in (*said, "last_name")]
        rows = select(*columns).where(patients.c.id.in_((kept, other))).order_by(patients.c.id)
        return [tuple(row) for row in connection.execute(rows)]

    assert fields()[0] == ("es", "MRN-9", '["wheelchair"]', "likes mornings\nshy", "Lopez")
    assert goes_back(connection, merged).fields == ()
    assert fields() == [
        (None, None, None, "likes mornings", "Lopez"),
        ("es", "MRN-9", '["wheelchair"]', "shy", "Lopes"),
    ]


def test_a_field_that_was_changed_since_stays(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    kept = patients.c.id == clinic.patient_id
    connection.execute(update(patients).where(kept).values(language=None))
    connection.execute(update(patients).where(patients.c.id == other).values(language="es"))
    merged = merges(connection, clinic.patient_id, other)
    connection.execute(update(patients).where(kept).values(language="fr"))
    assert goes_back(connection, merged).fields == ("language",)
    assert connection.scalar(select(patients.c.language).where(kept)) == "fr"


def test_of_what_differs_the_kept_records_stays_unless_picked(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    assert preview(connection, clinic.patient_id, other, now=LATER).differing == ("last_name",)
    name = select(patients.c.last_name, patients.c.search_name)
    name = name.where(patients.c.id == clinic.patient_id)
    merged = merges(connection, clinic.patient_id, other)
    assert connection.execute(name).one() == ("Lopez", "maria lopez")
    goes_back(connection, merged)
    merged = merges(connection, clinic.patient_id, other, picks=["last_name"])
    assert connection.execute(name).one() == ("Lopes", "maria lopes")
    goes_back(connection, merged)
    assert connection.execute(name).one() == ("Lopez", "maria lopez")


# Nothing becomes open that was not


def test_of_one_address_the_lower_trust_and_the_fewer_rights_count(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    ours = patient_addresses.c.patient_id == clinic.patient_id
    a_link(connection, other, clinic.address_id, trust="claimed", may_see=False, is_barred=False)
    link = select(
        patient_addresses.c.trust, patient_addresses.c.may_see, patient_addresses.c.may_book
    ).where(ours)
    assert connection.execute(link).one() == ("proved", True, True)  # Control
    merged = merges(connection, clinic.patient_id, other)
    assert connection.execute(link).one() == ("claimed", False, True)
    assert [each.patient_id for each in people_at(connection, clinic.address_id, LATER)] == [
        clinic.patient_id
    ]
    goes_back(connection, merged)
    assert connection.execute(link).one() == ("proved", True, True)


def test_who_writes_from_the_others_address_is_the_kept_one(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    there = an_address(connection)
    a_link(connection, other, there)
    merges(connection, clinic.patient_id, other)
    [person] = people_at(connection, there, LATER)
    assert (person.patient_id, person.last_name) == (clinic.patient_id, "Lopez")


def test_what_is_stricter_counts(clinic: Clinic, connection: Connection, other: int) -> None:
    strict = {"standing": Standing.BLOCKED, "contact_rules": '{"never": "staff"}'}
    connection.execute(update(patients).where(patients.c.id == other).values(**strict))
    merges(connection, clinic.patient_id, other)
    row = connection.execute(select(patients).where(patients.c.id == clinic.patient_id)).one()
    assert row.standing == "blocked"
    assert json.loads(row.contact_rules) == {"never": "staff"}


def test_who_waits_for_the_same_twice_waits_once(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    ana, ben, *_ = three(connection, clinic)
    for waiter, whose in ((ana, clinic.patient_id), (ben, other)):
        theirs = waitlist.c.id == waiter.entry_id
        connection.execute(update(waitlist).where(theirs).values(patient_id=whose))
    states = select(waitlist.c.state).where(waitlist.c.patient_id == clinic.patient_id)
    merged = merges(connection, clinic.patient_id, other)
    assert sorted(connection.scalars(states)) == ["left", "waiting"]
    goes_back(connection, merged)
    assert list(connection.scalars(states)) == ["waiting"]


# What stands in the way


def refused(connection: Connection, kept: int, gone: int, **changes: Any) -> tuple[str, ...]:
    with pytest.raises(CannotMerge) as error:
        merges(connection, kept, gone, **changes)
    assert connection.scalar(select(func.count()).select_from(patients)) == 2
    assert connection.scalar(select(patients.c.merged_into_id).where(patients.c.id == gone)) is None
    return error.value.obstacles


def test_two_visits_at_one_time(clinic: Clinic, connection: Connection, other: int) -> None:
    a_visit(connection, clinic, clinic.patient_id)
    slot = a_slot(clinic, "10:00", TUESDAY, practitioner_id=clinic.okafor_id)
    book_slot(connection, clinic, slot, patient_id=other)
    assert refused(connection, clinic.patient_id, other) == (Obstacle.VISITS,)


def test_other_birth_dates_unless_somebody_insists(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    born = update(patients).where(patients.c.id == other)
    connection.execute(born.values(date_of_birth=date(1984, 3, 12)))
    assert preview(connection, clinic.patient_id, other, now=LATER).has_other_birth_date
    assert refused(connection, clinic.patient_id, other) == (Obstacle.BIRTH_DATES,)
    merges(connection, clinic.patient_id, other, despite_birth_dates=True)


def test_one_has_died_and_the_other_not(clinic: Clinic, connection: Connection, other: int) -> None:
    dead = update(patients).where(patients.c.id == other).values(standing=Standing.DECEASED)
    connection.execute(dead)
    assert refused(connection, clinic.patient_id, other) == (Obstacle.DECEASED,)
    assert refused(connection, other, clinic.patient_id) == (Obstacle.DECEASED,)


def test_not_the_same_staff_may_see_both(
    clinic: Clinic, connection: Connection, other: int, staff: int
) -> None:
    name_only(connection, other, [staff], by="admin 1", now=NOW)
    assert refused(connection, clinic.patient_id, other) == (Obstacle.RESTRICTED,)
    name_only(connection, clinic.patient_id, [staff], by="admin 1", now=NOW)
    merges(connection, clinic.patient_id, other)


def test_only_staff_and_two_records_that_are_there(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    with pytest.raises(StaffOnly):
        merges(connection, clinic.patient_id, other, actor=PATIENT)
    with pytest.raises(PatientNotFound):
        merges(connection, clinic.patient_id, 999)
    with pytest.raises(RecordMerged):
        merges(connection, clinic.patient_id, clinic.patient_id)
    merges(connection, clinic.patient_id, other)
    third = a_patient(connection, "Mary")
    for kept, gone in ((other, third), (third, other)):
        with pytest.raises(RecordMerged):
            merges(connection, kept, gone)


# Afterwards


def test_nothing_is_booked_for_a_record_that_went(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    merged = merges(connection, clinic.patient_id, other)
    with pytest.raises(RecordMerged):
        a_visit(connection, clinic, other)
    goes_back(connection, merged)
    a_visit(connection, clinic, other)  # Control


def test_names_find_it_no_more(clinic: Clinic, connection: Connection, other: int) -> None:
    def found() -> list[int]:
        return [each.id for each in find_patients(connection, ALL, LATER, name="lopes").patients]

    assert other in found()
    merges(connection, clinic.patient_id, other)
    assert other not in found()


def test_the_task_that_asked_for_it_is_done_and_comes_back(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    open_task(connection, TaskKind.DUPLICATE, patient_id=other, now=NOW)
    assert [(each.first_id, each.second_id) for each in doubles(connection, limit=8)] == [
        (clinic.patient_id, other)
    ]
    merged = merges(connection, clinic.patient_id, other)
    assert connection.scalar(select(tasks.c.outcome)) == "merged"
    assert doubles(connection, limit=8) == []
    goes_back(connection, merged)
    row = connection.execute(select(tasks.c.patient_id, tasks.c.closed_at)).one()
    assert tuple(row) == (other, None)


def test_what_may_be_taken_back_is_known(
    clinic: Clinic, connection: Connection, other: int
) -> None:
    merged = merges(connection, clinic.patient_id, other)
    when: datetime = LATER + timedelta(hours=23)
    assert [each.id for each in merged_lately(connection, when)] == [merged.id]
    assert merged_lately(connection, LATER + timedelta(hours=25)) == []
