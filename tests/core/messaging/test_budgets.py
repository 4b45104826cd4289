"""Rates that hold for all processes together: lanes and chats, answers first, nobody starved."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from core.database.connect import Database
from core.messaging import budgets, outbox
from core.messaging.budgets import Rates
from core.messaging.candidates import ClaimedMessage
from core.messaging.outcomes import Outcome, settle
from core.models.messaging import MessageStatus
from core.models.messaging import budgets as table
from core.rules import Rules
from tests.builders import a_conversation, an_address
from tests.core.messaging.waiting import a_waiting_message, seen, waiting

LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)
RATES = Rates(Rules(), {"sms": "+14155550100"})


def claim(
    database: Database, now: datetime, *, limit: int = 10, rates: Rates | None = RATES
) -> list[ClaimedMessage]:
    with database.transaction() as connection:
        return outbox.claim(
            connection, now=now, owner="worker", lease=LEASE, limit=limit, rates=rates
        ).messages


def reminders(database: Database, count: int, ours: str = "+14155550100") -> list[int]:
    with database.transaction() as connection:
        return [
            a_waiting_message(
                connection,
                a_conversation(connection, an_address(connection), our_address=ours),
                kind="reminder",
            )
            for _ in range(count)
        ]


def in_chat(database: Database, count: int, kind: str = "reminder") -> list[int]:
    with database.transaction() as connection:
        talk = a_conversation(connection, an_address(connection, "telegram"), our_address="1")
        return [
            a_waiting_message(connection, talk, channel="telegram", kind=kind) for _ in range(count)
        ]


def arrived(database: Database, claimed: list[ClaimedMessage], now: datetime) -> None:
    with database.transaction() as connection:
        taken = [
            Outcome(each.id, MessageStatus.SENT, provider_id=f"SM{each.id}") for each in claimed
        ]
        settle(connection, "worker", taken, now)


def test_a_number_sends_one_segment_a_second_of_what_nobody_asked_for(
    database: Database, now: datetime
) -> None:
    reminders(database, 20)
    sent = [len(claim(database, now + second * SECOND)) for second in range(10)]
    assert sent == [1] * 10


def test_control_without_rates_all_go_at_once(database: Database, now: datetime) -> None:
    reminders(database, 20)
    assert len(claim(database, now, limit=50, rates=None)) == 20


def test_two_segments_take_two_seconds(database: Database, now: datetime) -> None:
    with database.transaction() as connection:
        for _ in range(5):
            a_waiting_message(connection, kind="reminder", segments=2)
    sent = [len(claim(database, now + second * SECOND)) for second in range(6)]
    assert sum(sent) == 3


def test_an_answer_does_not_wait_for_a_thousand_reminders(
    database: Database, now: datetime
) -> None:
    reminders(database, 30)
    claim(database, now)
    answer = waiting(database)
    assert [each.id for each in claim(database, now)] == [answer]


def test_answers_too_have_an_end(database: Database, now: datetime) -> None:
    for _ in range(30):
        waiting(database)
    assert len(claim(database, now, limit=50)) == 11  # Twilio's own queue takes ten seconds' worth.


def test_a_number_that_is_busy_holds_up_no_other(database: Database, now: datetime) -> None:
    reminders(database, 30)
    others = reminders(database, 1, "+14155550177") + in_chat(database, 1)
    claimed = {each.id for each in claim(database, now, limit=5)}
    assert claimed >= set(others)
    assert len(claimed) == 3


def test_control_a_queue_that_is_taken_by_age_alone_would_starve_them(
    database: Database, now: datetime
) -> None:
    """Without the further looks a page of the busy number's is all that is seen."""
    reminders(database, 30)
    others = reminders(database, 1, "+14155550177")
    page = {each.id for each in claim(database, now, limit=5, rates=None)}
    assert not page & set(others)


def test_the_configured_number_is_one_lane_whether_named_or_not(
    database: Database, now: datetime
) -> None:
    reminders(database, 3, "")
    reminders(database, 3, "+14155550100")
    assert len(claim(database, now)) == 1


def test_a_chat_hears_one_a_second_and_others_go_on(database: Database, now: datetime) -> None:
    first, second, *_ = in_chat(database, 3)
    other = in_chat(database, 1)
    claimed = claim(database, now)
    assert [each.id for each in claimed] == [first, *other]
    arrived(database, claimed, now)
    assert claim(database, now) == []
    assert seen(database, second).due_at == now + SECOND
    assert [each.id for each in claim(database, now + SECOND)] == [second]


def test_answers_in_a_chat_may_come_in_a_short_burst(database: Database, now: datetime) -> None:
    expected = in_chat(database, 5, "reply")
    taken: list[int] = []
    while claimed := claim(database, now):
        taken += [each.id for each in claimed]
        arrived(database, claimed, now)
    assert taken == expected[:3]


def test_thirty_chats_a_second(database: Database, now: datetime) -> None:
    for _ in range(70):
        in_chat(database, 1)
    quarters = [now + quarter * SECOND / 4 for quarter in range(5)]
    sent = [len(claim(database, each, limit=100)) for each in quarters]
    assert sent[0] == 16  # Half a second's worth ahead.
    assert sum(sent) == 16 + 30


def test_who_waits_is_told_when_to_come_again(database: Database, now: datetime) -> None:
    reminders(database, 2)
    with database.transaction() as connection:
        found = outbox.claim(
            connection, now=now, owner="worker", lease=LEASE, limit=10, rates=RATES
        )
    assert len(found.messages) == 1
    assert found.opens_at == now + SECOND - budgets.AHEAD_UNPROMPTED


@pytest.mark.parametrize("kind", ["reply", "reminder"])
def test_told_to_slow_down_nobody_sends_there(database: Database, now: datetime, kind: str) -> None:
    waiting(database, kind=kind)
    with database.transaction() as connection:
        [lane] = RATES.names("sms", "", 1)
        budgets.slow_down(connection, {lane: now + 7 * SECOND}, now)
        # A shorter pause does not end a longer one.
        budgets.slow_down(connection, {lane: now + SECOND}, now)
    assert claim(database, now + 6 * SECOND) == []
    later = 7 * SECOND if kind == "reply" else 17 * SECOND  # Answers first.
    assert len(claim(database, now + later)) == 1


def free_lanes(database: Database) -> set[str]:
    """Those that a further process could have without waiting."""
    with database.transaction() as connection:
        return set(connection.scalars(select(table.c.name).with_for_update(skip_locked=True)))


def test_whoever_slows_one_lane_down_holds_all_as_whoever_claims(
    postgresql_database: Database, now: datetime
) -> None:
    """Else two who claim next, each with a lane that the other wants, would wait for ever."""
    lanes = {name for channel in ("sms", "whatsapp") for name in RATES.names(channel, "+1", 1)}
    with postgresql_database.transaction() as connection:
        budgets.slow_down(connection, dict.fromkeys(lanes, now), now)
    assert free_lanes(postgresql_database) == lanes
    with postgresql_database.transaction() as connection:
        budgets.slow_down(connection, {min(lanes): now + SECOND}, now)
        assert free_lanes(postgresql_database) == set()


def test_zero_is_no_limit(database: Database, now: datetime) -> None:
    reminders(database, 20)
    free = Rates(Rules(sms_segments_a_second=0))
    assert len(claim(database, now, limit=50, rates=free)) == 20
    with database.reading() as connection:
        assert connection.execute(select(table)).all() == []


def test_what_is_simulated_takes_nothing(database: Database, now: datetime) -> None:
    with database.transaction() as connection:
        for _ in range(5):
            a_waiting_message(connection, kind="reminder", is_simulated=True)
    assert len(claim(database, now)) == 5


def test_budgets_hold_among_workers(database: Database, now: datetime) -> None:
    reminders(database, 40)
    taken: list[int] = []
    start = Barrier(4)

    def work() -> None:
        start.wait()
        for second in range(5):
            taken.extend(each.id for each in claim(database, now + second * SECOND, limit=5))

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(taken) == len(set(taken)) == 5


def test_a_chats_budget_is_forgotten_and_a_lanes_is_not(database: Database, now: datetime) -> None:
    in_chat(database, 1)
    claim(database, now)
    with database.transaction() as connection:
        assert budgets.forget(connection, now + timedelta(hours=2)) == 1
        assert connection.scalars(select(table.c.name)).all() == ["telegram"]
