"""Which language a conversation is held in: the stored choice, the provider's word, the message."""

import pytest

from bot.phrases import sentences
from tests.bot.talking import Patient, text_of

SPANISH = "Hola, quiero pedir una cita con la doctora Patel el martes"
FRENCH = "Bonjour, je voudrais prendre un rendez-vous avec le docteur Patel mardi"


def speaks(patient: Patient, text: str, **message: str) -> str:
    """Say something; return the language that the answer comes in."""
    patient.says(text, **message)
    return str(patient.conversation.language)


def test_a_message_in_whole_words_is_answered_in_its_language(texter: Patient) -> None:
    assert speaks(texter, SPANISH) == "es"
    assert texter.conversation.language == "es"


@pytest.mark.parametrize(
    ("text", "language"),
    [("hola", "es"), ("Bonjour !", "fr"), ("oi", "pt"), ("hi", "en")],
)
def test_the_very_first_words_are_answered_in_their_language(
    texter: Patient, text: str, language: str
) -> None:
    assert speaks(texter, text) == language


@pytest.mark.parametrize("text", ["ok", "2", "👋"])
def test_words_of_any_language_are_answered_in_the_clinics_first_and_decide_nothing(
    texter: Patient, text: str
) -> None:
    assert "Emergency: call 911" in text_of(texter.says(text))
    assert texter.conversation.language is None
    assert speaks(texter, "consulta con la doctora Patel, por favor") == "es"


def test_one_word_switches_nothing(texter: Patient) -> None:
    assert speaks(texter, "hello") == "en"
    assert speaks(texter, "hola") == "en"
    assert speaks(texter, "gracias") == "en"


def test_short_answers_stay_in_the_language_of_the_conversation(texter: Patient) -> None:
    speaks(texter, SPANISH)
    assert speaks(texter, "ok") == "es"
    assert speaks(texter, "2") == "es"


def test_the_patient_may_change_the_language_by_writing_another(texter: Patient) -> None:
    speaks(texter, SPANISH)
    assert speaks(texter, "sorry, can we do this in english please, I don't speak Spanish") == "en"


def test_what_the_provider_says_comes_before_the_message(texter: Patient) -> None:
    assert speaks(texter, SPANISH, language="fr") == "fr"
    assert speaks(texter, SPANISH, language="pt-BR") == "pt"


def test_a_provider_that_names_a_language_we_do_not_talk_changes_nothing(texter: Patient) -> None:
    assert speaks(texter, SPANISH, language="ko") == "es"


def test_what_the_patient_asked_for_comes_before_all_else(texter: Patient) -> None:
    answer = text_of(texter.says("español por favor", language="en"))
    assert answer.endswith(sentences("es")["language_set"])
    assert texter.own_address.language == "es"
    assert speaks(texter, "what do I have next week with you?", language="en") == "es"


def test_it_is_understood_in_the_language_it_is_written_in(texter: Patient) -> None:
    """Whatever language it is answered in."""
    handled = texter.says(FRENCH, language="en")
    assert handled.task == "book"
    assert texter.conversation.language == "en"


@pytest.mark.parametrize("text", ["cant breathe", "chest pain!!", "j'étouffe", "quero morrer"])
def test_danger_is_heard_in_any_language_that_is_talked_here(texter: Patient, text: str) -> None:
    speaks(texter, SPANISH)
    assert "911" in text_of(texter.says(text))
    assert texter.conversation.language == "es"


def test_instead_of_a_language_that_nobody_here_talks_ours_are_offered(texter: Patient) -> None:
    handled = texter.says("do you speak korean?")
    offered = [choice.label for choice in handled.replies[-1].choices]
    assert offered == ["English", "Español", "Français", "Português"]
    assert texter.own_address.language is None
