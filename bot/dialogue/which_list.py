"""Off which list? "Take me off the list" ends all messages, unless they wait for a time."""

from dataclasses import replace

from bot.dialogue.commands import OptOut
from bot.dialogue.state import DeedKind, State, Task
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.messages import Asked
from bot.understanding.values import Intent, Understanding

LEAVE = "leave"  # The waitlist.
WHICH = "which"  # It must be asked back.
# Topics of a wish to hear no more that speaks of a list; of "your list" any may be meant.
THE_LIST, YOUR_LIST = "list", "your_list"
ASKING = "ask_which_list"
OPTIONS = (
    Option("unlist", say("the_waitlist")),
    Option("optout", say("all_messages")),
)


def may_be_meant(understanding: Understanding) -> bool:
    lists = (THE_LIST, YOUR_LIST)
    return understanding.intent is Intent.STOP and understanding.entities.topic in lists


def meant(state: State, understanding: Understanding, *, waits: bool) -> Understanding:
    """Return what is meant by somebody who waits for a time, or does not."""
    spoken_of, said = _spoken_of(state), understanding.entities
    joins = state.draft is not None and state.draft.task is Task.WAITLIST
    if not waits and not (joins or (spoken_of and said.topic == THE_LIST)):
        return understanding
    asked = state.question is not None and state.question.key == ASKING
    if said.topic == YOUR_LIST and asked:
        return understanding
    clear = said.topic == THE_LIST or spoken_of
    said = replace(said, topic=LEAVE if clear else WHICH)
    return replace(understanding, intent=Intent.WAITLIST, entities=said)


def _spoken_of(state: State) -> bool:
    """Whether the waitlist was spoken of just now, and they have not just heard that they wait
    for nothing."""
    deed = state.done.kind if state.done else None
    joins = state.draft is not None and state.draft.task is Task.WAITLIST
    waited = deed in (DeedKind.WAITLISTED, DeedKind.LEFT_WAITLIST)
    return (joins or waited) and "no_waits" not in state.said


def ask(turn: Turn) -> None:
    turn.draft = None
    turn.ask(Asked.CHOICE, ASKING, OPTIONS)


def opt_out(turn: Turn) -> Steps[None]:
    """Whatever was begun is over with that."""
    yield OptOut()
    turn.draft = None
    turn.aside = turn.wishes = ()
    turn.say("opted_out")


def opted_out(state: State) -> State:
    """Return the state of somebody who wants no more messages: nothing is open any more."""
    return replace(
        state, draft=None, question=None, aside=(), wishes=(), misses=0, said=("opted_out",)
    )
