"""Patients, staff and the worker do whatever comes to mind, in any order. Each step must do what
`plain_judge` says, and leave what `plain_record` says always holds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import Connection, Row, select

from core.database.connect import Database
from core.errors import ClinicError
from core.models import patients
from core.scheduling.appointments import Actor, Appointment
from core.scheduling.availability import find_slots
from core.scheduling.catalogue import Catalogue
from core.scheduling.loading import current, load_catalogue
from core.scheduling.search import Search, Slot
from core.scheduling.undoing import Undone
from tests.core.scheduling.crowded_clinic import RECEPTIONIST, START, Crowd
from tests.core.scheduling.plain_clinic import Rows
from tests.core.scheduling.plain_record import Record, assert_step_recorded, assert_whole
from tests.core.scheduling.plain_world import Wish, World

WHY = "the doctor asked for it"
T = TypeVar("T")


class _Undo(Exception):  # noqa: N818
    """Nothing of this stays."""


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with suppress(_Undo), database.transaction() as connection:
        yield connection
        raise _Undo


@dataclass(frozen=True, slots=True)
class Pick:
    """How to come to a slot."""

    how: str
    number: int
    practitioner: int
    visit_type: int
    same_person: bool
    shift: int  # Minutes
    longer: int  # Minutes


picks = st.builds(
    Pick,
    how=st.sampled_from(["listed", "listed", "beside", "anywhere"]),
    number=st.integers(0, 11),
    practitioner=st.integers(0, 2),
    visit_type=st.sampled_from([0, 0, 0, 1, 1, 2, 3]),
    same_person=st.booleans(),
    shift=st.sampled_from([0] * 28 + [20, 20, -20, -20, 10, -10, 5, 30]),
    longer=st.sampled_from([0] * 18 + [5, 20]),
)
patient_numbers = st.integers(0, 3)
# None: nobody was asked in a conversation.
conversation_numbers = st.sampled_from([None, 0, 1])
roles = st.sampled_from(["patient"] * 6 + ["staff"] * 4 + ["override"] * 2 + ["pretender"])
mostly_staff = st.sampled_from(["staff"] * 7 + ["patient"])
limits = st.sampled_from([None, None, None, 1, 2, 3])
staleness = st.sampled_from([False] * 7 + [True])
MOVABLE = ("pending", "scheduled", "confirmed")
MISSED = ("no_show", "cancelled")
any_visit = st.sampled_from([0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 15, 20])
# Whoever acts may have seen an older version.
versions_back = st.sampled_from([0] * 9 + [1])


class CalendarMachine(RuleBasedStateMachine):
    """What all steps have in common."""

    def __init__(self, database: Database, crowd: Crowd) -> None:
        super().__init__()
        self.crowd = crowd
        self.now = START
        self._stack = ExitStack()
        self.connection = self._stack.enter_context(undone(database))
        self.clinic = Rows.read(self.connection)
        rows = self.connection.execute(select(patients))
        self.people = {row.id: row for row in rows}
        self.record = Record()
        self.catalogue = self.stale = load_catalogue(self.connection, now=self.now)
        # Whether staff had overridden the rules, by appointment and version.
        self.overridden: dict[tuple[int, int], bool] = {}
        # Conversation -> what was last asked there, by which patient, and the visit it would move.
        self.asked: dict[int, tuple[Slot, int, int | None]] = {}

    def teardown(self) -> None:
        self._stack.close()

    @invariant()
    def everything_is_whole(self) -> None:
        assert_whole(self.record)

    @property
    def world(self) -> World:
        return World(self.now, self.clinic, self.record.visits, self.record.forgiven, self.people)

    def offered(self, *, is_stale: bool = False) -> Catalogue:
        """What this process knows of the clinic; a stale copy is some steps old."""
        if is_stale:
            return self.stale
        self.catalogue = current(self.connection, self.catalogue, now=self.now)
        return self.catalogue

    def attempt(
        self,
        what: str,
        act: Callable[[], T],
        reasons: set[str],
        *,
        actor: Actor,
        is_stale: bool = False,
    ) -> T | None:
        """Do it, unless one of the reasons speaks against it; whoever knows a stale clinic may
        also be refused for what was true then. Return what came of it, None when refused."""
        before = self.record
        try:
            done = act()
        except ClinicError as error:
            name = type(error).__name__
            note(f"{self.now:%a %d %H:%M} {what}: {name}; true: {sorted(reasons)}")
            assert self.record.read(self.connection).is_as(before), f"{name}, and yet a change"
            assert name in reasons or is_stale, f"{name} is not true, but {sorted(reasons)}"
            return None
        note(f"{self.now:%a %d %H:%M} {what}: {done}")
        assert not reasons, f"granted in spite of {sorted(reasons)}"
        self.record = before.read(self.connection)
        for visit in self.record.visits.values():
            self.overridden[visit.id, visit.version] = visit.override_reason is not None
        kind = (actor.kind.value, actor.id)
        changed = assert_step_recorded(before, self.record, self.now, kind)
        meant = done.appointment if isinstance(done, Undone) else done
        self._only_holds_ended(before, changed, getattr(meant, "id", None))
        return done

    def _only_holds_ended(self, before: Record, changed: list[int], meant: int | None) -> None:
        """What changed beside what was meant were holds, of the asker or over."""
        for key in changed:
            if key != meant:
                assert before.visits[key].status == "held"
                assert self.record.visits[key].status == "expired"

    def slot(self, pick: Pick, patient_id: int, *, for_staff: bool = False) -> Slot:
        """Return what the pick comes to: as a rule something that somebody might want."""
        practitioner_id = self.crowd.practitioners[pick.practitioner]
        visit_type_id = self.offer(pick, practitioner_id)
        slot = None
        if pick.how == "listed":
            slot = self._listed(pick, practitioner_id, visit_type_id, patient_id, for_staff)
        elif pick.how == "beside" and self.record.visits:
            visits = list(self.record.visits.values())
            near = visits[-1 - pick.number % len(visits)]
            person = near.practitioner_id if pick.same_person else practitioner_id
            slot = Slot(person, near.location_id, visit_type_id, near.starts_at, near.ends_at)
        if slot is None:
            slot = self._anywhere(pick, practitioner_id, visit_type_id)
        starts_at = slot.starts_at + timedelta(minutes=pick.shift)
        length = self.length(slot, patient_id) + timedelta(minutes=pick.longer)
        return slot._replace(starts_at=starts_at, ends_at=starts_at + length)

    def offer(self, pick: Pick, practitioner_id: int) -> int:
        """Return a visit type: mostly one of those that the practitioner offers."""
        listed = self.clinic.all("practitioner_visit_types", practitioner_id=practitioner_id)
        if pick.how == "anywhere" or not listed:
            return self.crowd.visit_types[pick.visit_type]
        chosen: int = listed[pick.visit_type % len(listed)].visit_type_id
        return chosen

    def length(self, slot: Slot, patient_id: int) -> timedelta:
        usual = self.world.lengths(slot)
        return usual.known if self.world.knows(patient_id) else usual.new

    def _listed(
        self, pick: Pick, practitioner_id: int, visit_type_id: int, patient_id: int, staff: bool
    ) -> Slot | None:
        search = Search(
            practitioner_ids=frozenset({practitioner_id}),
            visit_type_id=visit_type_id,
            known_patient=self.world.knows(patient_id),
            limit=6,
        )
        found = self.find(search, for_staff=staff)
        return found[pick.number % len(found)] if found else None

    def _anywhere(self, pick: Pick, practitioner_id: int, visit_type_id: int) -> Slot:
        """Return a slot on one of the next days with hours of the practitioner, if there is any."""
        hours = self.clinic.all("schedules", practitioner_id=practitioner_id)
        row = hours[pick.number % len(hours)] if hours else self.clinic.tables["schedules"][0]
        day = self.clinic.day_of(self.now, row.location_id)
        day += timedelta(days=(row.weekday - day.weekday()) % 7)
        local = datetime.combine(day, row.starts, self.clinic.zone(row.location_id))
        starts_at = local.astimezone(UTC) + timedelta(minutes=20 * (pick.number % 4))
        return Slot(practitioner_id, row.location_id, visit_type_id, starts_at, starts_at)

    def find(self, search: Search, *, for_staff: bool) -> list[Slot]:
        return find_slots(
            self.connection,
            search,
            catalogue=self.offered(),
            now=self.now,
            for_staff=for_staff,
        )

    def wish(
        self,
        slot: Slot,
        role: str,
        patient_id: int | None,
        conversation: int | None,
        **changes: Any,
    ) -> Wish:
        return Wish(
            slot,
            patient_id=patient_id,
            conversation_id=self.conversation(conversation),
            is_staff=role in ("staff", "override"),
            overrides=role in ("override", "pretender"),
            **changes,
        )

    def conversation(self, number: int | None) -> int | None:
        return None if number is None else self.crowd.conversations[number]

    def actor(self, role: str, number: int) -> Actor:
        return RECEPTIONIST if role in ("staff", "override") else self.crowd.caller(number)

    def visit(self, number: int, *rather: str) -> Row[Any]:
        """Return one of the visits; for low numbers a late one with one of these statuses."""
        visits = sorted(
            self.record.visits.values(), key=lambda visit: (visit.status not in rather, -visit.id)
        )
        return visits[number % len(visits)]

    def has(self, *statuses: str) -> bool:
        return any(visit.status in statuses for visit in self.record.visits.values())

    def is_stored(self, visit: Appointment) -> Row[Any]:
        """Return the row, which is what was answered."""
        row = self.record.visits[visit.id]
        names = Appointment.__dataclass_fields__
        assert all(getattr(row, name) == getattr(visit, name) for name in names)
        return row

    def is_seated(self, row: Row[Any], *, overrides: bool) -> None:
        """The seat is one that the practitioner has, and the room one that the visit needs."""
        person = self.clinic.one("practitioners", row.practitioner_id)
        assert overrides or row.seat < person.capacity
        kind = self.clinic.one("visit_types", row.visit_type_id).resource_kind
        assert (row.resource_id is None) == (kind is None)
        if row.resource_id is not None:
            room = self.clinic.one("resources", row.resource_id)
            assert (room.kind, room.location_id, room.is_active) == (kind, row.location_id, True)
