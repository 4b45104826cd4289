"""Who one may be on a demo: newcomers, patients on file who have an address, and the clinic's own
people."""

from typing import Any

from sqlalchemy import Connection, select

from bot.messages import Channel
from core.models import addresses, patient_addresses, patients
from core.models.people import Standing
from core.staff.members import members

ON_FILE = 6
STAFF_CHATS = 900_000_000  # No patient's chat of the demo has such a number.
LONGEST_WEB_NAME = 24

# Numbers from 555-01xx are kept for fiction; these are not the demo clinic's own.
NEWCOMERS = (
    {"name": "Ana Ruiz", "phone": "+14155550142", "telegram": "415550142", "web": "ana"},
    {"name": "Ben Carter", "phone": "+14155550157", "telegram": "415550157", "web": "ben"},
    {"name": "Chloe Martin", "phone": "+16025550176", "telegram": "602550176", "web": "chloe"},
    {"name": "Dev Shah", "phone": "+16025550191", "telegram": "602550191", "web": "dev"},
)
PLAYED = {value for person in NEWCOMERS for value in person.values()}


def ready_made_people(connection: Connection) -> list[dict[str, Any]]:
    """Return names with their address on each channel, newcomers first, staff last."""
    newcomers = [
        {
            "name": person["name"],
            "on_file": False,
            "addresses": {
                Channel.SMS: person["phone"],
                Channel.WHATSAPP: person["phone"],
                Channel.TELEGRAM: person["telegram"],
                Channel.WEB: person["web"],
            },
        }
        for person in NEWCOMERS
    ]
    return [*newcomers, *_patients_on_file(connection), *_staff(connection)]


def _staff(connection: Connection) -> list[dict[str, Any]]:
    """They write in private chats of a messenger, never by SMS."""
    return [
        {
            "name": member.name,
            "on_file": True,
            "staff": member.username,
            "addresses": {
                Channel.TELEGRAM: str(STAFF_CHATS + member.id),
                Channel.WEB: f"{member.username}-at-the-desk"[:LONGEST_WEB_NAME],
            },
        }
        for member in members(connection)
        if member.grants
    ]


def _patients_on_file(connection: Connection) -> list[dict[str, Any]]:
    query = (
        select(
            patients.c.id,
            patients.c.first_name,
            patients.c.last_name,
            addresses.c.channel,
            addresses.c.address,
        )
        .join(patient_addresses, patient_addresses.c.patient_id == patients.c.id)
        .join(addresses, addresses.c.id == patient_addresses.c.address_id)
        .where(
            patients.c.standing == Standing.ACTIVE,
            patients.c.is_active,
            patient_addresses.c.until.is_(None),
            addresses.c.channel.in_(list(Channel)),
        )
        .order_by(patients.c.id)
    )
    people: dict[int, dict[str, Any]] = {}
    for row in connection.execute(query):
        if row.address in PLAYED:
            continue  # A newcomer who has registered meanwhile, and may have done so for a child.
        if row.id not in people and len(people) == ON_FILE:
            break
        name = f"{row.first_name} {row.last_name}"
        person = people.setdefault(row.id, {"name": name, "on_file": True, "addresses": {}})
        person["addresses"].setdefault(row.channel, row.address)
    return list(people.values())
