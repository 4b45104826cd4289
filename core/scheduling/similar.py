"""Visits so much alike that a second one may be a mistake: asked about, never refused."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.clock import instant
from core.scheduling.appointments import Appointment, upcoming
from core.scheduling.catalogue import Catalogue
from core.scheduling.search import Slot


def similar_visits(
    connection: Connection, slot: Slot, patient_id: int, *, catalogue: Catalogue, now: datetime
) -> list[Appointment]:
    """Return the patient's visits ahead with the same practitioner, or with another of the same
    specialty, within `similar_visit_days` of the slot; the next one first."""
    days = timedelta(days=catalogue.rules_at(slot.location_id).similar_visit_days)
    starts_at = instant(slot.starts_at)
    alike = {slot.practitioner_id}.union(
        *(people for people in catalogue.specialties.values() if slot.practitioner_id in people)
    )
    return [
        visit
        for visit in upcoming(connection, patient_ids=[patient_id], now=now)
        if visit.practitioner_id in alike and abs(visit.starts_at - starts_at) <= days
    ]
