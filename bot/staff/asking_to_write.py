"""Where WhatsApp takes no free text any more, whoever asked for a person is asked to write: by a
template, in the clinic's words and not in somebody's own."""

from sqlalchemy import exists, select

from bot.dialogue.turn import say
from bot.handovers import ask_to_write
from bot.staff.talks import PERSON_ANSWERS, mine_of, named, options_of, takes_free_text
from bot.staff.work import Answer, Work
from core.messaging import conversations
from core.models import messages
from core.models.messaging import Direction, MessageStatus

_LOST = (
    MessageStatus.FAILED,
    MessageStatus.UNDELIVERED,
    MessageStatus.DROPPED,
)


def send(work: Work, task_id: str) -> Answer:
    """Queue it, once until they write: what they then write is forwarded, and may be answered."""
    talk = mine_of(work, int(task_id))
    if talk is None:
        return Answer((say("not_yours_to_answer"),))
    conversation = conversations.lock_by_id(work.connection, talk.conversation_id)
    whom = named(work, talk)
    if conversation.is_barred:
        return Answer((say("they_opted_out", text=whom),), options_of(talk))
    if takes_free_text(work, talk):
        return Answer((say("window_is_open", text=whom),), options_of(talk))
    if _was_asked(work, talk.conversation_id):
        return Answer((say("asked_to_write_before", text=whom),), options_of(talk))
    words = ask_to_write(work.connection, work.clinic, conversation, work.now)
    work.note("asked_to_write", "conversation", [talk.conversation_id], talk.patients)
    return Answer((say("asked_to_write", text=whom, words=words),), options_of(talk))


def _was_asked(work: Work, conversation_id: int) -> bool:
    """Tell whether they have been asked since they wrote last."""
    of_theirs = messages.c.conversation_id == conversation_id
    heard = (
        select(messages.c.id)
        .where(of_theirs, messages.c.direction == Direction.IN)
        .order_by(messages.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    asked = exists().where(
        of_theirs,
        messages.c.template == PERSON_ANSWERS,
        messages.c.status.not_in(_LOST),
        messages.c.id > heard,
    )
    return bool(work.connection.scalar(select(asked)))
