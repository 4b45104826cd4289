"""Opting out and in by a word, as Twilio and the networks do it (RULES.md, 2)."""

from typing import Any

import pytest

from tests.providers.ledger import BY_PROVIDER
from tests.providers.sdk import ON_WHATSAPP, PATIENT, WEBHOOK, refusal
from tests.providers.twilio_numbers import OPT_IN, OPT_OUT
from tests.providers.twilio_peer import SERVICE_SID, SMS_FROM, WHATSAPP_FROM, TwilioPeer

TOLL_FREE = "+18005550100"
SMS = {"to": PATIENT, "from_": SMS_FROM, "body": "x"}


@pytest.fixture(autouse=True)
def _own_both_numbers(twilio: TwilioPeer) -> None:
    twilio.numbers |= {TOLL_FREE}


def writes(twilio: TwilioPeer, text: str, to: str = SMS_FROM) -> dict[str, str]:
    return twilio.inbound(WEBHOOK, PATIENT, text, to=to).fields


@pytest.mark.parametrize("word", sorted(OPT_OUT))
def test_each_word_blocks_this_sender_and_still_reaches_us(
    twilio: TwilioPeer, client: Any, word: str
) -> None:
    fields = writes(twilio, f" {word.capitalize()} ")
    assert (fields["Body"].strip().upper(), fields["OptOutType"]) == (word, "STOP")
    assert refusal(client.messages.create, **SMS) == 21610
    [refused] = twilio.ledger.entries(outcome="refused")
    assert (refused.code, refused.to) == ("21610", PATIENT)
    assert twilio.accepted == []


@pytest.mark.parametrize("text", ["please stop", "STOP it", "PLEASE CANCEL", "Stop!", "1"])
def test_control_a_word_among_others_blocks_nobody(
    twilio: TwilioPeer, client: Any, text: str
) -> None:
    assert "OptOutType" not in writes(twilio, text)
    client.messages.create(**SMS)
    assert len(twilio.accepted) == 1


@pytest.mark.parametrize("word", sorted(OPT_IN))
def test_each_word_of_return_opens_a_long_code_again(
    twilio: TwilioPeer, client: Any, word: str
) -> None:
    writes(twilio, "STOP")
    assert writes(twilio, word)["OptOutType"] == "START"
    client.messages.create(**SMS)


def test_a_toll_free_number_knows_stop_start_and_unstop_only(
    twilio: TwilioPeer, client: Any
) -> None:
    sms = {**SMS, "from_": TOLL_FREE}
    writes(twilio, "CANCEL", TOLL_FREE)
    client.messages.create(**sms)
    writes(twilio, "STOP", TOLL_FREE)
    writes(twilio, "YES", TOLL_FREE)
    assert refusal(client.messages.create, **sms) == 21610
    writes(twilio, "UNSTOP", TOLL_FREE)
    client.messages.create(**sms)


def test_an_opt_out_is_of_one_sender_and_holds_through_its_service(
    twilio: TwilioPeer, client: Any
) -> None:
    writes(twilio, "STOP")
    service = {"to": PATIENT, "messaging_service_sid": SERVICE_SID, "body": "x"}
    assert refusal(client.messages.create, **service) == 21610
    client.messages.create(to=PATIENT, from_=TOLL_FREE, body="x")
    client.messages.create(to="+14155550124", from_=SMS_FROM, body="x")


def test_without_advanced_opt_out_the_word_acts_and_says_nothing(
    twilio: TwilioPeer, client: Any
) -> None:
    twilio.has_advanced_opt_out = False
    assert "OptOutType" not in writes(twilio, "STOP")
    assert refusal(client.messages.create, **SMS) == 21610


def test_twilio_answers_the_words_itself(twilio: TwilioPeer) -> None:
    """Whoever answers a STOP as well would say it twice."""
    for word in ("STOP", "START", "HELP"):
        writes(twilio, word)
    said = twilio.ledger.entries(outcome=BY_PROVIDER, to=PATIENT)
    assert ["unsubscribed" in said[0].text, "re-subscribed" in said[1].text] == [True, True]
    assert "Reply STOP" in said[2].text


def test_help_is_silent_on_a_toll_free_number_after_stop(twilio: TwilioPeer) -> None:
    writes(twilio, "STOP", TOLL_FREE)
    writes(twilio, "HELP", TOLL_FREE)
    assert len(twilio.ledger.entries(outcome=BY_PROVIDER)) == 1


def test_on_whatsapp_nobody_but_us_hears_a_stop(twilio: TwilioPeer, client: Any) -> None:
    assert "OptOutType" not in twilio.inbound(WEBHOOK, ON_WHATSAPP, "STOP").fields
    client.messages.create(to=ON_WHATSAPP, from_=WHATSAPP_FROM, body="x")
    assert twilio.accepted[0].error_code is None
