"""As it was last time: "my usual doctor", "same as last time", "same time as last time"."""

from dataclasses import replace

from bot.dialogue.commands import FindTerms, FindUsual
from bot.dialogue.offers.pick import minute_of
from bot.dialogue.outcomes import TermsFound, UsualFound
from bot.dialogue.turn import Steps, Turn
from bot.messages import Asked
from bot.understanding.values import Entities, Intent, Person

WHO, HOUR = "practitioner", "time"
ASKED = "ask_when_usual"


def names(said: Entities, *, knows_time: bool) -> tuple[str, ...]:
    """Return what is to be as it was last time. "The same time" as something in view, or just
    booked, is no matter of last time, unless the words say so."""
    who = said.usual or "practitioner" in said.same
    hour = "time" in said.same and bool(said.usual or not knows_time)
    return (*((WHO,) if who else ()), *((HOUR,) if hour else ()))


def as_last_time(turn: Turn) -> Steps[None]:
    """Write into the draft what the last visit was like; what was said otherwise stays. Where there
    was none, or none that may be spoken of, say so: what is missing is then asked for."""
    draft = turn.fill()
    wanted = [name for name in draft.usual if name != WHO or draft.practitioner is None]
    draft = turn.fill(usual=())
    if not wanted:
        return
    found = yield FindUsual(draft.patient, draft.specialty)
    if not isinstance(found, UsualFound):
        raise TypeError(f"expected the usual, got {type(found).__name__}")
    last = found.last
    if last is None:
        turn.say("no_last_visit")
        return
    if WHO in wanted:
        draft = turn.fill(
            practitioner=last.practitioner,
            specialty=None,
            visit_type=draft.visit_type or last.visit_type,
            location=draft.location or _place(turn, last.practitioner, last.location),
        )
    if HOUR in wanted:
        turn.fill(when=replace(draft.when, minute=minute_of(last, turn.situation)))


def their_own(turn: Turn) -> Steps[bool]:
    """Somebody known begins without saying whom they would like to see: write in whom they saw
    last, as long as that is no secret. The patient hears it, and may say otherwise."""
    draft = turn.fill()
    begun = turn.before.draft is not None and turn.before.draft.task is draft.task
    chosen = draft.not_practitioners or draft.together > 1
    if begun or chosen or draft.patient is None:
        return False
    found = yield FindUsual(draft.patient, unasked=True)
    last = found.last if isinstance(found, UsualFound) else None
    people = {person.key for person in turn.directory.practitioners}
    if last is None or last.practitioner not in people:
        return False
    if draft.visit_type not in (None, last.visit_type):
        terms = yield FindTerms((last.practitioner,), (draft.visit_type or last.visit_type,))
        if not (isinstance(terms, TermsFound) and terms.terms):
            return False
    draft = turn.fill(practitioner=last.practitioner)
    if draft.when.names_day:
        turn.say("usual_first", who=draft)
    else:
        asked = Asked.DATE_TIME if draft.when.minute is None else Asked.DATE
        turn.ask(asked, ASKED, who=draft)
    return True


def is_refused(turn: Turn, intent: Intent, said: Entities) -> bool:
    """ "No", "quelqu'un d'autre", to "with Dr Okafor again?": of whom to see, not of who comes."""
    question, names = turn.before.question, said.said()
    if question is None or question.key != ASKED:
        return False
    is_other = said.person is Person.OTHER and names == {"person"}
    if not (is_other or (intent is Intent.NO and not names)):
        return False
    turn.fill(practitioner=None)
    return True


def _place(turn: Turn, practitioner: int, location: int) -> int | None:
    """The place where they met counts only as long as the practitioner is there."""
    people = {person.key: person for person in turn.directory.practitioners}
    return (
        location if practitioner in people and location in people[practitioner].locations else None
    )
