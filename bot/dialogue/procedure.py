"""What a task consists of, for the engine: how it begins, goes on, and hears what is its own."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.dialogue.turn import Heard, Steps, Turn
from bot.understanding.values import Entities


def _nothing_before(_: Turn) -> bool:
    return False


def _hears_nothing_special(_turn: Turn, _heard: Heard) -> Steps[bool]:
    return False
    yield  # A generator, as its like are.


def _has_no_choices_of_its_own(_turn: Turn, _kind: str, _value: str) -> Steps[bool]:
    return False
    yield  # A generator, as its like are.


@dataclass(frozen=True, slots=True)
class Procedure:
    """The steps of one task; each works on the draft of the turn.

    `begin`: the draft is new and holds what the message said; `said` is the rest of it.
    `advance`: ask for what is missing, offer, or confirm.
    `accept`: the patient said yes to the full sentence.
    `back`: give up the last answer; False where there is none.
    `hear`: take a message that only this task understands (a code, a comment); True if it did.
    `choose`: act on a choice that only this task offers; True if it did.
    """

    begin: Callable[[Turn, Entities], Steps[None]]
    advance: Callable[[Turn], Steps[None]]
    accept: Callable[[Turn], Steps[None]]
    back: Callable[[Turn], bool] = _nothing_before
    hear: Callable[[Turn, Heard], Steps[bool]] = _hears_nothing_special
    choose: Callable[[Turn, str, str], Steps[bool]] = _has_no_choices_of_its_own
