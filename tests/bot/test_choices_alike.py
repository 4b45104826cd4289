"""A choice is picked alike by its number, in its own words and by its button; on every channel."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.messages import Asked, Channel
from bot.speaking import Handled
from core.database.connect import Database
from tests.bot.talking import BOOKING, Patient, types_of

ADDRESSES = {
    Channel.SMS: "+14155550123",
    Channel.WHATSAPP: "+14155550123",
    Channel.TELEGRAM: "1000001",
    Channel.WEB: "visitor",
}
# A visit each for two people, so that it matters whose and which is meant.
DAUGHTER = ("Ana Smith", "3 March 2015")
FAMILY = (*BOOKING, "1", "book my daughter with dr kim wednesday at 10am", *DAUGHTER, "1")
CHILD = ("dr patel tuesday at 10am for my daughter", *DAUGHTER)


@dataclass(frozen=True)
class Scene:
    """What is said until the list is shown, what that asks for, and the place that is picked."""

    said: tuple[str, ...]
    asked: Asked
    pick: int


SCENES = {
    "specialties": Scene(("I want an appointment",), Asked.SPECIALTY, 2),
    "times": Scene(("dr patel tuesday morning",), Asked.SLOT, 2),
    "days": Scene(("dr chen next week",), Asked.SLOT, 3),
    "nearest": Scene(("dr patel on sunday",), Asked.SLOT, 1),
    "yes": Scene(BOOKING, Asked.YES_NO, 1),
    "another time": Scene(BOOKING, Asked.YES_NO, 2),
    "who": Scene((*CHILD, "1", "dr patel friday at 9"), Asked.PERSON, 1),
    "which visit to move": Scene((*FAMILY, "move an appointment"), Asked.APPOINTMENT, 2),
    "which visit to give up": Scene((*FAMILY, "cancel an appointment"), Asked.APPOINTMENT, 1),
    "yes, move it": Scene((*BOOKING, "1", "move my appointment to friday at 11"), Asked.YES_NO, 1),
    "yes, give it up": Scene((*BOOKING, "1", "cancel my appointment"), Asked.YES_NO, 1),
    "no, keep it": Scene((*BOOKING, "1", "cancel my appointment"), Asked.YES_NO, 2),
    "a menu": Scene(("fjdk slqp", "wqoz xyrt"), Asked.CHOICE, 2),
    "languages": Scene(("I'd like another language",), Asked.CHOICE, 2),
}


def number(patient: Patient, place: int) -> Handled:
    return patient.says(str(place))


def words(patient: Patient, place: int) -> Handled:
    return patient.says(patient.choices[place - 1].label)


def button(patient: Patient, place: int) -> Handled:
    return patient.presses(place)


def came_of(
    database: Database, channel: Channel, scene: Scene, way: Callable[[Patient, int], Handled]
) -> tuple[object, ...]:
    patient = Patient(database, channel, ADDRESSES[channel])
    for text in scene.said:
        patient.clock.passes(seconds=15)
        shown = patient.says(text)
    assert (shown.asked, len(shown.replies[-1].choices) > 1) == (scene.asked, True)
    patient.clock.passes(seconds=15)
    handled = way(patient, scene.pick)
    text = "\n".join(reply.text for reply in handled.replies)
    return text, handled.asked, handled.task, types_of(handled)


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_choice_is_the_same_by_number_words_and_button(
    fresh_demo: Callable[[], Database], channel: Channel, scene: Scene
) -> None:
    by_number, by_words, by_button = (
        came_of(fresh_demo(), channel, scene, way) for way in (number, words, button)
    )
    assert by_button == by_number
    assert by_words == by_number
