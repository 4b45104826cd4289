"""What whole talks cost by SMS, at the demo clinic: one segment a reply, but for the very first,
which also says who speaks."""

from collections.abc import Callable

import pytest

from bot.gsm7 import is_gsm7
from bot.messages import Channel
from bot.rendering import MOST_SEGMENTS
from core.database.connect import Database
from tests.bot.talking import Patient, live_visits

# A visit is booked for somebody new, one for a child, one is moved and one given up.
TALKS = {
    "en": (
        "hello", "I want an appointment", "1", "tomorrow", "1", "Maximiliana Featherstonehaugh",
        "4 May 1980", "1", "book my daughter with the dentist", "next tuesday", "2",
        "Ana Featherstonehaugh", "3 March 2015", "1", "my appointments", "move it", "1", "friday",
        "1", "1", "cancel my appointment with the dentist", "1", "thanks",
    ),
    "es": (
        "hola", "quiero una cita", "1", "mañana", "1", "Maximiliana Featherstonehaugh",
        "4 mayo 1980", "1", "una cita para mi hija con el dentista", "el martes", "2",
        "Ana Featherstonehaugh", "3 marzo 2015", "1", "mis citas", "cambiarla", "1", "el viernes",
        "1", "1", "anular la cita con el dentista", "1", "gracias",
    ),
    "fr": (
        "bonjour", "je voudrais un rendez-vous", "1", "demain", "1",
        "Maximiliana Featherstonehaugh", "4 mai 1980", "1",
        "un rendez-vous pour ma fille chez le dentiste", "mardi prochain", "2",
        "Ana Featherstonehaugh", "3 mars 2015", "1", "mes rendez-vous", "le déplacer", "1",
        "vendredi", "1", "1", "annuler le rendez-vous chez le dentiste", "1", "merci",
    ),
    "pt": (
        "bom dia", "quero marcar uma consulta", "1", "amanhã", "1", "Maximiliana Featherstonehaugh",
        "4 de maio de 1980", "1", "uma consulta para minha filha com o dentista",
        "na terça que vem", "2", "Ana Featherstonehaugh", "3 de março de 2015", "1",
        "minhas consultas", "mudar", "1", "na sexta", "1", "1",
        "desmarcar a consulta com o dentista", "1", "obrigada",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", TALKS)
def test_a_reply_of_an_ordinary_talk_is_one_segment(
    fresh_demo: Callable[[], Database], language: str
) -> None:
    patient = Patient(fresh_demo(), Channel.SMS, "+14155550123")
    for text in TALKS[language]:
        patient.clock.passes(seconds=30)
        patient.says(text)
    assert len(patient.outgoing) == len(TALKS[language])
    first, *others = patient.outgoing
    assert first.segments <= MOST_SEGMENTS
    assert [row.text for row in others if row.segments != 1] == []
    assert all(is_gsm7(row.text) for row in patient.outgoing)
    [left] = live_visits(patient.database)
    assert left.starts_at.strftime("%A") == "Friday"
