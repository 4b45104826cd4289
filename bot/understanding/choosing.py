"""What is chosen of what was shown, and the loose words that stand for something known."""

from bot.understanding import answers, when
from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.past import is_past
from bot.understanding.values import Context, Flexible, Intent

_MOST_CHOICES = 3  # That a list of which nothing is known has.
_SAME = ("time", "date", "practitioner", "location")


def read_choices(found: Findings) -> None:
    context = found.context
    number = found.bare_number()
    if number is not None and not found.asked("rating"):
        found.days = []
        found.entities |= answers.bare_number(number, context, found.at)
        return
    usual = found.said("usual")
    said = [
        cue
        for cue in found.said("choice", "last", "listed_choice")
        if not is_past(cue, found.past)
        and not any(cue.overlaps(other) and cue.length < other.length for other in usual)
    ]
    choice, item = answers.choice(found.chart, said, context)
    placed = found.said("middle", "top") if context.asked in answers.LISTS else []
    if item is None and placed:
        item = placed[0]
        size = answers.listed(context) or _MOST_CHOICES
        choice = 1 if item.kind == "top" else (size + 1) // 2
    several = found.said("both") if found.asked("slot", "choice", "appointment") else []
    if item is None and several and answers.listed(context) != 1 and not found.days:
        found.unclear("choice")  # Which of them is asked back.
    if item and not _is_outdone(item, found):
        found.entities["choice"] = choice
        found.days = [day for day in found.days if not day.overlaps(item)]
    elif _may_be_a_label(context) and all(
        item.value.intent is Intent.BOOK for item in found.phrases
    ):
        place = answers.label(found.text, context, found.words.common)
        if place is not None:
            found.entities["choice"] = place
    for kind, earliest in (("earlier_one", True), ("later_one", False)):
        cues = [cue for cue in found.said(kind) if not _is_latest(cue, found)]
        if cues and "choice" not in found.entities:
            found.entities |= answers.by_order(context, earliest=earliest)


def _may_be_a_label(context: Context) -> bool:
    """ "Book it" to the question whether to is a yes, not the first of the times offered before."""
    return bool(context.labels) and not (context.asked == "yes_no" and len(context.offer) > 1)


def _is_outdone(item: Item, found: Findings) -> bool:
    """ "The second of May" is a day or a date of birth, not the second one; "the last on Tuesday"
    is not the last in view."""
    if _is_latest(item, found):
        return True
    rivals = [*found.names, *(day for day in found.days if day.kind != "flexible")]
    return any(
        other.overlaps(item) and other.length > item.length for other in (*rivals, *found.phrases)
    )


def _is_latest(item: Item, found: Findings) -> bool:
    """The latest there is, of a day that is named or in more words, is none of what was shown."""
    names_day = any(day.kind in when.DAYS for day in found.days)
    latest = (day for day in found.days if day.value is Flexible.LATEST and day.overlaps(item))
    return any(names_day or day.length > item.length for day in latest)


def read_loose_words(found: Findings) -> None:
    if found.said("usual"):
        found.entities["usual"] = True
    same = tuple(name for name in _SAME if found.said(f"same_{name}"))
    if same:
        found.entities["same"] = same
    if found.asked("rating"):
        clocks = [item for item in found.days if item.length > 1]
        mark = answers.rating(found.chart, found.said("scale"), clocks)
        if mark is not None:
            found.entities["rating"] = mark
            found.days = []
    if language := _language_asked_for(found):
        found.entities["language"] = language


def _language_asked_for(found: Findings) -> str | None:
    """Return the language wanted; who says "no hablo inglés" wants the one it is said in."""
    phrases = [item for item in found.phrases if item.value.intent is Intent.LANGUAGE]
    denials = found.said("not", "except")
    wanted: list[str] = []
    unwanted: list[str] = []
    for item in found.chart.items("language"):
        for phrase in phrases:
            if item.overlaps(phrase):
                denied = any(cue.overlaps(phrase) and cue.end <= item.start for cue in denials)
                (unwanted if denied else wanted).append(item.value)
    if not wanted and unwanted and found.words.code not in unwanted:
        wanted = [found.words.code]
    return wanted[-1] if wanted else None
