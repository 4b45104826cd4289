"""Settings that staff change in chat: what the file says meanwhile is kept beside their word, and
the history of all settings says as what and through which channel, and stays as it was written.

Columns, an index and triggers are added, no table is rebuilt.
"""

from alembic import op
from sqlalchemy import Column, Text

revision = "0009"
down_revision = "0008"

TABLE = "setting_events"


def upgrade() -> None:
    op.add_column("settings", Column("file_value", Text))
    op.add_column(TABLE, Column("role", Text))
    op.add_column(TABLE, Column("channel", Text))
    op.create_index("ix_setting_events_key", TABLE, ["key", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""CREATE TRIGGER append_only_{TABLE} BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}
            FOR EACH STATEMENT EXECUTE FUNCTION append_only()"""
        )
    else:
        there = f" WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)"  # noqa: S608
        for moment, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", there)):
            op.execute(
                f"CREATE TRIGGER append_only_{TABLE}_{moment.lower()} BEFORE {moment} ON {TABLE}"
                f"{when} BEGIN SELECT RAISE(ABORT, 'append_only'); END"
            )
