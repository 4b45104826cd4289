"""Who is to be offered a time that has become free: who would take it, may have it, and may be
asked, the longest waiting first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.errors import ClinicError
from core.models.appointments import ActorKind
from core.models.people import Trust
from core.occasions.whom import may_speak_from
from core.people.links import Link, people_at
from core.people.telling import told_of
from core.quiet import allowed_from
from core.rules import Rules
from core.scheduling.acquaintance import acquaintance
from core.scheduling.appointments import Actor, Appointment, upcoming
from core.scheduling.availability import find_slots
from core.scheduling.catalogue import Catalogue
from core.scheduling.looking import overlap
from core.scheduling.missed import Step, missed_visits
from core.scheduling.moving import require_time_left
from core.scheduling.offers import VisitType
from core.scheduling.search import Search, Slot, Window
from core.scheduling.statuses import after_moving
from core.waitlist.freeing import FreeTime
from core.waitlist.waiters import waiters
from core.waitlist.wishes import WISH, Wish, is_met, wish_of

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who would take one of `slots`, the earliest first; each of them can be had."""

    entry_id: int
    patient_id: int
    conversation_id: int
    channel: str
    slots: tuple[Slot, ...]
    notice: timedelta  # So long before it a slot is too near.
    ask_from: datetime  # Now, or when the night is over where they are, or the day's limit.
    is_busy: bool  # They are being asked about another time.


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of one entry and whoever waits."""

    row: Any
    wish: Wish
    link: Link
    ahead: Sequence[Appointment]  # All visits ahead,
    seen: Sequence[Appointment]  # and those that are spoken of where they asked.
    moves: Appointment | None


class Matcher:
    """All that is asked about one time, at one moment."""

    def __init__(
        self,
        connection: Connection,
        time: FreeTime,
        catalogue: Catalogue,
        *,
        now: datetime,
        round_id: int | None = None,
        hold_id: int | None = None,
    ) -> None:
        self._connection = connection
        self._time = time
        self._catalogue = catalogue
        self._now = now
        self._round_id = round_id
        self._hold_id = hold_id
        self._zone = catalogue.zones.get(time.location_id)
        self._specialties = {
            code for code, people in catalogue.specialties.items() if time.practitioner_id in people
        }
        self._found: dict[tuple[object, ...], tuple[Slot, ...]] = {}

    @property
    def rules(self) -> Rules:
        return self._catalogue.rules_at(self._time.location_id)

    def candidates(self) -> Iterator[Candidate]:
        """Yield who may be offered the time, now or in the morning, the longest waiting first; of
        one patient only one entry."""
        patients_seen: set[int] = set()
        rows = waiters(
            self._connection,
            self._time,
            specialties=self._specialties,
            round_id=self._round_id,
            offers_a_week=self.rules.waitlist_offers_a_week,
            now=self._now,
        )
        for row in rows:
            if row.patient_id in patients_seen:
                continue
            candidate = self._candidate(row)
            if candidate is not None:
                patients_seen.add(row.patient_id)
                yield candidate

    def _candidate(self, row: Any) -> Candidate | None:
        asked = self._asked(row)
        if asked is None:
            return None
        kind = self._kind(asked)
        slots = self._slots(asked, kind) if kind is not None else ()
        if kind is None or not slots or not self._may_have(asked, kind):
            return None
        notice = timedelta(minutes=kind.notice_minutes(self.rules))
        ask_from = self._ask_from(row)
        # Whoever is asked has time to answer.
        in_time = ask_from + _time_to_answer(self.rules)
        slots = tuple(slot for slot in slots if in_time <= slot.starts_at - notice)
        if not slots:
            return None
        return Candidate(
            entry_id=row.entry_id,
            patient_id=row.patient_id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            slots=slots,
            notice=notice,
            ask_from=ask_from,
            is_busy=row.is_busy,
        )

    def _ask_from(self, row: Any) -> datetime:
        """Return when they may be asked: not at night, and not too often in a day or a week."""
        zone = ZoneInfo(row.zone) if row.zone else self._own_zone
        free = may_speak_from(self._connection, row.address_id, self.rules, zone, self._now)
        return allowed_from(free, zone, self.rules)

    @property
    def _own_zone(self) -> ZoneInfo:
        return self._catalogue.zones[self._time.location_id]

    def _asked(self, row: Any) -> _Asked | None:
        """Return what is known of them; None if the time is not on one of their days, or if they
        may not be asked there, or could not say yes there."""
        wish = wish_of([row._mapping[column.name] for column in WISH])
        if self._zone is None or not any(map(wish.days.fit, self._days(self._zone))):
            return None
        links = people_at(self._connection, row.address_id, self._now)
        link = next((each for each in links if each.patient_id == row.patient_id), None)
        if link is None:
            return None
        ahead = upcoming(self._connection, patient_ids=[row.patient_id], now=self._now)
        seen = [
            each
            for each in ahead
            if (link.sees_all or each.booked_by_address_id == row.address_id)
            and (link.is_self or not each.is_confidential)
        ]
        moves = next((each for each in ahead if each.id == wish.sooner_than_id), None)
        if moves is not None and moves not in seen:
            return None
        told = told_of(
            self._connection,
            row.patient_id,
            now=self._now,
            is_confidential=moves is not None and moves.is_confidential,
        )
        if row.address_id not in told:
            return None
        return _Asked(row, wish, link, ahead, seen, moves)

    def _days(self, zone: ZoneInfo) -> list[date]:
        first = self._time.starts_at.astimezone(zone).date()
        last = (self._time.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        return list(takewhile(lambda day: day <= last, (first + _DAY * n for n in count())))

    def _kind(self, asked: _Asked) -> VisitType | None:
        """Return what they would come for: a visit that moves up stays what it is."""
        wished = asked.wish.visit_type_id
        try:
            return self._catalogue.visit_type(asked.moves.visit_type_id if asked.moves else wished)
        except ClinicError:
            return None  # The clinic does not have it any more.

    def _slots(self, asked: _Asked, kind: VisitType) -> tuple[Slot, ...]:
        """Return the slots in that time that are theirs to have, as far as it is known who they are
        where they asked."""
        row, moves = asked.row, asked.moves
        patient = acquaintance(
            self._connection,
            row.patient_id,
            now=self._now,
            booked_by_address_id=None if asked.link.sees_all else row.address_id,
            confidential=asked.link.is_self,
        )
        is_known = patient.is_known or (moves is not None and not kind.new_patients)
        stays = moves is not None and moves.practitioner_id == self._time.practitioner_id
        offer = self._catalogue.offers(kind).get(self._time.practitioner_id)
        if offer is None:
            return ()
        # Who has seen them so far goes on.
        born = patient.born if offer.has_ages and not stays else None
        return tuple(
            slot
            for slot in self._free(kind.id, is_known, born, moves.id if moves else None)
            if is_met(asked.wish, slot, self._specialties, self._own_zone)
            and (asked.wish.until is None or slot.starts_at < asked.wish.until)
            and (moves is None or slot.starts_at < moves.starts_at)
            and not self._is_away(asked, slot)
        )

    def _is_away(self, asked: _Asked, slot: Slot) -> bool:
        """Tell whether they are at another visit then."""
        return any(
            overlap((each.starts_at, each.ends_at), (slot.starts_at, slot.ends_at))
            for each in asked.ahead
            if asked.moves is None or each.id != asked.moves.id
        )

    def _free(
        self, visit_type_id: int, is_known: bool, born: date | None, moves_id: int | None
    ) -> tuple[Slot, ...]:
        key = (visit_type_id, is_known, born, moves_id)
        if key not in self._found:
            self._found[key] = self._find(
                Search(
                    practitioner_ids=frozenset({self._time.practitioner_id}),
                    location_id=self._time.location_id,
                    visit_type_id=visit_type_id,
                    known_patient=is_known,
                    born=born,
                    moving_id=moves_id,
                    hold_id=self._hold_id,
                    windows=self._windows(),
                )
            )
        return self._found[key]

    def _windows(self) -> tuple[Window, ...]:
        days = self._days(self._own_zone)
        return (Window(days[0], days[-1]),)

    def _find(self, search: Search) -> tuple[Slot, ...]:
        try:
            found = find_slots(self._connection, search, catalogue=self._catalogue, now=self._now)
        except ClinicError:
            return ()  # Whoever had that time is not with the clinic any more.
        time = self._time
        return tuple(
            slot
            for slot in found
            if time.starts_at <= slot.starts_at and slot.ends_at <= time.ends_at
        )

    def _may_have(self, asked: _Asked, kind: VisitType) -> bool:
        """Tell whether the clinic's rules for persons let them have one more visit, or move that
        which they have."""
        if asked.moves is not None:
            return self._may_move(asked.moves)
        rules = self.rules
        is_proved = asked.link.trust == Trust.PROVED
        if len(asked.seen) >= (
            rules.open_visits_proved if is_proved else rules.open_visits_claimed
        ):
            return False
        if kind.is_emergency or not rules.staff_only_from_missed_visits:
            return True
        missed = missed_visits(
            self._connection, asked.row.patient_id, catalogue=self._catalogue, now=self._now
        )
        return missed.step(rules) is not Step.STAFF_ONLY

    def _may_move(self, visit: Appointment) -> bool:
        patient = Actor(ActorKind.PATIENT, None, "")
        try:
            after_moving(visit.status)
            require_time_left(self._catalogue, visit, patient, self._now)
        except ClinicError:
            return False
        return True


def _time_to_answer(rules: Rules) -> timedelta:
    return timedelta(minutes=rules.hold_minutes)
