"""Names, dates of birth and phone numbers."""

import pytest

from bot.understanding.values import Intent, Person
from tests.bot.understanding.clinic import a_directory, read, said

ANSWERS = {
    "John Smith": "John Smith",
    "it's john smith": "John Smith",
    "my name is John Smith": "John Smith",
    "Smith, John": "John Smith",
    "JOHN SMITH": "John Smith",
    "O'Brien": "O'Brien",
    "sean o'brien": "Sean O'Brien",
    "María José Nguyễn": "María José Nguyễn",
    "Jan van der Berg": "Jan van der Berg",
    "Anne-Marie Dupont": "Anne-Marie Dupont",
    "王小明": "王小明",
    "Ольга Петрова": "Ольга Петрова",
    "Will Day": "Will Day",
    "sure, it is Ana Lopez": "Ana Lopez",
    "Sarah Johnson": "Sarah Johnson",
}


@pytest.mark.parametrize(("text", "name"), ANSWERS.items())
def test_the_answer_to_what_is_your_name(text: str, name: str) -> None:
    found = read(text, "name")
    assert (found.intent, found.entities.name) == (Intent.INFORM, name)


@pytest.mark.parametrize(
    "text",
    [
        "why do you need it?",
        "cancel",
        "actually the second one",
        "no, thursday instead",
        "what?",
        "i don't want to say",
        "tomorrow",
        "talk to a human",
        "yes",
        "with dr patel",
    ],
)
def test_what_is_clearly_something_else_is_no_name(text: str) -> None:
    assert read(text, "name").entities.name is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my name is john smith and i need a dentist", "John Smith"),
        ("Hi, I'm John Smith, can I book", "John Smith"),
        ("This is Maria Lopez", "Maria Lopez"),
        ("I am sick", None),
        ("i'm free on monday", None),
        ("I'm running late", None),
        ("this is urgent", None),
    ],
)
def test_a_name_announced_in_a_longer_message(text: str, name: str | None) -> None:
    assert read(text).entities.name == name


BIRTHS = {
    "4 May 1980": "1980-05-04",
    "05/04/1980": "1980-05-04",
    "1980-05-04": "1980-05-04",
    "May 4th 80": "1980-05-04",
    "050480": "1980-05-04",
    "05041980": "1980-05-04",
    "5.4.1980": "1980-05-04",
    "born on the 4th of May 1980": "1980-05-04",
    "25/12/1999": "1999-12-25",
    "may 4 1926": "1926-05-04",
    "5/4/26": "2026-05-04",
    "5/4/27": "1927-05-04",
}


@pytest.mark.parametrize(("text", "born"), BIRTHS.items())
def test_a_date_of_birth_lies_in_the_past(text: str, born: str) -> None:
    assert said(text, "date_of_birth") == {"date_of_birth": born}


def test_the_order_of_a_birth_date_is_the_countrys() -> None:
    britain = a_directory(country="GB")
    found = said("05/04/1980", "date_of_birth", directory=britain)
    assert found["date_of_birth"] == "1980-04-05"


def test_a_birth_date_without_its_year_is_asked_back() -> None:
    assert said("4 May", "date_of_birth") == {"ambiguous": "date_of_birth"}


def test_name_and_birth_date_together() -> None:
    expected = {"name": "John Smith", "date_of_birth": "1980-04-05"}
    assert said("John Smith 04/05/1980", "name") == expected
    assert said("John Smith, born April 5 1980", "name") == expected
    assert said("john smith 4/5/1980", "date_of_birth") == expected


def test_a_birth_date_is_no_appointment_and_an_appointment_no_birth_date() -> None:
    found = said("book me for 5 december, dob 5 may 1980")
    assert found["date"] == "2026-12-05"
    assert found["date_of_birth"] == "1980-05-05"
    assert "date_of_birth" not in said("5 december 2026", "date")


def test_everything_at_once() -> None:
    found = read(
        "hi, I'd like to see dr patel next tuesday at 10am, my name is John Smith born 4 May 1980"
    )
    entities = found.entities
    assert found.intent is Intent.BOOK
    assert entities.practitioner == "Dr Anita Patel"
    assert (str(entities.date), str(entities.time)) == ("2026-11-24", "10:00:00")
    assert (entities.name, str(entities.date_of_birth)) == ("John Smith", "1980-05-04")


@pytest.mark.parametrize(
    ("text", "person", "name"),
    [
        ("for my daughter Mia, she's 6", Person.DAUGHTER, "Mia"),
        ("it's for my son", Person.SON, None),
        ("my mom needs a checkup", Person.PARENT, None),
        ("for my wife", Person.PARTNER, None),
        ("for me", Person.SELF, None),
        ("my baby has a cough", Person.CHILD, None),
        ("for a friend", Person.OTHER, None),
    ],
)
def test_who_the_visit_is_for(text: str, person: Person, name: str | None) -> None:
    entities = read(text).entities
    assert (entities.person, entities.name) == (person, name)


def test_me_answers_who_it_is_for() -> None:
    assert read("me", "person").entities.person is Person.SELF
    assert read("call me back").entities.person is None


@pytest.mark.parametrize(
    "text", ["(415) 555-0134", "415 555 0134", "+1 415-555-0134", "my number is 4155550134"]
)
def test_a_phone_number_in_e164(text: str) -> None:
    assert said(text, "phone") == {"phone": "+14155550134"}


@pytest.mark.parametrize("text", ["12/05/2026", "2026-12-05", "10:30", "option 2", "1530"])
def test_dates_times_and_choices_are_no_phone_numbers(text: str) -> None:
    assert "phone" not in said(text, "phone")
