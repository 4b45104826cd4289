"""A visit that was just booked is somebody else's: "no wait, it's for my wife". It is put in her
name, in one step, once she is known and the patient has said yes."""

from bot.dialogue.commands import GiveVisitTo
from bot.dialogue.offers.alike import directly_after
from bot.dialogue.outcomes import VisitBooked
from bot.dialogue.people import naming
from bot.dialogue.people.mistakes import stands
from bot.dialogue.people.whom import identify, known_people, recognise
from bot.dialogue.state import SETTLED, Deed, DeedKind, Draft, Task
from bot.dialogue.turn import Heard, Option, Steps, Turn, say
from bot.dialogue.values import Visit
from bot.messages import Asked
from bot.understanding.values import Entities, Intent

# "One for my wife, too" is a wish to book; these say that it was meant otherwise.
CORRECTING = frozenset(
    {
        Intent.INFORM,
        Intent.NO,
        Intent.BACK,
        Intent.UNDO,
        Intent.REPEAT,
        Intent.WRONG_PERSON,
    }
)
WHOM = frozenset({"person", "name", "date_of_birth"})
ONE_MORE = Option("one_more", say("no_one_more"))
LEAVE = Option("as_it_is", say("no_as_it_is"))


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """Begin to put the visit in another name, if that is what a message says."""
    said, visit = heard.understanding.entities, _just_settled(turn)
    names = said.said()
    if turn.draft is not None or visit is None or not names <= WHOM:
        return False
    if said.person is None and (not said.name or naming.is_like(said.name, visit.patient_name)):
        return False
    if not (yield from _is_correction(heard.understanding.intent, said)):
        return False
    turn.draft = Draft(
        Task.BOOK,
        practitioner=visit.practitioner,
        location=visit.location,
        visit_type=visit.visit_type,
        in_place_of=visit,
    )
    naming.take(turn, said)
    return True


def _is_correction(intent: Intent, said: Entities) -> Steps[bool]:
    """ "No, stop, it's for my wife" may read like giving up hers, if we know of her."""
    if intent is not Intent.CANCEL or said.person is None:
        return intent in CORRECTING
    people = yield from known_people()
    return all(each.relation is not said.person for each in people)


def _just_settled(turn: Turn) -> Visit | None:
    """Return the one visit that was booked or moved last, if it is still to come."""
    done = turn.done
    if done is None or done.visit is None or done.kind not in SETTLED or len(turn.visits) != 1:
        return None
    return done.visit if done.visit.starts_at > turn.situation.now else None


def advance(turn: Turn, visit: Visit) -> Steps[None]:
    yield from recognise(turn)
    if not (yield from identify(turn)):
        return
    draft = turn.fill()
    if draft.patient == visit.patient:
        _leave(turn)
        return
    first, *_ = (draft.patient_name or "").split()
    yes = Option("yes", say("yes_in_name", name=first))
    words = {"visit": visit, "patient": draft.patient_name}
    turn.ask(Asked.YES_NO, "confirm_in_name", (yes, ONE_MORE, LEAVE), **words)


def accept(turn: Turn, visit: Visit) -> Steps[None]:
    draft = turn.fill()
    if draft.patient is None:
        yield from advance(turn, visit)
        return
    outcome = yield GiveVisitTo(visit, draft.patient)
    turn.draft = None
    if not isinstance(outcome, VisitBooked):
        turn.say("not_in_name", visit=visit)
        return
    turn.say("booked_pending" if outcome.needs_approval else "booked_in_name", visit=outcome.visit)
    turn.visits = (outcome.visit,)
    turn.done = Deed(DeedKind.GIVEN, outcome.visit, others=(visit,))
    stands(turn, outcome.visit)


def take_back(turn: Turn, deed: Deed) -> Steps[bool]:
    """The visit is again whose it was; False if that can't be."""
    (before,) = deed.others
    if deed.visit is None or before.patient is None:
        return False
    outcome = yield GiveVisitTo(deed.visit, before.patient)
    if not isinstance(outcome, VisitBooked):
        return False
    turn.say("undone_given", visit=outcome.visit)
    turn.visits = (outcome.visit,)
    return True


def choose(turn: Turn, kind: str) -> bool:
    """One visit more, directly beside that one; or all stays as it is. False: something else."""
    if kind == LEAVE.code:
        _leave(turn)
        return True
    if kind != ONE_MORE.code:
        return False
    visit = turn.fill().in_place_of
    if visit is not None:
        turn.fill(in_place_of=None, when=directly_after(turn, visit))
    return True


def _leave(turn: Turn) -> None:
    turn.draft = None
    turn.say("kept")
