"""The task of becoming known here without booking anything yet: a name and a birth date."""

from bot.dialogue.people.whom import identify, recognise
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Steps, Turn
from bot.messages import Asked
from bot.understanding.values import Entities


def begin(turn: Turn, _: Entities) -> Steps[None]:
    """Somebody whom this address speaks for already is told so."""
    draft = turn.fill()
    if draft.name is None:
        yield from recognise(turn)
    draft = turn.fill()
    if draft.patient is not None:
        turn.say("known_here", name=draft.patient_name)
        turn.draft = None
        return
    turn.fill(is_new=True)
    yield from advance(turn)


def advance(turn: Turn) -> Steps[None]:
    if not (yield from identify(turn)):
        return
    turn.say("registered", name=turn.fill().patient_name)
    turn.draft = None


def back(turn: Turn) -> bool:
    """Give up the last answer: the name."""
    question = turn.before.question
    if question is None or question.asked is not Asked.DATE_OF_BIRTH:
        return False
    turn.draft = Draft(Task.REGISTER, person=turn.fill().person, is_new=True)
    return True


PROCEDURE = Procedure(begin=begin, advance=advance, accept=advance, back=back)
