"""Who is not whom we took them for, and who has died: everything else stops."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.dialogue.commands import Disown, ReportDeath
from bot.dialogue.outcomes import Disowned
from bot.dialogue.state import Deed, Draft, State
from bot.dialogue.turn import Event, Heard, Steps, Turn
from bot.dialogue.values import Visit
from bot.understanding.values import Entities, Intent

WHO = "who"  # The topic of "who is this?": a question, and perhaps a stranger's.


def wrong_person(turn: Turn, said: Entities) -> Steps[bool]:
    """ "Wrong number": nothing personal is said, and nothing of the talk so far is kept. False for
    a mere "who is this?" of somebody who is talking with us, or whom we took for nobody: then it
    only asks who we are."""
    asks = said.topic == WHO
    if asks and turn.draft is not None:
        return False
    outcome = yield Disown(surely=not asks)
    if not isinstance(outcome, Disowned):
        raise TypeError(f"expected a disowning, got {type(outcome).__name__}")
    if asks and not outcome.anybody:
        return False
    _drop_everything(turn)
    if asks:
        turn.say("who_we_are")
    turn.say("alerted_wrong_person")
    return True


def deceased(turn: Turn, said: Entities) -> Steps[None]:
    """One sentence of condolence; no question, and nothing that was begun goes on."""
    yield ReportDeath(said.person, turn.text)
    _drop_everything(turn)
    turn.say("alerted_deceased")


def unanswered(turn: Turn, event: Event) -> Steps[None]:
    """The same where somebody of the clinic answers, and not we."""
    if not isinstance(event, Heard):
        return
    said = event.understanding.entities
    if event.understanding.intent is Intent.DECEASED:
        yield ReportDeath(said.person, event.text)
    elif event.understanding.intent is Intent.WRONG_PERSON and said.topic != WHO:
        yield Disown()
        _drop_everything(turn)


def _drop_everything(turn: Turn) -> None:
    turn.draft = turn.done = None
    turn.noted = ()
    turn.aside = turn.wishes = ()
    turn.visits = ()
    turn.forget_question()


def only_of(state: State, patients: Collection[int]) -> State:
    """Return the state without what it remembers of people whom the address speaks for no more."""

    def ours(visits: Iterable[Visit]) -> tuple[Visit, ...]:
        return tuple(visit for visit in visits if visit.patient in patients)

    def holds(draft: Draft) -> bool:
        about = {draft.patient, draft.visit.patient if draft.visit else None} - {None}
        return about <= set(patients)

    if state.draft is not None and not holds(state.draft):
        state = replace(state, draft=None, question=None)
    if state.done is not None and not _whose(state.done) <= set(patients):
        state = replace(state, done=None)
    aside = tuple(draft for draft in state.aside if holds(draft))
    noted = tuple(each for each in state.noted if each.patient in patients)
    return replace(state, visits=ours(state.visits), aside=aside, noted=noted)


def _whose(done: Deed) -> set[int]:
    """Return the patients that what was done last is about."""
    visits = {visit.patient for visit in (done.visit, *done.others) if visit}
    return visits | ({done.wait.patient} if done.wait else set())


def mentions_people(state: State) -> bool:
    drafts = (*state.aside, *((state.draft,) if state.draft else ()))
    named = any(draft.patient is not None or draft.visit is not None for draft in drafts)
    return bool(named or state.visits or state.done or state.noted)
