"""What the clinic offers: who sees patients for what, how long, where and when. A value that a
process keeps, and reads anew when the database says that it has changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from core.errors import UnknownLocation, UnknownPractitioner, UnknownVisitType
from core.rules import RuleBook, Rules
from core.scheduling.offers import Offer, Person, VisitType, offer_of
from core.scheduling.search import Search
from core.scheduling.slots import Workplace


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything but the visits. What ended before `since` is left out."""

    version: int
    since: date
    rules: RuleBook
    zones: Mapping[int, ZoneInfo]  # Of the locations
    visit_types: Mapping[int, VisitType]
    persons: Mapping[int, Person]
    workplaces: Mapping[int, tuple[Workplace, ...]]  # By practitioner
    specialties: Mapping[str, frozenset[int]]  # Code -> practitioners
    resources: Mapping[tuple[int, str], tuple[int, ...]]  # Location and kind -> rooms, devices
    _offers: dict[int, Mapping[int, Offer]] = field(default_factory=dict, compare=False, repr=False)

    def visit_type(self, visit_type_id: int | None) -> VisitType:
        """Return a visit type, the default one for None; raises UnknownVisitType."""
        if visit_type_id is None:
            default = next((kind for kind in self.visit_types.values() if kind.is_default), None)
            if default is None:
                raise UnknownVisitType("the clinic has no default visit type")
            return default
        if visit_type_id not in self.visit_types:
            raise UnknownVisitType("expected one of the clinic's visit types")
        return self.visit_types[visit_type_id]

    def require(self, practitioner_ids: Iterable[int], location_id: int | None) -> None:
        """Raise UnknownPractitioner or UnknownLocation unless the clinic has all of them."""
        if not all(person in self.persons for person in practitioner_ids):
            raise UnknownPractitioner("expected one of the clinic's practitioners")
        if location_id is not None and location_id not in self.zones:
            raise UnknownLocation("expected one of the clinic's locations")

    def offers(self, visit_type: VisitType) -> Mapping[int, Offer]:
        """Return who offers a visit type, by practitioner."""
        known = self._offers.get(visit_type.id)
        if known is None:
            made = (offer_of(person, visit_type) for person in self.persons.values())
            known = {offer.practitioner_id: offer for offer in made if offer is not None}
            self._offers[visit_type.id] = known
        return known

    def offers_for(self, search: Search, *, for_staff: bool) -> Mapping[int, Offer]:
        """Return who might see the patient of a search, by practitioner.

        Raises UnknownPractitioner, UnknownLocation and UnknownVisitType.
        """
        visit_type = self.visit_type(search.visit_type_id)
        self.require(search.practitioner_ids or (), search.location_id)
        if not for_staff and (
            visit_type.staff_only or not (visit_type.new_patients or search.known_patient)
        ):
            return {}
        offers, people = self.offers(visit_type), search.practitioner_ids
        if search.specialty is not None:
            trained = self.specialties.get(search.specialty, frozenset())
            people = trained if people is None else people & trained
        if people is None:
            return offers
        return {person: offers[person] for person in sorted(people) if person in offers}

    def rooms(self, location_id: int, kind: str) -> tuple[int, ...]:
        """Return the rooms or devices of that kind there."""
        return self.resources.get((location_id, kind), ())

    def rules_at(self, location_id: int | None) -> Rules:
        return self.rules.at(location_id)

    def covers(self, version: int, now: datetime) -> bool:
        """Tell whether this still is what the clinic offers, and says enough for that moment."""
        return version == self.version and (now.date() - self.since).days > 1
