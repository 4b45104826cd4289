"""Words that change a wish relative to what was offered: sooner, other days, another doctor."""

from dataclasses import replace
from datetime import datetime, time

from bot.dialogue.offers.pick import wall
from bot.dialogue.questions.facts import Language, People
from bot.dialogue.state import Draft
from bot.dialogue.turn import Turn
from bot.dialogue.when import DAY_FIELDS, TIME_FIELDS, When
from bot.understanding.values import Entities, Flexible

RELATIVE = frozenset({Flexible.SOONER, Flexible.LATER})


def is_refinement(said: Entities) -> bool:
    """Tell whether the words change what has been offered rather than refuse its times: "something
    later", "another day", "with Dr Okafor instead", "only for me", "I was born in 1984"."""
    concerns_who = said.practitioner or said.specialty or said.location or said.visit_type
    for_whom = said.person or said.together or said.name or said.date_of_birth
    return bool(
        said.flexible in RELATIVE
        or said.shift_minutes is not None
        or "time" in said.same
        or said.other
        or said.anyone
        or said.gender
        or said.speaks
        or said.not_practitioners
        or concerns_who
        or for_whom
    )


def refined(turn: Turn, when: When, said: Entities) -> When:
    """Return the wish with what the message says relative to the slots that were shown."""
    starts, names = _starts(turn), said.said()
    if not starts or names & DAY_FIELDS:
        return when
    if "date" in said.other and said.flexible not in RELATIVE:
        return when.on_other_days(start.date() for start in starts)
    if names & TIME_FIELDS:
        return when
    if not turn.fill().offer_is_exact and not any(when.admits(start.date()) for start in starts):
        when = when.without_days()
    if said.flexible is Flexible.SOONER:
        first = min(starts)
        if "date" not in said.other:
            return when.sooner(first)
        return replace(when.sooner(_at(first, time.min)), beside=first.date())
    if said.flexible is Flexible.LATER:
        last = max(starts)
        if "date" not in said.other:
            return when.later(last)
        return replace(when.later(_at(last, time(23, 59))), beside=last.date())
    return when


def _starts(turn: Turn) -> list[datetime]:
    """Return where the slots that were shown start, on the wall; else the visit to be moved."""
    draft = turn.fill()
    shown = draft.shown or ((draft.visit,) if draft.visit else ())
    return [wall(each, turn.situation) for each in shown]


def _at(start: datetime, hour: time) -> datetime:
    return datetime.combine(start.date(), hour, start.tzinfo)


def other_practitioner(turn: Turn, said: Entities) -> bool:
    """Take out of the wish those who are not wanted: "another doctor", "anyone but Dr Patel".
    False where nobody else is left; that has been said."""
    draft, directory = turn.fill(), turn.directory
    named = (directory.practitioner_named(name) for name in said.not_practitioners)
    unwanted = {person.key for person in named if person}
    if "practitioner" in said.other:
        unwanted |= {slot.practitioner for slot in draft.shown} or _with_whom(draft)
    specialty = draft.specialty or _specialty(turn, draft, unwanted)
    excluded = tuple(dict.fromkeys((*draft.not_practitioners, *sorted(unwanted))))
    others = [
        person
        for person in directory.practitioners
        if specialty in (None, *person.specialties) and person.key not in excluded
    ]
    if not others:
        _nobody_else(turn, unwanted)
        return False
    keeps = draft.practitioner if draft.practitioner not in unwanted else None
    turn.fill(
        practitioner=keeps,
        specialty=None if keeps else specialty,
        not_practitioners=excluded,
        slot=None,
        offer=(),
    )
    return True


def somebody_else(turn: Turn) -> bool:
    """ "Any other options?" about a slot with somebody whom the patient did not name: the same
    wish with somebody else; False where there is nobody else left to show."""
    draft = turn.fill()
    if draft.slot is None or draft.practitioner is not None or draft.visit is not None:
        return False
    excluded = (*draft.not_practitioners, draft.slot.practitioner)
    others = (
        person
        for person in turn.directory.practitioners
        if draft.specialty in (None, *person.specialties) and person.key not in excluded
    )
    if not any(others):
        turn.fill(not_practitioners=())
        return False
    turn.fill(not_practitioners=excluded, slot=None, offer=())
    return True


def of_gender(turn: Turn, gender: str) -> None:
    """Keep only a woman, or a man, of those who may be meant; where there is none, say so."""
    draft, directory = turn.fill(), turn.directory
    specialty = draft.specialty or _specialty(turn, draft, set())
    meant = [item for item in directory.practitioners if specialty in (None, *item.specialties)]
    others = tuple(item.key for item in meant if item.gender != gender)
    if len(others) == len(meant):
        turn.say("nobody_such", who=draft)
        return
    if draft.practitioner in others:
        draft = turn.fill(practitioner=None, specialty=specialty)
    turn.fill(not_practitioners=others, slot=None, offer=())


def of_language(turn: Turn, code: str) -> None:
    """Keep only those of them who speak that language; where nobody does, say so, and who else.

    What everybody here speaks is the clinic's own.
    """
    draft, directory = turn.fill(), turn.directory
    if code == directory.languages[0]:
        return
    specialty = draft.specialty or _specialty(turn, draft, set())
    speakers = tuple(item.key for item in directory.practitioners if code in item.languages)
    meant = [item for item in directory.practitioners if specialty in (None, *item.specialties)]
    others = tuple(item.key for item in meant if item.key not in speakers)
    if len(others) == len(meant):
        turn.say("nobody_there_speaks", who=draft, language=Language(code))
        if speakers:
            turn.say("speak", language=Language(code), people=People(speakers))
    elif specialty is None:
        turn.say("speak", language=Language(code), people=People(speakers))
        turn.fill(candidates=speakers, practitioner=speakers[0] if len(speakers) == 1 else None)
    else:
        keeps = draft.practitioner if draft.practitioner in speakers else None
        turn.fill(
            practitioner=keeps,
            specialty=None if keeps else specialty,
            not_practitioners=tuple(dict.fromkeys((*draft.not_practitioners, *others))),
            slot=draft.slot if keeps else None,
            offer=draft.offer if keeps else (),
        )


def _with_whom(draft: Draft) -> set[int]:
    visit = draft.visit.practitioner if draft.visit else None
    return {key for key in (draft.practitioner, visit) if key is not None}


def _specialty(turn: Turn, draft: Draft, unwanted: set[int]) -> str | None:
    """Return the specialty of those who are not wanted, since others of the same are."""
    for key in (draft.practitioner, *sorted(unwanted)):
        if key is not None and (codes := turn.directory.practitioner(key).specialties):
            return codes[0]
    return None


def _nobody_else(turn: Turn, unwanted: set[int]) -> None:
    if unwanted:
        turn.say("nobody_else", practitioner=min(unwanted))


def anyone(turn: Turn) -> None:
    """With whom does not matter: everybody of the specialty may be it."""
    draft = turn.fill(not_practitioners=())
    if draft.practitioner is None:
        return
    specialty = draft.specialty or _specialty(turn, draft, {draft.practitioner})
    turn.fill(practitioner=None, specialty=specialty, slot=None, offer=())
