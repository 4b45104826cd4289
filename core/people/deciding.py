"""What staff decide of how the clinic stands to a patient, and taking it back while it may be: a
slip of the finger must not cost somebody their visits."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from core.clock import instant
from core.database.guards import lock_calendars
from core.database.savepoint import savepoint
from core.errors import (
    ClinicError,
    NothingToUndo,
    PatientNotFound,
    ReasonMissing,
    StaffOnly,
    StandingChanged,
)
from core.messaging.tasks import open_task
from core.models import patient_events, patients, recalls
from core.models.messaging import TaskKind
from core.models.occasions import RecallState
from core.models.people import Standing
from core.people.events import record
from core.people.restricted import name_only, named_for
from core.scheduling.appointments import Actor, Appointment, Untold, by_id
from core.scheduling.catalogue import Catalogue
from core.scheduling.undoing import undo
from core.waitlist.entries import wait_again

CHANGED, CONTACT, DIED = "standing_changed", "contact_changed", "deceased"
NEVER = "never"  # Of `contact_rules`
_UNHEARD = Untold("nobody had told them that it was called off")


@dataclass(frozen=True, slots=True)
class Stands:
    """How the clinic stands to a patient, since when, by whom ("admin 3") and why. `contact_rules`:
    as they are stored; `named`: who of staff may see a restricted record."""

    standing: Standing
    since: datetime | None
    by: str | None
    why: str | None
    contact_rules: str | None
    named: tuple[int, ...]

    @property
    def is_never_contacted(self) -> bool:
        return NEVER in json.loads(self.contact_rules or "{}")


def stands(connection: Connection, patient_id: int) -> Stands:
    """Raises PatientNotFound."""
    row = connection.execute(
        select(
            patients.c.standing,
            patients.c.standing_since,
            patients.c.standing_by,
            patients.c.standing_why,
            patients.c.contact_rules,
        ).where(patients.c.id == patient_id)
    ).one_or_none()
    if row is None:
        raise PatientNotFound("there is no such patient")
    named = tuple(named_for(connection, patient_id))
    return Stands(
        Standing(row.standing),
        row.standing_since,
        row.standing_by,
        row.standing_why,
        row.contact_rules,
        named,
    )


def decide(
    connection: Connection,
    patient_id: int,
    standing: Standing,
    *,
    seen: Standing,
    why: str,
    actor: Actor,
    now: datetime,
    named: Iterable[int] = (),
) -> None:
    """Set how the clinic stands to the patient. `seen`: as it was when they decided. `named`: who
    may see a restricted record, beside those who do already; it stays one when the patient is
    blocked, and active ends it. Of a death see `record_death`.

    Raises PatientNotFound, StaffOnly, ReasonMissing, and StandingChanged if somebody else has
    decided meanwhile.
    """
    at = instant(now)
    _require_reason(why)
    before = _begin(connection, patient_id, actor)
    if before.standing is not seen:
        raise StandingChanged("somebody else has decided meanwhile")
    by = f"{actor.kind} {actor.id}"
    values = {"standing_since": at, "standing_by": by, "standing_why": why.strip()}
    _set(connection, patient_id, at, standing=standing, **values)
    if standing is Standing.ACTIVE:
        name_only(connection, patient_id, (), by=by, now=at)
    elif Standing.RESTRICTED in (standing, before.standing):
        name_only(connection, patient_id, {*before.named, *named}, by=by, now=at)
    note(connection, patient_id, CHANGED, before, why=why, actor=actor, now=at)


def name_staff(
    connection: Connection,
    patient_id: int,
    staff_ids: Iterable[int],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Say who may see a restricted record: just these. Raises PatientNotFound, StaffOnly, and
    StandingChanged where the record is restricted no more."""
    at = instant(now)
    before = _begin(connection, patient_id, actor)
    if before.standing is not Standing.RESTRICTED and not before.named:
        raise StandingChanged("the record is restricted no more")
    name_only(connection, patient_id, set(staff_ids), by=f"{actor.kind} {actor.id}", now=at)
    note(connection, patient_id, CHANGED, before, why=None, actor=actor, now=at)


def never_contact(
    connection: Connection,
    patient_id: int,
    *,
    never: bool,
    why: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Say that the patient is never written to unasked, or may be again. Raises PatientNotFound,
    StaffOnly, ReasonMissing."""
    at = instant(now)
    _require_reason(why)
    before = _begin(connection, patient_id, actor)
    rules = json.loads(before.contact_rules or "{}")
    rules.pop(NEVER, None)
    if never:
        rules[NEVER] = "staff"  # The reason itself is encrypted, with the event.
    _set(connection, patient_id, at, contact_rules=json.dumps(rules) if rules else None)
    note(connection, patient_id, CONTACT, before, why=why, actor=actor, now=at)


def _require_reason(why: str) -> None:
    if not why.strip():
        raise ReasonMissing("expected why, got no reason")


def _begin(connection: Connection, patient_id: int, actor: Actor) -> Stands:
    """Wait for whoever else decides about them, and return how they stand then."""
    if not actor.is_staff:
        raise StaffOnly("only staff decide how the clinic stands to a patient")
    lock_calendars(connection, (), patient_id)
    return stands(connection, patient_id)


def _set(connection: Connection, patient_id: int, at: datetime, **values: Any) -> None:
    changed = update(patients).where(patients.c.id == patient_id)
    connection.execute(changed.values(**values, updated_at=at))


def note(
    connection: Connection,
    patient_id: int,
    what: str,
    before: Stands,
    *,
    why: str | None,
    actor: Actor,
    now: datetime,
    **ended: Sequence[Any],
) -> None:
    """Write the event with what it takes to put it back. `ended`: what a death has withdrawn and
    may come back, as numbers."""
    was = {
        "standing": before.standing,
        "standing_since": before.since and before.since.isoformat(),
        "standing_by": before.by,
        "standing_why": before.why,
        "contact_rules": before.contact_rules,
        "named": before.named,
    }
    detail = json.dumps({"why": why, "was": was} | ended)
    record(connection, patient_id, what, actor=actor, now=now, detail=detail)


# Taking it back


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came of it. `back`: the visits that stand again; `lost`: those whose times are gone, a
    task each."""

    of: str
    back: tuple[Appointment, ...] = ()
    lost: tuple[Appointment, ...] = ()


def take_back(
    connection: Connection,
    patient_id: int,
    *,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    minutes: int,
) -> TakenBack:
    """Put back what this actor decided last of the patient, so many minutes ago at most. After a
    death the visits stand again whose times are still free, and wishes for a time and "come again"
    count on; offers, surveys, news, and messages that were dropped do not come back.

    Raises PatientNotFound, NothingToUndo.
    """
    at = instant(now)
    event = _last_decision(connection, patient_id)
    detail = json.loads(event.detail) if event else {}
    visits = [by_id(connection, each) for each in detail.get("visits", ())]
    lock_calendars(connection, {visit.practitioner_id for visit in visits}, patient_id)
    event = _last_decision(connection, patient_id)  # As it is once nobody else decides.
    is_theirs = event and (event.actor_kind, event.actor_id) == (actor.kind, actor.id)
    if not is_theirs or at - event.at > timedelta(minutes=minutes):
        raise NothingToUndo("nothing that this actor decided a moment ago")
    _put_back(connection, patient_id, detail["was"], actor, at)
    record(connection, patient_id, "standing_undone", actor=actor, now=at, detail=event.what)
    if event.what != DIED:
        return TakenBack(event.what)
    wait_again(connection, detail.get("waits", ()), actor=actor, now=at)
    for recall_id, state in detail.get("recalls", ()):
        _recall_again(connection, recall_id, state, at)
    standing_again = [_stand_again(connection, each, actor, at, catalogue) for each in visits]
    pairs = list(zip(visits, standing_again, strict=True))
    return TakenBack(
        event.what,
        tuple(after for _, after in pairs if after is not None),
        tuple(before for before, after in pairs if after is None),
    )


def _last_decision(connection: Connection, patient_id: int) -> Any:
    """Return the latest event of these; None where it has been taken back, or is none."""
    decisions = (CHANGED, CONTACT, DIED)
    row = connection.execute(
        select(patient_events)
        .where(
            patient_events.c.patient_id == patient_id,
            # What was said in chat meanwhile is no slip of anybody's finger here.
            patient_events.c.what.in_((*decisions, "standing_undone", "said_deceased")),
        )
        .order_by(patient_events.c.id.desc())
        .limit(1)
    ).one_or_none()
    return row if row is not None and row.what in decisions else None


def _put_back(
    connection: Connection, patient_id: int, was: dict[str, Any], actor: Actor, at: datetime
) -> None:
    since = was.pop("standing_since")
    named = was.pop("named")
    _set(
        connection,
        patient_id,
        at,
        standing_since=since and datetime.fromisoformat(since),
        **was,
    )
    name_only(connection, patient_id, named, by=f"{actor.kind} {actor.id}", now=at)


def _recall_again(connection: Connection, recall_id: int, state: str, at: datetime) -> None:
    withdrawn = recalls.c.id == recall_id, recalls.c.state == RecallState.WITHDRAWN
    connection.execute(update(recalls).where(*withdrawn).values(state=state, updated_at=at))


def _stand_again(
    connection: Connection, visit: Appointment, actor: Actor, at: datetime, catalogue: Catalogue
) -> Appointment | None:
    """Return the visit as it is again; None where its time is gone: somebody calls them."""
    try:
        with savepoint(connection):
            undone = undo(
                connection,
                visit.id,
                version=by_id(connection, visit.id).version,
                actor=actor,
                now=at,
                catalogue=catalogue,
                untold=_UNHEARD,
            )
            return undone.appointment
    except ClinicError:
        open_task(
            connection,
            TaskKind.CALL,
            patient_id=visit.patient_id,
            appointment_id=visit.id,
            location_id=visit.location_id,
            now=at,
        )
        return None
