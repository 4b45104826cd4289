"""Hours that are added on a day, and another week from a day on: whom it touches, what is proposed
to each, all of it done with one yes and taken back with one press."""

import hashlib
from collections.abc import Sequence

from bot.dialogue.turn import Option, Say, say
from bot.staff.away.reading import digest_of
from bot.staff.away.wording import SHOWN, counted, more, proposed, when
from bot.staff.hours import showing
from bot.staff.hours.reading import Shown, code_of, decoded, edit_in
from bot.staff.hours.wording import change_in_words, in_the_way, old_and_new, surname
from bot.staff.reading import Asked
from bot.staff.work import LEAVE, Answer, Work, line
from core.scheduling.hours_by_staff import (
    Obstacle,
    obstacles,
    standing,
    weekday_of,
    weekday_with,
)
from core.scheduling.overlay import Change, joined
from core.staff.away import Proposal
from core.staff.changing_hours import (
    Edit,
    Edited,
    carry_out_hours,
    inverse,
    plan_hours,
    undo_hours,
)

_MOVES, _KEEPS, _NONE = "moves", "keeps", "-"


def hours(work: Work, asked: Asked) -> Answer:
    """ "Dr Patel works Saturday 9 to 1", "from 1 January Dr Patel works Mondays 8 to 12", or no
    more than a name."""
    found = edit_in(work, asked)
    if isinstance(found, Answer):
        return found
    if isinstance(found, Shown):
        return showing.page(work, found.practitioner_id)
    if not _is_extra(work, found):
        return Answer((), then=f"weekly:{code_of(found)}")
    stands = _stands_against(work, found)
    if stands:
        return _refused(work, found, stands)
    add = Option(f"extra:{code_of(found)}", say("add_hours"))
    return Answer((say("shall_add_hours", **_facts(work, found)),), (add, _leave()))


def whose(work: Work, practitioner: str, location: str, *text: str) -> Answer:
    """Of several of a name, or of several places, one is picked."""
    written = ":".join(text)
    asked = work.read(written, command="hours")
    person, place = int(practitioner) or asked.practitioner, int(location) or asked.location
    return hours(work, Asked(written, asked.said, practitioner=person, location=place))


# Hours on one day


def extra(work: Work, *code: str) -> Answer:
    """They are added, if still nothing stands against it."""
    edit = decoded(work, code)
    stands = _stands_against(work, edit)
    if stands:
        return _refused(work, edit, stands)
    edited = _carry_out(work, edit, [], moves=False)
    undo = Option(f"unextra:{code_of(inverse(edit, edited))}", say("staff_undo"))
    return Answer((say("hours_added", **_facts(work, edit)),), (undo,))


def unextra(work: Work, *code: str) -> Answer:
    """They are taken back; where somebody is booked in them by now, that is shown first."""
    edit = decoded(work, code)
    if not _is_extra(work, edit) or _plan(work, edit):
        return Answer((), then=f"weekly:{':'.join(code)}")
    edited = _carry_out(work, edit, [], moves=False)
    again = Option(f"extra:{code_of(inverse(edit, edited))}", say("staff_undo"))
    return Answer((say("hours_taken_back"),), (again,))


# Whatever touches visits


def weekly(work: Work, *code: str) -> Answer:
    """The old hours and the new ones, and what would become of each visit outside of them."""
    return _propose(work, decoded(work, code))


def _propose(work: Work, edit: Edit, *first: Say) -> Answer:
    stands = _stands_against(work, edit)
    if stands:
        return _refused(work, edit, stands)
    if edit.changes and not _alters(work, edit):
        return Answer((say("hours_are_so"),))
    proposals = _plan(work, edit)
    visits = [each.visit for each in proposals]
    work.looked("day", [visit.id for visit in visits], [visit.patient_id for visit in visits])
    says = [*first, *_headings(work, edit)]
    code = f"{_digest(work, edit, proposals)}:{{}}:{code_of(edit)}"
    leave = _leave()
    if not proposals:
        do = Option(f"rehours:{code.format(_KEEPS)}", say("do_it"))
        return Answer((*says, say("no_visit_outside")), (do, leave))
    says += [
        counted(proposals),
        *(line(proposed(work, each)) for each in proposals[:SHOWN]),
        *more(visits),
    ]
    return Answer(
        tuple(says),
        (
            Option(f"rehours:{code.format(_MOVES)}", say("change_and_move")),
            Option(f"rehours:{code.format(_KEEPS)}", say("change_and_keep")),
            leave,
        ),
    )


def do(work: Work, digest: str, what: str, *code: str) -> Answer:
    """What was shown, if it is still so; else what is so now is shown first."""
    edit = decoded(work, code)
    proposals = [] if _stands_against(work, edit) else _plan(work, edit)
    if _digest(work, edit, proposals) != digest:
        return _propose(work, edit, say("changed_since"))
    edited = _carry_out(work, edit, proposals, moves=what == _MOVES)
    for visit in edited.moved:
        work.changed("rescheduled", visit)
    ids = "+".join(str(visit.id) for visit in edited.moved) or _NONE
    options = [Option(f"oldhours:{code_of(inverse(edit, edited))}:{ids}", say("staff_undo"))]
    if edited.moved:
        options.append(Option(f"progress:{ids}", say("show_progress")))
    return Answer((say("hours_changed"), *_came_of(work, edited, proposals)), tuple(options))


def undo(work: Work, *code: str) -> Answer:
    """The old hours hold again, and visits whose patients have not answered go back."""
    *edit_code, ids = code
    edit = decoded(work, edit_code)
    visits = [] if ids == _NONE else [int(each) for each in ids.split("+")]
    by = _by(work)
    back, kept = undo_hours(work.connection, edit, visits, actor=work.actor, by=by, now=work.now)
    work.note("changed_hours", "practitioner", [edit.practitioner_id])
    says = [say("old_hours_again")]
    if visits:
        says.append(say("there_again", count=back))
    if kept:
        says.append(say("kept_where_they_are", count=kept))
    return Answer(tuple(says))


def _came_of(work: Work, edited: Edited, proposals: Sequence[Proposal]) -> list[Say]:
    told = {each.visit.id for each in proposals if each.is_told}
    reached = sum(visit.id in told for visit in edited.moved)
    counts = (
        ("have_another_time", len(edited.moved)),
        ("are_told", reached),
        ("not_told", len(edited.moved) - reached),
        ("to_be_called", len(edited.to_call)),
        ("kept_as_booked", edited.kept),
    )
    says = [say(key, count=count) for key, count in counts if count]
    return says + [line(when(work, visit)) for visit in edited.to_call[:SHOWN]]


def _plan(work: Work, edit: Edit) -> list[Proposal]:
    return plan_hours(work.connection, work.sphere, edit, now=work.now)


def _carry_out(work: Work, edit: Edit, proposals: Sequence[Proposal], *, moves: bool) -> Edited:
    edited = carry_out_hours(
        work.connection,
        edit,
        proposals,
        moves=moves,
        actor=work.actor,
        by=_by(work),
        now=work.now,
    )
    work.note("changed_hours", "practitioner", [edit.practitioner_id])
    return edited


def _by(work: Work) -> str:
    return f"staff {work.pairing.member.id}"


def _leave() -> Option:
    return Option(LEAVE, say("drop_it"))


def _digest(work: Work, edit: Edit, proposals: Sequence[Proposal]) -> str:
    """Return what tells one preview from another: the hours that there are, and the plan."""
    wheres = sorted({where for where, _ in edit.changes})
    hours = [weekday_of(work.connection, where) for where in wheres]
    facts = repr((hours, digest_of(proposals)))
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def _alters(work: Work, edit: Edit) -> bool:
    """Tell whether any of these weekdays is to be another than it is."""
    return any(
        joined(weekday_with(work.connection, where, change))
        != joined(weekday_of(work.connection, where))
        for where, change in edit.changes
    )


# In words


def _is_extra(work: Work, edit: Edit) -> bool:
    return all(change.is_extra for change in _changes(work, edit))


def _changes(work: Work, edit: Edit) -> list[Change]:
    if edit.changes:
        return [change for _, change in edit.changes]
    return [each.change for each in standing(work.connection, ids=edit.withdrawn)]


def _facts(work: Work, edit: Edit) -> dict[str, object]:
    text = "; ".join(change_in_words(work, *each) for each in edit.changes)
    return {"who": surname(work, edit.practitioner_id), "text": text}


def _headings(work: Work, edit: Edit) -> list[Say]:
    who = surname(work, edit.practitioner_id)
    if edit.changes:
        return [say("shall_change_hours", who=who), *old_and_new(work, edit)]
    gone = standing(work.connection, ids=edit.withdrawn)
    text = "; ".join(change_in_words(work, each.where, each.change) for each in gone)
    return [say("shall_take_hours_back", who=who, text=text)]


def _stands_against(work: Work, edit: Edit) -> list[tuple[Say, Option | None]]:
    """Return why it can't be, each with the button that would take that out of the way."""
    return [
        (in_the_way(work, edit.practitioner_id, found, change.since), _way_out(found, change))
        for where, change in edit.changes
        for found in obstacles(work.connection, where, change)
    ]


def _way_out(found: Obstacle, change: Change) -> Option | None:
    if found.absence_id is not None:
        return Option(f"present:{found.absence_id}", say("take_absence_back"))
    if found.name is not None:
        return Option(
            f"open_after_all:{found.location_id}:{change.since}", say("take_holiday_back")
        )
    return None


def _refused(work: Work, edit: Edit, stands: Sequence[tuple[Say, Option | None]]) -> Answer:
    says = [say("hours_in_the_way", **_facts(work, edit)), *(told for told, _ in stands)]
    return Answer(tuple(says), tuple(option for _, option in stands if option is not None))
