"""Takes what waits in the outbox, hands it to the senders, and writes back how it went."""

import json
import logging
import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

import core.clock
from bot.messages import Channel, Choice, ChoiceKind
from bot.senders.base import Accepted, DeliveryError, OutgoingMessage, Sender
from bot.senders.log import LogSender
from core.clock import Clock
from core.config import Settings
from core.database.connect import Database
from core.messaging import outbox, reach
from core.messaging.outbox import ClaimedMessage

logger = logging.getLogger("frontdesk.delivery")

THREADS = 8
# Longer than any sender waits (Telegram: four times 10 s), so that a lease that is over means
# that the worker is gone.
LEASE = timedelta(minutes=2)

# After 14 tries, about 70 minutes, staff must look; what is useful for less long says so itself
# (`valid_until`).
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
MOST_ATTEMPTS = 14

# An outcome that can't be written is a message that staff must ask about: worth some patience.
PAUSES_BETWEEN_WRITES = (0.5, 2.0, 8.0)

# Codes that speak of the address, not of the message (`bot.senders.twilio_errors` has the rest).
OPTED_OUT = {(Channel.SMS, "21610"), (Channel.WHATSAPP, "21610")}
BAD_ADDRESS = {
    (Channel.SMS, "21211"),  # Not a phone number.
    (Channel.SMS, "21614"),  # Not a mobile number.
    (Channel.SMS, "21635"),  # A landline.
    (Channel.SMS, "30005"),  # Unknown handset.
    (Channel.WHATSAPP, "21211"),
    (Channel.WHATSAPP, "63024"),  # Not a WhatsApp number.
    (Channel.TELEGRAM, "403"),  # They blocked the bot, or are no more.
}


def make_senders(settings: Settings) -> Mapping[Channel, Sender]:
    """A sender for each channel that is on. The SDKs are slow to load: only those needed are."""
    senders: dict[Channel, Sender] = {Channel.WEB: LogSender()}
    if settings.twilio_account_sid and settings.twilio_auth_token:
        from bot.senders.twilio import TwilioSender

        twilio = TwilioSender(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            api_base=settings.twilio_api_base or "",
            public_url=settings.public_url or "",
            sms_from=settings.twilio_sms_from or "",
            messaging_service_sid=settings.twilio_messaging_service_sid or "",
            whatsapp_from=settings.twilio_whatsapp_from or "",
        )
        if settings.twilio_sms_from or settings.twilio_messaging_service_sid:
            senders[Channel.SMS] = twilio
        if settings.twilio_whatsapp_from:
            senders[Channel.WHATSAPP] = twilio
    if settings.telegram_bot_token:
        from bot.senders.telegram import TelegramSender

        api_base = settings.telegram_api_base or ""
        senders[Channel.TELEGRAM] = TelegramSender(settings.telegram_bot_token, api_base=api_base)
    return senders


def pause_after(attempts: int, retry_after: float | None, jitter: float) -> timedelta:
    """How long to wait after so many failed tries: doubling, up to half as much again at random
    (so that what failed together does not come back together), never less than was asked for."""
    pause = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE) * (1 + jitter / 2)
    return max(pause, timedelta(seconds=retry_after or 0))


def note_fault(
    connection: Connection, *, channel: Channel, address_id: int, code: str, now: datetime
) -> None:
    """Remember what a refusal says of the address, if it says anything."""
    if (channel, code) in OPTED_OUT:
        reach.mark_opted_out(connection, address_id, how=f"provider:{code}", now=now)
    elif (channel, code) in BAD_ADDRESS:
        reach.mark_bad(connection, address_id, reason=code, now=now)


class Delivery:
    """Empties the outbox with a few threads. One per process; any number of processes."""

    def __init__(
        self,
        database: Database,
        senders: Mapping[Channel, Sender],
        *,
        clock: Clock = core.clock.now,
        threads: int = THREADS,
        lease: timedelta = LEASE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._senders = senders
        self._log = LogSender()
        self._clock = clock
        self._threads = threads
        self._lease = lease
        self._jitter = jitter
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="delivery")
        self._in_flight: set[Future[None]] = set()
        self._closing = Event()

    def deliver(self, *, for_seconds: float = float("inf")) -> int:
        """Send until nothing is due and nothing is on its way, or the time is up; return how many
        were taken on. One caller at a time."""
        taken_on = 0
        deadline = time.monotonic() + for_seconds
        while not self._closing.is_set() and time.monotonic() < deadline:
            self._in_flight = {future for future in self._in_flight if not future.done()}
            claimed = self._claim()
            taken_on += len(claimed)
            self._in_flight.update(self._pool.submit(self._deliver_one, each) for each in claimed)
            if claimed:
                continue
            if not self._in_flight:
                break
            # A conversation's next message waits for the one before.
            wait(self._in_flight, timeout=0.25, return_when=FIRST_COMPLETED)
        return taken_on

    def stop(self) -> None:
        """Claim nothing more; what is being sent goes on."""
        self._closing.set()

    def close(self) -> None:
        """Wait for what is being sent and for its outcome to be written."""
        self.stop()
        self._pool.shutdown(wait=True)
        for sender in {id(each): each for each in self._senders.values()}.values():
            sender.close()

    def _claim(self) -> list[ClaimedMessage]:
        """Only as many as there are idle threads: a claimed message is sent at once."""
        idle = self._threads - len(self._in_flight)
        if not idle:
            return []
        with self._database.transaction() as connection:
            return outbox.claim(
                connection, now=self._clock(), owner=self._owner, lease=self._lease, limit=idle
            )

    def _deliver_one(self, message: ClaimedMessage) -> None:
        try:
            self._write(message, self._send(message))
        except Exception:
            # Nobody knows how far it came: its lease will run out, and then it is `unknown`.
            logger.exception("message %s: delivery broke off", message.public_id)

    def _send(self, message: ClaimedMessage) -> Accepted | DeliveryError:
        try:
            return self._sender_for(message).send(outgoing(message))
        except DeliveryError as error:
            return error

    def _sender_for(self, message: ClaimedMessage) -> Sender:
        if message.is_simulated:
            return self._log
        sender = self._senders.get(Channel(message.channel))
        if sender is None:
            raise DeliveryError("channel_off", permanent=True)
        return sender

    def _write(self, message: ClaimedMessage, outcome: Accepted | DeliveryError) -> None:
        for pause in (*PAUSES_BETWEEN_WRITES, None):
            try:
                with self._database.transaction() as connection:
                    is_written = self._settle(connection, message, outcome)
                break
            except DBAPIError:
                if pause is None:
                    raise
                time.sleep(pause)
        if not is_written:
            logger.info("message %s: outcome known before or too late", message.public_id)
        if isinstance(outcome, DeliveryError) and outcome.permanent:
            logger.warning("message %s: refused (%s)", message.public_id, outcome.code)
            # On its own: whoever holds the address may be waiting for the message.
            with self._database.transaction() as connection:
                note_fault(
                    connection,
                    channel=Channel(message.channel),
                    address_id=message.address_id,
                    code=outcome.code,
                    now=self._clock(),
                )

    def _settle(
        self, connection: Connection, message: ClaimedMessage, outcome: Accepted | DeliveryError
    ) -> bool:
        now = self._clock()
        match outcome:
            case Accepted(provider_id=provider_id, status=status):
                return outbox.mark_sent(
                    connection,
                    message.id,
                    self._owner,
                    provider_id=stored_id(message, provider_id),
                    now=now,
                    delivered=status == "delivered",
                )
            case DeliveryError(unknown=True, code=code):
                return outbox.mark_unknown(connection, message.id, self._owner, code=code, now=now)
            case DeliveryError(permanent=permanent, code=code, retry_after=retry_after):
                if permanent or message.attempts >= MOST_ATTEMPTS:
                    return outbox.mark_failed(
                        connection, message.id, self._owner, code=code, now=now
                    )
                due_at = now + pause_after(message.attempts, retry_after, self._jitter())
                return outbox.mark_retry(
                    connection, message.id, self._owner, due_at=due_at, code=code, now=now
                )


def outgoing(message: ClaimedMessage) -> OutgoingMessage:
    """The message as the senders know it; DeliveryError if what is stored makes no sense."""
    try:
        choices = tuple(
            Choice(
                choice["label"],
                choice["value"],
                ChoiceKind(choice["kind"]) if choice.get("kind") else None,
            )
            for choice in json.loads(message.choices or "[]")
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DeliveryError("unreadable", permanent=True) from None
    return OutgoingMessage(
        public_id=message.public_id,
        channel=Channel(message.channel),
        recipient=message.recipient,
        sender=message.our_address,
        text=message.text,
        choices=choices,
        list_id=message.list_id or "",
        language=message.language or "en",
    )


def stored_id(message: ClaimedMessage, provider_id: str) -> str:
    """What we keep as the provider's id, which must be unique in its channel.

    Telegram's is unique in its chat only (Bot API, `Message.message_id`); the chat itself is
    a patient's address and stays encrypted.
    """
    if message.channel == Channel.TELEGRAM:
        return f"{message.conversation_id}:{provider_id}"
    return provider_id
