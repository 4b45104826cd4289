"""Where the clinic speaks to an address by itself: in their latest conversation, else a new one."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from core.database.upsert import insert_new
from core.models import addresses, conversations, new_public_id, organizations


def conversation_with(
    connection: Connection, address_id: int, ours: Mapping[str, str], now: datetime
) -> int:
    """Return the conversation to speak to an address in. `ours`: our own address on each channel,
    for those who have never written to us. In a demo such a one reaches no provider."""
    row = connection.execute(
        select(conversations.c.id, addresses.c.channel, organizations.c.is_demo)
        .select_from(addresses.outerjoin(conversations))
        .join(organizations, organizations.c.id == 1)
        .where(addresses.c.id == address_id)
        .order_by(conversations.c.last_turn_at.desc().nulls_last(), conversations.c.id.desc())
        .limit(1)
    ).one()
    if row.id is not None:
        found: int = row.id
        return found
    our_address = ours.get(row.channel, "")
    begun = insert_new(
        connection,
        conversations,
        {
            "public_id": new_public_id(),
            "address_id": address_id,
            "our_address": our_address,
            "version": 0,
            "is_simulated": row.is_demo,
            "created_at": now,
            "updated_at": now,
        },
    )
    if begun is not None:
        return begun
    # Somebody else has just begun it.
    is_it = conversations.c.address_id == address_id, conversations.c.our_address == our_address
    theirs: int = connection.execute(select(conversations.c.id).where(*is_it)).scalar_one()
    return theirs
