"""What a sender's answer means for the outbox: what is written about the message, and how long
nobody sends there."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from bot.messages import Channel
from bot.outgoing import stored_id
from bot.refusals import fault_of
from bot.senders.base import Accepted, DeliveryError
from core.messaging.budgets import Rates
from core.messaging.candidates import ClaimedMessage
from core.messaging.outcomes import Outcome
from core.models.messaging import MessageStatus

# After 14 tries, about 70 minutes, staff must look; what is useful for less long says so itself
# (`valid_until`).
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
MOST_ATTEMPTS = 14

Result = tuple[ClaimedMessage, Accepted | DeliveryError | None]  # None: nobody knows.


def pause_after(attempts: int, retry_after: float | None, jitter: float) -> timedelta:
    """How long to wait after so many failed tries: doubling, up to half as much again at random
    (so that what failed together does not come back together), never less than was asked for."""
    pause = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE) * (1 + jitter / 2)
    return max(pause, timedelta(seconds=retry_after or 0))


def outcome_of(
    message: ClaimedMessage,
    result: Accepted | DeliveryError,
    now: datetime,
    jitter: Callable[[], float],
) -> Outcome:
    """What is written about the message."""
    match result:
        case Accepted(provider_id=provider_id, status=status):
            taken = MessageStatus.DELIVERED if status == "delivered" else MessageStatus.SENT
            return Outcome(message.id, taken, provider_id=stored_id(message, provider_id))
        case DeliveryError(unknown=True, code=code):
            return Outcome(message.id, MessageStatus.UNKNOWN, code=code)
        case DeliveryError(permanent=permanent, code=code, retry_after=retry_after):
            if permanent or message.attempts >= MOST_ATTEMPTS:
                return Outcome(message.id, MessageStatus.FAILED, code=code)
            due_at = now + pause_after(message.attempts, retry_after, jitter())
            return Outcome(message.id, MessageStatus.QUEUED, code=code, due_at=due_at)


def pauses_of(
    rates: Rates, message: ClaimedMessage, result: Accepted | DeliveryError | None, now: datetime
) -> Iterator[tuple[str, datetime]]:
    """Until when nobody sends where this was refused, by the names of the budgets."""
    if not isinstance(result, DeliveryError) or result.unknown:
        return
    channel = Channel(message.channel)
    pause = fault_of(channel, result.code).pause
    if result.retry_after:
        pause = timedelta(seconds=result.retry_after)
    if pause is not None:
        for name in rates.names(channel, message.our_address, message.address_id):
            yield name, now + pause
