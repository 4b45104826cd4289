"""`frontdesk check` says which visits a change of hours has left behind, and names no patient."""

from datetime import timedelta

from sqlalchemy import update

from core import clock, models
from core.database.connect import Database
from core.scheduling.hours import add_absence
from tests import builders
from tests.bot.cli.conftest import Run


def test_visits_that_a_change_left_behind_are_counted(on_demo: Run, demo: Database) -> None:
    # A week from now at an hour when nobody works, and one in a room that is given up.
    night = (clock.now() + timedelta(days=7)).replace(hour=11, minute=0, second=0, microsecond=0)
    assert "hours:" not in on_demo("check").out
    with demo.transaction() as connection:
        patient_id = builders.a_patient(connection, "Zenobia")
        room = builders.a_resource(connection, 1, "Spare room", "spare room")
        for days in (0, 1):
            builders.an_appointment(
                connection,
                patient_id=patient_id,
                practitioner_id=1,
                location_id=1,
                visit_type_id=1,
                starts_at=night + timedelta(days=days),
                resource_id=room if days else None,
            )
        connection.execute(
            update(models.resources).where(models.resources.c.id == room).values(is_active=False)
        )
        day = night.date()
        left = add_absence(connection, 1, day, day, actor="staff 1", now=clock.now())
        assert len(left) == 2
    ran = on_demo("check")
    assert ran.code == 0
    assert (
        "  off  hours: 2 coming visits of Dr Anita Patel no longer inside the hours; kept as booked"
    ) in ran.lines
    assert (
        "  off  rooms and devices: 1 coming visit with Spare room (Downtown), "
        "which is no longer there; kept as booked"
    ) in ran.lines
    assert "Zenobia" not in ran.out
