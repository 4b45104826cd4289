"""What the patient is called, announced or not."""

import pytest

from bot.understanding.values import Intent, Person
from tests.bot.understanding.clinic import read, said

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
    "Nguyễn Văn An": "Nguyễn Văn An",
    "My Tran": "My Tran",
    "Jordan March": "Jordan March",
    "tom jones": "Tom Jones",
    "Omar. As in the poet.": "Omar",
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
        "nvm",
        "with dr patel",
        "My tooth",
        "Whatever. I need a dentist",
    ],
)
def test_what_is_clearly_something_else_is_no_name(text: str) -> None:
    assert read(text, "name").entities.name is None


@pytest.mark.parametrize(
    ("text", "name", "born"),
    [
        ("john smith 4/5/85", "John Smith", "1985-04-05"),
        ("Kofi Boateng, June 2nd 79", "Kofi Boateng", "1979-06-02"),
        ("mary o'hara 02061979", "Mary O'Hara", "1979-02-06"),
        ("Lê Văn An 1979-06-02", "Lê Văn An", "1979-06-02"),
        ("I am Kofi Boateng and was born on 6/2/79", "Kofi Boateng", "1979-06-02"),
        ("lena haas 060279", "Lena Haas", "1979-06-02"),
        ("Lena Haas 6 2 79", "Lena Haas", "1979-06-02"),
        ("Lena Haas (6/2/79)", "Lena Haas", "1979-06-02"),
        ("haas, lena 6/2/79", "Lena Haas", "1979-06-02"),
        ("6/2/1979 Lena Haas", "Lena Haas", "1979-06-02"),
        ("lena haas two june nineteen seventy nine", "Lena Haas", "1979-06-02"),
        ("may lee 6/2/79", "May Lee", "1979-06-02"),
        ("John Smith, born April 5 1980", "John Smith", "1980-04-05"),
    ],
)
def test_name_and_birth_date_together(text: str, name: str, born: str) -> None:
    assert said(text, "name") == {"name": name, "date_of_birth": born}


@pytest.mark.parametrize("text", ["Lena Haas 1979", "lena haas, 47", "Lena Haas, born june 2"])
def test_name_and_a_part_of_the_birth_date(text: str) -> None:
    assert said(text, "name") == {"name": "Lena Haas", "ambiguous": "date_of_birth"}


def test_a_name_and_the_day_wanted() -> None:
    assert said("Lena Haas, tomorrow", "name") == {"name": "Lena Haas", "date": "2026-11-23"}


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
        ("i am in Oakland", None),
        ("my daughter ana's appointment", "Ana"),
    ],
)
def test_a_name_announced_in_a_longer_message(text: str, name: str | None) -> None:
    assert read(text).entities.name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("see Dr Kim next Friday at 9am, Lena Haas, born 2 June 1979", "Lena Haas"),
        ("book dr okafor for the 30th at 3pm for Lena Haas", "Lena Haas"),
        ("dr okafor on friday for mike haas", "Mike Haas"),
        ("a dentist tomorrow for Mike", "Mike"),
        ("Dr Kim friday 10am - Lena Haas 6/2/1979", "Lena Haas"),
        ("lena haas 6/2/79 needs to see dr kim", "Lena Haas"),
        ("this is Lena Haas, can I see dr kim", "Lena Haas"),
        ("Lena Haas here, I need a dentist", "Lena Haas"),
        ("lena haas speaking, i need a dentist", "Lena Haas"),
        ("Hi Laura here. I need a dentist", "Laura"),
        ("I need a dentist tomorrow. Lena Haas", "Lena Haas"),
    ],
)
def test_a_name_that_nothing_announces(text: str, name: str) -> None:
    found = read(text)
    assert found.entities.name == name
    assert found.entities.person is None


@pytest.mark.parametrize(
    "text",
    [
        "Good Morning Doctor",
        "Market Street",
        "Dr Anita",
        "Happy New Year, can I book",
        "see Dr García, Phoenix, Tuesday",
        "Monday, Market Street, 3pm",
        "Harbor Health, monday at 3",
        "San Jose, tomorrow",
        "an appointment for Monday",
        "appointment for General Checkup",
        "I need an appointment for Root Canal Treatment",
        "I want to see Dr. Malini Raman",
        "Malini Raman, MD, tomorrow please",
        "the doctor's name is Fong Haas",
        "there is a dentist named Fong Haas",
        "Is Malini Raman working on tuesday?",
        "I Need To See Somebody, Fluoride Treatment Please",
        "Hello Sarah, I need an appointment",
        "thanks, Laura",
    ],
)
def test_what_is_no_name_of_ones_own(text: str) -> None:
    assert read(text).entities.name is None


def test_a_doctor_who_was_asked_for_is_no_patient() -> None:
    assert read("Tuesday, Lena Haas", "practitioner").entities.name is None


def test_everything_at_once() -> None:
    found = read("I'd like to see dr patel next tuesday at 10am, John Smith, born 4 May 1980")
    entities = found.entities
    assert found.intent is Intent.BOOK
    assert entities.practitioner == "Dr Anita Patel"
    assert (str(entities.date), str(entities.time)) == ("2026-11-24", "10:00:00")
    assert (entities.name, str(entities.date_of_birth)) == ("John Smith", "1980-05-04")


@pytest.mark.parametrize(
    ("text", "person", "name"),
    [
        ("for my daughter Mia, she's 6", Person.DAUGHTER, "Mia"),
        ("my son leo has a fever", Person.SON, "Leo"),
        ("my son will come too", Person.SON, None),
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


@pytest.mark.parametrize("text", ["This is Mrs Priya Raghunathan", "Mrs Priya Raghunathan"])
def test_a_title_is_no_part_of_a_name(text: str) -> None:
    assert said(text, "name")["name"] == "Priya Raghunathan"


def test_a_contraction_is_no_name() -> None:
    assert "name" not in said("don't know this patient, I've had this number for a year")


def test_a_middle_initial_is_part_of_a_name() -> None:
    assert said("Mr. John A. Smith Jr", "name")["name"] == "John A. Smith Jr"


def test_who_it_is_for_may_be_someone_else() -> None:
    assert said("someone else", "person") == {"person": "other"}
