"""Who is asked, and when: a few at a time, and after a while the next few, until somebody says yes
or it is too late. A tick of the worker; any number of workers may run it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, text

from core.clock import instant
from core.database.guards import try_lock_calendar
from core.errors import ClinicError
from core.models import waitlist_rounds
from core.models.waitlist import OfferState
from core.scheduling.catalogue import Catalogue
from core.scheduling.loading import load_catalogue
from core.scheduling.search import Slot
from core.waitlist.matching import Candidate, Matcher
from core.waitlist.offers import Offer, outstanding, plan
from core.waitlist.rounds import Round, end, is_taken, keep, lock_open, set_round

TAKEN = "taken"  # Somebody else has booked it.
NOBODY = "nobody"  # Nobody whom it would suit, or nobody who said yes.
TOO_NEAR = "too_near"  # There is no time left to ask and answer.


def next_waves(connection: Connection, *, now: datetime, limit: int) -> int:
    """Ask whoever is to be asked by now, at most in `limit` rounds, and end those that have nobody
    left to ask; return how many rounds that were.

    Nothing is sent from here: each offer is an occasion that is due. Run again at the same moment
    it does nothing. A practitioner in whose calendar somebody writes just now waits for the next
    tick.
    """
    now = instant(now)
    due = connection.execute(
        select(waitlist_rounds.c.id, waitlist_rounds.c.practitioner_id)
        # Word for word as in the partial index.
        .where(text("waitlist_rounds.state = 'open'"), waitlist_rounds.c.next_wave_at <= now)
        .order_by(waitlist_rounds.c.next_wave_at, waitlist_rounds.c.id)
        .limit(limit)
    ).all()
    if not due:
        return 0
    catalogue = load_catalogue(connection, now=now)
    handled = 0
    for round_id, practitioner_id in due:
        if not try_lock_calendar(connection, practitioner_id):
            continue
        round_ = lock_open(connection, round_id)
        if round_ is not None and round_.next_wave_at is not None and round_.next_wave_at <= now:
            _Turn(connection, round_, catalogue, now).take()
            handled += 1
    return handled


# Somebody, and the slot that they are asked about.
_Asking = tuple[Candidate, Slot]


class _Turn:
    """One round, whose time has come, under the practitioner's lock."""

    def __init__(
        self, connection: Connection, round_: Round, catalogue: Catalogue, now: datetime
    ) -> None:
        self._connection = connection
        self._round = round_
        self._catalogue = catalogue
        self._now = now
        rules = catalogue.rules_at(round_.location_id)
        self._size = rules.waitlist_wave_size
        self._pause = timedelta(minutes=rules.waitlist_wave_minutes)
        self._grace = timedelta(minutes=rules.hold_minutes)
        self._asked = outstanding(connection, round_.id)

    def take(self) -> None:
        try:
            ready, others = self._choose()
            if ready:
                self._ask(ready)
            elif last := self._last_asked():
                self._wait(last.slot, self._answered_by(last), last.channel)
            elif others:
                self._wait_for(others)
            else:
                self._end()
        except ClinicError:  # Somebody was quicker, or the clinic's hours have changed.
            end(self._connection, self._round, note=TAKEN, now=self._now)

    def _choose(self) -> tuple[list[_Asking], list[Candidate]]:
        """Return whom to ask now, all about one start: that of those who have not answered yet, and
        only where nobody else would take it, another. Then, if nobody, who could be asked later."""
        start = self._asked[-1].starts_at if self._asked else None
        others: list[Candidate] = []
        ready: list[_Asking] = []
        for candidate in self._candidates():
            slot = _at(candidate, start)
            if slot is None or not self._is_free(candidate):
                others.append(candidate)
                continue
            ready.append((candidate, slot))
            start = slot.starts_at
            if len(ready) == self._size:
                break
        return ready or self._of_another_start(others), others

    def _candidates(self) -> Iterator[Candidate]:
        return Matcher(
            self._connection,
            self._round.time,
            self._catalogue,
            now=self._now,
            round_id=self._round.id,
            hold_id=self._round.hold_id,
        ).candidates()

    def _is_free(self, candidate: Candidate) -> bool:
        return candidate.ask_from <= self._now and not candidate.is_busy

    def _of_another_start(self, others: Sequence[Candidate]) -> list[_Asking]:
        free = [each for each in others if self._is_free(each)]
        if not free:
            return []
        start = free[0].slots[0].starts_at
        pairs = ((each, _at(each, start)) for each in free)
        return [(each, slot) for each, slot in pairs if slot is not None][: self._size]

    def _ask(self, ready: Sequence[_Asking]) -> None:
        slots = [slot for _, slot in ready]
        slots += [each.slot for each in self._asked if each.starts_at == slots[0].starts_at]
        too_near = max(slot.starts_at - candidate.notice for candidate, slot in ready)
        self._wait(
            max(slots, key=lambda slot: slot.ends_at),
            min(self._now + self._pause, too_near),
            ready[0][0].channel,
        )
        wave = self._round.waves + 1
        set_round(self._connection, self._round.id, self._now, waves=wave)
        for candidate, slot in ready:
            plan(
                self._connection,
                self._round.id,
                candidate.entry_id,
                slot,
                wave=wave,
                patient_id=candidate.patient_id,
                conversation_id=candidate.conversation_id,
                now=self._now,
                # Whoever hears of it has time to answer.
                valid_until=slot.starts_at - candidate.notice - self._grace,
            )

    def _wait_for(self, others: Sequence[Candidate]) -> None:
        """Nobody can be asked now: it is night where they are, or they are being asked about
        another time. The time is kept for them."""
        first = min(others, key=self._asked_from)
        self._wait(first.slots[0], self._asked_from(first), first.channel)

    def _asked_from(self, candidate: Candidate) -> datetime:
        again = self._now + self._pause
        return max(candidate.ask_from, again) if candidate.is_busy else candidate.ask_from

    def _last_asked(self) -> Offer | None:
        """Return what was said last, if there is still time to answer it: whoever was asked last
        has as long as all others had."""
        said = [each for each in self._asked if each.state is OfferState.OFFERED]
        last = max(said, key=lambda each: each.offered_at or self._now, default=None)
        return last if last is not None and self._answered_by(last) > self._now else None

    def _answered_by(self, offer: Offer) -> datetime:
        kind = self._catalogue.visit_type(offer.visit_type_id)
        rules = self._catalogue.rules_at(offer.location_id)
        too_near = offer.starts_at - timedelta(minutes=kind.notice_minutes(rules))
        return min((offer.offered_at or self._now) + self._pause, too_near)

    def _wait(self, slot: Slot, at: datetime, channel: str) -> None:
        """Look again at that moment, and keep the time until a little after, should the worker be
        late."""
        keep(
            self._connection,
            self._round,
            slot,
            term=at + self._grace,
            channel=channel,
            catalogue=self._catalogue,
            now=self._now,
        )
        set_round(self._connection, self._round.id, self._now, next_wave_at=at)

    def _end(self) -> None:
        kinds = self._catalogue.visit_types.values()
        rules = self._catalogue.rules_at(self._round.location_id)
        notice = min((kind.notice_minutes(rules) for kind in kinds), default=0)
        note = NOBODY
        if self._round.starts_at < self._now + timedelta(minutes=notice) + self._grace:
            note = TOO_NEAR
        elif is_taken(self._connection, self._round):
            note = TAKEN
        end(self._connection, self._round, note=note, now=self._now)


def _at(candidate: Candidate, start: datetime | None) -> Slot | None:
    """Return their slot at that start, or their first."""
    if start is None:
        return candidate.slots[0]
    return next((slot for slot in candidate.slots if slot.starts_at == start), None)
