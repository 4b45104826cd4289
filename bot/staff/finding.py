"""Looking somebody up: by any part of the name, by phone, by date of birth."""

from datetime import date

from bot.dialogue.turn import Option, Say, say
from bot.staff.people import label_of, person_in, search
from bot.staff.reading import Asked, command_in
from bot.staff.work import ASKED_MORE, Answer, Work, line
from core.errors import PatientNotFound
from core.models.people import Standing
from core.staff.finding import Patient, patient_of

_AGAIN = f"{ASKED_MORE}:find:"


def find(work: Work, asked: Asked) -> Answer:
    """Whoever fits, a button each; the only one at once."""
    text = _whom(work, asked)
    if not text:
        return Answer((say("find_whom"),), asks=_AGAIN)
    found = search(work, person_in(work, text))
    ids = [each.id for each in found.patients]
    work.looked("patient", ids, [*ids, *(each.id for each in found.restricted)])
    if not ids:
        nobody = say("restricted_record") if found.restricted else say("nobody_found", name=text)
        return Answer((nobody,), asks=_AGAIN)
    if len(ids) == 1 and not found.restricted:
        return _card(work, found.patients[0])
    says = [say("patients_found"), *(line(_line(work, each)) for each in found.patients)]
    if found.restricted:
        says.append(say("restricted_among_them"))
    if found.more:
        says.append(say("more_than_shown"))
    options = tuple(
        Option(f"patient:{each.id}", line(label_of(work, each))) for each in found.patients
    )
    return Answer(tuple(says), options)


def _whom(work: Work, asked: Asked) -> str:
    """Return what was said of them: without the words that ask to find them."""
    plain = command_in(asked.text, work.book.language)
    if plain is None or plain[0] != "find":
        return asked.text.strip()
    return asked.who or asked.said.phone or ""


def show(work: Work, patient_id: str) -> Answer:
    """Raises PatientNotFound for somebody who is not theirs to see."""
    patient = patient_of(work.connection, work.sphere, int(patient_id), work.now)
    if patient is None:
        raise PatientNotFound("no such patient for this person")
    work.looked("patient", [patient.id], [patient.id])
    return _card(work, patient)


def _card(work: Work, patient: Patient) -> Answer:
    says: list[Say] = [line(_line(work, patient))]
    options = []
    if patient.standing is Standing.DECEASED:
        says.append(say("has_died"))
    elif patient.standing is Standing.BLOCKED:
        says.append(say("is_blocked"))
    if patient.standing is not Standing.DECEASED:
        options.append(Option(f"book:{patient.id}", say("to_book")))
    if patient.next_visit is not None:
        options.append(Option(f"visit:{patient.next_visit.id}", say("to_next_visit")))
    return Answer(tuple(says), tuple(options))


def _line(work: Work, patient: Patient) -> str:
    """Return somebody in a line: name, year of birth, phones, and when they come next."""
    parts = [label_of(work, patient)]
    parts += [f"...{digits}" for digits in patient.phones]
    if patient.next_visit is not None:
        place = work.clinic.directory.location(patient.next_visit.location_id)
        at = patient.next_visit.starts_at
        day: date = at.astimezone(place.zone).date()
        when = f"{work.book.short_day(day)} {work.book.clock(at, place)}"
        parts.append(work.book.say(say("comes_next", text=when)))
    return ", ".join(parts)
