"""Which status of an appointment may follow which."""

from collections.abc import Mapping

from core.errors import IllegalStatusChange
from core.models.appointments import AppointmentStatus

PENDING = AppointmentStatus.PENDING
HELD = AppointmentStatus.HELD
SCHEDULED = AppointmentStatus.SCHEDULED
CONFIRMED = AppointmentStatus.CONFIRMED
ARRIVED = AppointmentStatus.ARRIVED
COMPLETED = AppointmentStatus.COMPLETED
CANCELLED = AppointmentStatus.CANCELLED
NO_SHOW = AppointmentStatus.NO_SHOW
EXPIRED = AppointmentStatus.EXPIRED
ENTERED_IN_ERROR = AppointmentStatus.ENTERED_IN_ERROR

# A status that follows itself is a visit that moved. One that was confirmed and moves is only
# scheduled again: nobody has confirmed the new time.
ALLOWED: Mapping[AppointmentStatus, frozenset[AppointmentStatus]] = {
    HELD: frozenset({PENDING, SCHEDULED, EXPIRED}),
    PENDING: frozenset({PENDING, SCHEDULED, CANCELLED, ENTERED_IN_ERROR}),
    SCHEDULED: frozenset(
        {SCHEDULED, CONFIRMED, ARRIVED, COMPLETED, CANCELLED, NO_SHOW, ENTERED_IN_ERROR}
    ),
    CONFIRMED: frozenset({SCHEDULED, ARRIVED, COMPLETED, CANCELLED, NO_SHOW, ENTERED_IN_ERROR}),
    # Staff correct what they marked too early; back to what it was by undoing.
    ARRIVED: frozenset({SCHEDULED, CONFIRMED, COMPLETED, CANCELLED, ENTERED_IN_ERROR}),
    COMPLETED: frozenset({SCHEDULED, CONFIRMED, ARRIVED, NO_SHOW, ENTERED_IN_ERROR}),
    NO_SHOW: frozenset({SCHEDULED, CONFIRMED, ARRIVED, COMPLETED, ENTERED_IN_ERROR}),
    # Back to what it was, while whoever cancelled may still undo it.
    CANCELLED: frozenset({PENDING, SCHEDULED, CONFIRMED, ARRIVED, ENTERED_IN_ERROR}),
    EXPIRED: frozenset(),
    ENTERED_IN_ERROR: frozenset(),
}

# A visit that somebody is expected for, or that waits for the clinic's word.
OPEN = (PENDING, SCHEDULED, CONFIRMED, ARRIVED)
# Of these, one that is still ahead.
EXPECTED = (PENDING, SCHEDULED, CONFIRMED)


def require_change(before: AppointmentStatus, after: AppointmentStatus) -> None:
    """Raise IllegalStatusChange unless `after` may follow `before`."""
    if after not in ALLOWED[before]:
        raise IllegalStatusChange(f"{after} may not follow {before}")


def after_moving(status: AppointmentStatus) -> AppointmentStatus:
    """Return the status of a visit once it has moved; raises IllegalStatusChange for one that is
    over, called off or already going on."""
    if status not in (PENDING, SCHEDULED, CONFIRMED):
        raise IllegalStatusChange(f"a visit that is {status} does not move")
    return PENDING if status is PENDING else SCHEDULED
