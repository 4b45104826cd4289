"""Words about what is on offer, and about several people, in four languages."""

from datetime import time

import pytest

from bot.understanding import understand
from bot.understanding.values import ASK, Context, Flexible, Intent
from tests.bot.understanding.clinic import HARBOR, SUNDAY, offers, read, said

OFFER = offers("2026-11-24 10:00", "2026-11-24 11:00")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "another doctor"),
        ("en", "with someone else"),
        ("en", "the other doctor please"),
        ("es", "el otro doctor"),
        ("es", "con otra doctora"),
        ("es", "otra persona"),
        ("fr", "un autre médecin"),
        ("fr", "quelqu'un d'autre"),
        ("fr", "l'autre docteur"),
        ("pt", "outro médico"),
        ("pt", "com outra pessoa"),
        ("pt", "o outro médico"),
    ],
)
def test_another_doctor(language: str, text: str) -> None:
    found = read(text, "slot", language=language, offer=OFFER).entities
    assert (found.other, found.person) == (("practitioner",), None)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "other days"),
        ("en", "a different day"),
        ("es", "otro día"),
        ("es", "otras fechas"),
        ("fr", "un autre jour"),
        ("fr", "d'autres dates"),
        ("pt", "outro dia"),
        ("pt", "outras datas"),
    ],
)
def test_other_days(language: str, text: str) -> None:
    assert read(text, "slot", language=language, offer=OFFER).entities.other == ("date",)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "an earlier date"),
        ("fr", "une date plus tôt"),
        ("pt", "um dia mais cedo"),
    ],
)
def test_an_earlier_date_is_another_one_that_is_sooner(language: str, text: str) -> None:
    assert said(text, "slot", language=language, offer=OFFER) == {
        "flexible": "sooner",
        "other": "date",
    }


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "with anyone"),
        ("en", "any doctor"),
        ("es", "con cualquiera"),
        ("fr", "n'importe qui"),
        ("pt", "com qualquer um"),
    ],
)
def test_anyone(language: str, text: str) -> None:
    assert read(text, "slot", language=language, offer=OFFER).entities.anyone


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "a female doctor please"),
        ("en", "with a woman"),
        ("es", "una doctora"),
        ("es", "prefiero una mujer"),
        ("fr", "une femme médecin"),
        ("pt", "uma médica"),
    ],
)
def test_a_woman(language: str, text: str) -> None:
    found = read(text, "slot", language=language, offer=OFFER)
    assert (found.intent, found.entities.gender) == ("inform", "female")


def test_a_question_is_answered_and_a_wife_is_a_patient() -> None:
    assert read("do you have a female doctor?", "slot", offer=OFFER).intent == "ask"
    assert read("for my wife", "slot", offer=OFFER).entities.gender is None


@pytest.mark.parametrize("text", ["any of them", "whichever", "any time"])
def test_any_time_is_not_anyone(text: str) -> None:
    assert read(text, "slot", offer=OFFER).entities.anyone is None


@pytest.mark.parametrize(
    ("language", "text", "persons"),
    [
        ("en", "both kids back to back", "child child"),
        ("en", "my two daughters", "daughter daughter"),
        ("en", "for me and my wife, one after the other", "self partner"),
        ("en", "my son and my daughter", "son daughter"),
        ("es", "mis dos hijos seguidos", "child child"),
        ("es", "para mí y mi esposa", "self partner"),
        ("fr", "mes deux filles", "daughter daughter"),
        ("fr", "pour ma femme et moi, l'un après l'autre", "self partner"),
        ("pt", "meus dois filhos, um depois do outro", "child child"),
        ("pt", "para mim e minha esposa", "self partner"),
    ],
)
def test_several_people(language: str, text: str, persons: str) -> None:
    found = said(text, "specialty", language=language)
    assert (found["together"], found["persons"]) == ("2", persons)
    assert "person" not in found
    assert "ambiguous" not in found


def test_three_children() -> None:
    assert said("my three kids")["together"] == "3"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "me and my wife at the same time"),
        ("es", "para mí y mi esposa al mismo tiempo"),
        ("fr", "ma femme et moi en même temps"),
        ("pt", "para mim e minha esposa ao mesmo tempo"),
    ],
)
def test_at_the_same_time_as_each_other(language: str, text: str) -> None:
    found = read(text, language=language).entities
    assert (found.together, found.at_once, found.same) == (2, True, ())


@pytest.mark.parametrize("text", ["for my daughter", "my wife", "same time as last time", "both"])
def test_one_person_is_not_several(text: str) -> None:
    assert "together" not in said(text, "person")


def test_someone_else_out_of_the_blue_is_a_patient() -> None:
    assert read("it's for someone else").entities.other == ()


TWO = ("Dr Anita Patel", "Dr Rohan Patel")


@pytest.mark.parametrize(
    ("language", "text", "gender"),
    [
        ("en", "the woman", "female"),
        ("en", "the guy please", "male"),
        ("es", "la doctora", "female"),
        ("es", "el señor", "male"),
        ("fr", "la dame", "female"),
        ("fr", "le monsieur", "male"),
        ("pt", "a mulher", "female"),
        ("pt", "o doutor", "male"),
    ],
)
def test_which_of_several_by_their_gender(language: str, text: str, gender: str) -> None:
    found = read(text, "practitioner", language=language).entities
    assert (found.gender, found.person) == (gender, None)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "either"),
        ("en", "whoever is free"),
        ("es", "cualquiera de los dos"),
        ("es", "quien esté libre"),
        ("fr", "l'un ou l'autre"),
        ("fr", "n'importe lequel"),
        ("pt", "qualquer um dos dois"),
        ("pt", "tanto faz"),
    ],
)
def test_either_of_several(language: str, text: str) -> None:
    found = read(text, "practitioner", language=language).entities
    assert found.anyone
    assert not read("either", "name").entities.anyone


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no wait, the other one"),
        ("es", "mejor el otro"),
        ("fr", "non, l'autre"),
        ("pt", "não, o outro"),
    ],
)
def test_the_other_one_of_several(language: str, text: str) -> None:
    context = Context(SUNDAY, HARBOR, "yes_no", namesakes=TWO, language=language)
    assert understand(text, context).entities.other == ("practitioner",)
    assert read(text, "yes_no", language=language).entities.other == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "right after that, for my wife as well"),
        ("en", "and her sister right after"),
        ("es", "¿me lo apuntas también para mi esposa justo después?"),
        ("fr", "et aussi sa soeur juste après"),
        ("fr", "pareil pour ma femme tout de suite après"),
        ("pt", "e a irmã dela logo depois"),
    ],
)
def test_right_after_what_was_settled(language: str, text: str) -> None:
    found = read(text, language=language)
    assert found.confidence >= ASK
    assert found.entities.directly_after
    assert found.entities.person is not None
    assert found.entities.flexible is None


@pytest.mark.parametrize(
    "text", ["right after school", "right after 3", "my kids one right after the other"]
)
def test_right_after_something_else_is_a_time(text: str) -> None:
    assert not read(text).entities.directly_after


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "a GP who speaks French"),
        ("en", "I need a doctor that speaks French"),
        ("en", "french speaking doctor please"),
        ("es", "busco un médico que hable francés"),
        ("fr", "je cherche un généraliste qui parle français"),
        ("pt", "quero um clínico geral que fale francês"),
    ],
)
def test_a_doctor_of_ones_language_is_a_wish(language: str, text: str) -> None:
    found = read(text, language=language)
    assert found.entities.speaks == "fr"
    assert found.intent is Intent.BOOK
    assert found.also == ()


@pytest.mark.parametrize("text", ["who speaks French?", "do you have a dentist who speaks French?"])
def test_who_speaks_it_is_a_question(text: str) -> None:
    found = read(text)
    assert (found.intent, found.entities.language) == (Intent.ASK, "fr")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "what's the latest you have on tuesday"),
        ("en", "as late as possible on tuesday"),
        ("en", "the last slot on tuesday"),
        ("es", "¿qué es lo más tarde que tienen el martes?"),
        ("es", "la última hora del martes"),
        ("fr", "le plus tard possible mardi"),
        ("fr", "votre dernier créneau mardi"),
        ("pt", "o mais tarde possível na terça"),
        ("pt", "qual o último horário na terça?"),
    ],
)
def test_the_latest_of_a_day_is_none_of_what_was_offered(language: str, text: str) -> None:
    found = read(text, "slot", language=language, offer=OFFER).entities
    assert (found.flexible, found.choice) == (Flexible.LATEST, None)
    assert found.weekday == 1


def test_the_latest_of_what_was_offered_is_a_choice() -> None:
    """The control."""
    assert read("the latest one", "slot", offer=OFFER).entities.choice == 2


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "cancel tuesday's and book me with the other doctor the same day"),
        ("es", "anule la del martes y resérveme con el otro doctor el mismo día"),
        ("fr", "annulez celui de mardi et prenez un rdv avec l'autre médecin le même jour"),
        ("pt", "desmarque a de terça e marque com o outro médico no mesmo dia"),
    ],
)
def test_relative_words_belong_to_the_wish_that_says_them(language: str, text: str) -> None:
    found = read(text, language=language)
    [wish] = found.also
    assert (found.intent, found.entities.other, found.entities.same) == (Intent.CANCEL, (), ())
    assert (wish.entities.other, wish.entities.same) == (("practitioner",), ("date",))


@pytest.mark.parametrize(
    "text", ["around 10 for my daughter", "about ten for me", "around 10 with dr patel"]
)
def test_an_hour_before_whom_it_is_for_is_no_number_of_people(text: str) -> None:
    assert read(text).entities.time == time(10)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "can I switch to a different GP?"),
        ("en", "can I see someone else instead"),
        ("es", "¿podría verme otra doctora?"),
        ("fr", "je préfère un autre médecin"),
        ("pt", "prefiro outro médico"),
    ],
)
def test_somebody_else_is_no_further_visit(language: str, text: str) -> None:
    assert read(text, language=language).intent is Intent.ALTERNATIVES


@pytest.mark.parametrize(
    "text", ["book me with another doctor as well", "I also need to see another doctor"]
)
def test_a_further_visit_is_one(text: str) -> None:
    assert read(text).intent is Intent.BOOK


def test_nobody_is_late_who_wants_to_come_earlier() -> None:
    assert read("can it be 20 minutes earlier").intent is Intent.RESCHEDULE
    assert read("I will be 20 minutes late").intent is Intent.LATE


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "and my husband right after"),
        ("es", "y para mi hijo justo después"),
        ("fr", "et mon mari tout de suite après"),
        ("pt", "e meu marido logo em seguida"),
    ],
)
def test_somebody_else_right_after_it_is_a_visit_of_its_own(language: str, text: str) -> None:
    [wish] = read(text, "yes_no", language=language).also
    assert (wish.intent, wish.entities.directly_after) == (Intent.BOOK, True)
