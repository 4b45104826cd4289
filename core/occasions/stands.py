"""Whether what an occasion tells of is still so: asked when it is put into words, and once more
when these are sent. One rule for both: else one would say for ever what the other takes back.
"""

from sqlalchemy import Connection, and_, case, exists, select

from core.models import appointments, delays, occasions
from core.models.appointments import AppointmentStatus
from core.models.occasions import OccasionKind, OccasionState
from core.scheduling.statuses import ARRIVED, CONFIRMED, EXPECTED, SCHEDULED

NEWS = (OccasionKind.BOOKED, OccasionKind.MOVED, OccasionKind.CANCELLED)

_newer = occasions.alias("newer")
_is_overtaken = exists().where(
    _newer.c.appointment_id == occasions.c.appointment_id,
    _newer.c.id > occasions.c.id,
    _newer.c.kind.in_(NEWS),
    _newer.c.state != OccasionState.WITHDRAWN,
)
_status = appointments.c.status
# Whoever waits for a visit to begin: at home, on the way, in the waiting room.
WAITING = (SCHEDULED, CONFIRMED, ARRIVED)
_is_late_yet = and_(
    _status.in_(WAITING),
    appointments.c.starts_at == occasions.c.was_starts_at,
    appointments.c.practitioner_id == occasions.c.was_practitioner_id,
    appointments.c.location_id == occasions.c.was_location_id,
    exists().where(delays.c.id == occasions.c.delay_id, delays.c.replaced_at.is_(None)),
)
# Of an occasion and its appointment; of other kinds nothing is known here.
STANDS = case(
    (
        occasions.c.kind.in_((OccasionKind.BOOKED, OccasionKind.MOVED)),
        and_(_status.in_(EXPECTED), ~_is_overtaken),
    ),
    (
        occasions.c.kind == OccasionKind.CANCELLED,
        and_(_status.not_in(EXPECTED), ~_is_overtaken),
    ),
    # Nor is one told of a delay whose number has changed since, or of a visit that has moved.
    (occasions.c.kind == OccasionKind.RUNNING_LATE, _is_late_yet),
    (occasions.c.kind == OccasionKind.VISIT_OVER, _status == AppointmentStatus.COMPLETED),
    (occasions.c.kind == OccasionKind.VISIT_MISSED, _status == AppointmentStatus.NO_SHOW),
    else_=True,
)


def stands(connection: Connection, occasion_id: int) -> bool:
    """Tell whether an occasion about a visit may still be told of it."""
    found = select(occasions.c.id).join_from(
        occasions, appointments, appointments.c.id == occasions.c.appointment_id
    )
    return connection.scalar(found.where(occasions.c.id == occasion_id, STANDS)) is not None
