"""What can be read of a database before its keys are known: is it migrated, is it a demo?"""

from sqlalchemy import Connection, inspect, select

from core.database.connect import Database
from core.models import organizations


def is_migrated(connection: Connection) -> bool:
    return inspect(connection).has_table(organizations.name)


def is_demo(database_url: str) -> bool:
    """Tell whether the database holds a clinic that is marked as a demo (its keys are published).

    Raises sqlalchemy.exc.DBAPIError when the database can't be reached.
    """
    database = Database(database_url, None)
    try:
        with database.reading() as connection:
            if not is_migrated(connection):
                return False
            return bool(connection.scalar(select(organizations.c.is_demo)))
    finally:
        database.dispose()
