"""Messages in the outbox for tests: put there, and looked at again."""

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from core.database.connect import Database
from core.models import addresses, conversations, messages, new_public_id
from tests.builders import NOW, a_conversation, an_address


def a_waiting_message(
    connection: Connection, conversation_id: int | None = None, **changes: Any
) -> int:
    """An outgoing message that is due; of a conversation of its own if none is given."""
    channel = changes.get("channel", "sms")
    if conversation_id is None:
        conversation_id = a_conversation(connection, an_address(connection, channel))
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "conversation_id": conversation_id,
        "direction": "out",
        "channel": channel,
        "kind": "reply",
        "text": "Which day?",
        "status": "queued",
        "queued_at": NOW,
        "due_at": NOW,
        "attempts": 0,
        "is_simulated": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    key = connection.execute(insert(messages), values | changes).inserted_primary_key
    assert key is not None
    return int(key[0])


def waiting(database: Database, conversation_id: int | None = None, **changes: Any) -> int:
    """The same, committed."""
    with database.transaction() as connection:
        return a_waiting_message(connection, conversation_id, **changes)


def seen(database: Database, message_id: int) -> Row[Any]:
    with database.reading() as connection:
        return connection.execute(select(messages).where(messages.c.id == message_id)).one()


def status(database: Database, message_id: int) -> str:
    return str(seen(database, message_id).status)


def address_of(database: Database, message_id: int) -> Row[Any]:
    """The row of the address that the message goes to."""
    with database.reading() as connection:
        return connection.execute(
            select(addresses)
            .join(conversations, conversations.c.address_id == addresses.c.id)
            .join(messages, messages.c.conversation_id == conversations.c.id)
            .where(messages.c.id == message_id)
        ).one()
