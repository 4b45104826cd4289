from datetime import datetime, timedelta

from core.database.connect import Database
from core.messaging import ticks


def test_of_each_tick_its_last_run_is_kept_and_all_it_has_handled(
    database: Database, now: datetime
) -> None:
    later = now + timedelta(seconds=5)
    with database.transaction() as connection:
        ticks.record(connection, name="deliver", ran_at=now, handled=3)
        ticks.record(connection, name="tidy_holds", ran_at=now, handled=0)
        ticks.record(connection, name="deliver", ran_at=later, handled=1)
    with database.reading() as connection:
        assert ticks.last_ran(connection) == {"deliver": later, "tidy_holds": now}
        runs = ticks.runs(connection)
    assert {run.name: run.handled for run in runs} == {"deliver": 4, "tidy_holds": 0}
