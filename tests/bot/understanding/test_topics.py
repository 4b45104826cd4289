"""What exactly is asked, in each language."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import read

ASKED = {
    "en": {
        "until when today?": "hours",
        "what time does Phoenix close?": "hours",
        "are you open now?": "open_now",
        "are you closed on holidays?": "holidays",
        "where are you?": "address",
        "how do I get there?": "directions",
        "how late can I be?": "lateness",
        "what if I'm a bit late?": "lateness",
        "are you wheelchair accessible?": "access",
        "what's your phone number?": "phone",
        "is there parking?": "parking",
        "how much is a check-up?": "price",
        "can I pay by card?": "payment",
        "do I have to pay if I miss my visit?": "missed_visit",
        "what's your cancellation policy?": "cancelling",
        "how late can I cancel?": "cancelling",
        "can I cancel for free?": "cancelling_free",
        "do you take Aetna?": "insurance",
        "who are your doctors?": "practitioners",
        "which doctors speak Spanish?": "languages",
        "does anyone speak french?": "languages",
        "do you take new patients?": "new_patients",
        "do you have a female doctor?": "women",
        "do you see children?": "children",
        "do you do x-rays?": "services",
        "do you have a neurologist?": "other_specialty",
        "how long is a visit?": "duration",
        "how long does a check-up with Dr Chen take?": "duration",
        "what should I bring?": "bring",
        "do I need a referral?": "referral",
        "how do I prepare for my visit?": "preparation",
        "should I take aspirin?": "advice",
        "is this dangerous?": "advice",
        "are my test results back?": "results",
    },
    "es": {
        "¿abren los sábados?": "hours",
        "¿cómo llego?": "directions",
        "¿cuál es el horario?": "hours",
        "¿cuánto puedo llegar tarde?": "lateness",
        "¿hay aparcamiento?": "parking",
        "¿cuánto cuesta un chequeo?": "price",
        "¿aceptan tarjeta?": "payment",
        "¿puedo cancelar gratis?": "cancelling_free",
        "¿hasta cuándo puedo cancelar?": "cancelling",
        "¿qué seguros aceptan?": "insurance",
        "¿quiénes son sus médicos?": "practitioners",
        "¿qué médicos hablan español?": "languages",
        "¿qué idiomas hablan?": "languages",
        "¿aceptan pacientes nuevos?": "new_patients",
        "¿cuánto dura una visita?": "duration",
        "¿qué tengo que llevar?": "bring",
        "¿cómo me preparo para el chequeo?": "preparation",
        "¿debo tomar aspirina?": "advice",
        "¿es peligroso?": "advice",
        "¿están mis resultados?": "results",
    },
    "fr": {
        "êtes-vous ouverts le samedi ?": "hours",
        "comment venir ?": "directions",
        "comment venir en métro ?": "directions",
        "combien de retard je peux avoir ?": "lateness",
        "y a-t-il un parking ?": "parking",
        "combien coûte un bilan de santé ?": "price",
        "prenez-vous la carte ?": "payment",
        "puis-je annuler sans frais ?": "cancelling_free",
        "jusqu'à quand puis-je annuler ?": "cancelling",
        "prenez-vous Aetna ?": "insurance",
        "qui sont vos médecins ?": "practitioners",
        "quels médecins parlent espagnol ?": "languages",
        "quelles langues parlez-vous ?": "languages",
        "prenez-vous de nouveaux patients ?": "new_patients",
        "combien de temps dure une visite ?": "duration",
        "que dois-je apporter ?": "bring",
        "comment me préparer pour le bilan ?": "preparation",
        "dois-je prendre de l'aspirine ?": "advice",
        "est-ce dangereux ?": "advice",
        "avez-vous mes résultats ?": "results",
    },
    "pt": {
        "vocês abrem aos sábados?": "hours",
        "como chego aí?": "directions",
        "qual é o horário?": "hours",
        "qual o horário de vocês?": "hours",
        "quanto posso me atrasar?": "lateness",
        "tem estacionamento?": "parking",
        "quanto custa um check-up?": "price",
        "aceitam cartão?": "payment",
        "posso cancelar de graça?": "cancelling_free",
        "até quando posso cancelar?": "cancelling",
        "quais convênios aceitam?": "insurance",
        "quem são os médicos?": "practitioners",
        "quais médicos falam espanhol?": "languages",
        "que línguas vocês falam?": "languages",
        "aceitam pacientes novos?": "new_patients",
        "quanto tempo dura uma consulta?": "duration",
        "o que preciso levar?": "bring",
        "como me preparo para o check-up?": "preparation",
        "devo tomar aspirina?": "advice",
        "é perigoso?": "advice",
        "meus resultados estão prontos?": "results",
    },
}


@pytest.mark.parametrize(
    ("language", "text", "topic"),
    [(code, text, topic) for code, asked in ASKED.items() for text, topic in asked.items()],
)
def test_a_question_is_about_what_it_asks(language: str, text: str, topic: str) -> None:
    found = read(text, language=language)
    assert (found.intent, found.entities.topic) == (Intent.ASK, topic)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "is the dentist in on Friday?"),
        ("en", "when does Dr Patel work?"),
        ("en", "is anyone there on Sunday?"),
        ("es", "¿está el dentista el viernes?"),
        ("es", "¿cuándo trabaja la doctora Patel?"),
        ("fr", "le dentiste est-il là vendredi ?"),
        ("fr", "quand travaille le docteur Patel ?"),
        ("pt", "o dentista atende na sexta?"),
        ("pt", "quando a Dra. Patel trabalha?"),
    ],
)
def test_whether_somebody_is_in_asks_for_the_schedule(language: str, text: str) -> None:
    assert read(text, language=language).entities.topic == "presence"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "is dr patel free on friday?"),
        ("en", "what's the earliest you have?"),
        ("es", "¿está libre la dra Patel el viernes?"),
        ("fr", "le dr Patel est-il libre vendredi ?"),
        ("pt", "a Dra. Patel está livre na sexta?"),
    ],
)
def test_whether_somebody_is_free_asks_for_a_time(language: str, text: str) -> None:
    found = read(text, language=language)
    assert (found.intent, found.entities.topic) == (Intent.AVAILABILITY, None)


def test_each_question_of_a_message_has_its_own_detail() -> None:
    found = read("how do I get there, and can I pay by card?")
    [other] = found.also
    assert (found.entities.topic, other.entities.topic) == ("directions", "payment")


def test_whoever_asks_who_speaks_a_language_does_not_want_to_be_talked_to_in_it() -> None:
    found = read("which doctors speak Spanish?")
    assert found.also == ()
    assert found.entities.language == "es"
    assert read("do you speak spanish?").intent is Intent.LANGUAGE
