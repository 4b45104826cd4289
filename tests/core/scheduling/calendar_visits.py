"""How visits go on once they are booked, and what becomes of holds."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import SYSTEM, Actor, Appointment
from core.scheduling.booking import book, walk_in
from core.scheduling.holds import expire_holds, release
from core.scheduling.missed import forgive
from core.scheduling.moving import cancel
from core.scheduling.progress import change_status
from core.scheduling.search import Slot
from core.scheduling.undoing import undo
from tests.core.scheduling.calendar_machine import (
    MISSED,
    MOVABLE,
    WHY,
    CalendarMachine,
    Pick,
    any_visit,
    mostly_staff,
    patient_numbers,
    picks,
    roles,
    versions_back,
)
from tests.core.scheduling.crowded_clinic import RECEPTIONIST
from tests.core.scheduling.plain_judge import objections
from tests.core.scheduling.plain_steps import cancelling, changing, forgiving, undoing
from tests.core.scheduling.plain_world import OPEN, Wish, slot_of

_CONFIRMED = AppointmentStatus.CONFIRMED
statuses = st.sampled_from([*AppointmentStatus, _CONFIRMED, _CONFIRMED, AppointmentStatus.NO_SHOW])


class VisitSteps(CalendarMachine):
    @precondition(lambda self: self.has(*MOVABLE))
    @rule(number=any_visit, role=roles, back=versions_back)
    def cancel_a_visit(self, number: int, role: str, back: int) -> None:
        visit, actor = self.visit(number, *MOVABLE), self.actor(role, number)
        version = visit.version - back
        self.attempt(
            f"cancel {visit.id}",
            lambda: cancel(
                self.connection,
                visit.id,
                version=version,
                actor=actor,
                now=self.now,
                catalogue=self.offered(),
            ),
            cancelling(self.world, visit, version, actor),
            actor=actor,
        )

    @precondition(lambda self: self.record.visits)
    @rule(number=any_visit, role=roles, back=versions_back)
    def undo_the_last_thing(self, number: int, role: str, back: int) -> None:
        visit = self.visit(number)
        last = self.record.happenings[visit.id][-1]
        is_own = (RECEPTIONIST.kind.value, RECEPTIONIST.id) == last.actor
        # As a rule by whoever did it.
        actor = self.actor("staff" if is_own and role != "pretender" else role, number)
        version = visit.version - back
        undone = self.attempt(
            f"undo {last.type} of {visit.id}",
            lambda: undo(
                self.connection,
                visit.id,
                version=version,
                actor=actor,
                now=self.now,
                catalogue=self.offered(),
            ),
            undoing(self.world, visit, last, version, actor),
            actor=actor,
        )
        if undone is None:
            return
        row = self.is_stored(undone.appointment)
        assert undone.of == last.type
        if last.type == "booked" or last.before is None:
            assert (row.status, slot_of(row)) == ("entered_in_error", slot_of(visit))
        else:
            state = self.record.happenings[visit.id][-1].after
            assert state | {"seat": 0} == last.before | {"seat": 0}
            was_overridden = self.overridden[visit.id, visit.version - 1]
            assert (row.override_reason is not None) == was_overridden

    @precondition(lambda self: self.record.visits)
    @rule(number=any_visit, role=mostly_staff, back=versions_back, status=statuses)
    def mark_a_visit(self, number: int, role: str, back: int, status: AppointmentStatus) -> None:
        visit, actor = self.visit(number, *OPEN), self.actor(role, number)
        version = visit.version - back
        self.attempt(
            f"mark {visit.id} {status}",
            lambda: change_status(
                self.connection,
                visit.id,
                status,
                version=version,
                actor=actor,
                now=self.now,
            ),
            changing(self.world, visit, status.value, version, actor),
            actor=actor,
        )

    @precondition(lambda self: self.has(*MISSED))
    @rule(number=any_visit, role=mostly_staff)
    def forgive_a_visit(self, number: int, role: str) -> None:
        visit, actor = self.visit(number, *MISSED), self.actor(role, number)
        self.attempt(
            f"forgive {visit.id}",
            lambda: forgive(self.connection, visit.id, actor=actor, now=self.now, why=WHY),
            forgiving(visit, actor),
            actor=actor,
        )

    @rule(pick=picks, patient=patient_numbers, role=mostly_staff, is_now=st.booleans())
    def somebody_walks_in(self, pick: Pick, patient: int, role: str, is_now: bool) -> None:
        patient_id, actor = self.crowd.patients[patient], self.actor(role, patient)
        slot = self.slot(pick, patient_id)
        if is_now:
            begin = self.now - timedelta(minutes=self.now.minute % 5)
            slot = slot._replace(starts_at=begin, ends_at=begin + (slot.ends_at - slot.starts_at))
        wish = Wish(slot, patient_id, is_staff=actor.is_staff, overrides=True)
        came = self.attempt(
            f"walk in {wish}",
            lambda: walk_in(
                self.connection,
                slot,
                patient_id=patient_id,
                actor=actor,
                now=self.now,
                catalogue=self.offered(),
            ),
            objections(self.world, wish),
            actor=actor,
        )
        if came is not None:
            row = self.is_stored(came)
            assert (row.status, row.patient_id, slot_of(row)) == ("arrived", patient_id, slot)
            assert row.override_reason is not None
            self.is_seated(row, overrides=True)

    @rule(
        pick=picks,
        patient=patient_numbers,
        role=mostly_staff,
        days=st.integers(0, 9),
        came=st.booleans(),
        overrides=st.sampled_from([False, False, False, True]),
    )
    def enter_what_was_on_paper(
        self, pick: Pick, patient: int, role: str, days: int, came: bool, overrides: bool
    ) -> None:
        """As a rule a time that has passed; whoever mistakes the day enters one that is ahead."""
        patient_id, actor = self.crowd.patients[patient], self.actor(role, patient)
        slot = self.slot(pick, patient_id)
        back = timedelta(days=(slot.starts_at - self.now).days + days)
        slot = slot._replace(starts_at=slot.starts_at - back, ends_at=slot.ends_at - back)
        is_entry = slot.starts_at <= self.now
        wish = Wish(
            slot,
            patient_id,
            is_staff=actor.is_staff,
            # Who just comes is seated whatever stands there, unless it is over.
            overrides=overrides or (came and not is_entry),
            afterwards=True,
        )
        entered = self.attempt(
            f"enter {wish}",
            lambda: self._enter(slot, patient_id, actor, came=came, overrides=overrides),
            objections(self.world, wish),
            actor=actor,
        )
        if entered is None:
            return
        row = self.is_stored(entered)
        assert (row.patient_id, slot_of(row)) == (patient_id, slot)
        assert (row.override_reason is not None) == (is_entry or wish.overrides)
        if is_entry or wish.is_staff:
            assert row.status == ("arrived" if came else "scheduled")
        self.is_seated(row, overrides=wish.overrides)

    def _enter(
        self, slot: Slot, patient_id: int, actor: Actor, *, came: bool, overrides: bool
    ) -> Appointment:
        why = WHY if overrides else None
        if came:
            return walk_in(
                self.connection,
                slot,
                patient_id=patient_id,
                actor=actor,
                now=self.now,
                catalogue=self.offered(),
                override=why,
                afterwards=True,
            )
        return book(
            self.connection,
            slot,
            patient_id=patient_id,
            actor=actor,
            now=self.now,
            catalogue=self.offered(),
            open_visits_limit=None,
            override=why,
            afterwards=True,
        )

    @precondition(lambda self: self.has("held"))
    @rule(number=st.integers(0, 1), patient=patient_numbers)
    def another_choice(self, number: int, patient: int) -> None:
        conversation_id = self.crowd.conversations[number]
        held = [
            key
            for key, visit in self.record.visits.items()
            if visit.status == "held" and visit.conversation_id == conversation_id
        ]
        actor = self.crowd.caller(patient)
        released = self.attempt(
            f"release {number}",
            lambda: release(self.connection, conversation_id, actor=actor, now=self.now),
            set(),
            actor=actor,
        )
        assert ([] if released is None else [released.id]) == held
        assert all(self.record.visits[key].status == "expired" for key in held)

    @precondition(lambda self: self.has("held"))
    @rule(limit=st.integers(1, 3))
    def the_worker_tidies(self, limit: int) -> None:
        over = [
            key
            for key, visit in self.record.visits.items()
            if visit.status == "held" and visit.hold_expires_at <= self.now
        ]
        count = self.attempt(
            "tidy",
            lambda: expire_holds(self.connection, now=self.now, limit=limit),
            set(),
            actor=SYSTEM,
        )
        assert count == min(limit, len(over))
        assert sum(self.record.visits[key].status == "expired" for key in over) == count
