"""A few weeks of a clinic with places on both sides of the world, drawn from a seed: people book,
move and cancel, staff mark who came, and some take back what they just did."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select

from core.errors import ClinicError
from core.models import appointments
from core.models.appointments import ActorKind, AppointmentStatus
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.booking import book, walk_in
from core.scheduling.catalogue import Catalogue
from core.scheduling.holds import hold
from core.scheduling.moving import cancel, move
from core.scheduling.progress import change_status
from core.scheduling.search import Slot
from core.scheduling.statuses import COMPLETED, NO_SHOW, OPEN
from core.scheduling.undoing import undo
from tests.builders import (
    NOW,
    ZONE,
    Clinic,
    a_conversation,
    a_location,
    a_patient,
    a_practitioner,
    a_schedule,
)
from tests.core.scheduling.words import offered

SYDNEY = "Australia/Sydney"
LENGTH = timedelta(minutes=20)
STAFF = Actor(ActorKind.ADMIN, 1, "phone")
CHANNELS = ("sms", "telegram", "web")
MARKS = (
    AppointmentStatus.ARRIVED,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.NO_SHOW,
    AppointmentStatus.ENTERED_IN_ERROR,
)
_STANDS = appointments.c.status.in_(OPEN)
_WAS_MEANT = appointments.c.status.in_((*OPEN, COMPLETED, NO_SHOW))
WHY = "the patient cannot come at another time"


@dataclass(frozen=True, slots=True)
class Post:
    practitioner_id: int
    location_id: int
    zone: ZoneInfo


@dataclass
class Life:
    """`happened`: how often something was done, and what the clinic's rules forbade."""

    connection: Connection
    dice: Random
    visit_type_id: int
    posts: list[Post]
    patients: list[int]
    conversations: list[int]
    catalogue: Catalogue
    now: datetime = NOW
    happened: Counter[str] = field(default_factory=Counter)

    def go_on(self, steps: int) -> None:
        deeds = (self.books, self.walks_in, self.holds, self.moves, self.cancels, self.marks)
        for _ in range(steps):
            self.now += timedelta(minutes=self.dice.randrange(5, 240))
            [deed] = self.dice.choices(deeds, (30, 3, 4, 14, 12, 37))
            try:
                visit, actor = deed()
                self.happened[deed.__name__] += 1
                if self.dice.random() < 0.12:
                    self.takes_back(visit, actor)
            except (ClinicError, IndexError) as error:  # Nobody has a visit yet.
                self.happened[type(error).__name__] += 1

    def books(self) -> tuple[Appointment, Actor]:
        actor = self._somebody()
        visit = book(
            self.connection,
            self._slot(actor),
            patient_id=self.dice.choice(self.patients),
            actor=actor,
            now=self.now,
            catalogue=self.catalogue,
            open_visits_limit=None,
            override=WHY if actor.is_staff else None,
        )
        return visit, actor

    def walks_in(self) -> tuple[Appointment, Actor]:
        post = self.dice.choice(self.posts)
        came = walk_in(
            self.connection,
            self._slot_at(post, self.now - timedelta(minutes=5)),
            patient_id=self.dice.choice(self.patients),
            actor=STAFF,
            now=self.now,
            catalogue=self.catalogue,
        )
        return came, STAFF

    def holds(self) -> tuple[Appointment, Actor]:
        """Somebody asks for a time, and says no more."""
        actor = self._patient()
        held = hold(
            self.connection,
            self._slot(actor),
            conversation_id=self.dice.choice(self.conversations),
            patient_id=None,
            actor=actor,
            now=self.now,
            catalogue=self.catalogue,
        )
        return held, actor

    def moves(self) -> tuple[Appointment, Actor]:
        actor, visit = self._somebody(), self._visit(_STANDS)
        moved = move(
            self.connection,
            visit.id,
            self._slot(actor),
            version=visit.version,
            actor=actor,
            now=self.now,
            catalogue=self.catalogue,
            override=WHY if actor.is_staff else None,
        )
        return moved, actor

    def cancels(self) -> tuple[Appointment, Actor]:
        actor, visit = self._somebody(), self._visit(_STANDS)
        cancelled = cancel(
            self.connection,
            visit.id,
            version=visit.version,
            actor=actor,
            now=self.now,
            catalogue=self.catalogue,
        )
        return cancelled, actor

    def marks(self) -> tuple[Appointment, Actor]:
        over = self._visit(_WAS_MEANT, appointments.c.starts_at <= self.now)
        status = self.dice.choice(MARKS)
        marked = change_status(
            self.connection, over.id, status, version=over.version, actor=STAFF, now=self.now
        )
        return marked, STAFF

    def takes_back(self, visit: Appointment, actor: Actor) -> None:
        undo(
            self.connection,
            visit.id,
            version=visit.version,
            actor=actor,
            now=self.now + timedelta(minutes=1),
            catalogue=self.catalogue,
        )
        self.happened["takes_back"] += 1

    def _somebody(self) -> Actor:
        return STAFF if self.dice.random() < 0.6 else self._patient()

    def _patient(self) -> Actor:
        return Actor(ActorKind.PATIENT, 1, self.dice.choice(CHANNELS))

    def _visit(self, *conditions: ColumnElement[bool]) -> Appointment:
        ids = self.connection.scalars(
            select(appointments.c.id).where(*conditions).order_by(appointments.c.id)
        ).all()
        return by_id(self.connection, self.dice.choice(ids))

    def _slot(self, actor: Actor) -> Slot:
        """Staff book at any hour, so that some visits begin just before or after midnight."""
        post = self.dice.choice(self.posts)
        day = self.now.astimezone(post.zone).date() + timedelta(days=self.dice.randrange(8))
        hours = (0, 8, 12, 17, 23) if actor.is_staff else range(9, 17)
        hour, minute = self.dice.choice(hours), self.dice.choice((0, 20, 40))
        return self._slot_at(post, datetime.combine(day, time(hour, minute), post.zone))

    def _slot_at(self, post: Post, starts_at: datetime) -> Slot:
        return Slot(
            practitioner_id=post.practitioner_id,
            location_id=post.location_id,
            visit_type_id=self.visit_type_id,
            starts_at=starts_at,
            ends_at=starts_at + LENGTH,
        )


def a_life(connection: Connection, clinic: Clinic, seed: int) -> Life:
    """Two practitioners in San Francisco, one in Sydney; nothing has happened yet."""
    sydney = a_location(connection, "Sydney", zone=SYDNEY)
    nguyen = a_practitioner(connection, "Nguyen", specialty_id=clinic.specialty_id)
    a_schedule(connection, nguyen, sydney)
    return Life(
        connection,
        Random(seed),
        clinic.visit_type_id,
        [
            Post(clinic.patel_id, clinic.location_id, ZoneInfo(ZONE)),
            Post(clinic.okafor_id, clinic.location_id, ZoneInfo(ZONE)),
            Post(nguyen, sydney, ZoneInfo(SYDNEY)),
        ],
        [a_patient(connection, f"Ana {number}") for number in range(12)],
        [a_conversation(connection) for _ in range(4)],
        offered(connection),
    )
