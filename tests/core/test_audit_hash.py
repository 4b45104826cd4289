"""The hash of an entry is over all that it says: whatever is written is intact, and no change of it
goes unnoticed."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from core import audit
from core.audit import Fault, Verdict, Who, record, verify
from core.database.connect import Database
from core.database.types import keyring_of
from core.models import audit_log
from core.models.audit import REASON, AuditActor
from tests.builders import NOW
from tests.core.tampering import CHANGES, drop_guards, entry
from tests.core.test_audit import ANNA

SECOND = timedelta(seconds=1)


def test_each_column_is_part_of_what_the_hash_is_over() -> None:
    """One that is added later must not be left out."""
    assert {*audit._HASHED, "hash"} == {column.name for column in audit_log.c}


def test_every_column_was_changed() -> None:
    assert {*CHANGES, "id"} == {column.name for column in audit_log.c}


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
_ids = st.sets(st.integers(1, 2**63 - 1), max_size=3)
_whos = st.builds(
    Who,
    st.sampled_from(AuditActor),
    _texts,
    st.none() | st.integers(1, 2**63 - 1),
    *[st.none() | _texts] * 5,
)
_entries = st.tuples(_whos, _texts, _texts, _ids, _ids, st.none() | _texts, st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(_entries, min_size=1, max_size=4), st.data())
def test_any_entries_are_intact_and_any_change_is_found(
    database: Database, written: list[Any], data: st.DataObject
) -> None:
    with database.engine.connect() as connection:  # Never committed.
        for number, (who, action, resource, ids, patients, reason, sensitive) in enumerate(written):
            record(
                connection,
                who,
                action,
                resource,
                ids,
                patients=patients,
                reason=reason,
                is_sensitive=sensitive,
                now=NOW + number * SECOND,
            )
        assert verify(connection) == Verdict(len(written))
        drop_guards(connection)
        number = data.draw(st.integers(1, len(written)))
        column = data.draw(st.sampled_from(sorted(CHANGES)))
        value = CHANGES[column]
        if stored(connection, number, column) == value:
            return
        connection.execute(entry(number, **{column: value}))
        assert verify(connection) == Verdict(number, number, Fault.CHANGED)


def stored(connection: Connection, number: int, column: str) -> Any:
    return connection.scalar(select(audit_log.c[column]).where(audit_log.c.id == number))


def test_two_different_entries_never_look_alike_to_the_hash() -> None:
    """Where one word ends and the next begins is part of it."""
    one, other = ({**dict.fromkeys(audit._HASHED)} for _ in range(2))
    one |= {"username": "ann", "role": "aadmin"}
    other |= {"username": "anna", "role": "admin"}
    assert audit._serialized(one) != audit._serialized(other)
    nothing, word = dict.fromkeys(audit._HASHED), dict.fromkeys(audit._HASHED) | {"ip": "null"}
    assert audit._serialized(nothing) != audit._serialized(word)


def test_the_place_of_the_reason_is_the_columns(connection: Connection) -> None:
    """`verify` decrypts it by itself."""
    record(connection, ANNA, "looked", "day", [], reason="because", now=NOW)
    kept = connection.scalar(text("SELECT reason FROM audit_log"))
    assert keyring_of(connection.dialect).decrypt(bytes(kept or b""), REASON) == "because"
