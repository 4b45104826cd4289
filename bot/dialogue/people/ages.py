"""Who sees patients of which age: an adult who wants the children's doctor hears whom instead."""

from bot.dialogue.people.whom import CHILDREN, age_of
from bot.dialogue.state import Draft
from bot.dialogue.turn import Option, Turn, say
from bot.directory import Directory, Practitioner, Specialty
from bot.messages import Asked
from bot.understanding.values import Person

FOR_CHILD = Option("for:child", say("for_a_child"))
FOR_ME = Option("for:self", say("for_me"))


def suits(turn: Turn) -> bool:
    """Tell whether the draft may go on with whom it names, as far as ages go; if not, whoever it is
    for has been asked, or hears whom instead."""
    draft = turn.fill()
    wanted = _wanted(draft, turn.directory)
    if not wanted or draft.patient is not None or draft.together > 1:
        return True  # Of a patient who is known the clinic judges.
    if draft.date_of_birth is not None:
        years = age_of(draft.date_of_birth, turn.situation.today)
        if any(_sees(item, years) for item in wanted):
            return True
        offer_others(turn, years)
        return False
    if not _is_for_children(wanted, turn.situation.majority) or draft.person in CHILDREN:
        return True
    if draft.person is None and draft.name is None:
        turn.ask(Asked.PERSON, "ask_for_child", (FOR_CHILD, FOR_ME), who=draft)
        return False
    if draft.person in (Person.SELF, Person.PARENT, Person.PARTNER):
        turn.ask(Asked.DATE_OF_BIRTH, "ask_birth_date_for_age", who=draft, count=_oldest(wanted))
        return False
    return True


def take_answer(turn: Turn, value: str) -> None:
    """ "For you or for a child?" """
    turn.fill(person=Person(value), patient=None, patient_name=None, name=None, date_of_birth=None)


def offer_others(turn: Turn, years: int | None = None) -> None:
    """Say which ages they see, and who sees others; for a child they may be right all the same."""
    draft = turn.fill(slot=None, offer=())
    wanted = _wanted(draft, turn.directory)
    oldest, youngest = _oldest(wanted), _youngest(wanted)
    if oldest is not None:
        turn.say("sees_until_age", who=draft, count=oldest)
    else:
        turn.say("sees_from_age", who=draft, count=youngest)
    options = tuple(
        Option(f"practitioner:{person.key}", say("practitioner_label", practitioner=person.key))
        for person in _others(turn, wanted, years)
    )
    unsaid = draft.person in (None, Person.SELF)
    if unsaid and _is_for_children(wanted, turn.situation.majority):
        options = (*options[: turn.situation.offers - 1], FOR_CHILD)
    turn.ask(Asked.PRACTITIONER, "see_instead", options[: max(turn.situation.offers, 2)])


def _wanted(draft: Draft, directory: Directory) -> tuple[Specialty, ...]:
    """Return the specialties of whoever is wanted; none where some of them is for every age."""
    codes: tuple[str, ...] = (draft.specialty,) if draft.specialty else ()
    if draft.practitioner is not None:
        codes = directory.practitioner(draft.practitioner).specialties
    found = tuple(item for item in map(directory.specialty, codes) if item)
    return found if all(_has_ages(item) for item in found) else ()


def _others(turn: Turn, wanted: tuple[Specialty, ...], years: int | None) -> list[Practitioner]:
    """Return the practitioners of the first specialty that is for everybody else; the clinic lists
    its general practice first."""
    directory = turn.directory
    for item in directory.specialties:
        fits = _sees(item, years) if years is not None else not _has_ages(item)
        people = [person for person in directory.practitioners if item.code in person.specialties]
        if item not in wanted and fits and people:
            return people
    return []


def _has_ages(item: Specialty) -> bool:
    return item.age_from is not None or item.age_until is not None


def _sees(item: Specialty, years: int) -> bool:
    return (item.age_from or 0) <= years and (item.age_until is None or years <= item.age_until)


def _is_for_children(wanted: tuple[Specialty, ...], majority: int) -> bool:
    return all(item.age_until is not None and item.age_until < majority for item in wanted)


def _oldest(wanted: tuple[Specialty, ...]) -> int | None:
    ends = [item.age_until for item in wanted if item.age_until is not None]
    return max(ends) if ends and len(ends) == len(wanted) else None


def _youngest(wanted: tuple[Specialty, ...]) -> int:
    return min((item.age_from or 0 for item in wanted), default=0)
