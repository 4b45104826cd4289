"""A further visit in the same breath as an answer."""

import pytest

from bot.understanding.values import Intent, Person
from tests.bot.understanding.clinic import read


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "Yes, and can you also book an appointment for my son, John?", "John"),
        (
            "en",
            "That's OK. I forgot that I also want my daughter Angela to get vaccinated.",
            "Angela",
        ),
        ("en", "Please book it. One more thing. I need to have my son Mark vaccinated.", "Mark"),
        ("en", "yes please, can I bring my son John for his vaccination too?", "John"),
        ("es", "sí. además necesito una cita para mi hijo Mateo", "Mateo"),
        ("es", "vale, y otra cita para mi hija Lucía", "Lucía"),
        ("fr", "oui merci. je voudrais aussi un rdv pour mon fils Hugo", "Hugo"),
        ("pt", "sim. aproveitando, quero marcar para o meu filho Pedro também", "Pedro"),
    ],
)
def test_a_yes_and_a_visit_for_somebody_else_are_two_things(
    language: str, text: str, name: str
) -> None:
    found = read(text, "yes_no", language=language)
    assert found.intent is Intent.YES
    assert not found.entities.said() & {"name", "person", "specialty"}
    assert found.also[0].intent is Intent.BOOK
    assert found.also[0].entities.name == name
    assert found.also[0].entities.person not in (None, Person.SELF)


def test_an_hour_and_a_visit_for_somebody_else_are_two_things() -> None:
    text = "10am. I would also like to get my daughter vaccinated, at the same time"
    found = read(text, "date_time")
    assert found.intent is Intent.INFORM
    assert found.entities.said() == {"time"}
    assert found.also[0].entities.person is Person.DAUGHTER
    assert found.also[0].entities.same == ("time",)


def test_a_further_visit_alone_agrees_to_nothing() -> None:
    found = read("You know, my son needs an appointment too.", "yes_no")
    assert found.intent is Intent.INFORM
    assert not found.entities.said()
    assert [wish.intent for wish in found.also] == [Intent.BOOK]


@pytest.mark.parametrize(
    "text",
    [
        "yes, it's for my son",
        "yes, for my daughter too",
        "no, I also need to think about it with my wife",
        "can you book it for my daughter instead?",
    ],
)
def test_whose_visit_it_is_makes_no_second_visit(text: str) -> None:
    assert read(text, "yes_no").also == ()


def test_nothing_is_read_apart_where_nothing_was_asked() -> None:
    found = read("also I need an appointment for my son Ben")
    assert (found.intent, found.entities.name, found.also) == (Intent.BOOK, "Ben", ())


def test_danger_comes_before_any_further_visit() -> None:
    text = "yes, and my son too, he can't breathe"
    assert read(text, "yes_no").intent is Intent.EMERGENCY
