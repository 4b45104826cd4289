"""Everything that search and booking are measured on: the busy clinic in all its databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.engine import make_url

from core import clock
from core.database.connect import Database
from tests.benchmarks.busy_clinic import ZONE, Extent
from tests.benchmarks.desk import BusyDesk
from tests.benchmarks.filling import fill
from tests.benchmarks.peer import Peer
from tests.benchmarks.plain import fill_plain
from tests.benchmarks.scratch import (
    new_postgresql,
    new_postgresql_url,
    new_sqlite,
    postgresql_server,
    scratch_folder,
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of database. `fresh` is the same clinic as `busy`, without a past; both may hold
    the yardstick's plain tables beside ours."""

    kind: str
    busy: BusyDesk
    fresh: BusyDesk
    peer: Peer | None


@contextmanager
def stages(
    extent: Extent,
    *,
    newcomers: int = 0,
    plain: bool = True,
    peers: bool = True,
    postgresql: bool = True,
) -> Iterator[list[Stage]]:
    """Yield SQLite and, if wanted, PostgreSQL, with the yardsticks that are wanted. Filling takes
    minutes, so all are filled at the same time."""
    now = clock.now()
    today = now.astimezone(ZONE).date()
    without_past = replace(extent, days_back=0)
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        server = stack.enter_context(postgresql_server()) if postgresql else None
        databases = _databases(folder, server)
        for busy, fresh, _ in databases.values():
            stack.callback(busy.dispose)
            stack.callback(fresh.dispose)
        peer_of = {
            kind: stack.enter_context(closing(Peer(make_url(url), extent, today)))
            for kind, (_, _, url) in databases.items()
            if peers
        }

        def desk(database: Database, shown: Extent, newcomers: int = 0) -> BusyDesk:
            newcomer_ids = fill(database, shown, today, newcomers=newcomers)
            if plain:
                fill_plain(database, shown, today)
            return BusyDesk(database, now, today, newcomer_ids)

        def prepare(kind: str) -> Stage:
            busy, fresh, _ = databases[kind]
            return Stage(
                kind, desk(busy, extent, newcomers), desk(fresh, without_past), peer_of.get(kind)
            )

        with ThreadPoolExecutor() as pool:
            prepared = list(pool.map(prepare, databases))
        for peer in peer_of.values():
            peer.wait()
        yield prepared


def _databases(folder: Path, server: str | None) -> dict[str, tuple[Database, Database, str]]:
    """Return by kind two migrated databases, and the address of an empty one for the peer.

    One after the other: migrations of one process cannot run side by side.
    """
    sqlite = new_sqlite(folder, "busy"), new_sqlite(folder, "fresh"), f"sqlite:///{folder}/peer.db"
    if server is None:
        return {"SQLite": sqlite}
    busy, fresh = new_postgresql(server, "busy"), new_postgresql(server, "fresh")
    return {"SQLite": sqlite, "PostgreSQL": (busy, fresh, new_postgresql_url(server, "peer"))}
