"""A clinic's own WhatsApp templates come, change and go with its file."""

from datetime import datetime

from core.database.connect import Database
from core.setup.whatsapp import described_templates
from tests.core.setup.small_clinic import SMALL, again

OWN = (
    SMALL
    + """\
[whatsapp.templates.en.reminder]
body = "On {visit.day}, right?"
category = "marketing"
"""
)


def test_what_is_described_is_kept_changed_and_let_go(hillside: Database, now: datetime) -> None:
    [added] = again(hillside, OWN, now)
    assert added.startswith("change organization Hillside Surgery: whatsapp templates nothing -> ")
    with hillside.reading() as connection:
        told = described_templates(connection)["en"]["reminder"]
    assert (told.body, told.category) == ("On {visit.day}, right?", "marketing")
    assert (told.buttons, told.variables, told.content_sid) == (None, None, None)
    assert again(hillside, OWN, now) == []
    assert len(again(hillside, OWN.replace("right?", "yes?"), now)) == 1
    assert len(again(hillside, SMALL, now)) == 1
    with hillside.reading() as connection:
        assert described_templates(connection) == {}
