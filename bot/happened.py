"""What a turn changed, in the clinic's own words, for whoever listens (`frontdesk chat --json`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.directory import Directory
from core.scheduling.appointments import Appointment


@dataclass(frozen=True, slots=True)
class Happened:
    """One change; `facts` are public."""

    type: str
    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type, **self.facts}


def facts_of(
    appointment: Appointment, directory: Directory, patient_name: str | None
) -> dict[str, Any]:
    """Return what may be told of an appointment outside."""
    location = appointment.location_id
    return {
        "appointment": appointment.public_id,
        "practitioner": directory.practitioner(appointment.practitioner_id).name,
        "location": directory.location(location).name,
        "visit_type": directory.visit_type(appointment.visit_type_id).name(directory.languages[0]),
        "patient": patient_name,
        "starts_at": local(appointment.starts_at, directory, location),
        "ends_at": local(appointment.ends_at, directory, location),
    }


def local(at: datetime, directory: Directory, location: int) -> str:
    """Return the instant in ISO 8601 with the offset of the location."""
    return at.astimezone(directory.location(location).zone).isoformat()
