"""A template that the clinic has made at Twilio itself is sent as it is, if it can be filled."""

import re

import pytest

from bot.senders.content import ContentRefused
from core.errors import TemplateUnfit
from core.models import templates as table
from tests.bot.talking import rows
from tests.bot.templates.conftest import Desk, newest, visits


def test_one_that_the_clinic_has_made_is_sent_as_it_is(desk: Desk) -> None:
    theirs = desk.twilio.contents.make("Your visit: {{1}} at {{2}}. Hillside is looking forward.")
    desk.describes(content_sid=theirs.sid, variables=["visit.short_day", "visit.time"])
    [template] = desk.syncs("reminder")
    assert (template.status, template.content_sid) == ("approved", theirs.sid)
    desk.reminds()
    text = "Your visit: Tue, Dec 1 at 10:00 AM. Hillside is looking forward."
    assert desk.twilio.accepted[-1].body == desk.log()[-1].text == text
    assert desk.twilio.templates.keys() == {theirs.sid}


@pytest.mark.parametrize("variables", [[], ["visit.day"], ["visit.day", "visit.time", "clinic"]])
def test_variables_that_do_not_fit_it_are_refused(desk: Desk, variables: list[str]) -> None:
    theirs = desk.twilio.contents.make("Your visit: {{1}} at {{2}}. We are looking forward.")
    desk.describes(content_sid=theirs.sid, variables=variables)
    with pytest.raises(TemplateUnfit, match=r"reminder \(en\): expected variables for 1, 2, as HX"):
        desk.syncs("reminder")
    assert rows(desk.database, table) == []


@pytest.mark.parametrize(
    ("ids", "variables", "why"),
    [
        (["{{2}}", "{{3}}"], ["visit.day", "button.1", "button.2"], None),
        (["{{3}}", "{{2}}"], ["visit.day", "button.2", "button.1"], None),
        (["{{2}}", "{{3}}"], ["visit.day", "button.2", "button.1"], "{{2}}, {{3}}"),
        (["yes", "no"], ["visit.day"], "yes, no"),
        (["{{1}}", "no"], ["visit.day"], "{{1}}, no"),
    ],
)
def test_its_buttons_must_come_back_as_our_answers(
    desk: Desk, ids: list[str], variables: list[str], why: str | None
) -> None:
    actions = [
        {"type": "QUICK_REPLY", "title": f"Answer {place}", "id": pressed}
        for place, pressed in enumerate(ids, start=1)
    ]
    part = {"body": "On {{1}}, right?", "actions": actions}
    samples = {str(number): "x" for number in (1, 2, 3)}
    content = {"friendly_name": "theirs", "language": "en", "variables": samples}
    desk.twilio.contents.create({**content, "types": {"twilio/quick-reply": part}})
    desk.twilio.approve(newest(desk))
    desk.describes(content_sid=newest(desk), variables=variables)
    if why is not None:
        with pytest.raises(TemplateUnfit, match=f"got {re.escape(why)}$"):
            desk.syncs("reminder")
        return
    desk.syncs("reminder")
    desk.reminds()
    desk.is_pressed(desk.twilio.accepted[-1], 1)
    assert visits(desk) == ["confirmed"]


def test_one_that_is_not_in_the_account_is_refused(desk: Desk) -> None:
    desk.describes(content_sid=f"HX{'0' * 32}", variables=["visit.day"])
    with pytest.raises(ContentRefused) as caught:
        desk.syncs("reminder")
    assert caught.value.is_gone
