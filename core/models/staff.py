"""The clinic's own people: who they are, what they may do and where, and whose chats are theirs."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.database.types import Instant
from core.models.base import (
    identity,
    instants,
    is_active,
    metadata,
    one_of,
    public_id,
    reference,
    times,
)


class Role(StrEnum):
    SUPER_ADMIN = "super_admin"  # Of the whole organization: also says who else may do what.
    ADMIN = "admin"
    RECEPTIONIST = "receptionist"
    PRACTITIONER = "practitioner"  # Their own calendar and patients, unless a rule says otherwise.


class StaffSource(StrEnum):
    FILE = "file"  # The clinic file has them, and without it they are gone.
    DESK = "desk"  # Added by staff, in chat or in the terminal; no file removes them.


class InvitationOutcome(StrEnum):
    USED = "used"
    FAILED = "failed"  # Too many wrong tries.
    REPLACED = "replaced"  # A newer one was made.
    REVOKED = "revoked"


class PairingEnd(StrEnum):
    LOCKED = "locked"  # By whoever it is.
    IDLE = "idle"  # Nothing was written for hours.
    REVOKED = "revoked"  # By somebody else.
    REPLACED = "replaced"  # The chat, or the person, was paired anew.


class Hears(StrEnum):
    """When somebody of staff is told of a visit that is new, has moved or was cancelled."""

    AT_ONCE = "at_once"
    DIGEST = "digest"  # With all else, in the morning.
    NEVER = "never"


staff = Table(
    "staff",
    metadata,
    identity(),
    public_id(),
    Column("username", Text, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("email", Text),
    Column("language", Text),
    # Where alarms reach them: a phone by SMS, or a private chat.
    reference("address_id", "addresses", nullable=True),
    Column("alarm_position", Integer),  # Who is told first; NULL: of no alarm
    is_active(),
    *times(),
    # Whose calendar and patients are theirs.
    reference("practitioner_id", "practitioners", nullable=True),
    Column("source", Text, nullable=False, server_default="file"),
    Column("pin_hash", LargeBinary),  # With its salt; NULL: none has been chosen.
    Column("wrong_pins", Integer, nullable=False, server_default="0"),  # In a row
    UniqueConstraint("username"),
    Index("ix_staff_address_id", "address_id"),
    one_of("source", StaffSource),
    instants("created_at", "updated_at"),
)

# What somebody is, and where: both NULL is the whole organization.
staff_roles = Table(
    "staff_roles",
    metadata,
    identity(),
    reference("staff_id", "staff", delete="CASCADE"),
    Column("role", Text, nullable=False),
    reference("location_id", "locations", nullable=True),
    reference("department_id", "departments", nullable=True),
    *times(),
    one_of("role", Role),
    Index(
        "uq_staff_roles",
        "staff_id",
        "role",
        text("coalesce(location_id, 0)"),
        text("coalesce(department_id, 0)"),
        unique=True,
    ),
    instants("created_at", "updated_at"),
)

# A code by which a chat becomes somebody's: the selector finds the row, the secret is hashed.
staff_invitations = Table(
    "staff_invitations",
    metadata,
    identity(),
    reference("staff_id", "staff", delete="CASCADE"),
    Column("selector", Text, nullable=False, unique=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("wrong_tries", Integer, nullable=False, server_default="0"),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text),
    *times(),
    one_of("outcome", InvitationOutcome),
    Index(
        "one_open_invitation_each",
        "staff_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
        sqlite_where=text("ended_at IS NULL"),
    ),
    instants("created_at", "updated_at", "expires_at", "ended_at"),
)

# A chat that speaks for somebody of staff, and the user of the messenger who writes in it.
staff_pairings = Table(
    "staff_pairings",
    metadata,
    identity(),
    public_id(),
    reference("staff_id", "staff", delete="CASCADE"),
    reference("address_id", "addresses", delete="CASCADE"),
    Column("user_hash", LargeBinary, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("pin_proved_at", Instant),  # Since when what needs the PIN may be done.
    Column("ended_at", Instant),
    Column("ended_why", Text),
    *times(),
    one_of("ended_why", PairingEnd),
    Index(
        "one_colleague_a_chat",
        "address_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
        sqlite_where=text("ended_at IS NULL"),
    ),
    Index(
        "one_chat_a_colleague",
        "staff_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
        sqlite_where=text("ended_at IS NULL"),
    ),
    Index("ix_staff_pairings_address_id", "address_id", "id"),
    instants("created_at", "updated_at", "last_seen_at", "pin_proved_at", "ended_at"),
)

# What somebody wishes to be told of; NULL: as for anybody with their role. The clinic file knows
# nothing of it.
staff_wishes = Table(
    "staff_wishes",
    metadata,
    identity(),
    reference("staff_id", "staff", delete="CASCADE"),
    Column("new", Text),
    Column("moved", Text),
    Column("cancelled", Text),
    Column("digest", Boolean(create_constraint=True, name="digest")),
    *times(),
    UniqueConstraint("staff_id"),
    one_of("new", Hears),
    one_of("moved", Hears),
    one_of("cancelled", Hears),
    instants("created_at", "updated_at"),
)

# The digest of one morning: one for each person and day, whoever sends it.
staff_digests = Table(
    "staff_digests",
    metadata,
    identity(),
    reference("staff_id", "staff", delete="CASCADE"),
    Column("day", Date, nullable=False),  # By the clock of their place
    # False: their chat was closed, and it said how many there are; they read it when they are back.
    Column("is_whole", Boolean(create_constraint=True, name="is_whole"), nullable=False),
    reference("message_id", "messages", nullable=True),  # NULL: an answer showed it.
    *times(),
    UniqueConstraint("staff_id", "day"),
    instants("created_at", "updated_at"),
)

# Which event of a visit somebody was told of, so that nobody is told twice.
staff_news = Table(
    "staff_news",
    metadata,
    identity(),
    reference("staff_id", "staff", delete="CASCADE"),
    reference("event_id", "appointment_events", delete="CASCADE"),
    reference("message_id", "messages", nullable=True),  # NULL: an answer showed it.
    *times(),
    UniqueConstraint("staff_id", "event_id"),
    Index("ix_staff_news_event_id", "event_id"),
    instants("created_at", "updated_at"),
)
