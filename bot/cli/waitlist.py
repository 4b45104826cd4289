"""`frontdesk waitlist`: how well times that become free find somebody who waited for them."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from bot.cli.opening import opened
from core.demo_clock import clock_of
from core.waitlist.report import Report, report

DAYS = 30


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=DAYS,
    show_default=True,
    help="Of the times that became free in so many days up to now.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def waitlist(days: int, as_json: bool) -> None:
    """Count what became of freed times: how many were filled, how soon, after how many offers."""
    with opened(needs_keys=False) as database, database.reading() as connection:
        now = clock_of(database)()
        counted = report(connection, since=now - timedelta(days=days), until=now)
    if as_json:
        click.echo(json.dumps(_facts(counted, days)))
        return
    for line in _lines(counted, days):
        click.echo(line)


def _facts(counted: Report, days: int) -> dict[str, Any]:
    """Times in seconds."""
    facts = {"days": days} | asdict(counted)
    return {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in facts.items()
    }


def _lines(counted: Report, days: int) -> list[str]:
    if not counted.rounds:
        return [f"No time that somebody waited for became free in {days} days."]
    still = counted.rounds - counted.filled - counted.over
    lines = [
        f"{counted.rounds} times became free in {days} days: {counted.filled} filled, "
        f"{counted.over} not, {still} being offered.",
        f"{counted.offers} offers were made.",
    ]
    if counted.median_time_to_fill is not None and counted.longest_time_to_fill is not None:
        lines += [
            f"Filled after {_minutes(counted.median_time_to_fill)} (median), "
            f"{_minutes(counted.longest_time_to_fill)} at most; "
            f"{counted.offers_per_fill:.1f} offers for each.",
        ]
    return lines


def _minutes(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
