"""Yes and no: the first yes has the time, in whatever order they come."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from core.errors import (
    OfferGone,
    OfferNotFound,
    PatientBusy,
    SlotInPast,
    TooManyOpenVisits,
)
from core.models import occasions
from core.scheduling.holds import held_by
from core.waitlist.answers import mark_said
from core.waitlist.entries import expire_waits, leave
from tests.builders import Clinic, a_visit_type
from tests.core.scheduling.words import (
    MONDAY,
    TUESDAY,
    a_slot,
    at,
    events,
    hold_slot,
)
from tests.core.waitlist.words import (
    DAYTIME,
    QUARTER,
    SOON,
    a_visit,
    ask,
    asked,
    entries,
    free,
    freed,
    held,
    met,
    offer_of,
    offers,
    rounds,
    says_no,
    says_yes,
    three,
    tick,
    told,
    waits,
    what_happened,
)


def test_the_first_yes_has_the_time_and_the_others_hear_so(
    clinic: Clinic, connection: Connection
) -> None:
    ana, ben, _ = three(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    accepted = says_yes(connection, ben, SOON)
    visit = accepted.appointment
    assert (visit.patient_id, visit.starts_at, visit.status, accepted.before) == (
        ben.patient_id,
        at("10:00", TUESDAY),
        "scheduled",
        None,
    )
    assert (visit.booked_by_address_id, visit.conversation_id) == (
        ben.address_id,
        ben.conversation_id,
    )
    assert offers(connection) == ["gone", "accepted", "gone"]
    assert told(connection) == [("offer", "said")] * 3 + [("offer_gone", "planned")] * 2
    assert entries(connection) == ["waiting", "filled", "waiting"]
    assert rounds(connection) == [("cancelled", "filled", None)]
    assert held(connection) == []
    assert what_happened(connection, ben) == [
        "waitlist_offered",
        "waitlist_accepted",
        "waitlist_filled",
    ]
    with pytest.raises(OfferGone):
        says_yes(connection, ana, SOON)


def test_who_has_not_heard_of_it_hears_nothing(clinic: Clinic, connection: Connection) -> None:
    ana, ben, _ = three(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    mark_said(connection, offer_of(connection, ana), now=DAYTIME)
    says_yes(connection, ana)
    assert told(connection).count(("offer", "withdrawn")) == 2
    assert ("offer_gone", "planned") not in told(connection)
    assert mark_said(connection, offer_of(connection, ben), now=DAYTIME) is None


def test_that_it_is_gone_is_not_said_at_night(clinic: Clinic, connection: Connection) -> None:
    ana, _, _ = three(connection, clinic)
    freed(connection, clinic)
    evening = at("19:55", MONDAY)
    ask(connection, evening)
    says_yes(connection, ana, at("20:05", MONDAY))
    gone = connection.execute(select(occasions).where(occasions.c.kind == "offer_gone")).all()
    assert [(row.due_at, row.valid_until) for row in gone] == [
        (at("08:00", TUESDAY), at("10:00", TUESDAY))
    ] * 2


def test_a_yes_that_is_said_again_changes_nothing(clinic: Clinic, connection: Connection) -> None:
    (ana, *_) = three(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    first = says_yes(connection, ana).appointment
    assert says_yes(connection, ana, SOON).appointment == first


def test_an_unknown_offer_is_refused(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    with pytest.raises(OfferNotFound):
        says_yes(connection, one)
    with pytest.raises(OfferNotFound):
        says_no(connection, one)
    assert mark_said(connection, 99, now=DAYTIME) is None


def test_who_says_no_goes_on_waiting(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    assert says_no(connection, one)
    assert not says_no(connection, one)
    assert (offers(connection), entries(connection)) == (["declined"], ["waiting"])
    tick(connection)
    assert rounds(connection) == [("cancelled", "over", "nobody")]
    assert what_happened(connection, one)[-1] == "waitlist_declined"


def test_who_said_no_and_then_yes_has_it_if_it_is_free(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    says_no(connection, one)
    says_yes(connection, one)
    assert entries(connection) == ["filled"]


def test_a_late_yes_counts_while_the_time_is_free(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    tick(connection, DAYTIME + QUARTER)
    assert rounds(connection) == [("cancelled", "over", "nobody")]
    visit = says_yes(connection, one, DAYTIME + timedelta(hours=3)).appointment
    assert visit.starts_at == at("10:00", TUESDAY)
    assert rounds(connection) == [("cancelled", "filled", None)]
    assert entries(connection) == ["filled"]


def test_a_late_yes_is_too_late_once_somebody_has_booked(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    tick(connection, DAYTIME + QUARTER)
    a_visit(connection, clinic, now=DAYTIME + QUARTER)
    with pytest.raises(OfferGone):
        says_yes(connection, one, DAYTIME + timedelta(hours=3))
    assert entries(connection) == ["waiting"]


def test_a_yes_after_the_hold_ran_out_loses_against_a_booking(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    late = DAYTIME + QUARTER + timedelta(minutes=5)
    a_visit(connection, clinic, now=late)
    with pytest.raises(OfferGone):
        says_yes(connection, one, late)
    tick(connection, late)
    assert rounds(connection) == [("cancelled", "over", "taken")]


def test_within_the_notice_it_is_too_late(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    visit = a_visit(connection, clinic, "14:00")
    now = visit.starts_at - timedelta(minutes=70)
    free(connection, visit, now)
    ask(connection, now)
    with pytest.raises(SlotInPast):
        says_yes(connection, one, visit.starts_at - timedelta(minutes=59))
    says_yes(connection, one, visit.starts_at - timedelta(minutes=60))


@pytest.mark.parametrize("refusal", [PatientBusy, TooManyOpenVisits])
def test_a_yes_that_the_clinic_must_refuse_leaves_it_to_the_others(
    clinic: Clinic, connection: Connection, refusal: type[Exception]
) -> None:
    ana, ben, _ = three(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    before = held(connection)
    if refusal is PatientBusy:
        a_visit(connection, clinic, practitioner_id=clinic.okafor_id, patient_id=ana.patient_id)
    with pytest.raises(refusal):
        says_yes(connection, ana, open_visits_limit=0 if refusal is TooManyOpenVisits else 5)
    assert held(connection) == before
    assert offers(connection) == ["offered"] * 3
    says_yes(connection, ben)


def test_what_they_held_themselves_is_given_back(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    hold_slot(
        connection,
        clinic,
        a_slot(clinic, "15:00", TUESDAY),
        conversation_id=one.conversation_id,
        now=DAYTIME,
    )
    says_yes(connection, one)
    assert held_by(connection, one.conversation_id) is None


def test_what_needs_approval_waits_for_it(clinic: Clinic, connection: Connection) -> None:
    kind = a_visit_type(connection, "special", needs_approval=True)
    one = waits(connection, clinic, visit_type_id=kind)
    freed(connection, clinic)
    ask(connection)
    assert says_yes(connection, one).appointment.status == "pending"


def test_who_takes_less_leaves_the_rest_to_others(clinic: Clinic, connection: Connection) -> None:
    long = a_visit_type(connection, "long", minutes_new_patient=60)
    one = waits(connection, clinic, minute_from=10 * 60 + 20)
    waits(connection, clinic, "Ben")
    freed(connection, clinic, minutes=60, visit_type_id=long)
    ask(connection)
    says_yes(connection, one)
    ask(connection)
    assert asked(connection) == ["Ana", "Ben", "Ben"]
    assert [state for _, state, _ in rounds(connection)] == ["filled", "open", "open"]


def test_who_leaves_is_not_asked_any_more(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    leave(connection, one.entry_id, actor=one.actor, now=DAYTIME)
    assert (offers(connection), told(connection)) == (["withdrawn"], [("offer", "withdrawn")])


def test_who_books_otherwise_is_not_asked_any_more(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    visit = a_visit(connection, clinic, "15:00", patient_id=one.patient_id)
    met(connection, visit)
    assert (offers(connection), entries(connection)) == (["withdrawn"], ["filled"])


def test_whose_last_day_has_passed_is_tidied_up(clinic: Clinic, connection: Connection) -> None:
    waits(connection, clinic, until=DAYTIME)
    waits(connection, clinic, "Ben")
    assert expire_waits(connection, now=DAYTIME - timedelta(seconds=1), limit=9) == 0
    assert expire_waits(connection, now=DAYTIME, limit=9) == 1
    assert expire_waits(connection, now=DAYTIME, limit=9) == 0
    assert entries(connection) == ["over", "waiting"]


def test_each_step_of_the_visit_has_its_event(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    kept = held(connection)[0]
    visit = says_yes(connection, one).appointment
    assert events(connection, kept.id) == ["held", "released"]
    assert events(connection, visit.id) == ["booked"]
