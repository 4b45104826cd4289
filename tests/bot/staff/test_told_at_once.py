"""Who hears at once what became of a visit, who does not, and that nobody hears it twice."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.staff.telling import listener
from core.database.connect import Database
from core.models import audit_log, messages, named_staff, staff_news
from core.staff.pairing import revoke
from tests.bot.staff.colleague import PIN, Colleague
from tests.bot.staff.listening import NINE, SEVEN, TEN, House, by_staff, heard
from tests.bot.talking import rows
from tests.builders import NOW, Clinic, a_setting

HOUR = timedelta(hours=1)
ALL_AT_ONCE = "/notify all at once"
LOGIN = f"/login {PIN}"


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    return House(database, clinic)


@pytest.fixture
def patel(house: House) -> Colleague:
    patel = house.patel()
    patel.says(ALL_AT_ONCE)
    return patel


def test_new_moved_and_cancelled_come_to_whoever_has_the_visit(
    house: House, patel: Colleague
) -> None:
    visit = house.booked(house.patient("Nora"))
    house.tells()
    house.clock.passes(minutes=3)
    house.moved(visit, TEN + HOUR)
    house.tells()
    house.clock.passes(minutes=3)
    house.cancelled(visit)
    house.tells()
    assert heard(patel) == [
        "New: N.Q., Mon, Nov 23 10:00 AM Dr Patel",
        "Moved: N.Q., Mon, Nov 23 10:00 AM Dr Patel -> Mon, Nov 23 11:00 AM Dr Patel",
        "Cancelled: N.Q., Mon, Nov 23 11:00 AM Dr Patel",
    ]


def test_nobody_hears_of_it_twice(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    assert [house.tells() for _ in range(3)] == [1, 0, 0]
    house.clock.passes(minutes=30)
    assert house.tells() == 0
    assert len(heard(patel)) == 1


def test_control_without_its_row_the_same_would_be_said_again(
    house: House, patel: Colleague, database: Database
) -> None:
    house.booked(house.patient("Nora"))
    house.tells()
    with database.transaction() as connection:
        connection.execute(staff_news.delete())
    house.clock.passes(minutes=30)
    assert house.tells() == 1
    assert len(heard(patel)) == 2


def test_a_practitioner_does_not_hear_of_others_visits(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"), with_id=house.clinic.okafor_id)
    house.tells()
    assert heard(patel) == []
    house.booked(house.patient("Olga"))  # Control.
    house.tells()
    assert len(heard(patel)) == 1


def test_of_a_visit_that_goes_to_a_colleague_each_sees_their_part(
    house: House, patel: Colleague
) -> None:
    okafor = house.okafor()
    okafor.says(ALL_AT_ONCE)
    visit = house.booked(house.patient("Nora"))
    house.tells()
    house.clock.passes(minutes=3)
    house.moved(visit, TEN + HOUR, with_id=house.clinic.okafor_id)
    house.tells()
    assert heard(patel)[1:] == ["Moved away: N.Q., Mon, Nov 23 10:00 AM Dr Patel"]
    assert heard(okafor) == ["Moved here: N.Q., Mon, Nov 23 11:00 AM Dr Okafor"]


def test_nobody_hears_of_what_they_did_themselves(house: House, patel: Colleague) -> None:
    anna = house.anna()
    anna.says(ALL_AT_ONCE)
    house.booked(house.patient("Nora"), by=by_staff(anna))
    house.tells()
    assert heard(anna) == []
    assert len(heard(patel)) == 1
    # A patient's address may have the same number as a colleague's row.
    house.clock.passes(minutes=3)
    house.cancelled(house.booked(house.patient("Olga"), TEN + HOUR))
    house.tells()
    assert len(heard(anna)) == 1


def test_whoever_chose_otherwise_hears_nothing_at_once(house: House) -> None:
    okafor = house.okafor()
    okafor.says("/notify new never")
    house.booked(house.patient("Nora"), with_id=house.clinic.okafor_id)
    assert house.tells() == 0
    assert heard(okafor) == []


def test_what_happens_at_the_same_time_comes_in_one_message(house: House, patel: Colleague) -> None:
    for number in range(10):
        house.booked(house.patient(f"N{number}"), TEN + number * timedelta(minutes=20) + 3 * HOUR)
    house.tells()
    [text] = heard(patel)
    assert text.count("New:") == 8
    assert text.endswith("and 2 more")


def test_what_happens_right_after_waits_a_moment_and_is_not_lost(
    house: House, patel: Colleague
) -> None:
    house.booked(house.patient("Nora"))
    house.tells()
    for number, name in enumerate(("Olga", "Paul")):
        house.booked(house.patient(name), TEN + HOUR + number * timedelta(minutes=20))
        house.clock.passes(seconds=20)
        assert house.tells() == 0
    house.clock.passes(minutes=2)
    assert house.tells() == 1
    assert heard(patel)[1].count("New:") == 2


@pytest.mark.parametrize("detail", ["minimal", "full"])
def test_names_are_shown_as_the_clinic_decides(house: House, patel: Colleague, detail: str) -> None:
    with house.database.transaction() as connection:
        a_setting(connection, "staff_chat_detail", detail)
    house.booked(house.patient("Nora"))
    house.tells()
    shown = {"minimal": "N.Q.", "full": "Nora Quinn"}[detail]
    assert heard(patel) == [f"New: {shown}, Mon, Nov 23 10:00 AM Dr Patel"]


def test_a_restricted_patient_is_not_named_but_to_who_is(house: House, patel: Colleague) -> None:
    nora = house.patient("Nora", standing="restricted")
    visit = house.booked(nora)
    house.tells()
    assert heard(patel) == ["New: (restricted), Mon, Nov 23 10:00 AM Dr Patel"]
    with house.database.transaction() as connection:
        named = {"patient_id": nora, "staff_id": patel.staff_id, "added_by": "a test"}
        connection.execute(insert(named_staff), named | {"added_at": NOW})
    house.clock.passes(minutes=3)
    house.cancelled(visit)
    house.tells()
    assert heard(patel)[1].startswith("Cancelled: N.Q.")


def test_a_mark_at_the_desk_is_no_news(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"))
    house.tells()
    anna = house.anna()
    house.clock.passes(minutes=70)
    anna.says("the 10:00 did not come")
    anna.says("/undo")
    assert house.tells() == 0
    assert len(heard(patel)) == 1


def test_what_was_taken_back_is_news(house: House, patel: Colleague) -> None:
    anna = house.anna()
    house.patient("Nora")
    anna.says("/book nora quinn monday at 11 dr patel")
    anna.presses(1)
    house.tells()
    house.clock.passes(minutes=3)
    anna.says("/undo")
    house.tells()
    assert [text.partition(":")[0] for text in heard(patel)] == ["New", "Cancelled"]


# Their chat.


def test_a_revoked_colleague_hears_nothing(house: House, patel: Colleague) -> None:
    with house.database.transaction() as connection:
        revoke(connection, patel.staff_id, house.clock())
    house.booked(house.patient("Nora"))
    assert house.tells() == 0
    assert heard(patel) == []


def test_what_waits_when_they_are_revoked_goes_to_nobody(
    house: House, patel: Colleague, database: Database
) -> None:
    house.booked(house.patient("Nora"))
    house.tells()
    with database.transaction() as connection:
        revoke(connection, patel.staff_id, house.clock())
    [row] = [row for row in rows(database, messages) if row.subject == "visits"]
    assert (row.status, row.error_code) == ("dropped", "chat_closed")


def test_a_locked_or_a_silent_chat_hears_nothing(house: House, patel: Colleague) -> None:
    okafor = house.okafor()
    okafor.says(ALL_AT_ONCE)
    okafor.says("/lock")
    house.clock.passes(hours=24)  # Patel has been silent for longer than twelve hours.
    tuesday = TEN + timedelta(days=1)
    house.booked(house.patient("Nora"), tuesday)
    house.booked(house.patient("Olga"), tuesday, with_id=house.clinic.okafor_id)
    assert house.tells() == 0
    assert heard(patel) == heard(okafor) == []


def test_a_chat_that_is_somebody_elses_by_now_hears_nothing_of_it(
    house: House, patel: Colleague
) -> None:
    house.clock.passes(hours=13)
    other = house.okafor()
    other.address = patel.address
    other.says(other.code())
    house.clock.at = NINE + timedelta(hours=24)
    house.booked(house.patient("Nora"), TEN + timedelta(days=2))
    house.tells()
    assert heard(patel) == []


def test_a_chat_that_takes_nothing_is_not_written_to_again_and_again(
    house: House, patel: Colleague, database: Database
) -> None:
    house.booked(house.patient("Nora"))
    house.tells()
    with database.transaction() as connection:
        connection.execute(
            update(messages).where(messages.c.subject == "visits").values(status="failed")
        )
    house.clock.passes(minutes=10)
    assert house.tells() == 0
    assert "Since the last digest" in patel.says("/digest").replies[0].text


# The hour.


def test_at_night_it_waits_for_the_morning(house: House, patel: Colleague) -> None:
    house.clock.at = SEVEN + timedelta(hours=16)  # 11 at night.
    patel.says(LOGIN)
    house.booked(house.patient("Nora"), TEN + timedelta(days=1))
    assert house.tells() == 0
    house.clock.at = SEVEN + timedelta(hours=25)  # Eight in the morning; no digest came before.
    patel.says("/today")
    assert house.tells() == 1
    assert len(heard(patel)) == 1


def test_at_night_whoever_would_set_out_for_nothing_hears_of_it(
    house: House, patel: Colleague
) -> None:
    early = SEVEN + timedelta(hours=24, minutes=30)  # Half past seven.
    visit = house.booked(house.patient("Nora"), early, by=by_staff(house.anna()))
    house.tells()
    house.clock.at = SEVEN + timedelta(hours=16)
    patel.says(LOGIN)
    house.cancelled(visit)
    assert house.tells() == 1
    assert heard(patel)[-1].startswith("Cancelled")


def test_after_two_hours_it_is_no_news_and_stands_in_the_digest(
    house: House, patel: Colleague
) -> None:
    house.booked(house.patient("Nora"), TEN + 4 * HOUR)
    house.clock.passes(minutes=121)
    assert house.tells() == 0
    assert "New: N.Q." in patel.says("/digest").replies[0].text


def test_control_before_that_it_is(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Nora"), TEN + 4 * HOUR)
    house.clock.passes(minutes=119)
    assert house.tells() == 1
    assert len(heard(patel)) == 1


def test_whoever_wishes_it_only_now_is_not_told_of_what_was_before(house: House) -> None:
    house.booked(house.patient("Nora"))
    house.clock.passes(minutes=5)
    patel = house.patel()
    patel.says(ALL_AT_ONCE)
    assert house.tells() == 0


# In the middle of something.


def test_a_number_goes_on_meaning_what_it_did(house: House, patel: Colleague) -> None:
    house.booked(house.patient("Olga"), TEN + HOUR)
    house.tells()
    patel.says("/today")
    house.clock.passes(minutes=3)
    house.booked(house.patient("Nora"), TEN + 4 * HOUR)
    house.tells()
    assert "O.Q." in patel.says("1").replies[0].text


def test_one_who_cannot_be_told_keeps_no_other_waiting(
    house: House, patel: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = house.anna()
    anna.says(ALL_AT_ONCE)

    whole = listener.listener

    def broken(connection, clinic, staff_id, *rest):  # type: ignore[no-untyped-def]
        if staff_id == patel.staff_id:
            raise RuntimeError("a test")
        return whole(connection, clinic, staff_id, *rest)

    monkeypatch.setattr("bot.staff.telling.ticks.listener", broken)
    house.booked(house.patient("Nora"))
    assert house.tells() == 1
    assert (len(heard(anna)), heard(patel)) == (1, [])
    monkeypatch.undo()
    assert house.tells() == 1
    assert len(heard(patel)) == 1


def test_who_was_told_is_in_the_audit_log(
    house: House, patel: Colleague, database: Database
) -> None:
    visit = house.booked(house.patient("Nora"))
    house.tells()
    [entry] = [row for row in rows(database, audit_log) if row.resource == "news"]
    assert (entry.action, entry.staff_id) == ("looked", patel.staff_id)
    assert entry.ids == f"[{visit.id}]"
    assert entry.patients == f"[{visit.patient_id}]"
