"""Where the answer to a button goes: into the place of its question, on a channel that can change
what it has shown; else below, as the answer to anything that is written."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from bot.dialogue.state import Question
from bot.dialogue.turn import Pressed
from bot.messages import Channel
from core.messaging import log
from core.messaging.conversations import Conversation

EDITING = frozenset({Channel.TELEGRAM})


@dataclass(frozen=True, slots=True)
class Place:
    """A message on the patient's screen, and what was picked there: the words of a button, or a
    day; nothing when a page was turned."""

    edits_id: int
    picked: str | date


def find(
    connection: Connection,
    conversation: Conversation,
    message_id: int,
    question: Question,
    pressed: Pressed,
) -> Place | None:
    """Return the place of the question whose button was pressed, None where the answer is better
    said below: of an older list, or when something was said since and stands between."""
    code = question.code_at(pressed.index)
    if conversation.channel not in EDITING or pressed.list_id != question.list_id or not code:
        return None
    edits_id = log.editable_before(connection, conversation, message_id, question.list_id)
    return None if edits_id is None else Place(edits_id, _picked(question, pressed.index, code))


def _picked(question: Question, index: int, code: str) -> str | date:
    kind, _, value = code.partition(":")
    if kind == "day":
        return date.fromisoformat(value)
    return "".join(question.labels[index - 1 : index])
