"""docs/clinic-file.md describes exactly the keys that there are, and the example is a good one."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from core.database.connect import Database
from core.setup import read_clinic_file, set_up
from core.setup.format import (
    ClinicFile,
    Department,
    Holiday,
    Location,
    Organization,
    Resource,
    Specialty,
    VisitType,
)
from core.setup.people import Absence, OfferedVisitType, Practitioner, WorkingHours
from core.setup.section import Section
from core.setup.staff import GivenRole, StaffMember
from core.setup.whatsapp import WhatsApp, WhatsAppTemplate

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "clinic-file.md").read_text()
EXAMPLE = DOCS / "examples" / "clinic.toml"

SECTIONS: dict[str, type[Section]] = {
    "[organization]": Organization,
    "[[holidays]]": Holiday,
    "[[locations]]": Location,
    "[[locations.departments]]": Department,
    "[[locations.resources]]": Resource,
    "[[specialties]]": Specialty,
    "[[visit_types]]": VisitType,
    "[[practitioners]]": Practitioner,
    "visit_types = [{ ... }]": OfferedVisitType,
    "[[practitioners.further_hours]]": WorkingHours,
    "[[practitioners.absences]]": Absence,
    "[[staff]]": StaffMember,
    "roles = [{ ... }]": GivenRole,
    "[whatsapp]": WhatsApp,
    "[whatsapp.templates.en.reminder]": WhatsAppTemplate,
}


def documented(heading: str) -> dict[str, bool]:
    """Return the keys in the first column below the heading: name -> is it bold?"""
    (part,) = (part for part in PAGE.split("\n## ")[1:] if part.startswith(f"`{heading}`"))
    cells = [line.split("|")[1] for line in part.splitlines() if line.startswith("|")]
    return {
        name: bool(bold) for cell in cells for bold, name in re.findall(r"(\*\*)?`(\w+)`", cell)
    }


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_documented_and_no_other(heading: str) -> None:
    fields = SECTIONS[heading].model_fields
    assert documented(heading) == {name: field.is_required() for name, field in fields.items()}


def test_every_section_has_its_heading() -> None:
    for name in ClinicFile.model_fields:
        assert re.search(rf"^## `\[+{name}\]+`", PAGE, re.MULTILINE), name
    described = set(SECTIONS.values())
    assert set(Section.__subclasses__()) | {Practitioner} == described | {ClinicFile}


def test_the_example_sets_up_cleanly(database: Database, now: datetime) -> None:
    changes = set_up(database, EXAMPLE, EXAMPLE.name, now)
    assert {change.kind for change in changes} == {"add"}, [str(change) for change in changes]
    assert set_up(database, EXAMPLE, EXAMPLE.name, now) == []


def test_the_example_shows_most_of_what_there_is() -> None:
    clinic = read_clinic_file(EXAMPLE)
    assert len(clinic.locations) > 1
    assert any(person.further_hours for person in clinic.practitioners)
    assert any(person.absences for person in clinic.practitioners)
    assert any(person.same_day_hours for person in clinic.practitioners)
    assert any(person.visits_a_day for person in clinic.practitioners)
    offered = [item for person in clinic.practitioners for item in person.visit_types or ()]
    assert any(item.location and item.days for item in offered)
    assert any(place.resources for place in clinic.locations)
    assert any(kind.resource_kind for kind in clinic.visit_types)
    assert any(place.rules for place in clinic.locations)
