"""WhatsApp through Twilio: the 24 hours, templates, buttons and lists (RULES.md, 3)."""

import json
from typing import Any

import pytest

from tests.providers.conftest import Clock
from tests.providers.sdk import ON_WHATSAPP, PATIENT, content, refusal, replies
from tests.providers.twilio_contents import STATUSES
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM, TwilioPeer

WHATSAPP = {"to": ON_WHATSAPP, "from_": WHATSAPP_FROM}
ROW = {"id": "1", "item": "Tuesday"}


def sends(client: Any, content_sid: str, **variables: str) -> Any:
    given = {name.removeprefix("v"): value for name, value in variables.items()}
    return client.messages.create(
        **WHATSAPP, content_sid=content_sid, content_variables=json.dumps(given)
    )


def made(client: Any, kind: str, samples: dict[str, str] | None = None, **part: object) -> str:
    return str(client.content.v1.contents.create(content(kind, samples, **part)).sid)


def errors(twilio: TwilioPeer) -> list[int | None]:
    return [message.error_code for message in twilio.accepted]


# The 24 hours


def test_free_text_after_the_window_is_accepted_and_fails_later(
    twilio: TwilioPeer, client: Any, clock: Clock
) -> None:
    twilio.heard_from(ON_WHATSAPP)
    clock.passes(hours=24)
    form = {**WHATSAPP, "status_callback": "https://c.example/s"}
    client.messages.create(body="in time", **form)
    clock.passes(seconds=1)
    late = client.messages.create(body="too late", **form)
    assert (late.status, late.error_code) == ("queued", None)

    in_time, too_late = twilio.accepted
    ends = [twilio.status_callbacks(message)[-1].fields for message in (in_time, too_late)]
    assert [fields["MessageStatus"] for fields in ends] == ["delivered", "undelivered"]
    assert ends[1]["ErrorCode"] == "63016"
    assert client.messages(late.sid).fetch().error_code == 63016
    assert [fate.code for fate in too_late.entry.fates] == [None, None, 63016]


def test_a_templates_text_sent_as_a_body_is_free_text(twilio: TwilioPeer, client: Any) -> None:
    template = twilio.has_template("Your visit is on {{1}}.")
    client.messages.create(**WHATSAPP, body="Your visit is on Tuesday.")
    sends(client, template, v1="Tuesday")
    assert [message.body for message in twilio.accepted] == ["Your visit is on Tuesday."] * 2
    assert errors(twilio) == [63016, None]


def test_a_message_of_the_patient_opens_the_window_for_that_sender_only(
    twilio: TwilioPeer, client: Any
) -> None:
    other = "whatsapp:+14155550198"
    twilio.numbers |= {other}
    twilio.inbound("https://c.example/twilio/messages", ON_WHATSAPP, "hello")
    client.messages.create(**WHATSAPP, body="x")
    client.messages.create(**{**WHATSAPP, "from_": other}, body="x")
    assert errors(twilio) == [None, 63016]


# Templates


@pytest.mark.parametrize("status", STATUSES)
def test_only_an_approved_template_opens_a_conversation(
    twilio: TwilioPeer, client: Any, status: str
) -> None:
    template = twilio.has_template("Your visit is on {{1}}.")
    twilio.contents.set_status(template, status)
    sends(client, template, v1="Tuesday")
    assert errors(twilio) == [None if status == "approved" else 63016]


def test_a_template_goes_from_submitted_to_approved(
    twilio: TwilioPeer, client: Any, clock: Clock
) -> None:
    sid = made(client, "text", body="Your visit is on {{1}}.", samples={"1": "Tuesday"})
    resource = client.content.v1.contents(sid)

    def status() -> str:
        return str(resource.approval_fetch().fetch().whatsapp["status"])

    assert status() == "unsubmitted"
    submitted = resource.approval_create.create(approval("visit"))
    assert (submitted.status, submitted.category) == ("received", "UTILITY")
    assert status() == "pending"
    sends(client, sid, v1="Tuesday")
    clock.passes(minutes=2)
    [listed] = client.content.v1.content_and_approvals.list()
    assert listed.approval_requests["status"] == status() == "approved"
    sends(client, sid, v1="Tuesday")
    assert errors(twilio) == [63016, None]
    assert refusal(resource.approval_create.create, approval("visit")) == 20001


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{{1}}, your visit is soon.", "start or end"),
        ("Your visit is on {{1}}", "start or end"),
        ("Your visit is {{1}} {{2}} soon.", "side by side"),
        ("Your visit {{3}} is soon.", "sample"),
    ],
)
def test_a_body_that_whatsapp_does_not_like_is_rejected(
    client: Any, clock: Clock, body: str, reason: str
) -> None:
    sid = made(client, "text", body=body, samples={"1": "Ana", "2": "Lopez", "3": " "})
    resource = client.content.v1.contents(sid)
    resource.approval_create.create(approval("visit"))
    clock.passes(minutes=2)
    told = resource.approval_fetch().fetch().whatsapp
    assert told["status"] == "rejected"
    assert reason in told["rejection_reason"]
    resource.approval_create.create(approval("visit_2"))  # One may try again.


@pytest.mark.parametrize(("name", "category"), [("My visit", "UTILITY"), ("visit", "REMINDER")])
def test_a_name_or_category_that_is_none_is_refused(client: Any, name: str, category: str) -> None:
    sid = made(client, "text", body="Your visit is soon.")
    resource = client.content.v1.contents(sid)
    assert refusal(resource.approval_create.create, approval(name, category)) == 20001


def test_a_list_picker_is_for_talks_only(twilio: TwilioPeer, client: Any) -> None:
    sid = made(client, "list-picker", button="See", items=[ROW])
    resource = client.content.v1.contents(sid)
    assert refusal(resource.approval_create.create, approval("list")) == 20001
    with pytest.raises(ValueError, match="list picker"):
        twilio.approve(sid)
    sends(client, sid, v1="x")
    twilio.heard_from(ON_WHATSAPP)
    sends(client, sid, v1="x")
    assert errors(twilio) == [63016, None]


def test_templates_are_listed_by_pages_and_deleted(twilio: TwilioPeer, client: Any) -> None:
    sids = [made(client, "text", body=f"Text {number}") for number in range(5)]
    assert [each.sid for each in client.content.v1.contents.list(page_size=2)] == sids[::-1]
    assert client.content.v1.contents(sids[0]).delete()
    assert len(client.content.v1.contents.list()) == 4
    assert refusal(client.content.v1.contents(sids[0]).fetch) == 20404
    assert sids[0] not in twilio.templates


def approval(name: str, category: str = "UTILITY") -> Any:
    from twilio.rest.content.v1.content.approval_create import (  # type: ignore[import-untyped]
        ApprovalCreateList,
    )

    request = {"name": name, "category": category}
    return ApprovalCreateList.ContentApprovalRequest(request)


# Variables


def test_a_variable_that_is_missing_is_filled_with_its_sample_and_the_ledger_tells(
    twilio: TwilioPeer, client: Any
) -> None:
    sid = made(client, "text", body="Dear {{1}}: {{2}}.", samples={"1": "Peter", "2": "Monday"})
    twilio.approve(sid)
    sends(client, sid, v2="Tuesday")
    client.messages.create(**WHATSAPP, content_sid=sid)
    sends(client, sid, v1="Ana", v2="Tuesday")
    wrong, all_wrong, right = twilio.ledger.accepted()
    assert (wrong.text, wrong.samples) == ("Dear Peter: Tuesday.", ("1",))
    assert (all_wrong.text, all_wrong.samples) == ("Dear Peter: Monday.", ("1", "2"))
    assert (right.text, right.samples) == ("Dear Ana: Tuesday.", ())
    assert errors(twilio) == [None, None, None], "neither Twilio nor WhatsApp tells"


@pytest.mark.parametrize("variables", ["{", "[]", '{"1": ""}', '{"1": 1}', '{"1": "a\\nb"}'])
def test_variables_must_be_json_and_not_empty(
    twilio: TwilioPeer, client: Any, variables: str
) -> None:
    sid = twilio.has_template("On {{1}}.")
    form = {**WHATSAPP, "content_sid": sid}
    assert refusal(client.messages.create, **form, content_variables=variables) == 21656
    client.messages.create(**form, content_variables='{"1": "Tuesday"}')


def test_what_is_too_long_once_filled_fails_later(twilio: TwilioPeer, client: Any) -> None:
    sid = twilio.has_template("x" * 1_000 + " {{1}}.")
    sends(client, sid, v1="y" * 22)
    sends(client, sid, v1="y" * 23)
    assert errors(twilio) == [None, 63021]
    assert len(twilio.accepted[0].body) == 1_024


# Buttons and lists


def test_three_buttons_in_a_talk_and_ten_once_approved(twilio: TwilioPeer, client: Any) -> None:
    few, many = (made(client, "quick-reply", actions=replies(count)) for count in (3, 10))
    twilio.heard_from(ON_WHATSAPP)
    sends(client, few, v1="Day ")
    sends(client, many, v1="Day ")
    twilio.approve(many)
    sends(client, many, v1="Day ")
    assert errors(twilio) == [None, 63021, None]
    assert [button.title for button in twilio.accepted[-1].buttons][-1] == "Day 9"


def titled(*titles: str) -> dict[str, object]:
    return {"actions": [{"type": "QUICK_REPLY", "title": each, "id": "1"} for each in titles]}


def picker(**changes: str) -> dict[str, object]:
    return {"button": changes.pop("button", "See"), "items": [{**ROW, **changes}]}


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [
        ("quick-reply", titled("t" * 21), titled("t" * 20)),
        ("quick-reply", titled("same", "same"), titled("one", "another")),
        ("list-picker", picker(item="i" * 25), picker(item="i" * 24)),
        ("list-picker", picker(description="d" * 73), picker(description="d" * 72)),
        ("list-picker", picker(id="i" * 201), picker(id="i" * 200)),
        ("list-picker", picker(button="b" * 21), picker(button="b" * 20)),
    ],
)
def test_titles_and_ids_over_their_limits_fail_later(
    twilio: TwilioPeer, client: Any, kind: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    twilio.heard_from(ON_WHATSAPP)
    for part in (wrong, right):
        sends(client, made(client, kind, **part), v1="x")
    assert errors(twilio) == [63021, None]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("quick-reply", {"actions": replies(11)}),
        ("list-picker", {"button": "See", "items": []}),
        ("list-picker", {"button": "See", "items": [ROW] * 11}),
        ("list-picker", {"body": "b" * 1_025, "button": "See", "items": [ROW]}),
    ],
)
def test_what_no_template_may_be_is_not_made(client: Any, kind: str, part: dict[str, Any]) -> None:
    assert refusal(client.content.v1.contents.create, content(kind, **part)) == 20001


def test_an_sms_has_no_buttons(twilio: TwilioPeer, client: Any) -> None:
    sid = made(client, "quick-reply", actions=replies(1))
    client.messages.create(
        to=PATIENT, from_=SMS_FROM, content_sid=sid, content_variables='{"1": "x"}'
    )
    assert errors(twilio) == [63021]
