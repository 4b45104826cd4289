"""What people do in the course of the year, drawn from a seed: they book, answer, change their
minds, opt out and come back; staff move, cancel, fall ill, and mark who came."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import Connection, select

from core.database.connect import Database
from core.errors import ClinicError
from core.models import appointments, messages
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.messaging import MessageKind, MessageStatus
from core.occasions.after import follow_up
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.booking import book
from core.scheduling.loading import load_catalogue
from core.scheduling.moving import cancel, move
from core.scheduling.progress import change_status
from core.scheduling.search import Slot
from core.scheduling.statuses import OPEN
from core.waitlist.entries import join
from core.waitlist.wishes import Wish
from tests.endurance.people import Doctor, People, Phone

STAFF = Actor(ActorKind.ADMIN, 1, "phone")
LENGTH = timedelta(minutes=20)
# What is answered to what the clinic says first, and how often in a hundred.
ANSWERS: dict[str, dict[tuple[str, ...], int]] = {
    MessageKind.REMINDER: {
        ("1",): 35,
        ("yes I'll be there",): 5,
        ("3", "1"): 6,
        ("2",): 4,
        ("STOP",): 2,
    },
    MessageKind.NOTICE: {("1",): 20, ("3", "1"): 3},
    MessageKind.OFFER: {("1",): 50, ("2",): 20},
    MessageKind.SURVEY: {("5", "very kind"): 15, ("1", "too long a wait"): 5},
    MessageKind.RECALL: {("2",): 10},
}


@dataclass
class Plan:
    """How long is lived, how busily, and how badly. `days_ahead`: so far ahead visits are booked at
    most; `second_thoughts`: how probably one of the visits of which something waits to be said is
    changed meanwhile, at each instant; `again`: see `Crashes`."""

    since: datetime = datetime(2028, 1, 1, tzinfo=UTC)
    days: int = 366
    patients: int = 60
    visits_a_day: float = 1.5
    days_ahead: int = 30
    opt_outs_a_day: float = 0.06
    outages_a_day: float = 0.06
    second_thoughts: float = 0.05
    again: float = 0.0005
    seed: int = 2028


def drawn(dice: Random, mean: float) -> int:
    """How often something happens today that happens so often a day."""
    return int(mean) + (dice.random() < mean % 1)


@dataclass(order=True)
class Happening:
    at: datetime
    number: int
    what: Callable[..., object] = field(compare=False)
    about: tuple[Any, ...] = field(compare=False)


@dataclass
class Life:
    """`says` brings what somebody writes to the front desk, as their provider would."""

    database: Database
    people: People
    dice: Random
    says: Callable[[Phone, str], None]
    now: Callable[[], datetime]
    plan: Plan
    happened: Counter[str] = field(default_factory=Counter)
    _ahead: list[Happening] = field(default_factory=list)
    _spoken: list[tuple[datetime, int, Phone, str]] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def begin(self) -> None:
        """Draw who calls when, of those who do so by themselves."""
        plan, visits = self.plan, self.plan.visits_a_day
        for day in range(plan.days):
            midnight = plan.since + timedelta(days=day)
            for _ in range(drawn(self.dice, visits)):
                self.later(self._moment(midnight), self._book)
            if self.dice.random() < plan.opt_outs_a_day:
                self._opts_out_for_a_while(self._moment(midnight))
            if self.dice.random() < 0.02:
                self.later(self._moment(midnight), self._falls_ill)

    def _moment(self, midnight: datetime) -> datetime:
        return midnight + timedelta(minutes=self.dice.randrange(24 * 60))

    def later(self, at: datetime, what: Callable[..., object], *about: Any) -> None:
        heapq.heappush(self._ahead, Happening(at, next(self._numbers), what, about))

    def writes(self, at: datetime, phone: Phone, text: str) -> None:
        heapq.heappush(self._spoken, (at, next(self._numbers), phone, text))

    @property
    def next_at(self) -> datetime | None:
        ahead = [self._ahead[0].at] if self._ahead else []
        ahead += [self._spoken[0][0]] if self._spoken else []
        return min(ahead, default=None)

    def go_on(self) -> None:
        """Let happen what is due; what the clinic's rules forbid does not."""
        self._have_second_thoughts()
        while self._ahead and self._ahead[0].at <= self.now():
            next_one = heapq.heappop(self._ahead)
            name = next_one.what.__name__.strip("_")
            try:
                with self.database.transaction() as connection:
                    next_one.what(connection, *next_one.about)
                self.happened[name] += 1
            except ClinicError as error:
                self.happened[f"{name}: {type(error).__name__}"] += 1
        while self._spoken and self._spoken[0][0] <= self.now():
            _, _, phone, text = heapq.heappop(self._spoken)
            self.says(phone, text)
            self.happened[f"said {text[:20]}"] += 1

    def _have_second_thoughts(self) -> None:
        """Of a visit of which something is queued and not yet said."""
        waiting = (
            select(messages.c.appointment_id)
            .join(appointments, appointments.c.id == messages.c.appointment_id)
            .where(messages.c.status == MessageStatus.QUEUED, appointments.c.status.in_(OPEN))
            .order_by(messages.c.id)
        )
        with self.database.reading() as connection:
            visits = connection.scalars(waiting).all()
        if visits and self.dice.random() < self.plan.second_thoughts:
            what = self.dice.choice((self._cancel, self._move))
            self.later(self.now(), what, self.dice.choice(visits))

    def hears(self, phone: Phone, kind: str) -> None:
        """Somebody reads a message of that kind, and may answer it."""
        answers = ANSWERS.get(kind, {})
        silence = 100 - sum(answers.values())
        [said] = self.dice.choices([(), *answers], [silence, *answers.values()])
        at = self.now() + timedelta(minutes=self.dice.choice((1, 4, 20, 90, 600)))
        for text in said:
            self.writes(at, phone, text)
            at += timedelta(minutes=1)

    # What people do by themselves

    def _slot(self, earliest: datetime, doctor: Doctor | None = None) -> Slot:
        doctor = doctor or self.dice.choice(self.people.doctors[::2])
        ahead = timedelta(days=self.dice.randint(1, self.plan.days_ahead))
        return self._slot_on(earliest.astimezone(doctor.zone).date() + ahead, doctor)

    def _slot_on(self, day: date, doctor: Doctor) -> Slot:
        hour, minute = self.dice.randrange(8, 18), self.dice.choice((0, 20, 40))
        starts_at = datetime.combine(day, time(hour, minute), doctor.zone)
        return Slot(
            practitioner_id=doctor.id,
            location_id=doctor.location_id,
            visit_type_id=self.people.visit_type_id,
            starts_at=starts_at,
            ends_at=starts_at + LENGTH,
        )

    def _book(self, connection: Connection) -> None:
        now = self.now()
        patient = self.dice.choice(list(self.people.phones_of))
        actor, phone = self._who_acts(patient)
        visit = book(
            connection,
            self._slot(now),
            patient_id=patient,
            actor=actor,
            now=now,
            catalogue=load_catalogue(connection, now=now),
            address_id=phone.id if phone else None,
            open_visits_limit=None,
        )
        self._goes_on(visit)
        if phone and self.dice.random() < 0.2:
            self.later(now + timedelta(hours=1), self._waits, phone)

    def _who_acts(self, patient: int) -> tuple[Actor, Phone | None]:
        phones = self.people.phones_of[patient]
        if not phones or self.dice.random() < 0.3:
            return STAFF, None
        return Actor(ActorKind.PATIENT, phones[0].id, phones[0].channel), phones[0]

    def _goes_on(self, visit: Appointment) -> None:
        """What may come between the booking and the visit, and how it ends."""
        now, drawn = self.now(), self.dice.random()
        between = now + (visit.starts_at - now) * self.dice.random()
        # Often in the last days, when reminders are about.
        between = self.dice.choice(
            (between, visit.starts_at - timedelta(hours=self.dice.uniform(3, 80)))
        )
        if drawn < 0.18:
            self.later(max(between, now), self._cancel, visit.id)
        elif drawn < 0.36:
            self.later(max(between, now), self._move, visit.id)
        self.later(visit.ends_at + timedelta(minutes=5), self._ends, visit.id)

    def _waits(self, connection: Connection, phone: Phone) -> None:
        """Somebody would come sooner, to a practitioner whose times others have."""
        patient = next(p for p, phones in self.people.phones_of.items() if phone in phones)
        doctor = self.dice.choice(self.people.doctors[::2])
        wish = Wish(patient, doctor.id, None)
        actor = Actor(ActorKind.PATIENT, phone.id, phone.channel)
        join(
            connection,
            wish,
            conversation_id=phone.conversation_id,
            limit=3,
            actor=actor,
            now=self.now(),
        )

    def _cancel(self, connection: Connection, visit_id: int) -> None:
        now, visit = self.now(), by_id(connection, visit_id)
        cancel(
            connection,
            visit_id,
            version=visit.version,
            actor=self._who_acts(visit.patient_id or 0)[0],
            now=now,
            catalogue=load_catalogue(connection, now=now),
        )

    def _move(self, connection: Connection, visit_id: int, doctor: Doctor | None = None) -> None:
        now, visit = self.now(), by_id(connection, visit_id)
        slot = self._slot(now, doctor or self._doctor(visit.practitioner_id))
        actor = STAFF if doctor else self._who_acts(visit.patient_id or 0)[0]
        moved = move(
            connection,
            visit_id,
            slot,
            version=visit.version,
            actor=actor,
            now=now,
            catalogue=load_catalogue(connection, now=now),
        )
        self._goes_on(moved)

    def _doctor(self, practitioner_id: int) -> Doctor:
        return next(each for each in self.people.doctors if each.id == practitioner_id)

    def _falls_ill(self, connection: Connection) -> None:
        """For two days somebody else of the same place sees their patients, or nobody does."""
        index = self.dice.randrange(0, len(self.people.doctors), 2)
        ill, stand_in = self.people.doctors[index : index + 2]
        until = self.now() + timedelta(days=2)
        theirs = select(appointments.c.id).where(
            appointments.c.practitioner_id == ill.id,
            appointments.c.starts_at.between(self.now(), until),
            appointments.c.status.in_(OPEN),
        )
        for visit_id in connection.scalars(theirs).all():
            self.later(self.now(), self._move, visit_id, stand_in)

    def _ends(self, connection: Connection, visit_id: int) -> None:
        now, visit = self.now(), by_id(connection, visit_id)
        if visit.ends_at > now:
            return  # It has moved, and ends another time.
        came = self.dice.random() < 0.8
        status = AppointmentStatus.COMPLETED if came else AppointmentStatus.NO_SHOW
        ended = change_status(
            connection, visit_id, status, version=visit.version, actor=STAFF, now=now
        )
        if came and self.dice.random() < 0.2:
            follow_up(connection, ended, self.dice.choice((14, 60)), now)

    def _opts_out_for_a_while(self, at: datetime) -> None:
        phone = self.dice.choice(self.people.phones)
        self.writes(at, phone, "STOP")
        back = at + timedelta(days=self.dice.randint(1, 40))
        self.writes(back, phone, "START")
