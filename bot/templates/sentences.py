"""Which sentences have a template: all that the clinic says first, with what may stand in each.

WhatsApp takes nothing else from us once a patient has been silent for a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.dialogue.tasks import offered, rebook, reminder
from bot.dialogue.turn import Option
from bot.phrases import discretion

TIMES = "times"  # Those of several visits of one day: each a line otherwise.
LINES = frozenset({"reminder_line", "reminder_line_of"})
COST = "cost"  # Of a missed visit, where the clinic names it: otherwise a sentence by itself.


@dataclass(frozen=True, slots=True)
class Sentence:
    """`answers`: what its buttons stand for. `below`: sentences, or words in braces, that follow
    it, each on a line of its own. `further`: what it may name beside its own words."""

    answers: tuple[Option, ...] = ()
    below: tuple[str, ...] = ()
    further: frozenset[str] = frozenset()
    category: str = "utility"


_REMINDER = Sentence(reminder.ANSWERS, further=frozenset({COST}))
_NEWS = Sentence(reminder.ANSWERS)
_OFFER = Sentence(offered.ANSWERS)
_AGAIN = Sentence(rebook.ANSWERS)

SENTENCES: Mapping[str, Sentence] = {
    "reminder": _REMINDER,
    "reminder_of": _REMINDER,
    "reminder_several": Sentence(
        reminder.ANSWERS,
        below=(f"{{{TIMES}}}", "ask_come_to_all"),
        further=frozenset({COST, TIMES}),
    ),
    "news_booked": _NEWS,
    "news_moved": _NEWS,
    "news_other": _NEWS,
    "news_late": _NEWS,
    "news_late_here": Sentence(),
    "news_on_time": Sentence(),
    "again_called_off": _AGAIN,
    "again_missed": _AGAIN,
    # WhatsApp counts it as advertising when somebody is asked to come again.
    "again_due": Sentence(rebook.ANSWERS, category="marketing"),
    "offer_time": _OFFER,
    "offer_time_instead": _OFFER,
    "refused_offer_gone": Sentence(),
    "ask_rating": Sentence(),
    # Once the patient replies to it, staff may answer in their own words.
    "person_answers": Sentence(),
}


def may_name(key: str) -> frozenset[str]:
    """Return the words in braces that a template of that sentence can be filled with; raises
    KeyError for a sentence that has none."""
    return (discretion.allowed(key) or frozenset()) | SENTENCES[key].further
