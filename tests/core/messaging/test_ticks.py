from datetime import datetime, timedelta

from sqlalchemy import select

from core import models
from core.database.connect import Database
from core.messaging import ticks


def test_the_last_run_of_each_tick_is_kept(database: Database, now: datetime) -> None:
    later = now + timedelta(seconds=5)
    with database.transaction() as connection:
        ticks.record(connection, name="deliver", ran_at=now, handled=3)
        ticks.record(connection, name="tidy_holds", ran_at=now, handled=0)
        ticks.record(connection, name="deliver", ran_at=later, handled=1)
    with database.reading() as connection:
        assert ticks.last_ran(connection) == {"deliver": later, "tidy_holds": now}
        rows = connection.execute(select(models.ticks.c.name, models.ticks.c.handled)).all()
    assert dict(map(tuple, rows)) == {"deliver": 1, "tidy_holds": 0}
