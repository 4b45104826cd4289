"""From what was found to what it means: the wishes of a message, each with its own entities."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from bot.understanding import answers, postponing, refining, safety, topics, when
from bot.understanding.assembly import Assembly
from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.lexicon import MENTIONS, Phrase
from bot.understanding.practitioners import Mention
from bot.understanding.values import Entities, Flexible, Intent, Person, Understanding, Wish
from bot.understanding.verdict import Verdict, decide

_FIELDS = frozenset(item.name for item in fields(Entities))
# What is said of a visit, and not of a person.
_OF_A_VISIT = frozenset(
    {
        "practitioner",
        "candidates",
        "specialty",
        "location",
        "visit_type",
        "date",
        "date_from",
        "dates",
        "weekdays",
        "time",
        "time_from",
        "part_of_day",
        "flexible",
    }
)
_CHILDREN = {Person.CHILD, Person.DAUGHTER, Person.SON}
_OF_EACH = frozenset({"person", "visit_type", *refining.RELATIVE})
_OF_OFFER = frozenset({"date", "weekday", "time", "time_from", "time_to"})
_GENERAL = "general_practice"  # Whoever else fits a complaint is the better choice.


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several wishes takes of a message."""

    days: Sequence[Item]
    mentions: Sequence[Mention]
    specialties: Sequence[Item]
    relations: Sequence[Item]
    visit_types: Sequence[Item]
    within: tuple[int, int]  # From one word until just before another.


def understanding(found: Findings) -> Understanding:
    verdict = decide(found)
    first, *others = _shares(found, verdict)
    entities = _entities(found, first, verdict.intent, verdict.topic)
    unclear = (*found.entities.get("ambiguous", ()), *entities["ambiguous"])
    whole = found.entities
    if verdict.intent is Intent.CANCEL and found.said("ailing"):
        entities, whole = _without_reason(entities), _without_reason(whole)
    if others:  # For whom and for what is said of each wish for itself.
        whole = {name: value for name, value in whole.items() if name not in _OF_EACH}
        whole |= refining.within(found, first.within)
        entities |= _for_whom(first)
    entities |= {**whole, "ambiguous": tuple(dict.fromkeys(unclear))}
    entities |= _picked(found, entities)
    if _repeats_offer(found, entities):
        entities = {name: value for name, value in entities.items() if name not in _OF_OFFER}
    also = tuple(
        Wish(
            item.value.intent,
            _built(_of_one(found, share, item.value)),
        )
        for item, share in zip(verdict.also, others, strict=True)
    )
    if verdict.intent is Intent.REGISTER and not _OF_A_VISIT.isdisjoint(entities):
        # "I'm a new patient: could Dr Patel see me on Tuesday?"
        verdict = replace(verdict, intent=Intent.BOOK)
    if found.danger is None:
        return Understanding(
            verdict.intent, verdict.confidence, _built(entities), found.words.code, also
        )
    if verdict.intent not in (Intent.OUT_OF_SCOPE, Intent.INFORM):
        also = (Wish(verdict.intent, _built(entities)), *also)
    entities |= {"kind": found.danger, **safety.particulars(found.chart, found.words)}
    return Understanding(Intent.EMERGENCY, 0.95, _built(entities), found.words.code, also)


def _of_one(found: Findings, share: Share, phrase: Phrase) -> dict[str, Any]:
    """Return what one of several wishes says."""
    said = _entities(found, share, phrase.intent, phrase.topic)
    return said | _for_whom(share) | refining.within(found, share.within)


def _without_reason(said: dict[str, Any]) -> dict[str, Any]:
    """ "Can't make it, my son is sick": neither whose visit it is nor what it is for."""
    return {name: value for name, value in said.items() if name not in ("person", "specialty")}


def _repeats_offer(found: Findings, entities: dict[str, Any]) -> bool:
    """ "4 pm? Anything later?": the time is what was offered, and what is not wanted."""
    relative = entities.get("flexible") in (Flexible.SOONER, Flexible.LATER)
    offered = {slot.starts_at.time() for slot in found.context.offer}
    return relative and entities.get("time") in offered


def _built(entities: dict[str, Any]) -> Entities:
    return Entities(**{name: value for name, value in entities.items() if name in _FIELDS})


def _shares(found: Findings, verdict: Verdict) -> list[Share]:
    """Share what was found out among the wishes: each takes what follows its words."""
    starts = sorted(item.start for item in verdict.also)
    bounds = [0, *starts, len(found.chart.words)]

    def owner(place: int) -> int:
        return sum(place >= start for start in starts)

    return [
        Share(
            [item for item in found.days if owner(item.start) == index],
            [mention for mention in found.mentions if owner(mention.start) == index],
            [item for item in found.specialties if owner(item.start) == index],
            [item for item in found.relations if owner(item.start) == index],
            [item for item in found.visit_types if owner(item.start) == index],
            (bounds[index], bounds[index + 1]),
        )
        for index in range(len(starts) + 1)
    ]


def _entities(found: Findings, share: Share, intent: Intent, topic: str | None) -> dict[str, Any]:
    """Return what one wish says: when, with whom, for what."""
    parts = (
        _when(found, share.days, intent),
        _practitioner(found, share.mentions),
        _specialty(found, share.specialties),
        _topic(found, share, intent, topic),
    )
    unclear = [name for part in parts for name in part.get("ambiguous", ())]
    entities = {name: value for part in parts for name, value in part.items()}
    return {**entities, "ambiguous": tuple(dict.fromkeys(unclear))}


def _topic(found: Findings, share: Share, intent: Intent, topic: str | None) -> dict[str, Any]:
    """Return what is asked about; of languages also which one."""
    if intent not in (Intent.ASK, Intent.AVAILABILITY):
        return {"topic": topic} if topic else {}
    told = topics.refined(found, share.within, intent, topic)
    asked = [item.value for item in found.chart.items("language")] if told == "languages" else []
    return ({"topic": told} if told else {}) | ({"language": asked[-1]} if asked else {})


def _for_whom(share: Share) -> dict[str, Any]:
    """Return the person and the kind of visit that one of several wishes names."""
    people = [item.value for item in share.relations]
    others = [person for person in people if person is not Person.SELF]
    kinds = [item.value for item in share.visit_types]
    return {
        **({"person": (others or people)[-1]} if people else {}),
        **({"visit_type": kinds[-1]} if kinds else {}),
    }


def _when(found: Findings, days: Sequence[Item], intent: Intent) -> dict[str, Any]:
    listing = {cue.start for cue in found.said("either")}
    listing |= {place for place, token in enumerate(found.chart.tokens) if "," in token.stop}
    assembly = Assembly(found.at, found.day_cues, frozenset(listing))
    if intent is Intent.RESCHEDULE:
        if (turn := postponing.turn(found)) is not None:
            return assembly.put_off(days, turn)
        assembly.after_visit = frozenset(cue.end for cue in found.said("of_visit"))
        return assembly.moved(days, found.chart)
    if "time" in found.entities.get("same", ()):
        return assembly.counted(days)  # "The day after, at the same time."
    if intent is Intent.CANCEL:  # "I can't come on Tuesday" names the visit, not a day to avoid.
        alone = sum(item.kind in when.DAYS for item in days) == 1
        absent = found.said("absence", *(("away", "dropping") if alone else ()))
        assembly.cues = replace(
            found.day_cues,
            excepting=found.day_cues.excepting - {cue.end for cue in absent},
            refused=found.day_cues.refused - {cue.start for cue in absent},
        )
    return assembly.entities(days)


def _practitioner(found: Findings, mentions: Sequence[Mention]) -> dict[str, Any]:
    """Return the practitioner that mentions name, or who it may be.

    "Dr Chen or Dr Kim" must be asked back; after "no, Dr Kim" only the last counts.
    """
    refusals = {cue.start for cue in found.said("refusal")}
    excepting = {
        cue.end for cue in found.said("not") if not when.refuses(found.chart, cue, refusals)
    }
    correcting = {cue.start for cue in found.said("correction")}
    wanted: list[Mention] = []
    unwanted: list[str] = []
    for mention in mentions:
        if mention.start in excepting:
            unwanted += mention.names
            continue
        if wanted and any(wanted[-1].end <= place < mention.start for place in correcting):
            wanted.clear()
        wanted.append(mention)
    entities: dict[str, Any] = {}
    names = list(dict.fromkeys(name for mention in wanted for name in mention.names))
    common = set(names).intersection(*(set(mention.names) for mention in wanted))
    if len(common) == 1:
        entities["practitioner"] = common.pop()
    elif names:
        entities |= {"candidates": tuple(names), "ambiguous": ("practitioner",)}
    if unwanted:
        entities["not_practitioners"] = tuple(dict.fromkeys(unwanted))
    return entities


def _specialty(found: Findings, items: Sequence[Item]) -> dict[str, Any]:
    """Return the specialty meant: by name before a complaint, a complaint before its place."""
    for how in MENTIONS:
        meant = [item.value[0] for item in items if item.value[1] == how]
        codes = list(dict.fromkeys(_for_child(found, code, how) for code in meant if code))
        if len(codes) > 1 and how != "name" and _GENERAL in codes:
            codes.remove(_GENERAL)
        if len(codes) == 1:
            return {"specialty": codes[0]}
        if meant:
            return {"ambiguous": ("specialty",)}
    return {}


def _for_child(found: Findings, code: str, how: str) -> str:
    """A child's fever goes to who sees children, if the clinic has them."""
    if how == "name" or not _CHILDREN & {item.value for item in found.relations}:
        return code
    fields_here = (f for f in found.words.fields.values() if f.code in found.clinic.codes)
    return next((f.code for f in fields_here if code in f.for_children), code)


def _picked(found: Findings, entities: dict[str, Any]) -> dict[str, Any]:
    """Return the choice that a said time makes, when exactly one slot on offer begins then."""
    context = found.context
    if "choice" in entities or "time" not in entities or "date" in entities:
        return {}
    if context.asked not in (None, "slot", "choice", "yes_no") or len(context.offer) < 2:
        return {}
    return answers.by_time(entities["time"], context)
