"""In which language a message is read, and what danger it tells of in another one."""

from typing import Any

import pytest

from bot.understanding.reading import danger_in, language_of
from bot.understanding.values import Context, EmergencyKind
from tests.bot.understanding.clinic import HARBOR, SUNDAY, a_directory

SPANISH = "necesito una cita para mi hija el martes"


def context(**changes: Any) -> Context:
    return Context(**{"now": SUNDAY, "directory": HARBOR, **changes})


def test_the_language_known_from_elsewhere_comes_first() -> None:
    assert language_of(SPANISH, context(language="fr")) == "fr"
    assert language_of(SPANISH, context(language="pt-BR")) == "pt"


def test_else_the_message_tells_and_else_it_is_the_clinics_first() -> None:
    assert language_of(SPANISH, context()) == "es"
    assert language_of("hm", context()) == "en"
    assert language_of("hm", context(directory=a_directory(languages=("cy", "es", "en")))) == "es"


def test_a_language_that_nobody_can_read_is_passed_over() -> None:
    assert language_of("hm", context(language="cy")) == "en"
    assert language_of("hm", context(directory=a_directory(languages=("cy",)))) == "en"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("no puedo respirar", EmergencyKind.MEDICAL),
        ("me quiero morir", EmergencyKind.SELF_HARM),
        ("quiero una cita", None),
    ],
)
def test_danger_is_heard_in_another_language_than_the_message_is_read_in(
    text: str, kind: EmergencyKind | None
) -> None:
    assert danger_in(text, "es", context(language="en")) is kind
