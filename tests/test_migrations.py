"""Migrations make exactly what the models declare; read from the databases themselves."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from core.database.connect import Database
from core.database.guards import missing_guards
from core.database.migrate import FOLDER, current_revision, is_current, newest_revision, upgrade
from core.database.types import give_keyring
from core.keys import Keyring
from core.models import appointments, locations, metadata, name_words, visit_types
from tests.builders import NOW, a_clinic, an_appointment

Schema = dict[str, str]
MakeDatabase = Callable[[], Database]
_numbers = count(1)

# What PostgreSQL itself says of each thing: (what it is, its name, its definition).
POSTGRESQL_SCHEMA = (
    """SELECT 'column', table_name || '.' || column_name, concat_ws(' ', ordinal_position,
        data_type, character_maximum_length, numeric_precision, datetime_precision, collation_name,
        'nullable', is_nullable, 'default', column_default, 'identity', identity_generation)
       FROM information_schema.columns WHERE table_schema = 'public'""",
    """SELECT 'constraint', conrelid::regclass || '.' || conname,
        contype::text || ' ' || pg_get_constraintdef(oid)
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    """SELECT 'index', tablename || '.' || indexname, indexdef
       FROM pg_indexes WHERE schemaname = 'public'""",
    """SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
       FROM pg_trigger WHERE NOT tgisinternal""",
    """SELECT 'function', proname, prosrc FROM pg_proc
       WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
           SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')""",
    "SELECT 'extension', extname, '' FROM pg_extension",
)
# A column that was added later stands elsewhere in the text of its table: what counts is its parts.
_TABLES = "SELECT name AS t FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
SQLITE_SCHEMA = (
    f"""SELECT 'column', t || '.' || c.name,
        printf('%d %s not null %d default %s key %d', cid, c.type, "notnull", dflt_value, pk)
       FROM ({_TABLES}), pragma_table_xinfo(t) AS c""",
    f"""SELECT 'reference', t || '.' || "from", printf('%s %s %s', "table", "to", on_delete)
       FROM ({_TABLES}), pragma_foreign_key_list(t)""",
    f"""SELECT 'unique', t || '.' || (SELECT group_concat(name) FROM pragma_index_info(i.name)),
        i.partial FROM ({_TABLES}), pragma_index_list(t) AS i WHERE i."unique" """,
    """SELECT type, tbl_name || '.' || name, sql FROM sqlite_master
       WHERE type <> 'table' AND sql > ''""",
)


def schema_of(connection: Connection) -> Schema:
    """Return everything that the database holds but alembic's own table, by kind and name."""
    sqlite = connection.dialect.name == "sqlite"
    found = {
        f"{kind} {name}": re.sub(r"\s+", " ", str(definition)).strip()
        for query in (SQLITE_SCHEMA if sqlite else POSTGRESQL_SCHEMA)
        for kind, name, definition in connection.execute(text(query))
    }
    if sqlite:
        for table, definition in connection.execute(
            text(f"SELECT t, sql FROM ({_TABLES}) JOIN sqlite_master ON name = t")
        ):
            found |= {f"check {table}.{name}": what for name, what in checks_of(definition)}
    return {name: what for name, what in found.items() if " alembic_version." not in name}


def checks_of(definition: str) -> Iterator[tuple[str, str]]:
    """Yield each named check of a CREATE TABLE, with what stands in its parentheses."""
    for found in re.finditer(r"CONSTRAINT (\w+) CHECK \(", definition):
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(definition[end], 0)
            end += 1
        yield found[1], re.sub(r"\s+", " ", definition[found.end() : end - 1])


@pytest.fixture(params=["sqlite", "postgresql"])
def make_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeDatabase]:
    """Makes empty databases, without any table."""
    made: list[Database] = []

    def make() -> Database:
        name = f"empty_{next(_numbers)}"
        if request.param == "sqlite":
            database = Database(f"sqlite:///{tmp_path / name}.db", None)
        else:
            database = Database(_postgresql(request, name), None)
        made.append(database)
        return database

    yield make
    for database in made:
        database.dispose()


def _postgresql(request: pytest.FixtureRequest, name: str) -> URL:
    request.getfixturevalue("postgresql_template")  # The server is ready after this.
    server: URL = request.getfixturevalue("postgresql_server")
    server = server.set(drivername="postgresql+psycopg")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine.dispose()
    return server.set(database=name)


@pytest.fixture
def migrated(make_database: MakeDatabase) -> Database:
    database = make_database()
    upgrade(database)
    return database


def test_an_upgraded_database_is_what_the_models_declare(
    migrated: Database, make_database: MakeDatabase
) -> None:
    declared = make_database()
    with declared.transaction() as connection:
        metadata.create_all(connection)
        wanted = schema_of(connection)
    with migrated.reading() as connection:
        found = schema_of(connection)
    assert found == wanted
    assert len(found) > len(metadata.tables)


# Each does something to the schema that the comparison must not miss.
DAMAGE = {
    "sqlite": (
        "DROP TRIGGER slot_taken_update",
        "DROP TRIGGER patient_busy_insert",
        "DROP INDEX ix_appointments_live",
        "ALTER TABLE patients ADD COLUMN shoe_size INTEGER",
        "ALTER TABLE patients DROP COLUMN gender",
        "CREATE TRIGGER meddling AFTER INSERT ON patients BEGIN SELECT 1; END",
    ),
    "postgresql": (
        "ALTER TABLE appointments DROP CONSTRAINT slot_taken",
        "ALTER TABLE appointments DROP CONSTRAINT patient_busy",
        "ALTER TABLE appointments DROP CONSTRAINT ck_appointments_status",
        "ALTER TABLE appointments DROP CONSTRAINT fk_appointments_patient_id",
        "ALTER TABLE appointments ALTER COLUMN patient_id SET NOT NULL",
        "ALTER TABLE appointments ALTER COLUMN seat SET DEFAULT 1",
        "ALTER TABLE appointments ALTER COLUMN seat TYPE bigint",
        "ALTER TABLE messages DROP CONSTRAINT uq_messages_channel_direction_provider_id",
        "DROP INDEX ix_reminders_due",
        """CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'""",
        """CREATE TRIGGER meddling BEFORE INSERT ON patients
           FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
    ),
}


def test_the_comparison_notices_damage(migrated: Database) -> None:
    """The control: a comparison that can't fail proves nothing."""
    for statement in DAMAGE["sqlite" if migrated.is_sqlite else "postgresql"]:
        with migrated.engine.connect() as connection:
            intact = schema_of(connection)
            connection.exec_driver_sql(statement)
            assert schema_of(connection) != intact, statement
            connection.rollback()


def test_a_changed_guard_is_noticed(migrated: Database) -> None:
    """The text counts, not only the name."""
    with migrated.transaction() as connection:
        intact = schema_of(connection)
        if migrated.is_sqlite:
            trigger = intact["trigger appointments.slot_taken_insert"]
            connection.exec_driver_sql("DROP TRIGGER slot_taken_insert")
            connection.exec_driver_sql(trigger.replace("'held', ", "", 1))
        else:
            connection.exec_driver_sql("ALTER TABLE appointments DROP CONSTRAINT slot_taken")
            connection.exec_driver_sql(
                """ALTER TABLE appointments ADD CONSTRAINT slot_taken EXCLUDE USING gist (
                   practitioner_id WITH =, tstzrange(occupied_from, occupied_until) WITH &&)"""
            )
        assert schema_of(connection) != intact
        assert missing_guards(connection) == []


def test_a_database_knows_its_revision(make_database: MakeDatabase) -> None:
    database = make_database()
    with database.reading() as connection:
        assert current_revision(connection) is None
        assert not is_current(connection)
    upgrade(database)
    with database.reading() as connection:
        assert current_revision(connection) == newest_revision()
        assert is_current(connection)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert not is_current(connection)


def test_upgrading_twice_changes_nothing(migrated: Database) -> None:
    with migrated.reading() as connection:
        before = schema_of(connection)
    upgrade(migrated)
    with migrated.reading() as connection:
        assert schema_of(connection) == before
        assert missing_guards(connection) == []


def test_several_processes_may_upgrade_at_once(make_database: MakeDatabase) -> None:
    database = make_database()
    url = database.url.render_as_string(hide_password=False)
    program = (
        "from core.database.connect import Database; from core.database.migrate import upgrade;"
        f"upgrade(Database({url!r}, None))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    with database.reading() as connection:
        assert is_current(connection)


def test_an_upgrade_that_fails_leaves_nothing_behind(make_database: MakeDatabase) -> None:
    database = make_database()
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE tasks (id integer)"))  # Stands in the way.
        before = schema_of(connection)
    with pytest.raises(DBAPIError):
        upgrade(database)
    with database.reading() as connection:
        assert schema_of(connection) == before
        assert current_revision(connection) is None


def test_revisions_are_one_line_without_a_way_down() -> None:
    folder = Path(__file__).parents[1] / "core" / "migrations" / "versions"
    files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    for number, path in enumerate(files, 1):
        source = path.read_text()
        assert path.name.startswith(f"v{number:04}_")
        assert f'revision = "{number:04}"' in source
        assert "def downgrade" not in source
        assert not re.search(r"from core\.(?!database\.types )", source), "must stay as it was"


def test_an_older_database_keeps_what_it_holds(make_database: MakeDatabase) -> None:
    database = make_database()
    give_keyring(database.engine.dialect, Keyring.demo())
    with database.transaction() as connection:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        clinic = a_clinic(connection)
        starts_at = NOW + timedelta(days=1)
        an_appointment(
            connection,
            patient_id=clinic.patient_id,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=starts_at,
        )
        connection.execute(text("UPDATE locations SET parking = 'Behind the house: \"P\"'"))
        connection.execute(text("UPDATE visit_types SET preparation = 'Nothing.'"))
    upgrade(database)
    with database.reading() as connection:
        parking, directions = connection.execute(
            select(locations.c.parking, locations.c.directions)
        ).first() or ("", "")
        assert json.loads(parking) == {"en": 'Behind the house: "P"'}
        assert directions is None
        preparations = set(connection.scalars(select(visit_types.c.preparation)))
        assert {json.loads(each)["en"] for each in preparations} == {"Nothing."}
        kept = connection.execute(select(appointments.c.starts_at, appointments.c.patient_id)).one()
        assert tuple(kept) == (starts_at, clinic.patient_id)
        assert set(connection.scalars(select(name_words.c.word))) == {"maria", "lopez"}
        assert missing_guards(connection) == []
