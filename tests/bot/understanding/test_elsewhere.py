"""Practitioners who are named and do not work here."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import read


def is_unknown(text: str, asked: str | None = None, language: str = "en") -> bool:
    found = read(text, asked, language=language).entities
    return "practitioner" in found.ambiguous and not (found.candidates or found.practitioner)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "with dr rossi"),
        ("en", "I'd like to see Dr. Rossi on tuesday at 10"),
        ("en", "can i see doctor rossi"),
        ("en", "cancel my visit with dr rossi"),
        ("en", "Is Dr Hill in on Friday?"),
        ("es", "quiero cita con el dr rossi mañana"),
        ("es", "con la doctora González"),
        ("fr", "rdv avec le docteur Rossi mardi"),
        ("fr", "je veux voir le dr dupont"),
        ("pt", "quero marcar com o dr. Rossi na terça"),
        ("pt", "com a doutora Marques"),
    ],
)
def test_somebody_who_does_not_work_here_is_asked_back(language: str, text: str) -> None:
    assert is_unknown(text, language=language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "with dr patel"),
        ("en", "with Dr Patell"),
        ("en", "I need to see a doctor asap"),
        ("en", "doctor apointment tomorow"),
        ("en", "dr pls"),
        ("en", "I am Dr Rossi"),
        ("en", "Dr Rossi referred me to the cardiologist"),
        ("en", "I have a referral from Dr Rossi, cardiology please"),
        ("es", "necesito ver al doctor urgente"),
        ("es", "el doctor porfa"),
        ("fr", "le docteur svp"),
        ("pt", "preciso de um doutor logo"),
    ],
)
def test_anybody_else_is_not(language: str, text: str) -> None:
    assert not is_unknown(text, language=language)


def test_ones_own_name_and_title_is_none() -> None:
    assert not is_unknown("Dr Ann Rossi", "name")


@pytest.mark.parametrize("asked", ["specialty", "practitioner"])
@pytest.mark.parametrize("name", ["Helena Duarte Prado", "Lucie Moreau", "Elena Prado"])
def test_a_first_name_before_another_surname_is_no_practitioner_of_ours(
    name: str, asked: str
) -> None:
    assert is_unknown(name, asked)


@pytest.mark.parametrize("text", ["Elena", "Dr Elena", "elena please", "Elena García"])
def test_a_first_name_alone_is(text: str) -> None:
    assert read(text, "practitioner").entities.practitioner == "Dr Elena García"


def test_it_is_enough_to_act_upon() -> None:
    assert read("with dr rossi").intent is Intent.INFORM
