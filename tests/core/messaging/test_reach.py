"""What a provider says of an address."""

from datetime import datetime

from bot.messages import Channel
from bot.refusals import see_to
from core.database.connect import Database
from core.database.types import keyring_of
from core.messaging import reach
from tests.builders import a_conversation, an_address
from tests.core.messaging.waiting import a_waiting_message, address_of


def test_a_bad_address_is_good_again_when_they_write(database: Database, now: datetime) -> None:
    with database.transaction() as connection:
        address_id = an_address(connection)
        message_id = a_waiting_message(connection, a_conversation(connection, address_id))
        reach.mark_bad(connection, address_id, reason="30005", now=now)
    assert address_of(database, message_id).state == "bad"
    assert address_of(database, message_id).state_reason == "30005"
    with database.transaction() as connection:
        reach.mark_good(connection, address_id, now=now)
    assert address_of(database, message_id).state == "good"
    assert address_of(database, message_id).state_reason is None


def test_an_opt_out_that_only_the_carrier_heard_is_kept(database: Database, now: datetime) -> None:
    with database.transaction() as connection:
        address_id = an_address(connection, opted_in=True)
        message_id = a_waiting_message(connection, a_conversation(connection, address_id))
        see_to(connection, channel=Channel.SMS, address_id=address_id, code="21610", now=now)
    row = address_of(database, message_id)
    assert (row.opted_in, row.opt_changed_at, row.opt_changed_how) == (False, now, "provider:21610")


def test_blocking_the_bot_is_found_by_the_chat(database: Database, now: datetime) -> None:
    with database.transaction() as connection:
        digest = keyring_of(connection.dialect).hash_address(("telegram", "111"))
        address_id = an_address(connection, "telegram", address="111", address_hash=digest)
        conversation_id = a_conversation(connection, address_id)
        message_id = a_waiting_message(connection, conversation_id, channel="telegram")
        block = {"channel": "telegram", "is_good": False, "now": now}
        assert reach.record_reach(connection, address="111", **block)  # type: ignore[arg-type]
        assert not reach.record_reach(connection, address="222", **block)  # type: ignore[arg-type]
    assert address_of(database, message_id).state_reason == "blocked"
