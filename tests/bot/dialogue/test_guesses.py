"""What is only guessed is asked about; which language we talk in is the patient's to say."""

from dataclasses import replace

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.engine import GUESSES
from bot.dialogue.state import Task
from bot.dialogue.turn import Heard, Pressed
from bot.dialogue.values import Alert
from bot.messages import Asked
from bot.understanding.values import ACT, ASK, Entities, Intent, Understanding
from tests.bot.dialogue.pretend import SITUATION, PretendClinic, Talk, a_visit, keys, meant

BETWEEN = (ACT + ASK) / 2


def guessed(intent: Intent, confidence: float = BETWEEN) -> Heard:
    return Heard(Understanding(intent, confidence, Entities(), "en"))


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
    assert talk.clinic.asked == [ask.AlertStaff(Alert.HANDOVER)]


def test_no_does_nothing_and_asks_what_it_is_then() -> None:
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    talk.hears(guessed(Intent.CANCEL))
    assert keys(talk.says("no")) == ["not_understood_open"]
    assert talk.clinic.asked == []


def test_a_guess_leaves_the_task_in_hand_as_it_was() -> None:
    talk = Talk()
    talk.says("dr patel tuesday at 10")
    before = talk.state.draft
    talk.hears(guessed(Intent.LIST))
    assert talk.state.draft == before
    assert keys(talk.says("no"))[0] == "not_understood"
    assert talk.state.draft == before


def test_another_language_is_talked_when_asked_for() -> None:
    talk = Talk(situation=replace(SITUATION, languages=("en", "es")))
    talk.says("dr patel tuesday at 10")
    answer = talk.hears(meant(Intent.LANGUAGE, language="es"))
    assert answer.language == "es"
    assert keys(answer)[0] == "language_set"
    assert answer.asked is Asked.NAME  # And on with what was in hand.


def test_a_language_that_we_do_not_talk_is_said_to_be_none() -> None:
    answer = Talk().hears(meant(Intent.LANGUAGE, language="ko"))
    assert (answer.language, keys(answer)) == (None, ["languages"])
