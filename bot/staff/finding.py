"""Looking somebody up: by any part of the name, by phone, by date of birth."""

from bot.dialogue.turn import Option, Say, say
from bot.staff.people import label_of, line_of, person_in, restricted_options, search
from bot.staff.reading import Asked, command_in
from bot.staff.work import ASKED_MORE, Answer, Work, line
from core.errors import RecordRestricted
from core.models.people import Standing
from core.staff.finding import LIMIT, Patient, patients_of
from core.staff.rights import Deed

_AGAIN = f"{ASKED_MORE}:find:"


def find(work: Work, asked: Asked) -> Answer:
    """Whoever fits, a button each; the only one at once."""
    text = _whom(work, asked)
    if not text:
        return Answer((say("find_whom"),), asks=_AGAIN)
    found = search(work, person_in(work, text))
    ids = [each.id for each in found.patients]
    work.looked("patient", ids, [*ids, *(each.id for each in found.restricted)])
    if not ids and len(found.restricted) == 1:
        raise RecordRestricted(found.restricted[0].id)
    if not (ids or found.restricted):
        return Answer((say("nobody_found", name=text),), asks=_AGAIN)
    if len(ids) == 1 and not found.restricted:
        return _card(work, found.patients[0])
    says = [say("patients_found"), *(line(line_of(work, each)) for each in found.patients)]
    if found.restricted:
        says.append(say("restricted_among_them"))
    if found.more:
        says.append(say("more_than_shown"))
    options = [Option(f"patient:{each.id}", line(label_of(work, each))) for each in found.patients]
    return Answer(tuple(says), (*options, *restricted_options(found, "patient")))


def _whom(work: Work, asked: Asked) -> str:
    """Return what was said of them: without the words that ask to find them."""
    plain = command_in(asked.text, work.book.language)
    if plain is None or plain[0] != "find":
        return asked.text.strip()
    return asked.who or asked.said.phone or ""


def patients(work: Work, asked: Asked) -> Answer:
    """ "Dr Patel's patients": who comes to somebody, or came, by name."""
    if asked.candidates:
        people = (work.clinic.directory.practitioner(key) for key in asked.candidates)
        return Answer(
            (say("which_practitioner"),),
            tuple(
                Option(f"patients:{each.key}:0", line(each.full_name(work.book.language)))
                for each in people
            ),
        )
    if asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    whose = asked.practitioner or work.pairing.member.practitioner_id
    if whose is None:
        return Answer((say("whose_patients"),), asks=f"{ASKED_MORE}:patients:")
    return patients_from(work, str(whose), "0")


def patients_from(work: Work, practitioner_id: str, since: str) -> Answer:
    """The same from a button, which leads to those below."""
    whose, first = int(practitioner_id), int(since)
    person = work.clinic.directory.practitioner(whose)
    if not any(work.sphere.covers(whose, place) for place in person.locations):
        return Answer((say("not_yours"),))
    found = patients_of(
        work.connection, work.sphere, whose, work.now, since=first, opened=work.opened
    )
    ids = [each.id for each in found.patients]
    work.looked("patient", ids, [*ids, *(each.id for each in found.restricted)])
    who = work.book.surname_of(person)
    if not (ids or found.restricted):
        return Answer((say("no_patients", who=who),))
    says = [say("patients_of", who=who), *(line(line_of(work, each)) for each in found.patients)]
    options = [Option(f"patient:{each.id}", line(label_of(work, each))) for each in found.patients]
    options += restricted_options(found, "patient")
    if found.more:
        options.append(Option(f"patients:{whose}:{first + LIMIT}", say("further_patients")))
    return Answer(tuple(says), tuple(options))


def show(work: Work, patient_id: str) -> Answer:
    """Raises PatientNotFound for somebody who is not theirs to see, and RecordRestricted."""
    patient = work.patient(int(patient_id))
    work.looked("patient", [patient.id], [patient.id])
    return _card(work, patient)


def _card(work: Work, patient: Patient) -> Answer:
    says: list[Say] = [line(line_of(work, patient))]
    options = []
    if patient.standing is Standing.DECEASED:
        says.append(say("has_died"))
    elif patient.standing is Standing.BLOCKED:
        says.append(say("is_blocked"))
    if patient.is_restricted:
        says.append(say("is_restricted"))
    if patient.standing is not Standing.DECEASED:
        options.append(Option(f"book:{patient.id}", say("to_book")))
    if patient.next_visit is not None:
        options.append(Option(f"visit:{patient.next_visit.id}", say("to_next_visit")))
    if work.sphere_for(Deed.STANDING):
        options.append(Option(f"standing:{patient.id}", say("to_standing")))
    return Answer(tuple(says), tuple(options))
