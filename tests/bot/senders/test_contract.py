"""What holds for every sender alike: accepted, to be tried again, never, and unknown."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from bot.messages import Channel
from bot.senders.base import DeliveryError, OutgoingMessage, Sender
from bot.senders.log import LogSender
from tests.bot.senders.lines import IMPATIENT_SENDER, PATIENT, PATIENT_SENDER, Line, line

KINDS = ["sms", "whatsapp", "whatsapp with buttons", "telegram", "telegram with buttons"]


def on(kind: str, timeout: float) -> AbstractContextManager[Line]:
    return line(Channel(kind.split()[0]), buttons="buttons" in kind, timeout=timeout)


@pytest.fixture(params=KINDS)
def each(request: pytest.FixtureRequest) -> Iterator[Line]:
    with on(request.param, PATIENT_SENDER) as made:
        yield made


@pytest.fixture(params=KINDS)
def impatient(request: pytest.FixtureRequest) -> Iterator[Line]:
    with on(request.param, IMPATIENT_SENDER) as made:
        yield made


def failure(sender: Sender, message: OutgoingMessage) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        sender.send(message)
    error = caught.value
    assert not (error.permanent and error.unknown)
    for private in (PATIENT, message.recipient, message.text, "wrong"):
        assert private not in str(error)
    assert error.__suppress_context__
    assert error.__cause__ is None, "a provider's own words would reach the log"
    return error


def test_what_the_provider_took_is_accepted_once(each: Line) -> None:
    accepted = each.sender.send(each.message)
    assert accepted.provider_id
    assert accepted.status in ("queued", "sent")
    assert each.accepted == 1


def test_a_busy_provider_means_later(each: Line) -> None:
    each.is_busy()
    error = failure(each.sender, each.message)
    assert (error.permanent, error.unknown) == (False, False)
    assert error.code in ("20429", "429")
    assert error.retry_after == (7.0 if each.channel is Channel.TELEGRAM else None)
    assert each.accepted == 0
    each.sender.send(each.message)
    assert each.accepted == 1


def test_a_patient_who_said_stop_means_never(each: Line) -> None:
    each.forbids()
    error = failure(each.sender, each.message)
    assert error.permanent
    assert error.code in ("21610", "403")


def test_wrong_credentials_are_not_the_patients_fault(each: Line) -> None:
    sender = each.without_credentials()
    error = failure(sender, each.message)
    assert (error.permanent, error.unknown) == (False, False)
    assert error.code in ("20003", "401")
    sender.close()


def test_a_provider_that_cannot_be_reached_means_later(each: Line) -> None:
    sender = each.elsewhere()
    error = failure(sender, each.message)
    assert (error.code, error.permanent, error.unknown) == ("unreachable", False, False)
    sender.close()


def test_no_answer_in_time_means_unknown(impatient: Line) -> None:
    impatient.sender.send(impatient.message)  # A template is known now; only the message is left.
    impatient.peer.hang_next(accept=True)
    assert failure(impatient.sender, impatient.message).unknown
    assert impatient.accepted == 2, "a blind second try would have made it three"


def test_a_connection_lost_after_sending_means_unknown(each: Line) -> None:
    each.sender.send(each.message)
    each.peer.drop_next(accept=True)
    assert failure(each.sender, each.message).unknown
    assert each.accepted == 2


def test_a_server_error_means_unknown(each: Line) -> None:
    each.sender.send(each.message)
    each.breaks()
    assert failure(each.sender, each.message).unknown


def test_after_a_failure_the_sender_goes_on(each: Line) -> None:
    each.peer.drop_next()
    with pytest.raises(DeliveryError):
        each.sender.send(each.message)
    each.sender.send(each.message)
    assert each.accepted == 1


def test_the_log_sender_accepts_under_our_own_id() -> None:
    sender = LogSender()
    accepted = sender.send(OutgoingMessage("m-1", Channel.WEB, "visitor", "", "Hello"))
    assert accepted.provider_id == "m-1"
    sender.close()


def test_the_heavy_libraries_load_only_with_their_sender() -> None:
    light = "bot.rendering, bot.senders.base, bot.senders.log, bot.senders.twilio_errors"
    check = f"import sys, {light}; print({{'twilio', 'telegram'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
