"""`frontdesk slots`: what is free, for a program or for reading."""

import json
from datetime import datetime

import pytest

from tests.bot.cli.conftest import Run

SUNDAY = "2026-11-29T09:00"


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
