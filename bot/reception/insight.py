"""What one address may see of the clinic's books: for whom it speaks, and which of their visits.

An address that is proved for a patient, and has the right, sees all that is theirs. One that merely
said who they are sees what it booked itself; the rest is hidden, so that no answer tells whether it
exists. A confidential visit is the patient's own: nobody who speaks for them sees it.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.dialogue.commands import FindSlots
from bot.dialogue.values import KnownPerson, Refusal, Slot, Visit
from bot.reception.finding import core_slot, overlap
from bot.understanding.values import Person
from core.database.types import MICROSECOND
from core.models.people import Standing, Trust
from core.occasions.due import Carried, told_at
from core.occasions.whom import told
from core.people.links import Link, people_at
from core.scheduling.acquaintance import Acquaintance, acquaintance
from core.scheduling.appointments import Appointment, by_id, latest, upcoming
from core.scheduling.availability import find_offer
from core.scheduling.catalogue import Catalogue
from core.scheduling.missed import missed_visits
from core.scheduling.similar import similar_visits
from core.scheduling.statuses import OPEN

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

    def sees_all(self, patient_id: int | None) -> bool:
        link = self.link(patient_id)
        return link is not None and link.sees_all

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
            booked_by_address_id=None if link.sees_all else self._address_id,
            confidential=link.is_self,
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
        seen = self._seen(self.people())
        return [self.visit(each) for each in sorted(seen, key=lambda each: each.starts_at)]

    def _seen(self, links: Collection[Link]) -> list[Appointment]:
        """Return the visits ahead of these people that this address may see."""
        whole = [link.patient_id for link in links if link.sees_all]
        partly = [link.patient_id for link in links if not link.sees_all]
        found: list[Appointment] = []
        if whole:
            found += upcoming(self._connection, patient_ids=whole, now=self._now)
        if partly:
            found += upcoming(
                self._connection,
                patient_ids=partly,
                now=self._now,
                booked_by_address_id=self._address_id,
            )
        own = {link.patient_id for link in links if link.is_self}
        return [each for each in found if each.patient_id in own or not each.is_confidential]

    def sees(self, visit: Visit) -> bool:
        """Tell whether that is one of the visits that this address may see, or was reminded of."""
        return visit.key in {each.key for each in self.visits()} or self._answers(visit.key)

    def as_they_are(self, visits: Collection[Visit]) -> list[Visit]:
        """Return those of these visits that are still ahead and that this address may answer for,
        as they are now, the next one first."""
        if not visits:
            return []
        seen = {each.key: each for each in self.visits()}
        found = [seen.get(each.key) or self._reminded_of(each.key) for each in visits]
        ahead = [each for each in found if each is not None and each.starts_at > self._now]
        return sorted(ahead, key=lambda each: each.starts_at)

    def as_told(self, carried: Carried) -> Visit:
        """Return a visit as a reminder spoke of it; it may have another time by now."""
        visit = self.visit(by_id(self._connection, carried.appointment_id))
        return replace(visit, starts_at=carried.starts_at)

    def _reminded_of(self, key: int) -> Visit | None:
        """Return a visit that staff's own entry has us tell of here, and that is no more shown than
        told."""
        appointment = by_id(self._connection, key)
        is_ahead = appointment.status in OPEN and self._answers(key)
        return self.visit(appointment) if is_ahead else None

    def _answers(self, key: int) -> bool:
        """Tell whether this address was reminded of the visit, and would be again."""
        if not told_at(self._connection, self._address_id, [key]):
            return False
        return self._address_id in told(self._connection, by_id(self._connection, key), self._now)

    def speaks_for(self, visit: Visit) -> bool:
        """Tell whether the address still speaks for the patient of a visit that it saw before."""
        return self.link(visit.patient) is not None

    def may_know_of(self, appointment: Appointment) -> bool:
        """Tell whether this address may be spoken to about an appointment, be it over or ahead."""
        link = self.link(appointment.patient_id)
        if link is None or (appointment.is_confidential and not link.is_self):
            return False
        return link.sees_all or appointment.booked_by_address_id == self._address_id

    def last_visit(
        self,
        patient_id: int | None,
        specialty: str | None,
        *,
        delicate: Collection[int] | None = None,
    ) -> Appointment | None:
        """Return the last visit of that patient that this address may know of, to somebody of that
        specialty; of nobody in particular, that of the writer, else of whoever came last.

        With `delicate`, none that is confidential or with one of those: it is we who bring it up.
        """
        trained = self._catalogue.specialties.get(specialty or "")
        of_one = self.link(patient_id)
        links = self.people() if patient_id is None else [of_one] if of_one else []
        visits: list[Appointment] = []
        for link in links:
            theirs = latest(
                self._connection,
                patient_ids=[link.patient_id],
                now=self._now,
                booked_by_address_id=None if link.sees_all else self._address_id,
            )
            known = [each for each in theirs if self.may_know_of(each)]
            if delicate is not None:
                known = [
                    each
                    for each in known
                    if not each.is_confidential and each.practitioner_id not in delicate
                ]
            visits += [
                each for each in known if trained is None or each.practitioner_id in trained
            ][:1]
        own = {link.patient_id for link in links if link.is_self}
        visits.sort(key=lambda each: (each.patient_id in own, each.starts_at))
        return visits[-1] if visits else None

    def hidden(self, patient_id: int | None) -> list[Appointment]:
        """Return the patient's visits that this address may not see: their time is just not
        free."""
        link = self.link(patient_id)
        if link is None or (link.sees_all and link.is_self):
            return []
        ahead = upcoming(self._connection, patient_ids=[link.patient_id], now=self._now)
        seen = {each.id for each in self._seen([link])} if ahead else ()
        return [each for each in ahead if each.id not in seen]

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
        if self.sees_all(patient_id):
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
        link = self.link(patient_id)
        is_proved = link is not None and link.trust == Trust.PROVED
        limit = rules.open_visits_proved if is_proved else rules.open_visits_claimed
        # Those that this address may not know of do not count against it.
        return limit + len(self.hidden(patient_id))

    def beside(self, slot: Slot, patient_id: int | None) -> Visit | None:
        """Return the patient's visit that this one would be much like, if it may be spoken of."""
        link = self.link(patient_id)
        if patient_id is None or link is None:
            return None
        similar = similar_visits(
            self._connection,
            core_slot(slot),
            patient_id,
            catalogue=self._catalogue,
            now=self._now,
        )
        seen = {each.id for each in self._seen([link])} if similar else ()
        ahead = (each for each in similar if each.id in seen and each.starts_at > self._now)
        return next((self.visit(each) for each in ahead), None)

    def missed_lately(self, slot: Slot, patient_id: int) -> int:
        """Return how many missed visits the patient is to be reminded of; 0: of none."""
        reminds_from = self._catalogue.rules_at(slot.location).remind_from_missed_visits
        is_emergency = self._catalogue.visit_type(slot.visit_type).is_emergency
        link = self.link(patient_id)
        may_hear = link is not None and link.sees_all and link.is_self
        if not reminds_from or is_emergency or not may_hear:
            return 0
        missed = missed_visits(
            self._connection, patient_id, catalogue=self._catalogue, now=self._now
        )
        return missed.count if missed.count >= reminds_from else 0


def known_person(link: Link) -> KnownPerson:
    """Return the person in the dialogue's words."""
    relation = Person(link.relation) if link.relation in list(Person) else Person.OTHER
    return KnownPerson(link.patient_id, link.name, relation, is_proved=link.sees_all)
