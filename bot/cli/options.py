"""Option types that several commands share."""

from datetime import datetime

import click


class Instant(click.ParamType[datetime]):
    """An ISO 8601 moment; without an offset it means the wall of the clinic's first location."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"expected a moment such as 2026-11-22T10:00-08:00, got {value!r}", param, ctx
            )


INSTANT = Instant()
