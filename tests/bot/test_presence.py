"""When practitioners are in: schedules, absences and holidays as they are in the database."""

from datetime import date, time

from sqlalchemy import Connection, insert

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.questions.facts import Presence
from core.models import absences, holidays, schedules
from tests.bot.counter import counter
from tests.builders import NOW, Clinic

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))
TIMES = {"created_at": NOW, "updated_at": NOW}


def presence(connection: Connection, clinic: Clinic, day: date | None = TUESDAY) -> Presence:
    outcome = counter(connection).perform(ask.FindPresence((clinic.patel_id,), day))
    assert isinstance(outcome, told.PresenceFound)
    [found] = outcome.presences
    return found


def away(connection: Connection, clinic: Clinic, **changes: object) -> None:
    values = {"practitioner_id": clinic.patel_id, "date_from": TUESDAY, "date_to": TUESDAY}
    values |= {"whole_day": True, "source": "chat", **TIMES}
    connection.execute(insert(absences), values | changes)


def test_a_day_at_work_is_told_with_its_hours(clinic: Clinic, connection: Connection) -> None:
    found = presence(connection, clinic)
    assert found.hours
    assert found.week[1] == found.hours


def test_a_break_leaves_the_day_whole(clinic: Clinic, connection: Connection) -> None:
    """Somebody who is at lunch is in."""
    assert len(presence(connection, clinic).hours) == 1


def test_on_a_day_off_the_next_one_is_told(clinic: Clinic, connection: Connection) -> None:
    away(connection, clinic)
    found = presence(connection, clinic)
    assert found.hours == ()
    assert found.next_day == WEDNESDAY
    assert found.week[1] != ()


def test_hours_off_shorten_the_day(clinic: Clinic, connection: Connection) -> None:
    whole = presence(connection, clinic).hours
    away(connection, clinic, whole_day=False, starts=time(0), ends=time(12))
    assert presence(connection, clinic).hours == ((12 * 60, whole[0][1]),)


def test_on_a_holiday_nobody_is_in(clinic: Clinic, connection: Connection) -> None:
    closed = {"location_id": clinic.location_id, "day": TUESDAY, "name": "Staff day"}
    connection.execute(insert(holidays), closed | {"source": "chat", **TIMES})
    assert presence(connection, clinic).hours == ()


def test_hours_that_begin_later_are_not_told_yet(clinic: Clinic, connection: Connection) -> None:
    later = {"practitioner_id": clinic.patel_id, "location_id": clinic.location_id, "weekday": 6}
    hours = {"starts": time(9), "ends": time(12), "valid_from": date(2027, 6, 1)}
    connection.execute(insert(schedules), later | hours | TIMES)
    assert presence(connection, clinic).week[6] == ()


def test_terms_are_those_of_the_offer(clinic: Clinic, connection: Connection) -> None:
    command = ask.FindTerms((clinic.patel_id,), (clinic.visit_type_id,), clinic.location_id)
    outcome = counter(connection, cancellation_notice_hours=24).perform(command)
    assert isinstance(outcome, told.TermsFound)
    [terms] = outcome.terms
    assert (terms.minutes_new, terms.minutes_known) == (20, 20)
    assert outcome.notice_hours == 24
