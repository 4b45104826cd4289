"""Blocking time, the day on which somebody is sick, a place that is closed, a colleague who stands
in, somebody who leaves: whom it touches, what is proposed to each, and all of it done with one yes
and taken back with one press."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from bot.dialogue.turn import Option, Say, say
from bot.staff.away import reading
from bot.staff.away.reading import code_of, decoded, digest_of
from bot.staff.away.wording import SHOWN, counted, facts, heading, more, proposed, when
from bot.staff.reading import Asked
from bot.staff.work import LEAVE, Answer, Work, line
from core.messaging.tasks import is_open_about
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.occasions.unreached import TO_CALL, Reached, how_reached
from core.occasions.whom import told
from core.scheduling.appointments import Appointment, by_id
from core.scheduling.hours import NothingToRemove
from core.staff.away import Away, Proposal, plan, touched
from core.staff.rearranging import (
    Done,
    Entered,
    carry_out,
    enter,
    remove,
    take_back,
    whose_absence,
)

_NONE = "-"


def block(work: Work, asked: Asked) -> Answer:
    """ "Block Friday afternoon": who is booked then, and what is to become of them."""
    away = reading.away_in(work, asked, "block")
    if isinstance(away, Answer):
        return away
    visits = touched(work.connection, work.sphere, away, work.clinic.catalogue, work.now)
    work.looked("day", [visit.id for visit in visits], [visit.patient_id for visit in visits])
    only = Option(f"block:{code_of(away)}", say("block_only" if visits else "block_it"))
    leave_it = Option(LEAVE, say("drop_it"))
    if not visits:
        return Answer((say("shall_block", **facts(work, away)),), (only, leave_it))
    says = (
        say("shall_block", **facts(work, away)),
        say("booked_then", count=len(visits)),
        *(line(when(work, visit)) for visit in visits[:SHOWN]),
        *more(visits),
    )
    rearrange = Option(f"sick:{code_of(away)}", say("rearrange"))
    return Answer(says, (rearrange, only, leave_it))


def sick(work: Work, asked: Asked) -> Answer:
    """ "I'm sick tomorrow": what would become of each visit."""
    return _shown(work, reading.away_in(work, asked, "sick"))


def closed(work: Work, asked: Asked) -> Answer:
    """ "Downtown is closed tomorrow", for a storm: nobody is seen there."""
    return _shown(work, reading.closed_in(work, asked, "closed"))


def cover(work: Work, asked: Asked) -> Answer:
    """ "Dr Okafor covers for Dr Patel tomorrow": the same times, with somebody else."""
    return _shown(work, reading.cover_in(work, asked, "cover"))


def leaving(work: Work, asked: Asked) -> Answer:
    """ "Dr Patel leaves on December 15": who is booked from then on."""
    return _shown(work, reading.leaving_in(work, asked, "leaving"))


def propose(work: Work, *code: str) -> Answer:
    """A plan, from a button."""
    return _propose(work, decoded(work, code))


def _shown(work: Work, away: Away | Answer) -> Answer:
    return away if isinstance(away, Answer) else _propose(work, away)


def _propose(work: Work, away: Away, *first: Say) -> Answer:
    proposals = _plan(work, away)
    visits = [each.visit for each in proposals]
    work.looked("day", [visit.id for visit in visits], [visit.patient_id for visit in visits])
    says = [*first, heading(work, away)]
    if proposals:
        says.append(counted(proposals))
        says += [line(proposed(work, each)) for each in proposals[:SHOWN]]
        says += more(visits)
    else:
        says.append(say("nobody_touched"))
    label = say("do_all" if proposals else "do_it")
    do = Option(f"away:{digest_of(proposals)}:{code_of(away)}", label)
    return Answer(tuple(says), (do, Option(LEAVE, say("drop_it"))))


def do_all(work: Work, digest: str, *code: str) -> Answer:
    """What was shown, if it is still so; else what is so now is shown first."""
    away = decoded(work, code)
    proposals = _plan(work, away)
    if digest_of(proposals) != digest:
        return _propose(work, away, say("changed_since"))
    done = carry_out(work.connection, away, proposals, actor=work.actor, by=_by(work), now=work.now)
    for visit in done.moved:
        work.changed("rescheduled", visit)
    _note(work, "away", done.entered)
    ids = [visit.id for visit in done.moved]
    says = [say("all_done", count=len(done.moved)), *_told(done, proposals)]
    if done.answered_by is not None:
        by = work.book.stamp(done.answered_by, work.clinic.directory.locations[0])
        says.append(say("answered_by", text=by))
    if done.to_call:
        says.append(say("to_be_called", count=len(done.to_call)))
        says += [line(when(work, visit)) for visit in done.to_call[:SHOWN]]
    options = [Option(f"there:{_entered_code(done.entered)}:{_ids(ids)}", say("staff_undo"))]
    if ids:
        options.append(Option(f"progress:{_ids(ids)}", say("show_progress")))
    return Answer(tuple(says), tuple(options))


def _told(done: Done, proposals: Sequence[Proposal]) -> list[Say]:
    """Return how many of those who were moved hear of it by a message, and how many do not."""
    reached = {each.visit.id for each in proposals if each.is_told}
    told = sum(visit.id in reached for visit in done.moved)
    numbers = (("are_told", told), ("not_told", len(done.moved) - told))
    return [say(key, count=count) for key, count in numbers if count]


def progress(work: Work, ids: str) -> Answer:
    """How far it is: who has answered, and who is to be called."""
    visits = [by_id(work.connection, visit_id) for visit_id in _numbers(ids)]
    theirs = [each for each in visits if work.sphere.covers(each.practitioner_id, each.location_id)]
    expected = {each.id: each.status.value for each in theirs if each.status in _AHEAD}
    reached = {key: found[0] for key, found in how_reached(work.connection, expected).items()}
    stands = Counter(
        _stands(each.status, _is_to_be_called(work, each, reached.get(each.id))) for each in theirs
    )
    says = [say("progress_of", count=len(theirs))]
    says += [say(key, count=stands[key]) for key in _STANDS if stands[key]]
    return Answer(tuple(says), (Option(f"progress:{ids}", say("show_progress")),))


_AHEAD = (AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED)
_STANDS = ("have_confirmed", "have_cancelled", "have_been_told", "are_to_be_called", "are_past")


def _is_to_be_called(work: Work, visit: Appointment, reached: Reached | None) -> bool:
    if reached in TO_CALL or is_open_about(work.connection, visit.id, TaskKind.CALL):
        return True
    return not told(work.connection, visit, work.now)


def _stands(status: AppointmentStatus, is_to_be_called: bool) -> str:
    if status is AppointmentStatus.CONFIRMED:
        return "have_confirmed"
    if status is AppointmentStatus.CANCELLED:
        return "have_cancelled"
    if status is AppointmentStatus.SCHEDULED:
        return "are_to_be_called" if is_to_be_called else "have_been_told"
    return "are_past"


def take_all_back(work: Work, *code: str) -> Answer:
    """They are there after all."""
    *entered_code, ids = code
    entered = _entered(entered_code)
    _require_theirs(work, entered)
    back, kept = take_back(
        work.connection, entered, _numbers(ids), actor=work.actor, by=_by(work), now=work.now
    )
    _note(work, "there_after_all", entered)
    says = [say("there_again", count=back)]
    if kept:
        says.append(say("kept_where_they_are", count=kept))
    return Answer(tuple(says))


def block_only(work: Work, *code: str) -> Answer:
    """The time is blocked; whoever is booked then stays so, and is a task for staff each."""
    away = decoded(work, code)
    entered = enter(work.connection, away, by=_by(work), now=work.now)
    _note(work, "blocked", entered)
    visits = touched(work.connection, work.sphere, away, work.clinic.catalogue, work.now)
    says = [say("blocked")]
    if visits:
        says.append(say("kept_as_booked", count=len(visits)))
    return Answer(tuple(says), (Option(f"unblock:{_entered_code(entered)}", say("staff_undo")),))


def unblock(work: Work, *code: str) -> Answer:
    """What was blocked is free again."""
    entered = _entered(code)
    _require_theirs(work, entered)
    remove(work.connection, entered, by=_by(work), now=work.now)
    _note(work, "unblocked", entered)
    return Answer((say("unblocked"),))


def leave(work: Work) -> Answer:
    del work
    return Answer((say("dropped"),))


def _plan(work: Work, away: Away) -> list[Proposal]:
    return plan(work.connection, work.sphere, away, catalogue=work.clinic.catalogue, now=work.now)


def _by(work: Work) -> str:
    return f"staff {work.pairing.member.id}"


def _note(work: Work, action: str, entered: Entered) -> None:
    if entered.location_id is not None:
        work.note(action, "location", [entered.location_id])
    else:
        work.note(action, "absence", entered.absence_ids)


def _require_theirs(work: Work, entered: Entered) -> None:
    """Raises NothingToRemove for what is not there for them."""
    people = frozenset(whose_absence(work.connection, each) for each in entered.absence_ids)
    first = min(entered.days, default=work.today)
    away = Away(people, first, first, closed=entered.location_id)
    if not reading.is_theirs(work, away):
        raise NothingToRemove("not of this person's practitioners")


# What was entered, as the code of a button


def _entered_code(entered: Entered) -> str:
    days = "+".join(map(str, entered.days))
    return f"{_ids(entered.absence_ids)}:{entered.location_id or _NONE}:{days or _NONE}"


def _entered(code: Sequence[str]) -> Entered:
    ids, location, days = code
    return Entered(
        tuple(_numbers(ids)),
        None if location == _NONE else int(location),
        tuple(map(date.fromisoformat, _parts(days))),
    )


def _ids(numbers: Sequence[int]) -> str:
    return "+".join(map(str, numbers)) or _NONE


def _numbers(code: str) -> list[int]:
    return [int(each) for each in _parts(code)]


def _parts(code: str) -> list[str]:
    return [] if code == _NONE else code.split("+")
