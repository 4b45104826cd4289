"""What is peculiar to Telegram: keyboards, the phone number, edits, floods, one loop a process."""

import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.charts import Bars, Chart, draw
from bot.documents import Document
from bot.messages import Channel, Choice, ChoiceKind
from bot.senders.base import DeliveryError, OutgoingMessage
from bot.senders.keyboard import NOTHING, parse_callback_data
from bot.senders.telegram import TelegramSender
from tests.bot.senders.lines import ANA, SLOTS
from tests.providers.loopback import Answer
from tests.providers.telegram_peer import TelegramPeer

MESSAGE = OutgoingMessage("m1", Channel.TELEGRAM, str(ANA.id), "", "Which time?", SLOTS, "L7")


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as made:
        made.start(ANA)
        yield made


@pytest.fixture
def sender(peer: TelegramPeer) -> Iterator[TelegramSender]:
    made = TelegramSender(peer.token, api_base=peer.url)
    yield made
    made.close()


def test_choices_are_inline_buttons_that_name_their_list(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    accepted = sender.send(MESSAGE)
    [sent] = peer.accepted
    assert accepted.provider_id == str(sent.message["message_id"])
    assert [button["text"] for button in sent.buttons] == ["Tue 1 Dec 10:00", "Tue 1 Dec 10:30"]
    press = peer.press(sent, 2)
    assert parse_callback_data(press["callback_query"]["data"]) == ("L7", 2)


@pytest.mark.parametrize(
    ("label", "rows"),
    [("Mon 1", [3, 3, 1]), ("Tue 1 Dec 10:00", [2, 2, 2, 1]), ("x" * 40, [1] * 7)],
)
def test_short_labels_stand_side_by_side(
    peer: TelegramPeer, sender: TelegramSender, label: str, rows: list[int]
) -> None:
    sender.send(replace(MESSAGE, choices=tuple(Choice(label, str(n)) for n in range(7))))
    keyboard = peer.accepted[0].keyboard
    assert keyboard is not None
    assert [len(row) for row in keyboard["inline_keyboard"]] == rows


def test_the_phone_number_is_asked_for_with_a_reply_keyboard(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    share = Choice("Share my number", "contact", ChoiceKind.CONTACT)
    sender.send(replace(MESSAGE, choices=(Choice("I'll type it", "type"), share)))
    assert peer.accepted[0].buttons == [
        {"text": "I'll type it", "request_contact": False},
        {"text": "Share my number", "request_contact": True},
    ]


def test_a_message_without_choices_has_no_keyboard(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    sender.send(replace(MESSAGE, choices=(), list_id=""))
    assert peer.accepted[0].keyboard is None


@pytest.mark.parametrize("list_id", ["", "L" * 63, "é" * 32])
def test_a_list_that_no_button_could_name_is_refused(
    peer: TelegramPeer, sender: TelegramSender, list_id: str
) -> None:
    with pytest.raises(DeliveryError) as caught:
        sender.send(replace(MESSAGE, list_id=list_id))
    assert caught.value.permanent
    assert peer.requests == []


def test_a_message_takes_the_place_of_another_and_may_do_so_twice(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    accepted = sender.send(MESSAGE)
    done = replace(MESSAGE, text="Booked.", choices=(), replaces=accepted.provider_id)
    for _ in range(2):
        assert sender.send(done) == accepted
    [sent] = peer.accepted
    assert (sent.text, sent.keyboard, sent.edits) == ("Booked.", None, 1)


def test_where_the_other_is_gone_it_comes_as_a_new_one(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    first = sender.send(MESSAGE)
    peer.deleted.add(int(first.provider_id))
    accepted = sender.send(replace(MESSAGE, text="Which day?", replaces=first.provider_id))
    assert accepted.provider_id != first.provider_id
    assert [sent.text for sent in peer.accepted] == ["Which time?", "Which day?"]


def test_a_question_for_the_phone_number_comes_as_a_new_one(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    """Its keyboard belongs to the chat, not to a message."""
    first = sender.send(MESSAGE)
    share = (Choice("Share my number", "contact", ChoiceKind.CONTACT),)
    sender.send(replace(MESSAGE, choices=share, replaces=first.provider_id))
    assert [sent.edits for sent in peer.accepted] == [0, 0]


@pytest.mark.parametrize("breaks", ["drop", "502"])
def test_an_edit_whose_outcome_is_unknown_is_tried_again(
    peer: TelegramPeer, sender: TelegramSender, breaks: str
) -> None:
    first = sender.send(MESSAGE)
    again = replace(MESSAGE, text="Which day?", replaces=first.provider_id)
    if breaks == "drop":
        peer.drop_next(accept=True)
    else:
        peer.fail_next(status=502)
    with pytest.raises(DeliveryError) as caught:
        sender.send(again)
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
    assert sender.send(again) == first
    [sent] = peer.accepted
    assert (sent.text, sent.edits) == ("Which day?", 1)


def test_whoever_blocked_the_bot_gets_no_edit_either(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    first = sender.send(MESSAGE)
    peer.blocked.add(ANA.id)
    with pytest.raises(DeliveryError) as caught:
        sender.send(replace(MESSAGE, text="Which day?", replaces=first.provider_id))
    assert (caught.value.code, caught.value.permanent) == ("403", True)


def test_days_stand_seven_in_a_row(peer: TelegramPeer, sender: TelegramSender) -> None:
    head = tuple(Choice(name, NOTHING, ChoiceKind.DAY) for name in "MTWTFSS")
    days = tuple(Choice(str(day), f"L7:{day}", ChoiceKind.DAY) for day in range(1, 15))
    later = (Choice("later", "L7:15", ChoiceKind.DAY),)
    sender.send(replace(MESSAGE, choices=head + days + later))
    [sent] = peer.accepted
    assert sent.keyboard is not None
    assert [len(row) for row in sent.keyboard["inline_keyboard"]] == [7, 7, 7, 1]
    press = peer.press(sent, 8)
    assert parse_callback_data(press["callback_query"]["data"]) == ("L7", 1)
    assert parse_callback_data(sent.buttons[0]["callback_data"]) is None


@pytest.mark.parametrize(
    "body", [None, b"<html>", b"{}", b"[]", b'{"ok": true, "result": 7}', b'{"ok": true, "res']
)
def test_an_answer_that_is_not_telegrams_is_unknown(
    peer: TelegramPeer, sender: TelegramSender, body: bytes | None
) -> None:
    peer.answer_next(Answer(200, body), accept=True)
    with pytest.raises(DeliveryError) as caught:
        sender.send(MESSAGE)
    assert (caught.value.unknown, caught.value.permanent) == (True, False)
    assert len(peer.accepted) == 1


@pytest.mark.parametrize("wrong", [{"text": ""}, {"text": "x" * 4_097}, {"recipient": "+1415"}])
def test_what_telegram_will_never_take_is_permanent(
    sender: TelegramSender, wrong: dict[str, str]
) -> None:
    message = replace(MESSAGE, text=wrong.get("text", "x"), recipient=wrong.get("recipient", "111"))
    with pytest.raises(DeliveryError) as caught:
        sender.send(message)
    assert caught.value.permanent


def test_a_chat_that_was_never_started_is_permanent(sender: TelegramSender) -> None:
    with pytest.raises(DeliveryError) as caught:
        sender.send(replace(MESSAGE, recipient="222"))
    assert (caught.value.code, caught.value.permanent) == ("403", True)


def test_a_flood_names_its_pause() -> None:
    with TelegramPeer(one_a_second=True) as peer:
        peer.start(ANA)
        sender = TelegramSender(peer.token, api_base=peer.url)
        sender.send(MESSAGE)
        with pytest.raises(DeliveryError) as caught:
            sender.send(MESSAGE)
        assert (caught.value.retry_after, caught.value.permanent) == (1.0, False)
        sender.close()


def test_after_a_fork_the_process_makes_its_own_loop(
    peer: TelegramPeer, sender: TelegramSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.send(MESSAGE)
    assert sender._line is not None
    _, parents = sender._line
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        sender.send(MESSAGE)
        assert sender._line[1] is not parents
        sender.close()
    parents.close()
    assert len(peer.accepted) == 2


def test_a_closed_sender_may_be_used_again(peer: TelegramPeer, sender: TelegramSender) -> None:
    sender.close()
    sender.send(MESSAGE)
    sender.close()
    sender.close()
    sender.send(MESSAGE)
    assert len(peer.accepted) == 2


def test_many_threads_share_one_loop(peer: TelegramPeer, sender: TelegramSender) -> None:
    threads = [threading.Thread(target=sender.send, args=(MESSAGE,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(peer.accepted) == 12
    assert sum(thread.name == "telegram" for thread in threading.enumerate()) == 1


def test_neither_token_nor_text_is_logged(
    peer: TelegramPeer, sender: TelegramSender, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        sender.send(MESSAGE)
    assert len(peer.accepted) == 1
    assert peer.token not in caplog.text
    assert MESSAGE.text not in caplog.text


CHART = Chart("Mon - Tue", ("Mon", "Tue"), (Bars("kept", "#009e73", (3, 4)),))


def test_a_picture_goes_out_with_its_text_below(peer: TelegramPeer, sender: TelegramSender) -> None:
    accepted = sender.send(replace(MESSAGE, text="Visits", picture=CHART))
    [sent] = peer.accepted
    assert accepted.provider_id == str(sent.message["message_id"])
    [photo] = sent.message["photo"]
    assert (photo["width"], photo["height"]) == (1024, 640)
    assert sent.text == "Visits"
    assert sent.form["photo"].content == draw(CHART)
    assert [button["text"] for button in sent.buttons] == ["Tue 1 Dec 10:00", "Tue 1 Dec 10:30"]


def test_a_caption_that_is_too_long_is_refused_for_good(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    with pytest.raises(DeliveryError) as caught:
        sender.send(replace(MESSAGE, text="x" * 1_025, picture=CHART))
    assert caught.value.permanent
    assert peer.accepted == []


VISITS = Document("visits-2026-11.csv", "day,time\n2026-11-23,10:00\n")


def test_a_file_goes_out_with_its_text_below(peer: TelegramPeer, sender: TelegramSender) -> None:
    sender.send(replace(MESSAGE, text="Visits", document=VISITS))
    [sent] = peer.accepted
    assert sent.text == "Visits"
    assert sent.message["document"]["file_name"] == "visits-2026-11.csv"
    assert sent.form["document"].content == VISITS.content


def test_what_is_cleared_has_other_words_and_no_buttons(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    number = sender.send(MESSAGE).provider_id
    for _ in range(2):  # Whoever dies while asking is followed by the next.
        sender.clear(replace(MESSAGE, replaces=number, text="Gone."))
    [sent] = peer.accepted
    assert (sent.text, sent.buttons) == ("Gone.", [])


def test_a_file_that_is_cleared_is_deleted(peer: TelegramPeer, sender: TelegramSender) -> None:
    message = replace(MESSAGE, document=VISITS)
    number = sender.send(message).provider_id
    sender.clear(replace(message, replaces=number))
    assert peer.deleted == {int(number)}
    with pytest.raises(DeliveryError) as caught:
        sender.clear(replace(message, replaces=number))
    assert caught.value.permanent  # It is gone, which is as good.


def test_what_cannot_be_cleared_is_not_said_below(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    with pytest.raises(DeliveryError) as caught:
        sender.clear(replace(MESSAGE, replaces="4711", text="Gone."))
    assert caught.value.permanent
    assert peer.accepted == []


def test_whether_it_was_cleared_may_be_asked_again(
    peer: TelegramPeer, sender: TelegramSender
) -> None:
    number = sender.send(MESSAGE).provider_id
    peer.fail_next(status=502)
    with pytest.raises(DeliveryError) as caught:
        sender.clear(replace(MESSAGE, replaces=number, text="Gone."))
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
