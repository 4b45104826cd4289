"""A person: handing the conversation over, what is still answered meanwhile, and taking it back."""

from bot.dialogue.commands import HandOver, TakeBack
from bot.dialogue.introduction import introduce, is_help_word
from bot.dialogue.outcomes import HandedOver
from bot.dialogue.questions.place import place_in_question
from bot.dialogue.state import MOST_ASIDE, Draft
from bot.dialogue.turn import Event, Heard, Pressed, Prompted, Steps, Turn
from bot.dialogue.values import Opening
from bot.understanding.values import ASK, Intent

# Answers to what the clinic asked by itself: a reminder, an offer.
ANSWERS = frozenset(
    {
        Intent.YES,
        Intent.NO,
        Intent.CONFIRM,
        Intent.CANCEL,
        Intent.RESCHEDULE,
        Intent.INFORM,
        Intent.BOOK,
        Intent.AVAILABILITY,
        Intent.ALTERNATIVES,
        Intent.MORE,
        Intent.BACK,
        Intent.UNDO,
    }
)
SOOTHING = ("handed_over_later_again", "handed_over_soon_again", "handed_over_again")
# What somebody who waits says to hear whether anybody is there.
CALLING = frozenset({Intent.HUMAN, Intent.GREET, Intent.REPEAT})


def hand_over(turn: Turn) -> Steps[None]:
    """Ask somebody of the clinic to answer here, and say when they will. What was being talked
    about is kept for afterwards."""
    place = place_in_question(turn)
    outcome = yield HandOver(place.key)
    if not isinstance(outcome, HandedOver):
        raise TypeError(f"expected a hand-over, got {type(outcome).__name__}")
    turn.with_person = True
    turn.misses = 0
    turn.wishes = ()
    _put_away(turn)
    _say_when(turn, outcome)


def _say_when(turn: Turn, outcome: HandedOver, *, again: bool = False) -> None:
    """When somebody will answer; `again`: they know that it is on its way, and ask."""
    place = place_in_question(turn)
    tell = turn.say_again if again else turn.say
    if outcome.opens_at is not None:
        opening = Opening(place.key, outcome.opens_at)
        tell("handed_over_later", opening=opening, phone=place.phone)
    elif outcome.minutes:
        tell("handed_over_soon", minutes=outcome.minutes, phone=place.phone)
    else:
        tell("handed_over", phone=place.phone)


def _soothe(turn: Turn) -> Steps[None]:
    """ "Anyone there?": a word on when; asked again and again, whom to call meanwhile."""
    place = place_in_question(turn)
    outcome = yield HandOver(place.key)
    if not isinstance(outcome, HandedOver):
        raise TypeError(f"expected a hand-over, got {type(outcome).__name__}")
    if any(form in turn.before.said for form in SOOTHING):
        turn.say("still_waiting", phone=place.phone)
    else:
        _say_when(turn, outcome, again=True)


def _put_away(turn: Turn) -> None:
    """Only what the clinic itself has asked may still be answered; the rest is for afterwards."""
    question, draft = turn.before.question, turn.draft
    if question is not None and question.unasked and draft == turn.before.draft:
        turn.keep_question()
        return
    if draft is not None and draft != Draft(draft.task):
        turn.aside = (*turn.aside, draft)[-MOST_ASIDE:]
    turn.draft = None


def meanwhile(turn: Turn, event: Event) -> Steps[bool]:
    """While a person is to answer, we are silent but for what can't wait; True if the turn ends
    with that, False if the message is one for us."""
    intent = event.understanding.intent if isinstance(event, Heard) else None
    if isinstance(event, Prompted) or _answers(turn, event):
        return False
    turn.keep_question()
    if intent is Intent.RESTART:
        yield from _take_back(turn)
    elif intent is Intent.HELP or (isinstance(event, Heard) and is_help_word(event.text)):
        introduce(turn)
    elif intent in CALLING or (isinstance(event, Heard) and _is_calling(event)):
        yield from _soothe(turn)
    elif isinstance(event, Pressed):
        turn.say("old_button")
    return True


def _is_calling(heard: Heard) -> bool:
    """ "Well?", "??", "is anybody there?"."""
    intent, text = heard.understanding.intent, heard.text.strip()
    bare = not any(letter.isalnum() for letter in text)
    short = intent is Intent.YES and len(text.split()) <= 2
    return bool(text) and text.endswith("?") and (bare or short)


def _answers(turn: Turn, event: Event) -> bool:
    """Tell whether the message answers what the clinic asked by itself: whatever else was open
    has been put away."""
    question = turn.before.question
    if question is None:
        return False
    match event:
        case Pressed(list_id):
            return list_id == question.list_id
        case Heard(understood, number):
            return number is not None or (
                understood.intent in ANSWERS and understood.confidence >= ASK
            )
    return False


def _take_back(turn: Turn) -> Steps[None]:
    yield TakeBack()
    turn.with_person = False
    turn.draft = turn.alarmed = None
    turn.aside = turn.wishes = ()
    turn.forget_question()
    turn.say("back_with_me")
