"""`frontdesk staff`: added, invited, revoked from the terminal."""

import json
import re

from sqlalchemy import select

from core.database.connect import Database
from core.models import audit_log, staff, staff_invitations
from core.people.restricted import name_only
from core.setup import set_up_demo
from core.staff.colleagues import staff_named
from tests.bot.cli.conftest import Run
from tests.bot.talking import rows
from tests.builders import NOW, a_patient

CODE = re.compile(r"\b[A-Z]{4}-\d{6}\b")
ADD = ("staff", "add", "ben", "--name", "Ben Ford", "--role", "receptionist")


def chat(on_demo: Run, text: str) -> str:
    return on_demo("chat", "--channel", "telegram", "--from", "9001", said=text).out


def test_the_clinics_people_are_listed_with_their_roles(on_demo: Run) -> None:
    lines = on_demo("staff").lines
    assert any("rosa" in line and "admin, receptionist" in line for line in lines)
    assert any("tom" in line and "receptionist (Downtown)" in line for line in lines)
    anita = next(json.loads(line) for line in on_demo("staff", "--json").lines if "anita" in line)
    assert anita == {
        "username": "anita",
        "name": "Anita Patel",
        "roles": ["practitioner"],
        "practitioner": "Dr Anita Patel",
        "named_for": 0,
    }


def test_whoever_is_added_comes_in_with_the_code_and_stays_through_a_setup(
    on_demo: Run, demo: Database
) -> None:
    ran = on_demo(*ADD, "--location", "Phoenix")
    assert ran.code == 0
    found = CODE.search(ran.out)
    assert found is not None
    assert "Welcome, Ben" in chat(on_demo, found[0])
    set_up_demo(demo, NOW)
    assert any("ben" in line and "(Phoenix)" in line for line in on_demo("staff").lines)


def test_control_whoever_the_file_does_not_name_any_more_is_gone(
    on_demo: Run, demo: Database
) -> None:
    on_demo(*ADD)
    with demo.transaction() as connection:
        connection.execute(staff.update().values(source="file"))
    set_up_demo(demo, NOW)
    assert not any("ben" in line for line in on_demo("staff").lines)


def test_revoking_closes_the_chat_and_dismissing_ends_all(on_demo: Run, demo: Database) -> None:
    code = CODE.search(on_demo("staff", "invite", "rosa").out)
    assert code is not None
    assert "Welcome, Rosa" in chat(on_demo, code[0])
    assert "their chat is closed" in on_demo("staff", "revoke", "rosa").out
    assert "no open chat" in on_demo("staff", "revoke", "rosa", "--dismiss").out
    assert "booked" not in chat(on_demo, "/today")
    ran = on_demo("staff", "invite", "rosa")
    assert ran.code == 1
    assert "expected one of the clinic's staff" in ran.err
    done = [row.action for row in rows(demo, audit_log) if row.actor == "operator"]
    assert done == ["invited", "revoked", "dismissed"]


def test_what_is_wrong_is_named_and_nothing_is_added(on_demo: Run, demo: Database) -> None:
    for wrong, said in (
        ((*ADD, "--location", "Atlantis"), "expected one of Downtown, Phoenix, got Atlantis"),
        ((*ADD, "--practitioner", "Dr Who"), "got Dr Who"),
        (("staff", "add", "rosa", *ADD[3:]), "expected a name that nobody has had yet, got rosa"),
    ):
        ran = on_demo(*wrong)
        assert ran.code == 1
        assert said in ran.err
    assert on_demo("staff", "add", "ben", "--name", "Ben", "--role", "admin").code == 2
    assert on_demo("staff", "add", "ben", "--name", "Ben Ford", "--role", "king").code == 2
    with demo.reading() as connection:
        assert connection.scalar(select(staff.c.id).where(staff.c.username == "ben")) is None
        assert connection.execute(select(staff_invitations)).all() == []


def test_who_is_named_for_restricted_records_is_seen(on_demo: Run, demo: Database) -> None:
    with demo.transaction() as connection:
        vip = a_patient(connection, standing="restricted")
        name_only(connection, vip, [staff_named(connection, "tom").id], by="admin 1", now=NOW)
    lines = on_demo("staff").lines
    assert [line for line in lines if "named for 1 restricted" in line and "tom" in line]
