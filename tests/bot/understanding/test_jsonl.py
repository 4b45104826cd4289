"""One record in, one record out."""

from typing import Any

import pytest

from bot.understanding.jsonl import answer
from tests.bot.understanding.clinic import HARBOR, SUNDAY


def answered(**record: Any) -> dict[str, Any]:
    return answer(record, HARBOR, now=SUNDAY)


def test_the_shape_of_an_answer() -> None:
    out = answered(id=7, text="book a skin doctor next tuesday at 10, just a check-up", lang="en")
    assert out == {
        "id": 7,
        "lang": "en",
        "intent": "book",
        "confidence": 0.95,
        "entities": {
            "date": "2026-11-24",
            "time": "10:00",
            "specialty": "dermatology",
            "visit_type": "check-up",
        },
        "also": [],
    }


def test_the_clinic_of_a_record_replaces_the_names_known() -> None:
    clinic = {
        "practitioners": ["Dr Jane Doe", "Prof. Omar Haddad"],
        "specialties": ["Dermatologist", "Herbal medicine"],
        "locations": ["North"],
    }
    out = answered(text="dr doe at north", clinic=clinic)
    assert out["entities"] == {"practitioner": "Dr Jane Doe", "location": "North"}
    assert answered(text="a rash", clinic=clinic)["entities"]["specialty"] == "Dermatologist"
    out = answered(text="herbal medicine", clinic=clinic)
    assert out["entities"]["specialty"] == "Herbal medicine"
    assert "practitioner" not in answered(text="dr patel", clinic=clinic)["entities"]


def test_context_comes_with_the_record() -> None:
    offer = [
        {"starts_at": "2026-11-24T10:00:00-08:00", "practitioner": "Dr Anita Patel"},
        {"starts_at": "2026-11-24T14:00:00-08:00", "practitioner": "Dr Anita Patel"},
    ]
    assert answered(text="2", asked="slot", offer=offer)["entities"] == {"choice": 2}
    assert answered(text="2", asked="time")["entities"] == {"time": "14:00"}
    out = answered(text="tomorrow", now="2026-12-31T09:00:00-08:00")
    assert out["entities"] == {"date": "2027-01-01"}
    assert answered(text="12/5", locale="en-GB")["entities"]["date"] == "2027-05-12"


def test_the_kind_of_danger_is_an_entity() -> None:
    out = answered(text="i cant breathe")
    assert (out["intent"], out["entities"]) == ("emergency", {"kind": "medical"})


def test_explaining_says_which_words_led_to_what() -> None:
    out = answer({"text": "appoitment tmrw with dr patell"}, HARBOR, explain=True, now=SUNDAY)
    why = out["why"]
    assert isinstance(why, list)
    assert {"words": "appoitment", "kind": "spelling", "means": "appointment"} in why
    assert {"words": "tmrw", "kind": "day", "means": "date 2026-11-23"} in why
    assert {"words": "dr patell", "kind": "practitioner", "means": "Dr Anita Patel"} in why
    assert "intent" in {reason["kind"] for reason in why}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, '"text" must be a string'),
        ({"text": 3}, '"text" must be a string'),
        ({"text": "hi", "asked": "colour"}, '"asked" must be one of date'),
        ({"text": "hi", "now": "soon"}, '"now" must be a moment in ISO 8601'),
        ({"text": "hi", "offer": "10:00"}, '"offer" must be a list'),
        ({"text": "hi", "offer": [{"starts_at": 3}]}, '"starts_at" must be a moment'),
        ({"text": "hi", "clinic": []}, '"clinic" must be an object'),
        ({"text": "hi", "clinic": {"practitioners": [1]}}, '"practitioners" must be a list'),
        ({"text": "hi", "lang": 4}, '"lang" must be a string'),
    ],
)
def test_a_bad_record_is_told_what_was_expected(record: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        answer(record, HARBOR, now=SUNDAY)
