"""`frontdesk migrate` and `frontdesk setup`: the schema, and the clinic in it."""

from pathlib import Path

import click

from bot.cli.opening import demo_mark, opened
from bot.clinic_file import read_checked
from core.config import open_database, read_settings
from core.database.migrate import upgrade
from core.demo_clock import clock_of
from core.setup import DEMO_FILE, Change, ChangeKind, apply, dump, plan


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    database = open_database(read_settings(), needs_keys=False)
    try:
        upgrade(database)
    finally:
        database.dispose()
    click.echo("The database is up to date.")


@click.command()
@click.argument("clinic", metavar="CLINIC.toml|demo", required=False)
@click.option("--yes", is_flag=True, help="Change without asking.")
@click.option("--overwrite", is_flag=True, help="Replace also what staff changed in chat.")
@click.option("--dump", "as_it_is", is_flag=True, help="Print the clinic as it is, as such a file.")
def setup(clinic: str | None, yes: bool, overwrite: bool, as_it_is: bool) -> None:
    """Create or update the clinic from one file, or the made-up demo clinic.

    Shows first what it will change. Without a file, CLINIC_CONFIG names it.
    """
    if as_it_is:
        _dump(clinic, yes=yes, overwrite=overwrite)
        return
    is_demo = clinic == "demo"
    path = DEMO_FILE if is_demo else _path(clinic)
    clinic_file = read_checked(path)
    with opened(needs_keys=False, needs_clinic=False, demo=is_demo) as database:
        now = clock_of(database)()
        with database.transaction() as connection:
            is_new = demo_mark(connection) is None
            changes = plan(connection, clinic_file, now, overwrite=overwrite, demo=is_demo)
        _show(changes)
        if not any(change.alters for change in changes):
            if any(change.kind is ChangeKind.KEEP for change in changes):
                # Nothing that holds; what the file says is noted beside staff's word.
                with database.transaction() as connection:
                    apply(connection, clinic_file, now, demo=is_demo)
            click.echo("Nothing to change.")
            return
        # A database without a clinic has nothing that could be lost.
        if not (yes or is_new) and not _agreed():
            raise click.ClickException("nothing was changed (--yes changes without asking)")
        with database.transaction() as connection:
            apply(connection, clinic_file, now, overwrite=overwrite, demo=is_demo)
    click.echo("Done.")


def _dump(clinic: str | None, *, yes: bool, overwrite: bool) -> None:
    if clinic or yes or overwrite:
        raise click.UsageError("--dump stands alone: it prints, and changes nothing")
    with opened() as database, database.reading() as connection:
        click.echo(dump(connection, clock_of(database)()), nl=False)


def _path(clinic: str | None) -> Path:
    path = Path(clinic) if clinic else read_settings().clinic_config
    if path is None:
        raise click.UsageError("expected a clinic file or the word demo (or CLINIC_CONFIG set)")
    if not path.is_file():
        raise click.UsageError(f"there is no file {path}")
    return path


def _show(changes: list[Change]) -> None:
    for change in changes:
        click.echo(f"  {change}")


def _agreed() -> bool:
    try:
        return click.confirm("Change this?")
    except click.Abort:
        return False
