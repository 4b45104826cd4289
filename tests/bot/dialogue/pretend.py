"""A small clinic of values, and somebody who talks to the engine: no database, no clock."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.engine import converse
from bot.dialogue.state import State
from bot.dialogue.turn import Answer, Event, Heard, Situation
from bot.dialogue.values import KnownPerson, Proof, Refusal, Slot, Visit
from bot.dialogue.wait import Wait
from bot.phrases import Phrasebook
from bot.understanding import understand
from bot.understanding.values import Context, Entities, Intent, Person, Understanding
from tests.bot.understanding.clinic import SUNDAY, ZONE, a_directory

DIRECTORY = a_directory()
SITUATION = Situation(SUNDAY, DIRECTORY)
PATEL = DIRECTORY.practitioners[0].key
TEN = datetime(2026, 11, 24, 10, tzinfo=ZONE).astimezone(UTC)

CODE, PHONE = "123456", "+14155550177"  # What proves who one is here.


def a_slot(starts_at: datetime = TEN) -> Slot:
    return Slot(PATEL, 1, 1, starts_at, starts_at + timedelta(minutes=20))


@dataclass
class PretendClinic:
    """Answers commands from a script; what it is not told, it does."""

    free: tuple[Slot, ...] = (a_slot(), a_slot(TEN + timedelta(hours=1)))
    people: tuple[KnownPerson, ...] = ()
    visits: tuple[Visit, ...] = ()
    waits: tuple[Wait, ...] = ()
    refusals: dict[type, Refusal] = field(default_factory=dict)
    beside: Visit | None = None
    missed: int = 0
    others: dict[type, told.Outcome] = field(
        default_factory=lambda: {
            ask.HandOver: told.HandedOver(15),
            ask.FindPresence: told.PresenceFound(()),
            ask.FindTerms: told.TermsFound(()),
            ask.FindUsual: told.UsualFound(None),
        }
    )
    asked: list[ask.Command] = field(default_factory=list)
    wrong_codes: int = 0

    @property
    def proved(self) -> KnownPerson:
        return KnownPerson(5, "John Smith", Person.SELF, is_proved=True)

    def _wrong(self) -> told.Tried:
        self.wrong_codes += 1
        return told.Tried(Proof.WRONG if self.wrong_codes < 3 else Proof.FAILED)

    def perform(self, command: ask.Command) -> told.Outcome:
        self.asked.append(command)
        if type(command) in self.refusals:
            return told.Refused(self.refusals[type(command)])
        match command:
            case ask.FindSlots():
                return told.SlotsFound(self._fitting(command))
            case ask.HoldSlot(slot, patient, moves):
                beside = self.beside if patient and moves is None else None
                return told.SlotHeld(slot, SUNDAY + timedelta(minutes=5), beside)
            case ask.FindPeople():
                return told.PeopleFound(self.people)
            case ask.RegisterPatient(first, last) if ask.RegisterPatient not in self.others:
                return told.PatientRegistered(KnownPerson(5, f"{first} {last}", Person.SELF))
            case ask.FindVisits():
                return told.VisitsFound(self.visits)
            case ask.BookVisit(slot):
                return told.VisitBooked(a_visit(slot), missed=self.missed)
            case ask.MoveVisit(_, slot):
                return told.VisitMoved(a_visit(slot))
            case ask.CancelVisit(visit):
                return told.VisitCancelled(visit)
            case _:
                return self.others.get(type(command)) or self._otherwise(command)

    def _otherwise(self, command: ask.Command) -> told.Outcome:
        match command:
            case ask.UndoLast(visit):
                return told.Undone(visit)
            case ask.ConfirmVisit(visit):
                return told.VisitConfirmed(visit)
            case ask.NoteDelay(_, minutes):
                return told.DelayNoted(can_wait=(minutes or 0) <= 15)
            case ask.FindWaits():
                return told.WaitsFound(self.waits)
            case ask.JoinWaitlist(wait):
                return told.Waitlisted(replace(wait, key=1))
            case ask.RequestData():
                return told.DataRequested(SUNDAY.date() + timedelta(days=30))
            case ask.FindAgain(visits):
                asked = {visit.key for visit in visits}
                return told.VisitsFound(tuple(each for each in self.visits if each.key in asked))
            case ask.AcceptOffer():
                return told.VisitBooked(a_visit())
            case _:
                return self._about_people(command)

    def _about_people(self, command: ask.Command) -> told.Outcome:
        match command:
            case ask.CorrectPatient(patient, said):
                known = KnownPerson(patient, f"{said.first_name} {said.last_name}", said.relation)
                return told.PatientRegistered(known)
            case ask.TryCode(code):
                return told.Tried(Proof.PROVED, self.proved) if code == CODE else self._wrong()
            case ask.ProveByContact(phone):
                fits = phone == PHONE
                return told.Tried(Proof.PROVED, self.proved) if fits else told.Tried(Proof.WRONG)
            case ask.Disown():
                return told.Disowned(anybody=bool(self.people))
            case _:
                return told.Done()

    def _fitting(self, command: ask.FindSlots) -> tuple[Slot, ...]:
        def fits(slot: Slot) -> bool:
            at = slot.starts_at.astimezone(ZONE)
            if slot.starts_at in command.avoid:
                return False
            return (
                command.around
                or not command.windows
                or any(
                    window.day_from <= at.date() <= window.day_to
                    and window.minute_from <= at.hour * 60 + at.minute < window.minute_until
                    for window in command.windows
                )
            )

        return tuple(slot for slot in self.free if fits(slot))

    def kinds(self) -> list[str]:
        return [type(command).__name__ for command in self.asked]


def a_visit(slot: Slot | None = None) -> Visit:
    slot = slot or a_slot()
    return Visit(9, "nine", 1, 5, "John Smith", PATEL, 1, 1, slot.starts_at, slot.ends_at)


@dataclass
class Talk:
    clinic: PretendClinic = field(default_factory=PretendClinic)
    state: State = field(default_factory=State)
    situation: Situation = SITUATION
    language: str | None = None

    def says(self, *texts: str) -> Answer:
        for text in texts:
            question = self.state.question
            understanding = understand(
                text,
                Context(
                    now=SUNDAY,
                    directory=DIRECTORY,
                    asked=question.asked if question else None,
                    labels=question.labels if question else (),
                    language=self.language,
                ),
            )
            number = int(text) if text.strip().isdigit() else None
            answer = self.hears(Heard(understanding, number, text))
        return answer

    def hears(self, event: Event) -> Answer:
        """Saved and read back at every turn, as it is between messages."""
        before = State.from_json(self.state.to_json())
        answer = converse(before, event, self.situation, self.clinic.perform)
        book = Phrasebook(self.situation.directory, self.language or "en")
        labels = tuple(book.say(option.label) for option in answer.options)
        assert all(book.say(said) for said in answer.says)  # Every word to fill in was given.
        self.state = answer.state.with_labels(labels) if labels else answer.state
        return answer


def keys(answer: Answer) -> list[str]:
    return [said.key for said in answer.says]


def meant(intent: Intent, **entities: Any) -> Heard:
    return Heard(Understanding(intent, 1.0, Entities(**entities), "en"))
