"""Which language a message is written in: told by whole sentences, never by one word."""

import pytest

from bot.understanding.tongue import hinted_in, knows_a_word, written_in

SPOKEN = ("en", "es", "fr", "pt")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("can I come in on Tuesday afternoon please", "en"),
        ("i need an appointmnt for my daugther tmrw", "en"),
        ("necesito una cita para mi hija el martes", "es"),
        ("kiero cambiar la cita xfa", "es"),
        ("me podrian dar turno con el dentista", "es"),
        ("je veux annuler mon rendez-vous de demain", "fr"),
        ("bjr jvoudrais un rdv avec le dentiste", "fr"),
        ("quero marcar uma consulta para amanhã de manhã", "pt"),
        ("oi vcs tem horario amanha pra minha filha", "pt"),
        (
            "Hello, quisiera una cita con el doctor Smith por favor",
            "es",
        ),  # A greeting tells little.
    ],
)
def test_a_sentence_tells(text: str, language: str) -> None:
    assert written_in(text, SPOKEN) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hola",
        "bonjour",
        "no",
        "ok gracias",
        "Dr Garcia",
        "Maria Fernandez Souza",
        "12 34 56",
        "👍 👍 👍",
        "doctor doctor doctor",
    ],
)
def test_a_word_a_name_or_a_number_does_not(text: str) -> None:
    assert written_in(text, SPOKEN) is None


def test_only_languages_that_are_spoken_are_told() -> None:
    assert written_in("necesito una cita para mi hija el martes", ("en", "fr")) is None


def test_a_language_that_has_none_of_the_words_has_nothing_to_say_of_them() -> None:
    assert knows_a_word("start over", "en")
    assert not knows_a_word("start over", "pt")
    assert not knows_a_word("Zoltan Brzezicki", "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("bonjour", "fr"),
        ("buenos dias", "es"),
        ("bonjour, buenos dias", None),
        ("ok", None),
        ("", None),
    ],
)
def test_of_somebody_unknown_a_single_word_is_a_hint_where_no_other_contradicts(
    text: str, language: str | None
) -> None:
    assert hinted_in(text, SPOKEN) == language
