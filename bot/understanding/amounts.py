"""How much: by how many minutes somebody will be late, and whether all visits are meant."""

from bot.understanding.chart import Item, longest
from bot.understanding.findings import Findings
from bot.understanding.values import Intent

_MOST_MINUTES = 12 * 60  # Later than that is another day.
_PLAIN = (1, 60)  # A minute and an hour, which need a number.
# Wishes that may be about all the visits there are.
_OF_SEVERAL = {
    Intent.CONFIRM,
    Intent.CANCEL,
    Intent.RESCHEDULE,
    Intent.LATE,
    Intent.ARRIVED,
    Intent.WAITLIST,
}


def read_delay(found: Findings) -> None:
    """ "20 minutes late", "half an hour", and with words of being late a bare "15", too."""
    late = any(item.value.intent is Intent.LATE for item in found.phrases)
    if not (late or found.asked("choice")):
        return
    minutes = _told(found) or (_bare(found) if late else 0)
    if 0 < minutes <= _MOST_MINUTES:
        found.entities["minutes"] = minutes


def _told(found: Findings) -> int:
    """Return the minutes of "half an hour", "20 minutes", "an hour and ten minutes"."""
    lengths = longest(found.chart.items("duration"))
    units = [
        item
        for item in found.chart.items("timeunit")
        if not any(item.overlaps(other) for other in lengths)
    ]
    numbers = {item.end: float(item.value) for item in found.chart.items("number", "decimal")}
    counted = [numbers[item.start] * item.value for item in units if item.start in numbers]
    # "Media hora" is a unit that needs no number; a bare "minutes" says nothing.
    alone = [item.value for item in units if item.start not in numbers and item.value not in _PLAIN]
    return int(sum([*(item.value for item in lengths), *(counted or alone[:1])]))


def _bare(found: Findings) -> int:
    taken = [*found.names, *found.days]
    bare = (item for item in found.chart.items("number") if not any(map(item.overlaps, taken)))
    return max((int(item.value) for item in bare), default=0)


def read_all(found: Findings) -> None:
    """ "Confirm both", "cancel all of them": what looks like an hour ("las dos") is none then. "As
    duas" are both, "às duas" is an hour."""
    wished = any(item.value.intent in _OF_SEVERAL for item in found.tasks)
    several = found.said("both") if wished or found.asked("appointment", "choice") else []
    several = [cue for cue in several if not _has_accent(found, cue)]
    if several and not any(
        day.overlaps(cue) and day.length > cue.length for cue in several for day in found.days
    ):
        found.entities["all"] = True
        found.days = [day for day in found.days if not any(map(day.overlaps, several))]


def _has_accent(found: Findings, cue: Item) -> bool:
    token = found.chart.tokens[cue.start]
    return token.typed.casefold() != token.word
