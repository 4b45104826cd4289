"""A time that has come free is offered to somebody who waits: taken, left, or gone by then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue import left, outcomes
from bot.dialogue.state import State
from bot.dialogue.tasks import offered
from bot.dialogue.turn import OfferTime, Pressed, Prompted, RemindOf, TellGone
from bot.dialogue.values import Offered, Refusal, Slot, Visit
from bot.messages import Asked
from tests.bot.dialogue.pretend import SITUATION, TEN, PretendClinic, Talk, a_slot, a_visit, keys
from tests.bot.understanding.clinic import SUNDAY

SLOT = a_slot()  # Tuesday at ten.
VISIT = a_visit(a_slot(TEN + timedelta(days=14)))
OFFERED = Offered(3, SLOT)


def asked(language: str | None = None, instead_of: Visit | None = None, **clinic: object) -> Talk:
    """Somebody who has just been offered the time."""
    talk = Talk(PretendClinic(**clinic), language=language)  # type: ignore[arg-type]
    talk.hears(Prompted(OfferTime(replace(OFFERED, instead_of=instead_of))))
    return talk


def answered(talk: Talk) -> list[str]:
    """What was done about the offer."""
    of_offers = (ask.AcceptOffer, ask.DeclineOffer)
    return [type(each).__name__ for each in talk.clinic.asked if isinstance(each, of_offers)]


TAKING = {
    "en": ("yes", "I'll take it", "book it", "yes please", "works for me", "yes tuesday at 10",
           "yes, tuesday at 10 is fine", "see you tuesday", "1", "👍"),
    "es": ("sí", "de acuerdo", "sí, el martes a las 10", "vale"),
    "fr": ("oui", "d'accord", "oui, mardi à 10h", "ça marche"),
    "pt": ("sim", "combinado", "sim, terça às 10", "vou sim"),
}  # fmt: skip
LEAVING = {
    "en": ("no", "no thanks", "I can't make it", "not this time", "maybe later", "pass",
           "another time", "no, tuesday is bad", "give it to someone else", "2"),
    "es": ("no", "no puedo", "no puedo ir", "otra hora", "no, gracias"),
    "fr": ("non", "je ne peux pas", "une autre heure", "non merci"),
    "pt": ("não", "não posso", "outro horário", "não, obrigado"),
}  # fmt: skip


def _words(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in table.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), _words(TAKING))
def test_a_clear_yes_has_it(language: str, text: str) -> None:
    talk = asked(language)
    assert keys(talk.says(text)) == ["booked"]
    assert [each.key for each in talk.clinic.asked if isinstance(each, ask.AcceptOffer)] == [3]
    assert talk.state.draft is None


@pytest.mark.parametrize(("language", "text"), _words(LEAVING))
def test_whoever_does_not_want_it_waits_on(language: str, text: str) -> None:
    talk = asked(language)
    assert keys(talk.says(text)) == ["offer_declined"]
    assert answered(talk) == ["DeclineOffer"]
    assert talk.state.draft is None


def test_the_second_button_leaves_it() -> None:
    talk = asked()
    assert talk.state.question is not None
    assert keys(talk.hears(Pressed(talk.state.question.list_id, 2))) == ["offer_declined"]
    assert answered(talk) == ["DeclineOffer"]


@pytest.mark.parametrize(
    "text",
    ["yes but at 11", "yes tuesday after 3", "yes on friday", "yes with dr okafor",
     "yes for my daughter", "monday instead"],
)  # fmt: skip
def test_a_yes_to_something_else_is_no_yes(text: str) -> None:
    talk = asked()
    answer = talk.says(text)
    assert answered(talk) == []
    assert answer.asked is Asked.YES_NO
    assert keys(talk.says("yes")) == ["booked"]


@pytest.mark.parametrize("text", ["where is it?", "hello", "thanks", "xyzzy"])
def test_whatever_comes_in_between_it_is_asked_again(text: str) -> None:
    talk = asked()
    assert keys(talk.says(text))[-1] == "offer_time"
    assert keys(talk.says("yes")) == ["booked"]


def test_a_visit_moves_up() -> None:
    moved = outcomes.VisitMoved(a_visit(SLOT))
    talk = asked(instead_of=VISIT)
    talk.clinic.others[ask.AcceptOffer] = moved
    assert keys(talk.says("yes")) == ["moved"]


@pytest.mark.parametrize(
    ("outcome", "key"),
    [
        (outcomes.VisitBooked(a_visit(), needs_approval=True), "booked_pending"),
        (outcomes.VisitMoved(a_visit(), needs_approval=True), "moved_pending"),
    ],
)
def test_what_the_clinic_must_approve_is_not_called_booked(
    outcome: outcomes.Outcome, key: str
) -> None:
    talk = asked()
    talk.clinic.others[ask.AcceptOffer] = outcome
    assert keys(talk.says("yes")) == [key]


# A slot that somebody else has is an offer that is gone.
@pytest.mark.parametrize("refusal", sorted(set(Refusal) - {Refusal.SLOT_TAKEN}))
def test_every_refusal_is_said(refusal: Refusal) -> None:
    talk = asked(instead_of=VISIT, refusals={ask.AcceptOffer: refusal})
    assert keys(talk.says("yes")) == [f"refused_{refusal}"]
    assert talk.state.draft is None


def test_what_was_taken_may_be_given_back() -> None:
    talk = asked()
    assert keys(talk.says("yes", "undo that")) == ["undone_booked"]


def test_it_may_be_answered_for_as_long_as_the_time_is_ahead() -> None:
    talk = asked()
    talk.state = left.fresh(talk.state, SUNDAY, TEN - timedelta(minutes=1))
    assert keys(talk.says("1")) == ["booked"]
    assert left.fresh(asked().state, SUNDAY, TEN) == State()


# Gone


def gone(talk: Talk, slot: Slot = SLOT) -> list[str]:
    return keys(talk.hears(Prompted(TellGone(slot))))


def test_whoever_hears_that_it_is_gone_is_not_asked_again() -> None:
    talk = asked()
    assert gone(talk) == ["refused_offer_gone"]
    assert keys(talk.says("thanks")) == ["welcome"]
    assert (talk.state.draft, talk.state.question) == (None, None)
    talk.says("yes")
    assert answered(talk) == []


@pytest.mark.parametrize("text", ["yes", "1"])
def test_a_yes_that_was_on_its_way_by_then_is_told_so(text: str) -> None:
    talk = asked(refusals={ask.AcceptOffer: Refusal.OFFER_GONE})
    gone(talk)
    assert keys(talk.says(text)) == ["refused_offer_gone"]
    assert talk.state.draft is None


def test_nor_when_they_were_in_the_middle_of_something_else() -> None:
    talk = asked()
    talk.says("book me with dr patel on tuesday at 11")
    assert gone(talk) == ["refused_offer_gone"]
    assert talk.state.aside == ()
    assert talk.state.question is not None
    assert keys(talk.says("no")) != ["offer_declined"]


def test_that_one_is_gone_says_nothing_of_what_was_put_aside() -> None:
    talk = Talk()
    talk.says("book me with dr patel on tuesday at 11")
    talk.hears(Prompted(OfferTime(OFFERED)))
    assert gone(talk) == ["refused_offer_gone"]
    assert "where_we_were" in keys(talk.says("thanks"))


def test_control_another_time_that_is_gone_leaves_the_question() -> None:
    talk = asked()
    gone(talk, a_slot(TEN + timedelta(hours=1)))
    assert keys(talk.says("yes")) == ["booked"]


def test_an_offer_that_nobody_answered_is_not_come_back_to() -> None:
    talk = asked()
    other = Offered(4, a_slot(TEN + timedelta(hours=1)))
    talk.hears(Prompted(OfferTime(other)))
    assert keys(talk.says("yes")) == ["booked"]
    assert [each.key for each in talk.clinic.asked if isinstance(each, ask.AcceptOffer)] == [4]
    assert talk.state.aside == ()


def test_the_button_of_an_older_offer_is_about_that_offer() -> None:
    talk = Talk(PretendClinic(visits=(VISIT,)))
    talk.hears(Prompted(RemindOf((VISIT,))))
    talk.state = offered.reopened(talk.state, OFFERED, "77")
    answer = talk.hears(Pressed("77", 1))
    assert keys(answer) == ["booked", "where_we_were", "reminder"]


# A person answers here


def test_it_is_answered_while_somebody_is_on_their_way() -> None:
    talk = asked()
    talk.says("I want to talk to a person")
    talk.situation = replace(SITUATION, with_person=True)
    assert keys(talk.says("yes")) == ["booked"]
