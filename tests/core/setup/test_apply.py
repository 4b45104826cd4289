"""The clinic becomes what its file says, once; what staff changed stays theirs."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from core import models
from core.database.connect import Database
from core.models import metadata, organizations, setting_events, settings
from core.rules import load_rules
from core.setup import (
    Change,
    ChangeKind,
    ClinicFileError,
    WrongKindOfClinic,
    apply,
    plan,
    read_clinic_file,
    set_up,
)
from tests.core.setup.differences import DEPARTMENT, DIFFERENCES, VAUGHAN
from tests.core.setup.small_clinic import SMALL, again, changed, rows


def contents(database: Database) -> dict[str, list[Any]]:
    with database.reading() as connection:
        return {
            table.name: list(connection.execute(select(table))) for table in metadata.sorted_tables
        }


def version(database: Database) -> int:
    with database.reading() as connection:
        number: int = connection.scalars(select(organizations.c.setup_version)).one()
        return number


def test_a_new_clinic_has_all_that_its_file_says(hillside: Database) -> None:
    (organization,) = rows(hillside, models.organizations)
    assert (organization.name, organization.languages) == ("Hillside Surgery", '["en", "cy"]')
    assert not organization.is_demo
    (place,) = rows(hillside, models.locations)
    assert place.opening_hours.startswith('{"mon": [["08:00", "18:00"]]')
    assert (place.phone, place.country, place.zone) == ("+442079460000", "GB", "Europe/London")
    assert [(day.day, day.source) for day in rows(hillside, models.holidays)] == [
        (date(2026, 12, 25), "file"),
        (date(2026, 12, 28), "file"),
    ]
    rees, vaughan = rows(hillside, models.practitioners)
    assert (rees.title, rees.titles, rees.slot_minutes) == ("Dr", '{"en": "Dr", "cy": "Dr"}', 15)
    assert vaughan.public_id != rees.public_id
    hours = [
        (row.weekday, row.starts, row.ends)
        for row in rows(hillside, models.schedules)
        if row.practitioner_id == rees.id
    ]
    assert hours == [
        *((day, time(9), time(17)) for day in range(4)),
        (5, time(9), time(12)),
        (5, time(13), time(15)),
    ]
    assert len(rows(hillside, models.breaks)) == 4
    (absence,) = rows(hillside, models.absences)
    assert (absence.whole_day, absence.reason, absence.source) == (True, "Leave", "file")
    assert [
        (row.minutes, row.fee_cents) for row in rows(hillside, models.practitioner_visit_types)
    ] == [
        (None, None),
        (30, 2000),
    ]
    with hillside.reading() as connection:
        assert load_rules(connection).general.hold_minutes == 7


def test_the_second_time_nothing_changes(hillside: Database, now: datetime) -> None:
    before = contents(hillside)
    assert again(hillside, SMALL, now + timedelta(days=1)) == []
    assert contents(hillside) == before


def test_a_plan_changes_nothing(hillside: Database, now: datetime) -> None:
    before = contents(hillside)
    text = changed('"10:00-16:00"', '"10:00-15:00"', changed("hold_minutes = 7", ""))
    with hillside.transaction() as connection:
        assert plan(connection, read_clinic_file(text), now)
    assert contents(hillside) == before


@pytest.mark.parametrize(("old", "new", "expected"), DIFFERENCES)
def test_a_difference_is_said_in_plain_words_and_made(
    hillside: Database, now: datetime, old: str, new: str, expected: list[str]
) -> None:
    text = changed(old, new)
    before = version(hillside)
    assert again(hillside, text, now) == expected
    after = version(hillside)
    assert after > before
    noted = [line for line in expected if line.startswith("note: ") and "visit" not in line]
    assert again(hillside, text, now) == noted
    assert version(hillside) == after


def test_what_left_the_file_is_deactivated_and_comes_back(
    hillside: Database, now: datetime
) -> None:
    text = changed(VAUGHAN, "")
    text = changed(', { code = "smear", minutes = 30, fee = 20 }', "", text)
    start = text.index('[[visit_types]]\ncode = "smear"')
    text = text[:start] + text[text.index("[[practitioners]]") :]
    text = changed(DEPARTMENT, "", changed("""departments = ["Women's health"]""", "", text))
    assert again(hillside, text, now) == [
        "deactivate department Women's health (Hillside)",
        "deactivate visit type smear",
        "deactivate practitioner Mr Idris Vaughan",
        "remove departments of Dr Anwen Rees: Women's health",
        "remove visit types of Dr Anwen Rees: smear (30 minutes, fee 20.00)",
    ]
    assert [person.is_active for person in rows(hillside, models.practitioners)] == [True, False]
    assert again(hillside, SMALL, now) == [
        "reactivate department Women's health (Hillside)",
        "reactivate visit type smear",
        "reactivate practitioner Mr Idris Vaughan",
        "add departments of Dr Anwen Rees: Women's health",
        "add visit types of Dr Anwen Rees: smear (30 minutes, fee 20.00)",
    ]
    assert len(rows(hillside, models.practitioners)) == 2


def test_only_what_differs_is_written_anew(hillside: Database, now: datetime) -> None:
    before = {row.id for row in rows(hillside, models.schedules)}
    again(hillside, changed('sat = ["09:00-12:00", "13:00-15:00"]\n\n', "\n"), now)
    after = {row.id for row in rows(hillside, models.schedules)}
    assert after < before
    assert len(before - after) == 2


def test_licence_numbers_may_be_swapped(database: Database, now: datetime) -> None:
    two = changed('last_name = "Vaughan"', 'last_name = "Vaughan"\nlicence_number = "GMC 2"')
    set_up(database, two, "clinic.toml", now)
    swapped = two.replace("GMC 1", "GMC 0").replace("GMC 2", "GMC 1").replace("GMC 0", "GMC 2")
    assert again(database, swapped, now) == [
        "change practitioner Dr Anwen Rees: licence number GMC 1 -> GMC 2",
        "change practitioner Mr Idris Vaughan: licence number GMC 2 -> GMC 1",
    ]


def test_every_change_has_its_event(hillside: Database, now: datetime) -> None:
    later = now + timedelta(days=1)
    text = changed("price = 45.50", "price = 50", changed("hold_minutes = 7", "hold_minutes = 9"))
    again(hillside, text, later)
    events = [
        (row.key, row.actor, row.value_from, row.value_to)
        for row in rows(hillside, setting_events)
        if row.at == later
    ]
    assert events == [
        ("visit type consultation: price_cents", "setup", "4550", "5000"),
        ("hold_minutes", "setup", "7", "9"),
    ]


def test_nothing_is_changed_when_the_file_is_wrong(hillside: Database, now: datetime) -> None:
    before = contents(hillside)
    text = changed("slot_minutes = 15", "slot_minutes = 0", changed("price = 45.50", "price = 50"))
    with pytest.raises(ClinicFileError, match="slot_minutes"):
        set_up(hillside, text, "clinic.toml", now)
    assert contents(hillside) == before


def test_nothing_is_changed_when_it_fails_in_the_middle(
    hillside: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(hillside)
    monkeypatch.setattr("core.setup.run.bring_rules", _fail)
    with pytest.raises(ZeroDivisionError):
        set_up(hillside, changed("price = 45.50", "price = 50"), "clinic.toml", now)
    assert contents(hillside) == before


def _fail(*_: object) -> None:
    raise ZeroDivisionError


def _staff_set(connection: Connection, value: str, now: datetime) -> None:
    connection.execute(
        update(settings)
        .where(settings.c.key == "hold_minutes")
        .values(value=value, source="chat", updated_by="staff 1", updated_at=now)
    )


def test_what_staff_set_is_kept_and_shown(hillside: Database, now: datetime) -> None:
    with hillside.transaction() as connection:
        _staff_set(connection, "11", now)
    kept = "keep rule hold_minutes: 11, changed by staff 1 on 2026-11-22 in chat; the file says"
    assert again(hillside, SMALL, now) == [f"{kept} 7"]
    before = contents(hillside)
    assert again(hillside, SMALL, now) == [f"{kept} 7"]
    assert contents(hillside) == before
    # Gone from the file, it is still theirs.
    assert again(hillside, changed("hold_minutes = 7", ""), now) == [f"{kept} nothing"]
    with hillside.reading() as connection:
        assert load_rules(connection).general.hold_minutes == 11


def test_overwriting_takes_the_file_s_word(hillside: Database, now: datetime) -> None:
    with hillside.transaction() as connection:
        _staff_set(connection, "11", now)
    assert again(hillside, SMALL, now, overwrite=True) == ["change rule hold_minutes: 11 -> 7"]
    assert again(hillside, SMALL, now) == []
    (rule,) = rows(hillside, settings)
    assert (rule.value, rule.source, rule.updated_by) == ("7", "file", "setup")


def test_a_rule_may_hold_at_one_location_only(hillside: Database, now: datetime) -> None:
    text = changed(
        "[[locations.departments]]",
        "[locations.rules]\nhold_minutes = 3\n\n[[locations.departments]]",
    )
    assert again(hillside, text, now) == ["add rule hold_minutes (Hillside): 3"]
    with hillside.reading() as connection:
        place = connection.scalars(select(models.locations.c.id)).one()
        rules = load_rules(connection)
    assert (rules.at(place).hold_minutes, rules.general.hold_minutes) == (3, 7)
    assert again(hillside, SMALL, now) == [
        "remove rule hold_minutes (Hillside): 3; its default holds"
    ]


def test_absences_and_holidays_of_staff_are_theirs(hillside: Database, now: datetime) -> None:
    with hillside.transaction() as connection:
        place = connection.scalars(select(models.locations.c.id)).one()
        person = connection.scalars(select(models.practitioners.c.id)).first()
        times = {"created_at": now, "updated_at": now}
        day = date(2027, 3, 1)
        connection.execute(
            insert(models.absences).values(
                practitioner_id=person, date_from=day, date_to=day, whole_day=True, **times
            )
        )
        connection.execute(
            insert(models.holidays).values(location_id=place, day=day, name="Flood", **times)
        )
    before = contents(hillside)
    assert again(hillside, SMALL, now) == []
    # The file now closes on that day too: no second row, no clash.
    assert again(hillside, changed("date = 2026-12-28", "date = 2027-03-01"), now) == [
        "remove holiday of Hillside: Boxing Day on 2026-12-28"
    ]
    assert contents(hillside)["absences"] == before["absences"]


def test_a_demo_never_becomes_a_real_clinic_nor_the_other_way_round(
    hillside: Database, now: datetime
) -> None:
    before = contents(hillside)
    with pytest.raises(WrongKindOfClinic, match=r"holds a real clinic \(Hillside Surgery\)"):
        set_up(hillside, SMALL, "clinic.toml", now, demo=True)
    assert contents(hillside) == before
    with hillside.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=True))
    with pytest.raises(WrongKindOfClinic, match="holds the demo clinic"):
        set_up(hillside, SMALL, "clinic.toml", now)


def test_changes_tell_whether_they_alter_anything() -> None:
    altering = {kind for kind in ChangeKind if Change(kind, "x").alters}
    assert altering == set(ChangeKind) - {ChangeKind.KEEP, ChangeKind.NOTE}


def test_apply_is_part_of_the_caller_s_transaction(database: Database, now: datetime) -> None:
    with database.engine.connect() as connection:
        assert apply(connection, read_clinic_file(SMALL), now)
        connection.rollback()
    assert rows(database, organizations) == []
