"""What was lost on one channel, said again on another: a reminder, as the visits are now.

Called in the transaction that takes the lost message up (`bot.elsewhere`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clinic import Clinic, ClinicCache
from bot.messages import Channel
from bot.occasions import VisitsAhead
from bot.prompting import Prompting
from bot.reception import Reception
from core.clock import Clock
from core.messaging import conversations
from core.messaging.elsewhere import LostMessage, Way, call_instead, next_way
from core.messaging.places import conversation_with
from core.messaging.repeating import repeat_as_template
from core.models.messaging import MessageKind
from core.occasions import due
from core.occasions.due import Reminder
from core.occasions.whom import rules_for, zone_of
from core.quiet import allowed_from
from core.scheduling.appointments import by_id


@dataclass(frozen=True, slots=True)
class VisitsStillAhead(VisitsAhead):
    """The same visits, of which another address was told in vain."""

    lost_id: int = 0

    def _planned(self, reception: Reception) -> list[Reminder]:
        return due.still_unanswered(reception.connection, self.lost_id)

    def said(self, reception: Reception, message_id: int) -> None:
        due.carry_on(reception.connection, self.lost_id, message_id, reception.now)


class SayingAgain:
    """`ours`: our own address on each channel, for those who have never written to us; `channels`:
    those that are on."""

    def __init__(
        self, clock: Clock, ours: Mapping[str, str], channels: Collection[Channel]
    ) -> None:
        self._clock = clock
        self._ours = ours
        self._channels = frozenset(channels)
        self._clinics = ClinicCache()

    def __call__(
        self, connection: Connection, lost: LostMessage, way: Way
    ) -> int | datetime | None:
        """Return the message that says it; an instant: not before then; None: there is nothing left
        to say, or it is of a kind that is worth saying once only, or staff call."""
        now = self._clock()
        if way.as_template and (said := self._as_template(connection, lost, now)) is not None:
            return said
        if lost.kind in (MessageKind.NOTICE, MessageKind.RUNNING_LATE):
            call_instead(connection, lost, now)  # Whoever must hear of it hears a voice.
            return None
        is_reminder = lost.kind is MessageKind.REMINDER
        reminders = due.still_unanswered(connection, lost.id) if is_reminder else []
        if not reminders:
            return None
        # No template passes there either: another channel is the way.
        other = next_way(connection, lost, channels=self._channels, now=now)
        chosen = other if way.as_template else way
        if chosen is None:
            call_instead(connection, lost, now)
            return None
        return self._say(connection, lost, chosen, reminders[0], now)

    def _as_template(
        self, connection: Connection, lost: LostMessage, now: datetime
    ) -> int | datetime | None:
        """The same once more, unless it has been answered, or would come at night: then a reminder
        waits for the morning."""
        conversation = conversations.lock_by_id(connection, lost.conversation_id)
        if lost.kind is MessageKind.REMINDER and not due.still_unanswered(connection, lost.id):
            return None
        clinic = self._clinics.get(connection, conversation.setup_version, now)
        zone, rules = clinic.directory.locations[0].zone, clinic.rules
        if lost.appointment_ids:
            visit = by_id(connection, lost.appointment_ids[0])
            zone = zone_of(connection, lost.patient_ids[0], visit.location_id)
            rules = rules_for(
                connection, lost.patient_ids[0], clinic.catalogue.rules_at(visit.location_id)
            )
        free = allowed_from(now, zone, rules)
        if free > now:
            return free if lost.kind is MessageKind.REMINDER else None
        return repeat_as_template(connection, lost.id, now)

    def _say(
        self,
        connection: Connection,
        lost: LostMessage,
        way: Way,
        first: Reminder,
        now: datetime,
    ) -> int | datetime | None:
        place = conversation_with(connection, way.address_id, self._ours, now)
        conversation = conversations.lock_by_id(connection, place)
        clinic = self._clinics.get(connection, conversation.setup_version, now)
        free = _allowed_from(connection, clinic, first, now)
        if free is None:
            call_instead(connection, lost, now)
            return None
        if free > now:
            return free
        occasion = VisitsStillAhead((), lost.id)
        speaking = Prompting(connection, clinic, conversation, occasion, now)
        if speaking.speak() is None:
            return now + timedelta(minutes=clinic.rules.prompt_wait_minutes)
        return speaking.queued_id


def _allowed_from(
    connection: Connection, clinic: Clinic, reminder: Reminder, now: datetime
) -> datetime | None:
    """Return when it may be said; None, if it would not help any more then."""
    rules = rules_for(
        connection, reminder.patient_id, clinic.catalogue.rules_at(reminder.location_id)
    )
    free = allowed_from(now, reminder.zone, rules)
    return free if free <= reminder.last_moment(clinic.catalogue.rules) else None
