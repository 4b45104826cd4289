"""What may be changed of somebody who waits, or of where they asked."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, update

from core.models import addresses, patient_addresses, patients
from tests.core.waitlist.words import Waiter

Change = Callable[[Connection, Waiter], None]


def patient_is(**values: Any) -> Change:
    def change(connection: Connection, one: Waiter) -> None:
        row = patients.c.id == one.patient_id
        connection.execute(update(patients).where(row).values(**values))

    return change


def link_is(**values: Any) -> Change:
    def change(connection: Connection, one: Waiter) -> None:
        row = patient_addresses.c.address_id == one.address_id
        connection.execute(update(patient_addresses).where(row).values(**values))

    return change


def address_is(**values: Any) -> Change:
    def change(connection: Connection, one: Waiter) -> None:
        row = addresses.c.id == one.address_id
        connection.execute(update(addresses).where(row).values(**values))

    return change
