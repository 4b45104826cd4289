"""Danger, threats and abuse: what is answered before all else, and how the talk goes on after."""

from bot.dialogue.commands import AlertStaff
from bot.dialogue.fill import USEFUL, WHO_FIELDS
from bot.dialogue.handoff import hand_over
from bot.dialogue.in_hand import STARTS, begin, resume
from bot.dialogue.introduction import introduce, is_help_word
from bot.dialogue.questions import ask
from bot.dialogue.questions.place import place_in_question
from bot.dialogue.turn import Event, Heard, Pressed, Prompted, Shared, Steps, Turn, say
from bot.dialogue.values import Alert
from bot.dialogue.when import DAY_FIELDS, TIME_FIELDS
from bot.understanding.values import ACT, EmergencyKind, Entities, Intent, Understanding

SELF_HARM = EmergencyKind.SELF_HARM
SAYS = {
    EmergencyKind.MEDICAL: "emergency",
    EmergencyKind.VIOLENCE: "violence",
    EmergencyKind.SELF_HARM: "self_harm",
}
# What is plainly a wish of its own, even from somebody who has just written of danger.
WISHES = frozenset(
    {
        Intent.BOOK,
        Intent.RESCHEDULE,
        Intent.CANCEL,
        Intent.AVAILABILITY,
        Intent.LIST,
        Intent.HUMAN,
        Intent.LANGUAGE,
        Intent.MY_DATA,
        Intent.WRONG_PERSON,
        Intent.DECEASED,
        Intent.RESTART,
    }
)
# Words that after thoughts of self-harm are rather about life than about visits.
WISHES_ELSE = frozenset(
    {
        Intent.CONFIRM,
        Intent.WAITLIST,
        Intent.ASK,
        Intent.BACK,
        Intent.UNDO,
        Intent.SKIP,
        Intent.REPEAT,
        Intent.MORE,
        Intent.ALTERNATIVES,
    }
)
# What is wished for beside words of danger, and remembered.
VISITS = frozenset({Intent.BOOK, Intent.AVAILABILITY, Intent.RESCHEDULE, Intent.CANCEL})
# What is said by turns, so that nothing comes twice in a row.
AFTER = say("after_emergency").key, say("still_here_emergency").key
AFTER_SELF_HARM = say("after_self_harm").key, say("still_here_self_harm").key
LONGER = 8  # Words, where a visit was wished for just before.
SHORT = 5  # Words: "Tuesday at ten" goes on with the visit, a sentence tells of what happens.


def emergency(turn: Turn, understood: Understanding) -> Steps[None]:
    """The number to call comes first, whatever the state; nothing else changes, but that a visit
    wished for in the same breath is remembered."""
    said = understood.entities
    if turn.before.alarmed is not None and said.help_is_coming:
        _calm_down(turn, turn.before.alarmed)
        return
    turn.keep_question()
    turn.urgent = True
    kind = said.kind or EmergencyKind.MEDICAL
    if said.threat:
        yield AlertStaff(Alert.THREAT)
        _say(turn, "threat")
        return
    yield AlertStaff(Alert.SELF_HARM if kind is SELF_HARM else Alert.EMERGENCY)
    _say(turn, SAYS[kind])
    if kind is not SELF_HARM and turn.draft is None and not turn.wishes:
        turn.wishes = tuple(wish for wish in understood.also if wish.intent in VISITS)[:1]
    turn.alarmed = SELF_HARM if SELF_HARM in (kind, turn.before.alarmed) else kind


def afterwards(turn: Turn, event: Event) -> Steps[bool]:
    """After words of danger an "ok", a thank-you, "they are coming" is answered in kind, and no
    question is asked; True if that was all. A wish goes on as ever."""
    kind = turn.before.alarmed
    if kind is None or isinstance(event, Prompted):
        return False
    if not _goes_on(turn, event, kind):
        _in_kind(turn, event, kind)
        return True
    turn.alarmed = None
    if isinstance(event, Heard) and _takes_up(turn, event.understanding):
        yield from _take_up(turn, event.understanding.entities)
        return True
    if kind is SELF_HARM and _intent(event) is Intent.HUMAN:
        _say(turn, SAYS[kind])  # First who is there at this very moment.
        yield from hand_over(turn)
        return True
    return False


def _takes_up(turn: Turn, understood: Understanding) -> bool:
    """ "Today, please": of the visit that was wished for together with the danger."""
    wished = {wish.intent for wish in turn.wishes[:1]}
    goes_on = understood.intent is Intent.INFORM or understood.intent in wished
    return turn.draft is None and bool(wished) and goes_on


def _take_up(turn: Turn, said: Entities) -> Steps[None]:
    wish, *others = turn.wishes
    turn.wishes = tuple(others)
    yield from begin(turn, STARTS[wish.intent], ask.merged(wish.entities, said))


def _in_kind(turn: Turn, event: Event, kind: EmergencyKind) -> None:
    keyword = isinstance(event, Heard) and is_help_word(event.text)
    if not keyword and _intent(event) is not Intent.HELP:
        _calm_down(turn, kind, thanked=_intent(event) is Intent.THANKS)
        return
    turn.keep_question()
    turn.urgent = True
    _say(turn, SAYS[kind])  # The number to call, once more.
    if keyword and kind is not SELF_HARM:
        introduce(turn)


def _calm_down(turn: Turn, kind: EmergencyKind, *, thanked: bool = False) -> None:
    turn.keep_question()
    turn.urgent = True
    if thanked and kind is not SELF_HARM:
        turn.say("welcome")
        return
    first, then = AFTER if kind is not SELF_HARM else AFTER_SELF_HARM
    _say(turn, then if first in turn.before.said else first)


def abuse(turn: Turn) -> Steps[None]:
    """One calm boundary; after it staff are told, and insults are not answered any more."""
    if turn.before.warned:
        yield AlertStaff(Alert.ABUSE)
        turn.keep_question()
        turn.urgent = True
        return
    turn.warned = True
    turn.say("boundary")
    yield from resume(turn)


def _say(turn: Turn, key: str) -> None:
    """With the numbers of the place that the talk is about."""
    place = place_in_question(turn)
    turn.say(
        key,
        emergency=place.emergency_number,
        crisis=place.crisis_number,
        phone=place.phone,
    )


def _intent(event: Event) -> Intent | None:
    return event.understanding.intent if isinstance(event, Heard) else None


def _goes_on(turn: Turn, event: Event, kind: EmergencyKind) -> bool:
    if not isinstance(event, Heard):
        return isinstance(event, (Pressed, Shared))
    question, understood = turn.before.question, event.understanding
    intent = understood.intent
    if event.number is not None:
        return question is not None
    if intent in WISHES or (intent in WISHES_ELSE and kind is not SELF_HARM):
        return understood.confidence >= ACT
    if kind is SELF_HARM:
        return False  # "Nobody cares" is no name.
    if intent is Intent.INFORM:
        return _tells_of_visit(turn, event)
    # A first yes is an answer to the number to call, unless it says what to.
    names_time = bool(understood.entities.said() & TIME_FIELDS)
    return intent is Intent.YES and (names_time or bool({*AFTER} & {*turn.before.said}))


def _tells_of_visit(turn: Turn, heard: Heard) -> bool:
    """ "Tuesday at ten" answers what was asked, or goes on with the visit that was wished for; a
    day to come tells of no illness."""
    said, words = heard.understanding.entities, len(heard.text.split())
    if words <= SHORT and turn.before.question is not None and said.said() & USEFUL:
        return True
    if words <= LONGER and turn.wishes and said.said() & (WHO_FIELDS | DAY_FIELDS | TIME_FIELDS):
        return True
    return words <= SHORT and said.date is not None and said.date > turn.situation.today
