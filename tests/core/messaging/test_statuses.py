"""Reports of the provider: forward only, in every order, as often as they like to come."""

from datetime import datetime, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.database.connect import Database
from core.messaging import outbox
from core.messaging.outcomes import Outcome, settle
from core.messaging.statuses import FORWARD, SentMessage, record_status
from core.models.messaging import MessageStatus
from tests.builders import NOW
from tests.core.messaging.waiting import seen, waiting

MINUTE = timedelta(minutes=1)
OUTGOING = set(MessageStatus) - {MessageStatus.RECEIVED, MessageStatus.IGNORED}
# What a message may still become, said once more in plain words.
EXPECTED = {
    "queued": "sent delivered read undelivered failed",
    "sending": "sent delivered read undelivered failed",
    "unknown": "sent delivered read undelivered failed",
    "sent": "delivered read undelivered failed",
    "delivered": "read",
    "read": "",
    "undelivered": "",
    "failed": "",
    "dropped": "",
}


def report(
    database: Database,
    status: str,
    now: datetime,
    *,
    public_id: str | None = None,
    provider_id: str | None = None,
    code: str | None = None,
) -> SentMessage | None:
    with database.transaction() as connection:
        return record_status(
            connection,
            public_id=public_id,
            provider_id=provider_id,
            status=MessageStatus(status),
            code=code,
            now=now,
        )


def test_the_table_of_steps_is_complete() -> None:
    assert set(FORWARD) == OUTGOING


@pytest.mark.parametrize("before", sorted(OUTGOING))
def test_a_message_only_moves_forward(
    sqlite_database: Database, now: datetime, before: MessageStatus
) -> None:
    for after in MessageStatus:
        message_id = waiting(sqlite_database, status=before, provider_id=f"SM{after}")
        report(sqlite_database, after, now, provider_id=f"SM{after}")
        is_allowed = after in EXPECTED[before].split()
        assert seen(sqlite_database, message_id).status == (after if is_allowed else before)


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])), ids=" ".join)
def test_reports_in_any_order_end_the_same(
    sqlite_database: Database, now: datetime, order: tuple[str, ...]
) -> None:
    message_id = waiting(sqlite_database, status="sending", provider_id="SM1")
    for minute, status in enumerate(order):
        report(sqlite_database, status, now + minute * MINUTE, provider_id="SM1")
    row = seen(sqlite_database, message_id)
    assert (row.status, row.read_at) == ("read", now + order.index("read") * MINUTE)
    assert row.sent_at is not None


def test_a_repeated_report_changes_nothing(database: Database, now: datetime) -> None:
    message_id = waiting(database, status="sent", provider_id="SM1")
    assert report(database, "delivered", now, provider_id="SM1")
    before = seen(database, message_id)
    assert report(database, "delivered", now + MINUTE, provider_id="SM1")
    assert seen(database, message_id) == before


def test_our_own_id_comes_first_then_the_providers(database: Database, now: datetime) -> None:
    ours = waiting(database, public_id="ours", status="sent", provider_id="SM1")
    theirs = waiting(database, public_id="other", status="sent", provider_id="SM2")
    assert report(database, "delivered", now, public_id="ours", provider_id="SM2")
    assert report(database, "read", now, public_id="nobody's", provider_id="SM2")
    assert (seen(database, ours).status, seen(database, theirs).status) == ("delivered", "read")


def test_a_message_that_is_not_ours_is_told(database: Database, now: datetime) -> None:
    waiting(database, public_id="in", direction="in", status="received", provider_id="SM1")
    assert not report(database, "delivered", now, public_id="in", provider_id="SM1")
    assert not report(database, "delivered", now)


def test_a_failure_keeps_its_code(database: Database, now: datetime) -> None:
    message_id = waiting(database, status="sent", provider_id="SM1")
    report(database, "undelivered", now, provider_id="SM1", code="30005")
    row = seen(database, message_id)
    assert (row.status, row.error_code, row.undelivered_at) == ("undelivered", "30005", now)


def test_a_report_that_overtakes_our_own_outcome_wins_and_brings_the_providers_id(
    database: Database, now: datetime
) -> None:
    message_id = waiting(database, public_id="ours")
    with database.transaction() as connection:
        outbox.claim(connection, now=now, owner="worker", lease=MINUTE, limit=1)
    report(database, "delivered", now, public_id="ours", provider_id="SM1")
    with database.transaction() as connection:
        taken = Outcome(message_id, MessageStatus.SENT, provider_id="SM1")
        assert settle(connection, "worker", [taken], now) == 0
    row = seen(database, message_id)
    assert (row.status, row.provider_id, row.sent_at) == ("delivered", "SM1", now)


def test_a_report_settles_what_was_unknown(database: Database, now: datetime) -> None:
    message_id = waiting(database, public_id="ours", status="unknown", error_code="lease_over")
    report(database, "sent", now, public_id="ours", provider_id="SM1")
    row = seen(database, message_id)
    assert (row.status, row.provider_id, row.error_code) == ("sent", "SM1", None)


WORDS = ["sent", "delivered", "read", "undelivered", "failed"]
REPORTS = st.lists(st.sampled_from(WORDS), max_size=8)
# Each example has a message of its own in the one database.
in_one_database = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80
)


@in_one_database
@given(before=st.sampled_from(["queued", "sending", "unknown", "sent"]), reports=REPORTS)
def test_whatever_comes_in_whatever_order_a_message_never_goes_back(
    sqlite_database: Database, before: str, reports: list[str]
) -> None:
    message_id = waiting(sqlite_database, status=before)
    public_id = seen(sqlite_database, message_id).public_id
    stations = [before]
    for minute, reported in enumerate(reports):
        report(sqlite_database, reported, NOW + minute * MINUTE, public_id=public_id)
        stations.append(seen(sqlite_database, message_id).status)
    steps = [(one, other) for one, other in pairwise(stations) if one != other]
    assert all(other in EXPECTED[one].split() for one, other in steps)
    if reports:
        assert stations[-1] != before or before == "sent"
    if "read" in reports and not {"undelivered", "failed"} & set(reports):
        assert stations[-1] == "read"


@in_one_database
@given(reports=REPORTS.filter(bool), rounds=st.integers(2, 3))
def test_reports_that_are_repeated_change_nothing_more(
    sqlite_database: Database, reports: list[str], rounds: int
) -> None:
    message_id = waiting(sqlite_database, status="sending")
    public_id = seen(sqlite_database, message_id).public_id
    for reported in reports:
        report(sqlite_database, reported, NOW, public_id=public_id)
    once = seen(sqlite_database, message_id)
    final = once.status
    for reported in reports * rounds:
        if reported not in EXPECTED[final].split():
            report(sqlite_database, reported, NOW + MINUTE, public_id=public_id)
    assert seen(sqlite_database, message_id) == once
