"""`frontdesk audit`: who has seen a patient's record, and the proof that nobody altered the log."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core import clock
from core.audit import Entry, Who, record, who_saw
from core.database.connect import Database
from core.messaging.tasks import open_task
from core.models import audit_log, locations, patients, practitioners, visit_types
from core.models.audit import AuditActor
from core.models.messaging import TaskKind
from tests.bot.cli.conftest import Run
from tests.builders import a_patient, an_appointment

ANNA = Who(
    AuditActor.STAFF,
    "telegram",
    staff_id=1,
    username="anna",
    role="receptionist",
    session="x1y2",
)
MORNING = datetime(2026, 11, 20, 17, 5, tzinfo=UTC)  # Five past nine there


@pytest.fixture
def maria(demo: Database) -> int:
    with demo.transaction() as connection:
        return a_patient(connection, external_id="MRN-17", public_id="pub-17")


@pytest.fixture
def look(demo: Database, maria: int) -> Callable[..., None]:
    """Anna looks at Maria's record."""

    def looked(at: datetime = MORNING, reason: str | None = "asked by phone") -> None:
        with demo.transaction() as connection:
            record(
                connection,
                ANNA,
                "looked",
                "patient",
                [maria],
                patients=[maria],
                reason=reason,
                now=at,
            )

    return looked


Look = Callable[..., None]


def entries(demo: Database, patient_id: int) -> list[Entry]:
    with demo.reading() as connection:
        return who_saw(connection, patient_id)


def by_hand(demo: Database, *statements: str) -> None:
    """With the database's own tool, which asks about foreign keys as little as anybody."""
    with closing(sqlite3.connect(str(demo.url.database), isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


# The chain


def test_a_log_that_nobody_has_touched_is_intact(on_demo: Run, look: Look) -> None:
    assert on_demo("audit", "verify").lines == ["0 entries, chain intact"]
    look()
    assert on_demo("audit", "verify").lines == ["1 entry, chain intact"]
    look()
    ran = on_demo("audit", "verify")
    assert (ran.code, ran.out, ran.err) == (0, "2 entries, chain intact\n", "")


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        (
            "UPDATE audit_log SET username = 'Zanzibar' WHERE id = 2",
            "entry 2 of the audit log was changed, or not written by Frontdesk",
        ),
        (
            "UPDATE audit_log SET username = 'Zanzibar' WHERE id = 1",
            "entry 1 of the audit log was changed, or not written by Frontdesk under this"
            " SECRET_KEY",
        ),
        (
            "UPDATE audit_log SET reason = x'01' WHERE id = 2",
            "entry 2 of the audit log has a reason that can't be read: it was changed, or"
            " ENCRYPTION_KEY lacks the key it was written with",
        ),
        (
            "DELETE FROM audit_log WHERE id = 2",
            "entry 2 of the audit log is missing, and later ones are there",
        ),
        (
            "DELETE FROM audit_log WHERE id = 3",
            "entry 3 of the audit log is missing, and so is all that came after it",
        ),
        (
            "UPDATE audit_patients SET patient_id = 99 WHERE audit_id = 2",
            "entry 2 of the audit log is about other patients than it was when it was written",
        ),
        (
            "UPDATE audit_head SET hash = x'00'",
            "entry 3 of the audit log is the last that is there, and was not the last that was"
            " written",
        ),
    ],
    ids=["changed", "first", "reason", "missing", "cut off", "patients", "head"],
)
def test_the_first_entry_that_does_not_fit_is_named_and_nothing_of_its_contents(
    on_demo: Run, demo: Database, look: Look, statement: str, complaint: str
) -> None:
    for _ in range(3):
        look()
    by_hand(
        demo,
        "DROP TRIGGER append_only_audit_log_update",
        "DROP TRIGGER append_only_audit_log_delete",
        "DROP TRIGGER append_only_audit_patients_update",
        statement,
    )
    ran = on_demo("audit", "verify")
    assert (ran.code, ran.out, ran.err) == (1, "", f"Error: {complaint}\n")


# Who saw


@pytest.mark.parametrize("name", ["pub-17", "MRN-17"])
def test_who_saw_a_patients_record_is_listed_the_newest_first(
    on_demo: Run, look: Look, name: str
) -> None:
    look(MORNING - timedelta(days=1), reason=None)
    look()
    ran = on_demo("audit", "who-saw", name)
    assert (ran.code, ran.lines) == (
        0,
        [
            "2026-11-20 09:05  anna (receptionist)  looked  patient  telegram x1y2  asked by phone",
            "2026-11-19 09:05  anna (receptionist)  looked  patient  telegram x1y2",
        ],
    )


def test_a_restricted_record_that_was_opened_stands_out(
    on_demo: Run, demo: Database, maria: int
) -> None:
    with demo.transaction() as connection:
        how: dict[str, Any] = {"reason": "on the phone", "is_sensitive": True, "now": MORNING}
        record(connection, ANNA, "opened", "patient", [maria], patients=[maria], **how)
    [line] = on_demo("audit", "who-saw", "MRN-17").lines
    assert "opened (sensitive)  patient" in line
    assert line.endswith("on the phone")


def test_what_was_done_with_a_record_that_went_into_it_is_there_too(
    on_demo: Run, demo: Database, look: Look, maria: int
) -> None:
    look()
    with demo.transaction() as connection:
        kept = a_patient(connection, external_id="MRN-18")
        gone = update(patients).where(patients.c.id == maria)
        connection.execute(gone.values(merged_into_id=kept, is_active=False))
    assert len(on_demo("audit", "who-saw", "MRN-18").lines) == 1
    assert "asked by phone" in on_demo("audit", "who-saw", "MRN-18").out


def test_by_script_it_is_one_object_an_entry(on_demo: Run, look: Look) -> None:
    look()
    [line] = on_demo("audit", "who-saw", "MRN-17", "--json").lines
    assert json.loads(line) == {
        "entry": 1,
        "at": "2026-11-20T09:05:00-08:00",
        "who": "anna",
        "role": "receptionist",
        "action": "looked",
        "resource": "patient",
        "reason": "asked by phone",
        "is_sensitive": False,
        "channel": "telegram",
        "session": "x1y2",
    }


def test_since_a_day_means_from_its_midnight_there(on_demo: Run, look: Look) -> None:
    midnight = datetime(2026, 11, 20, 8, tzinfo=UTC)
    look(midnight - timedelta(microseconds=1))
    look(midnight)
    since = ("--since", "2026-11-20", "--json")
    assert len(on_demo("audit", "who-saw", "MRN-17", *since).lines) == 1
    assert on_demo("audit", "who-saw", "MRN-17", "--since", "2199-01-01").lines == ["Nobody."]


def test_looking_is_itself_recorded(on_demo: Run, demo: Database, maria: int) -> None:
    ran = on_demo("audit", "who-saw", "MRN-17")
    assert ran.lines == ["Nobody, as far as the audit log goes back."]
    [entry] = entries(demo, maria)
    assert (entry.who.actor, entry.who.channel) == (AuditActor.OPERATOR, "terminal")
    assert (entry.action, entry.resource, entry.ids) == ("who_saw", "patient", (maria,))
    [line] = on_demo("audit", "who-saw", "MRN-17").lines
    assert line.endswith("operator  who_saw  patient  terminal")
    assert on_demo("audit", "verify").lines == ["2 entries, chain intact"]


def test_a_patient_who_is_not_there_is_a_clear_error_and_no_entry(
    on_demo: Run, demo: Database, look: Look
) -> None:
    look()
    ran = on_demo("audit", "who-saw", "Maria Lopez")
    assert (ran.code, ran.out) == (1, "")
    [line] = ran.err.splitlines()
    assert line.startswith("frontdesk: expected the public id of a patient's record")
    assert "Lopez" not in line
    with demo.reading() as connection:
        assert connection.scalars(select(audit_log.c.id)).all() == [1]


def test_a_public_id_goes_before_somebody_elses_external_id(
    on_demo: Run, demo: Database, maria: int
) -> None:
    with demo.transaction() as connection:
        a_patient(connection, "Ann", external_id="pub-17")
    on_demo("audit", "who-saw", "pub-17")
    assert len(entries(demo, maria)) == 1


def test_a_reason_that_cannot_be_read_is_a_clear_error(
    on_demo: Run, demo: Database, look: Look
) -> None:
    look()
    by_hand(
        demo,
        "DROP TRIGGER append_only_audit_log_update",
        "UPDATE audit_log SET reason = x'01'",
    )
    ran = on_demo("audit", "who-saw", "MRN-17")
    assert (ran.code, ran.out) == (1, "")
    [line] = ran.err.splitlines()
    assert line.endswith("`frontdesk audit verify` names the entry")


def test_without_keys_nothing_is_read(
    migrated: Run, monkeypatch: pytest.MonkeyPatch, demo: Database
) -> None:
    by_hand(demo, "UPDATE organizations SET is_demo = 0")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{demo.url.database}")
    for call in (["verify"], ["who-saw", "MRN-17"]):
        ran = migrated("audit", *call)
        assert ran.code == 1
        assert "SECRET_KEY" in ran.err


# Other commands that name patients


def test_whoever_has_the_waiting_tasks_with_names_listed_is_recorded(
    on_demo: Run, demo: Database, maria: int
) -> None:
    on_demo("tasks", "--details")  # Nothing waits: nobody was named.
    with demo.transaction() as connection:
        one = open_task(connection, TaskKind.QUESTION, patient_id=maria, now=clock.now())
        other = open_task(connection, TaskKind.UPKEEP, now=clock.now())
    on_demo("tasks")
    assert entries(demo, maria) == []
    on_demo("tasks", "--details")
    [entry] = entries(demo, maria)
    assert (entry.id, entry.who.actor, entry.action) == (1, AuditActor.OPERATOR, "looked")
    assert (entry.resource, entry.ids, entry.patients) == ("task", (one, other), (maria,))


def test_whoever_has_a_days_visits_with_names_listed_is_recorded(
    on_demo: Run, demo: Database, maria: int
) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)
    with demo.transaction() as connection:
        of_the_demo: dict[str, Any] = {
            f"{name}_id": connection.scalar(select(table.c.id).order_by(table.c.id).limit(1))
            for name, table in (
                ("location", locations),
                ("practitioner", practitioners),
                ("visit_type", visit_types),
            )
        }
        visit = an_appointment(connection, starts_at=tomorrow, patient_id=maria, **of_the_demo)
    day = ("--date", f"{tomorrow:%Y-%m-%d}")
    on_demo("reach", *day)
    on_demo("reach", "--date", "2199-01-01", "--details")
    assert entries(demo, maria) == []
    assert "Maria Lopez" in on_demo("reach", *day, "--details", "--json").out
    [entry] = entries(demo, maria)
    assert (entry.id, entry.who.actor, entry.action) == (1, AuditActor.OPERATOR, "looked")
    assert (entry.resource, entry.ids, entry.patients) == ("appointment", (visit,), (maria,))
