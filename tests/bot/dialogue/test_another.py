"""Another visit, in the middle of a booking: done for the visit that is meant; then the booking."""

from datetime import datetime, timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import Task
from bot.dialogue.turn import Answer, Heard
from bot.dialogue.values import KnownPerson, Visit
from bot.understanding import understand
from bot.understanding.tongue import written_in
from bot.understanding.values import Context, OfferedSlot, Person
from tests.bot.dialogue.pretend import DIRECTORY, PretendClinic, Talk, a_slot, a_visit, keys
from tests.bot.understanding.clinic import SUNDAY, ZONE

DENTIST = next(p for p in DIRECTORY.practitioners if "dentistry" in p.specialties).key
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=ZONE)


def booking(*visits: Visit) -> Talk:
    """Asked whether the dentist on Wednesday at nine is to be booked."""
    slot = a_slot(WEDNESDAY)
    free = tuple(
        type(slot)(DENTIST, 1, 1, start, start + timedelta(minutes=20))
        for start in (WEDNESDAY, WEDNESDAY + timedelta(days=1))
    )
    people = (KnownPerson(5, "John Smith", Person.SELF),)
    talk = Talk(PretendClinic(free=free, visits=visits, people=people))
    assert keys(talk.says("dentist wednesday at 9"))[-1] == "confirm_booking"
    return talk


def says(talk: Talk, text: str) -> Answer:
    """In whichever language it is written, after the offer that is open, as the desk hears it."""
    draft, question = talk.state.draft, talk.state.question
    shown = draft.shown if draft else ()
    context = Context(
        now=SUNDAY,
        directory=DIRECTORY,
        asked=question.asked if question else None,
        offer=tuple(
            OfferedSlot(slot.starts_at, DIRECTORY.practitioner(slot.practitioner).name)
            for slot in shown
        ),
        labels=question.labels if question else (),
        language=written_in(text, ("en", "es", "fr", "pt")),
    )
    return talk.hears(Heard(understand(text, context), None, text))


def booked(talk: Talk) -> bool:
    return "BookVisit" in talk.clinic.kinds()


def asks_for_dentist(answer: Answer) -> bool:
    draft = answer.state.draft
    slot = draft.slot if draft else None
    return bool(slot and slot.practitioner == DENTIST and slot.starts_at == WEDNESDAY)


@pytest.mark.parametrize(
    "words",
    [
        "first i want to confirm my appointment with dr patel",
        "please confirm my tuesday appointment",
        "ok, but first confirm my appointment with dr patel",
        "ok, confirm my other visit first",
        "confirm my appointment",
        "je voudrais d'abord confirmer mon rdv de mardi",
        "confirmez mon rdv avec dr patel",
        "ok mais confirmez d'abord mon rdv avec dr patel",
        "primero quiero confirmar mi cita del martes",
        "confirme mi cita con la dra patel",
        "primeiro quero confirmar minha consulta de terça",
        "confirma minha consulta com a dra patel",
    ],
)
def test_another_visit_is_confirmed_and_the_booking_asked_about_again(words: str) -> None:
    talk = booking(a_visit())
    answer = says(talk, words)
    assert keys(answer) == ["confirmed", "where_we_were", "confirm_booking"]
    assert asks_for_dentist(answer)
    assert not booked(talk)
    talk.says("yes")
    assert booked(talk)


@pytest.mark.parametrize(
    "words",
    [
        "first move the one with dr patel to wednesday",
        "i need to move my other appointment first",
        "je dois d'abord déplacer celui avec dr patel à mercredi",
        "primero tengo que mover la de la dra patel al miércoles",
        "antes preciso remarcar a da dra patel para quarta",
    ],
)
def test_another_visit_is_moved_not_the_one_on_offer(words: str) -> None:
    talk = booking(a_visit())
    state = says(talk, words).state
    assert state.draft is not None
    assert (state.draft.task, state.draft.visit) == (Task.RESCHEDULE, a_visit())
    assert [draft.task for draft in state.aside] == [Task.BOOK]
    assert not booked(talk)


@pytest.mark.parametrize(
    "words",
    [
        "cancel my appointment with dr patel first",
        "annulez d'abord mon rdv avec dr patel",
        "antes anule mi cita con la dra patel",
        "antes desmarca minha consulta com a dra patel",
    ],
)
def test_another_visit_is_given_up_and_the_booking_goes_on(words: str) -> None:
    talk = booking(a_visit())
    assert keys(says(talk, words)) == ["confirm_cancel"]
    answer = talk.says("yes")
    assert keys(answer) == ["cancelled", "where_we_were", "confirm_booking"]
    assert asks_for_dentist(answer)


@pytest.mark.parametrize("words", ["I confirm", "confirm", "yes, confirm it", "oui je confirme"])
def test_a_mere_word_of_confirming_is_a_yes_to_what_is_asked(words: str) -> None:
    talk = booking(a_visit())
    says(talk, words)
    assert booked(talk)


def test_who_has_no_other_visit_confirms_the_one_that_is_asked_about() -> None:
    talk = booking()
    talk.says("please confirm the appointment")
    assert booked(talk)


@pytest.mark.parametrize(
    "words", ["can we do thursday instead", "can we move it to thursday", "thursday, please"]
)
def test_another_day_is_one_for_the_slot_on_offer(words: str) -> None:
    talk = booking(a_visit())
    draft = says(talk, words).state.draft
    assert draft is not None
    assert draft.task is Task.BOOK


def test_a_cancel_that_names_no_visit_drops_the_booking() -> None:
    talk = booking(a_visit())
    assert keys(talk.says("cancel, i will see later")) == ["dropped"]
    assert not [each for each in talk.clinic.asked if isinstance(each, ask.CancelVisit)]


def test_confirming_the_visit_that_is_to_be_given_up_keeps_it() -> None:
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    talk.says("cancel my appointment")
    assert keys(talk.says("no, i confirm my appointment")) == ["kept"]
