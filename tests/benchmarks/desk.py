"""Our side of search and booking: the public functions, as a process that serves calls them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from sqlalchemy import event

from core.database.connect import Database
from core.models.appointments import ActorKind
from core.scheduling.appointments import Actor, Appointment
from core.scheduling.availability import Search, Slot, Window, find_slots
from core.scheduling.booking import book
from core.scheduling.loading import current, load_catalogue

PATIENT = Actor(ActorKind.PATIENT, 1, "sms")
OPEN_VISITS = 5


class Desk:
    """One process's copy of the catalogue, over a database with the busy clinic.

    A search asks the database first whether the catalogue is still what the clinic offers, which is
    part of what it costs; a booking asks by itself.
    """

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now
        with database.reading() as connection:
            self._catalogue = load_catalogue(connection, now=now)

    def find(self, search: Search) -> list[Slot]:
        with self.database.reading() as connection:
            self._catalogue = current(connection, self._catalogue, now=self.now)
            return find_slots(connection, search, catalogue=self._catalogue, now=self.now)

    def book(self, slot: Slot, patient_id: int) -> Appointment:
        """Book in a transaction of its own; raises what `book` raises."""
        with self.database.transaction() as connection:
            return book(
                connection,
                slot,
                patient_id=patient_id,
                actor=PATIENT,
                now=self.now,
                catalogue=self._catalogue,
                open_visits_limit=OPEN_VISITS,
            )


class BusyDesk(Desk):
    """A desk of the busy clinic, as of a day; newcomers are patients without a visit."""

    def __init__(
        self, database: Database, now: datetime, today: date, newcomer_ids: Sequence[int]
    ) -> None:
        super().__init__(database, now)
        self.today = today
        self.newcomer_ids = newcomer_ids

    def free_slots(
        self, practitioner_id: int | None, days: int, limit: int | None = None
    ) -> list[Slot]:
        """Return what is free from tomorrow on; None is anyone."""
        wanted = None if practitioner_id is None else frozenset({practitioner_id})
        first = self.today + timedelta(days=1)
        window = Window(first, first + timedelta(days=days - 1))
        return self.find(Search(practitioner_ids=wanted, windows=(window,), limit=limit))


@contextmanager
def counted_queries(database: Database) -> Iterator[list[str]]:
    """Yield a list that gets each query of this block; BEGIN and its like are none."""
    queries: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            queries.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield queries
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
