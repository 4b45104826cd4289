"""Several visits in one message: a second booking that no word of its own announces, two visits
that something is done to, and another visit than the one in hand."""

from collections.abc import Iterable, Sequence

from bot.understanding import when
from bot.understanding.chart import Item
from bot.understanding.days import Day
from bot.understanding.findings import Findings
from bot.understanding.intents import OF_VISITS, SURE
from bot.understanding.lexicon import Phrase
from bot.understanding.values import Intent, Person

_BOOKING = Phrase(Intent.BOOK, SURE, "likely")


def bookings(found: Findings) -> list[Item]:
    """Return the two bookings of a message; nothing where it is not about two.

    "Dr Patel on Tuesday and my son with Dr Fernandez on Wednesday": on both sides of the "and"
    stands a day, and with whom or for whom; what is on one side is not on the other.
    """
    if any(task.value.intent is not Intent.BOOK for task in found.tasks):
        return []
    for joint in sorted(found.said("joint"), key=lambda cue: cue.start):
        left = _named(found, 0, joint.start)
        right = _named(found, joint.start, len(found.chart.words))
        if left and right and left.isdisjoint(right):
            before = [task for task in found.tasks if task.start < joint.start]
            first = before[:1] or [Item("intent", 0, 0, _BOOKING)]
            return [*first, Item("intent", joint.start, joint.start, _BOOKING)]
    return []


def _named(found: Findings, start: int, end: int) -> set[object]:
    """Return with whom and for whom a part of the message speaks, if it names a day."""

    def within(item: Item) -> bool:
        return start <= item.start and item.end <= end

    if not any(item.kind in when.DAYS and within(item) for item in found.days):
        return set()
    practitioners = (mention.names for mention in found.mentions if within(mention.item()))
    specialties = (item.value[0] for item in found.specialties if within(item))
    people = (item.value for item in found.relations if within(item))
    return {*practitioners, *specialties, *(who for who in people if who is not Person.SELF)}


def changes(found: Findings) -> list[Item]:
    """Return the wishes of a message that does something to two visits; nothing where it does not.

    "Cancel Tuesday's and move the dentist's to Thursday": each side of the "and" has a word for
    what is to be done, and names a visit that the other does not.
    """
    wanted = sorted(
        (
            item
            for item in found.phrases
            if item.value.intent in OF_VISITS and item.value.level != "hint"
        ),
        key=lambda item: (item.start, -item.length),
    )
    joints = [cue.start for cue in found.said("joint")] + _stops(found)
    kept: list[Item] = []
    for item in wanted:
        if not kept:
            kept.append(item)
        elif (apart := _after_joint(item, kept[-1].end, joints)) is not None:
            first, then = _of_visit(found, kept[-1], apart.start), _of_visit(found, apart)
            if first and then and first.isdisjoint(then):
                kept.append(apart)
    others = [item for item in found.tasks if item.value.intent not in OF_VISITS]
    return sorted([*kept, *others], key=lambda item: item.start) if len(kept) > 1 else []


def _after_joint(item: Item, end: int, joints: Sequence[int]) -> Item | None:
    """Return the part of a phrase that stands after the "and" which sets it apart from what ends
    there: "my son's visit, and move" is one phrase of two wishes."""
    between = [place for place in joints if end <= place < item.end]
    if item.start < end or not between:
        return None
    return item._replace(start=max(item.start, between[-1]))


def _stops(found: Findings) -> list[int]:
    return [place + 1 for place, token in enumerate(found.chart.tokens) if token.stop]


def _of_visit(found: Findings, wish: Item, end: int | None = None) -> set[object]:
    """Return what tells which visit a wish is about. Of a move the last day is where to, and what
    comes after it ("on Friday with Dr Patel") is said of the new time."""
    end = len(found.chart.words) if end is None else end
    days = [
        item for item in found.days if item.kind in when.DAYS and wish.start <= item.start < end
    ]
    if wish.value.intent is Intent.RESCHEDULE and days:
        where_to = days.pop()
        end = where_to.start
        inside = [day for day in found.chart.items("day") if day.overlaps(where_to)]
        days += inside[:1] if len({day.value for day in inside}) > 1 else []  # "Monday to Friday".

    def within(items: Iterable[Item]) -> list[Item]:
        return [item for item in items if wish.start <= item.start < end]

    return {
        *(item.value for item in days),
        *(mention.names for mention in found.mentions if wish.start <= mention.start < end),
        *(item.value[0] for item in within(found.specialties)),
        *(item.value for item in within(found.relations)),
        *(item.value for item in within(found.chart.items("ordinal"))),
    }


def speaks_of_another(found: Findings, wish: Item) -> bool:
    """ "First confirm my visit on Wednesday", "move the one with Dr Patel": what is said is not, or
    not surely, about what is on offer."""
    if found.said("other_visit") or found.is_of_visit(wish) or _names_somebody_else(found):
        return True
    if wish.value.intent is not Intent.CONFIRM:
        return False
    visits = found.chart.items("visit")
    return _names_other_day(found) or any(wish.start <= item.start <= wish.end for item in visits)


def names_another(found: Findings) -> bool:
    """ "Ok, but first confirm my visit on Wednesday": a visit that is none of what is on offer."""
    dated = _names_other_day(found) and bool(found.chart.items("visit"))
    return dated or bool(found.said("other_visit")) or _names_somebody_else(found)


def _names_other_day(found: Findings) -> bool:
    offered = {slot.starts_at.date() for slot in found.context.offer}
    days = {item.value.date for item in found.days if isinstance(item.value, Day)}
    return bool(days - offered)


def _names_somebody_else(found: Findings) -> bool:
    """Tell whether somebody is named, or a specialty, with whom nothing is on offer."""
    offered = {slot.practitioner for slot in found.context.offer}
    people = [found.context.directory.practitioner_named(name) for name in offered]
    specialties = {code for person in people if person for code in person.specialties}
    return any(offered.isdisjoint(mention.names) for mention in found.mentions) or any(
        item.value[1] == "name" and item.value[0] not in specialties for item in found.specialties
    )
