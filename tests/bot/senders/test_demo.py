"""The demo's provider takes everything, carries nothing, and its book can be held against us."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from bot.messages import Channel
from bot.senders.base import Accepted, OutgoingMessage
from bot.senders.demo import Book, DemoSender


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "demo.db.book")


def a_message(name: str) -> OutgoingMessage:
    return OutgoingMessage(name, Channel.SMS, "+14155550142", "", "Your visit is tomorrow.")


def at_once(_seconds: float) -> None:
    pass


def sender(book: Book, meanwhile: Callable[[], None] = lambda: None) -> DemoSender:
    return DemoSender(book, meanwhile, pause=at_once)


def test_what_it_takes_is_in_its_book_and_delivered(book: Book) -> None:
    assert sender(book).send(a_message("one")) == Accepted("one", "delivered")
    assert book.taken() == {"one": 1}


def test_what_it_is_given_twice_it_takes_twice(book: Book) -> None:
    provider = sender(book)
    for name in ("one", "two", "one"):
        provider.send(a_message(name))
    assert book.taken() == {"one": 2, "two": 1}


def test_its_book_holds_nothing_of_what_was_said_or_to_whom(book: Book, tmp_path: Path) -> None:
    sender(book).send(a_message("one"))
    assert (tmp_path / "demo.db.book").read_text() == "one\n"


def test_it_can_be_asked_what_it_has_taken(book: Book, now: datetime) -> None:
    provider = sender(book)
    provider.send(a_message("one"))
    assert provider.look_up(a_message("one"), now) == Accepted("one", "delivered")
    assert provider.look_up(a_message("two"), now) is None


class Interrupted(Exception):  # noqa: N818
    """In place of a process that dies."""


@pytest.mark.parametrize(("at", "taken"), [(1, 0), (2, 1)], ids=["on the way", "on the way back"])
def test_one_may_be_interrupted_before_it_is_taken_and_after(
    book: Book, at: int, taken: int
) -> None:
    calls: list[None] = []

    def meanwhile() -> None:
        calls.append(None)
        if len(calls) == at:
            raise Interrupted

    with pytest.raises(Interrupted):
        sender(book, meanwhile).send(a_message("one"))
    assert book.taken()["one"] == taken


def test_many_at_once_are_all_in_the_book(book: Book) -> None:
    provider = sender(book)
    names = [f"message {number}".replace(" ", "-") for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(provider.send, map(a_message, names)))
    assert book.taken() == dict.fromkeys(names, 1)
