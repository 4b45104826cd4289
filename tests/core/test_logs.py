"""The log never tells of a patient."""

import logging
import sys
from collections.abc import Iterator

import pytest

from bot.messages import Channel
from bot.senders.base import DeliveryError, OutgoingMessage
from bot.senders.telegram import TelegramSender
from core.logs import DiscreetFormatter, configure
from tests.providers.loopback import Answer
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_updates import Person


@pytest.fixture
def _own_root() -> Iterator[None]:
    """The root logger as pytest has it, given back at the end."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def failed(*, cause: bool = False) -> logging.LogRecord:
    try:
        try:
            raise KeyError("Zanzibar wrote this")
        except KeyError as error:
            if cause:
                raise ValueError("Zanzibar again") from error
            raise
    except (KeyError, ValueError):
        info = sys.exc_info()
    return logging.LogRecord("frontdesk", logging.ERROR, __file__, 1, "failed", None, info)


def test_of_an_exception_type_and_place_are_told_and_not_its_message() -> None:
    text = DiscreetFormatter("%(message)s").format(failed())
    assert text.startswith("failed\nKeyError\n")
    assert "test_logs.py" in text
    assert "in failed" in text
    assert "Zanzibar" not in text


def test_the_usual_formatter_would_have_told() -> None:
    """The control."""
    assert "Zanzibar" in logging.Formatter("%(message)s").format(failed())


def test_of_a_chain_every_type_is_told() -> None:
    text = DiscreetFormatter("%(message)s").format(failed(cause=True))
    assert "ValueError from KeyError" in text
    assert "Zanzibar" not in text


def test_what_another_formatter_left_on_the_record_is_not_taken_over() -> None:
    record = failed()
    logging.Formatter().format(record)
    assert "Zanzibar" not in DiscreetFormatter("%(message)s").format(record)
    assert record.exc_text  # And it is left there for the other.


def test_an_exception_without_a_place_is_no_error() -> None:
    error = ValueError("Zanzibar")
    record = logging.LogRecord(
        "frontdesk", logging.ERROR, __file__, 1, "failed", None, (ValueError, error, None)
    )
    assert DiscreetFormatter("%(message)s").format(record) == "failed\nValueError"


@pytest.mark.usefixtures("_own_root")
def test_the_log_goes_to_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO")
    logging.getLogger("frontdesk.test").info("hello")
    logging.getLogger("frontdesk.test").debug("too quiet")
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.strip().endswith("INFO frontdesk.test hello")
    assert "too quiet" not in written.err


@pytest.mark.usefixtures("_own_root")
@pytest.mark.parametrize("name", ["httpx", "twilio.http_client", "telegram.ext", "apscheduler.x"])
def test_what_quotes_addresses_and_tokens_is_kept_quiet(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("DEBUG")
    logging.getLogger(name).info("https://api.telegram.org/bot123:TOKEN/sendMessage")
    logging.getLogger("frontdesk.test").info("the control")
    assert "TOKEN" not in (err := capsys.readouterr().err)
    assert "the control" in err


@pytest.mark.usefixtures("_own_root")
def test_half_an_answer_of_telegrams_is_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    message = OutgoingMessage("m1", Channel.TELEGRAM, "111", "", "Zanzibar at ten")
    half = b'{"ok": true, "result": {"text": "Zanzibar at'
    configure("INFO")
    with TelegramPeer() as peer:
        peer.start(Person(111))
        peer.answer_next(Answer(200, half), accept=True)
        sender = TelegramSender(peer.token, api_base=peer.url)
        with pytest.raises(DeliveryError) as caught:
            sender.send(message)
        sender.close()
    assert caught.value.unknown
    assert "Zanzibar" not in capsys.readouterr().err
