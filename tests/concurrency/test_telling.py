"""Several workers tell staff at the same moment, and one dies before it has committed: everybody is
told once, and nobody not at all."""

from threading import Barrier, Thread

import pytest

from bot.staff.telling import listener
from bot.staff.telling.ticks import Telling
from core.database.connect import Database
from core.models import messages, staff_digests, staff_news
from core.staff import digest
from tests.bot.staff.colleague import Colleague
from tests.bot.staff.listening import SEVEN, TEN, House, heard
from tests.bot.talking import rows
from tests.builders import Clinic

WORKERS = 4


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    return House(database, clinic)


@pytest.fixture
def patel(house: House) -> Colleague:
    house.clock.at = SEVEN
    patel = house.patel()
    patel.says("/notify all at once")
    house.clock.passes(hours=1)
    house.booked(house.patient("Nora"))
    return patel


def all_at_once(house: House, deed: str) -> int:
    """Let as many workers look at the same moment; return how often somebody was told."""
    start, told = Barrier(WORKERS), [0] * WORKERS

    def look(number: int) -> None:
        worker = Telling(house.database, house.clock, {})
        start.wait(timeout=30)
        told[number] = getattr(worker, deed)()

    threads = [Thread(target=look, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sum(told)


@pytest.mark.parametrize("attempt", range(3))
def test_of_several_workers_one_tells_at_once(house: House, patel: Colleague, attempt: int) -> None:
    assert all_at_once(house, "tell_at_once") == 1
    assert len(heard(patel)) == 1
    del attempt


@pytest.mark.parametrize("attempt", range(3))
def test_of_several_workers_one_sends_the_digest(
    house: House, patel: Colleague, attempt: int
) -> None:
    assert all_at_once(house, "send_digests") == 1
    assert len(heard(patel)) == 1
    del attempt


def test_control_several_that_do_not_ask_the_database_send_several(
    house: House, patel: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "shown_of", lambda *_: None)
    monkeypatch.setattr(digest, "begin", lambda *_, **__: True)
    assert all_at_once(house, "send_digests") == WORKERS
    assert len(heard(patel)) == WORKERS


class Killed(BaseException):
    """Nobody catches it: as if the process were gone."""


@pytest.mark.parametrize("deed", ["tell_at_once", "send_digests"])
def test_a_worker_that_dies_before_its_commit_leaves_nothing_and_the_next_tells(
    house: House, patel: Colleague, deed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = listener.Listener.say

    def dies(self, *said, **how):  # type: ignore[no-untyped-def]
        whole(self, *said, **how)
        raise Killed

    monkeypatch.setattr(listener.Listener, "say", dies)
    with pytest.raises(Killed):
        getattr(house.telling, deed)()
    monkeypatch.undo()
    assert rows(house.database, staff_news) == rows(house.database, staff_digests) == []
    assert heard(patel) == []
    assert getattr(Telling(house.database, house.clock, {}), deed)() == 1
    assert len(heard(patel)) == 1
    assert getattr(house.telling, deed)() == 0


def test_what_is_booked_while_they_look_is_not_lost(house: House, patel: Colleague) -> None:
    """An event whose number is lower may be committed later than one that was told."""
    house.tells()
    later = house.booked(house.patient("Olga"), TEN.replace(hour=TEN.hour + 3))
    with house.database.transaction() as connection:
        told = staff_news.c.staff_id == patel.staff_id
        [first] = connection.execute(staff_news.select().where(told)).all()
        # As if it had been the other way round.
        connection.execute(staff_news.update().where(told).values(event_id=first.event_id + 1))
    house.clock.passes(minutes=3)
    assert house.tells() == 1
    assert later.id
    assert len([row for row in rows(house.database, messages) if row.subject == "visits"]) == 2
