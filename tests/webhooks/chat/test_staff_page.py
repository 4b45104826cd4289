"""The web chat in staff's mode, over the real desk, in a real browser: in by a code, the day, a
mark, out again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bot.desk import Desk
from core.config import Settings
from core.database.connect import Database
from core.messaging.clearing import note_cleared
from core.models import appointments, audit_log, messages, patients
from core.setup import set_up_demo
from tests.bot.talking import rows
from tests.builders import a_patient, a_setting, an_appointment
from tests.webhooks.chat.browser import PHONE, OpenPage, serve, worst_contrasts, write
from tests.webhooks.chat.conftest import standing_clock
from webhooks.chat import make_blueprint

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def clinic(sqlite_database: Database) -> Database:
    """The demo clinic, in which John Smith sees Dr Patel in twenty minutes."""
    now = standing_clock()
    set_up_demo(sqlite_database, now)
    with sqlite_database.transaction() as connection:
        an_appointment(
            connection,
            patient_id=a_patient(connection, "John", last_name="Smith"),
            practitioner_id=1,
            location_id=1,
            visit_type_id=1,
            starts_at=now + timedelta(minutes=20),
        )
    return sqlite_database


@pytest.fixture
def app(clinic: Database) -> Flask:
    app = Flask("test")
    desk = Desk(clinic, standing_clock)
    app.register_blueprint(make_blueprint(Settings(), clinic, desk, standing_clock))
    return app


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serve(app) as url:
        yield url


def be_rosa(page: Page) -> None:
    """Choose her, ask for a code, and send it."""
    page.get_by_label("Telegram").check(force=True)
    listed = page.get_by_label("You are")
    expect(listed.locator("optgroup").last).to_have_attribute("label", "The clinic's own people")
    option = listed.locator("option").filter(has_text="Rosa Delgado")
    listed.select_option(value=option.get_attribute("value"))
    page.get_by_role("button", name="Get a code").click()
    expect(page.get_by_label("Your message")).to_have_value(page_code(page))
    page.keyboard.press("Enter")


def page_code(page: Page) -> str:
    told = page.locator("#staff-code")
    expect(told).to_contain_text("Send this code:")
    return told.inner_text().removeprefix("Send this code:").strip()


@pytest.mark.browser
def test_a_receptionist_comes_in_sees_the_day_marks_and_leaves(
    open_page: OpenPage, clinic: Database
) -> None:
    page = open_page()
    be_rosa(page)
    log = page.get_by_role("log", name="Conversation")
    expect(log).to_contain_text("Welcome, Rosa.")
    page.get_by_role("button", name="who do we have today?").click()
    expect(log).to_contain_text("Dr Patel: 1 booked")
    log.get_by_role("button", name="Dr Patel").click()
    expect(log).to_contain_text("J.S. - consultation, expected")
    log.get_by_role("button", name="J.S.").click()
    log.get_by_role("button", name="Is here").click()
    expect(log).to_contain_text("Marked as here.")
    with clinic.reading() as connection:
        assert connection.scalar(select(appointments.c.status)) == "arrived"
    expect(log).not_to_contain_text("Smith")
    write(page, "/lock")
    expect(log).to_contain_text("Closed.")
    write(page, "/today")
    expect(log.locator(".message.out").last).not_to_contain_text("booked")
    assert {row.username for row in rows(clinic, audit_log)} == {None, "rosa"}
    assert len(rows(clinic, patients)) > 0


@pytest.mark.browser
def test_the_week_is_a_picture_in_the_chat(open_page: OpenPage) -> None:
    page = open_page()
    be_rosa(page)
    log = page.get_by_role("log", name="Conversation")
    write(page, "/report week")
    log.get_by_role("button", name="As a picture").click()
    picture = log.get_by_role("img", name="Visits:")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 1024)


def test_a_picture_is_shown_to_whom_it_was_sent(app: Flask) -> None:
    client: FlaskClient = app.test_client()
    rosa = {"channel": "telegram", "address": "9001"}
    code = client.post("/chat/staff-code", json={"staff": "rosa"}, headers=SAME_SITE)
    for text in (code.get_json()["code"], "/report week", "1"):
        said = {"text": text, "identity": rosa}
        assert client.post("/chat/messages", json=said, headers=SAME_SITE).status_code == 200
    *_, last = client.get("/chat/messages", query_string=rosa).get_json()["messages"]
    assert last["picture"] is True
    path = f"/chat/pictures/{last['id']}.png"
    assert client.get(path, query_string=rosa).mimetype == "image/png"
    other = rosa | {"address": "9002"}
    assert client.get(path, query_string=other).status_code == 404


@pytest.mark.browser
def test_visits_as_a_file_and_what_is_cleared(open_page: OpenPage, clinic: Database) -> None:
    with clinic.transaction() as connection:
        a_setting(connection, "staff_export", "on")
    page = open_page()
    be_rosa(page)
    log = page.get_by_role("log", name="Conversation")
    write(page, "/pin 482913")
    write(page, "/export month")
    link = log.get_by_role("link", name="Save the file")
    with page.expect_download() as begun:
        link.click()
    assert begun.value.suggested_filename.startswith("visits-")
    assert begun.value.path().read_bytes().startswith(b"\xef\xbb\xbfappointment,day,starts")
    with clinic.transaction() as connection:
        [file_id] = connection.scalars(
            select(messages.c.id).where(messages.c.document.is_not(None))
        ).all()
        note_cleared(connection, file_id, standing_clock())
    expect(log.get_by_text("Taken off the screen")).to_be_visible()
    expect(link).to_have_count(0)


@pytest.mark.browser
def test_it_can_be_read_and_reached_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, is_mobile=True, has_touch=True)
    be_rosa(page)
    expect(page.get_by_role("log", name="Conversation")).to_contain_text("Welcome, Rosa.")
    assert [found for found in worst_contrasts(page) if found.ratio < 4.5] == []


@pytest.mark.browser
def test_a_patient_is_offered_no_code(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_role("button", name="Get a code")).to_be_hidden()
    expect(page.get_by_role("button", name="who do we have today?")).to_be_hidden()
    expect(page.get_by_text("You are a patient now.")).to_be_visible()


@pytest.mark.parametrize("body", [{}, {"staff": 7}, {"staff": "nobody"}])
def test_a_code_is_for_somebody_of_the_clinic(app: Flask, body: object) -> None:
    client: FlaskClient = app.test_client()
    answer = client.post("/chat/staff-code", json=body, headers=SAME_SITE)
    assert answer.status_code == 400
    assert "people" in answer.get_json()["error"]
