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
from bot.understanding.values import Intent
from core.messaging.conversations import Conversation, set_opt_in
from core.messaging.reach import OWN_WORDS
from core.messaging.tasks import open_task
from core.models.messaging import TaskKind

CARRIER_STOP = frozenset(
    {"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"}
)
CARRIER_START = frozenset({"start", "unstop"})
# Opts in on long codes; from whoever has not opted out it is an answer like any other.
YES = "yes"
BY_CARRIER = "keyword"


@dataclass(frozen=True, slots=True)
class Obeyed:
    """A keyword that was carried out; `says` is empty where the carrier answers by itself."""

    says: tuple[Say, ...]
    happened: tuple[Happened, ...]


def act(
    connection: Connection,
    conversation: Conversation,
    message: InboundMessage,
    intent: Intent,
    now: datetime,
    message_id: int,
) -> Obeyed | None:
    """Opt the address out or in if the message says so; None if it says something else."""
    word = _carrier_word(message)
    if word == YES and not conversation.is_barred:
        return None
    how = BY_CARRIER if word else OWN_WORDS
    if word in CARRIER_STOP or intent is Intent.STOP:
        set_opt_in(connection, conversation.address_id, opted_in=False, how=how, now=now)
        kind = TaskKind.MAY_CANCEL if word == "cancel" else TaskKind.OPT_OUT
        open_task(connection, kind, conversation_id=conversation.id, message_id=message_id, now=now)
        says = () if word else (say("opted_out"),)
        return Obeyed(says, (Happened("opted_out", {}),))
    starts = word is not None or intent is Intent.START
    if starts and (word or conversation.opted_in is False):
        set_opt_in(connection, conversation.address_id, opted_in=True, how=how, now=now)
        says = () if word else (say("opted_in"),)
        return Obeyed(says, (Happened("opted_in", {}),))
    return None


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
