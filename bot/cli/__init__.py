"""The `frontdesk` command: one file per family of commands, one place where errors are put."""

import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.cli.chat import chat
from bot.cli.check import check
from bot.cli.clinic import migrate, setup
from bot.cli.holidays import holidays
from bot.cli.processes import telegram, worker
from bot.cli.slots import slots
from bot.cli.understand import understand
from core.clock import use_newest_time_zones
from core.config import ConfigurationError
from core.errors import ClinicError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="frontdesk")
def frontdesk() -> None:
    """A clinic's front desk in chat.

    Every command takes --debug, which shows the traceback of an error.
    """


for command in (migrate, setup, holidays, check, chat, understand, slots, worker, telegram):
    frontdesk.add_command(command)
# What needs the web (`serve`, `demo`) stands beside it and is found by its entry point.
for entry_point in entry_points(group="frontdesk.commands"):
    frontdesk.add_command(entry_point.load(), entry_point.name)


def main() -> NoReturn:
    """Run the command line: exit 0 when it did what was asked, 2 for a wrong call, 1 for a
    failure, told in one clear line."""
    use_newest_time_zones()
    arguments = [word for word in sys.argv[1:] if word != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    sys.exit(_run(lambda: frontdesk(arguments, prog_name="frontdesk"), debug=debug))


def _run(command: Callable[[], object], *, debug: bool) -> int:
    try:
        command()
    except (ConfigurationError, ClinicError) as error:
        return _fail(str(error), debug=debug)
    except DBAPIError as error:
        # The driver's own words may quote a row; its type does not.
        return _fail(
            f"the database of DATABASE_URL failed: {type(error.orig).__name__}", debug=debug
        )
    except (SQLAlchemyError, OSError) as error:
        return _fail(f"{type(error).__name__}: {error}", debug=debug)
    return 0


def _fail(text: str, *, debug: bool) -> int:
    if debug:
        raise
    for line in text.splitlines():
        click.echo(f"frontdesk: {line}", err=True)
    return 1
