"""Nothing comes for ever: who gets the same answer a third time is helped in another way."""

from bot.dialogue.in_hand import MENUS, rung
from bot.dialogue.questions.place import place_in_question
from bot.dialogue.state import Question
from bot.dialogue.turn import Turn

ENOUGH = 2  # Times that an answer may be said again.
LAST = 4  # Then all was tried, and it begins anew.


def break_off(turn: Turn) -> None:
    """Notice that a message brought nothing new, and after a while offer something else."""
    turn.stalled = turn.before.stalled + 1 if _stands_still(turn) else 0
    enough = ENOUGH + turn.repeats  # Who asks to hear it again may, once.
    if turn.stalled < enough:
        return
    key = rung(turn.stalled)
    turn.choose_instead(key, MENUS[key], phone=place_in_question(turn).phone)
    if turn.stalled >= LAST:
        turn.stalled = 0


def _stands_still(turn: Turn) -> bool:
    before = turn.before
    if turn.urgent or turn.with_person or turn.unasked or turn.chose or turn.misses:
        return False
    if (turn.draft, turn.aside, turn.wishes, turn.done) != (
        before.draft,
        before.aside,
        before.wishes,
        before.done,
    ):
        return False
    if turn.language is not None or turn.about not in (None, before.about):
        return False
    return before.stalled >= ENOUGH or _says_the_same(turn, before.question)


def _says_the_same(turn: Turn, question: Question | None) -> bool:
    """In whichever form: what is said again takes turns with a second one."""
    said = {key.removesuffix("_again") for key in turn.before.said}
    asked = question.key if question else ""
    return turn.asks_again(asked) and turn.says_nothing_but(said)
