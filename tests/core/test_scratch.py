"""A scratch copy: the same schema, guards and rows in a file of its own, which goes away."""

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from core.database.connect import Database
from core.database.guards import PATIENT_BUSY, SLOT_TAKEN, missing_guards
from core.database.migrate import is_current
from core.database.scratch import scratch_copy
from core.models import specialties
from tests.builders import NOW, a_clinic

SKIN = {
    "code": "skin",
    "names": "{}",
    "words": "{}",
    "is_active": True,
    "created_at": NOW,
    "updated_at": NOW,
}


@pytest.fixture
def original(sqlite_database: Database) -> Database:
    with sqlite_database.transaction() as connection:
        a_clinic(connection)
    return sqlite_database


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder where nobody else's files lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def codes(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.scalars(select(specialties.c.code)))


def test_a_copy_has_the_schema_the_guards_and_the_rows(original: Database) -> None:
    with scratch_copy(original) as copy:
        assert copy.url != original.url
        assert codes(copy) == codes(original) != set()
        with copy.reading() as connection:
            assert is_current(connection)
            assert missing_guards(connection) == []


def test_what_is_written_to_the_copy_stays_there_and_the_other_way_round(
    original: Database,
) -> None:
    before = codes(original)
    with scratch_copy(original) as copy:
        with copy.transaction() as connection:
            connection.execute(insert(specialties).values(SKIN))
        assert codes(original) == before
        assert codes(copy) == before | {"skin"}
        with original.transaction() as connection:
            connection.execute(insert(specialties).values(SKIN | {"code": "bones"}))
        assert codes(copy) == before | {"skin"}
    assert codes(original) == before | {"bones"}


def test_a_copy_lacks_the_guards_that_it_shall_lack_and_no_other(original: Database) -> None:
    with scratch_copy(original, without=[SLOT_TAKEN]) as copy, copy.reading() as connection:
        assert missing_guards(connection) == [f"{SLOT_TAKEN}_insert", f"{SLOT_TAKEN}_update"]
    with (
        scratch_copy(original, without=[SLOT_TAKEN, PATIENT_BUSY]) as copy,
        copy.reading() as connection,
    ):
        assert len(missing_guards(connection)) == 4
    with original.reading() as connection:
        assert missing_guards(connection) == []


def test_nobody_waits_for_a_copy_and_what_is_half_written_is_not_in_it(original: Database) -> None:
    with original.transaction() as writing:
        writing.execute(insert(specialties).values(SKIN))
        with scratch_copy(original) as copy:
            assert "skin" not in codes(copy)


@pytest.mark.parametrize("ending", [None, ZeroDivisionError, KeyboardInterrupt])
def test_a_copy_goes_away_however_it_ends(
    original: Database, temporary: Path, ending: type[BaseException] | None
) -> None:
    def use() -> None:
        with scratch_copy(original) as copy:
            with copy.transaction() as connection:
                connection.execute(insert(specialties).values(SKIN))
            assert list(temporary.iterdir()) != []
            if ending is not None:
                raise ending

    if ending is None:
        use()
    else:
        with pytest.raises(ending):
            use()
    assert list(temporary.iterdir()) == []


def test_only_an_sqlite_file_can_be_copied(postgresql_database: Database) -> None:
    with pytest.raises(ValueError, match="SQLite"), scratch_copy(postgresql_database):
        pass
