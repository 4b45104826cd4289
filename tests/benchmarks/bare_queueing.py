"""The yardstick: what queueing a reminder must write, one transaction each, over the driver: the
reminder is read and marked, its conversation read and written, its message added. No rules, no
words, no encryption.
"""

from typing import Any

from sqlalchemy.engine import URL

from tests.benchmarks.bare_outbox import BODY, connect

STATE = "{" + "x" * 600 + "}"


def fill(url: URL, count: int) -> None:
    connection = connect(url)
    is_sqlite = url.get_backend_name() == "sqlite"
    mark = "?" if is_sqlite else "%s"
    key = "INTEGER PRIMARY KEY" if is_sqlite else "BIGSERIAL PRIMARY KEY"
    for name in ("bare_planned", "bare_conversations", "bare_queue"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute("CREATE TABLE bare_planned (id INT PRIMARY KEY, message INT)")
    connection.execute("CREATE TABLE bare_conversations (id INT PRIMARY KEY, state TEXT)")
    connection.execute(f"CREATE TABLE bare_queue (id {key}, conversation INT, body TEXT)")
    connection.execute("BEGIN")
    cursor = connection.cursor()
    rows = [(number,) for number in range(count)]
    cursor.executemany(f"INSERT INTO bare_planned (id) VALUES ({mark})", rows)
    cursor.executemany(f"INSERT INTO bare_conversations (id) VALUES ({mark})", rows)
    connection.execute("COMMIT")
    connection.close()


def queue(url: URL, numbers: range) -> None:
    connection = connect(url)
    is_sqlite = url.get_backend_name() == "sqlite"
    mark, lock = ("?", "") if is_sqlite else ("%s", " FOR UPDATE")
    for number in numbers:
        connection.execute("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
        for table in ("bare_conversations", "bare_planned"):
            query = f"SELECT * FROM {table} WHERE id = {mark}{lock}"
            connection.execute(query, (number,)).fetchone()
        message = _add(connection, mark, number)
        write = f"UPDATE bare_conversations SET state = {mark} WHERE id = {mark}"
        connection.execute(write, (STATE, number))
        settle = f"UPDATE bare_planned SET message = {mark} WHERE id = {mark}"
        connection.execute(settle, (message, number))
        connection.execute("COMMIT")
    connection.close()


def _add(connection: Any, mark: str, number: int) -> int:
    insert = f"INSERT INTO bare_queue (conversation, body) VALUES ({mark}, {mark}) RETURNING id"
    row: tuple[int] = connection.execute(insert, (number, BODY)).fetchone()
    return row[0]
