"""Maria Lopez, whom the small clinic knows: her phone, her visit, and who speaks for her."""

from datetime import datetime
from typing import Any

from bot.messages import Channel
from core.database.connect import Database
from core.models import (
    patient_addresses,
)
from tests.bot.talking import Patient, rows
from tests.builders import Clinic, a_link, an_appointment

MARIA = ("Maria Lopez", "12 March 1985")
NUMBER = "+14155550177"


def marias_phone(database: Database, clinic: Clinic) -> Patient:
    """The number that is proved hers, from which she has written before."""
    phone = Patient(database, Channel.SMS, NUMBER)
    phone.says("hi")
    with database.transaction() as connection:
        a_link(connection, clinic.patient_id, phone.own_address.id)
    return phone


def her_visit(database: Database, clinic: Clinic, **changes: Any) -> int:
    with database.transaction() as connection:
        return an_appointment(
            connection,
            patient_id=clinic.patient_id,
            practitioner_id=clinic.okafor_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=datetime.fromisoformat("2026-12-03T15:20-08:00"),
            **changes,
        )


def links(database: Database, patient: Patient) -> list[Any]:
    mine = patient.own_address.id
    return [row for row in rows(database, patient_addresses) if row.address_id == mine]


def code_in(text: str) -> str:
    return next(
        word for word in text.replace(",", " ").split() if len(word) == 6 and word.isdigit()
    )
