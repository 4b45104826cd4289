"""By how much somebody is late, whether all visits are meant, and what a wish is about."""

from collections.abc import Mapping

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import read

LATE = {
    "en": {
        "late 15": 15,
        "15 min late": 15,
        "I'll be half an hour late": 30,
        "running late": None,
        "late 20 for my 10 o'clock": 20,
        "I'll be an hour and 10 minutes late": 70,
    },
    "es": {
        "llego 15 minutos tarde": 15,
        "llego media hora tarde": 30,
        "voy con retraso de 10 minutos": 10,
        "estoy en un atasco": None,
    },
    "fr": {
        "j'ai 15 minutes de retard": 15,
        "j'aurai une demi-heure de retard": 30,
        "retard 15": 15,
        "je suis dans les bouchons": None,
    },
    "pt": {
        "vou chegar 15 minutos atrasado": 15,
        "atraso de meia hora": 30,
        "atrasado 15": 15,
        "estou atrasado": None,
    },
}


@pytest.mark.parametrize(
    ("language", "text", "minutes"),
    [(code, text, told) for code, texts in LATE.items() for text, told in texts.items()],
)
def test_how_late(language: str, text: str, minutes: int | None) -> None:
    found = read(text, language=language)
    assert (found.intent, found.entities.minutes) == (Intent.LATE, minutes)


@pytest.mark.parametrize(
    ("text", "minutes"), [("about 20 minutes", 20), ("half an hour", 30), ("the second", None)]
)
def test_minutes_where_a_choice_is_asked_for(text: str, minutes: int | None) -> None:
    assert read(text, "choice", labels=("10 minutes", "15 minutes")).entities.minutes == minutes


def test_a_number_of_minutes_is_no_delay_of_its_own() -> None:
    assert read("20 minutes later please", "slot").entities.minutes is None


ALL = {
    "en": ("confirm both", "cancel all of them"),
    "es": ("confirmo las dos", "confirmo ambas"),
    "fr": ("je confirme les deux",),
    "pt": ("confirmo as duas",),
}


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, texts in ALL.items() for text in texts]
)
def test_all_of_the_visits(language: str, text: str) -> None:
    found = read(text, language=language).entities
    assert (found.all, found.time) == (True, None)


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "confirmo a las dos"), ("pt", "confirmo às duas"), ("en", "confirm my appointment")],
)
def test_an_hour_is_not_all(language: str, text: str) -> None:
    assert read(text, language=language).entities.all is None


ABOUT: Mapping[tuple[Intent, str | None], Mapping[str, tuple[str, ...]]] = {
    (Intent.WAITLIST, "leave"): {
        "en": ("take me off the waitlist", "I no longer need the waiting list"),
        "es": ("quíteme de la lista de espera", "ya no quiero estar en la lista de espera"),
        "fr": ("retirez-moi de la liste d'attente",),
        "pt": ("me tire da lista de espera", "quero sair da lista de espera"),
    },
    (Intent.WAITLIST, "show"): {
        "en": ("am I on the waitlist?", "my waitlist status"),
        "es": ("¿estoy en la lista de espera?",),
        "fr": ("suis-je sur la liste d'attente ?",),
        "pt": ("estou na lista de espera?",),
    },
    (Intent.WAITLIST, None): {
        "en": ("put me on the waitlist", "let me know if something earlier comes free"),
        "es": ("póngame en la lista de espera",),
        "fr": ("mettez-moi sur la liste d'attente",),
        "pt": ("me coloque na lista de espera",),
    },
    (Intent.MY_DATA, "copy"): {
        "en": ("send me a copy of my records", "what do you know about me?"),
        "es": ("quiero una copia de mis datos",),
        "fr": ("je voudrais une copie de mes données",),
        "pt": ("quero uma cópia dos meus dados",),
    },
    (Intent.MY_DATA, "names"): {
        "en": ("use our first names in the reminders please", "please use our names", "with names"),
        "es": ("usen nuestros nombres por favor", "con nombres"),
        "fr": ("mettez nos prénoms", "avec les prénoms svp"),
        "pt": ("usem os nossos nomes", "com nomes, por favor"),
    },
    (Intent.MY_DATA, "no_names"): {
        "en": ("don't use our names", "stop using first names", "no names please"),
        "es": ("no usen nuestros nombres", "sin nombres"),
        "fr": ("n'utilisez plus nos prénoms", "sans prénoms"),
        "pt": ("não usem os nomes", "sem nomes por favor"),
    },
    (Intent.MY_DATA, "offers"): {
        "en": ("send me your offers", "yes to news and offers"),
        "es": ("quiero recibir sus ofertas",),
        "fr": ("je veux recevoir vos offres",),
        "pt": ("quero receber suas ofertas",),
    },
    (Intent.MY_DATA, "no_offers"): {
        "en": ("no offers", "stop sending me offers"),
        "es": ("sin ofertas", "no me manden más publicidad"),
        "fr": ("sans offres", "plus de pub svp"),
        "pt": ("sem ofertas", "não quero mais ofertas"),
    },
    (Intent.MY_DATA, "delete"): {
        "en": ("delete my data", "forget everything about me"),
        "es": ("borren mis datos",),
        "fr": ("supprimez mes données",),
        "pt": ("apague meus dados",),
    },
}


@pytest.mark.parametrize(
    ("intent", "topic", "language", "text"),
    [
        (intent, topic, code, text)
        for (intent, topic), languages in ABOUT.items()
        for code, texts in languages.items()
        for text in texts
    ],
)
def test_what_a_wish_is_about(intent: Intent, topic: str | None, language: str, text: str) -> None:
    found = read(text, language=language)
    assert (found.intent, found.entities.topic, found.also) == (intent, topic, ())


@pytest.mark.parametrize(
    ("text", "rating"),
    [("Friday at 2", None), ("dr okafor at 2pm", None), ("2", 2.0), ("8 out of 10", 4.0)],
)
def test_an_hour_is_no_rating(text: str, rating: float | None) -> None:
    assert read(text, "rating").entities.rating == rating
