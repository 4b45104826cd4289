"""Whether an address can be written to at all, as its provider tells us."""

from datetime import datetime

from sqlalchemy import Connection, update

from core.database.types import keyring_of
from core.models.people import AddressState, addresses
from core.people.trust import UNKNOWN_NUMBER, fall_back

# How somebody opted out when no carrier knows of it: in their own words. What they ask for
# afterwards is answered; a carrier refuses even an answer (Twilio's 21610).
OWN_WORDS = "message"


def mark_bad(connection: Connection, address_id: int, *, reason: str, now: datetime) -> None:
    """The provider takes nothing for this address: nothing more is sent to it."""
    connection.execute(
        update(addresses)
        .where(addresses.c.id == address_id, addresses.c.state != AddressState.BAD)
        .values(state=AddressState.BAD, state_reason=reason, updated_at=now)
    )
    if reason in UNKNOWN_NUMBER:
        # A number that nobody has any more is given to somebody else.
        fall_back(connection, address_id, why=reason, now=now)


def mark_good(connection: Connection, address_id: int, *, now: datetime) -> None:
    """They wrote to us: whatever was wrong is over."""
    connection.execute(
        update(addresses)
        .where(addresses.c.id == address_id, addresses.c.state != AddressState.GOOD)
        .values(state=AddressState.GOOD, state_reason=None, updated_at=now)
    )


def record_reach(
    connection: Connection, *, channel: str, address: str, is_good: bool, now: datetime
) -> bool:
    """They blocked us, or let us in again; False for an address that never wrote to us."""
    state, reason = (AddressState.GOOD, None) if is_good else (AddressState.BAD, "blocked")
    digest = keyring_of(connection.dialect).hash_address((channel, address))
    known = update(addresses).where(
        addresses.c.channel == channel, addresses.c.address_hash == digest
    )
    changed = known.values(state=state, state_reason=reason, updated_at=now)
    return connection.execute(changed).rowcount == 1
