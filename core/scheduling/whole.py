"""A change of the calendar is whole or nothing, and a guard's refusal speaks the clinic's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from core.database.guards import PATIENT_BUSY, RESOURCE_TAKEN, SLOT_TAKEN, violated_guard
from core.database.savepoint import savepoint
from core.errors import ClinicError, PatientBusy, ResourceTaken, SlotTaken

_REFUSALS: dict[str | None, ClinicError] = {
    SLOT_TAKEN: SlotTaken("another visit of this practitioner overlaps"),
    PATIENT_BUSY: PatientBusy("the patient has another visit at that time"),
    RESOURCE_TAKEN: ResourceTaken("another visit has that room or device at that time"),
}


@contextmanager
def all_or_nothing(connection: Connection) -> Iterator[None]:
    """Undo everything inside when it ends with an error, and nothing outside; a guard's refusal
    becomes SlotTaken, PatientBusy or ResourceTaken."""
    try:
        with savepoint(connection):
            yield
    except IntegrityError as error:
        refusal = _REFUSALS.get(violated_guard(error))
        if refusal is None:
            raise
        raise type(refusal)(*refusal.args) from error
