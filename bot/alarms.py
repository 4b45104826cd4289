"""What staff are told of at once: whom, in which words, and their "I'll take it"."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection

from bot import gsm7
from bot.clinic import Clinic
from bot.dialogue.turn import Say, say
from bot.messages import Channel
from bot.phrases import DEFAULT_LANGUAGE, Phrasebook, languages
from core.errors import TaskNotFound
from core.messaging import notices
from core.messaging.places import conversation_with
from core.messaging.tasks import StaffTask, assign, find_task, take
from core.staff.colleagues import Colleague, alarm_list, next_of, staff_at

# Answers to "Reply 1 to take it", as far as they could not mean anything else.
_TAKES = frozenset(
    {"1", "ok", "okay", "taken", "take", "mine", "tomo", "tomado", "mio", "pris", "assumo"}
)
_NUMBERED = re.compile(r"(?:(?:take|taken|task|ok|1)\s+)?#?(\d{1,9})[.!]?", re.ASCII)


def tell_next(connection: Connection, clinic: Clinic, task: StaffTask, now: datetime) -> bool:
    """Make it the next colleague's turn and tell them; False if somebody else has just done so."""
    whom = next_of(alarm_list(connection), task.assigned_to_id)
    if whom is None or whom.address_id is None or task.conversation_id is None:
        return assign(connection, task, None, now)
    there, simulated = notices.conversation_about(
        connection, whom.address_id, task.conversation_id, now
    )
    if not assign(connection, task, whom.id, now):
        return False
    told = _told(clinic, task, whom)
    notices.queue_notice(connection, there, told, task_id=task.id, simulated=simulated, now=now)
    return True


def tell_first(
    connection: Connection,
    clinic: Clinic,
    task: StaffTask,
    ours: Mapping[str, str],
    now: datetime,
    *,
    until: datetime,
    but_not_by: Collection[str] = (),
    **about: str,
) -> bool:
    """Tell the first who can be told of what belongs to no conversation of a patient's; later than
    `until` it goes to nobody. `ours`: our own address on each channel; `but_not_by`: channels that
    take nothing; `about`: what else the sentence names. False if nobody can be told, or somebody
    else has just told them."""
    listed = [each for each in alarm_list(connection) if each.channel not in but_not_by]
    if not listed or listed[0].address_id is None:
        return False
    whom, address_id = listed[0], listed[0].address_id
    there = conversation_with(connection, address_id, ours, now)
    if not assign(connection, task, whom.id, now):
        return False
    told = _told(clinic, task, whom, **about)
    notices.queue_notice(connection, there, told, task_id=task.id, valid_until=until, now=now)
    return True


def _told(clinic: Clinic, task: StaffTask, whom: Colleague, **about: str) -> str:
    """No word of the patient, only what it is about and the task's number."""
    said = say(f"alarm_{task.kind}", task=task.id, **about)
    text = phrasebook_of(clinic, whom.language).say(said)
    return gsm7.fold(text) if whom.channel == Channel.SMS else text


def phrasebook_of(clinic: Clinic, language: str | None) -> Phrasebook:
    """Return that of somebody's language, as far as we have it, else of the clinic's first."""
    wished = (language, *clinic.directory.languages, DEFAULT_LANGUAGE)
    code = next(code for code in wished if code in languages())
    return Phrasebook(clinic.directory, code)


def may_take(text: str) -> bool:
    """Tell whether a message could be somebody's "I'll take it"; most are not, and cost nothing."""
    word = text.strip().casefold().rstrip(".!")
    return word in _TAKES or _NUMBERED.fullmatch(word) is not None


def taken(connection: Connection, address_id: int, text: str, now: datetime) -> Say | None:
    """Give the alarms that this address was told of to whoever answers there; None if the message
    is none such answer, or the address none of staff's."""
    whom = staff_at(connection, address_id)
    if whom is None:
        return None
    told = notices.tasks_told(connection, address_id)
    asked = _asked_for(connection, address_id, text, told)
    there = [task for task in (_open(connection, each) for each in asked) if task is not None]
    waiting = [task for task in there if task.acknowledged_at is None]
    if not waiting:
        mine = [task.id for task in there if task.acknowledged_by_id == whom.id]
        gone = asked and not mine and notices.was_last_told(connection, address_id)
        return say("alarm_gone", task=asked[0]) if gone else None
    mine = [task.id for task in waiting if take(connection, task, whom.id, now)]
    numbers = ", ".join(map(str, mine))
    return say("alarm_taken", tasks=numbers) if mine else say("alarm_gone", task=asked[0])


def _asked_for(
    connection: Connection, address_id: int, text: str, told: Collection[int]
) -> list[int]:
    """Return the tasks that the message takes: the one it numbers; all that they were told of,
    if that was the last thing they heard."""
    word = text.strip().casefold().rstrip(".!")
    numbered = _NUMBERED.fullmatch(word)
    if numbered and word != "1" and int(numbered[1]) in told:
        return [int(numbered[1])]
    if word in _TAKES and notices.was_last_told(connection, address_id):
        return list(told)
    return []


def _open(connection: Connection, task_id: int) -> StaffTask | None:
    try:
        return find_task(connection, task_id)
    except TaskNotFound:
        return None
