"""When each tick of the workers last ran: what `serve`, `/metrics` and staff look at."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.database.savepoint import savepoint
from core.models.messaging import ticks


def record(connection: Connection, *, name: str, ran_at: datetime, handled: int) -> None:
    """Note that the tick ran, and how much it has handled since the note before."""
    values = {"ran_at": ran_at, "handled": handled}
    if connection.execute(update(ticks).where(ticks.c.name == name).values(values)).rowcount:
        return
    try:
        with savepoint(connection):
            connection.execute(insert(ticks).values(name=name, **values))
    except IntegrityError:
        pass  # Another worker has just noted its first; that says the same.


def last_ran(connection: Connection) -> dict[str, datetime]:
    return {row.name: row.ran_at for row in connection.execute(select(ticks))}
