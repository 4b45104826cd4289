"""The words that carriers and the law know. What each channel does with them is in CHANNELS.md."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot import optout
from bot.messages import Asked, Channel, Content
from core.database.connect import Database
from core.messaging import outbox
from core.models import addresses, tasks
from tests.bot.talking import BOOKING, Patient, live_visits, rows, text_of, types_of
from tests.builders import NOW

# Twilio, "Twilio support for opt-out keywords" (and Rock #6399: older lists lack the last two).
TWILIO_STOPS = (
    "STOP",
    "UNSUBSCRIBE",
    "END",
    "QUIT",
    "STOPALL",
    "CANCEL",
    "REVOKE",
    "OPTOUT",
)


@pytest.fixture
def texter(demo: Database) -> Patient:
    return Patient(demo, Channel.SMS, "+14155550123")


@pytest.mark.parametrize("word", [*TWILIO_STOPS, "stop", " Stop\n", "cancel"])
def test_a_carriers_word_opts_a_number_out_and_is_not_answered(texter: Patient, word: str) -> None:
    texter.says("hello")
    handled = texter.says(word)
    assert types_of(handled) == ["opted_out"]
    assert handled.replies == ()  # The carrier answers; what we sent would be refused.
    assert len(texter.outgoing) == 1
    assert texter.own_address.opted_in is False
    assert texter.own_address.opt_changed_at == NOW
    assert texter.own_address.opt_changed_how == optout.BY_CARRIER
    expected = "may_cancel" if "cancel" in word.lower() else "opt_out"
    assert texter.tasks == [expected]


@pytest.mark.parametrize(
    "text", ["please cancel", "cancel my visit", "STOP 12345", "the end", "stop by tuesday?"]
)
def test_a_sentence_with_such_a_word_in_it_is_no_keyword(texter: Patient, text: str) -> None:
    texter.says("hello")
    assert text_of(texter.says(text))


def test_a_bare_cancel_on_sms_calls_nothing_off_but_tells_staff(texter: Patient) -> None:
    texter.says(*BOOKING)
    assert types_of(texter.says("1")) == ["booked"]
    assert types_of(texter.says("CANCEL")) == ["opted_out"]
    assert texter.tasks == ["may_cancel", "call"]
    assert len(live_visits(texter.database)) == 1


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.WHATSAPP, Channel.WEB])
def test_elsewhere_a_bare_cancel_means_the_visit(demo: Database, channel: Channel) -> None:
    person = Patient(demo, channel, "1000001")
    person.says(*BOOKING, "yes")
    assert "visit with Dr Anita Patel" in text_of(person.says("CANCEL"))
    assert types_of(person.says("yes")) == ["cancelled"]
    assert person.own_address.opted_in is None


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.WHATSAPP, Channel.WEB])
def test_where_no_carrier_listens_stop_is_obeyed_and_answered(
    demo: Database, channel: Channel
) -> None:
    person = Patient(demo, channel, "1000001")
    handled = person.says("STOP")
    assert types_of(handled) == ["opted_out"]
    assert "START" in text_of(handled)
    assert person.own_address.opted_in is False
    # What they ask for themselves is answered.
    assert "10:00" in text_of(person.says("dr patel tuesday at 10am"))
    assert person.outgoing[-1].status == "queued"
    assert types_of(person.says("START")) == ["opted_in"]
    assert person.own_address.opted_in is True


def test_the_carrier_says_what_the_text_did_in_whatever_language(texter: Patient) -> None:
    handled = texter.says("ARRET", opt_out_type="STOP")
    assert types_of(handled) == ["opted_out"]
    assert handled.replies == ()


def test_help_is_answered_whatever_the_carrier_calls_it(texter: Patient) -> None:
    texter.says(*BOOKING)
    for word in ("HELP", "INFO"):
        handled = texter.says(word, opt_out_type="HELP")
        assert "911" in text_of(handled)
        assert "Shall I book it?" in text_of(handled)  # And the question stays open.


def test_what_goes_to_a_number_that_opted_out_is_dropped_and_says_why(texter: Patient) -> None:
    texter.says("STOP")
    texter.says("dr patel tuesday at 10am")
    assert [(row.status, row.error_code) for row in texter.outgoing] == [("dropped", "opted_out")]
    assert [row.status for row in texter.incoming] == ["received"] * 2
    # Nor does the outbox send what another process queued meanwhile.
    assert _claimed(texter.database) == []


def test_an_emergency_of_a_number_that_opted_out_reaches_staff(texter: Patient) -> None:
    texter.says("STOP")
    texter.says("chest pain, I can't breathe")
    assert texter.tasks == ["opt_out", "emergency"]


@pytest.mark.parametrize("word", ["START", "unstop", "Yes"])
def test_start_opts_the_number_in_again_and_the_carrier_answers(texter: Patient, word: str) -> None:
    texter.says("STOP")
    handled = texter.says(word, opt_out_type="START")
    assert types_of(handled) == ["opted_in"]
    assert handled.replies == ()
    assert texter.own_address.opted_in is True
    texter.says("hello")
    assert [row.status for row in texter.outgoing] == ["queued"]


@pytest.mark.parametrize("carriers_word", ["START", None])
def test_yes_to_our_question_is_an_answer_though_carriers_call_it_an_opt_in(
    texter: Patient, carriers_word: str | None
) -> None:
    texter.says(*BOOKING)
    assert types_of(texter.says("YES", opt_out_type=carriers_word)) == ["booked"]
    assert texter.own_address.opted_in is None


def test_what_was_being_talked_about_is_still_there_afterwards(texter: Patient) -> None:
    texter.says(*BOOKING)
    texter.says("STOP", "START")
    assert types_of(texter.says("1")) == ["booked"]


def test_in_ones_own_words_one_opts_out_too_and_is_told_once(texter: Patient) -> None:
    handled = texter.says("please stop texting me")
    assert types_of(handled) == ["opted_out"]
    assert "START" in text_of(handled)
    assert texter.own_address.opted_in is False
    assert texter.tasks == ["opt_out"]
    # No carrier knows of it, so this one confirmation does arrive.
    assert _claimed(texter.database) == [texter.outgoing[0].public_id]


def test_who_opted_out_in_their_own_words_and_asks_for_something_is_answered(
    texter: Patient,
) -> None:
    texter.says("please stop texting me")
    assert "10:00" in text_of(texter.says("dr patel tuesday at 10am"))
    assert [row.status for row in texter.outgoing] == ["queued", "queued"]
    # The control: had the carrier heard of it, nothing would go.
    with texter.database.transaction() as connection:
        connection.execute(update(addresses).values(opt_changed_how=optout.BY_CARRIER))
    assert _claimed(texter.database) == []


def test_saying_it_twice_is_one_task(texter: Patient) -> None:
    texter.says("STOP", "STOP", "QUIT")
    assert texter.tasks == ["opt_out"]


def test_a_button_never_opts_anybody_out(texter: Patient) -> None:
    texter.says("STOP", content=Content.BUTTON)
    texter.says("STOP", content=Content.UNREADABLE)
    assert texter.own_address.opted_in is None


def test_nobody_else_is_opted_out(texter: Patient) -> None:
    other = Patient(texter.database, Channel.SMS, "+14155550124")
    other.says("hello")
    texter.says("STOP")
    assert other.own_address.opted_in is None


# Who is on the call list.


@pytest.mark.parametrize("words", ["STOP", "CANCEL", "please stop texting me"])
def test_an_opted_out_patient_with_a_visit_ahead_is_on_the_call_list(
    texter: Patient, words: str
) -> None:
    texter.says(*BOOKING, "1")
    texter.says(words, words)
    [visit] = live_visits(texter.database)
    calls = [row for row in rows(texter.database, tasks) if row.kind == "call"]
    assert [(row.appointment_id, row.patient_id) for row in calls] == [(visit.id, visit.patient_id)]


def test_without_a_visit_there_is_nobody_to_call(texter: Patient) -> None:
    texter.says("hello", "STOP")
    assert texter.tasks == ["opt_out"]


def test_a_visit_that_is_booked_after_the_opt_out_is_on_it_too(texter: Patient) -> None:
    texter.says("please stop texting me", *BOOKING)
    assert types_of(texter.says("1")) == ["booked"]
    assert texter.tasks == ["opt_out", "call"]


def test_start_strikes_it_off(texter: Patient) -> None:
    texter.says(*BOOKING, "1", "STOP", "START")
    [call] = [row for row in rows(texter.database, tasks) if row.kind == "call"]
    assert call.outcome == "opted in again"


def test_whose_visits_others_booked_are_no_matter_of_a_mere_claim(texter: Patient) -> None:
    other = Patient(texter.database, Channel.WEB, "another")
    other.says(*BOOKING, "1")
    texter.says("dr okafor wednesday at 10am", "John Smith", "4 May 1980", "no", "STOP")
    assert "call" not in texter.tasks


def test_nothing_is_shown_as_said_to_a_number_that_takes_nothing(texter: Patient) -> None:
    texter.says("STOP")
    assert texter.says("hello").replies == ()


def test_a_second_opt_out_in_ones_own_words_gets_no_second_text(texter: Patient) -> None:
    assert text_of(texter.says("please stop texting me"))
    assert texter.says("stop texting me").replies == ()


@pytest.mark.parametrize("word", ["HELP", "info", "AYUDA"])
def test_the_carriers_word_for_help_says_who_we_are_whom_to_call_and_how_to_opt_out(
    texter: Patient, word: str
) -> None:
    texter.says("hello")
    said = text_of(texter.says(word))
    assert all(part in said for part in ("Harbor Health", "STOP", "+1 415-555-0100", "911"))


def test_the_first_word_may_be_help(texter: Patient) -> None:
    assert text_of(texter.says("HELP")).count("STOP") == 1


def test_start_without_a_stop_before_is_a_greeting(demo: Database) -> None:
    person = Patient(demo, Channel.TELEGRAM, "1000001")
    assert types_of(person.says("start")) == []
    assert text_of(person.says("start"))


def _claimed(database: Database) -> list[str]:
    with database.transaction() as connection:
        minutes = timedelta(minutes=2)
        claimed = outbox.claim(connection, now=NOW, owner="a test", lease=minutes, limit=9)
        return [message.public_id for message in claimed.messages]


def test_off_the_list_is_the_waitlist_of_whoever_waits(texter: Patient) -> None:
    texter.says("put me on the waitlist for dr chen, mornings", *BOOKING[1:], "yes")
    assert types_of(texter.says("take me off the list")) == ["left_waitlist"]
    assert texter.own_address.opted_in is not False


def test_off_your_list_is_asked_back_of_whoever_waits(texter: Patient) -> None:
    texter.says("put me on the waitlist for dr chen, mornings", *BOOKING[1:], "yes", *BOOKING[:1])
    handled = texter.says("yes", "take me off your list")
    assert handled.asked is Asked.CHOICE
    assert types_of(texter.says("2")) == ["opted_out"]
    assert texter.own_address.opted_in is False
    assert "opt_out" in texter.tasks


def test_who_waits_for_nothing_opts_out_at_once(texter: Patient) -> None:
    assert types_of(texter.says("take me off your list")) == ["opted_out"]
