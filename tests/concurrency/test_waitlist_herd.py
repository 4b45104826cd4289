"""A hundred say yes at the same moment: one has the time, the others hear that it is gone.

Each promise has its control, in which what keeps it is taken away and two have the time.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Connection, delete, func, select, update

from core.database.connect import Database
from core.database.guards import SLOT_TAKEN, lock_calendars
from core.models import (
    appointment_events,
    appointments,
    occasions,
    waitlist,
    waitlist_offers,
    waitlist_rounds,
)
from core.scheduling.calendar import Place
from core.waitlist import answers
from core.waitlist.waves import next_waves
from tests.builders import Clinic, a_clinic, a_setting
from tests.concurrency.attempts import BookSlot, OneOf, kept_catalogue, some_patients
from tests.concurrency.rush import WON, Attempt, double_bookings, rush
from tests.concurrency.test_herd import drop_guard
from tests.core.scheduling.words import TUESDAY, a_slot
from tests.core.waitlist.words import (
    DAYTIME,
    QUARTER,
    Waiter,
    a_visit,
    ask,
    free,
    offer_of,
    offers,
    rounds,
    says_no,
    waits,
)

stress = pytest.mark.stress
HUNDRED = [pytest.param(100, 1, id="100"), pytest.param(100, 20, id="100-often", marks=stress)]
HERDS = [pytest.param(12, 2, id="some"), pytest.param(100, 20, id="100", marks=stress)]
TIMES = [f"{hour:02}:{minute}" for hour in (9, 10, 11, 13, 14, 15, 16) for minute in (20, 40)]


def all_asked(connection: Connection, clinic: Clinic, count: int, text: str) -> list[Waiter]:
    """So many have been asked about the same time, and none has answered."""
    people = [waits(connection, clinic, f"P{number}") for number in range(count)]
    free(connection, a_visit(connection, clinic, text))
    ask(connection)
    return people


class Yes:
    """Each contender says yes to an offer of their own."""

    def __init__(self, people: Sequence[Waiter], offer_ids: Sequence[int]) -> None:
        self.people = people
        self.offer_ids = offer_ids

    def __call__(self, connection: Connection, number: int) -> object:
        one = self.people[number % len(self.people)]
        return answers.accept(
            connection,
            self.offer_ids[number % len(self.people)],
            actor=one.actor,
            now=DAYTIME,
            catalogue=kept_catalogue(connection),
            conversation_id=one.conversation_id,
            address_id=one.address_id,
            open_visits_limit=5,
        )


class No:
    """Each contender says no to what they were asked last."""

    def __init__(self, people: Sequence[Waiter], now: datetime) -> None:
        self.people = people
        self.now = now

    def __call__(self, connection: Connection, number: int) -> object:
        return says_no(connection, self.people[number % len(self.people)], self.now)


class Work:
    """Each contender is a worker."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self, connection: Connection, _: int) -> object:
        return next_waves(connection, now=self.now, limit=100)


def all_want_it(database: Database, clinic: Clinic, count: int, text: str) -> Yes:
    with database.transaction() as connection:
        people = all_asked(connection, clinic, count, text)
        return Yes(people, [offer_of(connection, one) for one in people])


def in_one_wave(connection: Connection, count: int) -> None:
    a_setting(connection, "waitlist_wave_size", count)


@pytest.mark.parametrize(("contenders", "times"), HUNDRED)
def test_of_a_hundred_who_say_yes_one_has_the_time(
    database: Database, clinic: Clinic, contenders: int, times: int
) -> None:
    with database.transaction() as connection:
        in_one_wave(connection, contenders)
    for text in (TIMES * 2)[:times]:
        everybody = all_want_it(database, clinic, contenders, text)
        assert rush(database, contenders, everybody) == {WON: 1, "OfferGone": contenders - 1}
        with database.transaction() as connection:
            gone = Counter(offers(connection))
            assert (gone["accepted"], gone["gone"]) == (1, contenders - 1)
            told = select(func.count()).where(occasions.c.kind == "offer_gone")
            assert connection.scalar(told) == contenders - 1
            clear(connection)
    assert double_bookings(database) == 0


def clear(connection: Connection) -> None:
    """Forget who waited, and free the time for the next herd."""
    for table in (
        occasions,
        waitlist_offers,
        waitlist_rounds,
        waitlist,
        appointment_events,
        appointments,
    ):
        connection.execute(delete(table))


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code does not see any more that somebody was quicker: what is left is the guard."""
    monkeypatch.setattr(answers, "_require_unfilled", lambda _: None)
    monkeypatch.setattr(Place, "require_free", lambda *_: None)


@pytest.mark.usefixtures("blind")
def test_the_databases_guard_alone_keeps_the_promise(database: Database, clinic: Clinic) -> None:
    with database.transaction() as connection:
        in_one_wave(connection, 12)
    everybody = all_want_it(database, clinic, 12, "10:20")
    assert rush(database, 12, everybody) == {WON: 1, "OfferGone": 11}
    assert double_bookings(database) == 0


@pytest.mark.usefixtures("blind")
def test_control_without_the_guard_all_of_them_have_the_time(own_database: Database) -> None:
    with own_database.transaction() as connection:
        clinic = a_clinic(connection)
        in_one_wave(connection, 12)
        drop_guard(connection, SLOT_TAKEN)
    everybody = all_want_it(own_database, clinic, 12, "10:20")
    assert rush(own_database, 12, everybody) == {WON: 12}
    assert double_bookings(own_database) == 12 * 11 / 2


@pytest.mark.parametrize(("contenders", "times"), HERDS)
def test_while_it_is_offered_nobody_else_books_it(
    database: Database, clinic: Clinic, contenders: int, times: int
) -> None:
    """Half of them say yes; the others came by themselves, and are too late."""
    with database.transaction() as connection:
        in_one_wave(connection, contenders)
    strangers = some_patients(database, contenders)
    for text in TIMES[: min(times, 5)]:
        everybody = all_want_it(database, clinic, contenders, text)
        booking = BookSlot(a_slot(clinic, text, TUESDAY), strangers)
        outcome = rush(database, contenders, OneOf((everybody, booking)))
        assert outcome[WON] == 1
        assert set(outcome) <= {WON, "OfferGone", "SlotTaken"}
        with database.transaction() as connection:
            assert [row[1] for row in rounds(connection)] == ["filled"]
            clear(connection)
    assert double_bookings(database) == 0


@pytest.mark.parametrize(("contenders", "times"), HERDS)
def test_a_hold_that_ran_out_is_anybodys_and_one_has_it(
    database: Database, clinic: Clinic, contenders: int, times: int
) -> None:
    """The worker was away: yes and bookings from outside meet."""
    with database.transaction() as connection:
        in_one_wave(connection, contenders)
    strangers = some_patients(database, contenders)
    for text in TIMES[: min(times, 5)]:
        everybody = all_want_it(database, clinic, contenders, text)
        with database.transaction() as connection:
            let_run_out(connection)
        booking = BookSlot(a_slot(clinic, text, TUESDAY), strangers)
        outcome = rush(database, contenders, OneOf((booking, everybody)))
        assert outcome[WON] == 1
        assert set(outcome) <= {WON, "OfferGone", "SlotTaken"}
        with database.transaction() as connection:
            clear(connection)
    assert double_bookings(database) == 0


def let_run_out(connection: Connection) -> None:
    over = update(appointments).where(appointments.c.status == "held")
    connection.execute(over.values(hold_expires_at=DAYTIME - timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("workers", "times"),
    [pytest.param(4, 3, id="some"), pytest.param(20, 14, id="20", marks=stress)],
)
def test_many_workers_ask_everybody_once(
    database: Database, clinic: Clinic, workers: int, times: int
) -> None:
    with database.transaction() as connection:
        for number in range(3 * times):
            waits(connection, clinic, f"P{number}")
        for text in TIMES[:times]:
            free(connection, a_visit(connection, clinic, text))

    assert rush(database, workers, Work(DAYTIME)) == {WON: workers}
    with database.transaction() as connection:
        next_waves(connection, now=DAYTIME, limit=100)  # What somebody was writing beside.
        assert offers(connection) == ["planned"] * 3 * times
        entries = select(func.count(waitlist_offers.c.entry_id.distinct()))
        assert connection.scalar(entries) == 3 * times
        waves = select(waitlist_rounds.c.waves)
        assert set(connection.scalars(waves)) == {1}


@pytest.mark.parametrize(
    ("contenders", "turns"),
    [pytest.param(8, 3, id="some"), pytest.param(40, 20, id="40", marks=stress)],
)
def test_whatever_comes_at_the_same_moment_nothing_is_stuck(
    database: Database, clinic: Clinic, contenders: int, turns: int
) -> None:
    """Yes, no, ticks, bookings from outside and cancellations: nobody waits for ever, and no time
    is given twice."""
    random = Random(20261122)
    strangers = some_patients(database, contenders)
    slots = [a_slot(clinic, text, TUESDAY) for text in TIMES[:4]]
    with database.transaction() as connection:
        people = [waits(connection, clinic, f"P{number}") for number in range(12)]
        for text in TIMES[:4]:
            free(connection, a_visit(connection, clinic, text))
    for turn in range(turns):
        now = DAYTIME + turn * QUARTER
        with database.transaction() as connection:
            ask(connection, now)
            theirs = [offer_of(connection, one) for one in people]
        everybody = Yes(people, theirs)

        attempts: list[Attempt] = [
            everybody,
            No(people, now),
            Work(now),
            BookSlot(random.choice(slots), strangers),
        ]
        various = OneOf(tuple(random.choice(attempts) for _ in range(contenders)))
        outcome = rush(database, contenders, various)
        expected = {WON, "OfferGone", "OfferNotFound", "SlotTaken", "PatientBusy"}
        assert set(outcome) <= expected, outcome
        assert double_bookings(database) == 0


def test_a_tick_waits_for_nobody_who_writes_in_a_calendar(
    postgresql_database: Database,
) -> None:
    with postgresql_database.transaction() as connection:
        clinic = a_clinic(connection)
        for person in (clinic.patel_id, clinic.okafor_id):
            waits(connection, clinic, practitioner_id=person)
            free(connection, a_visit(connection, clinic, practitioner_id=person))
    with postgresql_database.transaction() as writing:
        lock_calendars(writing, [clinic.patel_id], None)
        with postgresql_database.transaction() as working:
            assert next_waves(working, now=DAYTIME, limit=9) == 1
    with postgresql_database.transaction() as connection:
        assert next_waves(connection, now=DAYTIME, limit=9) == 1
        assert offers(connection) == ["planned"] * 2
