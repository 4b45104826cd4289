"""A small clinic in which anybody does anything, while the waitlist is offered what becomes free.

After each step the rules are looked for in the rows themselves, with the clock and the people as
they were when an offer was made.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection, func, select, update

from core.database.connect import Database
from core.errors import ClinicError
from core.models import (
    addresses,
    appointments,
    conversations,
    occasions,
    patients,
    waitlist,
    waitlist_offers,
    waitlist_rounds,
)
from core.scheduling.appointments import by_id
from core.scheduling.booking import book
from core.scheduling.catalogue import Catalogue
from core.scheduling.holds import expire_holds, hold, release
from core.scheduling.loading import load_catalogue
from core.scheduling.moving import cancel, move
from core.scheduling.search import Slot
from core.scheduling.undoing import undo
from core.waitlist.answers import accept, decline
from core.waitlist.entries import expire_waits, join, leave
from core.waitlist.waves import next_waves
from core.waitlist.wishes import Wish
from tests.builders import ZONE, Clinic, a_clinic, a_patient, a_setting
from tests.core.scheduling.words import PATIENT, TUESDAY, a_slot
from tests.core.waitlist.words import DAYTIME, say_all, somebody

NOTICE, ANSWER, WEEK = timedelta(minutes=60), timedelta(minutes=5), timedelta(days=7)
PEOPLE = ["Ana", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gus", "Hal"]
TIMES = ["09:00", "09:20", "10:00", "10:20", "14:00", "16:00"]
A_PERSON = st.integers(0, len(PEOPLE) - 1)
A_SLOT = st.tuples(st.sampled_from([-1, 0, 1, 2, 6]), st.integers(0, len(TIMES) - 1), st.booleans())
ANY = st.integers(0, 99)  # Of more, hypothesis likes the ends too well.
STEPS = [timedelta(minutes=n) for n in (1, 4, 5, 15, 15, 15, 20, 60, 3 * 60, 12 * 60)]


class Undo(Exception):  # noqa: N818 - nothing is wrong
    """The example is over: nothing of it stays."""


@dataclass(frozen=True, slots=True)
class Crowd:
    clinic: Clinic
    people: tuple[tuple[int, int, int], ...]  # The patient, the address, the talk


def a_crowd(connection: Connection) -> Crowd:
    """Committed once: examples leave nothing behind."""
    clinic = a_clinic(connection)
    for key in ("open_visits_proved", "open_visits_claimed"):
        a_setting(connection, key, 9)
    return Crowd(clinic, tuple(somebody(connection, name) for name in PEOPLE))


class WaitlistMachine(RuleBasedStateMachine):
    def __init__(self, database: Database, crowd: Crowd) -> None:
        super().__init__()
        self._transaction = database.transaction()
        self.connection: Connection = self._transaction.__enter__()
        self.clinic, self.people = crowd.clinic, crowd.people
        self.now = DAYTIME
        self.catalogue: Catalogue = load_catalogue(self.connection, now=self.now)
        self.seen = 0  # The newest offer that was looked at
        self.strangers = 0
        for who in range(len(PEOPLE)):
            self.join(who, with_patel=who % 3 > 0)

    def teardown(self) -> None:
        with suppress(Undo):
            self._transaction.__exit__(Undo, Undo(), None)

    # What is there

    def slot(self, which: tuple[int, int, bool]) -> Slot:
        day, time, with_patel = which
        person = self.clinic.patel_id if with_patel else self.clinic.okafor_id
        days = TUESDAY + timedelta(days=day)
        return a_slot(self.clinic, TIMES[time], days, practitioner_id=person)

    def one_of(self, column: Any, number: int, *where: Any) -> Any:
        """Return one of the rows' values, None where there is none."""
        found = self.connection.scalars(select(column).where(*where).order_by(column)).all()
        return found[number % len(found)] if found else None

    def turn(self) -> dict[str, Any]:
        return {"actor": PATIENT, "now": self.now, "catalogue": self.catalogue}

    # What anybody may do

    @rule(step=st.integers(0, len(STEPS) - 1))
    def time_passes(self, step: int) -> None:
        self.now += STEPS[step]

    @rule(which=A_SLOT, minutes=st.integers(58, 90))
    def a_time_comes_near(self, which: tuple[int, int, bool], minutes: int) -> None:
        self.now = max(self.now, self.slot(which).starts_at - timedelta(minutes=minutes))

    @rule(who=A_PERSON, with_patel=st.booleans(), sooner=st.booleans(), number=ANY)
    def wait(self, who: int, with_patel: bool, sooner: bool, number: int) -> None:
        theirs = appointments.c.patient_id == self.people[who][0]
        is_visit = appointments.c.status == "scheduled"
        visit = self.one_of(appointments.c.id, number, theirs, is_visit)
        self.join(who, with_patel=with_patel, sooner_than_id=visit if sooner else None)

    def join(self, who: int, *, with_patel: bool, sooner_than_id: int | None = None) -> None:
        patient, _, talk = self.people[who]
        person = self.clinic.patel_id if with_patel else None
        specialty = None if with_patel else "general_practice"
        wish = Wish(patient, person, specialty, sooner_than_id=sooner_than_id)
        with suppress(ClinicError):
            join(self.connection, wish, conversation_id=talk, limit=3, actor=PATIENT, now=self.now)

    @rule(number=ANY)
    def stop_waiting(self, number: int) -> None:
        entry = self.one_of(waitlist.c.id, number, waitlist.c.state == "waiting")
        if entry is not None and number % 3 == 0:
            leave(self.connection, entry, actor=PATIENT, now=self.now)

    @rule(who=A_PERSON, which=A_SLOT)
    def book_a_visit(self, who: int, which: tuple[int, int, bool]) -> None:
        patient, address, talk = self.people[who]
        with suppress(ClinicError):
            book(
                self.connection,
                self.slot(which),
                patient_id=patient,
                conversation_id=talk,
                address_id=address,
                open_visits_limit=None,
                **self.turn(),
            )

    @rule(which=A_SLOT)
    def a_stranger_books(self, which: tuple[int, int, bool]) -> None:
        self.strangers += 1
        patient = a_patient(self.connection, f"S{self.strangers}")
        with suppress(ClinicError):
            book(
                self.connection,
                self.slot(which),
                patient_id=patient,
                open_visits_limit=None,
                **self.turn(),
            )

    another_stranger_books = a_stranger_books
    one_more_stranger_books = a_stranger_books

    @rule(number=ANY)
    def cancel_a_visit(self, number: int) -> None:
        visit = self.one_of(appointments.c.id, number, appointments.c.status == "scheduled")
        if visit is not None:
            version = by_id(self.connection, visit).version
            with suppress(ClinicError):
                cancel(self.connection, visit, version=version, **self.turn())

    cancel_another = cancel_a_visit
    cancel_one_more = cancel_a_visit

    @rule(number=ANY, which=A_SLOT)
    def move_a_visit(self, number: int, which: tuple[int, int, bool]) -> None:
        visit = self.one_of(appointments.c.id, number, appointments.c.status == "scheduled")
        if visit is not None:
            version = by_id(self.connection, visit).version
            with suppress(ClinicError):
                move(self.connection, visit, self.slot(which), version=version, **self.turn())

    @rule(number=ANY)
    def undo_something(self, number: int) -> None:
        visit = self.one_of(appointments.c.id, number, appointments.c.patient_id.is_not(None))
        if visit is not None:
            version = by_id(self.connection, visit).version
            with suppress(ClinicError):
                undo(self.connection, visit, version=version, **self.turn())

    @rule(who=A_PERSON, which=A_SLOT)
    def hold_a_slot(self, who: int, which: tuple[int, int, bool]) -> None:
        patient, _, talk = self.people[who]
        with suppress(ClinicError):
            hold(
                self.connection,
                self.slot(which),
                conversation_id=talk,
                patient_id=patient,
                **self.turn(),
            )

    @rule(who=A_PERSON)
    def give_a_slot_back(self, who: int) -> None:
        release(self.connection, self.people[who][2], actor=PATIENT, now=self.now)

    @rule(who=A_PERSON, opted_in=st.booleans())
    def opt(self, who: int, opted_in: bool) -> None:
        row = addresses.c.id == self.people[who][1]
        self.connection.execute(update(addresses).where(row).values(opted_in=opted_in))

    @rule(who=A_PERSON, zone=st.sampled_from([None, "Pacific/Honolulu", "Europe/Paris"]))
    def live_elsewhere(self, who: int, zone: str | None) -> None:
        row = patients.c.id == self.people[who][0]
        self.connection.execute(update(patients).where(row).values(zone=zone))

    @rule()
    def the_worker_ticks(self) -> None:
        next_waves(self.connection, now=self.now, limit=500)
        assert next_waves(self.connection, now=self.now, limit=500) == 0, "not done at once"
        self.look_at_new_offers()

    @rule()
    def the_worker_ticks_and_speaks(self) -> None:
        self.the_worker_ticks()
        say_all(self.connection, self.now)

    the_worker_ticks_and_speaks_again = the_worker_ticks_and_speaks
    the_worker_ticks_and_speaks_once_more = the_worker_ticks_and_speaks

    @rule()
    def the_worker_tidies(self) -> None:
        expire_holds(self.connection, now=self.now, limit=500)
        expire_waits(self.connection, now=self.now, limit=500)

    @rule(number=ANY)
    def say_yes(self, number: int) -> None:
        offer = self.one_of(waitlist_offers.c.id, number, waitlist_offers.c.offered_at.is_not(None))
        if offer is None:
            return
        with suppress(ClinicError):
            accept(
                self.connection,
                offer,
                conversation_id=None,
                address_id=None,
                open_visits_limit=None,
                **self.turn(),
            )

    say_yes_again = say_yes

    @rule(number=ANY)
    def say_no(self, number: int) -> None:
        offer = self.one_of(waitlist_offers.c.id, number, waitlist_offers.c.offered_at.is_not(None))
        if offer is not None:
            decline(self.connection, offer, actor=PATIENT, now=self.now)

    # What always holds

    def look_at_new_offers(self) -> None:
        """At the moment at which they are made."""
        rows = self.connection.execute(
            select(
                waitlist_offers.c.id,
                waitlist_offers.c.starts_at,
                waitlist.c.state,
                patients.c.zone,
                addresses.c.opted_in,
            )
            .join(waitlist, waitlist.c.id == waitlist_offers.c.entry_id)
            .join(patients, patients.c.id == waitlist.c.patient_id)
            .join(conversations, conversations.c.id == waitlist.c.conversation_id)
            .join(addresses, addresses.c.id == conversations.c.address_id)
            .where(waitlist_offers.c.id > self.seen)
        ).all()
        for row in rows:
            self.seen = max(self.seen, row.id)
            self.look_at_one(row)

    def look_at_one(self, row: Any) -> None:
        hour = self.now.astimezone(ZoneInfo(row.zone or ZONE)).hour
        assert 8 <= hour < 20, "asked at night"
        assert row.starts_at - NOTICE - ANSWER >= self.now, "asked too late"
        assert row.state == "waiting", "asked who does not wait"
        assert row.opted_in is not False, "asked who has opted out"

    @invariant()
    def nobody_is_asked_too_often(self) -> None:
        often = (
            select(func.count())
            .select_from(waitlist_offers)
            .join(waitlist, waitlist.c.id == waitlist_offers.c.entry_id)
            .where(
                waitlist_offers.c.created_at > self.now - WEEK,
                waitlist_offers.c.offered_at.is_not(None) | (waitlist_offers.c.state == "planned"),
            )
            .group_by(waitlist.c.patient_id)
        )
        assert max(self.connection.scalars(often), default=0) <= 3, "asked too often"

    @invariant()
    def each_round_keeps_one_time_and_each_kept_time_has_its_round(self) -> None:
        kept = self.connection.scalars(
            select(appointments.c.id).where(
                appointments.c.status == "held", appointments.c.conversation_id.is_(None)
            )
        ).all()
        named = self.connection.scalars(
            select(waitlist_rounds.c.hold_id).where(
                waitlist_rounds.c.state == "open", waitlist_rounds.c.hold_id.is_not(None)
            )
        ).all()
        assert set(kept) <= set(named), "kept for nobody"
        assert len(set(named)) == len(named), "one hold, two rounds"

    @invariant()
    def rounds_do_not_overlap(self) -> None:
        rows = self.connection.execute(
            select(
                waitlist_rounds.c.practitioner_id,
                waitlist_rounds.c.starts_at,
                waitlist_rounds.c.ends_at,
            )
            .where(waitlist_rounds.c.state == "open")
            .order_by(waitlist_rounds.c.practitioner_id, waitlist_rounds.c.starts_at)
        ).all()
        for one, two in pairwise(rows):
            is_apart = one.practitioner_id != two.practitioner_id or one.ends_at <= two.starts_at
            assert is_apart, "offered twice"

    @invariant()
    def what_is_not_answered_is_of_an_open_round_and_of_who_waits(self) -> None:
        rows = self.connection.execute(
            select(waitlist_rounds.c.state, waitlist.c.state)
            .select_from(waitlist_offers)
            .join(waitlist_rounds, waitlist_rounds.c.id == waitlist_offers.c.round_id)
            .join(waitlist, waitlist.c.id == waitlist_offers.c.entry_id)
            .where(waitlist_offers.c.state.in_(("planned", "offered")))
        ).all()
        stands = {tuple(row) for row in rows}
        assert stands <= {("open", "waiting"), ("open", "over")}, f"not ended: {stands}"

    @invariant()
    def one_yes_fills_a_round(self) -> None:
        rows = self.connection.execute(
            select(waitlist_rounds.c.state, waitlist_rounds.c.filled_by_id, func.count())
            .join(waitlist_offers, waitlist_offers.c.round_id == waitlist_rounds.c.id)
            .where(waitlist_offers.c.state == "accepted")
            .group_by(waitlist_rounds.c.id)
        ).all()
        assert all(row[0] == "filled" and row[1] and row[2] == 1 for row in rows), "two have it"

    @invariant()
    def what_is_to_be_said_is_what_is_so(self) -> None:
        rows = self.connection.execute(
            select(
                occasions.c.kind,
                occasions.c.state,
                waitlist_offers.c.state.label("offer"),
                waitlist_offers.c.offered_at,
            ).join(waitlist_offers, waitlist_offers.c.id == occasions.c.offer_id)
        )
        for row in rows:
            if row.kind == "offer":
                assert (row.state == "planned") == (row.offer == "planned"), "said or not"
            else:
                assert row.offered_at is not None, "told of what they never heard"
