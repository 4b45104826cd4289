"""What is wished for: the days and times that hold, and the phrases of intents."""

from collections.abc import Iterable, Sequence

from bot.understanding import births, grammar, intents, several, when
from bot.understanding.chart import Item
from bot.understanding.days import Day
from bot.understanding.findings import Findings
from bot.understanding.past import past
from bot.understanding.values import Flexible, Intent


def read_days_and_times(found: Findings) -> None:
    found.birth = births.Expectation.of(found.chart, found.words, found.cues, found.context.asked)
    if found.birth.any:
        births.add_readings(found.chart, found.words, found.at)
    grammar.find_times(found.chart, found.words, found.at)


def choose_times(found: Findings) -> None:
    complaint = any(item.value[1] != "name" for item in found.specialties)
    lasting = complaint or not found.asked("date", "time", "date_time", "slot")
    found.past = past(found.chart, found.words, lasting=lasting, complaint=complaint)
    found.day_cues = when.Cues.of(found.chart, found.cues)
    taken = [*found.names, *found.dangers]
    chosen = when.chosen(found.chart, taken, found.past, found.words.doubtful, found.day_cues)
    today = found.at.today
    found.days = [
        item
        for item in _without_second_best(chosen, found)
        if not (complaint and isinstance(item.value, Day) and item.value.date < today)
    ]


def _without_second_best(days: Sequence[Item], found: Findings) -> Sequence[Item]:
    """ "Tuesday at 3, otherwise Friday": what is wished for first, if anything is."""
    for cue in found.said("otherwise"):
        unwanted = found.day_cues.excepting
        first = [i for i in days if i.end <= cue.start and i.start not in unwanted]
        same = [item for item in found.said("same_time", "same_date") if item.end <= cue.start]
        if first or same:
            return first
    return days


def read_intents(found: Findings) -> None:
    same = found.said(
        "usual", "same_time", "same_date", "same_practitioner", "any_doctor", "idiom", "bringing",
        "in_a_row",
    )  # fmt: skip
    rivals = [*found.names, *found.days, *found.specialties, *same, *found.dangers, *_away(found)]
    fillers = found.said("filler", "trailing", "joint", "leading")
    found.phrases = [
        item
        for item in intents.phrases(found.chart, found.words, rivals, fillers)
        if item.value.level != "hint" or not found.in_hand
    ]
    found.days = [item for item in found.days if not _is_part_of_phrase(item, found.phrases)]
    # "Good morning" is no part of the day.
    greetings = [item for item in found.phrases if item.value.intent in intents.COURTESIES]
    found.days = [
        item
        for item in found.days
        if item.kind != "part" or not any(item.overlaps(other) for other in greetings)
    ]
    found.phrases = _without_tongue(found)
    found.tasks = intents.wishes(found.phrases, found.chart, found.said("joint"))
    found.tasks = several.bookings(found) or several.changes(found) or found.tasks
    if greetings and not found.tasks and not found.names_something():
        # "How are you today?", "that's all for now".
        beside = (*fillers, *found.phrases)
        found.days = [day for day in found.days if not any(day.overlaps(i) for i in beside)]


def _away(found: Findings) -> list[Item]:
    """ "Estoy fuera del 3 al 5": with the days, nobody stands outside the door."""
    starts = {day.start: day.end for day in found.days}
    return [
        Item("away", cue.start, starts[cue.end], None)
        for cue in found.said("away")
        if cue.end in starts
    ]


def _without_tongue(found: Findings) -> list[Item]:
    """ "A dentist who speaks Spanish" wishes for a dentist: neither to be talked to in Spanish nor,
    unless it is a question, to be told who does."""
    spoken = found.said("speaking")
    doctors = (found.chart.words[item.start] for item in found.chart.items("doctor"))
    whom = found.specialties or found.in_hand or not found.words.titles.isdisjoint(doctors)
    if not spoken or not whom:
        return found.phrases
    wishes = any(item.value.intent in _WISHING for item in found.phrases)
    opens = "?" in found.chart.tokens[-1].stop or any(cue.start == 0 for cue in spoken)
    asks = opens and not wishes  # "Who speaks Spanish"
    silent = {Intent.LANGUAGE} if asks else {Intent.LANGUAGE, Intent.ASK}
    return [
        item
        for item in found.phrases
        if item.value.intent not in silent or not any(item.overlaps(cue) for cue in spoken)
    ]


_WISHING = {Intent.BOOK, Intent.RESCHEDULE, Intent.WAITLIST}


def _is_part_of_phrase(item: Item, phrases: Iterable[Item]) -> bool:
    """ "Are there any others?": that any time would do is not said."""
    if item.value is not Flexible.ANY or item.length > 1:
        return False
    others = [other for other in phrases if other.value.intent is Intent.ALTERNATIVES]
    return any(item.overlaps(other) and other.length > 1 for other in others)
