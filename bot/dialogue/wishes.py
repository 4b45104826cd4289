"""What is done about each thing that a patient may want: the table of the dialogue."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.dialogue import danger
from bot.dialogue.fill import USEFUL, WHEN_FIELDS, WHO_FIELDS
from bot.dialogue.handoff import hand_over
from bot.dialogue.in_hand import STARTS, begin, drop, go_on, resume
from bot.dialogue.introduction import introduce, is_help_word
from bot.dialogue.language import talk_in
from bot.dialogue.people import strangers, verify
from bot.dialogue.questions import ask
from bot.dialogue.repair import repair
from bot.dialogue.state import Task
from bot.dialogue.tasks import my_data
from bot.dialogue.tasks.visits import list_visits
from bot.dialogue.turn import Steps, Turn
from bot.understanding.values import Entities, Flexible, Intent

Answer = Callable[[Turn, Entities], Steps[None]]
# What a question about somebody may lead to.
SEEKING = frozenset({Task.BOOK, Task.WAITLIST})


def see_to(turn: Turn, intent: Intent, said: Entities) -> Steps[None]:
    """Do what is wanted; what is no wish of its own goes to the task in hand."""
    if said.topic == ask.PRESENCE:
        intent = Intent.ASK
    if intent in ANSWERS:
        yield from ANSWERS[intent](turn, said)
    else:
        yield from go_on(turn, intent, said)


def resume_unless_asked(turn: Turn) -> Steps[None]:
    if not turn.asks:
        yield from resume(turn)


def _starting(intent: Intent) -> Answer:
    def start(turn: Turn, said: Entities) -> Steps[None]:
        task = STARTS[intent]
        if task in SEEKING:
            said = ask.of_whom_was_asked(turn, said)
        yield from begin(turn, task, said)

    return start


def _look(turn: Turn, said: Entities) -> Steps[None]:
    """ "When can you see me?": the first times that there are, where no time is said."""
    has_day = turn.draft is not None and turn.draft.when.names_day
    if not (has_day or said.said() & WHEN_FIELDS):
        said = replace(said, flexible=Flexible.ANY)
    yield from begin(turn, STARTS[Intent.AVAILABILITY], ask.of_whom_was_asked(turn, said))


def _register(turn: Turn, said: Entities) -> Steps[None]:
    books = said.said() & (WHO_FIELDS | WHEN_FIELDS)  # "I'm new here. Dr Patel on Tuesday?"
    yield from begin(turn, STARTS[Intent.BOOK if books else Intent.REGISTER], said)


def _ask(turn: Turn, said: Entities) -> Steps[None]:
    """Answer, and go on where it was; a wish of the same message may be about just that."""
    yield from ask.answer_all(turn, said)
    draft, wish = turn.draft, turn.wishes[0] if turn.wishes else None
    if draft is not None and wish is not None and STARTS.get(wish.intent) is draft.task:
        turn.wishes = turn.wishes[1:]
        yield from begin(turn, draft.task, wish.entities)
    elif draft is not None:
        yield from resume(turn)
    elif wish is None and not turn.aside:
        ask.offer_next(turn)


def _list(turn: Turn, _: Entities) -> Steps[None]:
    yield from list_visits(turn)
    yield from resume_unless_asked(turn)


def _person(turn: Turn, _: Entities) -> Steps[None]:
    yield from hand_over(turn)


def _language(turn: Turn, said: Entities) -> Steps[None]:
    yield from talk_in(turn, said.language)


def _my_data(turn: Turn, said: Entities) -> Steps[None]:
    if said.topic in my_data.NAMES:
        yield from my_data.use_names(turn, said)
        yield from resume(turn)
        return
    if said.topic in my_data.OFFERS:
        yield from my_data.agree_to_offers(turn, said)
        yield from resume(turn)
        return
    yield from my_data.request(turn, said)
    if turn.draft is None:
        yield from verify.offer(turn)  # Staff answer sooner who is known to be who they are.
    else:
        yield from resume(turn)


def _wrong_person(turn: Turn, said: Entities) -> Steps[None]:
    if not (yield from strangers.wrong_person(turn, said)):
        introduce(turn)
        yield from resume(turn)


def _abuse(turn: Turn, _: Entities) -> Steps[None]:
    yield from danger.abuse(turn)


def _help(turn: Turn, _: Entities) -> Steps[None]:
    if is_help_word(turn.text):
        introduce(turn)
    else:
        turn.say("help")
    yield from resume(turn)


def _saying(key: str) -> Answer:
    """Answered with one sentence; the question that was open stays open."""

    def aside(turn: Turn, _: Entities) -> Steps[None]:
        turn.say(key)
        yield from resume(turn)

    return aside


def _greet(turn: Turn, _: Entities) -> Steps[None]:
    turn.say("hello" if turn.draft or turn.aside else "greeting")
    yield from resume(turn)


def _repairing(intent: Intent) -> Answer:
    def mend(turn: Turn, said: Entities) -> Steps[None]:
        if turn.draft and said.said() & USEFUL:
            yield from go_on(turn, Intent.NO, said)  # "No, back: I meant Thursday."
        else:
            yield from repair(turn, intent)

    return mend


def _restart(turn: Turn, _: Entities) -> Steps[None]:
    turn.aside = turn.wishes = ()
    drop(turn, "restarted")
    yield from ()


def _goodbye(turn: Turn, _: Entities) -> Steps[None]:
    turn.say("goodbye")
    yield from ()


REPAIRS = (Intent.UNDO, Intent.BACK, Intent.SKIP, Intent.REPEAT)
ANSWERS: Mapping[Intent, Answer] = {
    **{intent: _starting(intent) for intent in STARTS},
    **{intent: _repairing(intent) for intent in REPAIRS},
    Intent.AVAILABILITY: _look,
    Intent.REGISTER: _register,
    Intent.ASK: _ask,
    Intent.LIST: _list,
    Intent.HUMAN: _person,
    Intent.LANGUAGE: _language,
    Intent.MY_DATA: _my_data,
    Intent.WRONG_PERSON: _wrong_person,
    Intent.DECEASED: strangers.deceased,
    Intent.ABUSE: _abuse,
    Intent.HELP: _help,
    Intent.GREET: _greet,
    Intent.THANKS: _saying("welcome"),
    Intent.OUT_OF_SCOPE: _saying("out_of_scope"),
    Intent.RESTART: _restart,
    Intent.GOODBYE: _goodbye,
}
# Wishes that are asked about while it is not sure that they were meant. A search for a time needs
# no such question: its answer is one.
GUESSES = frozenset(
    {
        Intent.RESCHEDULE,
        Intent.CANCEL,
        Intent.LIST,
        Intent.HUMAN,
        Intent.MY_DATA,
        Intent.WRONG_PERSON,
        Intent.DECEASED,
    }
)
# What is seen to one after the other when one message wishes several things.
SEVERAL = GUESSES | {*STARTS, Intent.GREET, Intent.THANKS, Intent.OUT_OF_SCOPE}
