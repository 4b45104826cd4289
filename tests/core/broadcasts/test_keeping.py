"""A broadcast from the draft on: agreed to once, stopped, taken up again."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from core.broadcasts import keeping
from core.broadcasts.group import Filter, Group
from core.broadcasts.reach import reach
from core.database.connect import Database
from core.errors import BroadcastDecided, BroadcastNotFound
from core.models import broadcast_recipients, broadcasts
from core.models.broadcasts import BroadcastState
from core.models.staff import Role
from core.staff.rights import Sphere
from tests.builders import Clinic
from tests.core.broadcasts.people import (
    EVERYBODY,
    MORNING,
    OPERATION,
    WHOLE,
    a_broadcast,
    agreed,
    somebody,
)


@pytest.mark.usefixtures("clinic")
def test_a_draft_goes_to_nobody(connection: Connection) -> None:
    made = a_broadcast(connection)
    assert (made.state, made.text) == (BroadcastState.DRAFT, "We are closed on Friday.")
    assert keeping.progress(connection, made.id).recipients == 0
    assert keeping.latest(connection, WHOLE, 5) == []


@pytest.mark.usefixtures("clinic")
def test_what_was_agreed_to_has_a_row_for_each_address(connection: Connection) -> None:
    somebody(connection)
    broadcast_id = agreed(connection)
    at = keeping.progress(connection, broadcast_id)
    assert (at.waiting, at.recipients) == (2, 2)
    assert [each.id for each in keeping.latest(connection, WHOLE, 5)] == [broadcast_id]


@pytest.mark.usefixtures("clinic")
def test_whoever_presses_twice_sends_it_once(connection: Connection) -> None:
    made = a_broadcast(connection)
    ways = reach(connection, EVERYBODY, OPERATION, MORNING).ways
    keeping.agree(connection, made.id, ways, starts_at=MORNING, now=MORNING)
    with pytest.raises(BroadcastDecided):
        keeping.agree(connection, made.id, ways, starts_at=MORNING, now=MORNING)
    assert keeping.progress(connection, made.id).recipients == 1


@pytest.mark.usefixtures("clinic")
def test_of_two_who_agree_at_once_one_does(database: Database) -> None:
    with database.transaction() as connection:
        made = a_broadcast(connection)
        ways = reach(connection, EVERYBODY, OPERATION, MORNING).ways
    ready, outcomes = Barrier(2), []

    def agree() -> None:
        ready.wait()
        try:
            with database.transaction() as connection:
                keeping.agree(connection, made.id, ways, starts_at=MORNING, now=MORNING)
            outcomes.append("sent")
        except BroadcastDecided:
            outcomes.append("decided")

    pair = [Thread(target=agree) for _ in range(2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert sorted(outcomes) == ["decided", "sent"]
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(broadcast_recipients)) == 1


def test_the_database_itself_takes_no_second_copy(clinic: Clinic, database: Database) -> None:
    """The control: without its key a second row would stand there."""
    with database.transaction() as connection:
        broadcast_id = agreed(connection)
    keys = ("broadcast_id", "address_id", "patient_id")
    values = dict(zip(keys, (broadcast_id, clinic.address_id, clinic.patient_id), strict=True))
    times = dict.fromkeys(("due_at", "created_at", "updated_at"), MORNING)
    with pytest.raises(IntegrityError), database.transaction() as connection:
        connection.execute(insert(broadcast_recipients), values | times | {"state": "waiting"})


@pytest.mark.usefixtures("clinic")
def test_the_database_takes_none_that_nobody_agreed_to(database: Database) -> None:
    with database.transaction() as connection:
        made = a_broadcast(connection)
    with pytest.raises(IntegrityError), database.transaction() as connection:
        connection.execute(
            broadcasts.update().where(broadcasts.c.id == made.id).values(state="sending")
        )


@pytest.mark.usefixtures("clinic")
def test_it_is_stopped_and_goes_on(connection: Connection) -> None:
    somebody(connection)
    broadcast_id = agreed(connection)
    assert keeping.stop(connection, broadcast_id, MORNING) == 2
    at = keeping.progress(connection, broadcast_id)
    assert (at.waiting, at.withdrawn) == (0, 2)
    with pytest.raises(BroadcastDecided):
        keeping.stop(connection, broadcast_id, MORNING)
    assert keeping.go_on(connection, broadcast_id, MORNING) == 2
    assert keeping.progress(connection, broadcast_id).waiting == 2
    with pytest.raises(BroadcastDecided):
        keeping.go_on(connection, broadcast_id, MORNING)


def test_a_colleague_of_another_place_sees_nothing_of_it(
    clinic: Clinic, connection: Connection
) -> None:
    here = Sphere(Role.RECEPTIONIST, locations=frozenset({clinic.location_id}))
    there = Sphere(Role.RECEPTIONIST, locations=frozenset({clinic.location_id + 1}))
    broadcast_id = agreed(connection, Filter(Group(), here))
    for sphere in (here, WHOLE):
        assert keeping.find(connection, broadcast_id, sphere, 99).id == broadcast_id
    for number, sphere in ((broadcast_id, there), (broadcast_id + 1, WHOLE)):
        with pytest.raises(BroadcastNotFound):
            keeping.find(connection, number, sphere, 99)


@pytest.mark.usefixtures("clinic")
def test_a_draft_is_seen_by_whoever_wrote_it(connection: Connection) -> None:
    made = a_broadcast(connection)
    assert keeping.find(connection, made.id, WHOLE, made.staff_id) == made
    with pytest.raises(BroadcastNotFound):
        keeping.find(connection, made.id, WHOLE, made.staff_id + 1)
