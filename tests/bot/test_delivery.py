"""Delivery: from the outbox through the real SDKs to the providers' peers, and what comes back."""

import time
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.delivery import Delivery
from bot.messages import Channel
from bot.results import MOST_ATTEMPTS, pause_after
from bot.senders.base import Accepted, DeliveryError, OutgoingMessage, Sender
from bot.senders.making import make_senders
from core.config import Settings
from core.database.connect import Database
from core.messaging import troubles
from core.messaging.outcomes import expire_leases
from core.models import messages
from tests.builders import Clinic, a_conversation, a_setting, an_address
from tests.core.messaging.waiting import a_waiting_message, address_of, seen, status, waiting
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_updates import Person
from tests.providers.twilio_peer import SMS_FROM, TwilioPeer

PUBLIC_URL = "https://desk.example.org"
ANA = Person(111)


@pytest.fixture
def twilio() -> Iterator[TwilioPeer]:
    with TwilioPeer() as peer:
        yield peer


@pytest.fixture
def telegram() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        peer.start(ANA)
        yield peer


@pytest.fixture
def settings(twilio: TwilioPeer, telegram: TelegramPeer) -> Settings:
    return Settings(
        public_url=PUBLIC_URL,
        twilio_account_sid=twilio.account_sid,
        twilio_auth_token=twilio.auth_token,
        twilio_sms_from=SMS_FROM,
        twilio_whatsapp_from="+14155550199",
        twilio_api_base=twilio.url,
        telegram_bot_token=telegram.token,
        telegram_api_base=telegram.url,
    )


class FakeSender:
    """Collects what was said; can be told to fail, or to wait."""

    def __init__(self, *outcomes: DeliveryError | Exception) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[OutgoingMessage] = []

    def send(self, message: OutgoingMessage) -> Accepted:
        self.sent.append(message)
        if self.outcomes:
            raise self.outcomes.pop(0)
        return Accepted(f"id of {message.public_id}", "queued")

    def look_up(
        self, message: OutgoingMessage, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        raise NotImplementedError

    def close(self) -> None:
        pass


def deliver(
    database: Database, senders: Mapping[Channel, Sender], now: datetime, **options: object
) -> int:
    delivery = Delivery(
        database,
        senders,
        clock=lambda: now,
        jitter=lambda: 0.0,
        **options,  # type: ignore[arg-type]
    )
    try:
        return delivery.deliver()
    finally:
        delivery.close()


def test_an_sms_reaches_twilio_with_our_id_in_its_status_address(
    database: Database, now: datetime, settings: Settings, twilio: TwilioPeer
) -> None:
    message_id = waiting(database, text="Which day?")
    assert deliver(database, make_senders(settings), now) == 1
    [sent] = twilio.accepted
    row = seen(database, message_id)
    assert (sent.body, sent.from_) == ("Which day?", SMS_FROM)
    assert sent.to == address_of(database, message_id).address
    assert sent.status_callback == f"{PUBLIC_URL}/twilio/status?message={row.public_id}"
    assert (row.status, row.provider_id, row.sent_at) == ("sent", sent.sid, now)


def test_a_telegram_message_carries_its_buttons(
    database: Database, now: datetime, settings: Settings, telegram: TelegramPeer
) -> None:
    with database.transaction() as connection:
        address = an_address(connection, "telegram", address=str(ANA.id))
        conversation = a_conversation(connection, address, our_address="110201543")
        choices = '[{"label": "Mon", "value": "abc:1"}, {"label": "Tue", "value": "abc:2"}]'
        message_id = a_waiting_message(
            connection, conversation, channel="telegram", choices=choices, list_id="abc"
        )
    deliver(database, make_senders(settings), now)
    [sent] = telegram.accepted
    assert [button["callback_data"] for button in sent.buttons] == ["abc:1", "abc:2"]
    row = seen(database, message_id)
    # Telegram counts in each chat anew: the conversation makes its number unique.
    assert row.provider_id == f"{conversation}:{sent.message['message_id']}"
    assert row.status == "sent"


@pytest.fixture
def in_chat(database: Database) -> int:
    """A conversation with Ana."""
    with database.transaction() as connection:
        address = an_address(connection, "telegram", address=str(ANA.id))
        return a_conversation(connection, address, our_address="110201543")


def test_an_answer_takes_the_place_of_its_question(
    database: Database, now: datetime, settings: Settings, telegram: TelegramPeer, in_chat: int
) -> None:
    asks = waiting(database, in_chat, channel="telegram", text="Which day?")
    deliver(database, make_senders(settings), now)
    answers = [
        waiting(database, in_chat, channel="telegram", text=text, edits_id=asks)
        for text in ("Which time?", "Booked.")
    ]
    deliver(database, make_senders(settings), now)
    [sent] = telegram.accepted
    assert (sent.text, sent.edits) == ("Booked.", 2)
    assert seen(database, asks).provider_id == f"{in_chat}:{sent.message['message_id']}"
    # The place on the screen is the first one's; what was said there is all in the log.
    rows = [seen(database, each) for each in answers]
    assert [(row.status, row.provider_id, row.edits_id) for row in rows] == [
        ("sent", None, asks)
    ] * 2
    assert [row.text for row in rows] == ["Which time?", "Booked."]


def test_where_the_question_is_gone_its_answer_comes_as_a_new_message(
    database: Database, now: datetime, settings: Settings, telegram: TelegramPeer, in_chat: int
) -> None:
    asks = waiting(database, in_chat, channel="telegram", text="Which day?")
    deliver(database, make_senders(settings), now)
    telegram.deleted.add(telegram.accepted[0].message["message_id"])
    answer = waiting(database, in_chat, channel="telegram", text="Booked.", edits_id=asks)
    deliver(database, make_senders(settings), now)
    assert [sent.text for sent in telegram.accepted] == ["Which day?", "Booked."]
    row = seen(database, answer)
    assert row.provider_id == f"{in_chat}:{telegram.accepted[1].message['message_id']}"


def test_an_edit_that_broke_off_is_tried_again_and_holds_its_order(
    database: Database, now: datetime, settings: Settings, telegram: TelegramPeer, in_chat: int
) -> None:
    asks = waiting(database, in_chat, channel="telegram", text="Which day?")
    deliver(database, make_senders(settings), now)
    answer = waiting(database, in_chat, channel="telegram", text="Booked.", edits_id=asks)
    after = waiting(database, in_chat, channel="telegram", text="Your visit is tomorrow.")
    telegram.drop_next(accept=True)
    deliver(database, make_senders(settings), now)
    assert [status(database, each) for each in (answer, after)] == ["queued", "queued"]
    deliver(database, make_senders(settings), now + timedelta(minutes=1))
    assert [sent.text for sent in telegram.accepted] == ["Booked.", "Your visit is tomorrow."]
    assert [status(database, each) for each in (answer, after)] == ["sent", "sent"]


def test_a_question_that_nobody_knows_to_have_arrived_is_not_edited(
    database: Database, now: datetime, settings: Settings, telegram: TelegramPeer, in_chat: int
) -> None:
    asks = waiting(database, in_chat, channel="telegram", status="unknown")
    waiting(database, in_chat, channel="telegram", text="Booked.", edits_id=asks)
    deliver(database, make_senders(settings), now)
    assert [(sent.text, sent.edits) for sent in telegram.accepted] == [("Booked.", 0)]


def test_telegrams_numbers_may_repeat_from_chat_to_chat(database: Database, now: datetime) -> None:
    class SameNumber(FakeSender):
        def send(self, message: OutgoingMessage) -> Accepted:
            self.sent.append(message)
            return Accepted("7", "sent")

    ids = [waiting(database, channel="telegram") for _ in range(2)]
    deliver(database, {Channel.TELEGRAM: SameNumber()}, now)
    assert [status(database, each) for each in ids] == ["sent", "sent"]


def test_a_conversation_arrives_in_its_order(database: Database, now: datetime) -> None:
    first = waiting(database, text="1")
    conversation = seen(database, first).conversation_id
    for text in "2345":
        waiting(database, conversation, text=text)
    sender = FakeSender()
    assert deliver(database, {Channel.SMS: sender}, now) == 5
    assert [message.text for message in sender.sent] == ["1", "2", "3", "4", "5"]


def test_what_is_simulated_or_for_the_web_never_reaches_a_provider(
    database: Database, now: datetime, settings: Settings, twilio: TwilioPeer
) -> None:
    with database.transaction() as connection:
        conversation = a_conversation(connection, is_simulated=True)
        in_simulation = a_waiting_message(connection, conversation)
    ids = [in_simulation, waiting(database, is_simulated=True), waiting(database, channel="web")]
    deliver(database, make_senders(settings), now)
    assert twilio.requests == []
    assert [status(database, each) for each in ids] == ["delivered"] * 3


def test_a_channel_that_is_off_fails_and_says_so(database: Database, now: datetime) -> None:
    message_id = waiting(database)
    deliver(database, make_senders(Settings()), now)
    row = seen(database, message_id)
    assert (row.status, row.error_code, row.failed_at) == ("failed", "channel_off", now)


def test_a_passing_error_is_tried_again_later(
    database: Database, now: datetime, settings: Settings, twilio: TwilioPeer
) -> None:
    message_id = waiting(database)
    senders = make_senders(settings)
    twilio.fail_next(status=429, code=20429)
    assert deliver(database, senders, now) == 1
    row = seen(database, message_id)
    assert (row.status, row.error_code) == ("queued", "20429")
    assert row.due_at == now + timedelta(seconds=5)
    assert twilio.accepted == []
    deliver(database, make_senders(settings), row.due_at)
    assert (status(database, message_id), len(twilio.accepted)) == ("sent", 1)


def test_a_pause_that_telegram_asks_for_is_kept(
    database: Database, now: datetime, settings: Settings, telegram: TelegramPeer
) -> None:
    with database.transaction() as connection:
        address = an_address(connection, "telegram", address=str(ANA.id))
        conversation = a_conversation(connection, address)
        message_id = a_waiting_message(connection, conversation, channel="telegram")
    telegram.flood_next(90)
    deliver(database, make_senders(settings), now)
    assert seen(database, message_id).due_at == now + timedelta(seconds=90)


def test_pauses_grow_spread_and_end() -> None:
    pauses = [pause_after(attempt, None, 0.0).total_seconds() for attempt in range(1, 10)]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert pause_after(1, None, 1.0) == timedelta(seconds=7.5)
    assert pause_after(1, 60.0, 1.0) == timedelta(seconds=60)


def test_tries_are_bounded(database: Database, now: datetime) -> None:
    message_id = waiting(database)
    sender = FakeSender(*[DeliveryError("503") for _ in range(99)])
    for hour in range(MOST_ATTEMPTS + 3):
        deliver(database, {Channel.SMS: sender}, now + timedelta(hours=hour))
    row = seen(database, message_id)
    assert (row.status, row.error_code, row.attempts) == ("failed", "503", MOST_ATTEMPTS)
    assert len(sender.sent) == MOST_ATTEMPTS


@pytest.mark.parametrize(
    ("channel", "code", "state", "opted_in"),
    [
        ("sms", "21610", "good", False),
        ("sms", "21211", "bad", None),
        ("sms", "21614", "bad", None),
        ("sms", "30005", "bad", None),
        ("sms", "30007", "good", None),
        ("telegram", "403", "bad", None),
        ("telegram", "400", "good", None),
    ],
)
def test_a_refusal_for_good_says_what_it_says_of_the_address(
    database: Database,
    now: datetime,
    channel: str,
    code: str,
    state: str,
    opted_in: bool | None,
) -> None:
    message_id = waiting(database, channel=channel)
    sender = FakeSender(DeliveryError(code, permanent=True))
    deliver(database, {Channel(channel): sender}, now)
    row, address = seen(database, message_id), address_of(database, message_id)
    assert (row.status, row.error_code) == ("failed", code)
    assert (address.state, address.opted_in) == (state, opted_in)


def test_after_stop_at_the_carrier_nothing_more_is_sent(
    database: Database, now: datetime, settings: Settings, twilio: TwilioPeer
) -> None:
    first = waiting(database)
    second = waiting(database, seen(database, first).conversation_id, kind="notice")
    twilio.opted_out.add((address_of(database, first).address, SMS_FROM))
    deliver(database, make_senders(settings), now)
    assert seen(database, first).error_code == "21610"
    assert (status(database, second), seen(database, second).error_code) == ("dropped", "opted_out")
    assert len(twilio.requests) == 1


def test_a_lost_answer_is_unknown_and_never_repeated(
    database: Database, now: datetime, settings: Settings, twilio: TwilioPeer
) -> None:
    message_id = waiting(database)
    twilio.drop_next(accept=True)
    deliver(database, make_senders(settings), now)
    assert status(database, message_id) == "unknown"
    deliver(database, make_senders(settings), now + timedelta(days=1))
    assert len(twilio.accepted) == 1


def test_one_bad_message_stops_nobody(
    database: Database, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    senseless = waiting(database, choices='{"not": "a list"}')
    broken, sound = waiting(database), waiting(database)
    sender = FakeSender(RuntimeError("+14155550123"))
    deliver(database, {Channel.SMS: sender}, now)
    assert seen(database, senseless).error_code == "unreadable"
    assert sorted([status(database, broken), status(database, sound)]) == ["sending", "sent"]
    assert "delivery broke off" in caplog.text
    with database.transaction() as connection:
        expire_leases(connection, now + timedelta(hours=1))
    assert status(database, broken) == "unknown"


def test_it_is_written_down_before_the_provider_hears_of_it(
    database: Database, now: datetime
) -> None:
    message_id = waiting(database)
    found: list[str] = []

    class Looking(FakeSender):
        def send(self, message: OutgoingMessage) -> Accepted:
            found.append(status(database, message_id))
            return super().send(message)

    deliver(database, {Channel.SMS: Looking()}, now)
    assert found == ["sending"]


def test_closing_waits_for_what_is_being_sent(database: Database, now: datetime) -> None:
    started, go_on = Event(), Event()

    class Slow(FakeSender):
        def send(self, message: OutgoingMessage) -> Accepted:
            started.set()
            assert go_on.wait(5)
            return super().send(message)

    first = waiting(database)
    second = waiting(database, seen(database, first).conversation_id)
    delivery = Delivery(database, {Channel.SMS: Slow()}, clock=lambda: now)
    assert delivery.deliver(for_seconds=0.1) == 1
    assert started.wait(5)
    delivery.stop()
    assert delivery.deliver() == 0
    go_on.set()
    delivery.close()
    assert (status(database, first), status(database, second)) == ("sent", "queued")


def reminders(database: Database, count: int, **changes: Any) -> list[int]:
    return [waiting(database, kind="reminder", **changes) for _ in range(count)]


def unlimited(database: Database) -> None:
    with database.transaction() as connection:
        a_setting(connection, "sms_segments_a_second", 0)


def test_beside_a_slow_provider_a_thread_claims_one_message(
    database: Database, now: datetime
) -> None:
    """However long the queue: none waits, claimed, behind a call that takes its time."""
    unlimited(database)
    ids = reminders(database, 12)
    claimed: list[int] = []

    class Slow(FakeSender):
        def send(self, message: OutgoingMessage) -> Accepted:
            time.sleep(0.02)
            claimed.append(being_sent(database))
            return super().send(message)

    deliver(database, {Channel.SMS: Slow()}, now, threads=3)
    assert max(claimed) <= 3
    assert [status(database, each) for each in ids] == ["sent"] * 12


def being_sent(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).where(messages.c.status == "sending")) or 0


def test_where_sending_costs_nothing_a_thread_claims_many(
    database: Database, now: datetime
) -> None:
    unlimited(database)
    ids = reminders(database, 60)
    claimed: list[int] = []

    class AtOnce(FakeSender):
        def send(self, message: OutgoingMessage) -> Accepted:
            if len(self.sent) == 45:
                claimed.append(being_sent(database))
            return super().send(message)

    sender = AtOnce()
    deliver(database, {Channel.SMS: sender}, now, threads=1)
    assert claimed[0] > 1
    assert {status(database, each) for each in ids} == {"sent"}
    assert len({message.public_id for message in sender.sent}) == len(sender.sent) == 60


def test_a_bundle_that_turns_slow_is_given_back(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.LONGEST_BUNDLE", 0.05)
    unlimited(database)
    ids = reminders(database, 40)
    sent = 0

    class TurnsSlow(FakeSender):
        def send(self, message: OutgoingMessage) -> Accepted:
            nonlocal sent
            sent += 1
            time.sleep(0.03 if sent > 20 else 0)
            return super().send(message)

    sender = TurnsSlow()
    deliver(database, {Channel.SMS: sender}, now, threads=1)
    rows = [seen(database, each) for each in ids]
    assert {(row.status, row.attempts) for row in rows} == {("sent", 1)}
    assert len(sender.sent) == 40


def test_whoever_slept_between_claim_and_call_does_not_call(
    database: Database, now: datetime
) -> None:
    """A laptop that was shut: somebody else may have sent it by now."""
    message_id = waiting(database)
    times = (now + number * timedelta(minutes=61) for number in count())
    sender = FakeSender()
    delivery = Delivery(database, {Channel.SMS: sender}, clock=lambda: next(times), threads=1)
    delivery.deliver(for_seconds=0.3)
    delivery.close()
    assert sender.sent == []
    assert (status(database, message_id), seen(database, message_id).attempts) == ("queued", 0)


def test_stopping_gives_back_what_is_not_begun(database: Database, now: datetime) -> None:
    unlimited(database)
    ids = reminders(database, 100)

    class Stops(FakeSender):
        def send(self, message: OutgoingMessage) -> Accepted:
            if len(self.sent) == 40:
                delivery.stop()
            return super().send(message)

    sender = Stops()
    delivery = Delivery(database, {Channel.SMS: sender}, clock=lambda: now, threads=1)
    delivery.deliver()
    delivery.close()
    found = [status(database, each) for each in ids]
    assert found.count("sent") == len(sender.sent) == 41
    assert found.count("queued") == 59


def test_an_outcome_that_is_refused_stops_no_other(
    database: Database, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """A provider that gives the same id twice."""
    unlimited(database)
    ids = reminders(database, 30)

    class Repeats(FakeSender):
        def send(self, message: OutgoingMessage) -> Accepted:
            self.sent.append(message)
            number = len(self.sent)
            return Accepted("SM-again" if number in (20, 25) else f"SM{number}", "queued")

    deliver(database, {Channel.SMS: Repeats()}, now, threads=1)
    found = sorted(status(database, each) for each in ids)
    assert found == ["sending"] + ["sent"] * 29  # Its lease will run out.
    assert "outcome is refused" in caplog.text


def test_two_workers_send_each_message_once(database: Database, now: datetime) -> None:
    unlimited(database)
    ids = reminders(database, 150)
    sender = FakeSender()
    workers = [Delivery(database, {Channel.SMS: sender}, clock=lambda: now) for _ in range(2)]
    threads = [Thread(target=worker.deliver) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in workers:
        worker.deliver()
        worker.close()
    assert len(sender.sent) == len({message.public_id for message in sender.sent}) == 150
    assert {status(database, each) for each in ids} == {"sent"}


def test_what_waits_for_its_budget_goes_out_within_the_time_given(
    database: Database, now: datetime
) -> None:
    with database.transaction() as connection:
        a_setting(connection, "sms_segments_a_second", 10)
    reminders(database, 12)
    sender = FakeSender()
    began = time.monotonic()
    delivery = Delivery(
        database,
        {Channel.SMS: sender},
        clock=lambda: now + timedelta(seconds=time.monotonic() - began),
    )
    delivery.deliver(for_seconds=1.0)
    delivery.close()
    assert len(sender.sent) == 12
    assert time.monotonic() - began > 0.5  # Half a second's worth goes ahead.


def test_a_flood_slows_all_workers_down(database: Database, now: datetime) -> None:
    waiting(database, channel="telegram")
    waiting(database, channel="telegram")
    flooded = FakeSender(DeliveryError("429", retry_after=20.0))
    deliver(database, {Channel.TELEGRAM: flooded}, now, threads=1)
    third = waiting(database, channel="telegram")
    other = FakeSender()
    deliver(database, {Channel.TELEGRAM: other}, now + timedelta(seconds=19))
    assert (len(flooded.sent), other.sent, status(database, third)) == (1, [], "queued")
    deliver(database, {Channel.TELEGRAM: other}, now + timedelta(seconds=26))
    assert len(other.sent) == 3


def test_wrong_credentials_alarm_staff_use_up_no_tries_and_mend_by_themselves(
    database: Database, clinic: Clinic, now: datetime, settings: Settings
) -> None:
    ids = reminders(database, 3)
    wrong = settings.model_copy(update={"twilio_auth_token": "0" * 32})
    for minute in range(5):
        deliver(database, make_senders(wrong), now + timedelta(minutes=minute))
    with database.reading() as connection:
        assert list(troubles.open_troubles(connection)) == ["sms 20003"]
    tries = [seen(database, each).attempts for each in ids]
    assert sum(tries) == 5
    later = now + timedelta(minutes=20)
    delivery = Delivery(database, make_senders(settings), clock=lambda: later)
    delivery.deliver()
    delivery.close()
    assert clinic
    assert "sent" in {status(database, each) for each in ids}
    with database.reading() as connection:
        assert troubles.open_troubles(connection) == {}
