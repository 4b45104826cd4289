"""Which messages may be sent now: the first that is due of each conversation, with all that a
sender must know of it."""

from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.types import NullType

from core.database.types import Instant
from core.keys import Keyring
from core.messaging.reach import OWN_WORDS
from core.messaging.templates import FilledTemplate
from core.models.messaging import Direction, MessageKind, MessageStatus, conversations, messages
from core.models.people import AddressState, addresses

# What a patient has asked for; all else is unprompted and stops with an opt-out.
PROMPTED = (MessageKind.REPLY, MessageKind.STAFF_ANSWER)

# Word for word the condition of `ix_messages_due`, without which SQLite does not use the index.
WAITING = text("messages.status IN ('queued', 'sending')")
ADDRESSED = messages.join(conversations).join(addresses)


class ClaimedMessage(NamedTuple):
    """What a sender must know. What is encrypted is read when it is asked for, outside the
    transaction that claims, and one value that can't be read stops nobody else; each of these
    raises UnreadableCiphertext."""

    id: int
    public_id: str
    conversation_id: int
    address_id: int
    channel: str
    kind: str
    our_address: str
    list_id: str | None
    language: str | None
    attempts: int
    is_simulated: bool
    edits: str | None  # The provider's id of the message that this one replaces.
    template: str | None  # The sentence that a WhatsApp template may stand for.
    content_sid: str | None  # The template as which it went out before.
    sealed_address: bytes
    sealed_text: bytes | None
    sealed_choices: bytes | None
    sealed_variables: bytes | None
    sealed_picture: bytes | None
    sealed_document: bytes | None
    keyring: Keyring
    # What `core.messaging.window` makes of it: as a template, or why not at all.
    filled: FilledTemplate | None = None
    refused: str | None = None

    @classmethod
    def of(cls, row: Row[Any], keyring: Keyring) -> Self:
        """The row begins with CONTENT."""
        return cls._make((*row[: len(CONTENT)], keyring, None, None))

    @property
    def recipient(self) -> str:
        return self.keyring.decrypt(self.sealed_address, "addresses.address")

    @property
    def text(self) -> str:
        return self._read(self.sealed_text, "messages.text") or ""

    @property
    def choices(self) -> str | None:
        """A JSON list of {"label", "value", "kind"}."""
        return self._read(self.sealed_choices, "messages.choices")

    @property
    def variables(self) -> str | None:
        """A JSON object."""
        return self._read(self.sealed_variables, "messages.variables")

    @property
    def picture(self) -> str | None:
        """What is drawn beside the text, as JSON."""
        return self._read(self.sealed_picture, "messages.picture")

    @property
    def document(self) -> str | None:
        """A file that goes with the text, as JSON."""
        return self._read(self.sealed_document, "messages.document")

    def _read(self, sealed: bytes | None, place: str) -> str | None:
        return None if sealed is None else self.keyring.decrypt(sealed, place)


_NOW = bindparam("now", type_=Instant)
_edited = messages.alias("edited")
_later = messages.alias("later")
_earlier = messages.alias("earlier")


_IS_DUE = and_(
    WAITING,
    messages.c.status == MessageStatus.QUEUED,
    messages.c.direction == Direction.OUT,
    messages.c.due_at <= _NOW,
)
# A message of the same conversation that goes first. One that was never tried and is not due yet
# (a notice for the morning) holds nobody up.
_IS_HELD_UP = exists().where(
    _earlier.c.conversation_id == messages.c.conversation_id,
    _earlier.c.id < messages.c.id,
    _earlier.c.direction == Direction.OUT,
    or_(
        _earlier.c.status == MessageStatus.SENDING,
        and_(
            _earlier.c.status == MessageStatus.QUEUED,
            or_(_earlier.c.attempts > 0, _earlier.c.due_at <= _NOW),
        ),
    ),
)
# A patient waits for it, or for what comes after it.
_IS_URGENT = or_(
    messages.c.kind.in_(PROMPTED),
    exists().where(
        _later.c.conversation_id == messages.c.conversation_id,
        _later.c.id > messages.c.id,
        _later.c.status == MessageStatus.QUEUED,
        _later.c.kind.in_(PROMPTED),
    ),
)

_IS_UNPROMPTED = messages.c.kind.not_in(PROMPTED)
# Why it is not to be sent any more, as an error code.
_WHY_NOT = case(
    (messages.c.valid_until < _NOW, "expired"),
    # Whoever has just written can be reached, whatever the provider said of an earlier message.
    (and_(addresses.c.state == AddressState.BAD, _IS_UNPROMPTED), "bad_address"),
    (
        and_(
            addresses.c.opted_in.is_(False),
            or_(
                _IS_UNPROMPTED,
                and_(
                    messages.c.channel == "sms",
                    addresses.c.opt_changed_how.is_distinct_from(OWN_WORDS),
                ),
            ),
        ),
        "opted_out",
    ),
)
# The fields of ClaimedMessage, in their order; what is encrypted, as it stands.
CONTENT = (
    messages.c.id,
    messages.c.public_id,
    messages.c.conversation_id,
    conversations.c.address_id,
    messages.c.channel,
    messages.c.kind,
    conversations.c.our_address,
    messages.c.list_id,
    conversations.c.language,
    (messages.c.attempts + 1).label("attempts"),  # This one included
    or_(messages.c.is_simulated, conversations.c.is_simulated).label("is_simulated"),
    select(_edited.c.provider_id)
    .where(_edited.c.id == messages.c.edits_id)
    .scalar_subquery()
    .label("edits"),
    messages.c.template,
    messages.c.content_sid,
    type_coerce(addresses.c.address, NullType).label("sealed_address"),
    type_coerce(messages.c.text, NullType).label("sealed_text"),
    type_coerce(messages.c.choices, NullType).label("sealed_choices"),
    type_coerce(messages.c.variables, NullType).label("sealed_variables"),
    type_coerce(messages.c.picture, NullType).label("sealed_picture"),
    type_coerce(messages.c.document, NullType).label("sealed_document"),
)
DUE: Select[Any] = (
    select(
        *CONTENT,
        messages.c.segments,
        _WHY_NOT.label("why_not"),
        _IS_URGENT.label("is_urgent"),
    )
    .select_from(ADDRESSED)
    .where(_IS_DUE, ~_IS_HELD_UP)
    .order_by(messages.c.due_at, messages.c.id)
    .limit(bindparam("room"))
    .with_for_update(of=messages, skip_locked=True)
)
DUE_ELSEWHERE = DUE.where(
    messages.c.id.not_in(bindparam("taken", expanding=True)),
    (messages.c.channel + " " + conversations.c.our_address).not_in(
        bindparam("lanes", expanding=True)
    ),
)
_asked = messages.alias("asked")
REPLIES = DUE.where(
    messages.c.conversation_id.in_(
        select(_asked.c.conversation_id).where(
            text("asked.status IN ('queued', 'sending')"),
            _asked.c.status == MessageStatus.QUEUED,
            _asked.c.kind.in_(PROMPTED),
            _asked.c.due_at <= _NOW,
        )
    )
)
_DUE_ON = (
    select(messages.c.kind)
    .where(_IS_DUE, ~_IS_HELD_UP, messages.c.channel == bindparam("channel"))
    .limit(bindparam("room"))
)


def due_on(connection: Connection, channel: str, now: datetime, limit: int) -> list[str]:
    """Return the kinds of messages that could be sent on that channel at this moment and are not
    yet; of at most so many."""
    asked = {"now": now, "channel": channel, "room": limit}
    return list(connection.scalars(_DUE_ON, asked))
