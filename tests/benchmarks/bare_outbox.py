"""The yardstick: a table of reminders that two workers claim and mark, batch by batch, over the
driver, and nothing else. No conversation, no encryption, no rules, no provider.
"""

import sqlite3
import time
from typing import Any

import psycopg
from sqlalchemy.engine import URL

from core.database.connect import SQLITE_PRAGMAS

BATCH = 100
BODY = "You have a visit tomorrow at 10:20 with Dr. Lee"
DAY = 86_400


def connect(url: URL) -> Any:
    """In the mode that our own connections have."""
    if url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(url.database), isolation_level=None, timeout=60)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()
        return connection
    plain = url.set(drivername="postgresql", query={"host": url.query["host"]})
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def fill(url: URL, due: int, later: int) -> None:
    """So many that are due, and so many that are not."""
    connection, now = connect(url), time.time()
    is_sqlite = url.get_backend_name() == "sqlite"
    key = "INTEGER PRIMARY KEY" if is_sqlite else "BIGSERIAL PRIMARY KEY"
    connection.execute("DROP TABLE IF EXISTS bare_reminders")
    connection.execute(
        f"CREATE TABLE bare_reminders (id {key}, appt_id INT NOT NULL,"
        " due DOUBLE PRECISION NOT NULL, status TEXT NOT NULL, tries INT NOT NULL DEFAULT 0,"
        " body TEXT, sent DOUBLE PRECISION)"
    )
    rows = [(number, now - 10 - number % 997, "due", BODY) for number in range(due)]
    rows += [(number, now + DAY + number, "due", BODY) for number in range(later)]
    mark = "?" if is_sqlite else "%s"
    connection.execute("BEGIN")
    connection.cursor().executemany(
        "INSERT INTO bare_reminders (appt_id, due, status, body)"
        f" VALUES ({mark}, {mark}, {mark}, {mark})",
        rows,
    )
    connection.execute("COMMIT")
    connection.execute("CREATE INDEX bare_due ON bare_reminders (due) WHERE status = 'due'")
    connection.execute("ANALYZE bare_reminders")
    connection.close()


def empty(connection: Any) -> int:
    """Claim and mark until nothing is due; return how many that were."""
    done, now = 0, time.time()
    is_sqlite = isinstance(connection, sqlite3.Connection)
    mark, skip = ("?", "") if is_sqlite else ("%s", " FOR UPDATE SKIP LOCKED")
    due = f"SELECT id FROM bare_reminders WHERE status = 'due' AND due <= {mark}"
    claim = (
        "UPDATE bare_reminders SET status = 'sending', tries = tries + 1"
        f" WHERE id IN ({due} ORDER BY due LIMIT {BATCH}{skip}) RETURNING id, appt_id, body"
    )
    while rows := connection.execute(claim, (now,)).fetchall():
        if is_sqlite:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "UPDATE bare_reminders SET status = 'sent', sent = ? WHERE id = ?",
                [(now, row[0]) for row in rows],
            )
            connection.execute("COMMIT")
        else:
            connection.execute(
                "UPDATE bare_reminders SET status = 'sent', sent = %s WHERE id = ANY(%s)",
                (now, [row[0] for row in rows]),
            )
        done += len(rows)
    return done
