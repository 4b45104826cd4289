"""What is to be done: whom to call, what no message could settle; and what came of it."""

from collections.abc import Mapping

from bot.dialogue.turn import Option, Say, say
from bot.staff.booking.draft import Doing
from bot.staff.days import named
from bot.staff.reading import Asked
from bot.staff.work import ASKED_WORDS, LEAVE, Answer, Work, line
from core.errors import NothingToUndo, TaskNotFound
from core.messaging.tasks import note_of, take
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.people.entering import add_phone
from core.people.trust import suspend
from core.phone import to_e164
from core.scheduling.appointments import Appointment, Untold, by_id
from core.scheduling.moving import cancel
from core.scheduling.progress import change_status
from core.scheduling.statuses import EXPECTED
from core.scheduling.undoing import undo
from core.staff.todo import Outcome, Todo, close, phones_of, reopen, todo, todo_of, try_again

SHOWN = 10
_DECLINED = "told us so on the telephone"
_KNOWS = Untold("they said so themselves")
_CALLS = (Outcome.REACHED, Outcome.LEFT_WORD, Outcome.NO_ANSWER)
# What may come of a task beside what is done with its visit; of all others "done".
OUTCOMES: Mapping[TaskKind, tuple[Outcome, ...]] = {
    TaskKind.CALL: _CALLS,
    TaskKind.QUESTION: (Outcome.DONE, *_CALLS),
    TaskKind.VERIFY: (Outcome.DONE, *_CALLS),
    TaskKind.MAY_CANCEL: (Outcome.KEPT, *_CALLS),
    TaskKind.STRANDED: (Outcome.KEPT,),
}
# Of these a visit may be moved or called off right here.
_OF_VISITS = (TaskKind.CALL, TaskKind.MAY_CANCEL, TaskKind.STRANDED, TaskKind.LATE)
# And of these a number may be wrong, or a better one be known.
_OF_NUMBERS = (TaskKind.CALL, TaskKind.WRONG_PERSON, TaskKind.DELIVERY, TaskKind.OPT_OUT)


def show_all(work: Work, asked: Asked) -> Answer:
    """What waits, the most pressing first, a button each."""
    del asked
    return show_from(work, "0")


def show_from(work: Work, since: str) -> Answer:
    """The same, from a button that leads to those below."""
    waiting = todo(work.connection, work.sphere, work.now)
    if not waiting:
        return Answer((say("nothing_to_do"),))
    first = int(since) if int(since) < len(waiting) else 0
    shown = waiting[first : first + SHOWN]
    work.looked("task", [each.task.id for each in shown], patients_of(*shown))
    overdue = sum(each.is_overdue(work.now) for each in waiting)
    says = [say("to_do", count=len(waiting))]
    if overdue:
        says.append(say("overdue", count=overdue))
    says += [line(in_words(work, each)) for each in shown]
    options = [_to(work, each) for each in shown]
    if (left := len(waiting) - first - SHOWN) > 0:
        options.append(Option(f"tasks:{first + SHOWN}", say("and_more", count=left)))
    return Answer(tuple(says), tuple(options))


def open_one(work: Work, task_id: str) -> Answer:
    """The task, and what may come of it."""
    found = todo_of(work.connection, work.sphere, int(task_id))
    work.looked("task", [found.task.id], patients_of(found))
    return _card(work, found)


def mine(work: Work, task_id: str) -> Answer:
    """Whoever takes it has it; nobody else closes it."""
    found = todo_of(work.connection, work.sphere, int(task_id))
    own = work.pairing.member.id
    is_taken = take(work.connection, found.task, own, work.now)
    if not is_taken and found.task.acknowledged_by_id != own:
        return Answer((say("taken_by_another"),))
    work.note("took", "task", [found.task.id], patients_of(found))
    return _card(work, todo_of(work.connection, work.sphere, int(task_id)), say("task_taken"))


def number(work: Work, task_id: str) -> Answer:
    """The telephone in full, which is more than a list shows."""
    found = todo_of(work.connection, work.sphere, int(task_id))
    phones = phones_of(work.connection, _patient(work, found), work.now)
    work.looked("phone", [phone.address_id for phone in phones], patients_of(found))
    if not phones:
        return Answer((say("no_number_known"),), (_back(found),))
    return Answer(tuple(line(phone.number) for phone in phones), (_back(found),))


def came_of_it(work: Work, task_id: str, outcome: str) -> Answer:
    """Close it, and do to the visit what was said on the telephone."""
    found, result = todo_of(work.connection, work.sphere, int(task_id)), Outcome(outcome)
    own = work.pairing.member.id
    if result is Outcome.NO_ANSWER and try_again(
        work.connection, found, staff_id=own, now=work.now
    ):
        work.note(result, "task", [found.task.id], patients_of(found))
        return Answer((say("called_again_later"),), (_back(found),))
    if result is not Outcome.NO_ANSWER:
        close(work.connection, found.task.id, result, staff_id=own, now=work.now)
    visit = _changed(work, found, result)
    work.note(result, "task", [found.task.id], patients_of(found))
    if visit is not None:
        work.changed(_DONE_TO_VISIT[result], visit)
    back = f"{visit.id}:{visit.version}" if visit is not None else "0:0"
    undo_it = Option(f"reopen:{found.task.id}:{back}", say("staff_undo"))
    return Answer((say(f"task_{result.replace(' ', '_')}"),), (undo_it,))


_DONE_TO_VISIT = {Outcome.REACHED: "confirmed", Outcome.DECLINED: "cancelled"}


def _changed(work: Work, found: Todo, outcome: Outcome) -> Appointment | None:
    """Return the visit if they confirmed it or called it off by telephone."""
    visit = found.visit
    if visit is None or outcome not in _DONE_TO_VISIT or visit.status not in EXPECTED:
        return None
    if outcome is Outcome.REACHED:
        if visit.status is not AppointmentStatus.SCHEDULED:
            return None  # Confirmed already, or not yet approved.
        return change_status(
            work.connection,
            visit.id,
            AppointmentStatus.CONFIRMED,
            version=visit.version,
            actor=work.actor,
            now=work.now,
        )
    return cancel(
        work.connection,
        visit.id,
        version=visit.version,
        actor=work.actor,
        now=work.now,
        catalogue=work.clinic.catalogue,
        why=_DECLINED,
        untold=_KNOWS,
    )


def open_again(work: Work, task_id: str, visit_id: str, version: str) -> Answer:
    """A slip of the finger: the task waits again, and the visit is as it was."""
    minutes = work.clinic.rules.undo_minutes
    own = work.pairing.member.id
    try:
        reopen(work.connection, int(task_id), staff_id=own, minutes=minutes, now=work.now)
    except TaskNotFound:
        raise NothingToUndo("they closed no such task a moment ago") from None
    found = todo_of(work.connection, work.sphere, int(task_id))
    work.note("reopened", "task", [found.task.id], patients_of(found))
    if int(visit_id):
        undone = undo(
            work.connection,
            by_id(work.connection, int(visit_id)).id,
            version=int(version),
            actor=work.actor,
            now=work.now,
            catalogue=work.clinic.catalogue,
            untold=_KNOWS,
        )
        work.changed("undone", undone.appointment)
    again = todo_of(work.connection, work.sphere, int(task_id))
    return _card(work, again, say("taken_back"))


def wrong_number(work: Work, task_id: str, address_id: str) -> Answer:
    """Somebody else has it: nothing more of the patient is told there."""
    found = todo_of(work.connection, work.sphere, int(task_id))
    phones = phones_of(work.connection, _patient(work, found), work.now)
    if int(address_id) not in [phone.address_id for phone in phones]:
        return Answer((say("no_number_known"),), (_back(found),))
    why = "staff: wrong number"
    suspend(work.connection, int(address_id), why=why, actor=work.actor, now=work.now)
    work.note("wrong_number", "phone", [int(address_id)], patients_of(found))
    if len(phones) > 1:
        return _card(work, found, say("number_put_away"))
    close(
        work.connection,
        found.task.id,
        Outcome.WRONG_NUMBER,
        staff_id=work.pairing.member.id,
        now=work.now,
    )
    new = Option(f"newnumber:{_patient(work, found)}", say("new_number"))
    return Answer((say("number_put_away"), say("no_number_left")), (new,))


def new_number(work: Work, patient_id: str) -> Answer:
    """Where they are to be called from now on."""
    patient = work.patient(int(patient_id))
    if not work.words:
        asks = f"{ASKED_WORDS}:newnumber:{patient.id}"
        return Answer((say("which_number"),), (Option(LEAVE, say("drop_it")),), asks=asks)
    phone = to_e164(work.words, work.clinic.directory.country)
    if phone is None:
        asks = f"{ASKED_WORDS}:newnumber:{patient.id}"
        return Answer((say("no_number"),), (Option(LEAVE, say("drop_it")),), asks=asks)
    add_phone(work.connection, patient.id, phone, actor=work.actor, now=work.now)
    work.note("new_number", "patient", [patient.id], [patient.id])
    return Answer((say("number_kept"),))


# In words


def _card(work: Work, found: Todo, *first: Say) -> Answer:
    says = [*first, line(in_words(work, found))]
    note = note_of(work.connection, found.task.id)
    if note and _sees(work, found):
        says.append(line(note))
    if found.calls:
        says.append(say("called_in_vain", count=found.calls))
    return Answer(tuple(says), tuple(_options(work, found)))


def _options(work: Work, found: Todo) -> list[Option]:
    task, visit = found.task, found.visit
    options = []
    if task.acknowledged_by_id is None:
        options.append(Option(f"mine:{task.id}", say("take_task")))
    if found.patient is not None:
        options.append(Option(f"number:{task.id}", say("show_number")))
    options += [
        Option(f"outcome:{task.id}:{outcome}", say(f"as_{outcome.replace(' ', '_')}"))
        for outcome in OUTCOMES.get(task.kind, (Outcome.DONE,))
    ]
    if visit is not None and visit.status in EXPECTED and task.kind in _OF_VISITS:
        options.append(Option(f"change:{visit.id}:{Doing.MOVE}", say("to_move")))
        options.append(Option(f"outcome:{task.id}:{Outcome.DECLINED}", say("as_declined")))
    if task.kind in _OF_NUMBERS and found.patient is not None:
        options += [
            Option(f"wrong:{task.id}:{phone.address_id}", say("as_wrong", text=phone.number[-4:]))
            for phone in phones_of(work.connection, found.patient.patient_id, work.now)
        ]
        options.append(Option(f"newnumber:{found.patient.patient_id}", say("new_number")))
    return options


def in_words(work: Work, found: Todo) -> str:
    """Return "call: J.S., Mon, Nov 23 10:00 AM Dr Patel, overdue"."""
    kind = "channel" if found.is_of_channel else found.task.kind
    parts = [work.book.say(say(f"task_is_{kind}"))]
    if found.visit is not None:
        parts.append(_visit(work, found))
    elif found.patient is not None:
        parts.append(_name(work, found))
    if found.task.acknowledged_by_id == work.pairing.member.id:
        parts.append(work.book.say(say("you_see_to_it")))
    elif found.task.acknowledged_by_id is not None:
        parts.append(work.book.say(say("another_sees_to_it")))
    if found.is_overdue(work.now):
        parts.append(work.book.say(say("is_overdue")))
    return ", ".join(parts)


def _visit(work: Work, found: Todo) -> str:
    visit = found.visit
    if visit is None:
        return ""
    directory = work.clinic.directory
    place = directory.location(visit.location_id)
    day = work.book.short_day(visit.starts_at.astimezone(place.zone).date())
    who = work.book.surname_of(directory.practitioner(visit.practitioner_id))
    return f"{named(work, visit)}, {day} {work.book.clock(visit.starts_at, place)} {who}"


def _name(work: Work, found: Todo) -> str:
    if found.patient is None or not _sees(work, found):
        return work.book.say(say("restricted"))
    return work.called(found.patient)


def _sees(work: Work, found: Todo) -> bool:
    person = found.patient
    return person is None or not person.is_restricted or person.patient_id in work.opened


def _to(work: Work, found: Todo) -> Option:
    return Option(f"task:{found.task.id}", line(in_words(work, found)))


def _back(found: Todo) -> Option:
    return Option(f"task:{found.task.id}", say("back_to_task"))


def _patient(work: Work, found: Todo) -> int:
    """Return whom it is about. Raises TaskNotFound where it is about nobody, and RecordRestricted
    for a record that is not open to them."""
    if found.patient is None:
        raise TaskNotFound("the task is about no patient")
    if not _sees(work, found):
        work.patient(found.patient.patient_id)
    return found.patient.patient_id


def patients_of(*found: Todo) -> list[int]:
    return [each.patient.patient_id for each in found if each.patient is not None]
