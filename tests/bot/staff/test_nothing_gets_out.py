"""Whatever staff type, none of it reaches a patient but an answer that was meant for one, and what
they agreed to send to many."""

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from bot.messages import Channel
from bot.staff.memory import StaffState
from bot.staff.talks import ANSWER
from core.database.connect import Database
from core.messaging import conversations as conversations_of
from core.models import broadcast_recipients, broadcasts, conversations, messages
from core.models.messaging import Direction, MessageKind
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member
from tests.bot.talking import Patient
from tests.builders import a_link, a_patient
from tests.core.scheduling.words import at
from tests.dialogues.happenings import happen

FOLDER = Path(__file__).parents[2] / "dialogues"
# What the clinic says in its own words is meant for patients, and is no message of anybody's.
OWN_WORDS = ("staff_settings", "es_personal_ajustes")
MARK = "kumquat"


def lines_typed() -> list[str]:
    """Return all that staff type in a transcript."""
    paths = [*FOLDER.glob("staff_*.txt"), *FOLDER.glob("es_personal_*.txt")]
    lines = (
        line[1:].strip()
        for path in paths
        if path.stem not in OWN_WORDS
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("> ") and not line.startswith("> [")
    )
    return sorted({line for line in lines if not line.startswith("/lock")})


def a_patient_who_asks(database: Database) -> Patient:
    """John Smith, by SMS, who has asked for a person."""
    john = Patient(database, Channel.SMS, "+14155550123")
    john.clock.at = at("10:00")  # By day: at night nothing would get out anyhow.
    john.says("hello")
    with database.transaction() as connection:
        a_link(connection, a_patient(connection, "John", last_name="Smith"), john.own_address.id)
    john.says("dr patel tuesday at 10", "yes", "I want to talk to a person")
    return john


def at_the_desk(database: Database, john: Patient) -> Colleague:
    rosa = a_member(database, Grant(Role.SUPER_ADMIN), username="ada")
    rosa.clock = john.clock
    rosa.__post_init__()
    rosa.comes_in()
    return rosa


def worker_looks(database: Database, rosa: Colleague) -> None:
    """All that waits is sent, so that what goes to many has room; then all that is due is said."""
    with database.transaction() as connection:
        waits = update(messages).where(messages.c.status == "queued")
        connection.execute(waits.values(status="sent"))
    happen("the worker looks", database, rosa.clock())


def marked(database: Database, rosa: Colleague) -> list[Row[Any]]:
    """Return what went to others and has the mark."""
    with database.reading() as connection:
        sent = connection.execute(
            select(messages)
            .where(messages.c.direction == Direction.OUT)
            .where(messages.c.conversation_id != rosa.conversation.id)
        ).all()
    return [row for row in sent if MARK in (row.text or "")]


def types(database: Database, rosa: Colleague, steps: int, seed: int) -> int:
    """Type and press at random; return how many answers were meant for a patient."""
    dice, lines, meant = random.Random(seed), lines_typed(), 0
    for number in range(steps):
        if dice.random() < 0.4 and rosa.choices:
            rosa.presses(dice.randrange(len(rosa.choices)) + 1)
        else:
            line = dice.choice(lines)
            with database.reading() as connection:
                own = conversations.c.id == rosa.conversation.id
                stored = connection.execute(select(conversations).where(own)).one()
            state = StaffState.from_json(stored.state, stored.version)
            is_answer = line.startswith("/answer") or state.asked.startswith(ANSWER)
            before = len(marked(database, rosa))
            rosa.says(f"{line} {MARK}")
            after = marked(database, rosa)
            assert is_answer or len(after) == before, (number, line)
            meant += len(after) - before
        rosa.clock.passes(seconds=30)
        worker_looks(database, rosa)
        assert_meant(database, rosa, number)
    return meant


def assert_meant(database: Database, rosa: Colleague, number: int) -> None:
    """Each is an answer, or a copy of a broadcast that was agreed to, to an address that had its
    row with that yes."""
    copies = (
        select(broadcasts.c.public_id, broadcast_recipients.c.message_id)
        .join(broadcast_recipients)
        .where(broadcasts.c.agreed_at.is_not(None))
    )
    with database.reading() as connection:
        agreed = {(row.public_id, row.message_id) for row in connection.execute(copies)}
    for row in marked(database, rosa):
        is_copy = row.kind == MessageKind.BROADCAST and (row.campaign, row.id) in agreed
        assert is_copy or row.kind == MessageKind.STAFF_ANSWER, number


@pytest.mark.parametrize(
    ("steps", "seed"), [(60, 1), pytest.param(1_500, 2, marks=pytest.mark.stress)]
)
def test_what_staff_type_stays_in_their_chat(demo: Database, steps: int, seed: int) -> None:
    john = a_patient_who_asks(demo)
    types(demo, at_the_desk(demo, john), steps, seed)


def test_an_answer_would_be_noticed(demo: Database) -> None:
    """The control."""
    john = a_patient_who_asks(demo)
    rosa = at_the_desk(demo, john)
    rosa.says("/talks")
    rosa.presses(1)
    rosa.says(f"/answer good morning, {MARK}")
    assert [row.kind for row in marked(demo, rosa)] == [MessageKind.STAFF_ANSWER]


def test_nothing_for_many_gets_out_before_the_yes(demo: Database) -> None:
    john = a_patient_who_asks(demo)
    rosa = at_the_desk(demo, john)
    release(demo, john)
    before_the_yes = ("/broadcast", f"everybody: good morning, {MARK}", "The clinic itself")
    for line in (*before_the_yes, "what would that be?", f"/broadcast everybody: {MARK}"):
        rosa.says(line)
        rosa.clock.passes(minutes=1)
        worker_looks(demo, rosa)
        assert marked(demo, rosa) == [], line


def test_a_yes_sends_it_to_just_those_who_were_counted(demo: Database) -> None:
    """The control: the yes is what lets it out; and somebody who opted out is left out."""
    john = a_patient_who_asks(demo)
    release(demo, john)
    jane = Patient(demo, Channel.SMS, "+14155550188", john.clock)
    jane.says("hello")
    with demo.transaction() as connection:
        a_link(connection, a_patient(connection, "Jane"), jane.own_address.id)
    jane.says("STOP")
    rosa = at_the_desk(demo, john)
    rosa.says(f"/broadcast everybody: good morning, {MARK}")
    rosa.says("The clinic itself")
    rosa.says("yes")
    rosa.clock.passes(minutes=1)
    worker_looks(demo, rosa)
    [row] = marked(demo, rosa)
    assert (row.kind, row.conversation_id) == (MessageKind.BROADCAST, john.conversation.id)


def release(database: Database, patient: Patient) -> None:
    """Nobody of staff talks with them any more."""
    with database.transaction() as connection:
        conversations_of.release(connection, patient.conversation.id, patient.clock())
