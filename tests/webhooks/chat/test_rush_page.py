"""The show in a real browser: the button is pressed, and the winners are counted."""

import re
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from bot import rush
from bot.rush import PEOPLE
from core.database.connect import Database
from tests.webhooks.chat.browser import FOCUS, NAMELESS, PHONE, SAME_ID, OpenPage, worst_contrasts

pytestmark = pytest.mark.browser

SMALL_PHONE = {"width": 320, "height": 568}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder where nobody else's files lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def open_the_show(page: Page) -> None:
    page.get_by_role("button", name=f"Send {PEOPLE} people at one slot").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def choose(page: Page, guard: str) -> None:
    page.get_by_role("radio", name=f"Guard {guard}").check(force=True)


def send(page: Page) -> None:
    page.get_by_role("button", name=f"Send {PEOPLE} people", exact=True).click()


def dots(page: Page, kind: str) -> int:
    return page.locator(f"#crowd i.{kind}").count()


def test_with_the_guard_one_of_all_wins(page: Page) -> None:
    open_the_show(page)
    expect(page.get_by_role("radio", name="Guard on")).to_be_checked()
    send(page)
    told = page.get_by_role("dialog").get_by_role("status")
    expect(told).to_contain_text(f"1 of {PEOPLE} got the slot.")
    expect(told).to_contain_text(f"{PEOPLE - 1} were told it had just been taken.")
    expect(told).to_contain_text("Nobody was booked twice.")
    expect(told).to_contain_text(re.compile(r"It took \d+\.\d\ss\."))
    expect(page.locator("#rush-slot")).to_have_text(
        "Monday, March 2, 1:00 PM with Dr Anita Patel, Downtown"
    )
    assert (dots(page, "booked"), dots(page, "taken"), dots(page, "doubled")) == (1, PEOPLE - 1, 0)


def test_control_without_the_guard_many_do(page: Page) -> None:
    open_the_show(page)
    choose(page, "off")
    send(page)
    told = page.get_by_role("dialog").get_by_role("status")
    expect(told).to_contain_text("told “booked” for the same slot.")
    found = re.search(rf"(\d+) of {PEOPLE} were told “booked”", told.inner_text())
    assert found is not None
    booked = int(found[1])
    assert booked > 1
    expect(told).to_contain_text(f"now holds {booked} visits where 1 fits")
    assert (dots(page, "booked"), dots(page, "doubled")) == (1, booked - 1)


def test_both_results_are_kept_side_by_side_until_the_page_is_left(page: Page) -> None:
    open_the_show(page)
    told = page.get_by_role("dialog").get_by_role("status")
    send(page)
    expect(told).to_contain_text("Nobody was booked twice.")
    choose(page, "off")
    expect(told).to_be_empty()
    assert dots(page, "taken") == 0
    send(page)
    expect(told).to_contain_text("for the same slot.")
    choose(page, "on")
    expect(told).to_contain_text("Nobody was booked twice.")
    assert (dots(page, "booked"), dots(page, "taken")) == (1, PEOPLE - 1)


def test_the_clinics_day_beside_it_stays_as_it_was(page: Page) -> None:
    expect(page.locator(".visit").first).to_be_visible()
    before = page.locator(".visit").count()
    open_the_show(page)
    send(page)
    expect(page.locator(".rush-count")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_timeout(1500)
    assert page.locator(".visit").count() == before
    assert page.locator(".visit.fresh").count() == 0


def test_all_can_be_done_by_keyboard(page: Page) -> None:
    page.get_by_role("button", name=f"Send {PEOPLE} people at one slot").focus()
    page.keyboard.press("Enter")
    send_button = page.get_by_role("button", name=f"Send {PEOPLE} people", exact=True)
    expect(send_button).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("radio", name="Guard on")).to_be_focused()
    assert page.evaluate(FOCUS)[1], "the focus is seen"
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Guard off")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".rush-count")).to_contain_text("for the same slot.")
    expect(send_button).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name=f"Send {PEOPLE} people at one slot")).to_be_focused()


def test_what_comes_of_it_is_read_aloud_and_everything_has_a_name(page: Page) -> None:
    open_the_show(page)
    dialog = page.get_by_role("dialog", name=f"{PEOPLE} people want the same slot")
    expect(dialog).to_have_accessible_description(re.compile("scratch copy"))
    expect(dialog.get_by_role("group")).to_have_accessible_description(re.compile("The guard is"))
    send(page)
    expect(dialog.get_by_role("status")).to_contain_text("got the slot.")
    expect(page.locator("#crowd")).to_have_attribute("aria-hidden", "true")
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(SAME_ID) == []


def test_while_it_runs_nothing_else_can_be_chosen(page: Page) -> None:
    waiting: list[Route] = []
    page.route("**/chat/rush", lambda route: waiting.append(route))
    open_the_show(page)
    send(page)
    told = page.get_by_role("dialog").get_by_role("status")
    expect(told).to_have_text(f"{PEOPLE} people are asking at once …")
    send_button = page.get_by_role("button", name=f"Send {PEOPLE} people", exact=True)
    expect(send_button).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("radio", name="Guard off")).to_be_disabled()
    send_button.click(force=True)
    page.wait_for_timeout(200)
    assert len(waiting) == 1
    waiting[0].continue_()
    expect(told).to_contain_text("got the slot.")
    expect(send_button).to_have_attribute("aria-disabled", "false")
    expect(page.get_by_role("radio", name="Guard off")).to_be_enabled()


def test_a_refusal_is_said_in_words_and_the_next_try_may_succeed(
    page: Page, demo: Database
) -> None:
    open_the_show(page)
    told = page.get_by_role("dialog").get_by_role("status")
    with rush.alone(demo):
        send(page)
        expect(told).to_contain_text("Try again in a moment.")
    page.route("**/chat/rush", lambda route: route.abort())
    send(page)
    expect(told).to_contain_text("can't be reached")
    page.unroute("**/chat/rush")
    send(page)
    expect(told).to_contain_text("got the slot.")


@pytest.mark.parametrize("viewport", [PHONE, SMALL_PHONE], ids=["phone", "small phone"])
def test_it_fits_a_phone(open_page: OpenPage, viewport: dict[str, int]) -> None:
    page = open_page(viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    open_the_show(page)
    send(page)
    expect(page.locator(".rush-count")).to_be_in_viewport()
    wide = "(e) => e.scrollWidth > e.clientWidth"
    assert not page.get_by_role("dialog").evaluate(wide)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.stress)])
def test_all_its_words_have_contrast(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    open_the_show(page)
    faint = []
    for guard in ("on", "off"):
        choose(page, guard)
        send(page)
        expect(page.locator(".rush-count")).to_be_visible()
        faint += [found for found in worst_contrasts(page) if found.ratio < 4.5]
    assert faint == []


def test_the_answers_are_drawn_as_they_came_unless_stillness_is_asked_for(
    open_page: OpenPage,
) -> None:
    # How many dots are marked at the moment when any is.
    watch = """() => {
      window.first = 0;
      const crowd = document.getElementById("crowd");
      const marked = () => [...crowd.children].filter(({ className }) => className).length;
      new MutationObserver(() => (window.first ||= marked()))
        .observe(crowd, { subtree: true, attributes: true });
    }"""
    counts = {}
    for wish in ("reduce", "no-preference"):
        page = open_page(reduced_motion=wish)
        open_the_show(page)
        page.evaluate(watch)
        send(page)
        expect(page.locator(".rush-count")).to_be_visible()
        counts[wish] = page.evaluate("window.first")
    assert counts["reduce"] == PEOPLE
    assert 0 < counts["no-preference"] < PEOPLE
