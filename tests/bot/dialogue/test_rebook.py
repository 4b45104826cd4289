"""A visit was missed, or it is time for the next one: the clinic offers to find a time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue import left
from bot.dialogue.state import State, Task
from bot.dialogue.turn import Answer, OfferAnother, Prompted
from bot.dialogue.values import KnownPerson
from bot.messages import Asked
from bot.understanding.values import Person
from tests.bot.dialogue.pretend import (
    PATEL,
    SITUATION,
    TEN,
    PretendClinic,
    Talk,
    a_slot,
    a_visit,
    keys,
)
from tests.bot.understanding.clinic import SUNDAY

MISSED = a_visit(a_slot(TEN - timedelta(days=7)))
JOHN = KnownPerson(5, "John Smith", Person.SELF)
AFTER_THREE = a_slot(TEN + timedelta(hours=5, minutes=20))


def offered(language: str | None = None, *, why: str = "missed") -> Talk:
    clinic = PretendClinic(free=(a_slot(), AFTER_THREE), people=(JOHN,))
    talk = Talk(clinic, language=language)
    talk.hears(Prompted(OfferAnother(MISSED, why)))
    return talk


def sought(talk: Talk) -> list[ask.FindSlots]:
    return [each for each in talk.clinic.asked if isinstance(each, ask.FindSlots)]


@pytest.mark.parametrize("why", ["missed", "due", "called_off"])
def test_it_says_why(why: str) -> None:
    answer = Talk().hears(Prompted(OfferAnother(MISSED, why)))
    assert keys(answer) == [f"again_{why}"]
    assert answer.asked is Asked.YES_NO


FINDING = {
    "en": ("yes", "yes please", "another time please", "can we reschedule?", "ok", "1",
           "no, I need another time"),
    "es": ("sí", "claro", "otra hora por favor", "cambiar la cita"),
    "fr": ("oui", "d'accord", "une autre heure", "un autre moment"),
    "pt": ("sim", "claro", "outro horário", "remarcar"),
}  # fmt: skip
LEAVING = {
    "en": ("no", "no thanks", "not now", "maybe later", "skip", "please cancel", "can't come", "2"),
    "es": ("no", "ahora no", "no puedo ir", "no, gracias"),
    "fr": ("non", "pas maintenant", "je ne peux pas venir", "non merci"),
    "pt": ("não", "agora não", "não posso ir", "não, obrigado"),
}


def _words(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in table.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), _words(FINDING))
def test_a_yes_asks_when(language: str, text: str) -> None:
    talk = offered(language)
    assert keys(talk.says(text)) == ["ask_when"]
    draft = talk.state.draft
    assert draft is not None
    assert (draft.task, draft.practitioner, draft.patient) == (Task.BOOK, PATEL, 5)


@pytest.mark.parametrize(("language", "text"), _words(LEAVING))
def test_a_no_is_taken_for_a_no(language: str, text: str) -> None:
    talk = offered(language)
    assert keys(talk.says(text)) == ["rebook_declined"]
    assert (talk.state.draft, sought(talk)) == (None, [])


def at_three(answer: Answer) -> bool:
    return keys(answer) == ["confirm_booking"] and answer.state.held is not None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "yes tuesday after 3"),
        ("en", "tuesday after 3pm"),
        ("es", "sí, el martes después de las 3 de la tarde"),
        ("fr", "oui, mardi après 15h"),
        ("pt", "sim, terça depois das 15h"),
    ],
)
def test_when_may_be_said_at_once(language: str, text: str) -> None:
    talk = offered(language)
    assert at_three(talk.says(text))
    assert keys(talk.says("1")) == ["booked"]


def test_and_with_somebody_else() -> None:
    talk = offered()
    talk.says("yes, but with dr okafor")
    assert talk.state.draft is not None
    assert talk.state.draft.practitioner not in (None, PATEL)


@pytest.mark.parametrize("text", ["where are you?", "hello", "thanks", "xyzzy"])
def test_whatever_comes_in_between_it_is_asked_again(text: str) -> None:
    talk = offered(why="due")
    assert keys(talk.says(text))[-1] == "ask_find_time"
    assert keys(talk.says("1")) == ["ask_when"]


@pytest.mark.parametrize("text", ["1", "yes", "2", "no"])
def test_it_may_be_answered_days_later(text: str) -> None:
    talk = offered(why="due")
    talk.state = left.fresh(talk.state, SUNDAY, SUNDAY + timedelta(days=6))
    assert keys(talk.says(text)) in (["ask_when"], ["rebook_declined"])


def test_but_not_for_ever() -> None:
    assert left.fresh(offered().state, SUNDAY, SUNDAY + timedelta(days=7)) == State()


def test_whoever_never_answered_left_nothing_begun() -> None:
    talk = offered()
    talk.says("goodbye")
    talk.state = left.fresh(talk.state, SUNDAY, SUNDAY + timedelta(days=2))
    assert keys(talk.says("what are your hours?"))[0] != "rested"


def test_it_is_answered_while_somebody_is_on_their_way() -> None:
    talk = offered()
    talk.says("I want to talk to a person")
    talk.situation = replace(SITUATION, with_person=True)
    assert keys(talk.says("yes")) == ["ask_when"]
    assert keys(talk.says("tuesday after 3")) == ["confirm_booking"]
