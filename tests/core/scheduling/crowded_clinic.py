"""A clinic where all are in each other's way: few people, few hours, one device at each of two
locations, in two zones whose clocks go back within days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection

from core.models.appointments import ActorKind
from core.scheduling.appointments import Actor
from tests.builders import (
    a_break,
    a_conversation,
    a_link,
    a_location,
    a_patient,
    a_practitioner,
    a_resource,
    a_schedule,
    a_setting,
    a_visit_type,
    an_absence,
    an_address,
    an_offer,
    an_organization,
    same_day_hours,
)

# Thursday, ten past eight in California, ten minutes too late for a visit at nine. On Sunday the
# clocks go back in Berlin, a week later here.
START = datetime(2026, 10, 22, 15, 10, tzinfo=UTC)
RECEPTIONIST = Actor(ActorKind.ADMIN, 1, "phone")
NIGHT = ((time(0), time(2, 30)), (time(3), time(4)))


@dataclass(frozen=True, slots=True)
class Crowd:
    """The ids of what there is."""

    locations: tuple[int, ...]
    practitioners: tuple[int, ...]
    visit_types: tuple[int, ...]
    patients: tuple[int, ...]
    addresses: tuple[int, ...]
    conversations: tuple[int, ...]

    def caller(self, number: int) -> Actor:
        """A patient at the other end of one of the addresses."""
        return Actor(ActorKind.PATIENT, self.addresses[number % len(self.addresses)], "sms")


def a_crowded_clinic(connection: Connection) -> Crowd:
    an_organization(connection)
    here = a_location(connection, "Downtown")
    berlin = a_location(connection, "Berlin", zone="Europe/Berlin", country="DE")
    for location_id in (here, berlin):
        a_resource(connection, location_id)
    a_setting(connection, "horizon_days", 9)
    a_setting(connection, "approve_from_missed_visits", 1)
    a_setting(connection, "staff_only_from_missed_visits", 1, berlin)
    visit_types = _visit_types(connection)
    addresses = tuple(an_address(connection) for _ in range(2))
    patients = (
        # Known from the clinic's own books; a child who comes of age next week; a child; somebody
        # who did not say.
        a_patient(connection, "Ada", external_id="A-1"),
        a_patient(connection, "Ben", date_of_birth=date(2008, 10, 27)),
        a_patient(connection, "Cleo", date_of_birth=date(2018, 3, 1)),
        a_patient(connection, "Dan", date_of_birth=None),
    )
    for index, patient_id in enumerate(patients):
        a_link(connection, patient_id, addresses[index % 2])
    return Crowd(
        locations=(here, berlin),
        practitioners=_practitioners(connection, here, berlin, visit_types),
        visit_types=visit_types,
        patients=patients,
        addresses=addresses,
        conversations=tuple(a_conversation(connection, address) for address in addresses),
    )


def _visit_types(connection: Connection) -> tuple[int, ...]:
    return (
        a_visit_type(connection, minutes_new_patient=40, minutes_known_patient=20),
        a_visit_type(
            connection,
            "scan",
            minutes_new_patient=30,
            minutes_known_patient=30,
            buffer_before_minutes=5,
            buffer_after_minutes=10,
            resource_kind="ultrasound",
        ),
        a_visit_type(connection, "check_up", new_patients=False, age_from=18, needs_approval=True),
        a_visit_type(connection, "urgent", kind="emergency", minimum_notice_minutes=0),
    )


def _practitioners(
    connection: Connection, here: int, berlin: int, visit_types: tuple[int, ...]
) -> tuple[int, ...]:
    patel = a_practitioner(connection)
    a_schedule(connection, patel, here, time(9), time(11))
    a_break(connection, patel, here, time(10), time(10, 20))
    a_schedule(connection, patel, berlin, time(8), time(10), weekdays=(5, 6))
    an_absence(connection, patel, date(2026, 10, 23))
    okafor = a_practitioner(connection, "Okafor", capacity=2)
    a_schedule(connection, okafor, here, time(9), time(10, 20))
    same_day_hours(connection, okafor, here, time(9), time(9, 40), weekdays=(3, 4))
    weber = a_practitioner(connection, "Weber", slot_minutes=30, visits_a_day=1)
    for starts, ends in NIGHT:
        a_schedule(connection, weber, berlin, starts, ends, weekdays=(6,))
    a_schedule(connection, weber, berlin, time(9), time(11))
    consultation, scan, *_ = visit_types
    an_offer(connection, weber, consultation, 30)
    an_offer(connection, weber, scan, places=((berlin, 0), (berlin, 4), (None, 6)))
    return patel, okafor, weber
