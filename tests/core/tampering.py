"""How somebody alters the audit log who may do all with the database, but has no SECRET_KEY."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, text, update

from core.audit import Verdict, verify
from core.database.connect import Database
from core.database.types import give_keyring, keyring_of
from core.models import audit_log, audit_patients
from tests.builders import NOW


def drop_guards(connection: Connection) -> None:
    """Take away what refuses changes of the audit log, and foreign keys, until the end of the
    transaction, which is not to be committed."""
    if connection.dialect.name == "postgresql":
        for table in ("audit_log", "audit_patients"):
            connection.execute(text(f"DROP TRIGGER append_only_{table} ON {table}"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for table in ("audit_log", "audit_patients"):
        for moment in ("insert", "update", "delete"):
            connection.execute(text(f"DROP TRIGGER append_only_{table}_{moment}"))
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))


Tampering = Callable[[Connection], None]


def verdict_after(log: Database, tampering: Tampering) -> Verdict:
    with log.engine.connect() as connection:  # Never committed.
        drop_guards(connection)
        tampering(connection)
        return verify(connection)


def doing(*statements: Any) -> Tampering:
    def tamper(connection: Connection) -> None:
        for statement in statements:
            assert connection.execute(statement).rowcount

    return tamper


def entry(number: int, **values: object) -> Any:
    return update(audit_log).where(audit_log.c.id == number).values(values)


def cut_off(number: int) -> list[Any]:
    return [
        delete(audit_patients).where(audit_patients.c.audit_id >= number),
        delete(audit_log).where(audit_log.c.id >= number),
    ]


@contextmanager
def keys(connection: Connection, **changes: Any) -> Iterator[None]:
    ours = keyring_of(connection.dialect)
    give_keyring(connection.dialect, replace(ours, **changes))
    try:
        yield
    finally:
        give_keyring(connection.dialect, ours)


# Column -> what it is changed to; never what the tests have written there.
CHANGES: dict[str, object] = {
    "at": NOW + timedelta(microseconds=1),
    "actor": "operator",
    "staff_id": 8,
    "username": None,
    "role": "admin",
    "action": "looked",
    "resource": "things",
    "ids": "[1, 2]",
    "patients": "[11]",
    "reason": "asked in person",  # By somebody who has ENCRYPTION_KEY, but not SECRET_KEY.
    "channel": "web",
    "ip": "192.0.2.2",
    "user_agent": "",
    "session": "x1y3",
    "is_sensitive": True,
    "hash": bytes(32),
}
