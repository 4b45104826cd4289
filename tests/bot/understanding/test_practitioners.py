"""Practitioners, specialties, places and visit types."""

from dataclasses import replace

import pytest

from bot.directory import Specialty
from bot.understanding.values import Intent
from tests.bot.understanding.clinic import a_directory, practitioner, read, said

NAMED = {
    "Dr Patel": "Dr Anita Patel",
    "dr patl": "Dr Anita Patel",
    "doctor okafr": "Dr Samuel Okafor",
    "Garcia": "Dr Elena García",
    "dra garcía": "Dr Elena García",
    "dr. johnson": "Dr Sarah Johnson",
    "with sarah johnson": "Dr Sarah Johnson",
    "can i see sarah": "Dr Sarah Johnson",
    "anita patel please": "Dr Anita Patel",
    "dr jonson on friday": "Dr Sarah Johnson",
    "book me with fernandes": "Dr Lucía Fernández",
    "Dr. Patel's next free slot": "Dr Anita Patel",
    "DR KIM": "Dr David Kim",
}


@pytest.mark.parametrize(("text", "name"), NAMED.items())
def test_a_practitioner_by_any_part_of_the_name(text: str, name: str) -> None:
    assert read(text).entities.practitioner == name


@pytest.mark.parametrize(
    "text",
    [
        "my name is Sarah Johnson",
        "I'm David Kim and I need a dentist",
        "for my son David",
        "my husband Michael needs an appointment",
        "the chef was kind",
        "i checked in",
        "can i get a time",
        "a kind word for the clinic",
    ],
)
def test_ordinary_words_and_the_patients_own_name_are_no_practitioner(text: str) -> None:
    assert read(text).entities.practitioner is None


def test_two_that_fit_are_asked_back() -> None:
    twins = a_directory(
        practitioners=(practitioner(1, "Sarah", "Johnson"), practitioner(2, "Mark", "Johnson"))
    )
    found = read("dr johnson tomorrow", directory=twins).entities
    assert found.practitioner is None
    assert found.ambiguous == ("practitioner",)
    assert found.candidates == ("Dr Sarah Johnson", "Dr Mark Johnson")
    assert read("dr mark johnson", directory=twins).entities.practitioner == "Dr Mark Johnson"


def test_either_of_two_is_asked_back_and_a_correction_is_not() -> None:
    assert read("dr patel or dr kim").entities.ambiguous == ("practitioner",)
    assert read("not dr patel, dr kim").entities.practitioner == "Dr David Kim"
    assert read("dr patel, no dr kim").entities.practitioner == "Dr David Kim"


def test_anyone_but_one() -> None:
    found = read("anyone but dr patel").entities
    assert found.not_practitioners == ("Dr Anita Patel",)
    assert found.practitioner is None


def test_a_name_that_is_a_word_counts_after_a_title() -> None:
    calendar = a_directory(
        practitioners=(practitioner(1, "", "May"), practitioner(2, "Anna", "Long"))
    )
    found = read("see Dr May on 5 March", directory=calendar).entities
    assert found.practitioner == "Dr May"
    assert str(found.date) == "2027-03-05"
    assert read("may i come in march", directory=calendar).entities.practitioner is None
    assert read("how long does it take", directory=calendar).entities.practitioner is None
    assert read("long", "practitioner", directory=calendar).entities.practitioner == "Dr Anna Long"


SPECIALTIES = {
    "the heart doctor": "cardiology",
    "a skin doctor": "dermatology",
    "I need a dentist": "dentistry",
    "my GP": "general_practice",
    "family doctor": "general_practice",
    "a pediatrician": "paediatrics",
    "the bone doctor": "orthopaedics",
    "kids doctor": "paediatrics",
    "my knee hurts": "orthopaedics",
    "I have a tooth ache": "dentistry",
    "theres a rash on my knee": "dermatology",
    "a mole on my back": "dermatology",
    "palpitations again": "cardiology",
    "i think its the flu": "general_practice",
    "my kid has a fever": "paediatrics",
    "my son has a toothache": "dentistry",
    "my back is killing me": "orthopaedics",
    "dermatologst": "dermatology",
}


@pytest.mark.parametrize(("text", "code"), SPECIALTIES.items())
def test_a_specialty_by_name_or_complaint(text: str, code: str) -> None:
    assert read(text).entities.specialty == code


def test_a_specialty_the_clinic_lacks_is_never_returned() -> None:
    small = a_directory(specialties=(Specialty("general_practice", {"en": "general practice"}),))
    assert read("my knee hurts", directory=small).entities.specialty == "general_practice"
    found = read("i need a dermatologist", directory=small).entities
    assert found.specialty is None
    assert found.ambiguous == ("specialty",)


def test_a_clinics_own_words_count() -> None:
    feet = Specialty("podiatry", {"en": "podiatry"}, {"en": ("foot care", "ingrown nail")})
    directory = a_directory(specialties=(feet,))
    assert read("an ingrown nail", directory=directory).entities.specialty == "podiatry"


def test_places_and_visit_types() -> None:
    assert read("at the phoenix clinic").entities.location == "Phoenix"
    assert said("a check up please")["visit_type"] == "check-up"
    assert said("a follow-up")["visit_type"] == "follow-up"


def test_a_visit_type_for_staff_only_is_never_offered() -> None:
    assert read("not an emergency, just a cough").entities.visit_type is None


def test_a_name_alone_is_a_wish_to_book_with_middling_confidence() -> None:
    found = read("Dr Patel")
    assert found.intent is Intent.BOOK
    assert 0.45 <= found.confidence < 0.75
    assert read("Dr Patel", "practitioner").intent is Intent.INFORM


def test_the_usual_doctor() -> None:
    assert read("with my usual doctor").entities.usual is True


@pytest.mark.parametrize("text", ["I want to see that doctor then", "Dr. Brian W. Chun at 3"])
def test_another_word_or_name_is_nobody_here(text: str) -> None:
    assert read(text).entities.practitioner is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dr Keem tomorrow", "Dr David Kim"),
        ("doctor Okafur", "Dr Samuel Okafor"),
        ("Dr. Patell", "Dr Anita Patel"),
        ("doctor jonson", "Dr Sarah Johnson"),
        ("dr fernandes", "Dr Lucía Fernández"),
        ("dr Shen", "Dr Michael Chen"),
        ("Dr S. Johnson", "Dr Sarah Johnson"),
    ],
)
def test_a_surname_written_down_by_ear_after_a_title(text: str, name: str) -> None:
    assert read(text).entities.practitioner == name


@pytest.mark.parametrize("text", ["I have to see a doctor soon", "doctor, chin up", "dr who"])
def test_an_ordinary_word_after_a_title_sounds_like_nobody(text: str) -> None:
    assert read(text).entities.practitioner is None


def test_a_practice_may_be_listed_by_a_name_of_ordinary_words() -> None:
    practices = a_directory(practitioners=(practitioner(1, "Family", "Dental Care"),))
    found = read("try family dental care at 3", directory=practices).entities
    assert found.practitioner == "Dr Family Dental Care"


def test_a_doctor_may_be_called_something() -> None:
    assert read("a dentist named Chen").entities.practitioner == "Dr Michael Chen"
    found = read("please rearrange mum's with Okafor").entities
    assert (found.person, found.practitioner) == ("parent", "Dr Samuel Okafor")


@pytest.mark.parametrize("text", ["doctor please", "any dentist will do"])
def test_any_doctor_is_a_wish_to_book(text: str) -> None:
    assert read(text).intent is Intent.BOOK


def test_any_doctor_gives_way_to_as_early_as_possible() -> None:
    assert read("any doctor, as early as possible").entities.flexible == "earliest"
    assert read("as early as possible, any doctor").entities.flexible == "earliest"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Dr Patel is always so kind. She's my favorite."),
        ("en", "Dr Patel was awesome"),
        ("es", "la Dra. Patel es muy amable"),
        ("fr", "le Dr Patel est très gentil, merci"),
        ("pt", "a Dra. Patel é um amor"),
    ],
)
def test_praise_is_no_wish_to_see_anybody(language: str, text: str) -> None:
    found = read(text, language=language)
    assert (found.intent, found.entities.practitioner) == (Intent.THANKS, None)


def test_of_an_offer_praise_still_names_whom_one_wants() -> None:
    found = read("Dr Patel is really good for me", "slot").entities
    assert found.practitioner == "Dr Anita Patel"


def test_after_a_no_it_is_a_practitioner_and_not_the_patient() -> None:
    assert read("No. It's Sarah Johnson.", "yes_no").entities.practitioner == "Dr Sarah Johnson"
    assert read("It's Sarah Johnson.", "name").entities.name == "Sarah Johnson"


@pytest.mark.parametrize("text", ["a dentist in SF", "a dentist in San Fran", "san francisco"])
def test_a_place_is_known_by_what_people_make_of_its_name(text: str) -> None:
    places = tuple(
        replace(a_directory().locations[0], key=key, name=name)
        for key, name in enumerate(("San Francisco", "San Jose"), 1)
    )
    here = a_directory(locations=places)
    assert read(text, directory=here).entities.location == "San Francisco"
    assert read("sf or sj?", directory=here).entities.ambiguous == ("location",)


def test_what_the_clinic_offers_by_its_own_name_is_never_out_of_scope() -> None:
    hair = Specialty("hair", {"en": "hair"}, {"en": ("salon",)})
    salon = a_directory(specialties=(hair,))
    assert read("can you find me a salon?").intent is Intent.OUT_OF_SCOPE
    found = read("can you find me a salon?", directory=salon)
    assert (found.intent, found.entities.specialty) == (Intent.BOOK, "hair")


@pytest.mark.parametrize("text", ["a different dentist, please", "any other dentists?"])
def test_another_of_a_specialty_is_another_practitioner(text: str) -> None:
    assert read(text, "slot").entities.other == ("practitioner",)
