"""A given name that is a cry for help elsewhere."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import read

NAMES = [
    ("pt", "Socorro Nunes", "name"),
    ("pt", "socorro nunes", "name"),
    ("pt", "Socorro da Silva Nunes", "name"),
    ("pt", "Maria Socorro Nunes", "name"),
    ("pt", "Socorro Nunes, 4/5/1980", "name"),
    ("pt", "Socorro Nunes 4/5/1980", None),
    ("pt", "quero marcar uma consulta para a Socorro Nunes", None),
    ("pt", "meu nome é Socorro Nunes", None),
    ("pt", "meu nome é socorro nunes", None),
    ("es", "Socorro Nunes", "name"),
    ("es", "Auxilio Pérez", "name"),
    ("es", "soy Socorro García", None),
    ("es", "me llamo socorro garcia", "name"),
    ("es", "Una cita para mi madre Socorro García", None),
]
CRIES = [
    ("pt", "socorro", None),
    ("pt", "Socorro", "name"),
    ("pt", "socorro!!", "name"),
    ("pt", "Socorro João", None),
    ("pt", "SOCORRO MARIA", None),
    ("pt", "socorro, minha filha não respira", None),
    ("pt", "socorro meu filho caiu", "name"),
    ("pt", "Socorro Pedro caiu", "name"),
    ("pt", "socorro ajuda", "name"),
    ("pt", "por favor socorro", "name"),
    ("pt", "Socorro Nunes não respira", "name"),
    ("es", "socorro", None),
    ("es", "auxilio", "name"),
    ("es", "socorro, mi marido no respira", None),
]


@pytest.mark.parametrize(("language", "text", "asked"), NAMES)
def test_a_patient_of_that_name_sets_off_no_alarm(
    language: str, text: str, asked: str | None
) -> None:
    found = read(text, asked, language=language)
    assert found.intent is not Intent.EMERGENCY
    assert {"socorro", "auxilio"} & set((found.entities.name or "").casefold().split())


@pytest.mark.parametrize(("language", "text", "asked"), CRIES)
def test_a_cry_for_help_is_one_wherever_it_stands(
    language: str, text: str, asked: str | None
) -> None:
    assert read(text, asked, language=language).intent is Intent.EMERGENCY
