"""Off which list: the waitlist, or all messages."""

import pytest

from bot.dialogue.state import Deed, DeedKind, Draft, State, Task
from bot.dialogue.turn import Heard
from bot.dialogue.which_list import LEAVE, WHICH, may_be_meant, meant
from bot.understanding.values import Intent, Understanding
from tests.bot.dialogue.pretend import PretendClinic, Talk, keys
from tests.bot.understanding.clinic import read

JUST_JOINED = State(done=Deed(DeedKind.WAITLISTED))
JOINING = State(draft=Draft(Task.WAITLIST))
THE_LIST = {
    "en": ("take me off the list", "please remove me from the list"),
    "es": ("sáquenme de la lista", "quiero salir de la lista"),
    "fr": ("retirez-moi de la liste", "enlevez-moi de cette liste"),
    "pt": ("me tira da lista", "quero sair da lista"),
}
YOUR_LIST = {
    "en": "take me off your list",
    "es": "quíteme de su lista",
    "fr": "retirez-moi de votre liste",
    "pt": "me tira da sua lista",
}
ALL_MESSAGES = {
    "en": ("stop texting me", "take me off your mailing list"),
    "es": ("no me escriban más", "bórrenme de la lista de contactos"),
    "fr": ("arrêtez de m'écrire",),
    "pt": ("parem de me mandar mensagem", "me tirem da lista de mensagens"),
}


def understood(text: str, language: str) -> Understanding:
    found = read(text, language=language)
    assert found.intent is Intent.STOP
    return found


@pytest.mark.parametrize(("language", "texts"), THE_LIST.items())
def test_the_list_is_the_waitlist_of_whoever_waits(language: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        found = understood(text, language)
        assert may_be_meant(found)
        for state, waits in ((State(), True), (JUST_JOINED, True), (JOINING, False)):
            assert meant(state, found, waits=waits).intent is Intent.WAITLIST
            assert meant(state, found, waits=waits).entities.topic == LEAVE


@pytest.mark.parametrize(("language", "texts"), THE_LIST.items())
def test_of_whoever_waits_for_nothing_it_ends_all_messages(
    language: str, texts: tuple[str, ...]
) -> None:
    for text in texts:
        assert meant(State(), understood(text, language), waits=False).intent is Intent.STOP


@pytest.mark.parametrize(("language", "text"), YOUR_LIST.items())
def test_your_list_is_asked_back_unless_the_waitlist_was_spoken_of(
    language: str, text: str
) -> None:
    found = understood(text, language)
    assert meant(State(), found, waits=True).entities.topic == WHICH
    assert meant(JUST_JOINED, found, waits=True).entities.topic == LEAVE
    assert meant(State(), found, waits=False).intent is Intent.STOP


@pytest.mark.parametrize(("language", "texts"), ALL_MESSAGES.items())
def test_plain_words_end_all_messages_at_once(language: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        assert not may_be_meant(understood(text, language))


@pytest.mark.parametrize(("answer", "key"), [("1", "no_waits"), ("2", "opted_out")])
def test_the_question_is_answered(answer: str, key: str) -> None:
    talk = Talk(PretendClinic())
    found = read("take me off your list")
    asked = talk.hears(Heard(meant(State(), found, waits=True)))
    assert keys(asked) == ["ask_which_list"]
    assert keys(talk.says(answer)) == [key]
