"""The `frontdesk` command: one file per family of commands, one place where errors are put."""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.clock import use_newest_time_zones
from core.config import ConfigurationError
from core.errors import ClinicError

# Where each command stands. It is loaded when it is called: nobody who has messages read waits for
# the web server's libraries.
COMMANDS = {
    "audit": "bot.cli.audit",
    "chat": "bot.cli.chat",
    "check": "bot.cli.check",
    "daysheet": "bot.cli.daysheet",
    "holidays": "bot.cli.holidays",
    "migrate": "bot.cli.clinic",
    "phrases": "bot.cli.phrases",
    "reach": "bot.cli.reach",
    "setup": "bot.cli.clinic",
    "simulate": "bot.cli.simulate",
    "slots": "bot.cli.slots",
    "staff": "bot.cli.staff",
    "tasks": "bot.cli.tasks",
    "telegram": "bot.cli.processes",
    "templates": "bot.cli.templates",
    "understand": "bot.cli.understand",
    "waitlist": "bot.cli.waitlist",
    "worker": "bot.cli.processes",
}


class Commands(click.Group):
    """The commands above, and those that need the web (`serve`, `demo`), which stand beside it and
    are found by their entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted({*COMMANDS, *entry_points(group="frontdesk.commands").names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name in COMMANDS:
            found = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        else:
            beside = [*entry_points(group="frontdesk.commands", name=cmd_name)]
            found = beside[0].load() if beside else None
        return found if isinstance(found, click.Command) else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="frontdesk")
def frontdesk() -> None:
    """A clinic's front desk in chat.

    Every command takes --debug, which shows the traceback of an error.
    """


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
