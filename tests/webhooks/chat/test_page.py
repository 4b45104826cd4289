"""The page in a real browser: what a newcomer sees, presses and hears."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from core.database.connect import Database
from tests.webhooks.chat.browser import PHONE, OpenPage, serve, write
from tests.webhooks.chat.conftest import app_of, standing_clock
from tests.webhooks.chat.scripted_desk import ScriptedDesk, set_status

pytestmark = pytest.mark.browser


def test_a_newcomer_writes_an_sms_and_sees_what_the_answer_costs(page: Page) -> None:
    page.get_by_role("radio", name="SMS").check(force=True)
    write(page, "Hi")
    log = page.get_by_role("log", name="Conversation")
    expect(log.locator(".message.in")).to_have_count(1)
    expect(log.locator(".message.in .bubble")).to_contain_text("Hi")
    expect(log.locator(".message.out").nth(1)).to_contain_text("How can I help?")
    expect(log.locator(".message.out").nth(1)).to_contain_text("1 segment, 15 characters, GSM-7")
    expect(log.get_by_role("img", name="delivered").first).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_role("table")).to_contain_text("+1•••0142")


def test_sms_has_no_buttons(page: Page) -> None:
    write(page, "I need a dentist")
    expect(page.locator(".message.out")).to_contain_text("1 Tue 3 Mar 9:00 AM")
    expect(page.locator(".choices")).to_have_count(0)


def test_a_button_is_pressed_on_telegram_and_the_calendar_shows_the_booking(page: Page) -> None:
    expect(page.locator(".visit").first).to_be_visible()
    page.get_by_role("radio", name="Telegram").check(force=True)
    write(page, "I need a dentist")
    page.get_by_role("button", name="Tue 3 Mar 9:30 AM").click()
    expect(page.locator(".message.in").nth(1)).to_contain_text("Tue 3 Mar 9:30 AM")
    assert page.locator(".visit.fresh").count() == 0
    page.get_by_role("button", name="Yes, book it").click()
    visit = page.locator(".visit.fresh")
    expect(visit).to_have_count(1)
    expect(visit).to_contain_text("15:00")
    expect(visit).to_contain_text("NQ")
    expect(page.locator("#calendar-news")).to_have_text("Dr Michael Chen, 15:00: scheduled")


def test_the_calendar_turns_to_the_day_of_the_booking(page: Page) -> None:
    expect(page.locator(".visit").first).to_be_visible()
    page.get_by_role("button", name="Day after", exact=True).click()
    expect(page.get_by_label("Day", exact=True)).to_have_value("2026-03-03")
    page.get_by_label("Location").select_option("Phoenix")
    expect(page.locator(".column")).to_have_count(1)
    write(page, "yes")
    expect(page.get_by_label("Day", exact=True)).to_have_value("2026-03-02")
    expect(page.get_by_label("Location")).to_have_value("Downtown")
    expect(page.locator(".visit.fresh")).to_be_in_viewport()


def test_the_calendar_stays_where_it_is_when_told_so(page: Page) -> None:
    expect(page.locator(".visit").first).to_be_visible()
    page.get_by_label("Follow bookings").uncheck()
    page.get_by_role("button", name="Day after", exact=True).click()
    write(page, "yes")
    expect(page.locator(".message.out")).to_contain_text("Done")
    page.wait_for_timeout(1500)
    expect(page.get_by_label("Day", exact=True)).to_have_value("2026-03-03")


def test_telegram_shares_a_number_only_after_asking(page: Page, desk: ScriptedDesk) -> None:
    page.get_by_role("radio", name="Telegram").check(force=True)
    write(page, "who are you?")
    page.get_by_role("button", name="Share my number").click()
    page.get_by_role("button", name="Not now").click()
    assert len(desk.received) == 1
    page.get_by_role("button", name="Share my number").click()
    page.get_by_role("dialog").get_by_role("button", name="Share").click()
    expect(page.locator(".message.out").nth(1)).to_contain_text("we know you now")
    assert desk.received[-1].text == "+14155550142"


def test_everybody_has_a_conversation_of_their_own(page: Page, desk: ScriptedDesk) -> None:
    write(page, "Hi")
    expect(page.locator(".message.out")).to_have_count(2)
    page.get_by_role("button", name="New number").click()
    expect(page.locator(".message")).to_have_count(0)
    write(page, "bye")
    expect(page.locator(".message.out")).to_have_count(1)
    assert desk.received[0].sender != desk.received[1].sender
    page.get_by_label("You are", exact=True).select_option("+14155550142")
    expect(page.locator(".message.out")).to_have_count(2)
    page.reload()
    expect(page.locator(".message.out")).to_have_count(2)


def test_one_may_be_any_number(page: Page, desk: ScriptedDesk) -> None:
    page.get_by_label("You are", exact=True).select_option("Another number…")
    page.get_by_label("Number", exact=True).fill("+1 602 555 0123")
    page.keyboard.press("Enter")
    write(page, "Hi")
    expect(page.locator(".message.out")).to_have_count(2)
    assert desk.received[0].sender.value == "+16025550123"


def test_a_suggestion_is_sent_at_a_click(page: Page) -> None:
    page.get_by_role("button", name="I need a dentist").click()
    expect(page.locator(".message.in")).to_contain_text("I need a dentist")
    expect(page.get_by_role("button", name="no, Thursday instead")).to_be_visible()


def test_a_status_moves_on_without_reload(page: Page, demo: Database) -> None:
    write(page, "bye")
    expect(page.locator(".message.out .tick")).to_have_attribute("aria-label", "delivered")
    set_status(demo, "failed")
    expect(page.locator(".message.out .tick")).to_have_attribute("aria-label", "failed")
    expect(page.locator("#ledger tr").first).to_contain_text("failed")


@pytest.mark.parametrize(
    ("status", "words"), [(429, "wait a minute"), (503, "out of order"), (413, "too long")]
)
def test_a_refusal_is_said_in_words_and_the_text_is_kept(
    page: Page, status: int, words: str
) -> None:
    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=status, body="no")
        else:
            route.continue_()

    page.route("**/chat/messages*", refuse)
    write(page, "a long story")
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_label("Your message")).to_have_value("a long story")
    expect(page.locator(".message")).to_have_count(0)
    page.unroute("**/chat/messages*")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message.out")).to_have_count(1)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_what_is_too_long_is_kept(page: Page, desk: ScriptedDesk) -> None:
    write(page, "x" * 5_000)
    expect(page.get_by_role("alert")).to_contain_text("too long")
    expect(page.get_by_label("Your message")).to_have_value("x" * 5_000)
    assert desk.received == []


def test_a_server_that_is_down_is_said_and_comes_back(page: Page) -> None:
    page.route("**/chat/*", lambda route: route.abort())
    write(page, "Hi")
    expect(page.get_by_role("alert")).to_contain_text("can't be reached")
    expect(page.get_by_label("Your message")).to_have_value("Hi")
    page.unroute("**/chat/*")
    page.get_by_label("Your message").press("Enter")
    expect(page.locator(".message.out")).to_have_count(2)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_what_arrived_before_the_line_broke_is_not_said_twice(
    page: Page, desk: ScriptedDesk
) -> None:
    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/chat/messages*", lose_the_answer)
    write(page, "Hi")
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute("**/chat/messages*")
    page.get_by_label("Your message").press("Enter")
    expect(page.locator(".message.out")).to_have_count(2)
    expect(page.locator(".message.in")).to_have_count(1)
    first, second = desk.received
    assert first.provider_id == second.provider_id


def test_on_a_phone_the_panels_are_tabs(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE)
    write(page, "Hi")
    expect(page.locator(".message.out")).to_have_count(2)
    conversation = page.get_by_role("log", name="Conversation")
    for name in ("Second", "Calendar", "Ledger"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel")).to_have_count(1)
        assert not conversation.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        page.get_by_role("tab", name="Chat").click()
    expect(conversation).to_be_visible()
    page.get_by_role("tab", name="Chat").press("ArrowRight")
    expect(page.get_by_role("tab", name="Second")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Calendar")).to_be_focused()
    expect(page.locator(".visit").first).to_be_visible()


def test_nothing_is_loaded_from_elsewhere(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(address)
    expect(page.locator(".visit").first).to_be_visible()
    assert hosts == {address.split("/")[2]}
    context.close()


def test_a_visitor_of_a_real_clinic_sees_the_chat_alone(
    open_page: OpenPage, real: Database
) -> None:
    desk = ScriptedDesk(real, standing_clock)
    with serve(app_of(real, desk, web_chat=True)) as url:
        page = open_page(url)
        page.get_by_role("button", name="I'd like to book an appointment").click()
        expect(page.locator(".message.out")).to_have_count(1)
        for part in (".picker", ".calendar", ".ledger", ".tabs", ".promise"):
            expect(page.locator(part)).to_have_count(0)
        assert desk.received[0].sender.channel == "web"
        page.reload()
        expect(page.locator(".message.out")).to_have_count(1)
        page.close()
