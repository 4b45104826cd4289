"""The clinic reminds: every way of answering, and what has become of the visits meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue import left
from bot.dialogue.state import State, Task
from bot.dialogue.tasks import reminder
from bot.dialogue.turn import HandedBack, Pressed, Prompted, RemindOf
from bot.dialogue.values import Refusal, Visit
from bot.messages import Asked
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

VISIT = a_visit()  # On Tuesday at ten.
LATER = replace(a_visit(a_slot(TEN + timedelta(hours=3))), key=10, patient_name="Mia Smith")
DAY = timedelta(days=1)


def reminded(*visits: Visit, language: str | None = None, **clinic: object) -> Talk:
    """Somebody whom the clinic has just reminded of these visits, which stand."""
    visits = visits or (VISIT,)
    talk = Talk(PretendClinic(visits=visits, **clinic), language=language)  # type: ignore[arg-type]
    talk.hears(Prompted(RemindOf(visits)))
    return talk


def confirmed(talk: Talk) -> list[int]:
    return [each.visit.key for each in talk.clinic.asked if isinstance(each, ask.ConfirmVisit)]


def at_noon(visit: Visit) -> Visit:
    moved = timedelta(hours=2)
    return replace(
        visit, version=2, starts_at=visit.starts_at + moved, ends_at=visit.ends_at + moved
    )


# Words in four languages

COMING = {
    "en": ("yes", "I'll be there", "we'll be there", "see you then", "ok thanks", "1",
           "confirmed", "see you tuesday", "yes, tuesday at 10 is fine", "works for me", "👍"),
    "es": ("sí", "allí estaré", "ahí estaré", "confirmo", "voy a ir", "sí, el martes a las 10"),
    "fr": ("oui", "je serai là", "j'y serai", "je confirme", "oui, mardi à 10h", "ça marche"),
    "pt": ("sim", "vou sim", "estarei lá", "confirmado", "sim, terça às 10", "combinado"),
}  # fmt: skip
NOT_COMING = {
    "en": ("no", "I can't come", "sorry, I won't make it", "not coming", "please cancel", "3"),
    "es": ("no", "no puedo ir", "no voy a poder", "no podré asistir", "cancelar"),
    "fr": ("non", "je ne peux pas venir", "je ne pourrai pas venir", "annuler"),
    "pt": ("não", "não posso ir", "não vou poder ir", "não consigo ir", "cancelar"),
}
ANOTHER_TIME = {
    "en": ("another time", "can we reschedule?", "no, I need another time", "2"),
    "es": ("otra hora por favor", "cambiar la cita", "otro día"),
    "fr": ("un autre moment", "une autre heure", "un autre jour"),
    "pt": ("outro horário", "remarcar", "outro dia"),
}
# Ten o'clock on Tuesday is theirs; eleven o'clock is free.
ELEVEN = {
    "en": ("yes but at 11", "tuesday at 11 instead", "can I come tuesday at 11 instead?",
           "can I come an hour later?", "I can't then, can it be at 11?"),
    "es": ("mejor a las 11", "no puedo a esa hora, ¿puede ser a las 11?"),
    "fr": ("plutôt à 11h", "je ne peux pas, plutôt à 11h ?"),
    "pt": ("prefiro às 11", "pode ser às 11?"),
}  # fmt: skip


def _words(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in table.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), _words(COMING))
def test_whoever_says_that_they_come_has_confirmed(language: str, text: str) -> None:
    talk = reminded(language=language)
    assert keys(talk.says(text)) == ["confirmed"]
    assert confirmed(talk) == [VISIT.key]
    assert talk.state.draft is None


@pytest.mark.parametrize(("language", "text"), _words(NOT_COMING))
def test_whoever_cannot_come_is_asked_once_more_with_the_whole_sentence(
    language: str, text: str
) -> None:
    talk = reminded(language=language)
    assert keys(talk.says(text)) == ["confirm_cancel"]
    assert "CancelVisit" not in talk.clinic.kinds()
    assert keys(talk.says("1")) == ["cancelled"]


@pytest.mark.parametrize(("language", "text"), _words(ANOTHER_TIME))
def test_another_time_is_looked_for(language: str, text: str) -> None:
    talk = reminded(language=language)
    assert keys(talk.says(text)) == ["ask_new_time"]
    assert confirmed(talk) == []


@pytest.mark.parametrize(("language", "text"), _words(ELEVEN))
def test_another_time_may_be_named_at_once(language: str, text: str) -> None:
    talk = reminded(language=language)
    assert keys(talk.says(text)) == ["confirm_move"]
    assert confirmed(talk) == []
    assert keys(talk.says("1")) == ["moved"]


@pytest.mark.parametrize("text", ["see you friday", "yes, at 11", "yes tuesday after 3"])
def test_a_yes_to_another_time_is_no_yes(text: str) -> None:
    talk = reminded()
    talk.says(text)
    assert confirmed(talk) == []


def test_whoever_keeps_it_after_all_keeps_it() -> None:
    talk = reminded()
    assert keys(talk.says("no", "2")) == ["kept"]
    assert "CancelVisit" not in talk.clinic.kinds()


# What comes in between


@pytest.mark.parametrize(
    "text", ["where is it?", "what are your hours?", "hello", "thanks", "xyzzy"]
)
def test_whatever_comes_in_between_it_is_asked_again(text: str) -> None:
    talk = reminded()
    answer = talk.says(text)
    assert keys(answer)[-1] == "reminder"
    assert answer.asked is Asked.CHOICE
    assert keys(talk.says("1")) == ["confirmed"]


def test_another_wish_is_seen_to_first() -> None:
    talk = reminded()
    talk.says("book me with dr patel on tuesday at 11", "yes")
    talk.says("John Smith", "4 May 1980")
    assert talk.state.draft is not None
    while talk.state.draft is not None and talk.state.draft.task is not Task.REMINDER:
        answer = talk.says("yes")
    assert keys(answer)[-2:] == ["where_we_were", "reminder"]
    assert keys(talk.says("yes")) == ["confirmed"]


def test_it_may_be_answered_days_later_also_after_a_question_in_between() -> None:
    talk = reminded()
    talk.says("where is it?")
    talk.state = left.fresh(talk.state, SUNDAY, SUNDAY + DAY)
    assert keys(talk.says("1")) == ["confirmed"]


def test_of_several_as_long_as_one_of_them_is_ahead() -> None:
    talk = reminded(VISIT, LATER)
    state = left.fresh(talk.state, SUNDAY, TEN + timedelta(hours=1))
    assert state.question is not None
    assert left.fresh(talk.state, SUNDAY, LATER.starts_at) == State()


# What has become of the visits


def test_to_a_visit_that_has_moved_an_old_yes_is_no_yes() -> None:
    talk = reminded()
    talk.clinic.visits = (at_noon(VISIT),)
    assert keys(talk.says("yes")) == ["reminder_has_moved", "reminder"]
    assert confirmed(talk) == []
    assert keys(talk.says("yes")) == ["confirmed"]


@pytest.mark.parametrize("text", ["1", "2", "3", "no", "monday instead"])
def test_of_a_visit_that_was_called_off_nothing_is_left_to_answer(text: str) -> None:
    talk = reminded()
    talk.clinic.visits = ()
    assert keys(talk.says(text)) == ["reminder_is_over"]
    assert talk.state.draft is None


def test_what_the_clinic_refuses_is_said() -> None:
    talk = reminded(refusals={ask.ConfirmVisit: Refusal.CHANGED})
    assert keys(talk.says("1")) == ["refused_changed"]


def test_a_visit_that_moved_is_moved_from_where_it_is_now() -> None:
    talk = reminded()
    talk.clinic.visits = (at_noon(VISIT),)
    talk.says("tuesday at 11", "yes")
    [moved] = [each for each in talk.clinic.asked if isinstance(each, ask.MoveVisit)]
    assert moved.visit.version == 2


# Several


def several() -> Talk:
    return reminded(VISIT, LATER)


def test_several_share_a_question_and_a_yes() -> None:
    talk = Talk(PretendClinic(visits=(VISIT, LATER)))
    answer = talk.hears(Prompted(RemindOf((VISIT, LATER))))
    lines = ["reminder_several", "reminder_line", "reminder_line", "ask_come_to_all"]
    assert keys(answer) == lines
    talk.says("yes, we'll be there")
    assert confirmed(talk) == [VISIT.key, LATER.key]


@pytest.mark.parametrize(("which", "other"), [("1", LATER), ("2", VISIT)])
def test_when_one_of_them_is_called_off_the_other_is_still_asked_about(
    which: str, other: Visit
) -> None:
    talk = several()
    assert keys(talk.says("3")) == ["ask_which_to_cancel"]
    talk.says(which)
    gone = VISIT if other is LATER else LATER
    talk.clinic.visits = (other,)
    answer = talk.says("yes")
    assert [each.visit.key for each in talk.clinic.asked if isinstance(each, ask.CancelVisit)] == [
        gone.key
    ]
    assert keys(answer) == ["cancelled", "where_we_were", "reminder"]
    talk.says("yes")
    assert confirmed(talk) == [other.key]


def test_when_both_are_called_off_nothing_is_asked_any_more() -> None:
    talk = several()
    answer = talk.says("we can't come", "both", "yes")
    assert "reminder" not in keys(answer)
    assert talk.state.aside == ()


def test_and_as_it_is_by_then() -> None:
    talk = several()
    talk.says("3", "1")
    talk.clinic.visits = (at_noon(LATER),)
    keys_now = ["cancelled", "where_we_were", "reminder_has_moved", "reminder"]
    assert keys(talk.says("yes")) == keys_now


def test_one_of_them_has_moved_so_they_are_asked_about_as_they_are() -> None:
    talk = several()
    talk.clinic.visits = (VISIT, at_noon(LATER))
    assert keys(talk.says("yes"))[:2] == ["reminder_has_moved", "reminder_several"]
    assert confirmed(talk) == []
    talk.says("yes")
    assert confirmed(talk) == [VISIT.key, LATER.key]


def test_what_has_another_day_by_now_is_not_asked_about_with_them() -> None:
    talk = several()
    thursday = replace(LATER, version=2, starts_at=LATER.starts_at + 2 * DAY)
    talk.clinic.visits = (VISIT, thursday)
    assert keys(talk.says("yes")) == ["reminder_has_moved", "reminder"]
    talk.says("yes")
    assert confirmed(talk) == [VISIT.key]


def test_a_yes_to_one_of_them_is_no_yes_to_all() -> None:
    talk = several()
    talk.says("yes to the one at 10")
    assert LATER.key not in confirmed(talk)


# Older ones


def test_a_second_reminder_of_the_same_visit_is_answered_once() -> None:
    talk = reminded()
    talk.hears(Prompted(RemindOf((VISIT,))))
    assert keys(talk.says("yes")) == ["confirmed"]
    assert talk.state.aside == ()


def test_a_reminder_of_another_visit_does_not_swallow_the_first() -> None:
    talk = reminded()
    talk.clinic.visits = (VISIT, LATER)
    talk.hears(Prompted(RemindOf((LATER,))))
    assert keys(talk.says("yes")) == ["confirmed", "where_we_were", "reminder"]
    talk.says("yes")
    assert confirmed(talk) == [LATER.key, VISIT.key]


def test_an_older_one_that_is_answered_is_not_asked_again() -> None:
    talk = reminded()
    talk.state = reminder.reopened(talk.state, (VISIT,), "77")
    answer = talk.hears(Pressed("77", 1))
    assert keys(answer) == ["confirmed"]


# A person answers here


def with_a_person(talk: Talk) -> Talk:
    talk.situation = replace(SITUATION, with_person=True)
    return talk


@pytest.mark.parametrize(("text", "key"), [("yes", "confirmed"), ("1", "confirmed"),
                                           ("can't come", "confirm_cancel"),
                                           ("another time", "ask_new_time")])  # fmt: skip
def test_it_is_answered_while_somebody_is_on_their_way(text: str, key: str) -> None:
    talk = reminded()
    talk.says("I want to talk to a person")
    assert keys(with_a_person(talk).says(text)) == [key]


def test_also_when_a_question_came_in_between() -> None:
    talk = reminded()
    talk.says("where is it?", "I want to talk to a person")
    assert keys(with_a_person(talk).says("1")) == ["confirmed"]


def test_control_what_else_is_said_to_a_person_is_theirs() -> None:
    talk = reminded()
    talk.says("I want to talk to a person")
    assert keys(with_a_person(talk).says("my insurance has changed")) == []
    assert keys(talk.says("1")) == ["confirmed"]


def test_when_they_are_done_it_is_asked_again() -> None:
    talk = reminded()
    talk.says("I want to talk to a person")
    answer = talk.hears(Prompted(HandedBack()))
    assert keys(answer) == ["handed_back_on", "reminder"]
    assert keys(talk.says("1")) == ["confirmed"]


# And after


def test_what_was_confirmed_may_be_taken_back() -> None:
    talk = reminded()
    assert keys(talk.says("1", "undo that")) == ["undone_confirmed"]
    assert isinstance(talk.clinic.asked[-1], ask.UndoLast)


def test_six_visits_are_little_to_remember() -> None:
    six = tuple(
        replace(
            a_visit(a_slot(TEN + timedelta(minutes=20 * number))),
            key=10_000_000 + number,
            public_id="01JDA5BC8N2Q4R6T8V0WX" + str(number) * 5,
            patient_name="Maximiliana Featherstonehaugh-Cholmondeley",
            practitioner=PATEL,
        )
        for number in range(6)
    )
    talk = reminded(*six)
    talk.says("3", "where is it?")
    state = talk.state
    assert state == State.from_json(state.to_json())
    assert len(state.to_json().encode()) < 4_000
