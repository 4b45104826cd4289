"""Who sees patients, and when: practitioners, schedules, breaks, absences."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    Time,
    UniqueConstraint,
)

from core.models.base import identity, instants, is_active, metadata, one_of, reference, times

practitioners = Table(
    "practitioners",
    metadata,
    identity(),
    Column("public_id", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),  # As the clinic writes it: "Dr"
    Column("titles", Text, nullable=False),  # JSON: language -> title
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("licence_number", Text, unique=True),
    Column("licence_state", Text),
    Column("years_of_experience", Integer),
    Column("fee_cents", Integer),  # Added to the price of the visit type.
    Column("bio", Text),
    Column("photo", Text),
    Column("languages", Text, nullable=False),  # JSON list, beside the clinic's own
    Column("gender", Text),
    Column("slot_minutes", Integer, nullable=False),
    Column("capacity", Integer, nullable=False, server_default="1"),  # Seats at one time
    is_active(),
    *times(),
    Column("visits_a_day", Integer),  # Daily cap for patients' own bookings; NULL: none
    UniqueConstraint("first_name", "last_name"),
    CheckConstraint("slot_minutes > 0", name="slot_minutes"),
    CheckConstraint("visits_a_day > 0", name="visits_a_day"),
    CheckConstraint("capacity > 0", name="capacity"),
    instants("created_at", "updated_at"),
)

practitioner_specialties = Table(
    "practitioner_specialties",
    metadata,
    identity(),
    reference("practitioner_id", "practitioners", delete="CASCADE"),
    reference("specialty_id", "specialties"),
    *times(),
    UniqueConstraint("practitioner_id", "specialty_id"),
    Index("ix_practitioner_specialties_specialty_id", "specialty_id"),
    instants("created_at", "updated_at"),
)

practitioner_departments = Table(
    "practitioner_departments",
    metadata,
    identity(),
    reference("practitioner_id", "practitioners", delete="CASCADE"),
    reference("department_id", "departments"),
    *times(),
    UniqueConstraint("practitioner_id", "department_id"),
    instants("created_at", "updated_at"),
)

practitioner_visit_types = Table(
    "practitioner_visit_types",
    metadata,
    identity(),
    reference("practitioner_id", "practitioners", delete="CASCADE"),
    reference("visit_type_id", "visit_types"),
    Column("minutes", Integer),  # NULL: the visit type's, else the practitioner's slot length
    Column("fee_cents", Integer),
    *times(),
    UniqueConstraint("practitioner_id", "visit_type_id"),
    CheckConstraint("minutes > 0", name="minutes"),
    instants("created_at", "updated_at"),
)

# Where and when a practitioner offers a visit type; one without rows is offered wherever they work.
offered_at = Table(
    "offered_at",
    metadata,
    identity(),
    reference("practitioner_visit_type_id", "practitioner_visit_types", delete="CASCADE"),
    reference("location_id", "locations", nullable=True),  # NULL: at every location
    Column("weekday", Integer),  # 0 = Monday; NULL: on every day
    *times(),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    Index("ix_offered_at_practitioner_visit_type_id", "practitioner_visit_type_id"),
    instants("created_at", "updated_at"),
)


def _weekly(name: str) -> Table:
    """Wall time of the location on one weekday; schedules, breaks and same-day hours look alike."""
    return Table(
        name,
        metadata,
        identity(),
        reference("practitioner_id", "practitioners", delete="CASCADE"),
        reference("location_id", "locations"),
        Column("weekday", Integer, nullable=False),  # 0 = Monday
        Column("starts", Time, nullable=False),
        Column("ends", Time, nullable=False),
        Column("valid_from", Date),
        Column("valid_to", Date),  # Included
        *times(),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="start_before_end"),
        CheckConstraint("valid_from <= valid_to", name="validity"),
        Index(f"ix_{name}_practitioner_id", "practitioner_id"),
        instants("created_at", "updated_at"),
    )


schedules = _weekly("schedules")
breaks = _weekly("breaks")
# Kept for those who need to be seen soon: patients may book there only shortly before.
same_day_hours = _weekly("same_day_hours")

absences = Table(
    "absences",
    metadata,
    identity(),
    reference("practitioner_id", "practitioners", delete="CASCADE"),
    Column("date_from", Date, nullable=False),
    Column("date_to", Date, nullable=False),  # Included
    # Wall time on each of those days; both NULL for whole days.
    Column("starts", Time),
    Column("ends", Time),
    Column("whole_day", Boolean(create_constraint=True, name="whole_day"), nullable=False),
    Column("reason", Text),
    # Set-up removes only what came from its file, never what staff entered.
    Column("source", Text, nullable=False, server_default="chat"),
    *times(),
    one_of("source", ("file", "chat")),
    CheckConstraint("date_from <= date_to", name="dates"),
    CheckConstraint("starts < ends", name="start_before_end"),
    CheckConstraint("whole_day = (starts IS NULL) AND whole_day = (ends IS NULL)", name="hours"),
    Index("ix_absences_practitioner_id_date_to", "practitioner_id", "date_to"),
    instants("created_at", "updated_at"),
)

# What staff changed of working hours in chat: it holds over what the clinic file says, the later
# over the earlier, and hours added on one day beside them all. What comes of it stands in the
# tables above. Without hours in `hours` nobody works then.
hours_changes = Table(
    "hours_changes",
    metadata,
    identity(),
    reference("practitioner_id", "practitioners", delete="CASCADE"),
    reference("location_id", "locations"),
    Column("weekday", Integer, nullable=False),  # 0 = Monday
    Column("since", Date, nullable=False),
    Column("until", Date),  # Included; NULL: for good
    Column("hours", Text, nullable=False),  # JSON: [["09:00:00", "13:00:00"]]
    Column("is_extra", Boolean(create_constraint=True, name="is_extra"), nullable=False),
    Column("file_value", Text, nullable=False),  # JSON: the weekday as it is without staff's word
    Column("changed_by", Text, nullable=False),
    *times(),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("since <= until", name="dates"),
    CheckConstraint("NOT is_extra OR since = until", name="extra"),
    Index("ix_hours_changes_practitioner_id", "practitioner_id"),
    instants("created_at", "updated_at"),
)
