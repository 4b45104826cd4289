"""The outbox: what is taken, in which order, by whom, and what a late outcome may change."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, update

from core.database.connect import Database
from core.messaging import outbox
from core.messaging.candidates import ClaimedMessage
from core.messaging.outcomes import Outcome, expire_leases, settle
from core.models import messages
from core.models.messaging import MessageKind, MessageStatus
from tests.builders import NOW, a_conversation, an_address
from tests.core.messaging.waiting import a_waiting_message, seen, status, waiting

LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)


def claim(
    database: Database, now: datetime, *, owner: str = "worker", limit: int = 10
) -> list[ClaimedMessage]:
    with database.transaction() as connection:
        return outbox.claim(connection, now=now, owner=owner, lease=LEASE, limit=limit).messages


def ids(claimed: list[ClaimedMessage]) -> list[int]:
    return [message.id for message in claimed]


def write(database: Database, *outcomes: Outcome, now: datetime, owner: str = "worker") -> int:
    with database.transaction() as connection:
        return settle(connection, owner, outcomes, now)


def mark_sent(database: Database, message_id: int, now: datetime, owner: str = "worker") -> bool:
    outcome = Outcome(message_id, MessageStatus.SENT, provider_id=f"SM{message_id}")
    return write(database, outcome, now=now, owner=owner) == 1


def test_a_claimed_message_carries_what_a_sender_needs(database: Database, now: datetime) -> None:
    with database.transaction() as connection:
        address = an_address(connection, "whatsapp", address="+34600111222")
        conversation = a_conversation(
            connection, address, our_address="+14155550199", language="es"
        )
        message_id = a_waiting_message(
            connection,
            conversation,
            channel="whatsapp",
            text="¿Qué día?",
            choices='[{"label": "Lunes", "value": "l:1"}]',
            list_id="l",
        )
    [message] = claim(database, now)
    assert (message.id, message.channel, message.recipient) == (
        message_id,
        "whatsapp",
        "+34600111222",
    )
    assert (message.our_address, message.language) == ("+14155550199", "es")
    assert (message.text, message.list_id) == ("¿Qué día?", "l")
    assert message.choices == '[{"label": "Lunes", "value": "l:1"}]'
    assert (message.attempts, message.is_simulated) == (1, False)
    row = seen(database, message_id)
    assert (row.status, row.lease_owner, row.lease_until) == ("sending", "worker", now + LEASE)
    assert (row.sending_at, row.attempts) == (now, 1)


def test_the_oldest_is_taken_first_and_no_more_than_asked_for(
    database: Database, now: datetime
) -> None:
    second = waiting(database, due_at=now - SECOND)
    first = waiting(database, due_at=now - 2 * SECOND)
    third = waiting(database)
    assert ids(claim(database, now, limit=2)) == [first, second]
    assert ids(claim(database, now)) == [third]
    assert claim(database, now) == []


def test_what_is_not_due_waits(database: Database, now: datetime) -> None:
    message_id = waiting(database, due_at=now + SECOND)
    assert claim(database, now) == []
    assert ids(claim(database, now + SECOND)) == [message_id]


def test_what_came_in_is_never_sent(database: Database, now: datetime) -> None:
    waiting(database, direction="in", status="received")
    assert claim(database, now) == []


def test_a_conversation_is_sent_in_its_order(database: Database, now: datetime) -> None:
    first = waiting(database)
    conversation = seen(database, first).conversation_id
    second = waiting(database, conversation, due_at=now - SECOND)
    assert ids(claim(database, now)) == [first]
    assert claim(database, now) == []  # The first is on its way.
    mark_sent(database, first, now)
    assert ids(claim(database, now)) == [second]


def test_a_message_that_is_tried_again_holds_up_the_next(database: Database, now: datetime) -> None:
    first = waiting(database)
    second = waiting(database, seen(database, first).conversation_id)
    claim(database, now)
    later = now + 5 * SECOND
    write(database, Outcome(first, MessageStatus.QUEUED, due_at=later, code="503"), now=now)
    assert claim(database, now) == []
    assert ids(claim(database, later)) == [first]
    write(database, Outcome(first, MessageStatus.FAILED, code="30007"), now=later)
    assert ids(claim(database, later)) == [second]


def test_a_notice_for_tomorrow_does_not_hold_up_an_answer(
    database: Database, now: datetime
) -> None:
    notice = waiting(database, kind="notice", due_at=now + timedelta(hours=9))
    answer = waiting(database, seen(database, notice).conversation_id)
    assert ids(claim(database, now)) == [answer]


@pytest.mark.parametrize(
    ("changes", "address", "reason"),
    [
        ({"valid_until": timedelta(seconds=-1)}, {}, "expired"),
        ({"kind": "reminder"}, {"state": "bad", "state_reason": "30005"}, "bad_address"),
        ({"kind": "reply"}, {"opted_in": False}, "opted_out"),
        ({"kind": "reminder"}, {"opted_in": False, "channel": "whatsapp"}, "opted_out"),
    ],
)
def test_what_must_not_go_out_is_dropped_and_says_why(
    database: Database,
    now: datetime,
    changes: dict[str, object],
    address: dict[str, object],
    reason: str,
) -> None:
    channel = str(address.get("channel", "sms"))
    if "valid_until" in changes:
        changes = {"valid_until": now - SECOND}
    with database.transaction() as connection:
        conversation = a_conversation(connection, an_address(connection, **address))  # type: ignore[arg-type]
        dropped = a_waiting_message(connection, conversation, channel=channel, **changes)
        other = a_waiting_message(connection, kind="notice")
    assert ids(claim(database, now, limit=1)) == [other]
    row = seen(database, dropped)
    assert (row.status, row.error_code, row.dropped_at) == ("dropped", reason, now)


@pytest.mark.parametrize(
    "address", [{"state": "bad"}, {"opted_in": False, "channel": "whatsapp"}, {"opted_in": True}]
)
def test_an_answer_goes_out_where_it_can_arrive(
    database: Database, now: datetime, address: dict[str, object]
) -> None:
    with database.transaction() as connection:
        conversation = a_conversation(connection, an_address(connection, **address))  # type: ignore[arg-type]
        channel = address.get("channel", "sms")
        message_id = a_waiting_message(connection, conversation, channel=channel)
    assert ids(claim(database, now)) == [message_id]


def test_only_the_owner_of_the_lease_writes_the_outcome(database: Database, now: datetime) -> None:
    message_id = waiting(database)
    claim(database, now)
    assert not mark_sent(database, message_id, now, owner="another")
    assert status(database, message_id) == "sending"
    assert mark_sent(database, message_id, now)
    assert not mark_sent(database, message_id, now + SECOND)
    row = seen(database, message_id)
    assert (row.status, row.provider_id, row.sent_at) == ("sent", f"SM{message_id}", now)
    assert (row.lease_owner, row.lease_until) == (None, None)


def test_a_lease_that_is_over_means_unknown_and_a_late_outcome_changes_nothing(
    database: Database, now: datetime
) -> None:
    message_id = waiting(database)
    claim(database, now)
    late = now + LEASE
    with database.transaction() as connection:
        assert expire_leases(connection, late - SECOND) == 0
        assert expire_leases(connection, late) == 1
        assert expire_leases(connection, late) == 0
    for outcome in (
        Outcome(message_id, MessageStatus.SENT, provider_id="SM1"),
        Outcome(message_id, MessageStatus.DELIVERED, provider_id="SM1"),
        Outcome(message_id, MessageStatus.QUEUED, due_at=late, code="1"),
        Outcome(message_id, MessageStatus.QUEUED, was_tried=False),
        Outcome(message_id, MessageStatus.FAILED, code="1"),
        Outcome(message_id, MessageStatus.UNKNOWN, code="1"),
    ):
        assert write(database, outcome, now=late) == 0
    row = seen(database, message_id)
    assert (row.status, row.error_code, row.unknown_at) == ("unknown", "lease_over", late)
    assert claim(database, late + timedelta(days=1)) == []


def test_two_workers_claim_nothing_twice(database: Database, now: datetime) -> None:
    expected = {waiting(database) for _ in range(40)}
    taken: dict[str, list[int]] = {"one": [], "two": []}
    start = Barrier(2)

    def work(owner: str) -> None:
        start.wait()
        while claimed := claim(database, now, owner=owner, limit=3):
            taken[owner] += ids(claimed)

    workers = [Thread(target=work, args=(owner,)) for owner in taken]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # A worker may find all that is left locked by the other, and stop: nothing is lost by that.
    rest = ids(claim(database, now, limit=40))
    assert sorted(taken["one"] + taken["two"] + rest) == sorted(expected)


def test_two_workers_take_a_conversation_in_turns(
    postgresql_database: Database, now: datetime
) -> None:
    """While one worker is about to claim the first message, the other must not take the second."""
    first = waiting(postgresql_database)
    waiting(postgresql_database, seen(postgresql_database, first).conversation_id)
    with postgresql_database.transaction() as connection:
        taken = outbox.claim(connection, now=now, owner="one", lease=LEASE, limit=1).messages
        assert ids(taken) == [first]
        assert claim(postgresql_database, now, owner="two") == []
    assert claim(postgresql_database, now, owner="two") == []


def test_sqlite_finds_what_is_due_by_its_index(sqlite_database: Database, now: datetime) -> None:
    asked: list[tuple[str, object]] = []
    with sqlite_database.transaction() as connection:
        event.listen(
            connection,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, values, *_: asked.append((statement, values)),
        )
        outbox.claim(connection, now=now, owner="worker", lease=LEASE, limit=8)
    plans = []
    with sqlite_database.reading() as connection:
        for statement, values in asked:
            if statement.startswith("SELECT messages.id"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
                plans.append(" ".join(str(row.detail) for row in plan))
    assert len(plans) == 2  # Replies, and all else
    for steps in plans:
        assert "ix_messages_due" in steps
        assert "SCAN messages" not in steps.replace("SCAN messages USING INDEX ix_messages_due", "")


def test_control_without_the_lease_check_a_late_outcome_would_overwrite(
    database: Database, now: datetime
) -> None:
    """Shows that the row can be overwritten at all: by whoever does not ask who holds the lease."""
    message_id = waiting(database)
    claim(database, now)
    with database.transaction() as connection:
        expire_leases(connection, now + LEASE)
        connection.execute(
            update(messages).where(messages.c.id == message_id).values(status="sent")
        )
    assert status(database, message_id) == "sent"


def queue_of(database: Database, *kinds: str) -> list[int]:
    """Each to somebody of their own, one second after the other."""
    return [
        waiting(database, kind=kind, due_at=NOW - timedelta(minutes=1) + number * SECOND)
        for number, kind in enumerate(kinds)
    ]


def test_answers_come_before_what_nobody_has_asked_for(database: Database, now: datetime) -> None:
    *reminders, reply, answer = queue_of(
        database, *["reminder"] * 6, MessageKind.REPLY, MessageKind.STAFF_ANSWER
    )
    assert ids(claim(database, now, limit=3)) == [reply, answer, reminders[0]]


def test_control_without_looking_for_answers_the_oldest_is_first(
    database: Database, now: datetime
) -> None:
    reminders = queue_of(database, *["reminder"] * 3, "reply")[:3]
    with database.transaction() as connection:
        claimed = outbox.claim(
            connection, now=now, owner="worker", lease=LEASE, limit=3, replies_first=False
        )
    assert ids(claimed.messages) == reminders


def test_what_stands_before_an_answer_goes_with_it_and_keeps_its_order(
    database: Database, now: datetime
) -> None:
    others = queue_of(database, *["reminder"] * 4)
    before = waiting(database, kind="reminder")
    answer = waiting(database, seen(database, before).conversation_id)
    assert ids(claim(database, now, limit=2)) == [before, others[0]]
    mark_sent(database, before, now)
    assert ids(claim(database, now, limit=1)) == [answer]


def test_what_is_given_back_was_not_tried(database: Database, now: datetime) -> None:
    message_id = waiting(database)
    claim(database, now)
    back = Outcome(message_id, MessageStatus.QUEUED, was_tried=False)
    assert write(database, back, now=now) == 1
    row = seen(database, message_id)
    assert (row.status, row.attempts, row.lease_owner, row.due_at) == ("queued", 0, None, now)
    assert ids(claim(database, now)) == [message_id]


def test_many_outcomes_are_written_together_each_with_its_own_id(
    database: Database, now: datetime
) -> None:
    taken = [waiting(database) for _ in range(30)]
    other = waiting(database, status="sending", lease_owner="another", lease_until=now + LEASE)
    claim(database, now, limit=30)
    sent = [Outcome(each, MessageStatus.SENT, provider_id=f"SM{each}") for each in taken]
    stolen = Outcome(other, MessageStatus.SENT, provider_id="SM-stolen")
    assert write(database, *sent, stolen, now=now) == 30
    assert {seen(database, each).provider_id for each in taken} == {f"SM{each}" for each in taken}
    assert status(database, other) == "sending"


@pytest.mark.parametrize(("kind", "is_said_elsewhere"), [("reply", False), ("reminder", True)])
def test_only_what_nobody_has_asked_for_is_to_be_said_elsewhere(
    database: Database, now: datetime, kind: str, is_said_elsewhere: bool
) -> None:
    message_id = waiting(database, kind=kind)
    claim(database, now)
    write(database, Outcome(message_id, MessageStatus.FAILED, code="30007"), now=now)
    assert seen(database, message_id).due_at == (now if is_said_elsewhere else None)
