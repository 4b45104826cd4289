"""The tables, declared once; rows are read into frozen values."""

from core.database.guards import attach_guards
from core.models.appointments import appointment_events, appointments
from core.models.audit import audit_head, audit_log, audit_patients
from core.models.base import metadata, new_public_id
from core.models.broadcasts import broadcast_recipients, broadcasts
from core.models.clinic import (
    departments,
    holidays,
    locations,
    organizations,
    phrases,
    resources,
    setting_events,
    settings,
    specialties,
    visit_types,
)
from core.models.messaging import (
    budgets,
    channel_failures,
    conversations,
    counters,
    leases,
    messages,
    tasks,
    templates,
    ticks,
)
from core.models.occasions import occasions, recalls, reminders
from core.models.people import (
    addresses,
    consents,
    name_words,
    patient_addresses,
    patient_events,
    patients,
    verifications,
)
from core.models.practitioners import (
    absences,
    breaks,
    offered_at,
    practitioner_departments,
    practitioner_specialties,
    practitioner_visit_types,
    practitioners,
    same_day_hours,
    schedules,
)
from core.models.records import merged_rows, merges, named_staff, opened_records
from core.models.staff import (
    staff,
    staff_digests,
    staff_invitations,
    staff_news,
    staff_pairings,
    staff_roles,
    staff_wishes,
)
from core.models.waitlist import feedback, waitlist, waitlist_offers, waitlist_rounds

attach_guards(metadata)

__all__ = [
    "absences",
    "addresses",
    "appointment_events",
    "appointments",
    "audit_head",
    "audit_log",
    "audit_patients",
    "breaks",
    "broadcast_recipients",
    "broadcasts",
    "budgets",
    "channel_failures",
    "consents",
    "conversations",
    "counters",
    "departments",
    "feedback",
    "holidays",
    "leases",
    "locations",
    "merged_rows",
    "merges",
    "messages",
    "metadata",
    "name_words",
    "named_staff",
    "new_public_id",
    "occasions",
    "offered_at",
    "opened_records",
    "organizations",
    "patient_addresses",
    "patient_events",
    "patients",
    "phrases",
    "practitioner_departments",
    "practitioner_specialties",
    "practitioner_visit_types",
    "practitioners",
    "recalls",
    "reminders",
    "resources",
    "same_day_hours",
    "schedules",
    "setting_events",
    "settings",
    "specialties",
    "staff",
    "staff_digests",
    "staff_invitations",
    "staff_news",
    "staff_pairings",
    "staff_roles",
    "staff_wishes",
    "tasks",
    "templates",
    "ticks",
    "verifications",
    "visit_types",
    "waitlist",
    "waitlist_offers",
    "waitlist_rounds",
]
