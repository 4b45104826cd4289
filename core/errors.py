"""What can go wrong in the clinic's own terms. Messages name rules and times, never a patient."""


class ClinicError(Exception):
    """A wish that the clinic cannot fulfil; the message says why and is safe to log."""


class SlotTaken(ClinicError):  # noqa: N818 - named for what happened, as the guard in the database is
    """Another live appointment of this practitioner (and seat) overlaps."""


class ResourceTaken(ClinicError):  # noqa: N818
    """Every room or device that the visit would need is taken at that time."""


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


class UnknownPractitioner(ClinicError):  # noqa: N818
    """No active practitioner has that id."""


class UnknownVisitType(ClinicError):  # noqa: N818
    """No active visit type has that id."""


class UnknownLocation(ClinicError):  # noqa: N818
    """No active location has that id."""


class NotOffered(ClinicError):  # noqa: N818
    """This practitioner does not offer that visit type there on that day, or not to patients."""


class NotReleasedYet(ClinicError):  # noqa: N818
    """The slot is kept for those who need to be seen soon, and it is too early to book it."""


class DayFull(ClinicError):  # noqa: N818
    """The practitioner sees no more patients on that day."""


class NoNewPatients(ClinicError):  # noqa: N818
    """That visit type is for patients whom the clinic knows already."""


class AgeOutsideRange(ClinicError):  # noqa: N818
    """That visit type is for patients of another age."""


class MustCall(ClinicError):  # noqa: N818
    """The patient has missed so many visits that only staff may book the next one."""


class TooLateToCancel(ClinicError):  # noqa: N818
    """The visit is so near that a patient must call to cancel or move it."""


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


class NothingToUndo(ClinicError):  # noqa: N818
    """Nothing was done lately by whoever asks that could be undone."""


class StaffOnly(ClinicError):  # noqa: N818
    """Only a member of staff may do that."""


class ImpossibleHours(ClinicError, ValueError):  # noqa: N818
    """Hours that no calendar can hold; the message says which, and what was expected."""


class NaiveDatetime(ClinicError, ValueError):  # noqa: N818
    """A datetime without a zone reached a place that needs an instant."""


class NotMigrated(ClinicError):  # noqa: N818
    """The database lacks the schema; `frontdesk migrate` makes it."""


class NoClinic(ClinicError):  # noqa: N818
    """The database holds no clinic yet; `frontdesk setup` makes one."""
