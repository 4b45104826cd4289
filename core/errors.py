"""What can go wrong in the clinic's own terms. Messages name rules and times, never a patient."""


class ClinicError(Exception):
    """A wish that the clinic cannot fulfil; the message says why and is safe to log."""


class SlotTaken(ClinicError):  # noqa: N818 - named for what happened, as the guard in the database is
    """Another live appointment of this practitioner (and seat) overlaps."""


class PatientBusy(ClinicError):  # noqa: N818
    """The patient has another live appointment at that time."""


class SlotInPast(ClinicError):  # noqa: N818
    """The slot starts before now plus the minimum notice."""


class VisitBegun(ClinicError):  # noqa: N818
    """The visit has begun: a patient can neither move nor cancel it any more."""


class BeyondHorizon(ClinicError):  # noqa: N818
    """The slot lies further ahead than the clinic plans."""


class OutsideSchedule(ClinicError):  # noqa: N818
    """No schedule covers the slot, or a break, an absence or a holiday takes it."""


class NotOffered(ClinicError):  # noqa: N818
    """This practitioner does not offer that visit type there, or not to patients."""


class TooManyOpenVisits(ClinicError):  # noqa: N818
    """The patient already has as many visits ahead as the clinic allows."""


class TooManyNewPatients(ClinicError):  # noqa: N818
    """This address has registered as many new patients today as the clinic allows."""


class AppointmentNotFound(ClinicError):  # noqa: N818
    """There is no such appointment for whoever asks; it may exist for others."""


class AppointmentChanged(ClinicError):  # noqa: N818
    """The appointment is no longer what the caller saw (its version has moved on)."""


class IllegalStatusChange(ClinicError):  # noqa: N818
    """The table of statuses does not allow this step."""


class NaiveDatetime(ClinicError, ValueError):  # noqa: N818
    """A datetime without a zone reached a place that needs an instant."""


class NotMigrated(ClinicError):  # noqa: N818
    """The database lacks the schema; `frontdesk migrate` makes it."""


class NoClinic(ClinicError):  # noqa: N818
    """The database holds no clinic yet; `frontdesk setup` makes one."""
