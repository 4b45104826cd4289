"""The demo's show of many people at one slot, as the page hears of it."""

from datetime import datetime
from typing import Any

from bot.rush import AlreadyRunning, NothingFree, run_rush
from core.database.connect import Database
from webhooks.chat.refusal import Refused


def answer_rush(database: Database, now: datetime, body: dict[str, Any]) -> dict[str, Any]:
    """Run it, with the guard or without as `body` says, and return how it went: who heard what and
    when (in seconds), as it came, and what the copy's calendar says. Raises Refused."""
    guarded = body.get("guard")
    if not isinstance(guarded, bool):
        raise Refused(400, "Choose whether the guard is on.")
    try:
        rush = run_rush(database, guarded=guarded, now=now)
    except AlreadyRunning:
        raise Refused(409, "A run is already under way. Try again in a moment.") from None
    except NothingFree:
        raise Refused(409, "Nothing is free in this clinic, so there is no slot to want.") from None
    return {
        "slot": {
            "who": rush.slot.who,
            "day": rush.slot.day,
            "time": rush.slot.time,
            "place": rush.slot.place,
        },
        "answers": [
            {"person": each.person, "heard": each.heard, "at": round(each.seconds, 4)}
            for each in rush.answers
        ],
        "visits": rush.visits,
        "seats": rush.seats,
        "seconds": round(rush.seconds, 4),
    }
