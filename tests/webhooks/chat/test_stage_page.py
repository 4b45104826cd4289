"""The demo's clock, its second chat and the show of a killed worker, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from core.database.connect import Database
from core.demo_clock import clock_of
from tests.webhooks.chat.browser import (
    NAMELESS,
    PHONE,
    SAME_ID,
    OpenPage,
    worst_contrasts,
    write,
)
from tests.webhooks.chat.conftest import standing_clock
from tests.webhooks.chat.scripted_desk import ScriptedDesk

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("keeper")]

SMALL_PHONE = {"width": 320, "height": 568}


@pytest.fixture
def desk(demo: Database) -> ScriptedDesk:
    """Real time stands still; the demo's clock is moved."""
    return ScriptedDesk(demo, clock_of(demo, standing_clock))


def test_the_clock_is_moved_for_everything_on_the_page(page: Page) -> None:
    face = page.locator("#clock-now")
    expect(face).to_have_text("Mon, Mar 2, 11:40 AM")
    page.get_by_role("button", name="To 9 tomorrow morning").click()
    expect(face).to_have_text("Tue, Mar 3, 9:00 AM")
    expect(page.locator("#clock-news")).to_have_text("It is Tue, Mar 3, 9:00 AM now.")
    write(page, "Hi")
    log = page.get_by_role("log", name="Conversation")
    expect(log.locator(".separator")).to_have_text("Tuesday, March 3")
    expect(page.locator("#ledger .time").first).to_contain_text("09:0")


def test_another_window_sees_it_move(open_page: OpenPage) -> None:
    one, other = open_page(), open_page()
    one.get_by_role("button", name="+1 day").click()
    expect(other.locator("#clock-now")).to_have_text("Tue, Mar 3, 11:40 AM")


def test_where_no_reminder_is_planned_it_says_so(page: Page) -> None:
    page.get_by_role("button", name="To the next reminder").click()
    expect(page.locator("#clock-news")).to_contain_text("No reminder is planned.")
    expect(page.locator("#clock-now")).to_have_text("Mon, Mar 2, 11:40 AM")


def test_the_second_chat_is_somebody_elses(page: Page, desk: ScriptedDesk) -> None:
    write(page, "Hi")
    page.get_by_label("Message of the second person").fill("I need a dentist")
    page.keyboard.press("Enter")
    first = page.get_by_role("log", name="Conversation")
    second = page.get_by_role("log", name="What the second person reads")
    expect(second.locator(".message.out .bubble")).to_contain_text("Dr Chen")
    expect(first.locator(".message.out").nth(1)).to_be_visible()
    assert [message.sender.value for message in desk.received] == ["+14155550142", "+14155550157"]
    expect(first).not_to_contain_text("dentist")
    page.get_by_label("They are").select_option(index=2)
    expect(second.locator(".message")).to_have_count(0)


@pytest.mark.parametrize("viewport", [PHONE, SMALL_PHONE], ids=["phone", "small phone"])
def test_all_of_it_fits_a_phone(open_page: OpenPage, viewport: dict[str, int]) -> None:
    page = open_page(viewport=viewport, is_mobile=True, has_touch=True)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == viewport["width"]
    page.get_by_text("Try this").click()
    expect(page.get_by_text("Be reminded.")).to_be_visible()
    assert page.evaluate(width) == viewport["width"]
    page.get_by_text("Try this").click()
    page.get_by_role("button", name="Kill the worker").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(width) == viewport["width"]
    page.get_by_role("button", name="Close").click()
    page.get_by_role("tab", name="Second").click()
    expect(page.get_by_label("Message of the second person")).to_be_in_viewport()
    expect(page.get_by_role("button", name="To the next reminder")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_a_name_and_contrast(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    page.get_by_role("button", name="Kill the worker").click()
    dialog = page.get_by_role("dialog", name="Kill the worker while it sends")
    send = dialog.get_by_role("button", name="Send 40 messages, and kill it")
    expect(send).to_be_focused()
    send.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("The messages are being sent")
    assert [found for found in worst_contrasts(page) if found.ratio < 4.5] == []
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(SAME_ID) == []
