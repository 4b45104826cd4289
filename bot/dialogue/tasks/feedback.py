"""The task of feedback: the clinic asks how a visit was. A rating, then a comment if they like."""

from bot.dialogue.commands import KeepComment, KeepRating
from bot.dialogue.procedure import Procedure
from bot.dialogue.turn import Heard, Steps, Turn
from bot.dialogue.values import Visit
from bot.messages import Asked
from bot.understanding.values import Intent, Understanding

BEST = 5
BAD = 2  # And below: staff look at it, and the patient hears so.
# A rating with more words than these says why, too.
BARE = 3
# Wishes that are no comment, if they are all that is said: a comment speaks of visits, doctors and
# waiting as well.
WISHES = frozenset(
    {
        Intent.BOOK,
        Intent.RESCHEDULE,
        Intent.CANCEL,
        Intent.LIST,
        Intent.HUMAN,
        Intent.HELP,
        Intent.RESTART,
        Intent.BACK,
        Intent.REPEAT,
        Intent.LANGUAGE,
        Intent.WRONG_PERSON,
        Intent.DECEASED,
        Intent.MY_DATA,
        Intent.ABUSE,
    }
)
SHORT = 6  # Words
DECLINING = frozenset({Intent.SKIP, Intent.NO, Intent.GOODBYE, Intent.THANKS})


def advance(turn: Turn) -> Steps[None]:
    """Ask for the rating, then for a comment."""
    draft = turn.fill()
    if draft.rating is None:
        turn.ask(Asked.RATING, "ask_rating", visit=draft.visit)
    else:
        turn.ask(Asked.TEXT, "ask_comment_bad" if draft.rating <= BAD else "ask_comment")
    return
    yield  # It needs nothing of the clinic; a generator, as its like are.


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    visit, understood = turn.fill().visit, heard.understanding
    if visit is None:
        return False
    if _is_visit(understood, heard.text):
        turn.draft = None  # Another visit is more than this question.
        return False
    if turn.fill().rating is None:
        return (yield from _hear_rating(turn, heard, visit))
    if _is_wish(understood, heard.text):
        return False
    if not _declines(understood, heard.text, BARE):
        yield KeepComment(visit, heard.text)
    _is_comment(turn)
    _end(turn, "feedback_thanks")
    return True


def _hear_rating(turn: Turn, heard: Heard, visit: Visit) -> Steps[bool]:
    understood = heard.understanding
    rating = understood.entities.rating
    if _is_wish(understood, heard.text):
        return False
    if rating is not None and 1 <= rating <= BEST:
        yield KeepRating(visit, round(2 * rating))
        turn.fill(rating=rating)
        if len(heard.text.split()) > BARE:
            yield KeepComment(visit, heard.text)
            _is_comment(turn)
            _end(turn, "feedback_thanks_bad" if rating <= BAD else "feedback_thanks")
        else:
            yield from advance(turn)
        return True
    if heard.number is not None or rating is not None:
        turn.say("rating_range")
        yield from advance(turn)
        return True
    if _declines(understood, heard.text, SHORT):
        _end(turn, "feedback_declined")
        return True
    return False


def _declines(understood: Understanding, text: str, words: int) -> bool:
    """ "No", "skip": but "nobody told me anything" is a comment."""
    return understood.intent in DECLINING and len(text.split()) <= words


def _is_visit(understood: Understanding, text: str) -> bool:
    """ "Dr Okafor on Friday at 2": with whom and when, and nothing else."""
    said = understood.entities
    whom = said.practitioner or said.specialty or said.visit_type
    when = said.date or said.weekday is not None or said.time
    return bool(whom and when) and len(text.split()) <= SHORT


def _is_wish(understood: Understanding, text: str) -> bool:
    return understood.intent in WISHES and len(text.split()) <= SHORT


def _is_comment(turn: Turn) -> None:
    """What sounds like a wish or a question in it is none: "you were running late"."""
    turn.wishes, turn.questions = turn.before.wishes, ()


def _end(turn: Turn, key: str) -> None:
    turn.draft = None
    turn.say(key)


def back(turn: Turn) -> bool:
    """Give up the rating, and ask for it anew."""
    if turn.fill().rating is None:
        return False
    turn.fill(rating=None)
    return True


def begin(turn: Turn, _: object) -> Steps[None]:
    yield from advance(turn)


PROCEDURE = Procedure(begin=begin, advance=advance, accept=advance, back=back, hear=hear)
