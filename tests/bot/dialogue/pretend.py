"""A small clinic of values, and somebody who talks to the engine: no database, no clock."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.dialogue import commands as ask
from bot.dialogue.engine import converse
from bot.dialogue.state import State
from bot.dialogue.turn import Answer, Heard, Pressed, Situation, Unreadable
from bot.dialogue.values import KnownPerson, Refusal, Slot, Visit
from bot.phrases import Phrasebook
from bot.understanding import understand
from bot.understanding.values import Context, Entities, Intent, Person, Understanding
from tests.bot.understanding.clinic import SUNDAY, ZONE, a_directory

DIRECTORY = a_directory()
SITUATION = Situation(SUNDAY, DIRECTORY)
PATEL = DIRECTORY.practitioners[0].key
TEN = datetime(2026, 11, 24, 10, tzinfo=ZONE).astimezone(UTC)


def a_slot(starts_at: datetime = TEN) -> Slot:
    return Slot(PATEL, 1, 1, starts_at, starts_at + timedelta(minutes=20))


@dataclass
class PretendClinic:
    """Answers commands from a script; what it is not told, it does."""

    free: tuple[Slot, ...] = (a_slot(), a_slot(TEN + timedelta(hours=1)))
    people: tuple[KnownPerson, ...] = ()
    visits: tuple[Visit, ...] = ()
    refusals: dict[type, Refusal] = field(default_factory=dict)
    beside: Visit | None = None
    missed: int = 0
    asked: list[ask.Command] = field(default_factory=list)

    def perform(self, command: ask.Command) -> ask.Outcome:
        self.asked.append(command)
        if type(command) in self.refusals:
            return ask.Refused(self.refusals[type(command)])
        match command:
            case ask.FindSlots():
                return ask.SlotsFound(self._fitting(command))
            case ask.HoldSlot(slot, patient, moves):
                beside = self.beside if patient and moves is None else None
                return ask.SlotHeld(slot, SUNDAY + timedelta(minutes=5), beside)
            case ask.FindPeople():
                return ask.PeopleFound(self.people)
            case ask.RegisterPatient(first, last):
                return ask.PatientRegistered(KnownPerson(5, f"{first} {last}", Person.SELF))
            case ask.FindVisits():
                return ask.VisitsFound(self.visits)
            case ask.BookVisit(slot):
                return ask.VisitBooked(a_visit(slot), missed=self.missed)
            case ask.MoveVisit(_, slot):
                return ask.VisitMoved(a_visit(slot))
            case ask.CancelVisit(visit):
                return ask.VisitCancelled(visit)
            case _:
                return ask.Done()

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
                ),
            )
            number = int(text) if text.strip().isdigit() else None
            answer = self.hears(Heard(understanding, number))
        return answer

    def hears(self, event: Heard | Pressed | Unreadable) -> Answer:
        """Saved and read back at every turn, as it is between messages."""
        before = State.from_json(self.state.to_json())
        answer = converse(before, event, self.situation, self.clinic.perform)
        book = Phrasebook(DIRECTORY, "en")
        labels = tuple(book.say(option.label) for option in answer.options)
        assert all(book.say(said) for said in answer.says)  # Every word to fill in was given.
        self.state = answer.state.with_labels(labels) if labels else answer.state
        return answer


def keys(answer: Answer) -> list[str]:
    return [said.key for said in answer.says]


def meant(intent: Intent, **entities: Any) -> Heard:
    return Heard(Understanding(intent, 1.0, Entities(**entities), "en"))
