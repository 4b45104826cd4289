"""`sync` makes each template once and puts it before WhatsApp; what becomes of it is followed up,
and staff hear once of what is turned down."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.phrases import languages
from bot.senders.content import ContentRefused
from bot.templates.sentences import SENTENCES
from core.messaging import templates as kept
from core.messaging.templates import ASK_AGAIN_AFTER, LOOK_AGAIN_AFTER
from core.models import phrases
from core.models import templates as table
from tests.bot.talking import rows
from tests.bot.templates.conftest import Desk, newest, notes
from tests.builders import NOW

OWN = "See you on {visit.day} at {visit.time}, {visit.house}? Questions: {visit.phone}, any time."


def stages(desk: Desk) -> list[str]:
    return [row.status for row in rows(desk.database, table)]


def test_all_of_ours_pass_whatsapps_review(desk: Desk) -> None:
    everything = list(desk.keeper.sync())
    assert {each.status for each in everything} == {"pending"}
    assert len(everything) == len(desk.twilio.templates) == len(SENTENCES) * len(languages())
    desk.clock.passes(minutes=2)
    assert {(each.status, each.reason) for each in desk.keeper.ask()} == {("approved", None)}
    assert notes(desk) == []


def test_it_is_made_under_its_name_in_its_language_and_category(desk: Desk) -> None:
    [reminder, again] = desk.syncs("reminder", "again_due")
    there = [desk.twilio.templates[each.content_sid or ""] for each in (reminder, again)]
    assert [each.submitted for each in there] == [
        {"name": reminder.name, "category": "UTILITY"},
        {"name": again.name, "category": "MARKETING"},
    ]
    assert there[0].answer["friendly_name"] == reminder.name
    assert there[0].answer["language"] == "en"


def test_a_second_sync_makes_nothing(desk: Desk) -> None:
    [first] = desk.syncs("reminder")
    [second] = desk.syncs("reminder")
    assert first.content_sid == second.content_sid
    assert len(desk.twilio.templates) == len(rows(desk.database, table)) == 1


def test_a_sync_that_was_cut_off_goes_on_where_it_was(desk: Desk) -> None:
    desk.syncs("reminder")
    with desk.database.transaction() as connection:  # Made; its id was not written down.
        connection.execute(update(table).values(content_sid=None, status="draft"))
    [again] = desk.syncs("reminder")
    assert again.content_sid == newest(desk)
    assert len(desk.twilio.templates) == 1


def test_control_it_is_found_by_its_name(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.syncs("reminder")
    with desk.database.transaction() as connection:
        connection.execute(update(table).values(content_sid=None, status="draft"))
    monkeypatch.setattr(desk.keeper._api, "made", dict)
    desk.syncs("reminder")
    assert len(desk.twilio.templates) == 2


def test_where_twilio_does_not_answer_nothing_is_held_against_the_template(desk: Desk) -> None:
    desk.twilio.fail_next(status=503, code=20503)
    with pytest.raises(ContentRefused, match="20503"):
        desk.syncs("reminder")
    assert stages(desk) == ["draft"]
    assert [each.status for each in desk.syncs("reminder")] == ["pending"]
    assert notes(desk) == []


def test_that_credentials_are_wrong_is_said(desk: Desk) -> None:
    desk.twilio.fail_next(status=401, code=20003)
    with pytest.raises(ContentRefused, match="the list of templates: Twilio says 20003, "):
        desk.syncs("reminder")


def test_one_that_twilio_refuses_is_for_staff_and_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A name that WhatsApp does not take, as any other mistake of ours.
    monkeypatch.setattr("bot.templates.wanted._digest", lambda *parts: f"No {parts[0]}"[:5])
    monkeypatch.setattr("bot.templates.wanted.OURS", "frontdesk_")
    refused, _ = desk.syncs("reminder", "again_missed")
    assert refused.status == "rejected"
    assert "20001" in (refused.reason or "")
    assert len(desk.twilio.templates) == 2
    assert [note.partition(":")[0] for note in notes(desk)] == [
        "template reminder (en)",
        "template again_missed (en)",
    ]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("received", "pending"),
        ("pending", "pending"),
        ("approved", "approved"),
        ("rejected", "rejected"),
        ("paused", "paused"),
        ("disabled", "disabled"),
        ("in appeal", "in_appeal"),
    ],
)
def test_what_whatsapp_thinks_of_it_is_noted_and_staff_hear_once_what_they_must(
    desk: Desk, word: str, status: str
) -> None:
    desk.syncs("reminder")
    desk.twilio.contents.set_status(newest(desk), word, "It is confusing.")
    for _ in range(2):
        desk.clock.passes(hours=25)
        assert desk.keeper.follow_up() == 1
    assert stages(desk) == [status]
    is_for_staff = status in ("rejected", "paused", "disabled")
    assert len(notes(desk)) == is_for_staff
    for note in notes(desk):
        assert note.startswith(f"template reminder (en): {status} (It is confusing.). ")


def test_a_word_that_we_do_not_know_changes_nothing(desk: Desk) -> None:
    desk.has_templates()
    desk.twilio.templates[newest(desk)].status = "brand new"
    desk.clock.passes(hours=25)
    assert desk.keeper.follow_up() == 1
    assert stages(desk) == ["approved"]


def test_a_task_is_over_when_it_is_approved_or_said_in_other_words(desk: Desk) -> None:
    desk.syncs("reminder")
    desk.twilio.contents.set_status(newest(desk), "paused")
    list(desk.keeper.ask())
    assert len(notes(desk)) == 1
    desk.twilio.approve(newest(desk))
    list(desk.keeper.ask())
    assert notes(desk) == []
    desk.twilio.contents.set_status(newest(desk), "rejected")
    list(desk.keeper.ask())
    assert len(notes(desk)) == 1
    desk.describes(body=OWN)
    assert [each.status for each in desk.syncs("reminder")] == ["pending"]
    assert notes(desk) == []
    assert len(notes(desk, is_open=False)) == 2


def test_what_is_under_review_is_asked_about_hourly_and_what_is_approved_daily(desk: Desk) -> None:
    desk.syncs("reminder")
    assert desk.keeper.follow_up() == 0
    desk.clock.passes(seconds=ASK_AGAIN_AFTER.total_seconds())
    assert desk.keeper.follow_up() == 1
    assert stages(desk) == ["approved"]
    desk.clock.passes(seconds=(LOOK_AGAIN_AFTER - timedelta(minutes=1)).total_seconds())
    assert desk.keeper.follow_up() == 0
    desk.clock.passes(minutes=1)
    assert desk.keeper.follow_up() == 1


def test_at_most_so_many_are_asked_about_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.templates.keeping.MOST_AT_ONCE", 2)
    desk.syncs("reminder", "ask_rating", "again_missed")
    desk.clock.passes(hours=1)
    assert [desk.keeper.follow_up() for _ in range(3)] == [2, 1, 0]


def test_twilio_being_away_is_no_news_of_a_template(desk: Desk) -> None:
    desk.has_templates()
    desk.clock.passes(hours=25)
    desk.twilio.fail_next(status=503, code=20503)
    assert desk.keeper.follow_up() == 0
    assert stages(desk) == ["approved"]
    assert desk.keeper.follow_up() == 1


def test_one_that_is_gone_from_the_account_is_not_used_and_sync_makes_it_anew(desk: Desk) -> None:
    desk.has_templates()
    desk.twilio.templates.clear()
    desk.clock.passes(hours=25)
    desk.keeper.follow_up()
    assert stages(desk) == ["disabled"]
    assert "no longer in the account" in notes(desk)[0]
    assert [each.status for each in desk.syncs("reminder")] == ["pending"]
    assert notes(desk) == []


# Another wording


def test_the_wording_before_stands_in_until_the_new_one_is_approved(desk: Desk) -> None:
    desk.has_templates()
    first = newest(desk)
    desk.describes(body=OWN)
    desk.syncs("reminder")
    assert newest(desk) != first
    desk.reminds()
    assert desk.twilio.accepted[-1].form["ContentSid"] == first
    assert desk.twilio.accepted[-1].error_code is None
    desk.twilio.approve(newest(desk))
    list(desk.keeper.ask())
    with desk.database.reading() as connection:
        in_use = [each.content_sid for each in kept.in_use(connection)]
    assert in_use == [newest(desk)]


def test_the_clinics_own_sentence_is_what_leaves(desk: Desk) -> None:
    with desk.database.transaction() as connection:
        row = {"language": "en", "key": "reminder", "text": OWN, "is_active": True}
        times = {"created_at": NOW, "updated_at": NOW}
        connection.execute(phrases.insert().values(**row, **times))
    desk.has_templates()
    desk.reminds()
    [read] = desk.twilio.accepted
    assert read.body == (
        "See you on Tuesday, December 1 at 10:00 AM, Harbor Health, Downtown?"
        " Questions: +1 415-555-0100, any time."
    )


def test_buttons_in_the_clinics_words_are_answered_as_ours(desk: Desk) -> None:
    desk.describes(buttons=["Count me in", "Move it", "I can't"])
    desk.has_templates()
    desk.reminds()
    [read] = desk.twilio.accepted
    assert [button.title for button in read.buttons] == ["Count me in", "Move it", "I can't"]
    desk.is_pressed(read, 1)
    desk.delivers()
    assert "Confirmed: " in desk.twilio.accepted[-1].body


def test_that_no_template_was_there_is_over_once_all_are_approved(desk: Desk) -> None:
    desk.reminds()
    assert notes(desk)[0].startswith("whatsapp no_template: ")
    desk.has_templates()
    assert notes(desk) == []
