"""A visit that moves up leaves its old time to the next who waits."""

from sqlalchemy import Connection, select

from core.models import waitlist
from core.scheduling.appointments import by_id
from tests.builders import Clinic
from tests.core.scheduling.words import (
    at,
)
from tests.core.waitlist.words import (
    SOON,
    WEDNESDAY,
    ask,
    asked,
    entries,
    free,
    freed,
    rounds,
    says_yes,
    sooner,
    visits_of,
)


def test_the_old_visit_moves_and_its_time_is_offered_on(
    clinic: Clinic, connection: Connection
) -> None:
    ana = sooner(connection, clinic, "Ana", "09:00")
    ben = sooner(connection, clinic, "Ben", "11:00")
    cleo = sooner(connection, clinic, "Cleo", "15:00")
    freed(connection, clinic)
    ask(connection)
    accepted = says_yes(connection, ana, SOON)
    assert accepted.before is not None
    assert (accepted.appointment.id, accepted.before.starts_at) == (
        accepted.before.id,
        at("09:00", WEDNESDAY),
    )
    ask(connection, SOON)
    assert asked(connection)[3:] == ["Ben", "Cleo"]  # About Ana's old time.
    says_yes(connection, ben, SOON)
    ask(connection, SOON)
    says_yes(connection, cleo, SOON)
    found = [visits_of(connection, one) for one in (ana, ben, cleo)]
    assert found == [["24 18:00"], ["25 17:00"], ["25 19:00"]]
    assert [row[:2] for row in rounds(connection)] == [
        ("cancelled", "filled"),
        ("moved", "filled"),
        ("moved", "filled"),
    ]
    assert entries(connection) == ["filled"] * 3


def test_who_gave_up_the_later_visit_since_gets_one_more(
    clinic: Clinic, connection: Connection
) -> None:
    ana = sooner(connection, clinic, "Ana", "09:00")
    freed(connection, clinic)
    ask(connection)
    old = connection.scalars(
        select(waitlist.c.sooner_than_id).where(waitlist.c.id == ana.entry_id)
    ).one()
    assert old is not None
    free(connection, by_id(connection, old))
    assert says_yes(connection, ana, SOON).before is None
