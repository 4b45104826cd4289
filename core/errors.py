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


class SeesOtherAges(ClinicError):  # noqa: N818
    """That practitioner sees patients of another age: the children's doctor, an adult."""


class MustCall(ClinicError):  # noqa: N818
    """The patient has missed so many visits that only staff may book the next one."""


class TooLateToCancel(ClinicError):  # noqa: N818
    """The visit is so near that a patient must call to cancel or move it."""


class TooManyOpenVisits(ClinicError):  # noqa: N818
    """The patient already has as many visits ahead as the clinic allows."""


class TooManyNewPatients(ClinicError):  # noqa: N818
    """This address has registered as many new patients today as the clinic allows."""


class TooManyCodes(ClinicError):  # noqa: N818
    """This address has asked for as many codes today as it may, or tried one in vain too often."""


class TooManyWaits(ClinicError):  # noqa: N818
    """The patient waits for as many times as the clinic allows."""


class WaitNotFound(ClinicError):  # noqa: N818
    """The patient does not wait for that, or does not any more."""


class OfferNotFound(ClinicError):  # noqa: N818
    """No time was offered to anybody under that id."""


class OfferGone(ClinicError):  # noqa: N818
    """The time that was offered is not to be had any more: somebody else was quicker, or the visit
    that would move up is as early by now."""


class PatientNotFound(ClinicError):  # noqa: N818
    """There is no such patient."""


class AppointmentNotFound(ClinicError):  # noqa: N818
    """There is no such appointment for whoever asks; it may exist for others."""


class AppointmentChanged(ClinicError):  # noqa: N818
    """The appointment is no longer what the caller saw (its version has moved on)."""


class IllegalStatusChange(ClinicError):  # noqa: N818
    """The table of statuses does not allow this step."""


class NothingToUndo(ClinicError):  # noqa: N818
    """Nothing was done lately by whoever asks that could be undone."""


class TaskNotFound(ClinicError):  # noqa: N818
    """No task of that number waits for staff."""


class TaskClosed(ClinicError):  # noqa: N818
    """Somebody else sees to the task."""


class UnknownStaff(ClinicError):  # noqa: N818
    """Nobody of the clinic's staff has that name."""


class NothingToFindBy(ClinicError, ValueError):  # noqa: N818
    """Nothing was said by which a patient could be found; the message says what was expected."""


class UsernameTaken(ClinicError, ValueError):  # noqa: N818
    """Somebody of staff, or who was, has that name already."""


class UnfitSetting(ClinicError, ValueError):  # noqa: N818
    """A setting may not have that value; the message says what was expected."""


class SettingChanged(ClinicError):  # noqa: N818
    """Somebody has changed the setting since it was shown."""


class WeakPin(ClinicError, ValueError):  # noqa: N818
    """A PIN that others would try first; the message says what was expected."""


class StaffOnly(ClinicError):  # noqa: N818
    """Only a member of staff may do that."""


class StandingChanged(ClinicError):  # noqa: N818
    """Somebody else has decided meanwhile how the clinic stands to the patient."""


class RecordRestricted(ClinicError):  # noqa: N818
    """Only named staff may see that record, or who opens it with a reason."""

    def __init__(self, patient_id: int) -> None:
        super().__init__("only named staff may see that record, or who opens it with a reason")
        self.patient_id = patient_id


class RecordMerged(ClinicError):  # noqa: N818
    """That record went into another one: it was the same person's."""


class CannotMerge(ClinicError):  # noqa: N818
    """Two records can't become one as they are. `obstacles`: all that stands in the way."""

    def __init__(self, obstacles: tuple[str, ...]) -> None:
        super().__init__(f"what stands in the way: {', '.join(obstacles)}")
        self.obstacles = obstacles


class ReasonMissing(ClinicError, ValueError):  # noqa: N818
    """What staff do needs a reason, and none was given."""


class BroadcastNotFound(ClinicError):  # noqa: N818
    """There is no such broadcast for whoever asks."""


class BroadcastDecided(ClinicError):  # noqa: N818
    """It was agreed to, or stopped, before: nothing goes out twice."""


class ImpossibleGroup(ClinicError, ValueError):  # noqa: N818
    """A group that nobody can be in; the message says what was expected."""


class ImpossibleHours(ClinicError, ValueError):  # noqa: N818
    """Hours that no calendar can hold; the message says which, and what was expected."""


class NaiveDatetime(ClinicError, ValueError):  # noqa: N818
    """A datetime without a zone reached a place that needs an instant."""


class NotMigrated(ClinicError):  # noqa: N818
    """The database lacks the schema; `frontdesk migrate` makes it."""


class NoClinic(ClinicError):  # noqa: N818
    """The database holds no clinic yet; `frontdesk setup` makes one."""


class TemplateUnfit(ClinicError):  # noqa: N818
    """A template that the clinic has made itself can't be filled as the clinic file says."""
