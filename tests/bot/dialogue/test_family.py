"""Several people, one visit after the other: who they are, one sentence, one yes."""

from dataclasses import replace
from datetime import timedelta

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.state import DeedKind
from bot.dialogue.values import KnownPerson, Refusal, Slot
from bot.messages import Asked
from bot.understanding.values import Person
from tests.bot.dialogue.pretend import PretendClinic, Talk, a_slot, a_visit, keys

ANN = KnownPerson(6, "Ann Smith", Person.DAUGHTER)
BEN = KnownPerson(7, "Ben Smith", Person.SON)
EVE = KnownPerson(8, "Eve Smith", Person.DAUGHTER)
WISH = "dr patel tuesday at 10 for both my kids, back to back"
LATER = timedelta(minutes=20)


class Rows(PretendClinic):
    """At each time there is another slot directly after it, and another practitioner."""

    def perform(self, command: ask.Command) -> told.Outcome:
        if isinstance(command, ask.FindSlots):
            self.asked.append(command)
            found = [slot for slot in self._slots() if self._is_wished(slot, command)]
            rows = tuple((_moved(slot, 1),) for slot in found)
            return told.SlotsFound(tuple(found), following=rows if command.in_a_row > 1 else ())
        if isinstance(command, ask.BookVisit) and command.patient in self.gone:
            self.asked.append(command)
            return told.Refused(Refusal.SLOT_TAKEN)
        if isinstance(command, ask.RegisterPatient):
            name = f"{command.first_name} {command.last_name}"
            self.names = tuple(dict.fromkeys((*self.names, name)))
            key = 20 + self.names.index(name)
            return told.PatientRegistered(KnownPerson(key, name, command.relation))
        return super().perform(command)

    gone: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    def _slots(self) -> tuple[Slot, ...]:
        return tuple(_moved(a_slot(), number) for number in range(-2, 6))

    def _is_wished(self, slot: Slot, command: ask.FindSlots) -> bool:
        return slot.starts_at not in command.avoid and (
            command.around or bool(PretendClinic(free=(slot,))._fitting(command))
        )


def _moved(slot: Slot, steps: int) -> Slot:
    return replace(
        slot, starts_at=slot.starts_at + steps * LATER, ends_at=slot.ends_at + steps * LATER
    )


def booked(talk: Talk) -> list[tuple[Slot, int]]:
    return [
        (command.slot, command.patient)
        for command in talk.clinic.asked
        if isinstance(command, ask.BookVisit)
    ]


def test_two_known_children_are_asked_nothing_but_a_yes() -> None:
    talk = Talk(Rows(people=(ANN, BEN)))
    answer = talk.says(WISH)
    assert (keys(answer)[-1], answer.asked) == ("confirm_together_2", Asked.YES_NO)
    assert booked(talk) == []
    answer = talk.says("yes")
    assert keys(answer) == ["booked_together_2"]
    assert booked(talk) == [(a_slot(), ANN.key), (_moved(a_slot(), 1), BEN.key)]


def test_of_three_known_children_it_is_asked_which_two() -> None:
    talk = Talk(Rows(people=(ANN, BEN, EVE)))
    answer = talk.says(WISH)
    assert (keys(answer)[-1], answer.asked) == ("ask_person_first", Asked.PERSON)
    answer = talk.says("3")
    assert keys(answer)[-1] == "ask_person_next"
    assert [option.code for option in answer.options] == ["patient:6", "patient:7", "companion:new"]
    assert keys(talk.says("1"))[-1] == "confirm_together_2"


def test_new_ones_are_asked_for_one_after_the_other() -> None:
    talk = Talk(Rows())
    asked = [
        keys(talk.says(text))[-1]
        for text in (WISH, "Ann Smith", "3 March 2018", "Ben Smith", "4 May 2020")
    ]
    assert asked == [
        "ask_name_first",
        "ask_birth_date_child",
        "ask_name_next",
        "ask_birth_date_child",
        "confirm_together_2",
    ]


def test_the_same_person_twice_is_somebody_else_who_was_meant() -> None:
    talk = Talk(Rows())
    talk.says(WISH, "Ann Smith", "3 March 2018", "Ann Smith")
    answer = talk.says("3 March 2018")
    assert keys(answer)[-1] == "ask_name_next"


def test_when_the_second_fails_the_first_stands_and_the_nearest_is_offered() -> None:
    clinic = Rows(people=(ANN, BEN))
    clinic.gone = (BEN.key,)
    talk = Talk(clinic)
    answer = talk.says(WISH, "yes")
    assert keys(answer)[:2] == ["booked", "slot_gone"]
    assert answer.asked is Asked.SLOT
    draft = talk.state.draft
    assert draft is not None
    assert (draft.patient, draft.together) == (BEN.key, 1)
    assert talk.state.done is not None
    assert talk.state.done.kind is DeedKind.BOOKED


def test_only_one_after_all() -> None:
    talk = Talk(Rows(people=(ANN, BEN)))
    answer = talk.says(WISH, "no, only for my son")
    assert keys(answer)[-1] == "confirm_booking"
    talk.says("yes")
    assert [patient for _, patient in booked(talk)] == [BEN.key]


def test_both_are_called_off_with_one_yes() -> None:
    visits = (a_visit(), replace(a_visit(_moved(a_slot(), 1)), key=10))
    talk = Talk(PretendClinic(visits=visits))
    answer = talk.says("cancel both")
    assert keys(answer) == ["confirm_cancel_both"]
    assert "CancelVisit" not in talk.clinic.kinds()
    talk.says("yes")
    given_up = [command for command in talk.clinic.asked if isinstance(command, ask.CancelVisit)]
    assert [command.visit.key for command in given_up] == [9, 10]


def test_both_are_moved_one_after_the_other_each_with_a_yes() -> None:
    visits = tuple(replace(a_visit(_moved(a_slot(), n)), key=n) for n in (1, 2))
    talk = Talk(Rows(visits=visits))
    assert keys(talk.says("move both to tuesday at 10:40"))[-1] == "confirm_move"
    answer = talk.says("yes")
    assert keys(answer) == ["moved", "confirm_move"]
    draft = talk.state.draft
    assert draft is not None
    assert draft.visit is not None
    assert (draft.visit.key, draft.slot) == (2, _moved(a_slot(), 3))
    assert keys(talk.says("yes"))[0] == "moved"
    assert talk.state.draft is None


def test_three_are_called_off_one_by_one() -> None:
    visits = tuple(replace(a_visit(_moved(a_slot(), n)), key=n) for n in (1, 2, 3))
    talk = Talk(PretendClinic(visits=visits))
    assert keys(talk.says("cancel all of them")) == ["confirm_cancel"]
    assert "confirm_cancel_both" in keys(talk.says("yes"))
    talk.says("no")
    assert talk.clinic.kinds().count("CancelVisit") == 1
