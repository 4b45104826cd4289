"""What is peculiar to Twilio: prefixes, status callbacks, buttons and lists, what is cached."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.messages import Channel, Choice
from bot.rendering import render
from bot.senders.base import DeliveryError, OutgoingMessage
from bot.senders.keyboard import parse_callback_data
from bot.senders.twilio import TwilioSender
from bot.senders.twilio_errors import FAULTS, fault
from tests.bot.senders.lines import IMPATIENT_SENDER, PATIENT, SLOTS, twilio_sender
from tests.providers.loopback import Answer
from tests.providers.twilio_peer import SERVICE_SID, SMS_FROM, WHATSAPP_FROM, TwilioPeer

SMS = OutgoingMessage("m/1", Channel.SMS, PATIENT, "", "See you on Tuesday.")
WHATSAPP = OutgoingMessage("m2", Channel.WHATSAPP, PATIENT, "", "Which time?", SLOTS, "L7")
DAYS = tuple(Choice(f"{day} December", str(day)) for day in range(1, 11))


@pytest.fixture
def peer() -> Iterator[TwilioPeer]:
    with TwilioPeer() as twilio:
        twilio.heard_from(f"whatsapp:{PATIENT}")
        yield twilio


@pytest.fixture
def sender(peer: TwilioPeer) -> Iterator[TwilioSender]:
    made = twilio_sender(peer)
    yield made
    made.close()


def test_an_sms_leaves_as_it_was_rendered(peer: TwilioPeer, sender: TwilioSender) -> None:
    rendered = render("Which time?", SLOTS, Channel.SMS)
    sender.send(replace(SMS, text=rendered.text, choices=rendered.choices))
    [sent] = peer.accepted
    assert sent.body == "Which time?\n1 Tue 1 Dec 10:00\n2 Tue 1 Dec 10:30"
    assert (sent.from_, sent.to) == (SMS_FROM, PATIENT)
    assert sent.num_segments == rendered.segments
    assert sent.status_callback == "https://clinic.example/twilio/status?message=m%2F1"


def test_without_a_public_url_there_is_no_callback(peer: TwilioPeer) -> None:
    sender = TwilioSender(
        peer.account_sid, peer.auth_token, api_base=peer.url, messaging_service_sid=SERVICE_SID
    )
    assert sender.send(SMS).status == "accepted"
    assert "StatusCallback" not in peer.accepted[0].form
    assert peer.accepted[0].form["MessagingServiceSid"] == SERVICE_SID
    sender.close()


def test_an_answer_leaves_from_the_number_that_was_written_to(
    peer: TwilioPeer, sender: TwilioSender
) -> None:
    uptown = "+14155550177"
    peer.numbers |= {uptown, f"whatsapp:{uptown}"}
    peer.heard_from(f"whatsapp:{PATIENT}", f"whatsapp:{uptown}")
    for message in (SMS, WHATSAPP):
        sender.send(replace(message, sender=uptown))
    assert [sent.from_ for sent in peer.accepted] == [uptown, f"whatsapp:{uptown}"]


def test_up_to_three_choices_are_buttons(peer: TwilioPeer, sender: TwilioSender) -> None:
    sender.send(WHATSAPP)
    [sent] = peer.accepted
    assert (sent.from_, sent.shown.kind, sent.body) == (WHATSAPP_FROM, "quick-reply", "Which time?")
    assert [button.title for button in sent.buttons] == ["Tue 1 Dec 10:00", "Tue 1 Dec 10:30"]
    pressed = peer.press("https://clinic.example/twilio/messages", sent, 2)
    assert parse_callback_data(pressed.fields["ButtonPayload"]) == ("L7", 2)
    assert sent.error_code is None


def test_up_to_ten_choices_are_a_list(peer: TwilioPeer, sender: TwilioSender) -> None:
    sender.send(replace(WHATSAPP, choices=DAYS, language="es"))
    [sent] = peer.accepted
    assert (sent.shown.kind, len(sent.buttons), sent.error_code) == ("list-picker", 10, None)
    assert "Elegir" in sent.form["ContentVariables"]
    pressed = peer.press("https://clinic.example/twilio/messages", sent, 10)
    assert parse_callback_data(pressed.fields["ListId"]) == ("L7", 10)


def test_long_texts_and_line_breaks_survive_the_template(
    peer: TwilioPeer, sender: TwilioSender
) -> None:
    text = "Dr Patel is free:\n\n" + "word " * 120 + '\nin {{1}} "quotes" — yes?'
    sender.send(replace(WHATSAPP, text=text))
    [sent] = peer.accepted
    assert sent.body == "\n".join(line.strip() for line in text.split("\n"))
    assert sent.error_code is None


def test_a_template_holds_no_word_of_a_message_and_serves_all(
    peer: TwilioPeer, sender: TwilioSender
) -> None:
    sender.send(WHATSAPP)
    sender.send(replace(WHATSAPP, list_id="L8", text="Dr Okafor or Dr Patel?", language="fr"))
    [template] = peer.templates.values()
    assert "Which" not in str(template.answer)
    assert "Tue" not in str(template.answer)
    assert [sent.body for sent in peer.accepted] == ["Which time?", "Dr Okafor or Dr Patel?"]


@pytest.mark.parametrize("problem", ["no template", "no list id"])
def test_where_buttons_cannot_be_made_the_choices_are_numbered(
    peer: TwilioPeer, sender: TwilioSender, problem: str
) -> None:
    if problem == "no template":
        peer.fail_next(status=400, code=20001)
        sender.send(WHATSAPP)
    else:
        sender.send(replace(WHATSAPP, list_id=""))
    assert peer.accepted[0].body == "Which time?\n1 Tue 1 Dec 10:00\n2 Tue 1 Dec 10:30"


def test_a_template_deleted_in_the_console_is_made_anew(
    peer: TwilioPeer, sender: TwilioSender
) -> None:
    sender.send(WHATSAPP)
    peer.templates.clear()
    sender.send(WHATSAPP)
    sender.send(WHATSAPP)
    assert [sent.shown.kind for sent in peer.accepted] == ["quick-reply", "text", "quick-reply"]


def test_lines_that_are_numbered_already_are_not_numbered_twice(
    peer: TwilioPeer, sender: TwilioSender
) -> None:
    long = (Choice("Dr Anita Patel-Fernandez, Downtown", "a"), Choice("Dr Okafor", "b"))
    rendered = render("With whom?", long, Channel.WHATSAPP)
    peer.fail_next(status=400, code=20001)
    sender.send(replace(WHATSAPP, text=rendered.text, choices=rendered.choices))
    expected = "With whom?\n1 Dr Anita Patel-Fernandez, Downtown\n2 Dr Okafor"
    assert peer.accepted[0].body == expected


@pytest.mark.parametrize("mishap", ["hang", "drop", "503"])
def test_a_template_that_may_or_may_not_exist_leaves_the_message_unsent(
    peer: TwilioPeer, mishap: str
) -> None:
    sender = twilio_sender(peer, timeout=IMPATIENT_SENDER)
    if mishap == "503":
        peer.fail_next(status=503, code=20503)
    elif mishap == "hang":
        peer.hang_next(accept=True)
    else:
        peer.drop_next(accept=True)
    with pytest.raises(DeliveryError) as caught:
        sender.send(WHATSAPP)
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
    sender.send(WHATSAPP)
    assert len(peer.accepted) == 1
    sender.close()


def test_after_the_window_only_an_approved_template_passes(peer: TwilioPeer) -> None:
    sender = twilio_sender(peer)
    template = peer.has_template("Visit on {{1}} with {{2}}.")
    stranger = replace(WHATSAPP, recipient="+14155550124", choices=())
    reminder = replace(stranger, template=template, variables={"1": "Tue 1 Dec", "2": "Dr Patel"})
    sender.send(stranger)
    sender.send(reminder)
    assert [sent.error_code for sent in peer.accepted] == [63016, None]
    assert peer.accepted[1].body == "Visit on Tue 1 Dec with Dr Patel."
    sender.close()


@pytest.mark.parametrize("given", [{}, {"1": "Tue 1 Dec"}, {"1": "Tue 1 Dec", "2": " "}])
def test_a_template_leaves_only_with_every_variable_set(
    peer: TwilioPeer, sender: TwilioSender, given: dict[str, str]
) -> None:
    """Twilio would put its samples in their place, and say nothing."""
    template = peer.has_template("Visit on {{1}} with {{2}}.")
    reminder = replace(WHATSAPP, choices=(), template=template, variables=given)
    with pytest.raises(DeliveryError) as caught:
        sender.send(reminder)
    assert (caught.value.code, caught.value.permanent) == ("empty_variable", True)
    assert peer.accepted == []
    sender.send(replace(reminder, variables={"1": "Tue 1 Dec", "2": "Dr Patel"}))
    assert [entry.samples for entry in peer.ledger.accepted()] == [()]


def test_what_a_template_wants_is_asked_for_once_and_a_lost_answer_loses_nothing(
    peer: TwilioPeer, sender: TwilioSender
) -> None:
    template = peer.has_template("Visit on {{1}}.")
    reminder = replace(WHATSAPP, choices=(), template=template, variables={"1": "Tue 1 Dec"})
    peer.drop_next(accept=True)
    with pytest.raises(DeliveryError) as caught:
        sender.send(reminder)
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
    for _ in range(2):
        sender.send(reminder)
    assert [request.method for request in peer.requests] == ["GET", "GET", "POST", "POST"]


def test_a_template_that_is_gone_is_final(sender: TwilioSender) -> None:
    reminder = replace(WHATSAPP, choices=(), template="HX" + "0" * 32, variables={"1": "x"})
    with pytest.raises(DeliveryError) as caught:
        sender.send(reminder)
    assert (caught.value.code, caught.value.permanent) == ("21655", True)


@pytest.mark.parametrize("message", [SMS, WHATSAPP])
def test_an_unknown_outcome_can_be_looked_up(
    peer: TwilioPeer, sender: TwilioSender, message: OutgoingMessage
) -> None:
    since = datetime.now(UTC)
    assert sender.look_up(message, since) is None
    sender.send(replace(message, text="Another text"))
    assert sender.look_up(message, since) is None
    peer.drop_next(accept=True)
    with pytest.raises(DeliveryError):
        sender.send(message)
    found = sender.look_up(message, since)
    assert found is not None
    assert found.provider_id == peer.accepted[-1].sid
    assert sender.look_up(message, since + timedelta(minutes=1)) is None
    assert sender.look_up(message, since, {found.provider_id}) is None


@pytest.mark.parametrize("code", [*sorted(FAULTS), "99999"])
def test_every_code_of_the_table_decides_whether_it_is_tried_again(
    peer: TwilioPeer, sender: TwilioSender, code: str
) -> None:
    peer.fail_next(status=400, code=int(code))
    with pytest.raises(DeliveryError) as caught:
        sender.send(SMS)
    assert caught.value.permanent is fault(code).is_final
    assert caught.value.code == code


@pytest.mark.parametrize("body", [None, b"<html>", b"{}"])
@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_that_is_not_twilios_is_unknown(
    peer: TwilioPeer, sender: TwilioSender, status: int, body: bytes | None
) -> None:
    peer.answer_next(Answer(status, body), accept=True)
    with pytest.raises(DeliveryError) as caught:
        sender.send(SMS)
    assert caught.value.unknown


def test_nothing_of_a_message_is_logged(
    peer: TwilioPeer, sender: TwilioSender, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sender.send(SMS)
        peer.opted_out.add((PATIENT, SMS_FROM))
        with pytest.raises(DeliveryError):
            sender.send(SMS)
    assert PATIENT not in caplog.text
    assert SMS.text not in caplog.text


def test_many_threads_may_send_at_once(peer: TwilioPeer, sender: TwilioSender) -> None:
    threads = [
        threading.Thread(target=sender.send, args=(replace(message, public_id=str(number)),))
        for number in range(8)
        for message in (SMS, WHATSAPP)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(peer.accepted) == 16
