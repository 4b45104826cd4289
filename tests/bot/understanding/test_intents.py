"""What is wanted."""

import pytest

from bot.understanding.values import ACT, ASK, Intent
from tests.bot.understanding.clinic import read

WANTED = {
    Intent.BOOK: [
        "I'd like to make an appointment",
        "can i book an appoitment",
        "i need to see a doctor",
        "book me in with dr patel",
        "schedule a visit for tuesday",
        "need an appt asap pls",
    ],
    Intent.RESCHEDULE: [
        "move my appointment to friday afternoon",
        "can we do another day instead",
        "change my appointment",
        "i need to reschedule",
        "can you push my visit back",
        "i cant make it tomorrow, can we reschedule?",
    ],
    Intent.CANCEL: [
        "cancel it",
        "please cancel my appointment",
        "I can't make it",
        "cancle my apt",
        "i won't be coming tomorrow",
    ],
    Intent.LIST: [
        "what appointments do I have",
        "when is my appointment",
        "do i have an appointment tomorrow",
        "show my appointments",
    ],
    Intent.AVAILABILITY: [
        "is dr patel free tomorrow",
        "do you have anything on friday",
        "any slots on monday?",
        "what times do you have",
        "when can i see dr kim",
    ],
    Intent.WAITLIST: ["put me on the waitlist", "let me know if something opens up"],
    Intent.CONFIRM: ["I'll be there", "i confirm my appointment"],
    Intent.LATE: ["I'm running late", "stuck in traffic", "ill be 10 minutes late"],
    Intent.ARRIVED: ["I'm here", "just arrived", "we are in the parking lot"],
    Intent.GREET: ["hi", "good morning", "hello there"],
    Intent.THANKS: ["thanks", "thank you so much", "thx"],
    Intent.GOODBYE: ["bye", "see you later", "that's all, thanks"],
    Intent.HELP: ["help", "what can you do", "are you a bot?"],
    Intent.HUMAN: ["can i talk to a person", "speak to the receptionist", "human please"],
    Intent.RESTART: ["start over", "lets start again"],
    Intent.BACK: ["go back", "back"],
    Intent.UNDO: ["undo", "undo that please"],
    Intent.SKIP: ["skip", "i'd rather not say"],
    Intent.REPEAT: ["say that again", "pardon?", "what?"],
    Intent.MORE: ["show me more", "more options"],
    Intent.ALTERNATIVES: ["something else", "another time", "none of these"],
    Intent.LANGUAGE: ["do you speak spanish", "en español por favor"],
    Intent.MY_DATA: ["delete my data", "what data do you have about me"],
    Intent.WRONG_PERSON: ["wrong number", "this is not my appointment"],
    Intent.DECEASED: ["my mother passed away last week", "he died"],
    Intent.STOP: ["STOP", "unsubscribe", "stop texting me"],
    Intent.START: ["START", "unstop"],
    Intent.ABUSE: ["fuck you", "you stupid bot"],
    Intent.OUT_OF_SCOPE: ["what's the weather", "book a flight to rome", "tell me a joke"],
}


@pytest.mark.parametrize(
    ("text", "intent"), [(text, intent) for intent, texts in WANTED.items() for text in texts]
)
def test_what_is_wanted_is_understood_and_surely(text: str, intent: Intent) -> None:
    found = read(text)
    assert found.intent is intent
    assert found.confidence >= ACT


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("what time do you open", "hours"),
        ("are you open on saturday", "hours"),
        ("where are you located", "address"),
        ("is there parking", "parking"),
        ("how much is a consultation", "price"),
        ("do you take my insurance", "insurance"),
        ("which doctors work there", "practitioners"),
        ("what should i bring", "bring"),
        ("do i need to fast before", "preparation"),
    ],
)
def test_a_question_has_a_topic(text: str, topic: str) -> None:
    found = read(text)
    assert (found.intent, found.entities.topic) == (Intent.ASK, topic)


@pytest.mark.parametrize(
    ("text", "not_this"),
    [
        ("my back hurts", Intent.BACK),
        ("help me book a dentist", Intent.HELP),
        ("can you stop by at 3", Intent.STOP),
        ("thanks, i need a dentist", Intent.THANKS),
        ("my phone died", Intent.DECEASED),
        ("no later than 3", Intent.NO),
        ("start over", Intent.START),
        ("good morning, cancel my appointment", Intent.GREET),
        ("i am a new patient", Intent.NO),
    ],
)
def test_a_word_inside_another_wish_is_not_a_wish(text: str, not_this: Intent) -> None:
    assert read(text).intent is not not_this


def test_two_wishes_are_both_kept_each_with_its_own() -> None:
    found = read("cancel my appointment on tuesday and book one with dr kim on friday")
    assert found.intent is Intent.CANCEL
    assert str(found.entities.date) == "2026-11-24"
    assert found.entities.practitioner is None
    (also,) = found.also
    assert also.intent is Intent.BOOK
    assert str(also.entities.date) == "2026-11-27"
    assert also.entities.practitioner == "Dr David Kim"


def test_one_wish_in_many_words_is_one_wish() -> None:
    assert read("I'd like to book with dr patel, do you have anything on friday?").also == ()
    assert read("i can't make it, can i reschedule").also == ()


def test_a_move_names_the_old_day_and_the_new() -> None:
    entities = read("move my tuesday appointment to friday at 10").entities
    assert str(entities.visit_date) == "2026-11-24"
    assert str(entities.date) == "2026-11-27"
    entities = read("reschedule from tuesday 3pm to friday 4pm").entities
    assert (str(entities.visit_time), str(entities.time)) == ("15:00:00", "16:00:00")


def test_another_day_in_a_task_means_other_offers() -> None:
    assert read("can we do another day instead", "slot").intent is Intent.ALTERNATIVES


@pytest.mark.parametrize("text", ["", "   ", "asdf qwer", "🦄", "...", "zxcv"])
def test_what_is_not_understood_says_so(text: str) -> None:
    assert read(text).confidence < ASK


@pytest.mark.parametrize(
    ("text", "asked", "intent"),
    [
        ("never mind", None, Intent.NO),
        ("never mind", "slot", Intent.NO),
        ("forget it", "name", Intent.NO),
        ("never mind the time, any day", "date", Intent.INFORM),
        ("forget the time, wednesday", "slot", Intent.INFORM),
        ("Don't you have anything for friday?", "yes_no", Intent.AVAILABILITY),
        ("Yes. Isn't it odd?", "yes_no", Intent.YES),
        ("a cough, fever and no appetite", "yes_no", Intent.INFORM),
        ("I can't", "yes_no", Intent.NO),
        ("Yes please, I can't walk", "yes_no", Intent.YES),
        ("it is 4 pm that suits me", "yes_no", Intent.INFORM),
        ("it is", "yes_no", Intent.YES),
        ("this one would be fine", "yes_no", Intent.YES),
        ("you can book it", "yes_no", Intent.YES),
        ("ok, bye", None, Intent.GOODBYE),
    ],
)
def test_yes_and_no_are_whole_answers(text: str, asked: str | None, intent: Intent) -> None:
    assert read(text, asked).intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "can you move dr patel to 4pm",
        "push dr kim to thursday",
        "push my appointment back an hour",
        "move my dentist to friday",
    ],
)
def test_a_visit_is_moved_by_its_doctor(text: str) -> None:
    assert read(text).intent is Intent.RESCHEDULE


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I am here", Intent.ARRIVED),
        ("here", Intent.ARRIVED),
        ("while we are here, book a checkup for my son", Intent.BOOK),
        ("I can go here, book me a dentist", Intent.BOOK),
        ("find me a doctor", Intent.BOOK),
        ("i am looking for a dentist", Intent.BOOK),
        ("get me the news", Intent.OUT_OF_SCOPE),
    ],
)
def test_words_that_only_look_like_a_wish(text: str, intent: Intent) -> None:
    assert read(text).intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "I'm not Maria",
        "there's no Pete Sanders living here",
        "this is someone else's number",
        "this phone no longer belongs to Mrs Gladys Webb",
        "who is Robert?",
        "I've had this number for a year, don't know this patient",
    ],
)
def test_somebody_elses_phone(text: str) -> None:
    assert read(text).intent is Intent.WRONG_PERSON


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("change mine to december 10 and cancel my husband's", ["reschedule", "cancel"]),
        ("I can't come, can we reschedule", ["reschedule"]),
        ("drop tomorrow's, and what other appointments do I have?", ["cancel", "list"]),
    ],
)
def test_one_wish_or_two(text: str, wishes: list[str]) -> None:
    found = read(text)
    assert [found.intent, *(wish.intent for wish in found.also)] == wishes


@pytest.mark.parametrize(
    "text",
    [
        "I want to cancel my netflix",
        "sign me up for a gym membership",
        "how much is a pizza",
        "Good. What's the weather like?",
        "how do i get red wine out of a couch",
    ],
)
def test_a_wish_that_is_none_of_ours(text: str) -> None:
    assert read(text).intent is Intent.OUT_OF_SCOPE


def test_an_hour_later_out_of_the_blue_is_later_than_the_visit() -> None:
    found = read("an hour later please")
    assert found.intent is Intent.RESCHEDULE
    assert ASK <= found.confidence < ACT


@pytest.mark.parametrize("text", ["how are you today?", "that's all for now thanks"])
def test_a_courtesy_names_no_day(text: str) -> None:
    assert read(text).entities.said() == frozenset()


@pytest.mark.parametrize(
    "text",
    ["how long does a bought item show as pending"],
)
def test_a_wish_in_strange_words_is_asked_back(text: str) -> None:
    assert ASK <= read(text).confidence < ACT


@pytest.mark.parametrize(
    "text", ["i need an appointment", "cancel friday", "what are your opening hours"]
)
def test_a_plain_wish_is_acted_upon(text: str) -> None:
    assert read(text).confidence >= ACT
