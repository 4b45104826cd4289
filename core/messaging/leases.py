"""Who alone may do a thing for a while: a row with a name, its holder and a term.

No session-level lock of the database: a pooler may stand between.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, update
from sqlalchemy.exc import IntegrityError

from core.database.savepoint import savepoint
from core.models.messaging import leases


def acquire(
    connection: Connection, *, name: str, holder: str, now: datetime, term: timedelta
) -> bool:
    """Take the lease, or prolong it if it is ours; False while somebody else holds it."""
    free = or_(leases.c.holder == holder, leases.c.until <= now)
    taken = update(leases).where(leases.c.name == name, free)
    if connection.execute(taken.values(holder=holder, until=now + term)).rowcount:
        return True
    try:
        with savepoint(connection):
            connection.execute(insert(leases).values(name=name, holder=holder, until=now + term))
    except IntegrityError:
        return False
    return True


def renew(
    connection: Connection, *, name: str, holder: str, now: datetime, term: timedelta
) -> bool:
    """Prolong a lease that is still ours; False if it ran out and somebody else took it."""
    ours = update(leases).where(leases.c.name == name, leases.c.holder == holder)
    return connection.execute(ours.values(until=now + term)).rowcount == 1


def release(connection: Connection, *, name: str, holder: str) -> None:
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
