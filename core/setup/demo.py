"""The demo clinic: an ordinary clinic file, and the mark that its people are made up."""

from datetime import datetime
from pathlib import Path

from core.database.connect import Database
from core.setup.changes import Change
from core.setup.run import set_up

DEMO_FILE = Path(__file__).with_name("demo.toml")


def set_up_demo(database: Database, now: datetime, *, overwrite: bool = False) -> list[Change]:
    """Make the database the demo clinic; raises WrongKindOfClinic where a real one lives."""
    return set_up(database, DEMO_FILE, DEMO_FILE.name, now, overwrite=overwrite, demo=True)
