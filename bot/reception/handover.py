"""Commands that hand a conversation to the clinic's people, and take it back."""

from datetime import timedelta

from bot.alarms import tell_next
from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.reception.office import Handlers, Office
from core.messaging import conversations
from core.messaging.tasks import close_tasks_of, find_task, open_task, put_off
from core.models.messaging import TaskKind
from core.opening import load_opening_hours


def hand_over(office: Office, command: ask.HandOver) -> told.HandedOver:
    hours = load_opening_hours(office.connection, command.location, office.now)
    minutes = office.rules.handover_minutes
    soon = office.now + timedelta(minutes=minutes)
    answered = told.HandedOver(minutes if hours.are_known else None)
    if hours.are_known and not (hours.is_open(office.now) and hours.is_open(soon)):
        # So near to closing nobody is promised for today.
        answered = told.HandedOver(opens_at=hours.next_opening(office.now))
    task_id = open_task(
        office.connection,
        TaskKind.HANDOVER,
        conversation_id=office.conversation.id,
        message_id=office.message_id,
        location_id=command.location,
        due_at=answered.opens_at,
        now=office.now,
    )
    if task_id is not None:
        _pass_on(office, task_id, answered)
    if not office.with_person:
        conversations.want_person(office.connection, office.conversation.id, office.now)
        office.with_person = True
        office.note("handed_over")
    return answered


def _pass_on(office: Office, task_id: int, answered: told.HandedOver) -> None:
    task = find_task(office.connection, task_id)
    if answered.opens_at is None:
        tell_next(office.connection, office.clinic, task, office.now)
    else:
        # Told by and by, when they open; the patient hears of it in this very reply.
        put_off(office.connection, task, answered.opens_at, office.now)


def take_back(office: Office, _: ask.TakeBack) -> told.Done:
    conversations.release(office.connection, office.conversation.id, office.now)
    close_tasks_of(
        office.connection,
        office.conversation.id,
        TaskKind.HANDOVER,
        outcome="the patient went back to the desk",
        now=office.now,
    )
    office.with_person = False
    office.note("handed_back")
    return told.Done()


HANDLERS: Handlers = {
    ask.HandOver: hand_over,
    ask.TakeBack: take_back,
}
