"""What the clinic says first: each prompt begins a task, or takes one up, whose question the
patient answers."""

from dataclasses import replace

from bot.dialogue.in_hand import come_back, put_aside, resume
from bot.dialogue.state import Draft, Task
from bot.dialogue.tasks import feedback, rebook, reminder
from bot.dialogue.tasks import offered as offered_task
from bot.dialogue.tasks.visits import forget_aside
from bot.dialogue.turn import (
    AskFeedback,
    HandedBack,
    OfferAnother,
    OfferTime,
    Prompt,
    RemindOf,
    Steps,
    TellGone,
    TellMany,
    Turn,
)
from bot.dialogue.values import Slot


def prompted(turn: Turn, prompt: Prompt) -> Steps[None]:
    match prompt:
        case AskFeedback(visit):
            turn.unasked = True
            put_aside(turn)
            turn.draft = Draft(Task.FEEDBACK, visit=visit)
            yield from feedback.advance(turn)
        case RemindOf(news=news) if news in reminder.TOLD:
            turn.unasked = True
            reminder.tell(turn, prompt)
        case RemindOf():
            turn.unasked = True
            put_aside(turn)
            forget_aside(turn, prompt.visits)  # An older reminder of them.
            reminder.remind(turn, prompt)
        case OfferAnother():
            turn.unasked = True
            put_aside(turn)
            rebook.offer(turn, prompt)
        case OfferTime(offered):
            turn.unasked = True
            _forget_offers(turn)
            put_aside(turn)
            offered_task.offer(turn, offered)
        case TellGone(slot):
            turn.unasked = True
            turn.keep_question()
            _note_gone(turn, slot)
            turn.say("refused_offer_gone", slot=slot)
        case TellMany(text):
            turn.unasked = True
            turn.keep_question()
            turn.say("broadcast", text=text)
        case HandedBack():
            yield from _handed_back(turn)


def _forget_offers(turn: Turn) -> None:
    """Do not come back to what was offered before."""
    turn.aside = tuple(each for each in turn.aside if each.offered is None)
    if turn.draft is not None and turn.draft.offered is not None:
        turn.draft = None


def _note_gone(turn: Turn, slot: Slot) -> None:
    """A yes to it may be on its way, and is answered; but it is not asked about again."""
    turn.aside = tuple(
        each for each in turn.aside if each.offered is None or each.offered.slot != slot
    )
    offered = turn.draft.offered if turn.draft else None
    if offered is not None and offered.slot == slot:
        turn.fill(offered=replace(offered, gone=True))


def _handed_back(turn: Turn) -> Steps[None]:
    """What was open before the hand-over is asked again in the same breath; not of somebody who
    spoke of danger."""
    if turn.before.alarmed is not None or (turn.draft is None and not turn.aside):
        turn.keep_question()
        turn.say("handed_back")
        return
    question = turn.before.question
    turn.unasked = question is not None and question.unasked
    turn.say("handed_back_on")
    if turn.draft is None:
        yield from come_back(turn)
    else:
        yield from resume(turn)
