"""Who waits for a time that is not free yet, and what was said of a visit afterwards."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.database.types import EncryptedText, Instant
from core.models.base import identity, instants, metadata, one_of, public_id, reference, times


class WaitState(StrEnum):
    WAITING = "waiting"  # To be offered what becomes free.
    FILLED = "filled"  # Got a visit that way.
    LEFT = "left"  # Took themselves off, or booked otherwise.
    OVER = "over"  # The last wished day has passed.


waitlist = Table(
    "waitlist",
    metadata,
    identity(),
    public_id(),
    reference("patient_id", "patients", delete="CASCADE"),
    reference("conversation_id", "conversations"),  # Where they asked, and hear of a free time
    # With whom: one practitioner, or anybody of a specialty.
    reference("practitioner_id", "practitioners", nullable=True),
    Column("specialty", Text),
    reference("location_id", "locations", nullable=True),
    reference("visit_type_id", "visit_types", nullable=True),
    # The visit that would move up; NULL: they have none.
    reference("sooner_than_id", "appointments", nullable=True),
    Column("days", Text, nullable=False),  # JSON: which days and weekdays would do
    Column("minute_from", Integer),  # Minutes after midnight, wall time of the location
    Column("minute_until", Integer),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("offers_made", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    *times(),
    one_of("state", WaitState),
    CheckConstraint("practitioner_id IS NOT NULL OR specialty IS NOT NULL", name="whom"),
    Index(
        "ix_waitlist_waiting",
        "since",
        postgresql_where=text("state = 'waiting'"),
        sqlite_where=text("state = 'waiting'"),
    ),
    Index("ix_waitlist_patient_id", "patient_id"),
    instants("created_at", "updated_at", "since", "until"),
)


class RoundState(StrEnum):
    OPEN = "open"  # It is being offered, or waits for the hour when it may be.
    FILLED = "filled"
    OVER = "over"  # Nobody wanted it, or it was booked otherwise; the note says which.


class OfferState(StrEnum):
    PLANNED = "planned"  # Not said yet.
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    GONE = "gone"  # Somebody else was quicker.
    WITHDRAWN = "withdrawn"  # The round ended, or they wait no longer.


# A time that has become free, and is offered to those who wait for one, three at a time.
waitlist_rounds = Table(
    "waitlist_rounds",
    metadata,
    identity(),
    public_id(),
    reference("practitioner_id", "practitioners"),
    reference("location_id", "locations"),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("freed_by", Text, nullable=False),  # cancelled, moved, expired, absence_withdrawn, ...
    reference("freed_id", "appointments", nullable=True, delete="SET NULL"),
    # What keeps the time meanwhile for those whom it is offered to.
    reference("hold_id", "appointments", nullable=True, delete="SET NULL"),
    Column("state", Text, nullable=False),
    Column("waves", Integer, nullable=False, server_default="0"),
    Column("next_wave_at", Instant),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    reference("filled_by_id", "appointments", nullable=True, delete="SET NULL"),
    Column("note", Text),
    *times(),
    one_of("state", RoundState),
    CheckConstraint("starts_at < ends_at", name="start_before_end"),
    Index(
        "ix_waitlist_rounds_open",
        "next_wave_at",
        postgresql_where=text("state = 'open'"),
        sqlite_where=text("state = 'open'"),
    ),
    Index(
        "uq_waitlist_rounds_one_open",
        "practitioner_id",
        "starts_at",
        unique=True,
        postgresql_where=text("state = 'open'"),
        sqlite_where=text("state = 'open'"),
    ),
    instants(
        "starts_at", "ends_at", "next_wave_at", "opened_at", "closed_at", "created_at", "updated_at"
    ),
)

waitlist_offers = Table(
    "waitlist_offers",
    metadata,
    identity(),
    public_id(),
    reference("round_id", "waitlist_rounds", delete="CASCADE"),
    reference("entry_id", "waitlist", delete="CASCADE"),
    # What this patient would get: visits of new and known patients may last differently.
    reference("visit_type_id", "visit_types"),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("offered_at", Instant),
    Column("answered_at", Instant),
    *times(),
    UniqueConstraint("round_id", "entry_id"),
    one_of("state", OfferState),
    Index("ix_waitlist_offers_entry_id", "entry_id"),
    instants("starts_at", "ends_at", "offered_at", "answered_at", "created_at", "updated_at"),
)


class Moderation(StrEnum):
    NEW = "new"  # Nobody has looked at it.
    SHOWN = "shown"
    HIDDEN = "hidden"


def _halves(name: str) -> Column[int]:
    """A rating from 1 to 5 in halves, as a whole number of halves: 2 to 10."""
    return Column(name, Integer, CheckConstraint(f"{name} BETWEEN 2 AND 10", name=name))


feedback = Table(
    "feedback",
    metadata,
    identity(),
    reference("appointment_id", "appointments", delete="CASCADE"),
    reference("patient_id", "patients", delete="CASCADE"),
    reference("practitioner_id", "practitioners"),
    _halves("overall_halves"),
    _halves("professionalism_halves"),
    _halves("waiting_time_halves"),
    _halves("cleanliness_halves"),
    _halves("friendliness_halves"),
    Column("text", EncryptedText("feedback.text")),
    Column("suggestions", EncryptedText("feedback.suggestions")),
    Column("would_recommend", Boolean(create_constraint=True, name="would_recommend")),
    Column("would_return", Boolean(create_constraint=True, name="would_return")),
    Column("is_anonymous", Boolean(create_constraint=True, name="is_anonymous"), nullable=False),
    Column("is_verified", Boolean(create_constraint=True, name="is_verified"), nullable=False),
    Column("tags", Text),  # JSON list
    Column("moderation", Text, nullable=False),
    *times(),
    Index("uq_feedback_appointment_id", "appointment_id", unique=True),
    Index("ix_feedback_practitioner_id", "practitioner_id"),
    one_of("moderation", Moderation),
    instants("created_at", "updated_at"),
)
