"""What one address may see of the clinic's books: for whom it speaks, and which of their visits.

An address that is proved for a patient sees all that is theirs. One that merely said who they are
sees what it booked itself; the rest is hidden, so that no answer tells whether it exists.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.dialogue.commands import FindSlots
from bot.dialogue.values import KnownPerson, Refusal, Slot, Visit
from bot.finding import core_slot, overlap
from bot.understanding.values import Person
from core.database.types import MICROSECOND
from core.models.people import Standing, Trust
from core.patients import Link, people_at
from core.scheduling.acquaintance import Acquaintance, acquaintance
from core.scheduling.appointments import Appointment, upcoming
from core.scheduling.availability import find_offer
from core.scheduling.catalogue import Catalogue
from core.scheduling.missed import missed_visits
from core.scheduling.similar import similar_visits

STRANGER = Acquaintance(is_known=False, born=None, practitioners=())


class Insight:
    """The view of one address at one moment."""

    def __init__(
        self, connection: Connection, catalogue: Catalogue, address_id: int, now: datetime
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._address_id = address_id
        self._now = now
        self._people: list[Link] | None = None

    # People

    def people(self) -> list[Link]:
        """Return whom the address may book for; read once, and again after `forget`."""
        if self._people is None:
            self._people = people_at(self._connection, self._address_id, self._now)
        return self._people

    def forget(self) -> None:
        self._people = None

    def link(self, patient_id: int | None) -> Link | None:
        return next((link for link in self.people() if link.patient_id == patient_id), None)

    def is_proved(self, patient_id: int | None) -> bool:
        link = self.link(patient_id)
        return link is not None and link.trust == Trust.PROVED

    def is_blocked(self, patient_id: int | None) -> bool:
        link = self.link(patient_id)
        return link is not None and link.standing == Standing.BLOCKED

    def acquaintance(self, patient_id: int | None) -> Acquaintance:
        """Return what may show of the patient when slots are looked for.

        Of a claimed patient that is the birth date, which they said themselves, and the visits that
        were booked from this address: that the clinic knows them otherwise would show in what is
        offered.
        """
        link = self.link(patient_id)
        if link is None:
            return STRANGER
        return acquaintance(
            self._connection,
            link.patient_id,
            now=self._now,
            booked_by_address_id=None if link.trust == Trust.PROVED else self._address_id,
        )

    def sought(self, command: FindSlots) -> Acquaintance:
        """Return the same of the patient for whom slots are looked for, if it is known who that
        is."""
        kind = self._catalogue.visit_type(command.visit_type)
        patient = self.acquaintance(command.patient)
        if kind.new_patients or patient.is_known:
            return patient
        # A visit that there is may move, whoever would get one today; and as long as nobody is
        # named, the wish may be for somebody whom the clinic knows.
        people = self.people() if command.patient is None else []
        anybody = any(self.acquaintance(link.patient_id).is_known for link in people)
        return replace(patient, is_known=anybody or command.moves is not None)

    # Visits

    def visits(self) -> list[Visit]:
        """Return the visits ahead that this address may see, the next one first."""
        proved = [link.patient_id for link in self.people() if link.trust == Trust.PROVED]
        claimed = [link.patient_id for link in self.people() if link.trust != Trust.PROVED]
        seen: list[Appointment] = []
        if proved:
            seen += upcoming(self._connection, patient_ids=proved, now=self._now)
        if claimed:
            seen += upcoming(
                self._connection,
                patient_ids=claimed,
                now=self._now,
                booked_by_address_id=self._address_id,
            )
        return [self.visit(each) for each in sorted(seen, key=lambda each: each.starts_at)]

    def sees(self, visit: Visit) -> bool:
        """Tell whether that is one of the visits that this address may see."""
        return visit.key in {each.key for each in self.visits()}

    def may_see(self, appointment: Appointment) -> bool:
        """The same of an appointment that was read for some other reason."""
        if self.link(appointment.patient_id) is None:
            return False
        ours = appointment.booked_by_address_id == self._address_id
        return ours or self.is_proved(appointment.patient_id)

    def hidden(self, patient_id: int | None) -> list[Appointment]:
        """Return the patient's visits that this address may not see: their time is just not
        free."""
        link = self.link(patient_id)
        if link is None or link.trust == Trust.PROVED:
            return []
        ahead = upcoming(self._connection, patient_ids=[link.patient_id], now=self._now)
        return [each for each in ahead if not self.may_see(each)]

    def explains(self, slot: Slot, patient_id: int | None) -> bool:
        """Tell whether a visit that this address may see makes the patient busy at that time."""
        return any(visit.patient == patient_id and overlap(slot, visit) for visit in self.visits())

    def visit(self, appointment: Appointment) -> Visit:
        """Return the appointment in the dialogue's words."""
        link = self.link(appointment.patient_id)
        return Visit(
            key=appointment.id,
            public_id=appointment.public_id,
            version=appointment.version,
            patient=appointment.patient_id or 0,
            patient_name=link.name if link else "",
            practitioner=appointment.practitioner_id,
            location=appointment.location_id,
            visit_type=appointment.visit_type_id,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            changeable_until=self._changeable_until(appointment),
        )

    def _changeable_until(self, appointment: Appointment) -> datetime:
        rules = self._catalogue.rules_at(appointment.location_id)
        kind = self._catalogue.visit_types.get(appointment.visit_type_id)
        hours = kind.cancellation_hours(rules) if kind else rules.cancellation_notice_hours
        return appointment.starts_at - timedelta(hours=hours)

    # What the clinic's rules come to for this address

    def barred(self, slot: Slot, patient_id: int | None) -> Refusal | None:
        """Return why this address does not get the slot for that patient, whatever the calendar
        says; None if nothing is known against it."""
        if self.link(patient_id) is None:
            return None
        if self.is_blocked(patient_id):
            return Refusal.BLOCKED
        if self.is_proved(patient_id):
            return None
        if self.acquaintance(patient_id).is_known:
            return None
        # What only known patients get would tell that this one is known.
        offer = find_offer(self._catalogue, core_slot(slot))
        if not offer.visit_type.new_patients:
            return Refusal.NO_NEW_PATIENTS
        is_long = (slot.ends_at - slot.starts_at) // MICROSECOND == offer.length_new
        return None if is_long else Refusal.NOT_OFFERED

    def open_visits_limit(self, slot: Slot, patient_id: int | None) -> int:
        rules = self._catalogue.rules_at(slot.location)
        if self.is_proved(patient_id):
            return rules.open_visits_proved
        # Those that this address may not know of do not count against it.
        return rules.open_visits_claimed + len(self.hidden(patient_id))

    def beside(self, slot: Slot, patient_id: int | None) -> Visit | None:
        """Return the patient's visit that this one would be much like, if it may be spoken of."""
        if patient_id is None:
            return None
        similar = similar_visits(
            self._connection,
            core_slot(slot),
            patient_id,
            catalogue=self._catalogue,
            now=self._now,
        )
        seen = (each for each in similar if self.may_see(each))
        ahead = (each for each in seen if each.starts_at > self._now)
        return next((self.visit(each) for each in ahead), None)

    def missed_lately(self, slot: Slot, patient_id: int) -> int:
        """Return how many missed visits the patient is to be reminded of; 0: of none."""
        reminds_from = self._catalogue.rules_at(slot.location).remind_from_missed_visits
        is_emergency = self._catalogue.visit_type(slot.visit_type).is_emergency
        if not reminds_from or is_emergency or not self.is_proved(patient_id):
            return 0
        missed = missed_visits(
            self._connection, patient_id, catalogue=self._catalogue, now=self._now
        )
        return missed.count if missed.count >= reminds_from else 0


def known_person(link: Link) -> KnownPerson:
    """Return the person in the dialogue's words."""
    relation = Person(link.relation) if link.relation in list(Person) else Person.OTHER
    return KnownPerson(link.patient_id, link.name, relation)
