"""The whole demo in a real browser, with its real processes: what a newcomer is told to try."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from bot.crash import MESSAGES, WORKER, keeper_of
from core.config import Settings
from core.database.connect import Database
from core.keys import Keyring
from core.models import appointments, messages, patients
from core.models.messaging import Direction, MessageStatus
from tests.webhooks.chat.browser import OpenPage
from webhooks import demo

pytestmark = pytest.mark.browser

PATIENCE = 30_000  # Milliseconds: web and worker are started, and one is started again.
# That day may be closed, and the first of the times offered instead too near for a reminder.
THREE_TIMES = re.compile(r"3 .*(AM|PM)")

Say = Callable[[str, str | re.Pattern[str]], None]


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'demo.db'}", Keyring.demo())
    demo.prepare(str(database.url))
    yield database
    database.dispose()


@pytest.fixture
def address(clinic: Database) -> Iterator[str]:
    """Where the demo is open, with a web and a worker of its own."""
    settings = Settings(database_url=str(clinic.url))
    port, stopping = demo.free_port(settings.model_copy(update={"port": 0})), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(demo.keep_open, settings, port, stopping)
        try:
            while not demo.is_healthy("127.0.0.1", port):
                assert not running.done()
                stopping.wait(0.1)
            yield f"http://127.0.0.1:{port}/chat"
        finally:
            stopping.set()
        assert running.result() == 0


def window(page: Page, log: str, field: str) -> tuple[Say, Locator]:
    """One of the two chats: how something is said in it, to hear that; and the last it was told."""
    last = page.get_by_role("log", name=log).locator(".message.out").last

    def say(text: str, answer: str | re.Pattern[str]) -> None:
        page.get_by_label(field).fill(text)
        page.keyboard.press("Enter")
        expect(last).to_contain_text(answer, timeout=PATIENCE)

    return say, last


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_what_a_newcomer_is_told_to_try(open_page: OpenPage, clinic: Database) -> None:
    page = open_page()
    ana, told_ana = window(page, "Conversation", "Your message")
    ben, told_ben = window(page, "What the second person reads", "Message of the second person")
    press(page, "To 9 tomorrow morning")
    expect(page.locator("#clock-now")).to_contain_text("9:00 AM")

    ana("book Dr Patel the day after tomorrow", THREE_TIMES)
    ana("3", "date of birth")
    ana("Ana Ruiz, May 4 1990", "Shall I book it?")
    ana("yes", "Booked: Dr Anita Patel")
    press(page, "To the next reminder")
    expect(told_ana).to_contain_text("Reminder: visit on", timeout=PATIENCE)
    ana("1", "Confirmed: Ana Ruiz with Dr Anita Patel")

    page.get_by_role("group", name="Messages for the second person").get_by_role(
        "button"
    ).first.click()
    expect(told_ben).to_contain_text("Shall I put it down?", timeout=PATIENCE)
    ben("yes", "is on the waitlist for Dr Michael Chen")
    ana("book Dr Chen the day after tomorrow", THREE_TIMES)
    ana("3", "Shall I book it?")
    ana("yes", "Booked: Dr Michael Chen")
    ana("cancel my visit with Dr Chen", "Shall I call off")
    ana("yes", "is called off")
    expect(told_ben).to_contain_text("A time has come free: Dr Chen", timeout=PATIENCE)
    ben("1", "Booked: Dr Michael Chen")
    assert visits(clinic) == {
        ("Ana", "confirmed"): 1,
        ("Ana", "cancelled"): 1,
        ("Ben", "scheduled"): 1,
    }

    worker = Path(f"{clinic.url.database}{WORKER}")
    killed = worker.read_text()
    press(page, "Kill the worker")
    press(page, f"Send {MESSAGES} messages, and kill it")
    told = page.get_by_role("dialog").get_by_role("status")
    expect(told).to_contain_text("The worker is dead.", timeout=PATIENCE)
    expect(told).to_contain_text("Nothing lost, nothing doubled", timeout=2 * PATIENCE)
    expect(told).to_contain_text(f"{MESSAGES} in our log, {MESSAGES} in the provider’s book")
    assert worker.read_text() != killed
    page.keyboard.press("Escape")
    sent = all_were_taken_once(clinic)
    expect(page.locator("#account")).to_have_text(f"{sent} sent: 0 lost, 0 doubled")


def visits(database: Database) -> dict[tuple[str, str], int]:
    """What came of the visits of the two."""
    query = (
        select(patients.c.first_name, appointments.c.status, func.count())
        .join(appointments, appointments.c.patient_id == patients.c.id)
        .where(
            patients.c.last_name.in_(["Ruiz", "Carter"]), patients.c.first_name.in_(["Ana", "Ben"])
        )
        .group_by(patients.c.first_name, appointments.c.status)
    )
    with database.reading() as connection:
        return {(name, status): count for name, status, count in connection.execute(query)}


def all_were_taken_once(database: Database) -> int:
    """Hold the log against the provider's book, message by message; return how many there are."""
    ours = select(messages.c.public_id, messages.c.status).where(
        messages.c.direction == Direction.OUT
    )
    with database.reading() as connection:
        log = {row.public_id: row.status for row in connection.execute(ours)}
    assert set(log.values()) == {MessageStatus.DELIVERED}
    assert (keeper := keeper_of(database)) is not None
    assert keeper.book.taken() == dict.fromkeys(log, 1)
    return len(log)
