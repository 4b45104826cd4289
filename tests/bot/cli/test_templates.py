"""`frontdesk templates` and what `frontdesk check` tells of them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from core.database.connect import Database
from core.keys import DEMO_ENCRYPTION_KEY, DEMO_SECRET
from core.models import organizations, phrases, tasks, templates
from tests.bot.cli.conftest import Run
from tests.bot.talking import rows
from tests.bot.templates.conftest import wanting
from tests.builders import NOW
from tests.providers.twilio_peer import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_FROM, TwilioPeer

OWN = "See you on {visit.day} at {visit.time}, {visit.house}? Questions: {visit.phone}, any time."


@pytest.fixture
def twilio(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioPeer]:
    request.getfixturevalue("run")  # It empties the environment.
    with TwilioPeer() as peer:
        monkeypatch.setenv("PUBLIC_URL", "https://desk.example.org")
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
        monkeypatch.setenv("TWILIO_WHATSAPP_FROM", WHATSAPP_FROM.removeprefix("whatsapp:"))
        monkeypatch.setenv("TWILIO_API_BASE", peer.url)
        yield peer


@pytest.fixture
def real(on_demo: Run, demo: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The demo's clinic as if it were one; of its sentences two."""
    with demo.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=False))
    monkeypatch.setenv("SECRET_KEY", DEMO_SECRET)
    monkeypatch.setenv("ENCRYPTION_KEY", DEMO_ENCRYPTION_KEY)

    with wanting("reminder", "ask_rating"):
        yield on_demo


def test_sync_makes_them_and_status_says_how_they_are(
    real: Run, twilio: TwilioPeer, demo: Database
) -> None:
    first = real("templates", "sync")
    assert first.code == 0
    heading, reminder, rating, told = first.lines
    assert heading.split() == ["sentence", "in", "status", "id", "at", "Twilio", "why"]
    assert [line.split()[:3] for line in (reminder, rating)] == [
        ["reminder", "en", "pending"],
        ["ask_rating", "en", "pending"],
    ]
    assert told == "2 pending"
    assert real("templates", "sync").out == first.out
    assert len(twilio.templates) == 2
    approved, turned_down = twilio.templates
    twilio.approve(approved)
    twilio.contents.set_status(turned_down, "rejected", "It sounds like advertising.")
    status = real("templates", "status")
    assert status.code == 0
    assert status.lines[-1] == "1 approved, 1 rejected"
    [line] = [line for line in status.lines if "rejected" in line and turned_down in line]
    assert line.endswith(f"{turned_down}  It sounds like advertising.")
    assert "template ask_rating (en): rejected (It sounds like advertising.)" in (
        rows(demo, tasks)[-1].note
    )


@pytest.mark.usefixtures("twilio")
def test_before_the_first_sync_there_is_nothing_to_show(real: Run) -> None:
    assert real("templates", "status").lines == [
        "There are none yet: run `frontdesk templates sync`."
    ]


@pytest.mark.usefixtures("twilio")
def test_check_tells_of_them(real: Run, demo: Database) -> None:
    def told() -> list[str]:
        found = real("check").lines
        return [line.partition("WhatsApp templates: ")[2] for line in found if "templates:" in line]

    assert told()[0].startswith("none, so nothing is said first there once a patient has been")
    real("templates", "sync")
    assert told() == ["2 pending; see `frontdesk templates status`"]
    with demo.transaction() as connection:
        connection.execute(update(templates).values(status="approved"))
    assert told() == ["2 approved"]
    with demo.transaction() as connection:
        row = {"language": "en", "key": "reminder", "text": OWN, "is_active": True}
        connection.execute(phrases.insert().values(**row, created_at=NOW, updated_at=NOW))
        paused = templates.c.key == "ask_rating"
        connection.execute(update(templates).where(paused).values(status="paused"))
    assert told() == [
        "1 approved, 1 paused; see `frontdesk templates status`",
        "1 no longer say what the clinic says; run `frontdesk templates sync`",
        "ask_rating (en) is paused",
    ]


@pytest.mark.parametrize("command", ["sync", "status"])
def test_without_whatsapp_it_says_what_to_set(real: Run, command: str) -> None:
    ran = real("templates", command)
    assert ran.code == 1
    assert ran.err.startswith("frontdesk: TWILIO_WHATSAPP_FROM: expected for this, with ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("command", ["sync", "status"])
def test_nothing_of_a_demo_reaches_twilio(on_demo: Run, twilio: TwilioPeer, command: str) -> None:
    ran = on_demo("templates", command)
    assert ran.code == 1
    assert "nothing of a demo reaches a provider" in ran.err
    assert twilio.templates == {}


@pytest.mark.usefixtures("twilio")
def test_wrong_credentials_are_one_clear_line(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "wrong")
    ran = real("templates", "sync")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "frontdesk: the list of templates: Twilio says 20003, Authenticate\n"


def test_the_worker_follows_them_up(real: Run, twilio: TwilioPeer, demo: Database) -> None:
    real("templates", "sync")
    for sid in twilio.templates:
        twilio.approve(sid)
    with demo.transaction() as connection:  # Long ago.
        connection.execute(update(templates).values(checked_at=NOW))
    assert "templates: 2" in real("worker", "--once").lines
    assert {row.status for row in rows(demo, templates)} == {"approved"}
    assert "templates: 0" in real("worker", "--once").lines
