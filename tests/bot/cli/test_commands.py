"""The other commands: what they print, and how they end."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import click
import pytest
from sqlalchemy import select, text, update

from bot.cli import frontdesk
from core.config import read_settings
from core.database.connect import Database
from core.database.migrate import upgrade
from core.models import appointments, organizations
from core.models import messages as message_table
from core.setup import DEMO_FILE
from tests.bot.cli.conftest import Run, url_of
from tests.builders import NOW
from tests.core.messaging.waiting import waiting

SUNDAY = "2026-11-29T09:00"
EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "clinic.toml"


@pytest.fixture
def empty(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """On a file that is not there yet."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    return run


@pytest.fixture
def migrated(empty: Run) -> Run:
    database = Database(read_settings().database_url, None)
    upgrade(database)
    database.dispose()
    return empty


# How a command ends.


@pytest.mark.parametrize("name", ["", *frontdesk.list_commands(click.Context(frontdesk))])
def test_every_command_answers_help(run: Run, name: str) -> None:
    ran = run(*([name] if name else []), "--help")
    assert ran.code == 0
    assert ran.out.startswith("Usage: frontdesk")


@pytest.mark.parametrize(
    "call",
    [
        ["fly"],
        ["chat", "--channel", "fax"],
        ["chat", "--now", "tomorrow"],
        ["slots", "--days", "0"],
        ["slots", "--part-of-day", "noon"],
        ["slots", "--from", "tomorrow"],
        ["setup"],
        ["telegram", "webhook", "dance"],
        ["worker", "--twice"],
    ],
)
def test_a_wrong_call_exits_two(on_demo: Run, call: list[str]) -> None:
    ran = on_demo(*call)
    assert ran.code == 2
    assert "Error: " in ran.err
    assert ran.out == ""


NEEDING_A_DATABASE = [
    ["chat"],
    ["slots"],
    ["understand", "--database"],
    ["setup", "demo"],
    ["worker", "--once"],
    ["serve"],
]


@pytest.mark.parametrize("call", NEEDING_A_DATABASE, ids=lambda call: call[0])
def test_on_a_database_that_is_not_migrated_it_names_the_command(
    empty: Run, call: list[str]
) -> None:
    ran = empty(*call)
    assert ran.code == 1
    [line] = ran.err.splitlines()
    assert "`frontdesk migrate`" in line


@pytest.mark.parametrize(
    "call", [["chat"], ["slots"], ["worker", "--once"]], ids=lambda call: call[0]
)
def test_on_a_database_without_a_clinic_it_names_setup(migrated: Run, call: list[str]) -> None:
    ran = migrated(*call)
    assert ran.code == 1
    assert "`frontdesk setup`" in ran.err


@pytest.mark.parametrize("call", [*NEEDING_A_DATABASE, ["migrate"]], ids=lambda call: call[0])
def test_a_database_that_cannot_be_reached_is_one_clear_line(
    run: Run, call: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/nothing?host=/nonexistent")
    ran = run(*call)
    assert ran.code == 1
    [line] = ran.err.splitlines()
    assert "DATABASE_URL" in line


@pytest.mark.parametrize("call", [["chat"], ["slots"], ["migrate"], ["worker", "--once"]])
def test_wrong_settings_are_all_named(
    run: Run, call: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    ran = run(*call)
    assert ran.code == 1
    assert [line.split(":")[1].strip() for line in ran.err.splitlines()] == ["LOG_LEVEL", "PORT"]


def test_a_traceback_is_shown_with_debug_only(empty: Run) -> None:
    assert "Traceback" not in empty("slots").err
    script = [sys.executable, "-m", "bot", "slots", "--debug"]
    ended = subprocess.run(script, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert "NotMigrated" in ended.stderr


def test_python_m_bot_is_the_same(on_demo: Run) -> None:
    script = [sys.executable, "-m", "bot", "slots", "--earliest", "--json", "--now", SUNDAY]
    ended = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == on_demo(*script[3:]).out


def test_a_reader_that_has_seen_enough_is_no_error(on_demo: Run) -> None:
    assert on_demo("slots", "--earliest").code == 0  # Also sets DATABASE_URL for the shell.
    line = f"{sys.executable} -m bot slots --days 90 | head -n 1"
    ended = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert len(ended.stdout.splitlines()) == 1


# slots


def slots(run: Run, *options: str) -> list[dict[str, str]]:
    ran = run("slots", "--json", "--now", SUNDAY, *options)
    assert (ran.code, ran.err) == (0, "")
    found: list[dict[str, str]] = [json.loads(line) for line in ran.lines]
    for slot in found:
        assert set(slot) == {"practitioner", "location", "visit_type", "starts_at", "ends_at"}
        assert datetime.fromisoformat(slot["starts_at"]).tzinfo is not None
    assert [_instant(slot) for slot in found] == sorted(_instant(slot) for slot in found)
    return found


def _instant(slot: dict[str, str]) -> datetime:
    return datetime.fromisoformat(slot["starts_at"])


def the(slots: list[dict[str, str]], key: str) -> set[str]:
    return {slot[key] for slot in slots}


@pytest.mark.parametrize("name", ["Dr Elena García", "elena garcia", "GARCIA", "Dr García"])
def test_slots_of_a_practitioner_however_written(on_demo: Run, name: str) -> None:
    found = slots(on_demo, "--practitioner", name)
    assert the(found, "practitioner") == {"Dr Elena García"}
    assert found[0] == {
        "practitioner": "Dr Elena García",
        "location": "Downtown",
        "visit_type": "consultation",
        "starts_at": "2026-12-01T08:00:00-08:00",
        "ends_at": "2026-12-01T08:15:00-08:00",
    }


def test_slots_of_a_specialty_and_of_a_place(on_demo: Run) -> None:
    doctors = the(slots(on_demo, "--specialty", "general practice"), "practitioner")
    assert doctors == {"Dr Anita Patel", "Dr Samuel Okafor"}
    assert the(slots(on_demo, "--location", "phoenix"), "practitioner") == {
        "Dr Lucía Fernández",
        "Dr David Kim",
    }
    nobody = slots(on_demo, "--specialty", "dermatology", "--location", "Phoenix")
    assert nobody == []


def test_slots_of_a_visit_type(on_demo: Run) -> None:
    found = slots(on_demo, "--visit-type", "check-up", "--days", "2")
    assert the(found, "visit_type") == {"check-up"}
    assert slots(on_demo, "--visit-type", "emergency") == []  # Staff only.


def test_slots_of_some_days_and_hours(on_demo: Run) -> None:
    days = {
        start[:10]
        for start in the(slots(on_demo, "--from", "2026-12-10", "--days", "2"), "starts_at")
    }
    assert days == {"2026-12-10", "2026-12-11"}
    hours = {
        start[11:13]
        for start in the(slots(on_demo, "--part-of-day", "morning", "--days", "3"), "starts_at")
    }
    assert hours <= {"08", "09", "10", "11"}
    fortnight = sorted(the(slots(on_demo), "starts_at"))
    assert (fortnight[0][:10], fortnight[-1][:10]) == ("2026-11-30", "2026-12-11")


def test_the_earliest_is_one(on_demo: Run) -> None:
    [first] = slots(on_demo, "--earliest")
    assert first["starts_at"] == "2026-11-30T08:00:00-07:00"
    [later] = slots(on_demo, "--earliest", "--from", "2026-12-24", "--practitioner", "Okafor")
    assert later["starts_at"] == "2026-12-24T09:00:00-08:00"


def test_the_notice_counts_from_now_and_is_inclusive(on_demo: Run) -> None:
    options = ("--practitioner", "Patel", "--earliest", "--json")
    for now, first in (("2026-11-30T09:00", "10:00"), ("2026-11-30T09:01", "10:20")):
        ran = on_demo("slots", *options, "--now", now)
        assert json.loads(ran.out)["starts_at"][11:16] == first


def test_what_is_booked_is_not_free(on_demo: Run) -> None:
    before = slots(on_demo, "--practitioner", "Patel", "--earliest")
    said = "dr patel monday at 9am\nJohn Smith\n4 May 1980\nyes\n"
    assert on_demo("chat", "--now", SUNDAY, said=said).code == 0
    assert slots(on_demo, "--practitioner", "Patel", "--earliest") != before


def test_slots_for_reading(on_demo: Run) -> None:
    ran = on_demo("slots", "--now", SUNDAY, "--earliest", "--practitioner", "Patel")
    assert ran.lines == ["Mon 30 Nov 2026 09:00  Dr Anita Patel, Downtown"]
    ran = on_demo("slots", "--from", "2026-12-25", "--days", "1", "--now", SUNDAY)
    assert (ran.code, ran.lines) == (0, ["Nothing is free then."])


@pytest.mark.parametrize(
    ("option", "name", "said"),
    [
        ("--practitioner", "Dr Who", "no practitioner"),
        ("--practitioner", "Dr", "which of them"),
        ("--specialty", "magic", "no specialty"),
        ("--location", "Mars", "expected one of Downtown, Phoenix"),
        ("--visit-type", "party", "no visit type"),
    ],
)
def test_a_name_that_is_nobodys_is_answered_with_those_there_are(
    on_demo: Run, option: str, name: str, said: str
) -> None:
    ran = on_demo("slots", option, name)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


# understand


def test_lines_are_answered_in_order_one_for_one(run: Run) -> None:
    texts = ["book dr patel tuesday", "cancel it", "", "yes"]
    said = "".join(
        json.dumps({"id": number, "text": each}) + "\n" for number, each in enumerate(texts)
    )
    ran = run("understand", said=said)
    assert ran.code == 0
    answers = [json.loads(line) for line in ran.lines]
    assert [answer["id"] for answer in answers] == [0, 1, 2, 3]
    assert [answers[number]["intent"] for number in (0, 1, 3)] == ["book", "cancel", "yes"]
    for answer in answers:
        assert set(answer) >= {"id", "lang", "intent", "confidence", "entities", "also"}
        assert 0 <= answer["confidence"] <= 1
    assert answers[0]["entities"]["practitioner"] == "Dr Anita Patel"


def test_a_line_that_cannot_be_read_has_its_answer_too(run: Run) -> None:
    lines = ["{", "[]", "7", '{"id": 1}', '{"id": 2, "text": 5}', '{"id": 3, "text": "yes"}']
    ran = run("understand", said="\n".join(lines) + "\n")
    assert ran.code == 1
    answers = [json.loads(line) for line in ran.lines]
    assert len(answers) == len(lines)
    assert answers[-1]["intent"] == "yes"
    assert all("error" in answer for answer in answers[:3])
    assert "Traceback" not in ran.err


def test_it_knows_the_databases_clinic_when_told(on_demo: Run, demo: Database) -> None:
    with demo.transaction() as connection:
        connection.execute(text("UPDATE practitioners SET last_name = 'Quux' WHERE id = 1"))
    said = '{"id": 1, "text": "book dr quux tuesday"}\n'
    known = json.loads(on_demo("understand", "--database", said=said).out)
    assert known["entities"]["practitioner"] == "Dr Anita Quux"
    unknown = json.loads(on_demo("understand", said=said).out)
    assert "practitioner" not in unknown["entities"]


# migrate, setup


def test_migrating_twice_is_as_good_as_once(empty: Run) -> None:
    for _ in range(2):
        ran = empty("migrate")
        assert (ran.code, ran.out, ran.err) == (0, "The database is up to date.\n", "")


def test_the_demo_is_set_up_and_a_second_time_there_is_nothing_to_change(migrated: Run) -> None:
    first = migrated("setup", "demo")
    assert first.code == 0
    assert "Dr Anita Patel" in first.out
    assert first.lines[-1] == "Done."
    second = migrated("setup", "demo")
    assert (second.code, second.lines) == (0, ["Nothing to change."])
    database = Database(read_settings().database_url, None)
    with database.reading() as connection:
        assert connection.scalar(select(organizations.c.is_demo)) is True
    database.dispose()


def test_a_clinic_is_set_up_from_its_file(migrated: Run) -> None:
    ran = migrated("setup", str(EXAMPLE))
    assert ran.code == 0
    assert "Riverside" in ran.out
    assert migrated("setup", str(EXAMPLE)).lines == ["Nothing to change."]
    # Its own keys are needed from now on, and say so.
    assert "SECRET_KEY" in migrated("chat").err


def test_the_environment_may_name_the_file(migrated: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_CONFIG", str(EXAMPLE))
    assert "Riverside" in migrated("setup").out


@pytest.fixture
def changed_file(tmp_path: Path) -> Path:
    file = tmp_path / "clinic.toml"
    words = DEMO_FILE.read_text(encoding="utf-8").replace("400 Market Street", "500 Market Street")
    file.write_text(words, encoding="utf-8")
    return file


def test_what_will_change_is_shown_and_asked_for(migrated: Run, changed_file: Path) -> None:
    assert migrated("setup", str(changed_file)).code == 0
    words = changed_file.read_text(encoding="utf-8").replace("500 Market", "600 Market")
    changed_file.write_text(words, encoding="utf-8")
    refused = migrated("setup", str(changed_file), said="n\n")
    assert refused.code == 1
    assert "600 Market Street" in refused.out
    assert "nothing was changed" in refused.err
    assert migrated("setup", str(changed_file), said="").code == 1  # Nobody there to ask.
    assert migrated("setup", str(changed_file), said="y\n").code == 0
    assert migrated("setup", str(changed_file)).lines == ["Nothing to change."]


def test_yes_changes_without_asking(migrated: Run, changed_file: Path) -> None:
    migrated("setup", str(changed_file))
    words = changed_file.read_text(encoding="utf-8").replace("500 Market", "600 Market")
    changed_file.write_text(words, encoding="utf-8")
    assert migrated("setup", str(changed_file), "--yes").code == 0


def test_a_demo_never_becomes_a_real_clinic(on_demo: Run) -> None:
    ran = on_demo("setup", str(EXAMPLE), "--yes")
    assert ran.code == 1
    assert "demo" in ran.err


@pytest.mark.parametrize("name", ["nowhere.toml", "/", "clinic.yaml"])
def test_a_file_that_is_not_there_is_named(migrated: Run, name: str) -> None:
    ran = migrated("setup", name)
    assert ran.code in (1, 2)
    assert name in ran.err
    assert "Traceback" not in ran.err


def test_every_mistake_of_the_file_is_a_line(migrated: Run, tmp_path: Path) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text('[organization]\nname = ""\ncountry = "XX"\n', encoding="utf-8")
    ran = migrated("setup", str(file))
    assert ran.code == 1
    assert len(ran.err.splitlines()) >= 2
    assert all(line.startswith("frontdesk: ") for line in ran.err.splitlines())


# check


def test_check_says_what_there_is_and_exits_zero_on_a_demo(on_demo: Run) -> None:
    ran = on_demo("check")
    assert ran.code == 0
    assert "clinic: a demo" in ran.out
    assert "7 practitioners" in ran.out
    assert "SMS and WhatsApp: TWILIO_ACCOUNT_SID is not set" in ran.out
    assert "WRONG" not in ran.out


def test_check_fails_where_something_needed_is_missing(
    on_demo: Run, empty: Run, demo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = empty("check")
    assert ran.code == 1
    assert "frontdesk migrate" in ran.out
    monkeypatch.setenv("DATABASE_URL", url_of(demo))
    with demo.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=False))
    ran = on_demo("check")
    assert ran.code == 1
    assert "SECRET_KEY" in ran.out
    assert "ENCRYPTION_KEY" in ran.out


def test_check_misses_a_clinic_a_guard_and_a_database(
    migrated: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = migrated("check")
    assert ran.code == 1
    assert "clinic: none yet" in ran.out
    database = Database(read_settings().database_url, None)
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER slot_taken_insert")
    database.dispose()
    assert "slot_taken_insert" in migrated("check").out
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/nothing?host=/nonexistent")
    ran = migrated("check")
    assert ran.code == 1
    assert "can't be reached" in ran.out


def test_check_names_wrong_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    ran = run("check")
    assert ran.code == 1
    assert "PORT" in ran.out


def test_check_says_when_no_worker_runs_and_when_one_does(on_demo: Run) -> None:
    assert "none has run for a minute" in on_demo("check").out
    assert on_demo("worker", "--once").code == 0
    assert "worker: running" in on_demo("check").out


# worker, telegram


def test_the_worker_runs_every_tick_once_and_says_what_it_did(on_demo: Run, demo: Database) -> None:
    waiting(demo, is_simulated=True, due_at=NOW - timedelta(days=365))
    ran = on_demo("worker", "--once")
    assert ran.code == 0
    assert "deliver: 1" in ran.lines
    assert "tidy_holds: 0" in ran.lines
    with demo.reading() as connection:
        assert connection.scalar(select(message_table.c.status)) == "delivered"
    assert "deliver: 0" in on_demo("worker", "--once").lines


@pytest.mark.parametrize("action", ["set", "show", "delete"])
def test_without_a_token_telegram_is_not_asked(run: Run, action: str) -> None:
    ran = run("telegram", "webhook", action)
    assert ran.code == 1
    assert "TELEGRAM_BOT_TOKEN" in ran.err


def test_a_webhook_needs_an_address_and_a_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")
    ran = run("telegram", "webhook", "set")
    assert ran.code == 1
    assert {line.split(":")[1].strip() for line in ran.err.splitlines()} == {
        "PUBLIC_URL",
        "TELEGRAM_WEBHOOK_SECRET",
    }


def test_nothing_was_booked_by_looking(on_demo: Run, demo: Database) -> None:
    for call in (["slots"], ["check"], ["understand"]):
        on_demo(*call)
    with demo.reading() as connection:
        assert connection.execute(select(appointments)).all() == []


def test_bytes_that_are_no_text_are_answered_too(run: Run) -> None:
    ran = run("understand", said=b'{"id": 1, "text": "caf\xe9"}\n')
    assert ran.code == 0
    assert json.loads(ran.out)["id"] == 1
