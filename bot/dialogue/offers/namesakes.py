"""Several practitioners fit what was said, "Dr Patel" among two: one of them is asked for until
one is chosen, and who was not chosen stays in mind, for "no, the other one"."""

from collections.abc import Iterable

from bot.dialogue.state import Draft
from bot.dialogue.turn import Option, Turn, say
from bot.directory import Practitioner
from bot.messages import Asked
from bot.understanding.values import Entities, Flexible


def note(turn: Turn, said: Entities) -> None:
    """Several were named: narrow them by what else is said of them, and keep those."""
    named = [turn.directory.practitioner_named(name) for name in said.candidates]
    meant = _narrowed([person for person in named if person], said)
    turn.fill(candidates=_keys(meant))
    _take(turn, meant)


def is_open(draft: Draft) -> bool:
    """One of them must be chosen yet."""
    return bool(draft.candidates) and draft.practitioner is None and draft.specialty is None


def ask_which(turn: Turn) -> bool:
    """Ask which of them is meant, if that is open; tells whether it was asked."""
    draft = turn.fill()
    if not is_open(draft):
        return False
    options = tuple(
        Option(f"practitioner:{key}", say("practitioner_label", practitioner=key))
        for key in draft.candidates
    )
    turn.ask(Asked.PRACTITIONER, "ask_which_practitioner", options)
    return True


def choose(turn: Turn, said: Entities) -> bool:
    """ "The woman", "the other one", "either": words that choose among them without a name. Tells
    whether they did; while it is open who it is they can mean nobody else."""
    draft = turn.fill()
    people = [p for p in turn.directory.practitioners if p.key in draft.candidates]
    if len(people) < 2 or said.practitioner:
        return False
    if is_open(draft) and (said.anyone or said.flexible is Flexible.ANY):
        _any_of(turn, people)
        return True
    is_other = "practitioner" in said.other
    if not (said.gender or said.speaks or is_other):
        return False
    if is_other:
        now: list[int | None] = [slot.practitioner for slot in draft.shown]
        now = now or [draft.practitioner]
        people = [person for person in people if person.key not in now]
    meant = _narrowed(people, said)
    if len(meant) == 1:
        _take(turn, meant)
    return len(meant) == 1 or (is_open(draft) and not said.speaks)


def _narrowed(people: list[Practitioner], said: Entities) -> list[Practitioner]:
    """Return those of whom what is said is true, as far as it is true of any; of one whose gender
    the clinic has not told it may be."""
    if said.specialty:
        people = [p for p in people if said.specialty in p.specialties] or people
    if said.speaks:
        people = [p for p in people if said.speaks in p.languages] or people
    if said.gender:
        maybe = [p for p in people if p.gender in (None, said.gender)]
        people = [p for p in people if p.gender == said.gender] or maybe or people
    return people


def _take(turn: Turn, meant: list[Practitioner]) -> None:
    """One is chosen; of several that must be asked. Slots of somebody else are no answer."""
    chosen = meant[0].key if len(meant) == 1 else None
    turn.fill(practitioner=chosen, specialty=None, not_practitioners=(), slot=None, offer=())


def _any_of(turn: Turn, people: list[Practitioner]) -> None:
    """Whoever of them is free, where they do the same; else the first of them."""
    common = set(people[0].specialties).intersection(*(p.specialties for p in people))
    if not common:
        _take(turn, people[:1])
        return
    keys, [specialty, *_] = _keys(people), sorted(common)
    others = tuple(p.key for p in turn.directory.practitioners if p.key not in keys)
    turn.fill(practitioner=None, specialty=specialty, not_practitioners=others, slot=None, offer=())


def _keys(people: Iterable[Practitioner]) -> tuple[int, ...]:
    return tuple(person.key for person in people)
