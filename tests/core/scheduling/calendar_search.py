"""What a search finds, and whom "anyone" gets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from itertools import product

from hypothesis import strategies as st
from hypothesis.stateful import rule

from core.scheduling.booking import book_anyone
from core.scheduling.search import Search, Slot, Window
from tests.core.scheduling.calendar_machine import (
    CalendarMachine,
    conversation_numbers,
    patient_numbers,
    roles,
)
from tests.core.scheduling.plain_judge import is_listed, needs_approval, objections, visits_on
from tests.core.scheduling.plain_world import Wish, slot_of

people = st.sampled_from([None, None, (0,), (1,), (0, 2)])
visit_type_numbers = st.integers(0, 3)


class SearchSteps(CalendarMachine):
    def look_for(self, wish: Wish, patient_id: int) -> None:
        """The search lists it, or not, as the judge says."""
        day = self.clinic.day_of(wish.slot.starts_at, wish.slot.location_id)
        search = Search(
            practitioner_ids=frozenset({wish.slot.practitioner_id}),
            location_id=wish.slot.location_id,
            visit_type_id=wish.slot.visit_type_id,
            windows=(Window(day, day),),
            known_patient=self.world.knows(patient_id),
            born=self.people[patient_id].date_of_birth,
            conversation_id=wish.conversation_id,
            moving_id=wish.moves_id,
        )
        is_found = wish.slot in self.find(search, for_staff=wish.is_staff)
        assert is_found == is_listed(
            self.world,
            replace(wish, overrides=False),
            is_known=search.known_patient,
            born=search.born,
        ), f"{wish.slot} is listed: {is_found}"

    def search(
        self,
        who: tuple[int, ...] | None,
        visit_type: int,
        patient: int,
        days: int,
        more_days: int,
        conversation: int | None,
    ) -> Search:
        """Return a search of one day or several."""
        patient_id = self.crowd.patients[patient]
        day = self.clinic.day_of(self.now, self.crowd.locations[0]) + timedelta(days=days)
        return Search(
            practitioner_ids=(
                None if who is None else frozenset(self.crowd.practitioners[each] for each in who)
            ),
            visit_type_id=self.crowd.visit_types[visit_type],
            windows=(Window(day, day + timedelta(days=more_days)),),
            known_patient=self.world.knows(patient_id),
            born=self.people[patient_id].date_of_birth,
            conversation_id=self.conversation(conversation),
        )

    def listed(self, search: Search, *, is_staff: bool) -> list[Slot]:
        """Return all that the search of days must list, in its order."""
        world = self.world
        wishes = [
            wish
            for wish in self._candidates(search, is_staff=is_staff)
            if is_listed(world, wish, is_known=search.known_patient, born=search.born)
        ]
        wishes.sort(key=lambda wish: self._rank(search, wish))
        return [wish.slot for wish in wishes]

    def _candidates(self, search: Search, *, is_staff: bool) -> Iterator[Wish]:
        visit_type_id = search.visit_type_id or 0
        (window,) = search.windows
        days = [window.day_from + timedelta(days=index) for index in range(3)]
        people = search.practitioner_ids or self.crowd.practitioners
        for practitioner_id, location_id, day in product(people, self.crowd.locations, days):
            if day <= window.day_to:
                moments = self.clinic.moments(practitioner_id, location_id, day)
                for at in (at for at, moment in moments.items() if moment.is_open):
                    slot = Slot(practitioner_id, location_id, visit_type_id, at, at)
                    usual = self.world.lengths(slot)
                    length = usual.known if search.known_patient else usual.new
                    slot = slot._replace(ends_at=at + length)
                    yield Wish(slot, conversation_id=search.conversation_id, is_staff=is_staff)

    def _rank(self, search: Search, wish: Wish) -> tuple[object, ...]:
        slot = wish.slot
        is_stranger = slot.practitioner_id not in search.own_practitioners
        visits = visits_on(self.world, wish)
        return slot.starts_at, is_stranger, visits, slot.practitioner_id, slot.location_id

    @rule(
        who=people,
        visit_type=visit_type_numbers,
        patient=patient_numbers,
        days=st.integers(0, 10),
        more_days=st.integers(0, 2),
        conversation=conversation_numbers,
        is_staff=st.booleans(),
    )
    def look_at_some_days(
        self,
        who: tuple[int, ...] | None,
        visit_type: int,
        patient: int,
        days: int,
        more_days: int,
        conversation: int | None,
        is_staff: bool,
    ) -> None:
        search = self.search(who, visit_type, patient, days, more_days, conversation)
        found = self.find(search, for_staff=is_staff)
        expected = self.listed(search, is_staff=is_staff)
        assert found == expected, (
            f"too many: {set(found) - set(expected)}, too few: {set(expected) - set(found)}"
        )

    @rule(
        who=people,
        own=st.sampled_from([(), (), (0,), (1,)]),
        visit_type=visit_type_numbers,
        patient=patient_numbers,
        days=st.integers(0, 9),
        time_from=st.sampled_from([None, time(9, 20), time(10)]),
        conversation=conversation_numbers,
        role=roles,
    )
    def book_anyone(
        self,
        who: tuple[int, ...] | None,
        own: tuple[int, ...],
        visit_type: int,
        patient: int,
        days: int,
        time_from: time | None,
        conversation: int | None,
        role: str,
    ) -> None:
        search = self.search(who, visit_type, patient, days, 0, conversation)
        search = replace(
            search,
            own_practitioners=frozenset(self.crowd.practitioners[each] for each in own),
            windows=(replace(search.windows[0], time_from=time_from),),
        )
        actor = self.actor(role, patient)
        patient_id, world = self.crowd.patients[patient], self.world
        first = next(
            (
                slot
                for slot in self.listed(search, is_staff=actor.is_staff)
                if time_from is None
                or slot.starts_at.astimezone(self.clinic.zone(slot.location_id)).time() >= time_from
            ),
            None,
        )
        role = "staff" if actor.is_staff else "patient"
        wish = first and self.wish(first, role, patient_id, conversation)
        booked = self.attempt(
            f"book anyone {search}",
            lambda: book_anyone(
                self.connection,
                search,
                patient_id=patient_id,
                actor=actor,
                now=self.now,
                catalogue=self.offered(),
                conversation_id=search.conversation_id,
                open_visits_limit=None,
            ),
            {"SlotTaken"} if wish is None else objections(world, wish),
            actor=actor,
        )
        if booked is not None and wish is not None:
            row = self.is_stored(booked)
            assert slot_of(row) == first
            assert row.status == ("pending" if needs_approval(world, wish) else "scheduled")
