"""How visits come about and move, and what must come of it."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import Row

from core.scheduling.appointments import Actor
from core.scheduling.booking import book
from core.scheduling.holds import hold
from core.scheduling.moving import move
from core.scheduling.search import Slot
from tests.core.scheduling.calendar_machine import (
    MOVABLE,
    WHY,
    Pick,
    any_visit,
    conversation_numbers,
    limits,
    patient_numbers,
    picks,
    roles,
    staleness,
    versions_back,
)
from tests.core.scheduling.calendar_search import SearchSteps
from tests.core.scheduling.plain_judge import needs_approval, objections
from tests.core.scheduling.plain_steps import assert_kept, giving_up
from tests.core.scheduling.plain_world import Wish, slot_of

SAME = st.sampled_from(["visit type", "visit type", "all but a little later", "nothing"])


class BookingSteps(SearchSteps):
    @rule(
        pick=picks,
        patient=patient_numbers,
        conversation=conversation_numbers,
        role=roles,
        limit=limits,
        is_stale=staleness,
    )
    def book_a_slot(
        self,
        pick: Pick,
        patient: int,
        conversation: int | None,
        role: str,
        limit: int | None,
        is_stale: bool,
    ) -> None:
        patient_id = self.crowd.patients[patient]
        slot = self.slot(pick, patient_id, for_staff=role == "staff")
        wish = self.wish(slot, role, patient_id, conversation, limit=limit)
        self.look_for(wish, patient_id)
        self.book(wish, self.actor(role, patient), is_stale=is_stale)

    book_another_slot = book_a_slot

    def book(self, wish: Wish, actor: Actor, *, is_stale: bool = False) -> None:
        world, reasons = self.world, objections(self.world, wish)
        kept = world.kept(wish) if world.serves(wish) else None
        booked = self.attempt(
            f"book {wish}",
            lambda: book(
                self.connection,
                wish.slot,
                patient_id=wish.patient_id or 0,
                actor=actor,
                now=self.now,
                catalogue=self.offered(is_stale=is_stale),
                conversation_id=wish.conversation_id,
                open_visits_limit=wish.limit,
                override=WHY if wish.overrides else None,
            ),
            reasons,
            actor=actor,
            is_stale=is_stale,
        )
        if booked is None:
            return
        row = self.is_stored(booked)
        assert slot_of(row) == wish.slot
        assert row.patient_id == wish.patient_id
        assert row.status == ("pending" if needs_approval(world, wish) else "scheduled")
        assert (row.override_reason is not None) == wish.overrides
        if kept is None:
            self.is_seated(row, overrides=wish.overrides)
            assert (row.occupied_from, row.occupied_until) == world.occupied(wish.slot)
        else:
            assert (row.id, row.seat, row.resource_id) == (kept.id, kept.seat, kept.resource_id)

    @rule(
        pick=picks,
        patient=patient_numbers,
        is_known=st.booleans(),
        conversation=st.integers(0, 1),
        limit=limits,
        is_stale=staleness,
    )
    def hold_a_slot(
        self,
        pick: Pick,
        patient: int,
        is_known: bool,
        conversation: int,
        limit: int | None,
        is_stale: bool,
    ) -> None:
        patient_id = self.crowd.patients[patient]
        slot = self.slot(pick, patient_id)
        whose = patient_id if is_known else None
        wish = self.wish(slot, "patient", whose, conversation, limit=limit)
        self.look_for(wish, patient_id)
        self.hold(wish, self.crowd.caller(patient), objections(self.world, wish), is_stale)
        self.asked[conversation] = (slot, patient, None)

    def hold(self, wish: Wish, actor: Actor, reasons: set[str], is_stale: bool) -> None:
        before, world = self.world.kept(wish), self.world
        kept = self.attempt(
            f"hold {wish}",
            lambda: hold(
                self.connection,
                wish.slot,
                conversation_id=wish.conversation_id or 0,
                patient_id=wish.patient_id,
                actor=actor,
                now=self.now,
                catalogue=self.offered(is_stale=is_stale),
                moves_id=wish.moves_id,
                open_visits_limit=wish.limit,
            ),
            reasons,
            actor=actor,
            is_stale=is_stale,
        )
        if kept is None:
            return
        row = self.is_stored(kept)
        term = self.now + timedelta(minutes=world.rule("hold_minutes", wish.slot))
        assert (row.status, slot_of(row)) == ("held", wish.slot)
        assert row.patient_id == (None if wish.moves_id else wish.patient_id)
        if before is None or before.id != row.id:
            assert row.hold_expires_at == term
            moved = world.visits.get(wish.moves_id or 0)
            if moved is None:
                self.is_seated(row, overrides=False)
            assert_kept(row, world.occupied(wish.slot), moved)
        else:
            assert row.hold_expires_at in (before.hold_expires_at, term)

    def slot_for(self, visit: Row[Any], pick: Pick, same: str) -> Slot:
        """Return another slot for a visit: often with the same practitioner, or for the same."""
        slot = self.slot(pick, visit.patient_id or self.crowd.patients[0])
        if same == "visit type":
            slot = slot._replace(visit_type_id=visit.visit_type_id)
        if same == "all but a little later":
            slot = slot_of(visit)
            slot = slot._replace(starts_at=slot.starts_at + timedelta(minutes=pick.shift))
        length = self.length(slot, visit.patient_id or self.crowd.patients[0])
        return slot._replace(ends_at=slot.starts_at + length + timedelta(minutes=pick.longer))

    @precondition(lambda self: self.has(*MOVABLE))
    @rule(
        number=any_visit,
        pick=picks,
        same=SAME,
        conversation=st.integers(0, 1),
        is_stale=staleness,
    )
    def hold_a_slot_to_move_to(
        self, number: int, pick: Pick, same: str, conversation: int, is_stale: bool
    ) -> None:
        visit = self.visit(number, *MOVABLE)
        slot = self.slot_for(visit, pick, same)
        wish = self.wish(slot, "patient", visit.patient_id, conversation, moves_id=visit.id)
        self.look_for(wish, visit.patient_id or self.crowd.patients[0])
        reasons = objections(self.world, wish)
        if visit.status not in MOVABLE:
            reasons.add("IllegalStatusChange")
        self.hold(wish, self.crowd.caller(number), reasons, is_stale)
        self.asked[conversation] = (slot, number, visit.id)

    @precondition(lambda self: self.asked)
    @rule(number=st.integers(0, 1))
    def say_yes(self, number: int) -> None:
        """Soon, or after days."""
        conversation = sorted(self.asked)[number % len(self.asked)]
        slot, patient, moves_id = self.asked.pop(conversation)
        actor = self.crowd.caller(patient)
        if moves_id is None:
            patient_id = self.crowd.patients[patient]
            self.book(self.wish(slot, "patient", patient_id, conversation), actor)
        else:
            visit = self.record.visits[moves_id]
            wish = self.wish(slot, "patient", visit.patient_id, conversation, moves_id=moves_id)
            self.move(wish, visit, visit.version, actor)

    @precondition(lambda self: self.record.visits)
    @rule(
        number=any_visit,
        pick=picks,
        same=SAME,
        conversation=conversation_numbers,
        role=roles,
        back=versions_back,
        is_stale=staleness,
    )
    def move_a_visit(
        self,
        number: int,
        pick: Pick,
        same: str,
        conversation: int | None,
        role: str,
        back: int,
        is_stale: bool,
    ) -> None:
        visit = self.visit(number, *MOVABLE)
        slot = self.slot_for(visit, pick, same)
        wish = self.wish(slot, role, visit.patient_id, conversation, moves_id=visit.id)
        self.move(wish, visit, visit.version - back, self.actor(role, number), is_stale=is_stale)

    move_another_visit = move_a_visit

    def move(
        self,
        wish: Wish,
        visit: Row[Any],
        version: int,
        actor: Actor,
        *,
        is_stale: bool = False,
    ) -> None:
        world = self.world
        reasons = objections(world, wish) | giving_up(world, visit, version, actor)
        if visit.status not in MOVABLE:
            reasons.add("IllegalStatusChange")
        moved = self.attempt(
            f"move {visit.id} {wish}",
            lambda: move(
                self.connection,
                visit.id,
                wish.slot,
                version=version,
                actor=actor,
                now=self.now,
                catalogue=self.offered(is_stale=is_stale),
                conversation_id=wish.conversation_id,
                override=WHY if wish.overrides else None,
            ),
            reasons,
            actor=actor,
            is_stale=is_stale,
        )
        if moved is None:
            return
        row = self.is_stored(moved)
        assert (row.id, row.version) == (visit.id, visit.version + 1)
        assert slot_of(row) == wish.slot
        assert row.moved_from == visit.starts_at
        assert row.status == ("pending" if visit.status == "pending" else "scheduled")
        assert (row.occupied_from, row.occupied_until) == world.occupied(wish.slot)
        self.is_seated(row, overrides=wish.overrides)
