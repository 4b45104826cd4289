"""The words that carriers and the law know: STOP, START and their kin.

Twilio blocks a number by itself when an SMS is exactly one of its words, and answers it; whatever
we sent then would be refused (error 21610). It posts the message to us all the same, so that we
keep the books. https://help.twilio.com/articles/223134027
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.dialogue.turn import Say, say
from bot.happened import Happened
from bot.messages import Channel, Content, InboundMessage
from bot.understanding.values import Intent, Understanding
from core.messaging import calls
from core.messaging.conversations import Conversation
from core.messaging.reach import OWN_WORDS
from core.messaging.tasks import add_note, open_task
from core.models.messaging import TaskKind
from core.people.consents import other_addresses, set_opt_in
from core.scheduling.appointments import Actor

CARRIER_STOP = frozenset(
    {"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"}
)
CARRIER_START = frozenset({"start", "unstop"})
# Opts in on long codes; from whoever has not opted out it is an answer like any other.
YES = "yes"
BY_CARRIER = "keyword"
EVERYWHERE = "everywhere"  # Topic of a wish to hear no more by any way.


@dataclass(frozen=True, slots=True)
class Obeyed:
    """A keyword that was carried out; `says` is empty where the carrier answers by itself."""

    says: tuple[Say, ...]
    happened: tuple[Happened, ...]
    is_over: bool = False  # Whatever was being talked about; a carrier's word may be a slip.


def act(
    connection: Connection,
    conversation: Conversation,
    message: InboundMessage,
    understanding: Understanding,
    now: datetime,
    message_id: int,
) -> Obeyed | None:
    """Opt the address out or in if the message says so; None if it says something else."""
    word, intent = _carrier_word(message), understanding.intent
    if word == YES and not conversation.is_barred:
        return None
    how = BY_CARRIER if word else OWN_WORDS
    if word in CARRIER_STOP or intent is Intent.STOP:
        kind = TaskKind.MAY_CANCEL if word == "cancel" else TaskKind.OPT_OUT
        opt_out(connection, conversation, now, message_id, how=how, kind=kind)
        done = "opted_out"
        if word is None and understanding.entities.topic == EVERYWHERE:
            done = _opt_out_elsewhere(connection, conversation, now)
        # One confirmation, where the carrier sends none: a second text would be one too many.
        told = conversation.channel == Channel.SMS and conversation.opted_in is False
        says = () if word or told else (say(done),)
        return Obeyed(says, (Happened("opted_out", {}),), is_over=word is None)
    starts = word is not None or intent is Intent.START
    if starts and (word or conversation.opted_in is False):
        _opt(connection, conversation, now, opted_in=True, how=how)
        calls.strike_off(connection, conversation.id, now)
        says = () if word else (say("opted_in"),)
        return Obeyed(says, (Happened("opted_in", {}),))
    return None


def opt_out(
    connection: Connection,
    conversation: Conversation,
    now: datetime,
    message_id: int | None,
    *,
    how: str = OWN_WORDS,
    kind: TaskKind = TaskKind.OPT_OUT,
) -> None:
    _opt(connection, conversation, now, opted_in=False, how=how)
    open_task(connection, kind, conversation_id=conversation.id, message_id=message_id, now=now)
    calls.list_visits(connection, conversation.id, conversation.address_id, now)


def _opt(
    connection: Connection, conversation: Conversation, now: datetime, *, opted_in: bool, how: str
) -> None:
    address_id = conversation.address_id
    actor = Actor.patient(address_id, conversation.channel)
    set_opt_in(connection, address_id, opted_in=opted_in, how=how, actor=actor, now=now)


def _opt_out_elsewhere(connection: Connection, conversation: Conversation, now: datetime) -> str:
    """ "Not by any way": what is proved to be theirs goes with it; of the rest staff must know, who
    have a task. Return the sentence that says how far it is done."""
    actor = Actor.patient(conversation.address_id, conversation.channel)
    others = other_addresses(connection, conversation.address_id, now)
    for other in others:
        set_opt_in(connection, other, opted_in=False, how=OWN_WORDS, actor=actor, now=now)
    note = "They want no messages by any way. Ended on all that is proved to be theirs."
    if not others:
        note = "They want no messages by any way. Only this one is known to be theirs."
    add_note(connection, TaskKind.OPT_OUT, conversation.id, note=note, now=now)
    return "opted_out_everywhere" if others else "opted_out_here"


def _carrier_word(message: InboundMessage) -> str | None:
    """Return the word that made the carrier act; what the provider says of it is read first."""
    if message.sender.channel is not Channel.SMS or message.content is not Content.TEXT:
        return None
    word = message.text.strip().casefold()
    match message.opt_out_type:
        case "STOP":
            return word if word in CARRIER_STOP else "stop"
        case "START":
            return word if word in CARRIER_START else YES
        case _:
            return word if word in CARRIER_STOP | CARRIER_START | {YES} else None
