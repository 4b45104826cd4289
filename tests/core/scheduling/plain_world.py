"""All that is stored at one moment, and what somebody wishes then: what `plain_judge` judges by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from core.scheduling.search import Slot
from tests.core.scheduling.plain_clinic import Lengths, Rows, lengths

LIVE = ("pending", "held", "scheduled", "confirmed", "arrived")
OPEN = ("pending", "scheduled", "confirmed", "arrived")
TOOK_PLACE = ("scheduled", "confirmed", "arrived", "completed")


@dataclass(frozen=True, slots=True)
class Wish:
    slot: Slot
    patient_id: int | None = None
    conversation_id: int | None = None
    is_staff: bool = False
    overrides: bool = False
    afterwards: bool = False  # It stood on paper.
    moves_id: int | None = None
    limit: int | None = None  # Of open visits


@dataclass(frozen=True, slots=True)
class World:
    """All that is stored at one moment."""

    now: datetime
    clinic: Rows
    visits: Mapping[int, Row[Any]]
    forgiven: frozenset[int]  # Appointments
    patients: Mapping[int, Row[Any]]

    def others(self, wish: Wish) -> Iterator[Row[Any]]:
        """Yield what counts: neither a hold whose term is over, nor what is the asker's own."""
        for visit in self.visits.values():
            if visit.status not in LIVE or visit.id == wish.moves_id:
                continue
            if visit.status != "held" or (
                visit.hold_expires_at > self.now and visit.conversation_id != wish.conversation_id
            ):
                yield visit

    def kept(self, wish: Wish) -> Row[Any] | None:
        """Return what the conversation holds, if it is just this and the term is not over."""
        for visit in self.visits.values():
            if (
                visit.status == "held"
                and visit.hold_expires_at > self.now
                and (visit.conversation_id, visit.moves_id) == (wish.conversation_id, wish.moves_id)
                and slot_of(visit) == wish.slot
            ):
                return visit
        return None

    def serves(self, wish: Wish) -> bool:
        """Tell whether the conversation's hold has all that the visit needs: a seat it has, and its
        room is there. One for a move has only what the old visit does not occupy."""
        kept = self.kept(wish)
        if kept is None or wish.moves_id is not None:
            return False
        kind = self.visit_type(wish.slot).resource_kind
        return kind is None or any(room.id == kept.resource_id for room in self.rooms(wish.slot))

    def rooms(self, slot: Slot) -> list[Row[Any]]:
        kind = self.visit_type(slot).resource_kind
        return self.clinic.all("resources", location_id=slot.location_id, kind=kind, is_active=True)

    def lengths(self, slot: Slot) -> Lengths:
        return lengths(self.clinic, slot.practitioner_id, slot.visit_type_id)

    def occupied(self, slot: Slot) -> tuple[datetime, datetime]:
        around = self.lengths(slot)
        return slot.starts_at - around.before, slot.ends_at + around.after

    def rule(self, key: str, slot: Slot) -> int:
        return self.clinic.rule(key, slot.location_id)

    def visit_type(self, slot: Slot) -> Row[Any]:
        return self.clinic.one("visit_types", slot.visit_type_id)

    def knows(self, patient_id: int) -> bool:
        return self.patients[patient_id].external_id is not None or any(
            visit.patient_id == patient_id
            and visit.starts_at < self.now
            and visit.status in TOOK_PLACE
            for visit in self.visits.values()
        )


def slot_of(visit: Row[Any]) -> Slot:
    return Slot(
        visit.practitioner_id,
        visit.location_id,
        visit.visit_type_id,
        visit.starts_at,
        visit.ends_at,
    )


def shares(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """Tell whether two stretches share a moment; an empty one shares none."""
    return max(one[0], other[0]) < min(one[1], other[1])
