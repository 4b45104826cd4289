"""A clinic's own sentences come, change and go with its file."""

from datetime import datetime

from sqlalchemy import select

from core.database.connect import Database
from core.models import organizations, phrases
from tests.core.setup.small_clinic import SMALL, again, rows

OWN = SMALL + '[phrases.en]\nbooked = "{visit.day}, then."\nwelcome = "Gladly."\n'


def in_use(database: Database) -> dict[tuple[str, str], str]:
    return {(row.language, row.key): row.text for row in rows(database, phrases) if row.is_active}


def version(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(organizations.c.setup_version)).scalar_one())


def test_sentences_come_change_and_go(hillside: Database, now: datetime) -> None:
    assert again(hillside, OWN, now) == ["add phrase booked (en)", "add phrase welcome (en)"]
    assert in_use(hillside) == {
        ("en", "booked"): "{visit.day}, then.",
        ("en", "welcome"): "Gladly.",
    }
    assert again(hillside, OWN, now) == []
    changed = OWN.replace("{visit.day}, then", "[Then]").replace('welcome = "Gladly."\n', "")
    assert again(hillside, changed, now) == [
        'change phrase booked (en): text "{visit.day}, then." -> "[Then]."',
        "deactivate phrase welcome (en)",
    ]
    assert again(hillside, OWN.replace("[phrases.en]", "[phrases.cy]"), now) == [
        "add phrase booked (cy)",
        "add phrase welcome (cy)",
        "deactivate phrase booked (en)",
    ]
    assert again(hillside, OWN, now)[:1] == ["reactivate phrase booked (en)"]


def test_each_change_makes_the_copies_of_the_clinic_stale(
    hillside: Database, now: datetime
) -> None:
    before = version(hillside)
    again(hillside, OWN, now)
    added = version(hillside)
    again(hillside, SMALL, now)
    assert before < added < version(hillside)
