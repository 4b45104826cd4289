"""The tables, declared once; rows are read into frozen values."""

from core.database.guards import attach_guards
from core.models.appointments import appointment_events, appointments, reminders
from core.models.base import metadata, new_public_id
from core.models.clinic import (
    departments,
    holidays,
    locations,
    organizations,
    resources,
    setting_events,
    settings,
    specialties,
    visit_types,
)
from core.models.messaging import conversations, counters, leases, messages, tasks, ticks
from core.models.people import addresses, patient_addresses, patient_events, patients
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

attach_guards(metadata)

__all__ = [
    "absences",
    "addresses",
    "appointment_events",
    "appointments",
    "breaks",
    "conversations",
    "counters",
    "departments",
    "holidays",
    "leases",
    "locations",
    "messages",
    "metadata",
    "new_public_id",
    "offered_at",
    "organizations",
    "patient_addresses",
    "patient_events",
    "patients",
    "practitioner_departments",
    "practitioner_specialties",
    "practitioner_visit_types",
    "practitioners",
    "reminders",
    "resources",
    "same_day_hours",
    "schedules",
    "setting_events",
    "settings",
    "specialties",
    "tasks",
    "ticks",
    "visit_types",
]
