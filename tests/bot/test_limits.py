"""Floods and loops, as a patient meets them at the desk."""

from dataclasses import replace
from typing import Any

from tests.bot.talking import (
    Patient,
    set_rule,
    text_of,
    types_of,
)

# Too much, too fast.


def test_over_the_limit_comes_one_notice_and_then_silence(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_sender_a_minute=3)
    answers = [text_of(visitor.says(f"what about {number}")) for number in range(7)]
    assert all(answers[:3])
    assert "pausing" in answers[3]
    assert "911" in answers[3]
    assert answers[4:] == ["", "", ""]
    assert [row.status for row in visitor.incoming[3:]] == ["received", *["ignored"] * 3]
    visitor.clock.passes(minutes=1)
    assert "pausing" not in text_of(visitor.says("my visits"))
    assert text_of(visitor.says("my visits"))


def test_the_hour_has_its_own_limit(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_sender_an_hour=4)
    answers = []
    for number in range(7):
        visitor.clock.passes(minutes=5)
        answers.append(text_of(visitor.says(f"what about {number}")))
    assert all(answers[:4])
    assert "pausing" in answers[4]
    assert answers[5:] == ["", ""]
    visitor.clock.passes(minutes=31)
    assert text_of(visitor.says("my visits"))


def test_one_senders_flood_is_nobody_elses(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_sender_a_minute=1)
    visitor.says("one", "two", "three")
    other = Patient(visitor.database, address="other")
    assert "pausing" not in text_of(other.says("hello"))


def test_in_a_flood_an_emergency_is_heard_and_silence_goes_on_after_it(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_sender_a_minute=2)
    visitor.says("one", "two", "three", "four")
    assert text_of(visitor.says("I have chest pain and can't breathe")).startswith("If this is")
    assert visitor.tasks == ["emergency"]
    assert text_of(visitor.says("five")) == ""
    assert text_of(visitor.says("I want to kill myself")).startswith("You don't have to")


def test_in_a_flood_stop_is_heard(texter: Patient) -> None:
    set_rule(texter.database, messages_per_sender_a_minute=2)
    texter.says("one", "two", "three", "four")
    assert types_of(texter.says("STOP")) == ["opted_out"]
    assert texter.own_address.opted_in is False


def test_a_browsers_origin_has_a_limit_for_all_its_senders(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_origin_a_minute=3)

    def write(name: str, text: str = "hello", **changes: Any) -> str:
        patient = replace(visitor, address=name)
        return text_of(patient.says(text, **{"origin": "203.0.113.7"} | changes))

    assert all("pausing" not in write(f"visitor {number}") for number in range(3))
    assert "pausing" in write("visitor 3")
    assert write("visitor 3") == ""  # One notice, then silence, here as well.
    assert "911" in write("visitor 3", "chest pain, I can't breathe")
    assert "pausing" not in write("visitor 4", origin="203.0.113.8")
    visitor.clock.passes(minutes=1)
    assert "Hello" in write("visitor 5")


def test_a_providers_origin_says_nothing_of_the_sender(texter: Patient) -> None:
    set_rule(texter.database, messages_per_origin_a_minute=1)
    for _ in range(4):
        assert "pausing" not in text_of(texter.says("hello", origin="203.0.113.7"))


def test_two_bots_that_answer_each_other_are_noticed(visitor: Patient) -> None:
    answers = []
    for _ in range(12):  # After five other ways of helping it comes round again.
        visitor.clock.passes(seconds=2)
        answers.append(text_of(visitor.says("I am out of office until Monday")))
    assert any("pausing" in answer for answer in answers)
    assert answers[-2:] == ["", ""]


def test_a_person_who_asks_the_same_thing_now_and_then_is_no_loop(visitor: Patient) -> None:
    for _ in range(8):
        visitor.clock.passes(seconds=30)
        assert "pausing" not in text_of(visitor.says("my visits"))


def test_one_address_may_bring_three_new_patients_a_day(visitor: Patient) -> None:
    people = {"daughter": "Ann Abel", "son": "Bob Baker", "mother": "Cid Carter"}
    for hour, (relation, name) in enumerate(people.items(), start=9):
        visitor.says(f"book dr okafor tuesday at {hour}:40 for my {relation}", name)
        assert types_of(visitor.says("4 May 1980")) == ["registered"]
        assert types_of(visitor.says("yes")) == ["booked"]
    handled = visitor.says("book dr okafor friday at 10 for my husband", "Dan Dover", "4 May 1980")
    assert types_of(handled) == []
    assert "can't add more people from here today" in text_of(handled)
    assert "+1 415-555-0100" in text_of(handled)
    visitor.clock.passes(hours=24, minutes=1)
    visitor.says("book dr okafor friday at 10 for my husband", "Dan Dover")
    assert types_of(visitor.says("4 May 1980")) == ["registered"]
