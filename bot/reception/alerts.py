"""Commands that turn to the clinic's people: what patients' words open for them."""

from bot.alarms import tell_next
from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Alert
from bot.reception.office import Handlers, Office
from core.messaging.tasks import ALARMS, find_task, open_task
from core.models.messaging import TaskKind

TASKS = {
    Alert.EMERGENCY: TaskKind.EMERGENCY,
    Alert.SELF_HARM: TaskKind.SELF_HARM,
    Alert.THREAT: TaskKind.THREAT,
    Alert.ABUSE: TaskKind.ABUSE,
}


def alert(office: Office, command: ask.AlertStaff) -> told.Done:
    kind = TASKS[command.alert]
    task_id = open_task(
        office.connection,
        kind,
        conversation_id=office.conversation.id,
        message_id=office.message_id,
        now=office.now,
    )
    if task_id is not None and kind in ALARMS:
        # In the same transaction: whoever is told finds the task, and no alarm stays unsaid.
        task = find_task(office.connection, task_id)
        tell_next(office.connection, office.clinic, task, office.now)
    office.note("staff_alerted", about=command.alert)
    return told.Done()


HANDLERS: Handlers = {
    ask.AlertStaff: alert,
}
