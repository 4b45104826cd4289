"""A headless Chromium, a server for it, and what it can tell of a page's readability."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

PHONE = {"width": 390, "height": 844}

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def open_browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no Chromium: install Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


OpenPage = Callable[..., Page]  # An address (default: the demo's) and options of the context.


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The app on a free port of this machine; gives the chat's address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/chat"
    server.shutdown()
    thread.join()
    server.server_close()


def write(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


# Where the focus is, and whether one sees it. A radio button's is drawn by the words beside it.
FOCUS = """() => {
  const at = document.activeElement;
  const shown = at.matches("[type=radio]") ? at.nextElementSibling : at;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  const name = at.id || at.getAttribute("aria-label") || at.innerText;
  return [name, at === document.body || outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];
}"""

NAMELESS = """() =>
  [...document.querySelectorAll("button, input, select, textarea, a, [role=img], [tabindex='0']")]
    .filter((e) => e.checkVisibility())
    .filter((e) => !(e.getAttribute("aria-label") || e.innerText?.trim() || e.labels?.length
                     || e.getAttribute("aria-labelledby")))
    .map((e) => e.outerHTML)"""

SAME_ID = """() => [...document.querySelectorAll("[id]")]
  .map((e) => e.id).filter((id, at, all) => all.indexOf(id) !== at)"""


@dataclass(frozen=True)
class Contrast:
    """How a stretch of text stands out from what is behind it (WCAG 2.1, 1.4.3)."""

    text: str
    kind: str
    ratio: float


# The nearest opaque background is what stands behind; nothing here is half transparent.
MEASURE = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility()) continue;
    if (element.closest(".quiet, script, .skip, option")) continue;
    const [one, other] = [parse(getComputedStyle(element).color), behind(element)].map(luminance);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    found.push([text.slice(0, 40), element.tagName + "." + element.className, ratio]);
  }
  return found;
}"""


def worst_contrasts(page: Page) -> list[Contrast]:
    """Every stretch of visible text, the least readable first."""
    found = [Contrast(text, kind, round(ratio, 2)) for text, kind, ratio in page.evaluate(MEASURE)]
    assert len(found) > 20, "the page has text to measure"
    return sorted(found, key=lambda contrast: contrast.ratio)
