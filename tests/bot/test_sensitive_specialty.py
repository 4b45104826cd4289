"""A sensitive specialty is not named where others might read it on a locked screen."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.clinic_file import directory_of
from bot.dialogue.questions.facts import People, Specialties
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Say, say
from bot.messages import Channel
from bot.phrases import Brevity, Phrasebook, languages, sentences
from core.database.connect import Database
from core.models import specialties
from core.setup import DEMO_FILE, read_clinic_file
from tests.bot.talking import Patient, text_of
from tests.bot.test_phrases import worst_values

OPEN = directory_of(read_clinic_file(DEMO_FILE))
SENSITIVE = replace(
    OPEN,
    specialties=tuple(
        replace(item, is_sensitive=item.code == "cardiology") for item in OPEN.specialties
    ),
)
[JOHNSON] = (person for person in SENSITIVE.practitioners if "cardiology" in person.specialties)


def said_of_it(book: Phrasebook) -> Iterator[str]:
    """Every sentence there is, where it speaks of the specialty."""
    draft = Draft(Task.BOOK, specialty="cardiology")
    people = People(tuple(person.key for person in SENSITIVE.practitioners))
    known = {"specialty": "cardiology", "who": draft, "people": people}
    known |= {"person": People((JOHNSON.key,)), "specialties": Specialties(("cardiology",))}
    values = next(worst_values(SENSITIVE)) | known
    for key, sentence in sentences(book.language).items():
        if any(f"{{{name}}}" in sentence for name in known):
            yield book.say(Say(key, values))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("brevity", Brevity)
def test_no_sentence_names_it(language: str, brevity: Brevity) -> None:
    name = SENSITIVE.specialty("cardiology")
    assert name is not None
    word = name.name(language).casefold()
    book = Phrasebook(SENSITIVE, language, brevity, discreet=True)
    assert not [text for text in said_of_it(book) if word in text.casefold()]


def test_where_nobody_else_reads_it_is_named() -> None:
    """The control: of the same sentences some do."""
    assert any("cardiology" in text for text in said_of_it(Phrasebook(SENSITIVE, "en")))
    assert any("cardiology" in text for text in said_of_it(Phrasebook(OPEN, "en", discreet=True)))


def test_instead_of_it_whoever_sees_patients_for_it_is_named() -> None:
    book = Phrasebook(SENSITIVE, "en", discreet=True)
    assert book.say(say("specialty_label", specialty="cardiology")) == "Dr Sarah Johnson"


@pytest.mark.parametrize(
    ("channel", "is_named"),
    [
        (Channel.SMS, False),
        (Channel.WHATSAPP, False),
        (Channel.TELEGRAM, False),
        (Channel.WEB, True),
    ],
)
def test_a_conversation_about_it_names_it_on_the_web_only(
    demo: Database, channel: Channel, is_named: bool
) -> None:
    with demo.transaction() as connection:
        connection.execute(specialties.update().values(is_sensitive=True))
    address = "1000001" if channel is Channel.TELEGRAM else "+14155550123"
    patient = Patient(demo, channel, address)
    texts = [text_of(patient.says(text)) for text in ("a heart doctor", "who are your doctors?")]
    assert ("cardiology" in "\n".join(texts)) is is_named
