"""Where our clock and WhatsApp's disagree, or a template has just been paused: what it refuses is
said again as a template, or another way."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from core.models import tasks
from tests.bot.talking import rows
from tests.bot.templates.conftest import Desk, notes, visits
from tests.builders import Clinic, a_link, an_address


def closed_without_our_knowing(desk: Desk) -> None:
    """We believe that the patient has just written; WhatsApp knows nothing of it."""
    desk.hears("hello")
    desk.delivers()
    desk.twilio.exchange.last_inbound.clear()
    desk.clock.passes(hours=1)


def reminded(desk: Desk) -> list[Row[Any]]:
    return [row for row in desk.log() if row.kind == "reminder"]


def test_free_text_that_whatsapp_refuses_is_said_again_as_a_template(desk: Desk) -> None:
    desk.has_templates()
    closed_without_our_knowing(desk)
    desk.reminds()
    refused = desk.twilio.accepted[-1]
    desk.is_told(refused)
    desk.takes_up()
    *_, lost, again = desk.log()
    assert (lost.error_code, lost.status) == ("63016", "undelivered")
    assert (again.status, again.instead_of_id, again.channel) == ("sent", lost.id, "whatsapp")
    assert again.content_sid is not None
    assert desk.twilio.accepted[-1].error_code is None
    desk.is_pressed(desk.twilio.accepted[-1], 1)
    assert visits(desk) == ["confirmed"]
    desk.takes_up()
    assert len(reminded(desk)) == 2


def test_what_was_answered_meanwhile_is_not_said_again(desk: Desk) -> None:
    desk.has_templates()
    closed_without_our_knowing(desk)
    desk.reminds()
    refused = desk.twilio.accepted[-1]
    desk.hears("1")
    desk.is_told(refused)
    desk.takes_up()
    assert len(reminded(desk)) == 1


def test_a_template_that_whatsapp_refuses_is_not_said_again_there(desk: Desk) -> None:
    desk.has_templates()
    for sid in desk.twilio.templates:
        desk.twilio.contents.set_status(sid, "paused")
    desk.reminds()
    desk.is_told(desk.twilio.accepted[-1])
    desk.takes_up()
    [lost] = reminded(desk)
    assert lost.error_code == "63016"
    assert [row.kind for row in rows(desk.database, tasks)] == ["call"]
    assert desk.keeper.follow_up() == 1
    assert notes(desk)[0].startswith("template reminder (en): paused. ")


def test_at_night_a_reminder_that_was_refused_waits_for_the_morning(desk: Desk) -> None:
    desk.has_templates()
    closed_without_our_knowing(desk)
    desk.reminds()
    desk.clock.passes(hours=11)  # Ten in the evening.
    desk.is_told(desk.twilio.accepted[-1])
    desk.takes_up()
    assert len(reminded(desk)) == 1
    desk.clock.passes(hours=10)
    desk.takes_up()
    lost, again = reminded(desk)
    assert (again.instead_of_id, again.status) == (lost.id, "sent")
    assert again.content_sid is not None


def test_without_a_template_what_was_refused_is_said_by_sms(desk: Desk, clinic: Clinic) -> None:
    closed_without_our_knowing(desk)
    with desk.database.transaction() as connection:
        phone = an_address(connection, "sms", last_heard_at=desk.clock() - timedelta(days=30))
        a_link(connection, clinic.patient_id, phone)
    desk.reminds()
    desk.is_told(desk.twilio.accepted[-1])
    desk.takes_up()
    assert [(row.channel, row.error_code) for row in reminded(desk)] == [
        ("whatsapp", "63016"),
        ("sms", None),
    ]
