"""Words that mean danger, and the same words where they do not."""

import pytest

from bot.understanding.values import EmergencyKind, Intent
from tests.bot.understanding.clinic import read

DANGER = {
    EmergencyKind.MEDICAL: [
        "I have chest pain",
        "my chest hurts",
        "can't breathe",
        "cant breath",
        "i think im having a heart attack",
        "my dad is having a stroke",
        "my wife collapsed",
        "my baby is not breathing",
        "he is unconscious",
        "bleeding won't stop",
        "I took too many pills",
        "emergency",
        "emergency appointment",
        "it's an emergency",
        "my throat is closing",
        "my left arm is numb",
        "heart attack",
        "call an ambulance",
        "emergancy",
        "I have had chest pain since this morning, can I see dr johnson tomorrow?",
    ],
    EmergencyKind.SELF_HARM: [
        "i wanna die",
        "kms",
        "i want to end it all",
        "dont want to be here anymore",
        "suicidal",
        "suicidl",
        "i want to kill myself",
        "i feel like killing myself",
        "i want to die",
        "thinking about suicide",
        "there is no reason to live",
        "better off dead",
        "book me for friday and i want to kill myself",
    ],
    EmergencyKind.VIOLENCE: [
        "my husband hits me",
        "someone is trying to kill me",
        "I've been raped",
        "I'm scared of my husband",
        "im going to kill the doctor",
    ],
}

HARMLESS = [
    "mom had a stroke last year",
    "no chest pain",
    "is dr johnson good with heart attacks survivors?",
    "book a follow-up after my heart attack in May",
    "this wait is killing me",
    "I'm dying to see dr patel",
    "my tooth is killing me",
    "not an emergency",
    "what is your emergency number",
    "i want to dye my hair",
    "my gums are bleeding",
    "do you treat stroke patients",
    "I hurt myself playing football",
    "can you fit me in tomorrow",
    "my phone died",
    "I had chest pain last month, want a checkup",
    "no trouble breathing just a cough",
    "take a look at my knee",
    "ending my subscription",
]


@pytest.mark.parametrize(
    ("text", "kind"), [(text, kind) for kind, texts in DANGER.items() for text in texts]
)
def test_danger_comes_before_everything(text: str, kind: EmergencyKind) -> None:
    found = read(text)
    assert (found.intent, found.entities.kind) == (Intent.EMERGENCY, kind)
    assert found.confidence >= 0.75


@pytest.mark.parametrize("text", HARMLESS)
def test_the_past_the_denied_and_manners_of_speaking_are_ordinary(text: str) -> None:
    assert read(text).intent is not Intent.EMERGENCY


@pytest.mark.parametrize("asked", ["name", "slot", "yes_no", "rating", "code", "date_of_birth"])
def test_danger_is_heard_whatever_was_asked(asked: str) -> None:
    assert read("i cant breathe", asked).intent is Intent.EMERGENCY


def test_danger_is_heard_at_the_end_of_a_long_message() -> None:
    assert (
        read("so i went to the shop. " * 200 + "i want to kill myself").intent is Intent.EMERGENCY
    )


def test_a_wish_beside_the_danger_is_kept() -> None:
    found = read("I have chest pain, cancel my appointment tomorrow")
    assert found.intent is Intent.EMERGENCY
    assert [wish.intent for wish in found.also] == [Intent.CANCEL]
