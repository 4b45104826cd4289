"""For whom it is: somebody on file, found by whatever is said of them, or somebody new."""

from dataclasses import replace

from bot.dialogue.turn import Option, Say, say
from bot.staff.booking.draft import Draft, Wants
from bot.staff.people import label_of, person_in, restricted_options, search
from bot.staff.reading import Person
from bot.staff.work import Answer, Work, line
from core.phone import to_e164
from core.staff.finding import Found


def ask(draft: Draft) -> Answer:
    new = draft.option("new", label=say("somebody_new_here"))
    return _asks(draft, Wants.WHO, say("for_whom"), options=(new,))


def look(work: Work, draft: Draft, text: str) -> Answer | Draft:
    """Return the draft for the only one who fits, else a question."""
    person = person_in(work, text)
    found = search(work, person)
    if len(found.patients) == 1 and not found.restricted:
        return chosen(work, draft, found.patients[0].id)
    draft = replace(draft, guess=person)
    if not found.patients:
        return _nobody(draft, person, found)
    ids = [each.id for each in found.patients]
    work.looked("patient", ids, ids)
    options = [
        draft.option("who", each.id, label=line(label_of(work, each))) for each in found.patients
    ]
    options += restricted_options(found, f"draft:{draft.number}:who")
    says = (say("which_patient"), *_left_out(found))
    return _asks(draft, Wants.WHO, *says, options=(*options, _new(draft)))


def _left_out(found: Found) -> list[Say]:
    says = [say("restricted_among_them")] if found.restricted else []
    return [*says, say("more_than_shown")] if found.more else says


def _nobody(draft: Draft, person: Person, found: Found) -> Answer:
    if found.restricted:
        options = restricted_options(found, f"draft:{draft.number}:who")
        return _asks(draft, Wants.WHO, say("restricted_record"), options=options)
    said = person.name or person.phone or str(person.born)
    says = (say("nobody_found", name=said), say("for_whom_again"))
    return _asks(draft, Wants.WHO, *says, options=(_new(draft),))


def _new(draft: Draft) -> Option:
    """Whoever was looked for, as somebody new: what was said of them is not asked again."""
    if draft.guess is None or not draft.guess.has_whole_name:
        return draft.option("new", label=say("somebody_new_here"))
    return draft.option("named", label=say("new_patient", name=draft.guess.name))


def chosen(work: Work, draft: Draft, patient_id: int) -> Draft:
    """Raises PatientNotFound for somebody who is not theirs to book for, and RecordRestricted."""
    work.patient(patient_id)
    work.looked("patient", [patient_id], [patient_id])
    return replace(draft, patient=patient_id, newcomer=None, slot=None, wants=Wants.NOTHING)


def ask_name(draft: Draft) -> Answer:
    return _asks(draft, Wants.NAME, say("new_name"))


def named(draft: Draft, person: Person | None) -> Answer | Draft:
    """Return the draft for somebody new of that name, else ask for the whole name."""
    if person is None or not person.has_whole_name:
        return ask_name(draft)
    return replace(draft, patient=None, newcomer=person, slot=None, wants=Wants.NOTHING)


def ask_phone(draft: Draft, newcomer: Person, *first: Say) -> Answer:
    none = draft.option("nophone", label=say("no_phone"))
    asked = say("new_phone", name=newcomer.name)
    return _asks(draft, Wants.PHONE, *first, asked, options=(none,))


def phoned(work: Work, draft: Draft, newcomer: Person, text: str) -> Answer | Draft:
    phone = to_e164(text, work.clinic.directory.country)
    if phone is None:
        return ask_phone(draft, newcomer, say("no_number"))
    return replace(draft, newcomer=replace(newcomer, phone=phone), wants=Wants.NOTHING)


def _asks(draft: Draft, wants: Wants, *says: Say, options: tuple[Option, ...] = ()) -> Answer:
    return Answer(says, options, draft=replace(draft, wants=wants))
