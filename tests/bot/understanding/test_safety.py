"""Words that mean danger, and the same words where they do not."""

from collections.abc import Mapping, Sequence

import pytest

from bot.understanding import understand
from bot.understanding.values import Context, EmergencyKind, Intent, Understanding
from tests.bot.understanding.clinic import SUNDAY, a_directory, practitioner, read

MEDICAL, SELF_HARM, VIOLENCE = EmergencyKind

# Family of rules -> examples. The Spanish lexicon follows the same families.
DANGER: Mapping[tuple[str, EmergencyKind], Sequence[str]] = {
    ("a function fails", MEDICAL): [
        "can't breathe",
        "cant breath",
        "my baby is not breathing",
        "my left arm is numb",
        "dad can't lift his arm",
        "she won't wake up",
        "suddenly lost vision in one eye",
        "i havent felt the baby move all day",
    ],
    ("a part of the body is in a bad way", MEDICAL): [
        "I have chest pain",
        "my chest hurts",
        "my throat is closing",
        "his lips are blue",
        "one side of his mouth has dropped",
        "worst headache of my life",
    ],
    ("it bleeds and it pours", MEDICAL): [
        "bleeding won't stop",
        "blood is gushing out of his leg",
        "she is throwing up blood",
        "he chopped his finger off",
    ],
    ("a cause that is always grave", MEDICAL): [
        "I took too many pills",
        "my son drank bleach",
        "my toddler swallowed a battery",
        "stung by a wasp and now my throat is swelling",
        "hit by a car",
        "he fell off a ladder",
        "she got electrocuted",
        "boiling oil all over his face",
    ],
    ("an event that is now", MEDICAL): [
        "i think im having a heart attack",
        "my dad is having a stroke",
        "heart attack",
        "my wife collapsed",
        "he is unconscious",
    ],
    ("signs that add up", MEDICAL): [
        "she is clammy and very drowsy",
        "he is shaking and confused",
        "my boy hit his head and is really sleepy",
    ],
    ("said outright", MEDICAL): [
        "emergency",
        "emergancy",
        "emergency appointment",
        "it's an emergency",
        "call an ambulance",
    ],
    ("in passing, while booking", MEDICAL): [
        "I have had chest pain since this morning, can I see dr johnson tomorrow?",
        "yes friday is fine but my son just swallowed a magnet",
    ],
    ("a wish to die", SELF_HARM): [
        "i wanna die",
        "kms",
        "i want to end it all",
        "dont want to be here anymore",
        "suicidal",
        "suicidl",
        "i want to kill myself",
        "i feel like killing myself",
        "thinking about suicide",
        "there is no reason to live",
        "better off dead",
        "my son says he wants to die",
        "book me for friday and i want to kill myself",
    ],
    ("a farewell, means and a plan", SELF_HARM): [
        "she left a goodbye note",
        "ive counted my pills",
        "what's the fastest painless way to die",
        "i keep cutting my arms",
        "nobody would miss me if i was gone",
        "they would all be better off if i was out of the picture",
        "i keep looking at the bridge on my way home",
        "ive saved up my tablets for months",
        "i took the lot, dont send anyone",
    ],
    ("told of somebody else", SELF_HARM): [
        "caught my daughter hurting herself",
        "my dad says hed be better off dead",
    ],
    ("signs of farewell that add up", SELF_HARM): [
        "my will is sorted and the house is clean, its time",
        "he left a note and his phone is off",
    ],
    ("somebody does harm", VIOLENCE): [
        "my husband hits me",
        "I've been raped",
        "my uncle has been touching my daughter",
        "my ex is stalking me",
        "i got stabbed",
        "he won't let me leave the house",
    ],
    ("somebody means to", VIOLENCE): [
        "someone is trying to kill me",
        "I'm scared of my husband",
        "he has a knife and says hes going to hurt us",
        "im going to kill the doctor",
        "they are forcing me to marry, he took my passport",
        "im coming down there with a gun",
    ],
    ("somebody who cannot speak for themselves", VIOLENCE): [
        "they lock gran in her room and dont feed her",
        "theres bruises all over my mum in the care home",
    ],
}

# What keeps words of danger from being one -> examples.
HARMLESS: Mapping[str, Sequence[str]] = {
    "long past": [
        "mom had a stroke last year",
        "I had chest pain last month, want a checkup",
        "he had a seizure as a child",
    ],
    "denied": [
        "no chest pain",
        "no fever or chest pain",
        "no trouble breathing just a cough",
        "not an emergency",
        "not depressed or suicidal, just tired",
    ],
    "only if": ["what do i do if i have chest pain after the procedure"],
    "asked about in general": [
        "is dr johnson good with heart attacks survivors?",
        "do you treat stroke patients",
        "how do I recognise anaphylaxis",
    ],
    "the visit after it": ["book a follow-up after my heart attack in May"],
    "over": ["I fainted but i am fine now"],
    "mild": ["wisdom tooth pain, face a little swollen"],
    "said laughing": ["i almost choked on my coffee lol"],
    "a manner of speaking": [
        "this wait is killing me",
        "I'm dying to see dr patel",
        "my tooth is killing me",
        "choking on deadlines",
        "can you fit me in tomorrow",
        "my phone died",
        "shoot me over the times",
        "my boss is going to murder me if i take monday off",
        "not gonna make it today sorry",
        "i need to push my appointment out by two weeks",
        "political suicide to miss lunch",
        "stubbed toe has gone purple",
    ],
    "only the same words": [
        "what is your emergency number",
        "my gums are bleeding",
        "blood test tomorrow",
        "I hurt myself playing football",
        "i want to dye my hair",
        "take a look at my knee",
        "ending my subscription",
        "goodbye",
    ],
    "one sign alone": ["he vomited", "I sweat and feel dizzy", "my daughter is pale"],
}

SPANISH = {
    "no puedo respirar": MEDICAL,
    "me duele mucho el pecho": MEDICAL,
    "mi hijo se tragó una pila": MEDICAL,
    "se desmayó y no despierta": MEDICAL,
    "ya no quiero vivir": SELF_HARM,
    "me voy a tirar del puente": SELF_HARM,
    "mi marido me pega": VIOLENCE,
    "me amenazó con una pistola": VIOLENCE,
    "mi mamá tuvo un derrame el año pasado": None,
    "no me falta el aire, solo tengo tos": None,
    "esta espera me está matando": None,
    "me muero de hambre": None,
    "análisis de sangre el lunes": None,
}


def kind_of(found: Understanding) -> EmergencyKind | None:
    return found.entities.kind if found.intent is Intent.EMERGENCY else None


@pytest.mark.parametrize(
    ("text", "kind"), [(text, kind) for (_, kind), texts in DANGER.items() for text in texts]
)
def test_danger_comes_before_everything(text: str, kind: EmergencyKind) -> None:
    found = read(text)
    assert kind_of(found) is kind
    assert found.confidence >= 0.75


@pytest.mark.parametrize("text", [text for texts in HARMLESS.values() for text in texts])
def test_the_past_the_denied_and_manners_of_speaking_are_ordinary(text: str) -> None:
    assert read(text).intent is not Intent.EMERGENCY


@pytest.mark.parametrize(("text", "kind"), SPANISH.items())
def test_spanish_follows_the_same_rules(text: str, kind: EmergencyKind | None) -> None:
    context = Context(now=SUNDAY, directory=a_directory(), language="es")
    assert kind_of(understand(text, context)) is kind


def test_what_happens_now_outweighs_the_past_and_the_question() -> None:
    assert kind_of(read("he had a stroke last year and is having another stroke right now"))
    assert kind_of(read("what should i do my dad is unconscious"))


def test_the_past_of_one_clause_does_not_reach_into_the_next() -> None:
    assert kind_of(read("he had an operation last month, now he is coughing up blood")) is MEDICAL
    assert kind_of(read("had an operation last month, he is coughing up blood")) is MEDICAL
    assert kind_of(read("he coughed up blood last month")) is None


def test_an_idiom_inside_a_danger_hides_nothing() -> None:
    assert kind_of(read("my 2 yr old ate some of my blood pressure pills")) is MEDICAL


def test_a_negation_does_not_deny_what_is_itself_missing() -> None:
    assert kind_of(read("i can't i can't breathe")) is MEDICAL


def test_what_is_certain_comes_before_what_adds_up() -> None:
    assert kind_of(read("my boyfriend choked me last night and im scared")) is VIOLENCE


def test_one_sign_with_haste_is_a_danger() -> None:
    assert kind_of(read("he is suddenly very confused")) is MEDICAL


def test_the_same_sign_twice_is_one() -> None:
    assert read("he is pale, so pale").intent is not Intent.EMERGENCY


def test_a_wish_to_die_hides_behind_no_joke_and_no_half_idiom() -> None:
    assert kind_of(read("i just want to die lol")) is SELF_HARM
    assert kind_of(read("i want to die, this wait is killing me")) is SELF_HARM
    assert kind_of(read("i'd rather die than go through voicemail again")) is None


def test_if_i_died_speaks_of_dying() -> None:
    assert kind_of(read("if i died nobody would notice")) is SELF_HARM


@pytest.mark.parametrize("asked", ["name", "slot", "yes_no", "rating", "code", "date_of_birth"])
def test_danger_is_heard_whatever_was_asked(asked: str) -> None:
    assert read("i cant breathe", asked).intent is Intent.EMERGENCY


def test_danger_is_heard_at_the_end_of_a_long_message() -> None:
    assert (
        read("so i went to the shop. " * 200 + "i want to kill myself").intent is Intent.EMERGENCY
    )


def test_a_wish_beside_the_danger_is_kept() -> None:
    found = read("I have chest pain, cancel my appointment tomorrow")
    assert found.intent is Intent.EMERGENCY
    assert [wish.intent for wish in found.also] == [Intent.CANCEL]


@pytest.mark.parametrize(
    "text",
    [
        "can you grab me their phone number please",
        "he brought me hot soup and I couldn't even eat it",
        "I want one appointment for both so we can go together",
    ],
)
def test_an_ordinary_wish_in_words_of_danger_alarms_nobody(text: str) -> None:
    assert read(text).intent is not Intent.EMERGENCY


def test_a_practitioners_whole_name_is_no_danger() -> None:
    here = a_directory(practitioners=(practitioner(1, "Adem", "Grooming"),))
    assert read("with Dr Adem Grooming").intent is Intent.EMERGENCY  # Where nobody is called so.
    assert read("with Dr Adem Grooming", directory=here).intent is Intent.BOOK
    text = "Dr Adem Grooming, my husband hits me"
    assert read(text, directory=here).intent is Intent.EMERGENCY


# Who threatens whom, and whether somebody is coming.

THREATS = {
    "en": ["I'll come and shoot you all", "I will kill Dr Patel", "I'm coming with a gun"],
    "es": ["voy a matarlos a todos", "voy a quemar el consultorio", "te voy a matar doctor"],
    "fr": ["je vais tous vous tuer", "je vais tuer le docteur", "je vais venir avec un fusil"],
    "pt": ["vou matar vocês todos", "vou botar fogo na clínica", "vou aí com uma arma"],
}
THREATENED = {
    "en": ["my husband says he will kill me", "I want to kill my boss"],
    "es": ["mi marido me quiere matar", "mi ex dice que me va a matar"],
    "fr": ["mon mari veut me tuer", "il menace de me tuer"],
    "pt": ["meu marido quer me matar", "ele disse que vai me matar"],
}
HELPED = {
    "en": ["the ambulance is coming", "I called 911"],
    "es": ["la ambulancia ya viene", "llamé al 112"],
    "fr": ["l'ambulance arrive", "le samu est en route"],
    "pt": ["a ambulância está vindo", "já chamei a ambulância"],
}


def in_languages(texts: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language, each in texts.items() for text in each]


@pytest.mark.parametrize(("language", "text"), in_languages(THREATS))
def test_a_threat_against_the_clinics_people_is_told_from_other_violence(
    language: str, text: str
) -> None:
    found = read(text, language=language)
    assert kind_of(found) is VIOLENCE
    assert found.entities.threat


@pytest.mark.parametrize(("language", "text"), in_languages(THREATENED))
def test_whoever_is_threatened_or_means_somebody_else_threatens_nobody_here(
    language: str, text: str
) -> None:
    found = read(text, language=language)
    assert kind_of(found) is VIOLENCE
    assert not found.entities.threat


@pytest.mark.parametrize(("language", "text"), in_languages(HELPED))
def test_that_somebody_is_coming_is_heard(language: str, text: str) -> None:
    assert read(text, language=language).entities.help_is_coming


@pytest.mark.parametrize(
    "text",
    ["he stopped breathing, the ambulance is coming", "send an ambulance", "chest pain right now"],
)
def test_but_not_beside_something_worse_nor_from_a_call_for_it(text: str) -> None:
    found = read(text)
    assert found.intent is Intent.EMERGENCY
    assert not found.entities.help_is_coming


@pytest.mark.parametrize(
    "text", ["I'd kill for a slot today", "this wait is killing me", "I will sue you", "you idiots"]
)
def test_a_manner_of_speaking_is_no_threat(text: str) -> None:
    assert read(text).intent is not Intent.EMERGENCY
