"""Words about what is on offer, or about several people: "another doctor", "both kids"."""

from typing import Any

from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.intents import COURTESIES, OF_VISITS
from bot.understanding.values import Person

_OTHER = ("practitioner", "date")
_LONE = {
    "anyone": "anyone",
    "speaks": "speaking",
    "directly_after": "directly_after",
}
RELATIVE = frozenset({"other", "same", *_LONE})  # Said of one of several wishes only.
# Children named by their number alone: "my two daughters".
_SEVERAL = {
    "several_children": Person.CHILD,
    "several_daughters": Person.DAUGHTER,
    "several_sons": Person.SON,
}
_SHORT = 6  # Words of an answer that is no more than that.
MOST = 3  # People who come together; more are a school class, and staff arrange that.
# Where "someone else" is another doctor, and not somebody else to be seen.
_OFFERING = ("slot", "yes_no", "choice", "practitioner")
_WHOM = ("person", "name", "date_of_birth")


def read_refinements(found: Findings) -> None:
    other = tuple(name for name in _OTHER if _is_other(found, name))
    if found.said("other_visit") and any(task.value.intent in OF_VISITS for task in found.tasks):
        other += ("visit",)
        found.entities.pop("choice", None)  # "First": before what is in hand.
    if other:
        found.entities["other"] = other
        if "practitioner" in other and found.entities.get("person") is Person.OTHER:
            del found.entities["person"]
    among = found.asked("practitioner") and not found.mentions  # "Any but Chen" is not any.
    if _means_anyone(found) or (among and found.said("any_of_them")):
        found.entities["anyone"] = True
    for gender in ("female", "male"):
        # Out of the blue it is told who there is; a man or a woman may be the patient, too.
        if found.said(gender) and found.asked(*_OFFERING, "specialty") and not found.relations:
            found.entities["gender"] = gender
    _read_which_of_them(found)
    _read_together(found)
    _read_directly_after(found)
    for cue in found.said("speaking"):
        spoken = (item.value for item in found.chart.items("language") if item.overlaps(cue))
        found.entities["speaks"] = next(spoken)


def _read_which_of_them(found: Findings) -> None:
    """ "The woman", "la doctora": of several of that name, in a title or in a short answer."""
    if found.context.namesakes and found.said("other_of_them") and not found.asked("slot"):
        found.entities["other"] = ("practitioner",)
    several = [mention.item() for mention in found.mentions if len(mention.names) > 1]
    answers = found.asked("practitioner") or (
        found.context.namesakes
        and found.asked(*_OFFERING, "date", "time", "date_time", "specialty")
        and len(found.chart.words) <= _SHORT
    )
    for kind, gender in (("that_woman", "female"), ("that_man", "male")):
        cues = found.said(kind)
        titles = [cue for cue in cues if any(_goes_with(cue, item) for item in several)]
        if (answers and cues and not found.mentions) or titles:
            found.entities["gender"] = gender
            if any(item.overlaps(cue) for item in found.relations for cue in cues):
                found.entities.pop("person", None)


def _goes_with(cue: Item, item: Item) -> bool:
    return cue.overlaps(item) or cue.end == item.start or item.end == cue.start


def _read_directly_after(found: Findings) -> None:
    """ "Right after that": no time of the day, nor merely later; "right after lunch" is one."""
    for cue in found.said("directly_after"):
        upon = [day for day in found.days if day.kind != "flexible"]
        others = [*upon, *found.said("in_a_row")]
        if any(cue.overlaps(item) or item.start == cue.end for item in others):
            continue
        found.entities["directly_after"] = True
        found.days = [day for day in found.days if not cue.overlaps(day)]


def within(found: Findings, places: tuple[int, int]) -> dict[str, Any]:
    """Return which of the relative words one of several wishes says: "cancel Tuesday's and book me
    with the other doctor on the same day"."""
    begin, end = places

    def says(*kinds: str) -> bool:
        return any(begin <= cue.start < end for cue in found.said(*kinds))

    cues = {"practitioner": ("other_practitioner", "other_of"), "date": ("other_date",)}
    told: dict[str, Any] = {
        "other": tuple(n for n in found.entities.get("other", ()) if says(*cues[n])),
        "same": tuple(n for n in found.entities.get("same", ()) if says(f"same_{n}")),
    }
    for name, kind in _LONE.items():
        if name in found.entities and says(kind):
            told[name] = found.entities[name]
    return {name: value for name, value in told.items() if value}


def _means_anyone(found: Findings) -> bool:
    """ "With anyone", and not "anyone there?"."""
    greetings = [item for item in found.phrases if item.value.intent in COURTESIES]
    return any(not any(cue.overlaps(item) for item in greetings) for cue in found.said("anyone"))


def _is_other(found: Findings, name: str) -> bool:
    """ "Someone else", out of the blue or where it is asked for whom, is rather a patient."""
    patients = found.chart.items("somebody_else") if found.asked(*_WHOM) else []
    # "Another" and "someone else", but not "another doctor", "do you have someone else".
    named = {(patient.start, patient.end) for patient in patients}
    offering = found.asked(*_OFFERING) or bool(found.context.offer)
    if name == "practitioner" and _is_other_of_field(found):
        return True
    announced = {cue.end for cue in found.said("for_person")}
    return any(
        (offering or not any(cue.overlaps(other) for other in found.relations))
        and cue.start not in announced
        and (cue.start, cue.end) not in named
        for cue in found.said(f"other_{name}")
    )


def _is_other_of_field(found: Findings) -> bool:
    """ "A different dentist": another of those whom the specialty is called by."""
    ends = {cue.end for cue in found.said("other_of")}
    return any(item.start in ends and item.value[1] == "name" for item in found.specialties)


def _read_together(found: Findings) -> None:
    """Who is to come, where it is more than one: "my two daughters", "my wife and I"."""
    persons: list[Person] = []
    for kind, person in _SEVERAL.items():
        for cue in found.said(kind)[:1]:
            persons = [person] * _counted(found, cue)
    if pairs := found.said("self_and_other", "two_others"):
        people = [item.value for item in found.relations if item.overlaps(pairs[0])]
        others = [person for person in people if person is not Person.SELF]
        with_writer = len(others) < len(people) or found.said("self_and_other")
        persons = [Person.SELF, *others[:1]] if with_writer else others[:2]
    in_a_row, at_once = found.said("in_a_row"), found.said("at_once")
    if len(persons) < 2 and not in_a_row:
        return
    facts: dict[str, Any] = {"together": max(2, len(persons))}
    if len(persons) > 1:
        facts |= {"persons": tuple(persons)}
    if at_once:  # "At the same time" as each other, not as another visit.
        facts["at_once"] = True
        found.entities["same"] = tuple(
            name for name in found.entities.get("same", ()) if name != "time"
        )
    _note(found, facts)


def _note(found: Findings, facts: dict[str, Any]) -> None:
    """Whoever is named by their number is no choice that must be asked back."""
    found.entities |= facts
    unclear = tuple(name for name in found.entities.get("ambiguous", ()) if name != "choice")
    found.entities["ambiguous"] = unclear
    if "persons" in facts:
        found.entities.pop("person", None)


def _counted(found: Findings, cue: Item) -> int:
    inside = (
        item.value
        for item in found.chart.items("number")
        if cue.start <= item.start and item.end <= cue.end
    )
    return min(MOST, max(2, next(inside, 2)))
