"""One address's talk with one of ours: found or begun, locked, and saved after each turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from core.database.types import keyring_of
from core.database.upsert import insert_new
from core.messaging.reach import OWN_WORDS, mark_good
from core.models import addresses, conversations, new_public_id, organizations, staff_pairings
from core.models.people import AddressState


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation under lock. `setup_version` tells whether a copy of the clinic is stale.

    `language` is what it was held in last, `chosen_language` what the patient asked for.
    """

    id: int
    public_id: str
    address_id: int
    channel: str
    our_address: str
    state: str | None
    version: int
    language: str | None
    chosen_language: str | None
    last_turn_at: datetime | None
    is_simulated: bool
    opted_in: bool | None
    opt_changed_how: str | None
    address_state: str
    disclosed_at: datetime | None
    heard_at: datetime | None
    person_wanted_at: datetime | None
    setup_version: int
    pairing_id: int | None  # Of somebody of staff, whose chat it is.

    @property
    def is_barred(self) -> bool:
        """The carrier refuses whatever we send there: an SMS number that said STOP."""
        return (
            self.channel == "sms" and self.opted_in is False and self.opt_changed_how != OWN_WORDS
        )


_LOCKED = (
    select(
        conversations.c.id,
        conversations.c.public_id,
        conversations.c.address_id,
        addresses.c.channel,
        conversations.c.our_address,
        conversations.c.state,
        conversations.c.version,
        conversations.c.language,
        addresses.c.language,
        conversations.c.last_turn_at,
        conversations.c.is_simulated,
        addresses.c.opted_in,
        addresses.c.opt_changed_how,
        addresses.c.state,
        addresses.c.disclosed_at,
        addresses.c.last_heard_at,
        conversations.c.person_wanted_at,
        organizations.c.setup_version,
        staff_pairings.c.id,
    )
    .select_from(conversations.join(addresses))
    .join(organizations, organizations.c.id == 1)
    .outerjoin(
        staff_pairings,
        and_(staff_pairings.c.address_id == addresses.c.id, staff_pairings.c.ended_at.is_(None)),
    )
    # First in the lock order: one conversation's messages are answered one after the other.
    .with_for_update(of=conversations)
)
_FIND = _LOCKED.where(
    addresses.c.channel == bindparam("channel"),
    addresses.c.address_hash == bindparam("hash"),
    conversations.c.our_address == bindparam("our_address"),
)
_BY_ID = _LOCKED.where(conversations.c.id == bindparam("conversation"))


def lock_conversation(
    connection: Connection,
    *,
    channel: str,
    address: str,
    our_address: str,
    now: datetime,
    simulated: bool,
) -> Conversation:
    """Return the conversation of that address with ours, begun if need be, locked until the end
    of the transaction. Raises NoResultFound on a database without a clinic."""
    key = {
        "channel": channel,
        "hash": keyring_of(connection.dialect).hash_address((channel, address)),
        "our_address": our_address,
    }
    row = connection.execute(_FIND, key).one_or_none()
    if row is None:
        _begin(connection, key, address, simulated, now)
        row = connection.execute(_FIND, key).one()
    values: Sequence[Any] = row
    return Conversation(*values)


def lock_by_id(connection: Connection, conversation_id: int) -> Conversation:
    """Return a conversation that there is, locked until the end of the transaction. Raises
    NoResultFound."""
    values: Sequence[Any] = connection.execute(_BY_ID, {"conversation": conversation_id}).one()
    return Conversation(*values)


def _begin(
    connection: Connection, key: Mapping[str, Any], address: str, simulated: bool, now: datetime
) -> None:
    """Insert what is missing of address and conversation; somebody else may do so just now."""
    both = {"created_at": now, "updated_at": now}
    values = {
        "channel": key["channel"],
        "address": address,
        "address_hash": key["hash"],
        "state": AddressState.GOOD,
        "last_heard_at": now,
    }
    address_id = insert_new(connection, addresses, values | both)
    if address_id is None:
        known = select(addresses.c.id).where(
            addresses.c.channel == key["channel"], addresses.c.address_hash == key["hash"]
        )
        address_id = connection.execute(known).scalar_one()
    values = {
        "public_id": new_public_id(),
        "address_id": address_id,
        "our_address": key["our_address"],
        "version": 0,
        "is_simulated": simulated,
    }
    insert_new(connection, conversations, values | both)


_SAVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(
        state=bindparam("new_state"),
        version=conversations.c.version + 1,
        language=bindparam("new_language"),
        last_turn_at=bindparam("at"),
        updated_at=bindparam("at"),
        is_simulated=bindparam("simulated"),
    )
)


def save_turn(
    connection: Connection,
    conversation: Conversation,
    *,
    state: str | None,
    language: str | None,
    simulated: bool,
    now: datetime,
) -> None:
    """Save what a turn came to; without a state the next one begins afresh."""
    connection.execute(
        _SAVE,
        {
            "conversation": conversation.id,
            "new_state": state,
            "new_language": language,
            "at": now,
            "simulated": simulated,
        },
    )


def keep_state(connection: Connection, conversation_id: int, state: str, now: datetime) -> None:
    """Save what was said there unasked; nobody has had their turn."""
    this = update(conversations).where(conversations.c.id == conversation_id)
    connection.execute(this.values(state=state, updated_at=now))


# How exactly we remember when somebody last wrote: links grow old over months, not minutes.
HEARD_STEP = timedelta(days=1)


def note_heard(connection: Connection, conversation: Conversation, now: datetime) -> None:
    """They wrote: remember when, and that they can be reached again if we thought otherwise."""
    if conversation.address_state != AddressState.GOOD:
        mark_good(connection, conversation.address_id, now=now)
    if conversation.heard_at is None or now - conversation.heard_at >= HEARD_STEP:
        connection.execute(
            update(addresses)
            .where(addresses.c.id == conversation.address_id)
            .values(last_heard_at=now)
        )


def choose_language(
    connection: Connection, address_id: int, *, language: str, now: datetime
) -> None:
    """Store the language that this address asked to be written to in."""
    connection.execute(
        update(addresses)
        .where(addresses.c.id == address_id)
        .values(language=language, updated_at=now)
    )


def want_person(connection: Connection, conversation_id: int, now: datetime) -> None:
    """From now on somebody of the clinic answers here, and the bot keeps silent."""
    _hand(connection, conversation_id, now, person_wanted_at=now)


def release(connection: Connection, conversation_id: int, now: datetime) -> None:
    """The bot answers here again."""
    _hand(connection, conversation_id, now, person_wanted_at=None, claimed_by=None)


def _hand(
    connection: Connection, conversation_id: int, now: datetime, **values: datetime | None
) -> None:
    connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(**values, updated_at=now)
    )
