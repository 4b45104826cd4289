"""Which language a message is written in: told by whole sentences, never by one word."""

import pytest

from bot.understanding.tongue import written_in

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
