"""The clinic as it is set up: organization, places, what is offered, settings."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from core.database.types import Instant
from core.models.base import identity, instants, is_active, metadata, one_of, reference, times

organizations = Table(
    "organizations",
    metadata,
    identity(),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),  # ISO 3166-1 alpha-2
    Column("currency", Text, nullable=False),  # ISO 4217
    Column("default_language", Text, nullable=False),
    Column("languages", Text, nullable=False),  # JSON list; what the bot answers in
    # Grows with every change of the set-up, so that a process knows when its copy is stale.
    Column("setup_version", Integer, nullable=False),
    # A demo holds made-up people: its keys are published, and one may choose who one is.
    Column("is_demo", Boolean(create_constraint=True, name="is_demo"), nullable=False),
    *times(),
    # How far the demo's clock has been moved ahead; a real clinic's goes right.
    Column("clock_offset_seconds", Integer, nullable=False, server_default="0"),
    CheckConstraint("clock_offset_seconds = 0 OR is_demo", name="only_a_demos_clock_is_moved"),
    # WhatsApp templates as the clinic describes them; JSON: language -> sentence -> description
    Column("whatsapp_templates", Text),
    # One database is one organization.
    CheckConstraint("id = 1", name="only_one"),
    instants("created_at", "updated_at"),
)

locations = Table(
    "locations",
    metadata,
    identity(),
    reference("organization_id", "organizations"),
    Column("position", Integer, nullable=False),  # The first one answers general questions.
    Column("name", Text, nullable=False),
    Column("short_name", Text),
    Column("discreet_name", Text),  # For messages that others may read on a locked screen.
    Column("address", Text, nullable=False),
    Column("city", Text),
    Column("state", Text),
    Column("postal_code", Text),
    Column("country", Text, nullable=False),
    Column("zone", Text, nullable=False),  # IANA name
    Column("phone", Text, nullable=False),  # E.164
    Column("after_hours_phone", Text),
    Column("emergency_number", Text, nullable=False),
    Column("crisis_number", Text, nullable=False),
    Column("opening_hours", Text, nullable=False),  # JSON: {"mon": [["08:00", "18:00"]], ...}
    # What is told to those who ask; JSON: language -> text.
    Column("directions", Text),
    Column("parking", Text),
    Column("languages", Text),  # JSON list
    Column("senders", Text),  # JSON: channel -> our own address there
    is_active(),
    *times(),
    Column("insurance", Text),  # Which insurers are billed; JSON: language -> text
    Column("what_to_bring", Text),  # To any visit; JSON: language -> text
    UniqueConstraint("name"),
    instants("created_at", "updated_at"),
)

departments = Table(
    "departments",
    metadata,
    identity(),
    reference("location_id", "locations"),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    is_active(),
    *times(),
    UniqueConstraint("location_id", "name"),
    instants("created_at", "updated_at"),
)

specialties = Table(
    "specialties",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    Column("names", Text, nullable=False),  # JSON: language -> name
    Column("words", Text, nullable=False),  # JSON: language -> the clinic's own everyday words
    is_active(),
    *times(),
    # Not named in what others might read on a locked screen.
    Column(
        "is_sensitive",
        Boolean(create_constraint=True, name="is_sensitive"),
        nullable=False,
        server_default=false(),
    ),
    # In whole years, both included: paediatrics ends at 17. NULL: no limit.
    Column("age_from", Integer),
    Column("age_until", Integer),
    CheckConstraint("age_from >= 0", name="age_from"),
    CheckConstraint("age_until >= 0", name="age_until"),
    instants("created_at", "updated_at"),
)

visit_types = Table(
    "visit_types",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    Column("names", Text, nullable=False),  # JSON: language -> name
    Column("kind", Text, nullable=False),
    Column("is_default", Boolean(create_constraint=True, name="is_default"), nullable=False),
    # Minutes; NULL means the practitioner's slot length.
    Column("minutes_new_patient", Integer),
    Column("minutes_known_patient", Integer),
    Column("buffer_before_minutes", Integer, nullable=False, server_default="0"),
    Column("buffer_after_minutes", Integer, nullable=False, server_default="0"),
    # NULL: the clinic's general rule.
    Column("minimum_notice_minutes", Integer),
    Column("horizon_days", Integer),
    Column("cancellation_notice_hours", Integer),
    Column("price_cents", Integer),
    Column("booked_by", Text, nullable=False),  # "patient": patients and staff; "staff": staff only
    Column(
        "needs_approval", Boolean(create_constraint=True, name="needs_approval"), nullable=False
    ),
    Column("new_patients", Boolean(create_constraint=True, name="new_patients"), nullable=False),
    Column("age_from", Integer),
    Column("age_until", Integer),
    Column(
        "needs_referral", Boolean(create_constraint=True, name="needs_referral"), nullable=False
    ),
    Column("resource_kind", Text),
    Column("preparation", Text),  # How to prepare for it; JSON: language -> text
    is_active(),
    *times(),
    Column("reminders", Text),  # JSON list: ["3d", "1d"]; NULL: the clinic's own
    one_of("kind", ("consultation", "follow_up", "check_up", "emergency", "procedure", "other")),
    one_of("booked_by", ("patient", "staff")),
    CheckConstraint("minutes_new_patient > 0 AND minutes_known_patient > 0", name="minutes"),
    instants("created_at", "updated_at"),
)

resources = Table(
    "resources",
    metadata,
    identity(),
    reference("location_id", "locations"),
    Column("kind", Text, nullable=False),  # "ultrasound", "treatment room": what visit types name
    Column("name", Text, nullable=False),
    is_active(),
    *times(),
    UniqueConstraint("location_id", "name"),
    instants("created_at", "updated_at"),
)

holidays = Table(
    "holidays",
    metadata,
    identity(),
    reference("location_id", "locations", delete="CASCADE"),
    Column("day", Date, nullable=False),
    Column("name", Text, nullable=False),
    # Set-up removes only what came from its file, never what staff entered.
    Column("source", Text, nullable=False, server_default="chat"),
    *times(),
    UniqueConstraint("location_id", "day"),
    one_of("source", ("file", "chat")),
    instants("created_at", "updated_at"),
)

settings = Table(
    "settings",
    metadata,
    identity(),
    Column("key", Text, nullable=False),
    reference("location_id", "locations", nullable=True),  # NULL: the whole organization
    Column("value", Text, nullable=False),  # JSON
    Column("description", Text, nullable=False),
    Column("source", Text, nullable=False),  # Staff's word in chat beats clinic.toml.
    Column("updated_by", Text, nullable=False),
    is_active(),
    *times(),
    # What the file says meanwhile, where staff's word holds; JSON. NULL: nothing.
    Column("file_value", Text),
    one_of("source", ("file", "chat")),
    instants("created_at", "updated_at"),
)
# Two indexes, because NULLs are never equal to each other.
Index(
    "uq_settings_organization",
    settings.c.key,
    unique=True,
    postgresql_where=settings.c.location_id.is_(None),
    sqlite_where=settings.c.location_id.is_(None),
)
Index(
    "uq_settings_location",
    settings.c.key,
    settings.c.location_id,
    unique=True,
    postgresql_where=settings.c.location_id.is_not(None),
    sqlite_where=settings.c.location_id.is_not(None),
)

setting_events = Table(
    "setting_events",
    metadata,
    identity(),
    Column("key", Text, nullable=False),
    reference("location_id", "locations", nullable=True),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("value_from", Text),
    Column("value_to", Text),
    Column("role", Text),  # As what somebody of staff did it
    Column("channel", Text),  # Through which; NULL: in the terminal
    Index("ix_setting_events_key", "key", "id"),
    instants("at"),
)

# A clinic's own wording of a sentence; whatever is not here is said as bot/phrases has it.
phrases = Table(
    "phrases",
    metadata,
    identity(),
    Column("language", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("text", Text, nullable=False),
    is_active(),
    *times(),
    UniqueConstraint("language", "key"),
    instants("created_at", "updated_at"),
)
