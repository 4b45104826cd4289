"""Records that not everybody opens: opened for a while with a reason, and what somebody else says
of that afterwards."""

from datetime import datetime

from bot.dialogue.turn import Option, Say, say
from bot.staff.reading import Asked
from bot.staff.work import ASKED_WORDS, LEAVE, Answer, Work, line
from core.errors import RecordRestricted, TaskNotFound
from core.people.restricted import open_record
from core.staff.finding import patient_of
from core.staff.reviews import (
    Outcome,
    Review,
    conclude,
    done_meanwhile,
    find_review,
    reviewer_of,
    waiting_reviews,
)

SHOWN = 8
# What may have been done with a record that was opened, as the audit log calls it.
DEEDS = frozenset(
    {
        "opened",
        "looked",
        "booked",
        "rescheduled",
        "cancelled",
        "arrived",
        "completed",
        "no_show",
        "undone",
        "answered",
    }
)


def refuse(error: RecordRestricted, what: str) -> Answer:
    """Say that a record is restricted, and offer to open it; then `what` goes on: a code, or a
    command. Nothing: the record is shown."""
    code = f"open:{error.patient_id}:{what or f'patient:{error.patient_id}'}"
    return Answer((say("restricted_record"),), (Option(code, say("to_open")),))


def open_one(work: Work, patient_id: str, *then: str) -> Answer:
    """Ask why, then open it: written down, reviewed by somebody else, and over after a while.
    Raises PatientNotFound for somebody who is not theirs at all."""
    key, go_on = int(patient_id), ":".join(then)
    if key in work.opened:
        return Answer((), then=go_on)
    patient_of(work.connection, work.sphere, key, work.now, opened=[key])
    if not work.words:
        code = f"{ASKED_WORDS}:open:{key}:{go_on}"
        return Answer((say("open_why"),), (Option(LEAVE, say("drop_it")),), asks=code)
    mine = work.pairing.member.id
    opened = open_record(
        work.connection,
        key,
        mine,
        why=work.words,
        minutes=work.clinic.rules.opened_record_minutes,
        reviewer_id=reviewer_of(work.connection, mine),
        now=work.now,
    )
    work.note("opened", "patient", [key], [key], reason=work.words, is_sensitive=True)
    is_reviewed = "opened_until" if opened.reviewer_id is not None else "opened_unreviewed"
    return Answer((say(is_reviewed, text=_clock(work, opened.until)),), then=go_on)


def reviews(work: Work, asked: Asked) -> Answer:
    """Who opened a restricted record, and why; whoever opened it does not see it here."""
    del asked
    waiting = waiting_reviews(
        work.connection, work.pairing.member.id, everywhere=work.sphere.everywhere
    )
    if not waiting:
        return Answer((say("nothing_to_review"),))
    shown = waiting[:SHOWN]
    says = [say("to_review", count=len(waiting))]
    options = [Option(f"review:{each.task_id}", line(_label(work, each))) for each in shown]
    return Answer(tuple(says), tuple(options))


def show_review(work: Work, task_id: str) -> Answer:
    """One of them, with what was done with it."""
    review = _review(work, task_id)
    if review is None:
        return Answer((say("nothing_to_review"),))
    return Answer(tuple(_described(work, review)), _outcomes(review))


def conclude_one(work: Work, task_id: str, outcome: str) -> Answer:
    """In order, or not: then with a note on what was not."""
    review, came = _review(work, task_id), Outcome(outcome)
    if review is None:
        return Answer((say("nothing_to_review"),))
    if came is Outcome.NOT_IN_ORDER and not work.words:
        code = f"{ASKED_WORDS}:reviewed:{review.task_id}:{came}"
        return Answer((say("review_note"),), (Option(LEAVE, say("drop_it")),), asks=code)
    me, note = work.pairing.member.id, work.words or None
    conclude(work.connection, review, came, by_id=me, note=note, now=work.now)
    about = [review.patient_id]
    work.note(came, "review", [review.task_id], about, reason=note, is_sensitive=True)
    return Answer((say(f"reviewed_{came}"),))


def _review(work: Work, task_id: str) -> Review | None:
    """Return what waits for them; None for what somebody else has concluded."""
    everywhere = work.sphere.everywhere
    me = work.pairing.member.id
    try:
        return find_review(work.connection, int(task_id), me, everywhere=everywhere)
    except TaskNotFound:
        return None


def _outcomes(review: Review) -> tuple[Option, ...]:
    return tuple(
        Option(f"reviewed:{review.task_id}:{outcome}", say(f"review_{outcome}"))
        for outcome in Outcome
    )


def _label(work: Work, review: Review) -> str:
    return f"{review.by}, {_clock(work, review.opened_at)}"


def _described(work: Work, review: Review) -> list[Say]:
    """Whose record it is stays restricted to whoever reviews, unless it is open to them."""
    work.note("looked", "review", [review.task_id], [review.patient_id], is_sensitive=True)
    whose = work.book.say(say("restricted"))
    if review.patient_id in work.opened:
        patient = patient_of(
            work.connection, work.sphere, review.patient_id, work.now, opened=work.opened
        )
        whose = work.called(patient)
    times = {"since": _clock(work, review.opened_at), "until": _clock(work, review.until)}
    says = [say("review_of", name=review.by, patient=whose, **times)]
    says.append(say("review_why", text=review.why))
    done = done_meanwhile(work.connection, review)
    counted = ", ".join(f"{_did(work, action)} {count}" for action, count in done.items())
    return [*says, say("review_done", text=counted)] if counted else says


def _did(work: Work, action: str) -> str:
    """Return what the audit log calls it in words, as far as there are some."""
    return work.book.say(say(f"did_{action}")) if action in DEEDS else action


def _clock(work: Work, at: datetime) -> str:
    place = work.clinic.directory.locations[0]
    day = at.astimezone(place.zone).date()
    clock = work.book.clock(at, place)
    return clock if day == work.today else f"{work.book.short_day(day)} {clock}"
