"""When each tick of the workers last ran: what `serve`, `/metrics` and staff look at."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.database.savepoint import savepoint
from core.models.messaging import ticks


@dataclass(frozen=True, slots=True)
class Run:
    """A tick as it was last noted. `handled`: by all workers, since there is the database."""

    name: str
    ran_at: datetime
    handled: int


def record(connection: Connection, *, name: str, ran_at: datetime, handled: int) -> None:
    """Note that the tick ran, and how much more it has handled."""
    values = {"ran_at": ran_at, "handled": ticks.c.handled + handled}
    if connection.execute(update(ticks).where(ticks.c.name == name).values(values)).rowcount:
        return
    try:
        with savepoint(connection):
            first = {"name": name, "ran_at": ran_at, "handled": handled}
            connection.execute(insert(ticks).values(first))
    except IntegrityError:
        pass  # Another worker has just noted its first; that says the same.


def runs(connection: Connection) -> list[Run]:
    rows = connection.execute(select(ticks.c.name, ticks.c.ran_at, ticks.c.handled))
    return [Run(*row) for row in rows]


def last_ran(connection: Connection) -> dict[str, datetime]:
    return {run.name: run.ran_at for run in runs(connection)}
