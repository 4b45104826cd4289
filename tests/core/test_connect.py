"""How databases are opened: what a URL may say, and what a lost connection means."""

from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy.exc import DBAPIError

from core.database.connect import Database, normalise_url
from core.database.guards import worth_repeating
from core.database.writer_lock import WriterLock


def test_a_connection_that_the_server_closed_is_worth_another_try(
    postgresql_database: Database,
) -> None:
    with postgresql_database.reading() as connection:
        process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    killer = Database(postgresql_database.url, postgresql_database.keyring)
    with killer.reading() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({process})")
    killer.dispose()
    with pytest.raises(DBAPIError) as lost, postgresql_database.transaction() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert worth_repeating(lost.value)
    with postgresql_database.transaction() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_an_error_in_a_statement_is_not(postgresql_database: Database) -> None:
    with pytest.raises(DBAPIError) as wrong, postgresql_database.transaction() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
    assert not worth_repeating(wrong.value)


@pytest.mark.parametrize(("asked", "threshold"), [("", None), ("prepare_threshold=5", 5)])
def test_statements_stay_prepared_only_where_the_url_says_so(
    postgresql_database: Database, asked: str, threshold: int | None
) -> None:
    url = postgresql_database.url.update_query_string(asked)
    database = Database(url, postgresql_database.keyring)
    with database.reading() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.prepare_threshold == threshold
    database.dispose()


@pytest.mark.parametrize("value", ["often", "-1", "1.5"])
def test_a_threshold_that_is_no_number_is_named(value: str) -> None:
    with pytest.raises(ValueError, match="prepare_threshold"):
        normalise_url(f"postgresql://localhost/clinic?prepare_threshold={value}")


def test_a_writer_who_waits_too_long_hears_that_the_database_is_locked(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "clinic.db", timeout=0.05)
    heard: list[DBAPIError] = []

    def write() -> None:
        try:
            with lock():
                pass
        except DBAPIError as error:
            heard.append(error)

    with lock():
        waiting = Thread(target=write)
        waiting.start()
        waiting.join()
    (late,) = heard
    assert worth_repeating(late)
    write()  # Who gave up waiting is not handed the lock afterwards.
    assert heard == [late]
