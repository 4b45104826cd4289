"""Every level of trust says everything there is to say, to a clinic that has a rich record of the
patient and to one that has none: who may not see it reads the same, word for word.

In the clinic without the record all its visits are somebody else's, so that the calendars are the
same. The walk can fail: at the levels that may see, it finds what it looks for.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.messages import Channel
from bot.speaking import Handled
from core.database.connect import Database
from core.database.types import keyring_of
from core.models import addresses, patient_addresses, patients, visit_types
from core.models.appointments import AppointmentStatus
from core.models.people import AddressState, Standing, Trust
from core.people.names import fold
from tests.bot.talking import OURS, Patient, text_of
from tests.builders import (
    NOW,
    a_clinic,
    a_conversation,
    a_link,
    a_patient,
    an_address,
    an_appointment,
)

BORN = date(1985, 3, 12)
WRITER = "+14155550123"
NAME = "Rosalind Hartwell"
PLAIN, SECRET = "Dec 3", "Dec 9"  # The days of a visit of hers, and of a confidential one.
# No word of these may be read by who may not see: people whom only her record names.
OTHERS = ("Percival", "Gwendolyn", "Ashdown")
CLAIM = (NAME, "12 March 1985")
SELF = ("register me", *CLAIM)
RELATION = ("register my partner", *CLAIM)
BEFORE = ("hi", "am I registered?", "yes", *CLAIM, "123456", "skip")
TASKS = (
    "my visits",
    "no thanks",
    "verify me",
    "000000",
    "skip",
    "what data do you keep of me?",
    "cancel my visit",
    "move my visit with dr okafor",
    "no",
    "I confirm my appointment",
    "I'm here",
    "running 10 minutes late",
    "am I on the waitlist?",
    "dr okafor tomorrow at 10am",
    "1",
    "yes",
    "same as last time",
    "start over",
    "my usual doctor tuesday",
    "start over",
    "a check-up on friday for {who}",
    "1",
    "yes",
    "dr patel thursday at 2pm",
    "1",
    "yes",
    "dr patel friday at 2pm",
    "1",
    "no thanks",
    "start over",
    "my visits",
    "cancel the visit on friday",
    "yes",
    "undo",
    "who am I talking to?",
    "verify me",
    "111111",
    "222222",
    "333333",
    "verify me",
    "who is this?",
    "wrong number",
    "my visits",
    *SELF,
    "my visits",
    "she died",
    "my visits",
)


@dataclass(frozen=True)
class Level:
    """How an address stands to the patient before anything is said, and what it says of itself."""

    link: dict[str, Any] | None = None
    standing: Standing = Standing.ACTIVE
    says: tuple[str, ...] = SELF


NOTHING = {
    "stranger": Level(),
    "given": Level({"trust": Trust.GIVEN}),
    "claimed": Level(says=(*SELF, *BEFORE)),
    "claimed relation": Level(says=RELATION),
    "suspended": Level({"suspended_at": NOW}),
    "barred": Level({"is_barred": True}),
    "may not book": Level({"may_book": False}),
    "ended": Level({"until": NOW}),
    "not yet": Level({"since": NOW + timedelta(days=9)}),
    "blocked": Level(standing=Standing.BLOCKED),
    "deceased": Level(standing=Standing.DECEASED),
    "restricted": Level(standing=Standing.RESTRICTED),
}
# Where the address is proved for a person, it is so in both clinics; only one has seen the person.
WITHOUT_SIGHT = Level({"relation": "partner", "may_see": False}, says=())
PROVED, RELATIVE = Level({}, says=()), Level({"relation": "partner"}, says=())


def _a_world(connection: Connection, level: Level, *, exists: bool) -> None:
    clinic = a_clinic(connection)
    connection.execute(update(visit_types).values(minutes_new_patient=40))
    connection.execute(update(patients).values(is_active=False))  # The builders' own.
    somebody = a_patient(
        connection, "Gwendolyn", last_name="Ashdown", search_name="gwendolyn ashdown"
    )
    her = _a_record(connection, level) if exists else somebody
    for starts_at, changes in _visits():
        an_appointment(
            connection,
            patient_id=her,
            practitioner_id=clinic.okafor_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=starts_at,
            booked_by_address_id=clinic.address_id,
            **changes,
        )
    proved = level in (PROVED, RELATIVE, WITHOUT_SIGHT)
    if not exists and proved:
        her = _a_record(connection, level)
    if level.link is not None and (exists or proved):
        a_link(connection, her, _writer(connection), **level.link)
    if exists:  # Where a code is sent to, and who else is hers.
        other = an_address(connection)
        a_conversation(connection, other)
        a_link(connection, her, other)
        child = a_patient(connection, "Percival", last_name="Hartwell")
        a_link(connection, child, other, relation="son")
        if level not in (PROVED, RELATIVE, WITHOUT_SIGHT):
            _a_record(connection, level)  # A second one of that very name and birth date.


def _a_record(connection: Connection, level: Level) -> int:
    first, last = NAME.split()
    return a_patient(
        connection,
        first,
        last_name=last,
        search_name=fold(NAME),
        date_of_birth=BORN,
        standing=level.standing,
    )


def _visits() -> Sequence[tuple[datetime, dict[str, Any]]]:
    ahead = datetime.fromisoformat("2026-12-03T15:20-08:00")
    secret = datetime.fromisoformat("2026-12-09T11:40-08:00")
    past = [NOW - timedelta(days=days) for days in (30, 200)]
    over = {"status": AppointmentStatus.COMPLETED}
    missed = {"status": AppointmentStatus.NO_SHOW}
    return [
        (ahead, {}),
        (secret, {"is_confidential": True}),
        (past[0], over),
        (past[1], missed),
    ]


def _writer(connection: Connection) -> int:
    digest = keyring_of(connection.dialect).hash_address(("sms", WRITER))
    values = {"channel": "sms", "address": WRITER, "address_hash": digest}
    times = {"created_at": NOW, "updated_at": NOW, "last_heard_at": NOW}
    made = insert(addresses).returning(addresses.c.id)
    key: int = connection.execute(made, values | times | {"state": AddressState.GOOD}).scalar_one()
    a_conversation(connection, key, our_address=OURS)
    return key


def _walk(database: Database, level: Level, *, exists: bool, says: Sequence[str] = ()) -> list[str]:
    """Return all that is read, message by message."""
    with database.transaction() as connection:
        _a_world(connection, level, exists=exists)
    writer = Patient(database, Channel.SMS, WRITER)
    who = "my partner" if level in (RELATIVE, WITHOUT_SIGHT) or level.says == RELATION else "me"
    read = []
    for text in (*level.says, *(says or TASKS)):
        writer.clock.passes(seconds=40)
        read.append(f"> {text}\n{_shown(writer.says(text.format(who=who)))}")
    return read


def _shown(handled: Handled) -> str:
    labels = [choice.label for reply in handled.replies for choice in reply.choices]
    return f"{text_of(handled)}\n{labels} {handled.task} {handled.asked}"


@pytest.fixture
def two(
    sqlite_database: Database, tmp_path: Any, sqlite_template: Any
) -> tuple[Database, Database]:
    """Two empty databases, one for each clinic."""
    path = tmp_path / "other.db"
    shutil.copyfile(sqlite_template, path)
    return sqlite_database, Database(f"sqlite:///{path}", sqlite_database.keyring)


@pytest.mark.parametrize("name", NOTHING)
def test_who_may_not_see_it_reads_the_same_as_if_there_were_no_record(
    two: tuple[Database, Database], name: str
) -> None:
    level = NOTHING[name]
    with_record = _walk(two[0], level, exists=True)
    assert with_record == _walk(two[1], level, exists=False)
    assert not any(word in text for text in with_record for word in (PLAIN, SECRET, *OTHERS))


CORRECTIONS = (
    "the birth date is 13 March 1985",
    "it's Hartwood, not Hartwell",
    "register my partner",
    *CLAIM,
    "the birth date is 13 March 1985",
    "the birth date is 12 March 1985",
    "my visits",
    "dr okafor tuesday at 10am",
    "it's Hartwill",
    "yes",
    "the birth date is wrong, it's 14 March 1985",
    "no wait, it's for my daughter",
    "Ann Hartwell 2 June 2018",
    "yes",
    "i need an appointment",
    "my visits",
)


def test_what_is_put_right_reads_the_same_with_and_without_a_record(
    two: tuple[Database, Database],
) -> None:
    level = NOTHING["given"]
    with_record = _walk(two[0], level, exists=True, says=CORRECTIONS)
    assert with_record == _walk(two[1], level, exists=False, says=CORRECTIONS)
    assert any("noted" in text for text in with_record)


def test_a_relative_without_the_right_to_see_reads_nothing_of_it(
    two: tuple[Database, Database],
) -> None:
    with_record = _walk(two[0], WITHOUT_SIGHT, exists=True)
    assert with_record == _walk(two[1], WITHOUT_SIGHT, exists=False)
    assert not any(word in text for text in with_record for word in (PLAIN, SECRET, *OTHERS))


def test_control_a_relative_with_the_right_reads_all_but_the_confidential(
    sqlite_database: Database,
) -> None:
    read = "\n".join(_walk(sqlite_database, RELATIVE, exists=True, says=("my visits",)))
    assert PLAIN in read
    assert SECRET not in read


def test_control_the_patient_reads_it_all(two: tuple[Database, Database]) -> None:
    read = _walk(two[0], PROVED, exists=True)
    assert PLAIN in read[0]
    assert SECRET in read[0]
    assert read != _walk(two[1], PROVED, exists=False)
    # After "wrong number" it is as if they had never been here.
    after = "\n".join(read[TASKS.index("wrong number") + 1 :])
    assert PLAIN not in after
    assert SECRET not in after


def test_the_walk_says_something_of_every_task(sqlite_database: Database) -> None:
    """The control of the script: what it says is understood."""
    read = _walk(sqlite_database, NOTHING["stranger"], exists=True)
    begun = {line.split("] ")[-1].split(" ")[0] for line in read}
    assert {"book", "verify", "register"} <= begun
    assert sum("didn't get" in text for text in read) <= 2
    with sqlite_database.reading() as connection:
        kinds = {row.trust for row in connection.execute(select(patient_addresses))}
    assert "claimed" in kinds
