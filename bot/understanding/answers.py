"""Answers: what a message means as a reply to the open question.

A bare number is what was asked for: after a list its place in it, after "what time?" an hour,
after "which day?" a day of the month. A number beyond the list that is the hour of an offered
slot is that slot's time ("10" under three choices, one of them at 10:00).
"""

from collections.abc import Collection, Sequence
from datetime import time
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.understanding.chart import Chart, Item, longest, places_of
from bot.understanding.moment import Moment, next_day_of_month
from bot.understanding.spelling import close
from bot.understanding.text import words_of
from bot.understanding.times import Clock
from bot.understanding.values import Context

LISTS = frozenset(
    {
        "slot",
        "choice",
        "practitioner",
        "specialty",
        "location",
        "visit_type",
        "appointment",
        "person",
        "yes_no",
    }
)
_BEST = 5  # Of the marks that a visit is given.
_CLOSE_ENOUGH = 0.8  # One slip in five letters.


def listed(context: Context) -> int:
    """Return how many choices the patient has before them."""
    return len(context.labels) or len(context.offer)


def bare_number(number: int, context: Context, at: Moment) -> dict[str, Any]:
    """Return what a message that is only a number says."""
    size = listed(context)
    match context.asked:
        case "rating":
            return {"rating": float(number)}
        case "time" | "date_time":
            return {"time": Clock(number).at(at)} if 0 <= number <= 23 else {}
        case "date" if not size:
            day = next_day_of_month(at.today, number) if 1 <= number <= 31 else None
            return {"date": day} if day else {}
        case "code" | "phone" | "date_of_birth" | "name" | "reason" | "text":
            return {}
    if 1 <= number <= size:
        return {"choice": number}
    if found := _offered_hour(number, context):
        return found
    if context.asked == "date":
        day = next_day_of_month(at.today, number) if 1 <= number <= 31 else None
        return {"date": day} if day else {}
    if size and number <= 2 * size + 10:
        return {"choice": number, "ambiguous": ("choice",)}
    return {"choice": number} if 1 <= number <= 99 else {}


def _offered_hour(number: int, context: Context) -> dict[str, Any]:
    times = {slot.starts_at.time().replace(tzinfo=None) for slot in context.offer}
    fitting = sorted(moment for moment in times if moment.hour in (number, number + 12))
    if not fitting:
        return {}
    exact = next((moment for moment in fitting if moment.minute == 0), fitting[0])
    return {"time": exact, **by_time(exact, context)}


def rating(chart: Chart, scales: Sequence[Item], clocks: Sequence[Item] = ()) -> float | None:
    """Return the mark given, from one to five: "4", "four stars", "8 out of 10", "9/10", "great".

    Figures say more than words of praise, and those more than a number word ("a good one"). What
    is said of `clocks` ("Friday at 2") is no mark.
    """
    for item in chart.items("figures"):
        if item.value.year is None:
            return _of_five(item.value.first, item.value.second)
    inside = places_of(scales)
    best = next((item.value for item in chart.items("number") if item.start in inside), _BEST)
    away = inside if scales else places_of(clocks)
    marks = [item for item in chart.items("number", "decimal") if item.start not in away]
    typed = [item for item in marks if chart.words[item.start][:1].isdigit()]
    found = [*typed, *(marks if scales else ()), *longest(chart.items("rating")), *marks]
    return _of_five(float(found[0].value), best) if found else None


def _of_five(mark: float, best: float) -> float:
    """Return a mark on the scale of one to five, in halves."""
    if best in (0, _BEST) or mark > best:
        return float(mark)
    return max(1.0, round(2 * _BEST * mark / best) / 2)


def by_time(moment: time, context: Context) -> dict[str, Any]:
    """Return the choice that a time picks when exactly one offered slot begins then."""
    places = [
        place
        for place, slot in enumerate(context.offer, 1)
        if slot.starts_at.time().replace(tzinfo=None, second=0, microsecond=0) == moment
    ]
    return {"choice": places[0]} if len(places) == 1 else {}


def by_order(context: Context, *, earliest: bool) -> dict[str, Any]:
    """Return the choice of "the earlier one" or "the later one" among offered slots."""
    if len(context.offer) < 2:
        return {}
    times = [slot.starts_at for slot in context.offer]
    return {"choice": times.index(min(times) if earliest else max(times)) + 1}


def label(text: str, context: Context, common: Collection[str] = ()) -> int | None:
    """Return which choice the patient typed in their own letters, None unless exactly one fits.

    A part of its words will do ("the follow-up one please"), and a slip in them ("folow up").
    """
    said = " ".join(words_of(text))
    labels = [" ".join(words_of(option)) for option in context.labels]
    if len(said) < 2 or not labels:
        return None
    if labels.count(said) == 1:
        return labels.index(said) + 1
    listed_words = {word for words in labels for word in words.split()}
    telling = [word for word in said.split() if word in listed_words or word not in common]
    within = [
        place
        for place, words in enumerate(labels, 1)
        if all(any(_fits(word, other) for other in words.split()) for word in telling)
    ]
    exact = listed_words.issuperset(telling)
    size = sum(map(len, telling))
    if len(within) == 1 and size >= (3 if exact else 4) and not said.isdigit():
        return within[0]
    scored = process.extract(
        said, labels, scorer=OSA.normalized_similarity, score_cutoff=_CLOSE_ENOUGH, limit=2
    )
    if len(scored) == 1 or (len(scored) == 2 and scored[0][1] > scored[1][1]):
        return int(scored[0][2]) + 1
    return None


def _fits(typed: str, word: str) -> bool:
    return typed == word or (typed.isalpha() and word.isalpha() and close(typed, word))


def choice(chart: Chart, items: Sequence[Item], context: Context) -> tuple[int | None, Item | None]:
    """Return the choice that words like "the second one" or "option 2" make."""
    for item in items:
        if item.kind == "last" and len(chart.words) <= 4 + (item.length - 1) * 2:
            return listed(context) or -1, item
        if item.kind in ("choice", "listed_choice") and not _is_broken(chart, item):
            inside = [
                other
                for row in chart.starting[item.start : item.end]
                for other in row
                if other.kind in ("ordinal", "number") and other.end <= item.end
            ]
            number = next((other.value for other in inside if other.value), None)
            if item.kind == "listed_choice" and (number or 0) > listed(context):
                continue  # "Le 15" is a day of the month.
            if number is not None and _is_choice(chart, item, number, context):
                return int(number), item
    return None, None


def _is_broken(chart: Chart, item: Item) -> bool:
    """ "No, 10" is no number ten."""
    return any(token.stop not in ("", ".") for token in chart.tokens[item.start : item.end - 1])


def _is_choice(chart: Chart, item: Item, number: int, context: Context) -> bool:
    """ "The 5th" is a day unless a list is open; "the first one" is always a choice."""
    plain = all(
        other.kind != "ordinal" or other.length < item.length - 1
        for row in chart.starting[item.start : item.end]
        for other in row
    )
    if context.asked in ("date", "date_time", "date_of_birth") and not context.labels:
        return bool(context.namesakes) and plain  # "No, the first one": of those doctors.
    size = max(listed(context), len(context.offer))  # "Actually the third", once asked for a yes.
    if size:
        return number <= size or plain
    return plain or (context.asked in LISTS and context.asked != "yes_no")
