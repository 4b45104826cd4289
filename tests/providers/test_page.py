"""The simulator's page in a browser: a phone, a pressed button, the ledger."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from tests.providers.control import Control
from tests.providers.sdk import PATIENT, talk, twilio_client
from tests.providers.simulator import Simulator
from tests.providers.test_posting import Desk
from tests.providers.twilio_peer import SMS_FROM
from tests.webhooks.chat.browser import open_browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Desk, Simulator, Control]]:
    with Desk() as desk, Simulator(desk.url) as simulator, Control(simulator) as control:
        yield desk, simulator, control


@pytest.fixture(scope="module")
def page(world: tuple[Desk, Simulator, Control]) -> Iterator[Page]:
    with open_browser() as browser:
        opened = browser.new_page()
        problems: list[str] = []
        opened.on("console", lambda message: problems.append(message.text))  # Also what CSP stops.
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.goto(f"{world[2].url}/")
        yield opened
        assert [each for each in problems if "400 (Bad Request)" not in each] == []


def test_an_sms_goes_out_and_its_answer_is_seen(
    world: tuple[Desk, Simulator, Control], page: Page
) -> None:
    desk, simulator, _ = world
    page.get_by_label("Message").fill("<b>hello</b>")
    page.get_by_role("button", name="Write").click()
    expect(page.locator("#messages")).to_contain_text("<b>hello</b>")
    assert simulator.postman.wait_until_idle()
    assert b"hello" in desk.requests[-1].body
    with twilio_client(simulator.twilio) as client:
        client.messages.create(to=PATIENT, from_=SMS_FROM, body="How can I help?")
    expect(page.locator("#messages")).to_contain_text("How can I help?")
    expect(page.locator("#ledger")).to_contain_text("0.0083")


def test_a_button_is_pressed_in_telegram(
    world: tuple[Desk, Simulator, Control], page: Page
) -> None:
    desk, simulator, _ = world
    page.get_by_label("Channel").select_option("telegram")
    page.get_by_label("From").fill("1000001")
    page.get_by_label("Message").fill("hello")
    page.get_by_role("button", name="Write").click()
    expect(page.locator("#messages")).to_contain_text("hello")
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("10:00", callback_data="l:1")]])

    def ask(bot: Any) -> Any:
        return bot.send_message(1000001, "When?", reply_markup=markup)

    talk_in_a_thread(simulator, ask)
    page.get_by_role("button", name="10:00").click()
    expect(page.locator("#state")).to_contain_text("Buttons that still turn1")
    assert simulator.postman.wait_until_idle()
    assert b'"l:1"' in desk.requests[-1].body


def test_a_click_right_after_the_number_was_typed_is_not_lost(
    world: tuple[Desk, Simulator, Control], page: Page
) -> None:
    """Leaving the field redraws the phone, and would take the button from under the pointer."""
    desk, _, _ = world
    page.get_by_label("From").fill("1000001")
    before = len(desk.requests)
    page.get_by_role("button", name="10:00").click()
    expect(page.locator("#state")).to_contain_text("Buttons that still turn2")
    assert len(desk.requests) == before + 1


def test_an_order_that_is_refused_says_why(page: Page) -> None:
    page.get_by_label("Channel").select_option("sms")
    page.get_by_label("From").fill("somebody")
    page.get_by_label("Message").fill("hello")
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_role("alert")).to_contain_text("expected a number")


def talk_in_a_thread(simulator: Simulator, call: Any) -> None:
    """The browser's library has this thread's event loop."""
    thread = threading.Thread(target=talk, args=(simulator.telegram, call))
    thread.start()
    thread.join()
