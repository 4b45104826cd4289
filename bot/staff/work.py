"""What it takes to do one thing for somebody of staff, and what comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Protocol

from sqlalchemy import Connection

from bot.charts import Chart
from bot.clinic import Clinic
from bot.dialogue.turn import Option, Say, say
from bot.documents import Document
from bot.happened import Happened, facts_of
from bot.staff.booking.draft import Draft
from bot.staff.reading import Asked, asked_in
from bot.staff.wording import StaffPhrasebook, called
from core import audit
from core.models.appointments import ActorKind
from core.models.audit import AuditActor
from core.models.staff import Role
from core.people.restricted import open_to
from core.scheduling.appointments import Actor, Appointment
from core.staff.day import DayVisit
from core.staff.finding import Patient, patient_of
from core.staff.members import Member, sphere_for
from core.staff.pairing import Pairing
from core.staff.rights import Deed, Sphere

# What a chat waits for where a command lacks something: then comes its name, and what it had.
ASKED_MORE = "more"
LEAVE = "leave"  # The button that does nothing of what was proposed.
# And where a button asks for words: then comes its code.
ASKED_WORDS = "words"


class Somebody(Protocol):
    """A patient, as far as they are named."""

    @property
    def first_name(self) -> str: ...

    @property
    def last_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, the buttons below it, a picture or a file beside it. `asks`: the code that a
    typed answer completes, or the command that it is given to; `waits`: what is done once the PIN
    is given; `then`: the code or command that goes on after it; `draft`: what is in hand from now
    on, and typed words are for; `is_done`: nothing is in hand any more; `ends`: the chat is
    nobody's of staff any more."""

    says: tuple[Say, ...]
    options: tuple[Option, ...] = ()
    asks: str = ""
    waits: str = ""
    then: str = ""
    picture: Chart | None = None
    document: Document | None = None
    draft: Draft | None = None
    is_done: bool = False
    ends: bool = False


@dataclass
class Work:
    """One message of somebody of staff, in its transaction. `sphere`: how far they may do what
    they are doing; what lies outside is not there for them. `words`: what was typed for a button
    that asks for words; `draft`: what they have in hand; `drafts`: how many they have begun."""

    connection: Connection
    clinic: Clinic
    pairing: Pairing
    sphere: Sphere
    book: StaffPhrasebook
    channel: str
    now: datetime
    words: str = ""
    draft: Draft | None = None
    drafts: int = 0
    happened: list[Happened] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """Who it is for the visit's events."""
        is_practitioner = self.sphere.role is Role.PRACTITIONER
        kind = ActorKind.PRACTITIONER if is_practitioner else ActorKind.ADMIN
        return Actor(kind, self.pairing.member.id, self.channel)

    @property
    def who(self) -> audit.Who:
        """Who it is for the audit log."""
        return who_is(self.pairing, self.sphere.role, self.channel)

    @property
    def today(self) -> date:
        """By the clock of the clinic's first location."""
        return self.now.astimezone(self.clinic.directory.locations[0].zone).date()

    def read(self, text: str, *, command: str = "", asked: str | None = None) -> Asked:
        """Return what a message names; see `bot.staff.reading.asked_in`."""
        directory = self.clinic.directory
        now = self.now.astimezone(directory.locations[0].zone)
        language = self.book.language
        return asked_in(text, directory, now, language, command=command, asked=asked)

    def sphere_for(self, deed: Deed) -> Sphere | None:
        """Return how far they may do something else."""
        return sphere_of_member(self.connection, self.clinic, self.pairing.member, deed)

    @cached_property
    def opened(self) -> frozenset[int]:
        """The patients whose restricted records are open to them."""
        return open_to(self.connection, self.pairing.member.id, self.now)

    def forget_opened(self) -> None:
        """Who may see which record has just changed."""
        self.__dict__.pop("opened", None)

    def sees(self, visit: DayVisit) -> bool:
        """Tell whether they may know whose visit that is."""
        return not visit.is_restricted or visit.patient_id in self.opened

    def patient(self, patient_id: int) -> Patient:
        """Return a patient who is theirs to see; raises PatientNotFound and RecordRestricted."""
        return patient_of(self.connection, self.sphere, patient_id, self.now, opened=self.opened)

    def called(self, patient: Somebody) -> str:
        """Return what stands for a patient: the clinic decides how much that is."""
        detail = self.clinic.rules.staff_chat_detail
        return called(patient.first_name, patient.last_name, detail=detail)

    def note(
        self,
        action: str,
        resource: str,
        ids: Iterable[int],
        patients: Iterable[int] = (),
        *,
        reason: str | None = None,
        is_sensitive: bool = False,
    ) -> None:
        """Write down what they have just done, whom it is about, and why where that was asked."""
        audit.record(
            self.connection,
            self.who,
            action,
            resource,
            ids,
            patients=patients,
            reason=reason,
            is_sensitive=is_sensitive,
            now=self.now,
        )

    def looked(self, resource: str, ids: Iterable[int], patients: Iterable[int]) -> None:
        """Write down whose records they have just seen."""
        self.note("looked", resource, ids, patients)

    def changed(self, action: str, visit: Appointment) -> None:
        """Write down what they did to a visit, also for whoever listens."""
        patients = [] if visit.patient_id is None else [visit.patient_id]
        self.note(action, "appointment", [visit.id], patients)
        self.tell(action, visit)

    def tell(self, action: str, visit: Appointment) -> None:
        """Tell whoever listens what became of a visit."""
        self.happened.append(Happened(action, facts_of(visit, self.clinic.directory, None)))


def sphere_of_member(
    connection: Connection, clinic: Clinic, who: Member, deed: Deed
) -> Sphere | None:
    """Return how far somebody may do that, as the clinic has it; None: not at all."""
    see_all = clinic.rules.practitioners_see == "all"
    return sphere_for(connection, who, deed, practitioners_see_all=see_all)


def who_is(pairing: Pairing, role: Role | None, channel: str) -> audit.Who:
    member = pairing.member
    return audit.Who(
        AuditActor.STAFF,
        channel=channel,
        staff_id=member.id,
        username=member.username,
        role=role,
        session=pairing.public_id,
    )


def line(text: str) -> Say:
    """Something that is in words already."""
    return say("line", text=text)
