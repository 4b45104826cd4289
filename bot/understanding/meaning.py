"""From what was found to what it means: the wishes of a message, each with its own entities."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from bot.understanding import answers, when
from bot.understanding.assembly import Assembly
from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.lexicon import MENTIONS
from bot.understanding.practitioners import Mention
from bot.understanding.values import Entities, Intent, Person, Understanding, Wish
from bot.understanding.verdict import Verdict, decide

_FIELDS = frozenset(item.name for item in fields(Entities))
_CHILDREN = {Person.CHILD, Person.DAUGHTER, Person.SON}
_GENERAL = "general_practice"  # Whoever else fits a complaint is the better choice.


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several wishes takes of a message."""

    days: Sequence[Item]
    mentions: Sequence[Mention]
    specialties: Sequence[Item]


def understanding(found: Findings) -> Understanding:
    verdict = decide(found)
    first, *others = _shares(found, verdict)
    entities = _entities(found, first, verdict.intent, verdict.topic)
    unclear = (*found.entities.get("ambiguous", ()), *entities["ambiguous"])
    entities |= {**found.entities, "ambiguous": tuple(dict.fromkeys(unclear))}
    entities |= _picked(found, entities)
    also = tuple(
        Wish(
            item.value.intent,
            _built(_entities(found, share, item.value.intent, item.value.topic)),
        )
        for item, share in zip(verdict.also, others, strict=True)
    )
    if found.danger is None:
        return Understanding(
            verdict.intent, verdict.confidence, _built(entities), found.words.code, also
        )
    if verdict.intent not in (Intent.OUT_OF_SCOPE, Intent.INFORM):
        also = (Wish(verdict.intent), *also)
    entities["kind"] = found.danger
    return Understanding(Intent.EMERGENCY, 0.95, _built(entities), found.words.code, also)


def _built(entities: dict[str, Any]) -> Entities:
    return Entities(**{name: value for name, value in entities.items() if name in _FIELDS})


def _shares(found: Findings, verdict: Verdict) -> list[Share]:
    """Share what was found out among the wishes: each takes what follows its words."""
    starts = sorted(item.start for item in verdict.also)

    def owner(place: int) -> int:
        return sum(place >= start for start in starts)

    return [
        Share(
            [item for item in found.days if owner(item.start) == index],
            [mention for mention in found.mentions if owner(mention.start) == index],
            [item for item in found.specialties if owner(item.start) == index],
        )
        for index in range(len(starts) + 1)
    ]


def _entities(found: Findings, share: Share, intent: Intent, topic: str | None) -> dict[str, Any]:
    """Return what one wish says: when, with whom, for what."""
    parts = (
        _when(found, share.days, intent),
        _practitioner(found, share.mentions),
        _specialty(found, share.specialties),
        {"topic": topic} if topic else {},
    )
    unclear = [name for part in parts for name in part.get("ambiguous", ())]
    entities = {name: value for part in parts for name, value in part.items()}
    return {**entities, "ambiguous": tuple(dict.fromkeys(unclear))}


def _when(found: Findings, days: Sequence[Item], intent: Intent) -> dict[str, Any]:
    listing = {cue.start for cue in found.said("either")}
    listing |= {place for place, token in enumerate(found.chart.tokens) if "," in token.stop}
    assembly = Assembly(found.at, found.day_cues, frozenset(listing))
    if intent is Intent.RESCHEDULE:
        assembly.after_visit = frozenset(cue.end for cue in found.said("of_visit"))
        return assembly.moved(days, found.chart)
    if intent is Intent.CANCEL:  # "I can't come on Tuesday" names the visit, not a day to avoid.
        alone = sum(item.kind in when.DAYS for item in days) == 1
        absent = found.said("absence", "dropping") if alone else found.said("absence")
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
