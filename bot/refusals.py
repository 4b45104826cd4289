"""What a refusal leads to beyond its message: what it says of the address, and of the channel.

One way for the answer to a request (`bot.delivery`) and for a report that comes later
(`webhooks.twilio`).
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from bot.messages import Channel
from bot.senders import faults, telegram_errors, twilio_errors
from bot.senders.faults import Address, Alarm, Fault
from core.messaging import reach, troubles
from core.people.consents import set_opt_in
from core.scheduling.appointments import SYSTEM

logger = logging.getLogger("frontdesk.delivery")


def fault_of(channel: Channel, code: str) -> Fault:
    """What the code leads to, by the table of the channel's provider."""
    if found := faults.OURS.get(code):
        return found
    if channel is Channel.TELEGRAM:
        return telegram_errors.fault(code)
    return twilio_errors.fault(code)


def see_to(
    connection: Connection, *, channel: Channel, address_id: int, code: str, now: datetime
) -> None:
    """Remember what a refusal says of the address, and put before staff what they must mend."""
    fault = fault_of(channel, code)
    if fault.address is Address.OPTED_OUT:
        # They said STOP to the carrier; we may never have seen it.
        how = f"provider:{code}"
        set_opt_in(connection, address_id, opted_in=False, how=how, actor=SYSTEM, now=now)
    elif fault.address is Address.BAD:
        reach.mark_bad(connection, address_id, reason=code, now=now)
    if fault.alarm is not None:
        raise_alarm(connection, channel=channel, code=code, now=now)


def raise_alarm(connection: Connection, *, channel: Channel, code: str, now: datetime) -> None:
    """Put before staff what is wrong with a channel, by the table's words, unless it is there."""
    key = troubles.key_of(channel, code)
    if troubles.raise_trouble(connection, key, fault_of(channel, code).alarm_note, now):
        logger.error("channel %s: staff must act (%s)", channel, code)


def ended_by(alarm: Alarm, channel: Channel, keys: Iterable[str]) -> list[str]:
    """Return which troubles are over, now that the channel has taken, or delivered, a message."""
    of_channel = [key for key in keys if key.partition(" ")[0] == channel]
    return [key for key in of_channel if fault_of(channel, key.partition(" ")[2]).alarm is alarm]


def note_delivered(connection: Connection, channel: Channel, now: datetime) -> None:
    """A message arrived: what kept them from arriving is over."""
    keys = troubles.open_troubles(connection)
    if over := ended_by(Alarm.UNTIL_DELIVERED, channel, keys):
        troubles.end_troubles(connection, over, now)
