"""Conversations in which a person is to answer, and alarms: passed on until somebody takes them,
put off at closing, handed back."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bot import gsm7
from bot.alarms import phrasebook_of, tell_next
from bot.clinic import Clinic, ClinicCache
from bot.dialogue.turn import Say, say
from bot.dialogue.values import Opening
from bot.messages import Channel
from bot.prompting import Returning
from bot.templates.filling import spoken
from core.clock import Clock
from core.database.connect import Database
from core.messaging import conversations, log, notices
from core.messaging.conversations import Conversation
from core.messaging.tasks import StaffTask, close_task, put_off, untaken
from core.models import addresses
from core.models import conversations as talks
from core.models.messaging import MessageKind, TaskKind
from core.opening import OpeningHours, load_opening_hours

logger = logging.getLogger("frontdesk.worker")

# Wall time in which a patient may be told that nobody came to it; a worker that was down at closing
# does not wake them at night.
DAY_BEGINS, DAY_ENDS = 8, 21


class Watch:
    """Looks after what nobody has taken. Every step is a transaction of its own, made once however
    many workers look."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._clinics = ClinicCache()

    def look(self) -> int:
        """Do what is due, and return for how many tasks; one that fails stops no other."""
        with self._database.reading() as connection:
            waiting = untaken(connection)
        done = 0
        for task in waiting:
            try:
                done += self._see_to(task)
            except Exception:  # The next look tries again; an alarm waits for no other's mending.
                logger.exception("task %d could not be passed on", task.id)
        return done

    def _see_to(self, task: StaffTask) -> bool:
        now = self._clock()
        with self._database.transaction() as connection:
            clinic = self._clinics.newest(connection, now)
            if task.is_alarm:
                return _pass_on_alarm(connection, clinic, task, now)
            return _pass_on(connection, clinic, task, now)


def _pass_on_alarm(connection: Connection, clinic: Clinic, task: StaffTask, now: datetime) -> bool:
    minutes = clinic.catalogue.rules.at(task.location_id).alarm_minutes
    if task.assigned_at is not None and now - task.assigned_at < timedelta(minutes=minutes):
        return False
    return tell_next(connection, clinic, task, now)


def _pass_on(connection: Connection, clinic: Clinic, task: StaffTask, now: datetime) -> bool:
    hours = load_opening_hours(connection, task.location_id, now)
    if task.conversation_id is not None:
        notices.lock(connection, task.conversation_id)
    if task.is_put_off:
        is_due = task.due_at is None or task.due_at <= now
        return is_due and tell_next(connection, clinic, task, now)
    if hours.are_known and not hours.is_open(now) and hours.closes(now) is None:
        return _put_off(connection, clinic, task, hours, now)
    since = task.assigned_at or task.opened_at
    waited = hours.open_between(since, now) if hours.are_known else now - since
    minutes = clinic.catalogue.rules.at(task.location_id).handover_minutes
    return waited >= timedelta(minutes=minutes) and tell_next(connection, clinic, task, now)


def _put_off(
    connection: Connection, clinic: Clinic, task: StaffTask, hours: OpeningHours, now: datetime
) -> bool:
    """The place has closed for today: first thing at the next opening, and the patient hears so."""
    opens_at = hours.next_opening(now)
    if opens_at is None or not put_off(connection, task, opens_at, now):
        return False
    if task.conversation_id is None or not DAY_BEGINS <= now.astimezone(hours.zone).hour < DAY_ENDS:
        return True
    places = clinic.directory.locations
    place = clinic.directory.location(task.location_id) if task.location_id else places[0]
    said = say("handover_put_off", opening=Opening(place.key, opens_at), phone=place.phone)
    _tell_patient(connection, clinic, task.conversation_id, said, now, valid_until=opens_at)
    return True


def hand_back(
    connection: Connection, clinic: Clinic, task: StaffTask, outcome: str, now: datetime
) -> None:
    """Close a task; of a conversation that was handed over, the desk answers again and says so."""
    if task.kind is TaskKind.HANDOVER and task.conversation_id is not None:
        notices.lock(connection, task.conversation_id)
        waiting = talks.c.person_wanted_at.is_not(None) & (talks.c.id == task.conversation_id)
        if connection.scalar(select(talks.c.id).where(waiting)) is not None:
            conversations.release(connection, task.conversation_id, now)
            conversation = conversations.lock_by_id(connection, task.conversation_id)
            simulated = conversation.is_simulated
            Returning(connection, clinic, conversation, now, simulated=simulated).speak()
    close_task(connection, task.id, outcome=outcome, now=now)


def ask_to_write(
    connection: Connection, clinic: Clinic, conversation: Conversation, now: datetime
) -> str:
    """Ask whoever has not written for a day to do so, by a template where WhatsApp takes nothing
    else; return the words."""
    book = phrasebook_of(clinic, conversation.language)
    said = say("person_answers")
    template, words = spoken([said], book), book.say(said)
    log.queue_reply(
        connection,
        conversation,
        text=words,
        choices=[],
        list_id=None,
        segments=None,
        in_reply_to=None,
        kind=MessageKind.NOTICE,
        template=template.key if template else None,
        variables=template.variables if template else None,
        simulated=conversation.is_simulated,
        now=now,
    )
    log.wake_worker(connection)
    return words


def _tell_patient(
    connection: Connection,
    clinic: Clinic,
    conversation_id: int,
    said: Say,
    now: datetime,
    *,
    valid_until: datetime | None = None,
) -> None:
    where = select(addresses.c.channel, addresses.c.language, talks.c.language.label("spoken"))
    row = connection.execute(
        where.select_from(talks.join(addresses)).where(talks.c.id == conversation_id)
    ).one()
    text = phrasebook_of(clinic, row.language or row.spoken).say(said)
    if row.channel == Channel.SMS:
        text = gsm7.fold(text)
    notices.queue_notice(connection, conversation_id, text, now=now, valid_until=valid_until)
