"""Patients, where they are reached, and who may speak for whom."""

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
)

from core.database.types import EncryptedText, Instant
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


class Standing(StrEnum):
    ACTIVE = "active"
    DECEASED = "deceased"  # Nothing is ever sent about this patient again.
    BLOCKED = "blocked"  # May not book by chat; hears "please call us".
    RESTRICTED = "restricted"  # Only named staff may see the record.


class Relation(StrEnum):
    """What the patient is to the person at the address: "my daughter", "myself"."""

    SELF = "self"
    CHILD = "child"
    DAUGHTER = "daughter"
    SON = "son"
    PARENT = "parent"
    PARTNER = "partner"
    CARER = "carer"
    OTHER = "other"


class Trust(StrEnum):
    """How sure we are that an address speaks for a patient."""

    GIVEN = "given"  # Typed by staff or import: gets notices in their least form.
    CLAIMED = "claimed"  # Name and birth date said in chat: may book, sees what it booked.
    PROVED = "proved"  # By code, by Telegram's own contact or by staff: may do all.


class AddressState(StrEnum):
    GOOD = "good"
    BAD = "bad"  # The provider calls it unknown or unreachable for good.


patients = Table(
    "patients",
    metadata,
    identity(),
    public_id(),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    # Folded to lower case without accents, for finding; names stay as they were written.
    Column("search_name", Text, nullable=False),
    Column("date_of_birth", Date),
    Column("gender", Text),
    Column("language", Text),
    Column("zone", Text),  # The patient's own, when told; never guessed from an area code.
    Column("address", Text),
    Column("emergency_contact_name", Text),
    Column("emergency_contact_phone", Text),
    Column("notes", EncryptedText("patients.notes")),
    Column("medical_history", EncryptedText("patients.medical_history")),
    Column("needs", Text),  # JSON list: interpreter, wheelchair, hearing, longer visit
    Column("standing", Text, nullable=False),
    Column("standing_since", Instant),
    Column("standing_by", Text),
    Column("standing_why", EncryptedText("patients.standing_why")),
    Column("contact_rules", Text),  # JSON: never, one channel only, hours
    Column("external_id", Text, unique=True),
    is_active(),
    *times(),
    one_of("standing", Standing),
    Index("ix_patients_search_name_date_of_birth", "search_name", "date_of_birth"),
    instants("created_at", "updated_at", "standing_since"),
)

patient_events = Table(
    "patient_events",
    metadata,
    identity(),
    reference("patient_id", "patients", delete="CASCADE"),
    Column("at", Instant, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Integer),
    Column("channel", Text),
    Column("what", Text, nullable=False),  # registered, linked, renamed, ...
    Column("detail", EncryptedText("patient_events.detail")),
    Index("ix_patient_events_patient_id", "patient_id"),
    instants("at"),
)

addresses = Table(
    "addresses",
    metadata,
    identity(),
    Column("channel", Text, nullable=False),
    Column("address", EncryptedText("addresses.address"), nullable=False),
    Column("address_hash", LargeBinary, nullable=False),
    Column("language", Text),
    # None: never asked. True and False with when, how and in which wording.
    Column("opted_in", Boolean(create_constraint=True, name="opted_in")),
    Column("opt_changed_at", Instant),
    Column("opt_changed_how", Text),
    Column("opt_wording", Text),
    # Who we are, that we are automated, how to opt out: said once, and in which version.
    Column("disclosed_at", Instant),
    Column("disclosure_version", Text),
    Column("state", Text, nullable=False),
    Column("state_reason", Text),
    Column("last_heard_at", Instant),
    is_active(),
    *times(),
    UniqueConstraint("channel", "address_hash"),
    one_of("channel", ("sms", "whatsapp", "telegram", "web", "email", "voice")),
    one_of("state", AddressState),
    instants("created_at", "updated_at", "opt_changed_at", "disclosed_at", "last_heard_at"),
)

patient_addresses = Table(
    "patient_addresses",
    metadata,
    identity(),
    reference("patient_id", "patients", delete="CASCADE"),
    reference("address_id", "addresses", delete="CASCADE"),
    Column("relation", Text, nullable=False),
    Column("trust", Text, nullable=False),
    Column("may_book", Boolean(create_constraint=True, name="may_book"), nullable=False),
    Column("may_see", Boolean(create_constraint=True, name="may_see"), nullable=False),
    Column("is_told", Boolean(create_constraint=True, name="is_told"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    *times(),
    UniqueConstraint("patient_id", "address_id"),
    Index("ix_patient_addresses_address_id", "address_id"),
    one_of("relation", Relation),
    one_of("trust", Trust),
    instants("created_at", "updated_at", "since", "until"),
)
