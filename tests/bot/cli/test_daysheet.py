"""`frontdesk daysheet`: a day on paper."""

from datetime import UTC, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core import clock
from core.database.connect import Database
from core.models import audit_log, locations, patients, practitioners, visit_types
from tests.bot.cli.conftest import Run
from tests.bot.talking import rows
from tests.builders import a_patient, a_phone, an_appointment

# Noon there, whatever the day: no run of this test lies on the edge of a day.
TOMORROW = (clock.now() + timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)


@pytest.fixture
def patient(demo: Database) -> int:
    """Nora Quinn, who comes tomorrow."""
    with demo.transaction() as connection:
        first = {
            f"{name}_id": connection.scalars(select(table.c.id).order_by(table.c.id)).first() or 0
            for name, table in (
                ("location", locations),
                ("practitioner", practitioners),
                ("visit_type", visit_types),
            )
        }
        nora = a_patient(connection, "Nora", last_name="<Quinn>", needs='["wheelchair"]')
        a_phone(connection, nora, "+14155550142")
        an_appointment(connection, patient_id=nora, starts_at=TOMORROW, **first)
    return nora


def sheets(ran: Run, folder: Path) -> dict[str, str]:
    """Write the pages of tomorrow, and return each by the name of its file."""
    assert ran("daysheet", "--tomorrow", "--to", str(folder)).code == 0
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_a_page_for_each_place(on_demo: Run, tmp_path: Path, patient: int) -> None:
    del patient
    pages = sheets(on_demo, tmp_path / "sheets")
    assert sorted(name.rsplit("-", 3)[0] for name in pages) == ["downtown", "phoenix"]
    [page] = [page for name, page in pages.items() if name.startswith("downtown")]
    for said in ("&lt;Quinn&gt;, Nora, 1985", "+14155550142", "wheelchair", "Dr Anita Patel"):
        assert said in page
    assert "<Quinn>" not in page
    [other] = [page for name, page in pages.items() if name.startswith("phoenix")]
    assert "Nora" not in other


def test_only_its_owner_reads_it_and_the_look_is_recorded(
    on_demo: Run, demo: Database, tmp_path: Path, patient: int
) -> None:
    del patient
    sheets(on_demo, tmp_path)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    assert [row.action for row in rows(demo, audit_log)] == ["printed", "printed"]


def test_a_restricted_record_is_not_on_paper(
    on_demo: Run, demo: Database, tmp_path: Path, patient: int
) -> None:
    with demo.transaction() as connection:
        mine = patients.c.id == patient
        connection.execute(update(patients).where(mine).values(standing="restricted"))
    together = "".join(sheets(on_demo, tmp_path).values())
    assert "(restricted)" in together
    assert "Nora" not in together
    assert "0142" not in together


def test_in_spanish_and_of_one_place(on_demo: Run, tmp_path: Path, patient: int) -> None:
    del patient
    day = f"{TOMORROW.astimezone(UTC):%Y-%m-%d}"
    call = ("--date", day, "--location", "downtown", "--lang", "es", "--to", str(tmp_path))
    ran = on_demo("daysheet", *call)
    [path] = tmp_path.iterdir()
    assert ran.out.strip() == str(path)
    assert "Sin cita" in path.read_text("utf-8")


def test_written_again_it_is_as_it_is_then(
    on_demo: Run, demo: Database, tmp_path: Path, patient: int
) -> None:
    sheets(on_demo, tmp_path)
    with demo.transaction() as connection:
        connection.execute(
            update(patients).where(patients.c.id == patient).values(first_name="Norah")
        )
    assert "Norah" in "".join(sheets(on_demo, tmp_path).values())
