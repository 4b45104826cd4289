"""The demo's show of a worker that is killed, as the page hears of it."""

from datetime import datetime
from typing import Any

from bot.crash import Keeper, NoWorkerToKill, OrderedAlready, begin, fates, keeper_of
from core.database.connect import Database
from webhooks.chat.refusal import Refused


def answer_crash(database: Database, now: datetime) -> dict[str, Any]:
    """Queue some messages, order the worker to die while it sends them, and name the run. Raises
    Refused."""
    try:
        return {"run": begin(database, _keeper(database), now=now)}
    except NoWorkerToKill:
        raise Refused(
            409, "Nobody would start a new worker here. Run the demo with make demo."
        ) from None
    except OrderedAlready:
        raise Refused(
            409, "The worker has been told to die already. Try again in a moment."
        ) from None


def read_crash(database: Database, run: str) -> dict[str, Any]:
    """Return what has become of the messages of a run: their status by our log, how often the
    provider took them by its book, and whether the worker has yet to die. Raises Refused."""
    keeper = _keeper(database)
    return {
        "ordered": keeper.is_ordered,
        "messages": [
            {"id": fate.public_id, "status": fate.status, "taken": fate.taken}
            for fate in fates(database, keeper, run)
        ],
    }


def _keeper(database: Database) -> Keeper:
    if (keeper := keeper_of(database)) is None:
        raise Refused(404, "There is no worker to kill here.")
    return keeper
