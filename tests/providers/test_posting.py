"""Webhooks on their way to us: signed, in order or not, once or several times, tried again or not
(RULES.md, 4 and 6)."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from tests.providers.loopback import Answer, LoopbackPeer, Request
from tests.providers.posting import Habits, Post, Postman, repeated_and_shuffled
from tests.providers.sdk import PATIENT, twilio_client
from tests.providers.simulator import SECRET, Simulator
from tests.providers.twilio_peer import SMS_FROM


class Desk(LoopbackPeer):
    """Takes whatever comes."""

    def answer(self, request: Request) -> Answer:
        del request
        return Answer(200, None)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as listening:
        yield listening


@pytest.fixture
def simulator(desk: Desk) -> Iterator[Simulator]:
    with Simulator(desk.url) as made:
        made.postman.most_late = 0.3
        made.a_status_takes = 0.05
        yield made


@pytest.fixture
def postman() -> Iterator[Postman]:
    with Postman(seed=7) as made:
        made.most_late = 0.3
        yield made


def posts(desk: Desk, postman: Postman, count: int, **kind: Any) -> list[str]:
    for number in range(count):
        postman.post(Post(f"{desk.url}/x", str(number).encode(), {}, **kind))
    assert postman.wait_until_idle()
    return [request.body.decode() for request in desk.requests]


def test_posts_come_once_and_in_their_order(desk: Desk, postman: Postman) -> None:
    assert posts(desk, postman, 5) == list("01234")


def test_posts_come_twice_and_in_any_order(desk: Desk, postman: Postman) -> None:
    postman.habits = Habits(times=2, is_reordered=True)
    came = posts(desk, postman, 6)
    assert Counter(came) == Counter("012345" * 2)
    assert came != sorted(came)


def test_posts_may_be_lost(desk: Desk, postman: Postman) -> None:
    postman.habits = Habits(lost=0.5)
    assert 2 < len(posts(desk, postman, 20)) < 18


def test_what_fails_is_an_alert_and_comes_again_only_if_it_insists(
    desk: Desk, postman: Postman
) -> None:
    desk.answer_next(Answer(500, None))
    assert posts(desk, postman, 1) == ["0"]
    assert [(alert.code, alert.reason) for alert in postman.alerts] == [(11200, "HTTP 500")]
    desk.requests.clear()
    desk.answer_next(Answer(503, None))
    desk.drop_next()
    assert posts(desk, postman, 1, is_insistent=True) == ["0"] * 3


def test_an_answer_that_is_nonsense_does_not_stop_the_next(desk: Desk, postman: Postman) -> None:
    def fails(_: bytes) -> None:
        raise ValueError("not what Telegram knows")

    assert posts(desk, postman, 2, on_answer=fails) == ["0", "1"]
    assert len(postman.alerts) == 2


def test_without_http_a_test_may_shuffle_for_itself() -> None:
    shuffled = repeated_and_shuffled("abcdef", times=2, seed=1)
    assert Counter(shuffled) == Counter("abcdef" * 2)
    assert shuffled != sorted(shuffled)
    assert shuffled == repeated_and_shuffled("abcdef", times=2, seed=1)


@pytest.mark.parametrize("wrong", [{"times": 0}, {"times": 11}, {"lost": 2}])
def test_habits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Habits(**wrong)


# What the simulator posts.


def test_a_patients_words_come_signed_and_telegrams_with_the_secret(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.write("sms", PATIENT, "STOP")
    simulator.write("telegram", "111", "hello")
    assert simulator.postman.wait_until_idle()
    form, start, hello = desk.requests
    fields = dict(parse_qsl(form.body.decode(), keep_blank_values=True))
    assert (form.path, fields["Body"], fields["OptOutType"]) == ("/twilio/messages", "STOP", "STOP")
    signature = form.headers["x-twilio-signature"]
    url = f"{desk.url}/twilio/messages"
    assert RequestValidator(simulator.twilio.auth_token).validate(url, fields, signature)
    updates = [json.loads(each.body) for each in (start, hello)]
    assert [update["message"]["text"] for update in updates] == ["/start", "hello"]
    assert updates[0]["update_id"] < updates[1]["update_id"]
    assert hello.headers["x-telegram-bot-api-secret-token"] == SECRET


def test_status_callbacks_come_by_themselves_and_the_first_status_has_none(
    desk: Desk, simulator: Simulator
) -> None:
    with twilio_client(simulator.twilio) as client:
        for to, code in ((PATIENT, 0), ("+14155550124", 30003)):
            if code:
                simulator.twilio.make_bad(to, code)
            url = f"{desk.url}/twilio/status?message={to[1:]}"
            client.messages.create(to=to, from_=SMS_FROM, body="x", status_callback=url)
    assert simulator.postman.wait_until_idle()
    told: dict[str, list[str]] = {}
    for request in desk.requests:
        fields = dict(parse_qsl(request.body.decode()))
        told.setdefault(fields["To"], []).append(fields["MessageStatus"])
    assert told == {PATIENT: ["sent", "delivered"], "+14155550124": ["sent", "undelivered"]}


def test_callbacks_in_any_order_leave_the_providers_own_books_in_order(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.postman.habits = Habits(times=3, is_reordered=True)
    with twilio_client(simulator.twilio) as client:
        url = f"{desk.url}/twilio/status?message=m1"
        client.messages.create(to=PATIENT, from_=SMS_FROM, body="x", status_callback=url)
    assert simulator.postman.wait_until_idle()
    assert len(desk.requests) == 6
    [entry] = simulator.ledger.accepted(our_id="m1")
    assert [fate.status for fate in entry.fates] == ["queued", "sent", "delivered"]


def test_without_a_webhook_updates_wait_for_who_asks(simulator: Simulator) -> None:
    simulator.telegram.webhook = {}
    simulator.write("telegram", "111", "hello")
    texts = [update["message"]["text"] for update in simulator.telegram.pending]
    assert texts == ["/start", "hello"]


def test_a_message_goes_on_though_nobody_wants_to_hear_of_it(
    desk: Desk, simulator: Simulator
) -> None:
    with twilio_client(simulator.twilio) as client:
        sent = client.messages.create(to=PATIENT, from_=SMS_FROM, body="x")
        assert simulator.postman.wait_until_idle()
        assert client.messages(sent.sid).fetch().status == "delivered"
    assert desk.requests == []
