"""How soon, and after how many offers: in numbers."""

from datetime import timedelta

from sqlalchemy import Connection

from core.waitlist.report import report
from tests.builders import NOW, Clinic
from tests.core.waitlist.words import (
    DAYTIME,
    ask,
    freed,
    says_no,
    says_yes,
    three,
    tick,
)


def test_the_report_tells_how_soon_and_after_how_many_offers(
    clinic: Clinic, connection: Connection
) -> None:
    ana, ben, cleo = three(connection, clinic)
    freed(connection, clinic, "10:00")
    ask(connection)
    says_yes(connection, ana, DAYTIME + timedelta(minutes=4))
    later = DAYTIME + timedelta(minutes=10)
    freed(connection, clinic, "11:00", now=later)
    ask(connection, later)
    says_yes(connection, cleo, later + timedelta(minutes=10))
    freed(connection, clinic, "14:00", now=later + timedelta(minutes=11))
    ask(connection, later + timedelta(minutes=11))
    says_no(connection, ben, later + timedelta(minutes=11))
    tick(connection, later + timedelta(minutes=11))
    found = report(connection, since=NOW, until=DAYTIME + timedelta(days=1))
    assert (found.rounds, found.filled, found.over, found.offers) == (3, 2, 1, 6)
    assert found.median_time_to_fill == timedelta(minutes=7)
    assert found.longest_time_to_fill == timedelta(minutes=10)
    assert found.offers_per_fill == 2.5
    only = report(connection, since=NOW, until=DAYTIME, practitioner_id=clinic.okafor_id)
    assert (only.rounds, only.median_time_to_fill, only.offers_per_fill) == (0, None, None)
