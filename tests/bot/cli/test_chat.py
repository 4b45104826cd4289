"""`frontdesk chat`: a conversation in the terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.dialogue.state import Task
from bot.messages import Asked
from core.database.connect import Database
from core.keys import DEMO_ENCRYPTION_KEY, DEMO_SECRET
from core.models import messages, organizations
from tests.bot.cli.conftest import Run
from tests.dialogues.transcript import Transcript

SUNDAY = "2026-11-29T09:00"  # On the wall of the clinic's first location.
EVENTS = {
    "held",
    "released",
    "booked",
    "rescheduled",
    "cancelled",
    "registered",
    "opted_out",
    "opted_in",
    "handed_over",
    "staff_alerted",
}
VISIT = {"held", "released", "booked", "rescheduled", "cancelled"}
VISIT_KEYS = {
    "type",
    "appointment",
    "practitioner",
    "location",
    "visit_type",
    "patient",
    "starts_at",
    "ends_at",
}
WHO = ["John Smith", "4 May 1980"]
# Questions that are answered freely and list nothing.
OPEN = {"date", "time", "date_time", "name", "date_of_birth", "phone", "text"}


def talk(run: Run, *said: str, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Say it all in one terminal; every answer is checked for its shape."""
    arguments = ("chat", "--json", "--now", SUNDAY, *options)
    ran = run(*arguments, said="".join(f"{line}\n" for line in said))
    assert (ran.code, ran.err) == (0, "")
    turns = [json.loads(line) for line in ran.lines]
    assert [turn["in"] for turn in turns] == list(said)
    for turn in turns:
        _check_shape(turn)
    return turns


def _check_shape(turn: dict[str, Any]) -> None:
    assert set(turn) == {"in", "replies", "task", "asked", "events"}
    assert turn["task"] in {None, *Task}
    assert turn["asked"] in {None, *Asked}
    for reply in turn["replies"]:
        assert set(reply) == {"text", "choices"}
        assert reply["text"]
        for choice in reply["choices"]:
            assert set(choice) <= {"label", "value", "kind"}
            assert choice["label"]
            assert choice["value"]
    choices = turn["replies"][-1]["choices"] if turn["replies"] else []
    if turn["asked"] in OPEN or turn["asked"] is None:
        assert choices == []
    else:
        assert choices
    for event in turn["events"]:
        assert event["type"] in EVENTS
        if event["type"] in VISIT:
            extra = {"from_starts_at"} if event["type"] == "rescheduled" else set()
            assert set(event) == VISIT_KEYS | extra


def events(turns: list[dict[str, Any]], *types: str) -> list[tuple[str, str, str]]:
    """(type, practitioner, start) of what happened to visits."""
    wanted = types or ("booked", "rescheduled", "cancelled")
    return [
        (event["type"], event["practitioner"], event["starts_at"])
        for turn in turns
        for event in turn["events"]
        if event["type"] in wanted
    ]


# The messages to try of CLINIC.md, each on a fresh demo.


def test_one_a_new_patient_books_in_five_messages(on_demo: Run) -> None:
    turns = talk(on_demo, "Hi", "I'd like to see Dr Patel next Tuesday at 10am", *WHO, "yes")
    assert events(turns) == [("booked", "Dr Anita Patel", "2026-12-01T10:00:00-08:00")]
    assert [turn["asked"] for turn in turns] == [None, "name", "date_of_birth", "yes_no", None]
    [booked] = [each for each in turns[-1]["events"] if each["type"] == "booked"]
    assert (booked["patient"], booked["location"]) == ("John Smith", "Downtown")
    assert booked["visit_type"] == "consultation"
    assert booked["ends_at"] == "2026-12-01T10:20:00-08:00"


def test_two_the_second_one_after_all(on_demo: Run) -> None:
    turns = talk(
        on_demo, "book a skin doctor thursday morning", "1", "actually the second one", *WHO, "yes"
    )
    assert turns[0]["asked"] == "slot"
    second = turns[0]["replies"][-1]["choices"][1]["label"]
    [(kind, who, start)] = events(turns)
    assert (kind, who, start[:10]) == ("booked", "Dr Elena García", "2026-12-03")
    assert second.split()[0].rjust(5, "0") == start[11:16]


def test_three_a_visit_is_moved_and_keeps_its_id(on_demo: Run) -> None:
    talk(on_demo, "dr patel tuesday at 10am", *WHO, "yes")
    turns = talk(on_demo, "move my appointment to friday afternoon", "1", "yes")
    [(kind, who, start)] = events(turns)
    assert (kind, who, start[:10]) == ("rescheduled", "Dr Anita Patel", "2026-12-04")
    assert "12:00" <= start[11:16] < "17:00"
    [moved] = [each for each in turns[-1]["events"] if each["type"] == "rescheduled"]
    assert moved["from_starts_at"] == "2026-12-01T10:00:00-08:00"


def test_four_a_visit_is_listed_and_called_off(on_demo: Run) -> None:
    talk(on_demo, "dr patel tuesday at 10am", *WHO, "yes")
    turns = talk(on_demo, "what appointments do I have?", "cancel it", "yes")
    assert "Dr Patel" in turns[0]["replies"][0]["text"]
    assert turns[1]["asked"] == "yes_no"
    assert events(turns) == [("cancelled", "Dr Anita Patel", "2026-12-01T10:00:00-08:00")]


def test_five_one_thing_at_a_time(on_demo: Run) -> None:
    turns = talk(on_demo, "I need a dentist", "tuesday", "1", *WHO, "yes")
    asked = [turn["asked"] for turn in turns]
    assert asked == ["date_time", "slot", "name", "date_of_birth", "yes_no", None]
    assert events(turns) == [("booked", "Dr Michael Chen", "2026-12-01T09:00:00-08:00")]


def test_six_another_day_at_the_confirmation(on_demo: Run) -> None:
    turns = talk(on_demo, "dr patel tuesday at 10am", *WHO, "no, Thursday instead", "yes")
    assert events(turns) == [("booked", "Dr Anita Patel", "2026-12-03T10:00:00-08:00")]


def test_seven_a_complaint_and_the_earliest(on_demo: Run) -> None:
    turns = talk(on_demo, "my knee hurts, earliest you have", *WHO, "yes")
    assert events(turns) == [("booked", "Dr David Kim", "2026-12-01T09:00:00-07:00")]


def test_a_returning_patient_needs_at_most_four_messages(on_demo: Run) -> None:
    talk(on_demo, "dr patel tuesday at 10am", *WHO, "yes")
    turns = talk(on_demo, "I'd like to see dr okafor", "wednesday morning", "1", "yes")
    assert [kind for kind, *_ in events(turns)] == ["booked"]


def test_a_new_patient_needs_at_most_six(on_demo: Run) -> None:
    turns = talk(on_demo, "I'd like to see dr okafor", "wednesday morning", "1", *WHO, "yes")
    assert [kind for kind, *_ in events(turns)] == ["booked"]


def test_everything_can_be_said_at_once(on_demo: Run) -> None:
    turns = talk(on_demo, "dr patel tuesday at 10am for John Smith, born 4 May 1980", "yes")
    assert [kind for kind, *_ in events(turns)] == ["booked"]


# Choices, buttons, channels.


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "web"])
def test_one_is_the_first_choice_on_every_channel(on_demo: Run, channel: str) -> None:
    turns = talk(on_demo, "dr patel tuesday", "1", *WHO, "1", options=("--channel", channel))
    assert events(turns) == [("booked", "Dr Anita Patel", "2026-12-01T09:00:00-08:00")]


def test_a_button_is_pressed_by_its_value(on_demo: Run) -> None:
    [first, *_] = talk(on_demo, "dr patel tuesday")
    choice = first["replies"][0]["choices"][1]
    [pressed] = talk(on_demo, json.dumps({"button": choice["value"]}))
    assert f"at {choice['label']}" in pressed["replies"][0]["text"]


def test_the_same_words_without_json_are_for_reading(on_demo: Run) -> None:
    ran = on_demo("chat", "--now", SUNDAY, said="dr patel tuesday\n1\n")
    assert ran.code == 0
    assert "Which one?" in ran.out
    assert "[9:00 AM]" in ran.out
    assert "{" not in ran.out


def test_who_one_is_can_be_chosen_on_a_demo(on_demo: Run) -> None:
    talk(on_demo, "dr patel tuesday at 10am", *WHO, "yes", options=("--channel", "sms"))
    other = ("--channel", "sms", "--from", "(415) 555-0124")
    [turn] = talk(on_demo, "my appointments", options=other)
    assert "no visit ahead" in turn["replies"][0]["text"]
    same = ("--channel", "sms", "--from", "+14155550123")
    [turn] = talk(on_demo, "my appointments", options=same)
    assert "Dr Patel" in turn["replies"][0]["text"]


@pytest.mark.parametrize("address", ["me", "123", ""])
def test_an_address_that_is_none_is_a_wrong_call(on_demo: Run, address: str) -> None:
    ran = on_demo("chat", "--channel", "sms", "--from", address)
    assert ran.code == 2
    assert "+14155550123" in ran.err


def test_what_is_said_here_reaches_no_provider(on_demo: Run, demo: Database) -> None:
    talk(on_demo, "hello", options=("--channel", "sms"))
    with demo.reading() as connection:
        assert set(connection.scalars(select(messages.c.is_simulated))) == {True}


def test_the_clock_may_be_told_with_its_zone(on_demo: Run) -> None:
    arguments = ("chat", "--json", "--now", "2026-11-29T17:00:00+00:00")
    ran = on_demo(*arguments, said="dr patel tomorrow at 10am\n")
    assert "November 30" in json.loads(ran.out)["replies"][0]["text"]


def test_nothing_said_is_nothing_answered(on_demo: Run) -> None:
    assert on_demo("chat", "--json").out == ""


@pytest.mark.parametrize(
    "line", ["", "   ", "{", '{"button"', '{"button": 1, "x": 2}', "[]", "null"]
)
def test_any_line_is_a_message_and_has_its_answer(on_demo: Run, line: str) -> None:
    [turn] = talk(on_demo, line)
    assert turn["replies"]


def test_bytes_that_are_no_text_are_answered_too(on_demo: Run) -> None:
    ran = on_demo("chat", "--json", said=b"caf\xe9 \xff\ndr patel tuesday\n")
    assert ran.code == 0
    assert len(ran.lines) == 2


def test_a_transcript_can_be_played_again(on_demo: Run, tmp_path: Path) -> None:
    file = tmp_path / "talk.txt"
    talk(on_demo, "dr patel tuesday", "1", options=("--transcript", str(file)))
    transcript = Transcript.parse(file.read_text(encoding="utf-8"))
    assert transcript.said() == ["> dr patel tuesday", "> 1"]
    assert any("[9:00 AM]" in line for line in transcript.lines)


# Not a demo.


@pytest.fixture
def on_real(on_demo: Run, demo: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same clinic, not marked as a demo."""
    with demo.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=False))
    monkeypatch.setenv("SECRET_KEY", DEMO_SECRET)
    monkeypatch.setenv("ENCRYPTION_KEY", DEMO_ENCRYPTION_KEY)
    return on_demo


@pytest.mark.parametrize(
    "options",
    [("--from", "visitor"), ("--channel", "sms", "--from", "+14155550123"), ("--channel", "sms")],
)
def test_elsewhere_nobody_chooses_who_they_are(on_real: Run, options: tuple[str, ...]) -> None:
    ran = on_real("chat", *options, said="hello\n")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("frontdesk: only a demo lets you choose")


def test_elsewhere_the_clock_is_the_real_one(on_real: Run) -> None:
    ran = on_real("chat", "--now", SUNDAY, said="hello\n")
    assert (ran.code, ran.out) == (1, "")
    assert "--now" in ran.err


def test_elsewhere_one_is_a_new_visitor_each_time(on_real: Run) -> None:
    for _ in range(2):
        ran = on_real("chat", "--json", said="hello\n")
        assert ran.code == 0
        assert "automated" in json.loads(ran.out)["replies"][0]["text"]
