"""What practitioners offer, and the clinic's rules for it: values, no database and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.rules import Rules
from core.scheduling.slots import MINUTE, Pattern

# From which age and until which, both included; None: no such limit.
Ages = tuple[int | None, int | None]
# Where and when: a location (None: every one) and a weekday (None: every day).
Where = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class VisitType:
    """What of a visit type concerns the calendar. None: the general rule, or no such limit."""

    id: int
    is_default: bool
    is_emergency: bool
    minutes_new: int | None
    minutes_known: int | None
    before: int
    after: int
    minimum_notice_minutes: int | None
    horizon_days: int | None
    cancellation_notice_hours: int | None
    needs_approval: bool
    new_patients: bool
    staff_only: bool
    age_from: int | None
    age_until: int | None  # Included
    resource_kind: str | None

    def notice_minutes(self, rules: Rules) -> int:
        own = self.minimum_notice_minutes
        return rules.minimum_notice_minutes if own is None else own

    def horizon(self, rules: Rules) -> int:
        """Return how many days ahead may be booked."""
        return rules.horizon_days if self.horizon_days is None else self.horizon_days

    def cancellation_hours(self, rules: Rules) -> int:
        """Return how many hours before the visit a patient may still cancel or move it."""
        own = self.cancellation_notice_hours
        return rules.cancellation_notice_hours if own is None else own

    def is_for_age(self, years: int) -> bool:
        return is_within(years, (self.age_from, self.age_until))

    @property
    def has_ages(self) -> bool:
        return self.age_from is not None or self.age_until is not None


@dataclass(frozen=True, slots=True)
class Person:
    """What of a practitioner concerns the calendar."""

    id: int
    capacity: int
    slot_minutes: int
    visits_a_day: int | None
    # Visit type -> own minutes, and where and when (none: wherever they work). An empty mapping
    # is a practitioner for whom nothing is listed: they offer everything.
    listed: Mapping[int, tuple[int | None, tuple[Where, ...]]]
    ages: tuple[Ages, ...] = ()  # Of their specialties; none: patients of every age.


@dataclass(frozen=True, slots=True)
class Offer:
    """One visit type, as one practitioner offers it. Lengths are microseconds."""

    practitioner_id: int
    visit_type: VisitType
    capacity: int
    visits_a_day: int | None
    step: int
    length_new: int
    length_known: int
    before: int
    after: int
    places: tuple[Where, ...]
    ages: tuple[Ages, ...] = ()

    @property
    def has_ages(self) -> bool:
        """Tell whether the visit type or the practitioner is for some ages only."""
        return self.visit_type.has_ages or self._has_own_ages

    def is_for_age(self, years: int) -> bool:
        return self.visit_type.is_for_age(years) and self.sees_age(years)

    def sees_age(self, years: int) -> bool:
        """Tell whether the practitioner, in one of their specialties, sees patients of that age."""
        return not self._has_own_ages or any(is_within(years, ages) for ages in self.ages)

    @property
    def _has_own_ages(self) -> bool:
        return bool(self.ages) and (None, None) not in self.ages

    @property
    def visit_type_id(self) -> int:
        return self.visit_type.id

    def pattern(self, *, known_patient: bool) -> Pattern:
        length = self.length_known if known_patient else self.length_new
        return Pattern(self.step, length, self.before, self.after)

    def stands(self, location_id: int, weekday: int) -> bool:
        """Tell whether it is offered there, on that weekday (0 = Monday)."""
        return not self.places or any(
            place in (None, location_id) and day in (None, weekday) for place, day in self.places
        )


def offer_of(person: Person, visit_type: VisitType) -> Offer | None:
    """Return that visit type as the practitioner offers it, None if they do not."""
    if person.listed and visit_type.id not in person.listed:
        return None
    minutes, places = person.listed.get(visit_type.id, (None, ()))
    return Offer(
        practitioner_id=person.id,
        visit_type=visit_type,
        capacity=person.capacity,
        visits_a_day=person.visits_a_day,
        step=person.slot_minutes * MINUTE,
        length_new=(minutes or visit_type.minutes_new or person.slot_minutes) * MINUTE,
        length_known=(minutes or visit_type.minutes_known or person.slot_minutes) * MINUTE,
        before=visit_type.before * MINUTE,
        after=visit_type.after * MINUTE,
        places=places,
        ages=person.ages,
    )


def is_within(years: int, ages: Ages) -> bool:
    since, until = ages
    return (since is None or since <= years) and (until is None or years <= until)


def age_on(day: date, born: date) -> int:
    """Return the age in years on that day; somebody born on 29 February has theirs on 1 March in
    other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
