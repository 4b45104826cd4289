"""What is only guessed is asked about; which language we talk in is the patient's to say."""

from dataclasses import replace

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import Task
from bot.dialogue.turn import Heard, Pressed
from bot.dialogue.when import When
from bot.dialogue.wishes import GUESSES
from bot.messages import Asked
from bot.understanding.values import ACT, ASK, Entities, Intent, Understanding
from tests.bot.dialogue.pretend import SITUATION, PretendClinic, Talk, a_visit, keys, meant
from tests.bot.understanding.clinic import ZONE

BETWEEN = (ACT + ASK) / 2


def guessed(intent: Intent, confidence: float = BETWEEN) -> Heard:
    return Heard(Understanding(intent, confidence, Entities(), "en"))


def a_when_later(by: int) -> When:
    start = a_visit().starts_at.astimezone(ZONE)
    return When().shifted(start, by)


@pytest.mark.parametrize("intent", sorted(GUESSES))
def test_a_wish_that_is_not_sure_is_asked_about(intent: Intent) -> None:
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    answer = talk.hears(guessed(intent))
    assert keys(answer) == [f"guess_{intent}"]
    assert answer.asked is Asked.YES_NO
    assert talk.clinic.asked == []


@pytest.mark.parametrize("confidence", [ACT, 1.0])
def test_a_wish_that_is_sure_is_not(confidence: float) -> None:
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    assert "guess_cancel" not in keys(talk.hears(guessed(Intent.CANCEL, confidence)))


def test_below_that_it_is_not_understood() -> None:
    answer = Talk().hears(guessed(Intent.CANCEL, ASK - 0.01))
    assert keys(answer) == ["not_understood_open"]


def test_yes_does_what_was_guessed() -> None:
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    talk.hears(guessed(Intent.CANCEL))
    answer = talk.says("yes")
    assert talk.state.draft is not None
    assert talk.state.draft.task is Task.CANCEL
    assert keys(answer) == ["confirm_cancel"]


def test_the_button_does_so_too() -> None:
    talk = Talk()
    talk.hears(guessed(Intent.HUMAN))
    assert talk.state.question is not None
    talk.hears(Pressed(talk.state.question.list_id, 1))
    assert talk.clinic.asked == [ask.HandOver(1)]


def test_what_was_said_of_it_is_kept_for_the_yes() -> None:
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    said = Entities(shift_minutes=20)
    talk.hears(Heard(Understanding(Intent.RESCHEDULE, BETWEEN, said, "en")))
    talk.says("yes")
    assert talk.state.draft is not None
    assert talk.state.draft.when == a_when_later(20)


def test_no_does_nothing_and_is_no_misunderstanding() -> None:
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    talk.hears(guessed(Intent.CANCEL))
    assert keys(talk.says("no")) == ["not_that"]
    assert (talk.clinic.asked, talk.state.misses) == ([], 0)


def test_a_guess_leaves_the_task_in_hand_as_it_was() -> None:
    talk = Talk()
    talk.says("dr patel tuesday at 10")
    before = talk.state.draft
    talk.hears(guessed(Intent.LIST))
    assert talk.state.draft == before
    assert "not_understood" not in keys(talk.says("no"))
    assert talk.state.draft == before


def test_another_language_is_talked_when_asked_for() -> None:
    talk = Talk(situation=replace(SITUATION, languages=("en", "es")))
    talk.says("dr patel tuesday at 10")
    answer = talk.hears(meant(Intent.LANGUAGE, language="es"))
    assert answer.language == "es"
    assert keys(answer)[0] == "language_set"
    assert answer.asked is Asked.NAME  # And on with what was in hand.


def test_instead_of_a_language_that_we_do_not_talk_ours_are_offered() -> None:
    answer = Talk().hears(meant(Intent.LANGUAGE, language="ko"))
    assert (answer.language, keys(answer)) == (None, ["ask_language"])
