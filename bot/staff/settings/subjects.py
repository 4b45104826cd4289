"""What one page of the settings is about, and which pages somebody may open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.phrases import languages, own
from bot.staff.work import Work
from core.setup.changeable import (
    CHANGEABLE,
    OPENING_HOURS,
    PHRASE,
    PLACE_TEXTS,
    PREPARATION,
    REMINDERS,
    RULES,
    Group,
    Key,
    Scope,
    phrase_key,
)

QUIET_HOURS = "quiet_hours"
_QUIET = ("quiet_from_hour", "quiet_until_hour")
TEXTS = (*PLACE_TEXTS, PREPARATION)
EVERY = "*"  # Every kind of visit


@dataclass(frozen=True, slots=True)
class Subject:
    """`about`: the code of a visit type, or `EVERY`, or the name of a sentence; `language`: of a
    text or sentence, "": all of them."""

    name: str
    about: str = ""
    language: str = ""
    location_id: int | None = None

    @property
    def code(self) -> str:
        """Return what stands for it in buttons, and before the words that were asked for."""
        return f"{self.name}/{self.about}/{self.language}/{self.location_id or 0}"

    @property
    def is_text(self) -> bool:
        return self.name in TEXTS

    @property
    def group(self) -> Group:
        return Group.QUIET if self.name == QUIET_HOURS else CHANGEABLE[self.name].group

    @property
    def may_be_local(self) -> bool:
        """Tell whether a place may have its own instead of the clinic's."""
        return self.name in RULES and RULES[self.name].scope is Scope.EITHER

    @classmethod
    def parse(cls, code: str) -> "Subject | None":
        """Return what a code stands for, None if it is none."""
        parts = code.split("/")
        if len(parts) != 4 or not parts[3].isdigit():
            return None
        if parts[0] != QUIET_HOURS and parts[0] not in CHANGEABLE:
            return None
        return cls(parts[0], parts[1], parts[2], int(parts[3]) or None)


def keys_of(work: Work, subject: Subject) -> tuple[Key, ...]:
    """Return the settings that it is."""
    if subject.name == QUIET_HOURS:
        return tuple(Key(name) for name in _QUIET)
    if subject.name == PHRASE:
        return (phrase_key(subject.language, subject.about),)
    if subject.about == EVERY:
        kinds = work.clinic.directory.visit_types
        return tuple(Key(f"{subject.name}.{kind.code}") for kind in kinds)
    if subject.about:
        return (Key(f"{subject.name}.{subject.about}"),)
    return (Key(subject.name, subject.location_id),)


def may(work: Work, subject: Subject) -> bool:
    """Tell whether it lies within their role, and is there."""
    if subject.location_id is not None:
        is_local = subject.name in (OPENING_HOURS, *PLACE_TEXTS) or subject.may_be_local
        return is_local and not subject.about and subject.location_id in places(work)
    return work.sphere.everywhere and _is_there(work, subject)


def _is_there(work: Work, subject: Subject) -> bool:
    """Tell whether that is something of the whole clinic."""
    kinds = {kind.code for kind in work.clinic.directory.visit_types}
    if subject.name == PHRASE:
        is_talked = subject.language in languages()
        return is_talked and subject.about in own.changeable(subject.language)
    if subject.name in (REMINDERS, PREPARATION):
        return subject.about in kinds or (subject.about == EVERY and subject.name == REMINDERS)
    return subject.name == QUIET_HOURS or (subject.name in RULES and not subject.about)


def places(work: Work) -> list[int]:
    """Return the locations whose settings are theirs."""
    here = [place.key for place in work.clinic.directory.locations]
    return [key for key in here if work.sphere.everywhere or key in work.sphere.locations]


def groups(work: Work) -> list[Group]:
    """Return the groups in which there is something for them."""
    return [group for group in Group if group is Group.SENTENCES or any(subjects(work, group))]


def subjects(work: Work, group: Group) -> Iterator[Subject]:
    """Yield the pages of a group, without those of sentences, which are many."""
    for subject in _all(work, group):
        if may(work, subject):
            yield subject


def _all(work: Work, group: Group) -> Iterator[Subject]:
    here, kinds = places(work), work.clinic.directory.visit_types
    match group:
        case Group.HOURS:
            yield from (Subject(OPENING_HOURS, location_id=place) for place in here)
        case Group.TEXTS:
            for place in here:
                yield from (Subject(name, location_id=place) for name in PLACE_TEXTS)
            yield from (Subject(PREPARATION, kind.code) for kind in kinds)
        case Group.QUIET:
            yield Subject(QUIET_HOURS)
        case Group.REMINDERS:
            yield Subject(REMINDERS, EVERY)
            yield from (Subject(REMINDERS, kind.code) for kind in kinds)
    if group is not Group.QUIET:
        rules = (Subject(name) for name, rule in RULES.items() if rule.group is group)
        yield from (each for rule in rules for each in _of_reach(work, rule))


def _of_reach(work: Work, rule: Subject) -> Iterator[Subject]:
    """Whoever has a place only sees that place's own."""
    if work.sphere.everywhere:
        yield rule
    elif rule.may_be_local:
        yield from (replace(rule, location_id=place) for place in places(work))
