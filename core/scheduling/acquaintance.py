"""What the calendar knows of a patient: whether the clinic has seen them, and who did."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Boolean, Connection, bindparam, or_, select

from core.clock import instant
from core.database.types import Instant
from core.models import appointments, patients
from core.scheduling.statuses import ARRIVED, COMPLETED, CONFIRMED, SCHEDULED


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """A patient is known when they have been here, or when their record came from the clinic's
    own books."""

    is_known: bool
    born: date | None
    practitioners: tuple[int, ...]  # Whom they have seen, the last one first


_EVERYBODY = -1
_SEEN = (
    select(patients.c.date_of_birth, patients.c.external_id, appointments.c.practitioner_id)
    .select_from(patients)
    .outerjoin(
        appointments,
        (appointments.c.patient_id == patients.c.id)
        & (appointments.c.starts_at < bindparam("now", type_=Instant))
        # Not every clinic marks who came: a visit that was not cancelled or missed took place.
        & appointments.c.status.in_((SCHEDULED, CONFIRMED, ARRIVED, COMPLETED))
        & or_(
            bindparam("address", type_=appointments.c.id.type) == _EVERYBODY,
            appointments.c.booked_by_address_id == bindparam("address"),
        )
        & or_(bindparam("confidential", type_=Boolean), appointments.c.is_confidential.is_(False)),
    )
    .where(patients.c.id == bindparam("patient"))
    .order_by(appointments.c.starts_at.desc())
    .limit(50)
)


def acquaintance(
    connection: Connection,
    patient_id: int,
    *,
    now: datetime,
    booked_by_address_id: int | None = None,
    confidential: bool = True,
) -> Acquaintance:
    """Return what is known of a patient; of one who does not exist, nothing.

    With an address, only what was booked from there counts: whoever writes from there knows that
    anyway, and learns no more. `confidential`: such visits count, too.
    """
    everybody = booked_by_address_id is None
    parameters = {
        "patient": patient_id,
        "now": instant(now),
        "address": _EVERYBODY if everybody else booked_by_address_id,
        "confidential": confidential,
    }
    rows = connection.execute(_SEEN, parameters).all()
    if not rows:
        return Acquaintance(is_known=False, born=None, practitioners=())
    seen = tuple(dict.fromkeys(row.practitioner_id for row in rows if row.practitioner_id))
    from_our_books = everybody and rows[0].external_id is not None
    return Acquaintance(bool(seen) or from_our_books, rows[0].date_of_birth, seen)
