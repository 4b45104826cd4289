"""What may stand in a message that nobody has asked for: others may read it on a locked screen.

Each class of message lists its words; whatever is not here (whom the visit is with, what it is for,
whose it is, a birth date) is neither in our sentences nor taken from a clinic's own. What is said
in answer to somebody is free of this.
"""

from collections.abc import Mapping

_DAY = frozenset({"day", "short_day", "time"})
_WHERE = frozenset({"house", "phone"})


def _of(thing: str, *words: frozenset[str]) -> frozenset[str]:
    return frozenset(f"{thing}.{word}" for word in frozenset().union(*words))


_VISIT = _of("visit", _DAY, _WHERE)
# Whoever waits for several practitioners must hear whose time it is.
_OFFERED = _of("slot", _DAY, _WHERE, frozenset({"surname"}))
# Everywhere: the clinic's own.
_CLINICS = frozenset({"clinic", "phone", "emergency", "crisis"})

REMINDER: Mapping[str, frozenset[str]] = {
    "reminder": _VISIT,
    "reminder_again": _VISIT,
    # A first name, where they agreed to it.
    "reminder_of": _VISIT | {"name"},
    "reminder_several": _VISIT | {"count"},
    "reminder_line": _VISIT,
    "reminder_line_of": _VISIT | {"name"},
    "ask_come_to_all": frozenset(),
    "reminder_cost": frozenset({"cost"}),
}
OFFER: Mapping[str, frozenset[str]] = {
    "offer_time": _OFFERED,
    "offer_time_again": _OFFERED,
    "offer_time_instead_again": _OFFERED | _of("visit", _DAY),
    "offer_time_instead": _OFFERED | _of("visit", _DAY),
    "refused_offer_gone": _of("slot", _DAY, _WHERE),
    "refused_offer_gone_again": _of("slot", _DAY, _WHERE),
}
SURVEY: Mapping[str, frozenset[str]] = {"ask_rating": _VISIT, "ask_rating_again": _VISIT}
RECALL: Mapping[str, frozenset[str]] = {"again_missed": _VISIT, "again_due": _VISIT}
NOTICE: Mapping[str, frozenset[str]] = {
    "news_booked": _VISIT,
    "news_moved": _VISIT | _of("was", _DAY),
    # That it is somebody else is the news.
    "news_other": _VISIT | {"visit.surname", "visit.whom"},
    "again_called_off": _VISIT,
    "person_answers": frozenset(),
    "news_late": _VISIT | {"minutes"},
    "news_late_here": _VISIT | {"minutes"},
    "news_on_time": _VISIT,
}
UNASKED: Mapping[str, frozenset[str]] = {**REMINDER, **OFFER, **SURVEY, **RECALL, **NOTICE}


def allowed(key: str) -> frozenset[str] | None:
    """Return the words that may be filled in there; None for a sentence that answers somebody."""
    return UNASKED[key] | _CLINICS if key in UNASKED else None
