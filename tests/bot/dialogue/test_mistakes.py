"""What was noted wrongly: put right while it may be, else told to staff, never passed over."""

from datetime import date

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.commands import Command
from bot.dialogue.values import KnownPerson
from bot.messages import Asked
from bot.understanding.values import Person
from tests.bot.dialogue.pretend import PretendClinic, Talk, keys
from tests.bot.dialogue.test_family import ANN, WISH, Rows

JOHN = KnownPerson(7, "John Smith", Person.SELF)
NEW = "dr patel tuesday at 10 John Smith 4 May 1980"


def commands(talk: Talk, kind: type[Command]) -> list[Command]:
    return [command for command in talk.clinic.asked if isinstance(command, kind)]


def corrected(talk: Talk) -> tuple[str, str, date]:
    *_, last = commands(talk, ask.CorrectPatient)
    assert isinstance(last, ask.CorrectPatient)
    assert last.patient == 5
    said = last.claimed
    return said.first_name, said.last_name, said.date_of_birth


@pytest.mark.parametrize(
    ("text", "name", "born"),
    [
        ("the birthday is wrong, it's 3 March 1982", "Smith", date(1982, 3, 3)),
        ("born on the 5th, not the 4th", "Smith", date(1980, 5, 5)),
        ("it's Smyth, not Smith", "Smyth", date(1980, 5, 4)),
        ("no, my last name is Smyth", "Smyth", date(1980, 5, 4)),
        ("John Smyth 3 March 1982", "Smith", None),  # Another name and another date: another one.
    ],
)
def test_what_was_just_noted_is_put_right_at_the_confirmation(
    text: str, name: str, born: date | None
) -> None:
    talk = Talk()
    answer = talk.says(NEW, text)
    assert (answer.asked, len(commands(talk, ask.BookVisit))) == (Asked.YES_NO, 0)
    if born is None:
        assert commands(talk, ask.CorrectPatient) == []
        assert len(commands(talk, ask.RegisterPatient)) == 2
    else:
        assert corrected(talk) == ("John", name, born)
        assert len(commands(talk, ask.RegisterPatient)) == 1


def test_a_birth_date_put_right_is_said_back() -> None:
    talk = Talk()
    assert keys(talk.says(NEW, "the birth date is 3 March 1982")) == [
        "birth_date_noted",
        "confirm_booking",
    ]


@pytest.mark.parametrize("text", ["wrong date of birth", "I made a mistake with the birth date"])
def test_a_birth_date_that_is_only_called_wrong_is_asked_for(text: str) -> None:
    talk = Talk()
    answer = talk.says(NEW, text)
    assert (answer.asked, keys(answer)) == (Asked.DATE_OF_BIRTH, ["ask_birth_date_other"])
    assert talk.says("3 March 1982").asked is Asked.YES_NO
    assert corrected(talk) == ("John", "Smith", date(1982, 3, 3))


@pytest.mark.parametrize("text", ["the birth date is wrong, it's 3 March 1982", "it's Smyth"])
def test_of_somebody_known_staff_are_told_and_nothing_else_changes(text: str) -> None:
    talk = Talk(PretendClinic(people=(JOHN,)))
    before = talk.says("dr patel tuesday at 10")
    answer = talk.says(text)
    assert keys(answer) == ["passed_on_known", *keys(before)]
    assert commands(talk, ask.ReportMistake) == [ask.ReportMistake(7, text)]
    assert not commands(talk, ask.CorrectPatient)
    assert not commands(talk, ask.RegisterPatient)


def test_a_known_name_with_another_birth_date_is_another_person() -> None:
    talk = Talk(PretendClinic(people=(JOHN,)))
    talk.says("dr patel tuesday at 10 John Smith 3 May 2014")
    assert len(commands(talk, ask.RegisterPatient)) == 1


def test_after_the_booking_staff_are_told() -> None:
    talk = Talk()
    answer = talk.says(NEW, "yes", "the birthday is wrong, it's 3 March 1982")
    assert keys(answer) == ["passed_on"]
    assert talk.state.draft is None
    assert commands(talk, ask.ReportMistake)
    assert keys(talk.says("it's Smyth, not Smith")) == ["passed_on"]


def test_who_was_registered_without_a_booking_is_put_right() -> None:
    talk = Talk()
    answer = talk.says("I'm a new patient", "John Smith 4 May 1980", "it's Smyth, not Smith")
    assert keys(answer) == ["registered"]
    assert corrected(talk) == ("John", "Smyth", date(1980, 5, 4))
    assert keys(talk.says("sorry, the birth date is 3 March 1982"))[0] == "birth_date_noted"


def test_an_answer_that_is_not_complete_yet_is_just_another_answer() -> None:
    talk = Talk()
    talk.says("dr patel tuesday at 10", "John Smith", "sorry, it's Smyth", "4 May 1980")
    *_, registered = commands(talk, ask.RegisterPatient)
    assert isinstance(registered, ask.RegisterPatient)
    assert registered.last_name == "Smyth"


def test_one_of_several_is_put_right_by_name() -> None:
    talk = Talk(Rows(people=(ANN,)))
    talk.says(WISH, "Ann", "Tom Smith 4 May 2015")
    assert talk.state.draft
    _, second = talk.state.draft.companions
    answer = talk.says("Tom's birthday is wrong, it's 5 May 2015")
    assert keys(answer)[0] == "birth_date_noted"
    (command,) = commands(talk, ask.CorrectPatient)
    assert isinstance(command, ask.CorrectPatient)
    assert command.patient == second.patient
    assert command.claimed.date_of_birth == date(2015, 5, 5)


def test_a_sister_of_a_name_much_alike_is_asked_for_and_not_put_right() -> None:
    talk = Talk(Rows())
    talk.says(WISH, "Lea Smith 4 May 2015", "Lia Smith 5 June 2016")
    assert not commands(talk, ask.CorrectPatient)
    assert talk.state.draft
    assert [each.name for each in talk.state.draft.companions] == ["Lea Smith", "Lia Smith"]


def test_yes_for_the_birthday_is_a_yes() -> None:
    talk = Talk()
    talk.says(NEW, "yes please, it's for my birthday")
    assert len(commands(talk, ask.BookVisit)) == 1
