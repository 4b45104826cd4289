"""Takes what waits in the outbox, hands it to the senders, and writes back how it went."""

import logging
import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Event, Lock

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

import core.clock
from bot.aftermath import Aftermath
from bot.messages import Channel
from bot.outgoing import outgoing
from bot.results import Result, outcome_of, pauses_of
from bot.senders.base import Accepted, DeliveryError, Sender
from bot.senders.log import LogSender
from core.clock import Clock
from core.database.connect import Database
from core.messaging import budgets, outbox
from core.messaging.budgets import Rates
from core.messaging.candidates import ClaimedMessage
from core.messaging.outbox import Claim
from core.messaging.outcomes import Outcome, settle
from core.models.messaging import MessageStatus
from core.rules import STANDARD_RULES, load_rules

logger = logging.getLogger("frontdesk.delivery")

THREADS = 8
# Longer than any sender waits (Telegram: four times 10 s), so that a lease that is over means
# that the worker is gone.
LEASE = timedelta(minutes=2)

# A thread claims one message, so that none waits behind a slow call, and a worker that is killed
# leaves no more unknown outcomes than it has threads. Only where sending costs next to nothing,
# because nothing leaves the machine, does it claim several, for fewer commits.
MOST_AT_ONCE = 500
NEXT_TO_NOTHING = 0.001  # Seconds a message.
LONGEST_BUNDLE = 1.0  # What is not begun by then is given back.

# An outcome that can't be written is a message that staff must ask about: worth some patience.
PAUSES_BETWEEN_WRITES = (0.5, 2.0, 8.0)
# Seconds: for what is on its way, and for a budget that opens.
SHORTEST_WAIT, LONGEST_WAIT = 0.02, 0.25
# How often a long queue is looked through for answers that patients wait for.
REPLIES_EVERY_SECONDS = 0.25
# How often the clinic's limits, and what is wrong with a channel, are read again.
REFRESH_SECONDS = 15.0


def owner_prefix(process_id: int) -> str:
    """Return what the name begins with under which a process of this machine takes messages."""
    return f"{socket.gethostname()}:{process_id}:"


class Delivery:
    """Empties the outbox with a few threads. One per process; any number of processes."""

    def __init__(
        self,
        database: Database,
        senders: Mapping[Channel, Sender],
        *,
        clock: Clock = core.clock.now,
        own: Mapping[str, str] | None = None,
        threads: int = THREADS,
        lease: timedelta = LEASE,
        jitter: Callable[[], float] = random.random,
        simulated: Sender | None = None,
    ) -> None:
        """`simulated`: who takes what is to reach no provider; None: the log alone."""
        self._database = database
        self._senders = senders
        self._by_name = {str(channel): sender for channel, sender in senders.items()}
        self._simulated = simulated or LogSender()
        self._clock = clock
        self._own = own
        self._threads = threads
        self._lease = lease
        self._jitter = jitter
        self._owner = owner_prefix(os.getpid()) + secrets.token_hex(4)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="delivery")
        self._in_flight: set[Future[None]] = set()
        self._closing = Event()
        self._bundle = 1
        self._until = float("inf")
        self._taken_on = self._carrying = 0
        self._counting = Lock()
        self._rules = STANDARD_RULES
        self._rates: Rates | None = None
        self._aftermath = Aftermath(database, clock)
        self._refreshed_at = self._replies_at = float("-inf")

    @property
    def senders(self) -> Mapping[Channel, Sender]:
        return self._senders

    def deliver(self, *, for_seconds: float = float("inf")) -> int:
        """Send until nothing is due and nothing is on its way, or the time is up; return how many
        were taken on. What waits for its budget is waited for only within a time that is given.
        One caller at a time."""
        before = self._taken_on
        self._until = time.monotonic() + for_seconds
        while self._may_claim:
            self._look_after()
            claim = self._claim_for_idle()
            if claim is not None and claim.messages:
                for part in self._shared_out(claim):
                    self._in_flight.add(self._pool.submit(self._carry_on, part))
                continue
            if self._in_flight:
                # A conversation's next message waits for the one before.
                wait(self._in_flight, timeout=LONGEST_WAIT, return_when=FIRST_COMPLETED)
            elif claim is not None and claim.opens_at and self._until < float("inf"):
                # Some wait for their budget, which others may use, too.
                ahead = (claim.opens_at - self._clock()).total_seconds()
                self._closing.wait(min(max(ahead, SHORTEST_WAIT), LONGEST_WAIT))
            else:
                break
        return self._taken_on - before

    def _look_after(self) -> None:
        """See who is done, and say what went wrong: the leases of what could not be written will
        run out, and then it is `unknown`."""
        done = {future for future in self._in_flight if future.done()}
        self._in_flight -= done
        for error in filter(None, (future.exception() for future in done)):
            logger.error("outcomes could not be written", exc_info=error)

    @property
    def _may_claim(self) -> bool:
        return not self._closing.is_set() and time.monotonic() < self._until

    def stop(self) -> None:
        """Claim nothing more; what is being sent goes on."""
        self._closing.set()

    def close(self) -> None:
        """Wait for what is being sent and for its outcome to be written."""
        self.stop()
        self._pool.shutdown(wait=True)
        self._look_after()
        for sender in {id(each): each for each in self._senders.values()}.values():
            sender.close()

    def _claim_for_idle(self) -> Claim | None:
        """Only as many as there are idle threads for: a claimed message is sent at once."""
        # Where sending costs nothing, more threads would only queue for the database.
        threads = self._threads if self._bundle == 1 else 1
        idle = threads - len(self._in_flight)
        if idle <= 0:
            return None
        with self._database.transaction() as connection:
            return self._claim(connection, min(idle * self._bundle, MOST_AT_ONCE))

    def _shared_out(self, claim: Claim) -> list[Claim]:
        """A share for each thread."""
        size = self._bundle  # As of now: threads that are done change it.
        starts = range(0, len(claim.messages), size)
        return [replace(claim, messages=claim.messages[at : at + size]) for at in starts]

    def _claim(self, connection: Connection, limit: int) -> Claim:
        moment = time.monotonic()
        replies_first = moment - self._replies_at >= REPLIES_EVERY_SECONDS
        if replies_first:
            self._replies_at = moment
        if moment - self._refreshed_at >= REFRESH_SECONDS:
            self._refresh(connection)
            self._refreshed_at = moment
        return outbox.claim(
            connection,
            now=self._clock(),
            owner=self._owner,
            lease=self._lease,
            limit=limit,
            rates=self._rates,
            rules=self._rules,
            replies_first=replies_first,
        )

    def _refresh(self, connection: Connection) -> None:
        self._rules = load_rules(connection)
        self._rates = Rates(self._rules.general, self._own)
        self._aftermath.refresh(connection)

    def _carry_on(self, claim: Claim) -> None:
        """Send what was claimed, and what is claimed when its outcomes are written, and so on."""
        self._count(carrying=1)
        try:
            while claim.messages:
                self._count(taken_on=len(claim.messages))
                claim = self._carry_out(claim)
        finally:
            self._count(carrying=-1)

    def _carry_out(self, claim: Claim) -> Claim:
        results = self._carry(claim)
        claimed_next = self._write_and_claim(results, claim.messages[len(results) :])
        self._aftermath.see_to(results)
        return claimed_next

    def _count(self, *, taken_on: int = 0, carrying: int = 0) -> None:
        with self._counting:
            self._taken_on += taken_on
            self._carrying += carrying

    @property
    def _may_go_on(self) -> bool:
        """Whether a thread that is done takes more. Where sending costs nothing, one thread is
        enough, and others would only stand in its way."""
        return self._may_claim and (self._bundle == 1 or self._carrying == 1)

    def _carry(self, claim: Claim) -> list[Result]:
        """Send them one after the other; what is missing in the end was not begun."""
        times = [time.monotonic()]
        results: list[Result] = []
        for message in claim.messages:
            if self._must_give_back(times, claim.at):
                break
            try:
                results.append((message, self._send(message)))
            except Exception:
                # Nobody knows how far it came: its lease will run out, and then it is `unknown`.
                logger.exception("message %s: delivery broke off", message.public_id)
                results.append((message, None))
            times.append(time.monotonic())
        self._learn(times)
        return results

    def _must_give_back(self, times: Sequence[float], claimed_at: datetime) -> bool:
        """Whether what is left of a bundle had better be sent by somebody else: it is stopping, or
        too slow, or has slept so long (a laptop that was shut) that its lease may be over."""
        is_begun, is_slow = len(times) > 1, times[-1] - times[0] > LONGEST_BUNDLE
        has_slept = self._clock() - claimed_at > self._lease / 2
        return has_slept or (is_begun and (is_slow or self._closing.is_set()))

    def _learn(self, times: Sequence[float]) -> None:
        """How many a thread claims next. Three in four must have cost nothing: one alone may have
        waited for the machine."""
        took = sorted(after - before for before, after in pairwise(times))
        if took:
            is_nothing = took[len(took) * 3 // 4] < NEXT_TO_NOTHING
            self._bundle = min(self._bundle * 2, MOST_AT_ONCE) if is_nothing else 1

    def _send(self, message: ClaimedMessage) -> Accepted | DeliveryError:
        try:
            return self.sender_for(message).send(outgoing(message))
        except DeliveryError as error:
            return error

    def sender_for(self, message: ClaimedMessage) -> Sender:
        """Raises DeliveryError where the channel is off."""
        if message.is_simulated:
            return self._simulated
        sender = self._by_name.get(message.channel)
        if sender is None:
            raise DeliveryError("channel_off", permanent=True)
        return sender

    def _write_and_claim(self, results: Sequence[Result], left: Sequence[ClaimedMessage]) -> Claim:
        """All outcomes in one transaction, and with them, what this thread sends next; alone and
        one by one, where one of them is refused. `left`: given back."""
        now, rates = self._clock(), self._rates
        outcomes = [
            outcome_of(message, result, now, self._jitter) for message, result in results if result
        ]
        outcomes += [Outcome(each.id, MessageStatus.QUEUED, was_tried=False) for each in left]
        pauses = dict(
            pause
            for message, result in results
            if rates is not None
            for pause in pauses_of(rates, message, result, now)
        )
        try:
            return self._persist(outcomes, pauses, and_claim=True)
        except IntegrityError:
            for outcome in outcomes:
                try:
                    self._persist([outcome], pauses)
                except IntegrityError:
                    logger.exception("message %d: its outcome is refused", outcome.message_id)
        return Claim([], self._clock())

    def _persist(
        self,
        outcomes: Sequence[Outcome],
        pauses: Mapping[str, datetime],
        *,
        and_claim: bool = False,
    ) -> Claim:
        for pause in PAUSES_BETWEEN_WRITES:
            try:
                return self._settle(outcomes, pauses, and_claim=and_claim)
            except IntegrityError:
                raise
            except DBAPIError:
                time.sleep(pause)
        return self._settle(outcomes, pauses)

    def _settle(
        self,
        outcomes: Sequence[Outcome],
        pauses: Mapping[str, datetime],
        *,
        and_claim: bool = False,
    ) -> Claim:
        now = self._clock()
        claim = Claim([], now)
        with self._database.transaction() as connection:
            written = settle(connection, self._owner, outcomes, now)
            if pauses:
                budgets.slow_down(connection, pauses, now)
            if and_claim and self._may_go_on:
                claim = self._claim(connection, self._bundle)
        if written < len(outcomes):
            logger.info("%d outcomes known before or too late", len(outcomes) - written)
        return claim
