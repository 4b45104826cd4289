"""A restricted record: whoever is named for it works as always, others say why, and somebody else
looks at that."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from core.database.connect import Database
from core.models import (
    audit_log,
    named_staff,
    opened_records,
    patients,
    tasks,
)
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member
from tests.bot.staff.test_standing import presses, standing_of
from tests.bot.talking import Patient, rows, text_of
from tests.builders import NOW, Clinic, a_link, a_patient, a_phone, a_setting, an_appointment

TEN = NOW + timedelta(hours=32)  # On Monday, where the clinic is.
NAMED, STRANGER, ADMIN = "nina", "anna", "rosa"


@pytest.fixture
def nora(clinic: Clinic, database: Database) -> int:
    """Restricted, with a visit, and in need of an interpreter."""
    with database.transaction() as connection:
        nora = a_patient(connection, "Nora", last_name="Quinn", standing="restricted")
        a_phone(connection, nora, "+14155550142")
        connection.execute(
            update(patients).where(patients.c.id == nora).values(needs='["interpreter"]')
        )
        an_appointment(
            connection,
            patient_id=nora,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN,
        )
        return nora


def staff_with(database: Database, username: str, role: Role, address: str) -> Colleague:
    who = a_member(database, Grant(role), username=username)
    who.address = address
    who.comes_in()
    return who


@pytest.fixture
def anna(nora: int, database: Database) -> Colleague:
    """Who is not named."""
    del nora
    return staff_with(database, STRANGER, Role.RECEPTIONIST, "9001")


@pytest.fixture
def nina(nora: int, database: Database) -> Colleague:
    """Who is."""
    nina = staff_with(database, NAMED, Role.RECEPTIONIST, "9002")
    with database.transaction() as connection:
        row = {"patient_id": nora, "staff_id": nina.staff_id, "added_by": "test", "added_at": NOW}
        connection.execute(insert(named_staff), row)
    return nina


@pytest.fixture
def rosa(nora: int, database: Database) -> Colleague:
    """An administrator."""
    del nora
    return staff_with(database, ADMIN, Role.ADMIN, "9003")


def opens(who: Colleague, why: str = "she is on the phone") -> str:
    presses(who, "Open with a reason")
    return text_of(who.says(why))


def test_who_is_named_works_as_with_anybody(nina: Colleague) -> None:
    assert "N.Q., 1985, ...0142" in text_of(nina.says("/find quinn"))
    day = text_of(nina.says("/day tomorrow dr patel"))
    assert "N.Q." in day
    assert "interpreter" in day
    assert "Book N.Q." in text_of(nina.says("/book nora quinn tomorrow 11:00 dr patel"))
    assert "Move N.Q." in text_of(nina.says("/move quinn tomorrow at 3pm"))
    assert "Call off N.Q." in text_of(nina.says("/cancel quinn"))


def test_others_see_when_and_not_who(anna: Colleague) -> None:
    day = text_of(anna.says("/day tomorrow dr patel"))
    assert "(restricted)" in day
    assert "N.Q." not in day
    assert "interpreter" not in day
    sick = text_of(anna.says("/sick dr patel tomorrow"))
    assert "(restricted)" in sick
    assert "N.Q." not in sick


@pytest.mark.parametrize(
    ("asked", "then"),
    [
        ("/find quinn", "N.Q., 1985"),
        ("/standing quinn", "Restricted"),
        ("/move quinn tomorrow at 3pm", "Move N.Q."),
        ("call off tomorrow's 10:00", "Call off N.Q."),
        ("/cancel quinn", "Call off N.Q."),
    ],
)
def test_with_a_reason_they_go_on_where_they_were(
    anna: Colleague, database: Database, nora: int, asked: str, then: str
) -> None:
    told = text_of(anna.says(asked))
    assert "restricted" in told
    assert "1985" not in told
    told = opens(anna)
    assert "Open to you until" in told
    assert then in told
    [opened] = rows(database, opened_records)
    assert (opened.patient_id, opened.staff_id) == (nora, anna.staff_id)
    about = [row for row in rows(database, audit_log) if row.action == "turned_away"]
    assert [row.patients for row in about] == [f"[{nora}]"]
    [entry] = [row for row in rows(database, audit_log) if row.action == "opened"]
    assert (entry.is_sensitive, entry.reason) == (True, "she is on the phone")


def test_a_booking_goes_on_where_it_was(anna: Colleague) -> None:
    assert "restricted" in text_of(anna.says("/book nora quinn tomorrow 11:00 dr patel"))
    presses(anna, "NQ (restricted)")
    assert "Book N.Q." in text_of(anna.says("she is on the phone"))


def test_a_second_look_needs_no_second_reason_while_it_is_open(
    anna: Colleague, database: Database
) -> None:
    anna.says("/find quinn")
    opens(anna)
    anna.clock.passes(minutes=9)
    assert "N.Q., 1985" in text_of(anna.says("/find quinn"))
    assert len(rows(database, opened_records)) == 1
    anna.clock.passes(minutes=52)
    anna.says("/find quinn")
    assert "1985" not in text_of(anna.says("482913"))


def test_how_long_is_a_rule(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        a_setting(connection, "opened_record_minutes", 5)
    anna.says("/find quinn")
    opens(anna)
    anna.clock.passes(minutes=6)
    assert "1985" not in text_of(anna.says("/find quinn"))


def test_who_has_nothing_to_do_with_them_finds_nobody_and_opens_nothing(
    clinic: Clinic, database: Database, nora: int
) -> None:
    del nora
    doctor = a_member(database, Grant(Role.PRACTITIONER), practitioner_id=clinic.okafor_id)
    doctor.comes_in()
    assert "Nobody is found" in text_of(doctor.says("/find quinn"))


def test_the_visit_is_marked_without_knowing_who_and_not_moved(anna: Colleague) -> None:
    anna.says("/day tomorrow dr patel")
    told = presses(anna, "10:00 AM (restricted)")
    assert "N.Q." not in told
    labels = {each.label for each in anna.choices}
    assert {"Is here", "Open with a reason"} <= labels
    assert not {"Move", "Call off"} & labels
    assert "N.Q." in opens(anna)
    assert {"Move", "Call off"} <= {each.label for each in anna.choices}


# Reviews


def test_somebody_else_reviews_it(
    anna: Colleague, rosa: Colleague, database: Database, nora: int
) -> None:
    anna.says("/find quinn")
    opens(anna)
    [task] = [row for row in rows(database, tasks) if row.kind == "review"]
    assert task.assigned_to_id == rosa.staff_id
    assert task.patient_id is None  # Whose record it is stands where fewer look.
    told = text_of(rosa.says("/reviews"))
    assert "opened: 1" in told
    told = text_of(rosa.presses(1))
    assert "she is on the phone" in told
    assert "(restricted)" in told
    assert "opened 1, looked at 1" in told
    assert "N.Q." not in told
    assert "in order" in presses(rosa, "In order")
    [task] = [row for row in rows(database, tasks) if row.kind == "review"]
    assert task.outcome == "in_order"
    entry = rows(database, audit_log)[-1]
    assert (entry.action, entry.resource, entry.is_sensitive) == ("in_order", "review", True)
    assert entry.patients == f"[{nora}]"
    assert "Nothing waits" in text_of(rosa.says("/reviews"))


def test_what_was_not_in_order_takes_a_note_and_closes_the_record(
    anna: Colleague, rosa: Colleague, database: Database
) -> None:
    anna.says("/find quinn")
    opens(anna)
    rosa.says("/reviews")
    rosa.presses(1)
    assert "What was not in order" in presses(rosa, "Not in order")
    assert "not in order" in text_of(rosa.says("she has nothing to do with them"))
    [opened] = rows(database, opened_records)
    assert opened.review_note == "she has nothing to do with them"
    assert opened.reviewed_by_id == rosa.staff_id
    assert "1985" not in text_of(anna.says("/find quinn"))


def test_nobody_reviews_what_they_opened_themselves(rosa: Colleague, database: Database) -> None:
    rosa.says("/find quinn")
    opens(rosa)
    [task] = [row for row in rows(database, tasks) if row.kind == "review"]
    assert task.assigned_to_id is None
    assert "Nothing waits" in text_of(rosa.says("/reviews"))
    tom = staff_with(database, "tom", Role.ADMIN, "9004")
    assert "opened: 1" in text_of(tom.says("/reviews"))


# Who is named


def test_an_administrator_names_who_may_see_it(
    rosa: Colleague, anna: Colleague, database: Database, nora: int
) -> None:
    rosa.says("/standing quinn")
    opens(rosa)
    presses(rosa, "Who may see it")
    assert "Nobody of that name" in text_of(rosa.says("only Zoe"))
    told = text_of(rosa.says("only anna"))
    assert "from now on" in told
    assert [row.staff_id for row in rows(database, named_staff)] == [anna.staff_id]
    assert "N.Q., 1985" in text_of(anna.says("/find quinn"))
    presses(rosa, "Take back")
    assert rows(database, named_staff) == []
    assert standing_of(database, nora) == "restricted"


def test_a_reason_opens_it_for_oneself_and_not_for_everybody(
    anna: Colleague, database: Database, nora: int
) -> None:
    anna.says("/standing quinn")
    opens(anna)
    assert "Only an administrator" in presses(anna, "Active")
    assert "Who may see it" not in {each.label for each in anna.choices}
    assert standing_of(database, nora) == "restricted"


def test_who_restricts_a_record_sees_it(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        a_patient(connection, "Ben", last_name="Ford")
    anna.says("/standing ford")
    presses(anna, "Restrict the record")
    assert "Restricted" in text_of(anna.says("a colleague of ours"))
    assert "B.F." in text_of(anna.says("/find ford"))


# Conversations


def test_who_asked_for_a_person_is_not_named_to_others(
    anna: Colleague, nina: Colleague, database: Database, nora: int
) -> None:
    patient = Patient(database)
    patient.says("hello")
    with database.transaction() as connection:
        a_link(connection, nora, patient.own_address.id)
    patient.says("I want to talk to a person")
    told = text_of(anna.says("/talks"))
    assert "(restricted) (web)" in told
    assert "restricted" in text_of(anna.presses(1))
    assert "You answer N.Q." in text_of([nina.says("/talks"), nina.presses(1)][1])
    with database.reading() as connection:
        claimed = select(tasks.c.acknowledged_by_id).where(tasks.c.kind == "handover")
        assert connection.scalar(claimed) == nina.staff_id
