"""The worker's tick that reminds: what is due is said in the conversation of who hears of it.

Each reminder is a transaction of its own, that of `Desk.prompt`; one that fails stops no other.
"""

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.desk import Desk
from bot.messages import Channel
from bot.occasions import VisitsAhead
from core.clock import Clock
from core.config import Settings
from core.database.connect import Database
from core.messaging.places import conversation_with
from core.occasions import due
from core.occasions.due import Reminder
from core.occasions.whom import told
from core.people.links import told_about
from core.rules import RuleBook, load_rules
from core.scheduling.appointments import by_id

logger = logging.getLogger("frontdesk.worker")

MOST_AT_ONCE = 200
# A morning's thousands are said page by page; a tick that never ends is never noted.
LONGEST_SECONDS = 5.0
# What could not be said for a reason of ours is tried again after this while.
AGAIN = timedelta(minutes=10)


def own_addresses(settings: Settings) -> dict[str, str]:
    """Return our own address on each channel that has one; a bot's is the number in its token."""
    token = settings.telegram_bot_token or ""
    ours = {
        Channel.SMS: settings.twilio_sms_from,
        Channel.WHATSAPP: settings.twilio_whatsapp_from,
        Channel.TELEGRAM: token.partition(":")[0],
    }
    return {channel: address for channel, address in ours.items() if address}


class Reminders:
    """`ours`: our own address on each channel, for those who have never written to us."""

    def __init__(self, database: Database, clock: Clock, ours: Mapping[str, str]) -> None:
        self._database = database
        self._clock = clock
        self._ours = ours
        self._desk = Desk(database, clock)

    def remind(self) -> int:
        """Say what is due, for a few seconds at most, and return how many reminders were settled:
        said, put off or left."""
        until = time.monotonic() + LONGEST_SECONDS
        settled = page = self._remind_of_some()
        while page == MOST_AT_ONCE and time.monotonic() < until:
            page = self._remind_of_some()
            settled += page
        return settled

    def _remind_of_some(self) -> int:
        now = self._clock()
        with self._database.transaction() as connection:
            rules = load_rules(connection)
            waiting = due.due(connection, now, rules, MOST_AT_ONCE)
        for reminder in waiting:
            try:
                self._see_to(reminder, rules, now)
            except Exception:  # The others are not to wait for it.
                logger.exception("reminder %d could not be said", reminder.id)
                self._put_off([reminder.id], now + AGAIN, now)
        return len(waiting)

    def _see_to(self, reminder: Reminder, rules: RuleBook, now: datetime) -> None:
        with self._database.transaction() as connection:
            found = self._place(connection, reminder, now)
        if found is None:
            return
        conversation_id, ids = found
        if self._desk.prompt(conversation_id, VisitsAhead(ids)) is None:
            wait = timedelta(minutes=rules.general.prompt_wait_minutes)
            self._put_off(ids, now + wait, now)

    def _place(
        self, connection: Connection, reminder: Reminder, now: datetime
    ) -> tuple[int, tuple[int, ...]] | None:
        """Return the conversation to say it in, and what goes with it into one message; None, where
        it is settled already, or nobody hears of it."""
        if not due.is_left(connection, reminder.id):
            return None  # Said together with another a moment ago, or by another worker just now.
        visit = by_id(connection, reminder.appointment_id)
        hearing = told(connection, visit, now)
        if not hearing:
            due.leave_to_staff(connection, reminder, due.NOBODY, now)
            return None
        best, *_ = hearing
        patients = told_about(connection, best, now)
        end_of_day = now.astimezone(reminder.zone).replace(hour=23, minute=59, second=59)
        together = due.of_that_day(connection, reminder, patients, end_of_day)
        theirs = [
            each.id
            for each in together
            if best in told(connection, by_id(connection, each.appointment_id), now)
        ]
        return conversation_with(connection, best, self._ours, now), tuple(theirs)

    def _put_off(self, ids: list[int] | tuple[int, ...], until: datetime, now: datetime) -> None:
        with self._database.transaction() as connection:
            due.postpone(connection, ids, until, now)
