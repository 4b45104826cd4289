"""Whom and what a message names: numbers, practitioners, places, birth dates, the patient."""

from collections.abc import Iterable

from bot.understanding import births, clinic, phones
from bot.understanding.chart import Item, longest
from bot.understanding.findings import Findings
from bot.understanding.names import Names
from bot.understanding.practitioners import Mention, Practitioners
from bot.understanding.text import words_of
from bot.understanding.values import Person

# Questions that show or name a practitioner.
_OFFERING = ("slot", "yes_no", "practitioner")
# Where nobody is asked for: whoever writes a name says for whom the visit is.
_OF_A_TIME = ("slot", "date", "date_time", "time", "yes_no")
# Where a name that nothing announces is rather a doctor's or a place's.
_OTHERS_NAMED = ("practitioner", "location", "specialty", "visit_type", "choice", "reason", "text")


def read_phone(found: Findings) -> None:
    phone = phones.phone_of(
        found.text,
        found.chart.tokens,
        found.context.directory.country,
        asked=found.asked("phone"),
        birth_asked=found.asked("name", "date_of_birth"),
    )
    if phone and not found.asked("code"):
        found.entities["phone"] = phone.value
        found.names.append(phone)


def read_practitioners(found: Findings) -> None:
    """Find practitioners, but not in the patient's own name: "I'm Sarah Johnson"."""
    finder = Practitioners(
        found.chart,
        found.clinic,
        found.words,
        found.cues,
        expected=found.asked("practitioner"),
        namesakes=found.context.namesakes,
    )
    for mention in finder.mentions():
        if not found.in_hand and any(cue.start == mention.end for cue in found.said("praise")):
            found.names.append(mention.item())
            continue
        titled = found.chart.words[mention.start] in found.words.titles
        if titled or not _is_patients_own(mention, found):
            found.mentions.append(mention)
            found.chart.add(mention.item())
            found.names.append(mention.item())


def _is_patients_own(mention: Mention, found: Findings) -> bool:
    corrects = found.said("correction", "refusal")[:1]
    if corrects and not set(mention.names) - set(found.context.namesakes):
        return False  # "Actually Rohan", of the two who were asked about.
    if found.asked("name"):
        return all(cue.end != mention.start for cue in found.said("beside"))
    if found.asked(*_OFFERING) and any(cue.start == 0 for cue in found.said("refusal")):
        return False  # "No, it's Dr Chen", of a slot with another one.
    others = found.said("others_name")
    announcing = [
        cue
        for cue in found.said("name", "self")
        if not any(cue.overlaps(other) for other in others)
    ]
    if any(0 <= mention.start - cue.end <= 2 for cue in announcing):
        return True
    if any(cue.end == mention.start for cue in found.said("beside")):
        return False  # "Mum's with Okafor".
    people = [item for item in found.chart.items("person") if item.value is not Person.SELF]
    return any(0 <= mention.start - item.end <= 1 for item in people)


def read_clinic_words(found: Findings) -> None:
    specialties = clinic.specialties(found.chart, found.clinic, found.words)
    moved = found.said("moved_back")
    found.specialties = longest(
        item for item in specialties if not found.is_taken(item) and not _is_direction(item, moved)
    )
    places = longest(clinic.places(found.chart, found.clinic))
    for item in (*found.specialties, *places):
        found.chart.add(item)
    names = list(dict.fromkeys(item.value for item in places))
    if len(names) == 1:
        found.entities["location"] = names[0]
    elif names:
        found.unclear("location")
    visits = longest(clinic.visit_types(found.chart, found.clinic, found.words))
    found.visit_types = visits
    if visits:
        found.entities["visit_type"] = visits[-1].value


def _is_direction(item: Item, moved: Iterable[Item]) -> bool:
    """ "Push it back" is no pain in the back; "move my back appointment" is about one."""
    return item.length == 1 and any(item.end == cue.end for cue in moved)


def read_identity(found: Findings) -> None:
    birth = _read_birth(found)
    fields = [item for item in found.specialties if item.value[1] == "name"]
    people = (
        item
        for item in found.chart.items("person")
        if not found.is_taken(item)
        and not any(item.overlaps(other) and item.end < other.end for other in fields)
        and not any(item.overlaps(cue) for cue in found.said("childhood"))
    )
    found.relations = longest(people)
    names = Names(
        found.chart,
        found.words,
        found.text,
        found.names,
        found.cues,
        not_names=found.clinic.own_words,
        people=frozenset(words[0] for name in found.context.people if (words := words_of(name))),
    )
    for cue in found.said("stranger"):  # "I'm not Maria", "there's no Pete here".
        if other := names.after(cue):
            found.chart.add(Item("stranger", other.start, other.end, other.value))
    name = names.announced() or names.of_person(found.relations)
    if name is None and (found.asked("name") or _is_born(found)):
        days = found.chart.items("day", "stretch", "clock", "part", "weekdays")
        name = names.answered(days, birth)
    if name is None:
        name = names.standing_alone(
            birth,
            anywhere=not found.asked(*_OTHERS_NAMED),
            all_of_it=found.asked(*_OF_A_TIME),
        )
    if name:
        found.entities["name"] = name.value
        found.names.append(name)
    _read_person(found)


def _is_born(found: Findings) -> bool:
    """A name may stand beside the birth date that was asked for."""
    return found.asked("date_of_birth", "person") and "date_of_birth" in found.entities


def _read_birth(found: Findings) -> Item | None:
    birth = births.birth_of(found.chart, found.at, found.birth, found.said("age"))
    if birth is None:
        if found.birth.announced:
            found.unclear("date_of_birth")  # "The birth date is wrong."
        return None
    found.names.append(birth.item)
    if birth.day is None:
        found.unclear("date_of_birth")
    else:
        found.entities["date_of_birth"] = birth.day
    return birth.item


def _read_person(found: Findings) -> None:
    """ "My mom says I need it for myself": the one announced by "for" counts, else another one."""
    people = [item.value for item in found.relations]
    ends = {cue.start for cue in found.said("for_person")}
    announced = [item.value for item in found.relations if item.start in ends]
    others = [value for value in people if value is not Person.SELF]
    if people:
        found.entities["person"] = (announced or others or people)[-1]
    elif found.asked("person") and found.chart.items("myself") and len(found.chart.words) <= 4:
        found.entities["person"] = Person.SELF
    elif found.asked("person") and found.chart.items("somebody_else"):
        found.entities["person"] = Person.OTHER
