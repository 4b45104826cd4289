"""Several wishes in one message, each with its own day, doctor and person."""

import pytest

from bot.understanding.values import Entities, Intent, Person
from tests.bot.understanding.clinic import read


def wishes(text: str, language: str = "en") -> list[tuple[Intent, Entities]]:
    found = read(text, language=language)
    return [
        (found.intent, found.entities),
        *((wish.intent, wish.entities) for wish in found.also),
    ]


TWO_BOOKINGS = {
    "en": "dr patel on tuesday and my son with dr kim on wednesday",
    "es": "dr patel el martes y mi hijo con el dr kim el miercoles",
    "fr": "dr patel mardi et mon fils avec le dr kim mercredi",
    "pt": "dr patel na terça e meu filho com o dr kim na quarta",
}


@pytest.mark.parametrize("language", TWO_BOOKINGS)
def test_two_bookings_in_one_message_are_two(language: str) -> None:
    [(_, mine), (also, sons)] = wishes(TWO_BOOKINGS[language], language)
    assert also is Intent.BOOK
    assert (mine.practitioner, mine.weekday, mine.person) == ("Dr Anita Patel", 1, None)
    assert (sons.practitioner, sons.weekday, sons.person) == ("Dr David Kim", 2, Person.SON)


@pytest.mark.parametrize(
    "text",
    [
        "dr patel on tuesday and thursday",
        "dr patel or dr kim on monday and tuesday",
        "dr patel on monday, and dr kim if she is ill",
        "my daughter and my son on monday",
        "my son has had a fever since monday and I'd like to see dr patel on tuesday",
    ],
)
def test_several_days_or_names_alone_are_one_booking(text: str) -> None:
    assert len(wishes(text)) == 1


def test_for_whom_and_for_what_belongs_to_the_wish_it_stands_in() -> None:
    text = "move my tuesday visit to friday and book my daughter a check-up on monday"
    [(_, moved), (_, booked)] = wishes(text)
    assert (moved.person, moved.visit_type, moved.weekday) == (None, None, 4)
    assert (booked.person, booked.visit_type, booked.weekday) == (Person.DAUGHTER, "check-up", 0)


def test_a_name_put_right_in_the_middle_of_a_booking_is_no_wrong_person() -> None:
    found = read("my name is Jon, not John", asked="date_of_birth")
    assert (found.intent, found.entities.name) == (Intent.INFORM, "Jon")


def test_out_of_the_blue_the_same_words_are() -> None:
    """The control: nobody is being asked for a name."""
    assert read("my name is Pedro, not Juan").intent is Intent.WRONG_PERSON


TWO_CHANGES = {
    "en": "cancel tuesday's and move the dentist's to thursday",
    "es": "cancela la del martes y cámbiame la del dentista al jueves",
    "fr": "annulez celui de mardi et déplacez celui du dentiste à jeudi",
    "pt": "cancela a de terça e muda a do dentista para quinta",
}
CHILDREN = {
    "en": "cancel my son's appointment and move my daughter's to friday",
    "es": "cancele la cita de mi hijo y mueva la de mi hija al viernes",
    "fr": "annulez le rdv de mon fils et déplacez celui de ma fille à vendredi",
    "pt": "desmarque a consulta do meu filho e remarque a da minha filha para sexta",
}
CONFIRMED = {
    "en": "confirm tuesday's and cancel the dentist's",
    "es": "confirme la del martes y cancele la del dentista",
    "fr": "confirmez celui de mardi et annulez celui du dentiste",
    "pt": "confirma a de terça e cancela a do dentista",
}


@pytest.mark.parametrize("language", TWO_CHANGES)
def test_one_visit_called_off_and_another_moved_are_two_wishes(language: str) -> None:
    [(first, off), (then, moved)] = wishes(TWO_CHANGES[language], language)
    assert (first, then) == (Intent.CANCEL, Intent.RESCHEDULE)
    assert (off.weekday, off.specialty) == (1, None)
    assert (moved.weekday, moved.specialty) == (3, "dentistry")


@pytest.mark.parametrize("language", CHILDREN)
def test_the_visits_of_two_children_are_told_apart(language: str) -> None:
    [(first, off), (then, moved)] = wishes(CHILDREN[language], language)
    assert (first, then) == (Intent.CANCEL, Intent.RESCHEDULE)
    assert (off.person, moved.person) == (Person.SON, Person.DAUGHTER)


@pytest.mark.parametrize("language", CONFIRMED)
def test_one_visit_confirmed_and_another_called_off(language: str) -> None:
    [(first, kept), (then, off)] = wishes(CONFIRMED[language], language)
    assert (first, then) == (Intent.CONFIRM, Intent.CANCEL)
    assert (kept.weekday, off.specialty) == (1, "dentistry")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "cancel tuesday and move it to thursday"),
        ("en", "i can't make tuesday, can we move it to thursday"),
        ("en", "cancel tuesday and move it to next week"),
        ("en", "cancel tuesday and reschedule for friday with dr patel"),
        ("fr", "annulez mardi et déplacez-le à jeudi"),
        ("pt", "desmarca a de terça e remarca para quinta"),
    ],
)
def test_one_visit_put_off_is_one_wish(language: str, text: str) -> None:
    [(intent, _)] = wishes(text, language)
    assert intent is Intent.RESCHEDULE
