"""What a message means as a reply."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import offers, read, said

THREE = offers("2026-11-24 10:00", "2026-11-24 10:30", "2026-11-24 14:00")
LABELS = ("Tue 24 Nov 10:00", "Tue 24 Nov 10:30", "Tue 24 Nov 14:00")


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "yep",
        "ok",
        "okay",
        "sure",
        "that works",
        "perfect",
        "sounds good",
        "y",
        "👍",
        "👍🏽",
        "yes please",
        "Yes!!",
        "yeah go ahead",
        "great, thanks",
        "that's right",
        "book it",
        "k",
        "please do",
        "of course",
        "that is fine",
        "confirm",
        "yess",
        "ok then",
    ],
)
def test_everyday_yes(text: str) -> None:
    found = read(text, "yes_no")
    assert found.intent is Intent.YES
    assert found.confidence >= 0.75


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "nope",
        "nah",
        "not that",
        "no thanks",
        "no thank you",
        "👎",
        "not really",
        "I don't think so",
        "that doesn't work for me",
        "never mind",
        "wrong",
        "maybe later",
        "not now",
    ],
)
def test_everyday_no(text: str) -> None:
    found = read(text, "yes_no")
    assert found.intent is Intent.NO
    assert found.confidence >= 0.75


def test_no_with_a_correction_is_a_no_with_what_is_wanted_instead() -> None:
    found = read("no, Thursday instead", "yes_no")
    assert found.intent is Intent.NO
    assert str(found.entities.date) == "2026-11-26"


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("no, actually yes", "en", Intent.YES),
        ("no wait, yes", "en", Intent.YES),
        ("non, mais en fait, oui", "fr", Intent.YES),
        ("yes, actually no", "en", Intent.NO),
        ("no thanks, that is fine", "en", Intent.NO),
    ],
)
def test_of_a_yes_and_a_no_the_corrected_one_gives_way(
    text: str, language: str, intent: Intent
) -> None:
    assert read(text, "yes_no", language=language).intent is intent


def test_yes_but_is_a_yes_with_a_correction() -> None:
    found = read("yes but at 3", "yes_no")
    assert found.intent is Intent.YES
    assert str(found.entities.time) == "15:00:00"


def test_a_day_that_is_fine_is_a_day_not_a_yes() -> None:
    assert read("tuesday is fine", "date").intent is Intent.INFORM


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("1", 1),
        ("2", 2),
        ("the first", 1),
        ("first one", 1),
        ("second", 2),
        ("option 2", 2),
        ("#3", 3),
        ("number 3 please", 3),
        ("last one", 3),
        ("the third one please", 3),
        ("i'll take the second one", 2),
        ("2nd", 2),
        ("two", 2),
    ],
)
def test_a_choice_from_a_list(text: str, choice: int) -> None:
    assert read(text, "slot", offer=THREE, labels=LABELS).entities.choice == choice


def test_the_earlier_and_the_later_one() -> None:
    two = offers("2026-11-24 10:30", "2026-11-24 09:00")
    assert read("the earlier one", "slot", offer=two).entities.choice == 2
    assert read("the later one", "slot", offer=two).entities.choice == 1


def test_a_time_on_offer_is_a_time_and_a_choice() -> None:
    entities = read("the 10:30 one", "slot", offer=THREE).entities
    assert (str(entities.time), entities.choice) == ("10:30:00", 2)


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("slot", "10", {"time": "10:00", "choice": "1"}),
        ("slot", "2", {"choice": "2"}),
        ("time", "2", {"time": "14:00"}),
        ("time", "10", {"time": "10:00"}),
        ("date", "5", {"date": "2026-12-05"}),
        ("rating", "4", {"rating": "4.0"}),
        ("code", "4071", {}),
    ],
)
def test_a_bare_number_is_what_was_asked_for(
    asked: str, text: str, expected: dict[str, str]
) -> None:
    offer = THREE if asked == "slot" else ()
    assert said(text, asked, offer=offer) == expected


def test_a_number_beyond_the_list_is_asked_back() -> None:
    assert said("7", "slot", offer=THREE)["ambiguous"] == "choice"


def test_a_choice_counts_while_something_else_is_asked() -> None:
    found = read("actually the second one", "name", offer=THREE)
    assert (found.intent, found.entities.choice) == (Intent.INFORM, 2)


@pytest.mark.parametrize(("text", "choice"), [("downtown", 1), ("Pheonix", 2), ("phoenix", 2)])
def test_a_label_typed_back(text: str, choice: int) -> None:
    labels = ("Downtown", "Phoenix")
    assert read(text, "choice", labels=labels).entities.choice == choice


def test_a_label_that_fits_two_is_no_choice() -> None:
    assert read("tue 24 nov", "slot", labels=LABELS).entities.choice is None


def test_a_rating_in_words() -> None:
    assert said("excellent", "rating") == {"rating": "5.0"}


def test_a_no_before_a_number_is_no_number_ten() -> None:
    found = said("no, 10 o'clock in the morning", "yes_no", offer=offers("2026-11-24 09:00"))
    assert found == {"time": "10:00"}


def test_a_day_is_no_choice_where_nothing_is_listed() -> None:
    assert said("yes, for the 14th please", "yes_no") == {"date": "2026-12-14"}
    assert said("on the 5th please") == {"date": "2026-12-05"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the follow-up one please", 2),
        ("folow up", 2),
        ("a chekup", None),  # A visit type by itself, no label.
        ("phoenix", None),
    ],
)
def test_a_label_by_a_part_of_its_words_or_with_a_slip(text: str, place: int | None) -> None:
    labels = ("First visit", "Follow-up with Dr Kim")
    assert read(text, "choice", labels=labels).entities.choice == place


def test_a_word_that_fits_two_labels_chooses_neither() -> None:
    labels = ("Tue 24 Nov, Dr Patel", "Wed 25 Nov, Dr Patel")
    assert read("patel", "choice", labels=labels).entities.choice is None


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("4/5", "4.0"),
        ("5 stars", "5.0"),
        ("ten out of ten", "5.0"),
        ("8 out of 10", "4.0"),
        ("9/10", "4.5"),
        ("I'd give it a 4", "4.0"),
        ("not great, 2 stars", "2.0"),
        ("it was a good one", "4.0"),
    ],
)
def test_a_rating_is_on_a_scale_of_five(text: str, mark: str) -> None:
    assert said(text, "rating") == {"rating": mark}


def test_a_yes_may_come_with_a_question() -> None:
    found = read("yes, what's the address?", "yes_no")
    assert (found.intent, [wish.intent for wish in found.also]) == (Intent.YES, [Intent.ASK])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ok, what's his address?"),
        ("en", "Great, where is that?"),
        ("es", "vale, ¿cuál es la dirección?"),
        ("fr", "d'accord, c'est à quelle adresse ?"),
        ("pt", "certo, qual é o endereço?"),
    ],
)
def test_a_question_after_ok_agrees_to_nothing(language: str, text: str) -> None:
    assert read(text, "yes_no", language=language).intent is Intent.ASK


def test_a_question_after_ok_book_it_comes_with_a_yes() -> None:
    found = read("ok, book it. where is it?", "yes_no")
    assert found.intent is Intent.YES
    assert [wish.intent for wish in found.also] == [Intent.ASK]


@pytest.mark.parametrize(
    "text",
    ["Ok, so do my son and i both have an appointment?", "do we both have an appointment?"],
)
def test_whether_several_have_a_visit_books_none(text: str) -> None:
    assert read(text, "yes_no").intent is Intent.LIST


@pytest.mark.parametrize("text", ["move it", "please move that one"])
def test_moving_what_is_booked_is_no_wish_for_another_offer(text: str) -> None:
    assert read(text, "slot", offer=THREE).intent is Intent.RESCHEDULE


def test_thursday_instead_is_another_offer_and_no_wish_to_move() -> None:
    found = read("thursday instead", "slot", offer=THREE)
    assert (found.intent, str(found.entities.date)) == (Intent.INFORM, "2026-11-26")


@pytest.mark.parametrize("text", ["got anything earlier?", "later would be better"])
def test_sooner_or_later_than_an_offer_is_a_wish_for_others(text: str) -> None:
    assert read(text, "slot", offer=THREE).intent is Intent.ALTERNATIVES


def test_both_is_no_any() -> None:
    assert read("both").entities.flexible is None
    assert read("book both", "slot", offer=THREE).entities.flexible is None


def test_a_time_said_again_with_a_wish_for_a_later_one_is_what_will_not_do() -> None:
    found = read("2pm? anything later?", "slot", offer=THREE).entities
    assert (found.time, str(found.flexible)) == (None, "later")


@pytest.mark.parametrize(
    "text", ["anything after that?", "is that the only one?", "look elsewhere"]
)
def test_what_is_on_offer_will_not_do(text: str) -> None:
    found = read(text, "slot", offer=THREE)
    assert found.intent is Intent.ALTERNATIVES or str(found.entities.flexible) == "later"


def test_nope_is_nobodys_name() -> None:
    assert read("Nope. Thank you.", "name").entities.name is None
