"""A peer in its own environment and process, which searches when it is told to."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from tests.benchmarks.busy_clinic import ZONE, Extent

PYTHON = Path(".venv-bench") / "bin" / "python"


class Peer:
    """Starts to load its data at once; `wait` until it has done so."""

    def __init__(self, url: URL, extent: Extent, today: date) -> None:
        if not PYTHON.exists():
            raise RuntimeError(f"{PYTHON} is missing; `make bench` makes it")
        order = {"database": _database(url), "extent": asdict(extent), "today": f"{today}"}
        self._process = subprocess.Popen(
            [PYTHON, "-m", "tests.benchmarks.peer_django", json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> None:
        self._answer()

    def seconds(self, practitioners: Iterable[int], days: int) -> float:
        """Return how long it takes to search for each of these practitioners."""
        return float(self._ask(practitioners, days)["seconds"])

    def starts(self, practitioner: int, days: int) -> list[datetime]:
        """Return the free starts that it finds."""
        (found,) = self._ask([practitioner], days)["slots"]
        return [datetime.fromisoformat(start).replace(tzinfo=ZONE) for start in found]

    def _ask(self, practitioners: Iterable[int], days: int) -> Any:
        assert self._process.stdin is not None
        question = {"practitioners": list(practitioners), "days": days}
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer ended with status {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        with self._process:  # Closes its input, which ends it, and waits.
            pass


def _database(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "HOST": url.query["host"],
        "USER": url.username,
        # Kept open, as a server would.
        "CONN_MAX_AGE": None,
    }
