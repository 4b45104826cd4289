"""`frontdesk understand`: JSON lines in, JSON lines out."""

import json
import sys

import click

from bot.cli.lines import lines_of_input
from bot.clinic_file import directory_of
from bot.directory import Directory
from core import clock
from core.setup import DEMO_FILE, read_clinic_file


@click.command()
@click.option("--lang", metavar="CODE", help="The language of lines that name none.")
@click.option("--explain", is_flag=True, help="Say which words led to what.")
@click.option("--database", is_flag=True, help="Know the names of the clinic in DATABASE_URL.")
def understand(lang: str | None, explain: bool, database: bool) -> None:
    """Read JSON lines from standard input and say what each message means.

    A line that can't be read is answered by {"error": ...}; the exit code is 1 then.
    """
    directory = _from_database() if database else directory_of(read_clinic_file(DEMO_FILE))
    failed = False
    for line in lines_of_input():
        answer = _answer(line, directory, lang, explain)
        failed = failed or "error" in answer
        click.echo(json.dumps(answer, ensure_ascii=False))
    if failed:
        sys.exit(1)


def _from_database() -> Directory:
    # Whoever reads the demo clinic's names does not wait for the database's libraries.
    from bot.cli.opening import opened
    from bot.clinic import read_directory

    with opened(needs_keys=False) as database, database.reading() as connection:
        return read_directory(connection)


def _answer(line: str, directory: Directory, lang: str | None, explain: bool) -> dict[str, object]:
    try:
        record = json.loads(line)
    except ValueError as error:
        return {"id": None, "error": f"expected one JSON object a line: {error}"}
    if not isinstance(record, dict):
        return {"id": None, "error": "expected one JSON object a line"}
    if lang:
        record = {"lang": lang} | record
    from bot.understanding import jsonl

    try:
        return jsonl.answer(record, directory, explain=explain, now=clock.now())
    except ValueError as error:
        return {"id": record.get("id"), "error": str(error)}
