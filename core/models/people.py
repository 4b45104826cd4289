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
    false,
    text,
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


class VerificationOutcome(StrEnum):
    PROVED = "proved"  # The code was right.
    FAILED = "failed"  # Too many wrong tries; staff take over.
    REPLACED = "replaced"  # A newer code was asked for.


class AddressState(StrEnum):
    GOOD = "good"
    BAD = "bad"  # The provider calls it unknown or unreachable for good.


class ConsentPurpose(StrEnum):
    CARE = "care"  # Reminders, notices and offers of the clinic.
    MARKETING = "marketing"
    FIRST_NAME = "first_name"  # Their first name may stand in messages to a shared address.


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
    # The record that this one went into: it was the same person's.
    reference("merged_into_id", "patients", nullable=True),
    one_of("standing", Standing),
    Index("ix_patients_search_name_date_of_birth", "search_name", "date_of_birth"),
    Index("ix_patients_date_of_birth", "date_of_birth"),
    Index(
        "ix_patients_merged_into_id",
        "merged_into_id",
        postgresql_where=text("merged_into_id IS NOT NULL"),
        sqlite_where=text("merged_into_id IS NOT NULL"),
    ),
    instants("created_at", "updated_at", "standing_since"),
)

# The words of `search_name`, each once: the database itself writes them
# (`core.database.name_words`).
name_words = Table(
    "name_words",
    metadata,
    identity(),
    reference("patient_id", "patients", delete="CASCADE"),
    # By code points on both databases, so that an index finds how a word begins.
    Column("word", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False),
    UniqueConstraint("patient_id", "word"),
    Index("ix_name_words_word_patient_id", "word", "patient_id"),
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

# Who agreed to what, when and in which wording, or took it back: only added to. Where it stands now
# is in `addresses`.
consents = Table(
    "consents",
    metadata,
    identity(),
    reference("address_id", "addresses", delete="CASCADE"),
    reference("patient_id", "patients", nullable=True, delete="CASCADE"),
    Column("purpose", Text, nullable=False),
    Column("is_given", Boolean(create_constraint=True, name="is_given"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("how", Text, nullable=False),
    Column("wording", Text),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Integer),
    one_of("purpose", ConsentPurpose),
    Index("ix_consents_address_id", "address_id"),
    instants("at"),
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
    Column("until", Instant),  # A parent's right ends when the child comes of age.
    *times(),
    # The name as it was said from this address: the record's own spelling would tell of it.
    Column("said_first_name", Text),
    Column("said_last_name", Text),
    # Somebody at the address said that it is not theirs: nothing is told there until staff look.
    Column("suspended_at", Instant),
    Column("suspended_why", Text),
    # Staff bar the address from this patient; whoever writes from there hears nothing different.
    Column(
        "is_barred",
        Boolean(create_constraint=True, name="is_barred"),
        nullable=False,
        server_default=false(),
    ),
    UniqueConstraint("patient_id", "address_id"),
    Index("ix_patient_addresses_address_id", "address_id"),
    one_of("relation", Relation),
    one_of("trust", Trust),
    instants("created_at", "updated_at", "since", "until"),
    instants("suspended_at", name="suspended_at"),
)

# A code sent to an address that is already proved, to be repeated at another one. A row without a
# patient stands for a record that we do not have: whoever asks is told the same.
verifications = Table(
    "verifications",
    metadata,
    identity(),
    reference("address_id", "addresses", delete="CASCADE"),  # Who asks
    reference("patient_id", "patients", nullable=True, delete="CASCADE"),
    reference("sent_to_id", "addresses", nullable=True, delete="CASCADE"),
    Column("code_hash", LargeBinary),
    Column("wrong_tries", Integer, nullable=False, server_default="0"),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text),
    *times(),
    Index("ix_verifications_address_id", "address_id"),
    one_of("outcome", VerificationOutcome),
    instants("created_at", "updated_at", "expires_at", "ended_at"),
)
