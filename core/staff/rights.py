"""Who may do what, and where: one table. What does not stand in it nobody may."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.models.staff import Role


class Deed(StrEnum):
    """What staff do at the desk, whatever leads to it: a command, a button, a click."""

    OWN_CHAT = "own_chat"  # Help, one's own PIN, locking the chat.
    SEE_DAY = "see_day"
    MARK_VISIT = "mark_visit"  # Arrived, completed, missed.
    BOOK = "book"  # Book, move and call off for others.
    FIND = "find"  # Look somebody up.
    BLOCK_TIME = "block_time"  # Somebody is away for a while.
    SICK_DAY = "sick_day"  # And their patients are given other times, all at once.
    RUN_LATE = "run_late"  # Patients who wait are told that somebody runs late.
    HOURS = "hours"  # See working hours, and add some on a day; nobody who is booked is touched.
    CHANGE_HOURS = "change_hours"  # Another week from a day on, and whatever leaves visits outside.
    REPORT = "report"  # Numbers; nobody is named.
    EXPORT = "export"  # Visits as a file; only where the clinic allows it.
    TASKS = "tasks"  # Whom to call, and what else no message could settle.
    ANSWER_PATIENT = "answer_patient"  # Who asked for a person.
    BROADCAST = "broadcast"  # Write to many patients at once.
    INVITE = "invite"
    STANDING = "standing"  # How the clinic stands to a patient: blocked, restricted, deceased.
    REVIEW = "review"  # Whether a restricted record was opened for a good reason; who is named.
    MERGE = "merge"  # Two records that are one person's.
    SETTINGS = "settings"  # See hours, texts, rules of the clinic, and who changed them.
    CHANGE_SETTING = "change_setting"


class Extent(StrEnum):
    OWN = "own"  # Their own calendar, and those who come to them.
    PLACES = "places"  # Of the locations and departments for which they have the role.


_HERE, _OWN = Extent.PLACES, Extent.OWN

# Deed -> role -> how far. A super admin's places are all of them.
RIGHTS: Mapping[Deed, Mapping[Role, Extent]] = {
    Deed.OWN_CHAT: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _HERE,
    },
    Deed.SEE_DAY: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.MARK_VISIT: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.BOOK: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.FIND: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.BLOCK_TIME: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.SICK_DAY: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.RUN_LATE: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.HOURS: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    # Not their own either: rooms and colleagues are planned around the week, and the clinic agrees
    # on it with them. Who can't come blocks the time.
    Deed.CHANGE_HOURS: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
    },
    Deed.REPORT: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.EXPORT: {Role.SUPER_ADMIN: _HERE, Role.ADMIN: _HERE},
    Deed.TASKS: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
        Role.PRACTITIONER: _OWN,
    },
    Deed.ANSWER_PATIENT: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
    },
    # In the clinic's name, to many, and not to be unsaid: that is for whoever runs the desk.
    Deed.BROADCAST: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
    },
    Deed.INVITE: {Role.SUPER_ADMIN: _HERE, Role.ADMIN: _HERE},
    Deed.STANDING: {
        Role.SUPER_ADMIN: _HERE,
        Role.ADMIN: _HERE,
        Role.RECEPTIONIST: _HERE,
    },
    Deed.REVIEW: {Role.SUPER_ADMIN: _HERE, Role.ADMIN: _HERE},
    Deed.MERGE: {Role.SUPER_ADMIN: _HERE, Role.ADMIN: _HERE},
    Deed.SETTINGS: {Role.SUPER_ADMIN: _HERE, Role.ADMIN: _HERE},
    Deed.CHANGE_SETTING: {Role.SUPER_ADMIN: _HERE, Role.ADMIN: _HERE},
}
# Before these a PIN is asked for, unless it has just been given.
NEEDS_PIN = frozenset(
    {
        Deed.FIND,
        Deed.SICK_DAY,
        Deed.BROADCAST,
        Deed.CHANGE_HOURS,
        Deed.INVITE,
        Deed.STANDING,
        Deed.REVIEW,
        Deed.MERGE,
        Deed.CHANGE_SETTING,
        Deed.EXPORT,
    }
)
# What comes of these names no patient: it may stay on a screen.
NAMES_NOBODY = frozenset(
    {Deed.OWN_CHAT, Deed.HOURS, Deed.REPORT, Deed.INVITE, Deed.SETTINGS, Deed.CHANGE_SETTING}
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, and where: both None is the whole organization."""

    role: Role
    location_id: int | None = None
    department_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sphere:
    """How far somebody's right to a deed goes. `everywhere`: nothing is out of it; else what is in
    any of the other parts. `role`: the one that gives it, for the audit log."""

    role: Role
    everywhere: bool = False
    locations: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()
    practitioners: frozenset[int] = frozenset()
    # Who works in the departments, and where: read from the clinic, see `core.staff.members`.
    posts: frozenset[tuple[int, int]] = frozenset()

    @property
    def is_own(self) -> bool:
        """Tell whether it is nothing but calendars of their own."""
        return not (self.everywhere or self.locations or self.departments)

    def covers(self, practitioner_id: int, location_id: int) -> bool:
        """Tell whether a visit to that practitioner there lies in it."""
        return (
            self.everywhere
            or practitioner_id in self.practitioners
            or location_id in self.locations
            or (practitioner_id, location_id) in self.posts
        )


def sphere_of(
    deed: Deed,
    grants: tuple[Grant, ...],
    practitioner_id: int | None,
    *,
    practitioners_see_all: bool = False,
) -> Sphere | None:
    """Return how far somebody with these roles may do that, None: not at all. `practitioner_id`:
    who they are in the calendar; `practitioners_see_all`: the clinic's rule that a practitioner's
    role reaches as far as a receptionist's."""
    row = RIGHTS.get(deed, {})
    held = [grant for role in Role for grant in grants if grant.role is role and role in row]
    everywhere = False
    locations: set[int] = set()
    departments: set[int] = set()
    practitioners: set[int] = set()
    for grant in held:
        if row[grant.role] is Extent.OWN and not practitioners_see_all:
            practitioners |= {practitioner_id} if practitioner_id is not None else set()
        elif grant.role is Role.SUPER_ADMIN:
            everywhere = True
        elif grant.department_id is not None:
            departments.add(grant.department_id)
        elif grant.location_id is not None:
            locations.add(grant.location_id)
        else:
            everywhere = True
    if not (everywhere or locations or departments or practitioners):
        return None
    return Sphere(
        held[0].role,
        everywhere,
        frozenset(locations),
        frozenset(departments),
        frozenset(practitioners),
    )


def may_invite(inviter: tuple[Grant, ...], invited: tuple[Grant, ...]) -> bool:
    """Tell whether somebody may hand over the rights of somebody else: nobody opens by an
    invitation what is not open to themselves."""
    if any(grant.role is Role.SUPER_ADMIN for grant in inviter):
        return True
    own = [grant for grant in inviter if grant.role is Role.ADMIN]
    return all(
        grant.role is not Role.SUPER_ADMIN and any(_holds(mine, grant) for mine in own)
        for grant in invited
    )


def _holds(mine: Grant, theirs: Grant) -> bool:
    if mine.location_id is None and mine.department_id is None:
        return True
    where = (mine.location_id, mine.department_id)
    return where == (theirs.location_id, theirs.department_id)
