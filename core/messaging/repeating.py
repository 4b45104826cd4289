"""The same once more, to the same address: free text that came too late for WhatsApp's window goes
out again, and then as a template (`core.messaging.window`)."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from core.messaging import templates
from core.models import conversations, messages, new_public_id, occasions, reminders
from core.models.messaging import MessageStatus

# What the patient reads and answers stays; what became of it does not.
_SAME = (
    "conversation_id", "direction", "channel", "kind", "subject", "text", "choices", "list_id",
    "template", "variables", "campaign", "appointment_id", "practitioner_id", "valid_until",
    "confirmation_requested", "is_simulated",
)  # fmt: skip


def repeat_as_template(connection: Connection, message_id: int, now: datetime) -> int | None:
    """Queue the message again and return its new id; answers to it are answers to that one.

    None where that would help nobody: it was a template, which is asked about soon; or no template
    of it is approved; or something has been said there since, so that a bare number would mean
    something else.
    """
    row = connection.execute(
        select(messages, conversations.c.language)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id == message_id)
    ).one()
    if row.content_sid is not None:
        templates.ask_soon(connection, row.content_sid)
        return None
    last = select(func.max(messages.c.id)).where(messages.c.conversation_id == row.conversation_id)
    if connection.scalar(last) != message_id:
        return None
    if (row.template, row.language) not in templates.approved(connection):
        return None
    again = {name: row._mapping[messages.c[name]] for name in _SAME}
    values = {
        "public_id": new_public_id(),
        "status": MessageStatus.QUEUED,
        "queued_at": now,
        "due_at": now,
        "attempts": 0,
        "created_at": now,
        "updated_at": now,
    }
    queued = connection.execute(insert(messages), again | values).inserted_primary_key
    (queued_id,) = queued or (0,)
    for table in (reminders, occasions):
        carried = update(table).where(table.c.message_id == message_id)
        connection.execute(carried.values(message_id=queued_id, updated_at=now))
    return int(queued_id)
