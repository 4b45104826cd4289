"""After a day of silence only a template passes, with every variable set; within it, free text."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.lookups import LookUps
from core.messaging.outcomes import expire_leases
from core.messaging.window import MARGIN
from core.models import addresses, appointments, locations, messages
from core.models import templates as table
from tests.bot.talking import rows
from tests.bot.templates.conftest import Desk, notes, visits
from tests.builders import Clinic, a_conversation, a_link, an_address
from tests.core.messaging.waiting import waiting
from tests.providers.twilio_peer import WHATSAPP_FROM

TEXT = (
    "Reminder: visit on Tuesday, December 1 at 10:00 AM, Harbor Health, Downtown."
    " Questions: +1 415-555-0100. Can you make it?"
)
BUTTONS = ["Yes, I'll be there", "Another time", "I can't come"]
DAY = timedelta(hours=24)


def test_whoever_is_silent_gets_the_template_and_the_log_says_what_they_read(desk: Desk) -> None:
    desk.has_templates()
    desk.reminds()
    [read] = desk.twilio.accepted
    assert (read.body, [button.title for button in read.buttons]) == (TEXT, BUTTONS)
    assert (read.error_code, read.form.get("Body")) == (None, None)
    assert read.shown.samples == ()
    [row] = desk.log()
    assert (row.text, row.status, row.content_sid) == (TEXT, "sent", read.form["ContentSid"])
    assert [choice["label"] for choice in json.loads(row.choices)] == BUTTONS


def test_whoever_has_just_written_gets_free_text(desk: Desk) -> None:
    desk.has_templates()
    desk.hears("hello")
    desk.clock.passes(hours=1)
    desk.reminds()
    *_, row = desk.log()
    assert row.kind == "reminder"
    assert row.content_sid is None
    assert desk.twilio.accepted[-1].error_code is None


@pytest.mark.parametrize(
    ("since", "is_template"),
    [
        (DAY - MARGIN - timedelta(seconds=1), False),
        (DAY - MARGIN, True),
        (DAY, True),
    ],
)
def test_the_window_ends_a_little_early_and_is_measured_when_the_message_leaves(
    desk: Desk, since: timedelta, is_template: bool
) -> None:
    desk.has_templates()
    desk.clock.at -= since
    desk.hears("hello")
    desk.clock.at += since
    desk.reminds()
    assert (desk.log()[-1].content_sid is not None) is is_template
    assert desk.twilio.accepted[-1].error_code is None


def test_what_was_decided_within_the_window_and_leaves_after_it_is_a_template(desk: Desk) -> None:
    desk.has_templates()
    desk.hears("hello")
    desk.delivers()
    desk.clock.passes(hours=1)
    desk.twilio.fail_next(status=503, code=20503)
    desk.reminds()
    assert (desk.log()[-1].status, desk.log()[-1].content_sid) == ("queued", None)
    desk.clock.passes(hours=23)
    desk.delivers()
    assert desk.log()[-1].content_sid is not None
    assert desk.twilio.accepted[-1].error_code is None


def test_control_without_the_margin_whatsapp_refuses_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.messaging.window.WINDOW", DAY + timedelta(hours=1))
    desk.has_templates()
    desk.clock.at -= DAY + timedelta(minutes=1)
    desk.hears("hello")
    desk.clock.at += DAY + timedelta(minutes=1)
    desk.reminds()
    assert desk.twilio.accepted[-1].error_code == 63016


@pytest.mark.parametrize(
    "status", ["pending", "rejected", "paused", "disabled", "in_appeal", "draft"]
)
def test_without_an_approved_template_nothing_leaves_and_staff_are_told(
    desk: Desk, status: str
) -> None:
    desk.has_templates()
    with desk.database.transaction() as connection:
        connection.execute(update(table).values(status=status))
    desk.reminds()
    [row] = desk.log()
    assert (row.status, row.error_code) == ("failed", "no_template")
    assert desk.twilio.accepted == []
    [note] = notes(desk)
    assert note.startswith("whatsapp no_template: ")


def test_what_can_not_be_said_on_whatsapp_is_said_by_sms(desk: Desk, clinic: Clinic) -> None:
    with desk.database.transaction() as connection:
        heard = desk.clock() - timedelta(days=30)
        connection.execute(update(addresses).values(last_heard_at=heard))
        phone = an_address(connection, "sms", last_heard_at=heard - timedelta(days=30))
        a_link(connection, clinic.patient_id, phone)
    desk.reminds()
    desk.takes_up()
    assert [(row.channel, row.status) for row in desk.log()] == [
        ("whatsapp", "failed"),
        ("sms", "sent"),
    ]


def test_a_variable_that_is_not_set_is_never_filled_with_a_sample(desk: Desk) -> None:
    desk.has_templates()
    with desk.database.transaction() as connection:
        connection.execute(update(locations).values(phone=""))
    desk.reminds()
    [row] = desk.log()
    assert (row.status, row.error_code) == ("failed", "empty_variable")
    assert desk.twilio.accepted == []
    assert notes(desk)[0].startswith("whatsapp empty_variable: ")


def test_control_twilio_would_have_sent_the_sample(desk: Desk) -> None:
    desk.has_templates()
    [sid] = [
        row.content_sid
        for row in rows(desk.database, table)
        if (row.key, row.language) == ("reminder", "en")
    ]
    client = desk.delivery.senders["whatsapp"]._twilio  # type: ignore[index, attr-defined]
    client.messages.create(
        to="whatsapp:+14155550177", from_="whatsapp:+14155550199", content_sid=sid
    )
    [read] = desk.twilio.accepted
    assert len(read.shown.samples) == len(json.loads(rows(desk.database, table)[0].variables))


def test_values_are_clean_for_whatsapp(desk: Desk) -> None:
    desk.has_templates()
    with desk.database.transaction() as connection:
        connection.execute(update(locations).values(discreet_name="The\tHouse\n by     the  lake"))
    desk.reminds()
    [read] = desk.twilio.accepted
    assert "The House by the lake" in read.body


def test_the_button_of_a_template_confirms_its_visit(desk: Desk) -> None:
    desk.has_templates()
    desk.reminds()
    desk.is_pressed(desk.twilio.accepted[0], 1)
    assert visits(desk) == ["confirmed"]


def test_another_button_of_a_template_does_what_it_says(desk: Desk) -> None:
    desk.has_templates()
    desk.reminds()
    desk.is_pressed(desk.twilio.accepted[0], 3)
    desk.delivers()
    assert visits(desk) == ["scheduled"]  # It is asked once more, with the full sentence.
    desk.is_pressed(desk.twilio.accepted[-1], 1)
    assert visits(desk) == ["cancelled"]


def test_the_words_on_a_button_typed_are_its_answer(desk: Desk) -> None:
    desk.has_templates()
    desk.reminds()
    desk.hears(BUTTONS[0])
    assert visits(desk) == ["confirmed"]


def test_the_button_of_an_older_template_is_no_answer_to_another_time(desk: Desk) -> None:
    desk.has_templates()
    desk.reminds()
    [visit] = rows(desk.database, appointments)
    edges = ("starts_at", "ends_at", "occupied_from", "occupied_until")
    later = {edge: visit._mapping[edge] + timedelta(hours=1) for edge in edges}
    with desk.database.transaction() as connection:
        connection.execute(update(appointments).values(later))
    desk.is_pressed(desk.twilio.accepted[0], 1)
    assert visits(desk) == ["scheduled"]


def test_the_digit_after_a_template_is_its_answer(desk: Desk) -> None:
    desk.has_templates()
    desk.reminds()
    desk.hears("1")
    assert visits(desk) == ["confirmed"]


def test_the_introduction_comes_with_the_first_answer(desk: Desk) -> None:
    desk.has_templates()
    desk.reminds()
    desk.hears("1")
    desk.delivers()
    assert "automated" not in desk.twilio.accepted[0].body
    assert "automated" in desk.twilio.accepted[1].body


def test_what_has_no_template_is_not_sent_after_the_window(desk: Desk) -> None:
    desk.has_templates()
    with desk.database.transaction() as connection:
        ours = WHATSAPP_FROM.removeprefix("whatsapp:")
        address = an_address(connection, "whatsapp")
        talk = a_conversation(connection, address, our_address=ours)
    waiting(desk.database, talk, channel="whatsapp", kind="notice")
    waiting(desk.database, talk, channel="whatsapp", kind="reply")
    desk.delivers()
    assert [(row.kind, row.status, row.error_code) for row in desk.log()] == [
        ("notice", "failed", "window_closed"),
        ("reply", "sent", None),  # WhatsApp itself knows best when the patient has asked.
    ]
    assert notes(desk) == []


def test_a_template_whose_outcome_nobody_knows_is_found_by_its_words(desk: Desk) -> None:
    desk.has_templates()
    desk.reminds()
    cut_off = {"status": "sending", "lease_until": desk.clock(), "lease_owner": "gone"}
    with desk.database.transaction() as connection:
        connection.execute(update(messages).values(**cut_off, provider_id=None, sent_at=None))
        assert expire_leases(connection, desk.clock()) == 1
    desk.clock.passes(minutes=2)
    assert LookUps(desk.database, desk.delivery, desk.clock).look() == 1
    desk.delivers()
    [read], [row] = desk.twilio.accepted, desk.log()
    assert row.provider_id.endswith(read.sid)
    assert row.status != "unknown"
