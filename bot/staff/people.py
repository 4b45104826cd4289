"""Patients as staff name them, and as they are told apart in a chat."""

from datetime import date

from bot.dialogue.turn import Option, say
from bot.staff.reading import Person
from bot.staff.work import Work
from bot.understanding.lexicon import lexicon
from bot.understanding.text import as_name
from core.errors import NothingToFindBy
from core.phone import to_e164
from core.staff.finding import Found, Patient, find_patients


def person_in(work: Work, text: str) -> Person:
    """Return who is named: "Maria Lopez", "lopez 12/5/1980", "+1 415 555 0100"."""
    asked = work.read(text, asked="date_of_birth")
    phone, born = asked.said.phone or _number(work, text), asked.said.date_of_birth
    name = asked.who
    if not name and phone is None and born is None:
        name = text.strip()
    return Person(as_name(name, lexicon(work.book.language).particles), phone, born)


def _number(work: Work, text: str) -> str | None:
    """Return a number that is all that was said."""
    if any(sign.isalpha() for sign in text):
        return None
    return to_e164(text, work.clinic.directory.country)


def search(work: Work, person: Person) -> Found:
    """Return who fits, as far as whoever asks may see them."""
    try:
        return find_patients(
            work.connection,
            work.sphere,
            work.now,
            name=person.name or None,
            phone=person.phone,
            date_of_birth=person.born,
            opened=work.opened,
        )
    except NothingToFindBy:
        return Found()


def restricted_options(found: Found, then: str) -> tuple[Option, ...]:
    """Return a button for each whose record is not open to them: it asks why, and goes on with
    what is `then` to be done (its beginning: the patient's number comes last)."""
    return tuple(
        Option(f"open:{each.id}:{then}:{each.id}", say("open_one", text=each.initials))
        for each in found.restricted
    )


def label_of(work: Work, patient: Patient) -> str:
    """Return what tells somebody from their namesakes, and no more than that."""
    year = patient.date_of_birth and patient.date_of_birth.year
    return f"{work.called(patient)}, {year}" if year else work.called(patient)


def line_of(work: Work, patient: Patient) -> str:
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
