"""The page for those who do not see it, use no mouse, or want it still."""

import pytest
from playwright.sync_api import Page, expect

from tests.webhooks.chat.browser import (
    FOCUS,
    NAMELESS,
    SAME_ID,
    Contrast,
    OpenPage,
    worst_contrasts,
    write,
)
from tests.webhooks.chat.scripted_desk import ScriptedDesk

pytestmark = pytest.mark.browser


def test_all_can_be_done_by_keyboard_with_the_focus_in_view(page: Page, desk: ScriptedDesk) -> None:
    expect(page.get_by_label("Your message")).to_be_focused()
    page.get_by_role("radio", name="SMS").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Telegram")).to_be_checked()
    stops = []
    for _ in range(40):
        stops.append(page.evaluate(FOCUS))
        page.keyboard.press("Tab")
    reached = [name for name, _ in stops]
    expected = ["person", "new-number", "log", "Hi", "message", "send", "follow", "location"]
    expected += ["day-before", "date", "day-after", "day"]
    positions = [reached.index(name) for name in expected]
    assert positions == sorted(positions), reached
    assert [name for name, has_ring in stops if not has_ring] == []
    page.get_by_label("Your message").focus()
    page.keyboard.type("I need a dentist")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("please")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Tue 3 Mar 9:00 AM")).to_be_visible()
    assert desk.received[0].text == "I need a dentist\nplease"
    page.get_by_role("button", name="Tue 3 Mar 9:00 AM").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Yes, book it")).to_be_visible()


def test_everything_has_a_name_and_the_conversation_is_read_aloud(page: Page) -> None:
    write(page, "Hi")
    log = page.get_by_role("log", name="Conversation")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_have_attribute("aria-busy", "false")
    nameless = page.evaluate(NAMELESS)
    assert nameless == []
    assert page.locator("h1").count() == 1
    twice = page.evaluate(SAME_ID)
    assert twice == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    faint: list[Contrast] = []
    for channel in ("SMS", "WhatsApp", "Telegram", "Web"):
        page.get_by_role("radio", name=channel).check(force=True)
        write(page, "I need a dentist")
        expect(page.locator(".message.out")).to_have_count(1)
        faint += [found for found in worst_contrasts(page) if found.ratio < 4.5]
    write(page, "yes")
    expect(page.locator(".visit.fresh")).to_have_count(1)
    faint += [found for found in worst_contrasts(page) if found.ratio < 4.5]
    assert faint == []


def test_motion_is_stilled_on_request(open_page: OpenPage) -> None:
    script = "getComputedStyle(document.querySelector('.message')).animationName"
    for wish, expected in (("reduce", "none"), ("no-preference", "arrive")):
        page = open_page(reduced_motion=wish)
        page.route("**/chat/messages", lambda _route: None)  # It stays on its way.
        write(page, "Hi")
        assert page.evaluate(script) == expected
