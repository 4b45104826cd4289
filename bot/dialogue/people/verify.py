"""The task of proving who somebody is: by a code sent to where they are proved already, or by the
number that their messenger vouches for.

It is offered, once, where only who is proved gets what was wanted. What is asked and what is said
is the same whether or not there is a record, and somewhere to send a code to.
"""

import re
from dataclasses import replace

from bot.dialogue.commands import ProveByContact, SendCode, TryCode
from bot.dialogue.outcomes import Refused, Tried
from bot.dialogue.people import naming
from bot.dialogue.people.whom import claimed, fitting_people, known_people
from bot.dialogue.procedure import Procedure
from bot.dialogue.state import MOST_ASIDE, Draft, Proving, Task
from bot.dialogue.turn import Heard, Option, Shared, Steps, Turn, say
from bot.dialogue.values import Claimed, KnownPerson, Proof
from bot.messages import Asked, ChoiceKind
from bot.understanding.values import Entities, Intent, Wish

CODE = Option("code", say("yes_code"))
BOOK = Option("book", say("menu_book"))  # Nothing was found to be moved.
SKIP = Option("skip", say("no_thanks"))
CONTACT = Option("contact", say("share_contact"), ChoiceKind.CONTACT)
DIGITS = re.compile(r"(?<!\d)\d{6}(?!\d)", re.ASCII)
GAPS = re.compile(r"(?<=\d)[\s.-]+(?=\d)", re.ASCII)
ONLY_DIGITS = re.compile(r"\D{0,3}\d[\d\s.-]*", re.ASCII)
WISHES_TO_BOOK = frozenset({Intent.BOOK, Intent.AVAILABILITY})
# What is wanted instead of what was offered.
OTHER_TASKS = frozenset(
    {
        Intent.CANCEL,
        Intent.RESCHEDULE,
        Intent.CONFIRM,
        Intent.WAITLIST,
        Intent.REGISTER,
        Intent.LATE,
        Intent.ARRIVED,
    }
)
BOOKS = WISHES_TO_BOOK | {Intent.INFORM, Intent.YES}
OF_A_PERSON = frozenset({"name", "date_of_birth", "person", "phone", "choice", "candidates"})
NAMES = frozenset({"name", "date_of_birth"})
RATHER = frozenset({Intent.NO, Intent.BOOK})
DECLINES = frozenset({Intent.NO, Intent.SKIP})


def begin(turn: Turn, _: Entities) -> Steps[None]:
    """They ask for it themselves."""
    people = yield from known_people()
    if people and all(person.is_proved for person in people):
        turn.draft = None
        turn.say("proved_already")
        return
    yield from _send(turn)


def offer(turn: Turn, goal: Wish | None = None, key: str = "") -> Steps[bool]:
    """Say why (`key`), and offer to prove who they are, if that would help and was not offered
    before; False if not. `goal`: what is done once it is proved."""
    if turn.proof_offered or not (yield from _would_help()):
        return False
    turn.proof_offered = True
    turn.draft = Draft(Task.VERIFY, proving=Proving.OFFERED, goal=goal)
    if key:
        turn.say(key)
    _ask_whether(turn)
    return True


def offer_for_more(turn: Turn) -> Steps[bool]:
    """The same for somebody who may book no more visits as long as they have only said who they
    are; what they were booking waits."""
    booking = turn.fill()
    if booking.patient is None:
        return False
    goal = Wish(Intent.BOOK)
    offered = yield from offer(turn, goal, "refused_too_many_visits")
    if offered:
        turn.fill(patient=booking.patient)
        turn.aside = (*turn.aside, booking)[-MOST_ASIDE:]
    return offered


def _would_help() -> Steps[bool]:
    """Of strangers nothing is known; those who are known may all be proved."""
    people = yield from known_people()
    return not people or not all(person.is_proved for person in people)


def advance(turn: Turn) -> Steps[None]:
    draft = turn.fill()
    if draft.proving is Proving.OFFERED:
        _ask_whether(turn)
    elif draft.proving is Proving.SENT:
        turn.ask(Asked.CODE, "ask_code")
    else:
        yield from _send(turn)


def _ask_whether(turn: Turn, *, by_contact: bool = True) -> None:
    """A yes or no; where the messenger vouches for a number, that is the shorter way, and stands
    last, so that the other numbers are the same everywhere."""
    goal = turn.fill().goal
    instead = (BOOK,) if goal is not None and goal.intent is Intent.RESCHEDULE else ()
    shorter = (CONTACT,) if by_contact and turn.situation.shares_contact else ()
    asked = Asked.CHOICE if instead else Asked.YES_NO
    turn.ask(asked, "offer_proof", (CODE, *instead, SKIP, *shorter))


def _send(turn: Turn, key: str = "ask_code") -> Steps[None]:
    """Find out for whom, and let the clinic send a code; `key` is how we ask for it then."""
    draft = turn.fill(proving=Proving.WANTED)
    if draft.patient is None:
        yield from _find_whom(turn)
        draft = turn.fill()
    said = None
    if draft.patient is None:
        if turn.asks:
            return
        said = claimed(turn, draft)
        if said is None:
            return
    outcome = yield SendCode(draft.patient, said)
    if isinstance(outcome, Refused):
        turn.say(f"refused_{outcome.refusal}")
        _give_up(turn)
        return
    turn.fill(proving=Proving.SENT)
    turn.ask(Asked.CODE, key)


def _find_whom(turn: Turn) -> Steps[None]:
    """Fill in whom it is about, of those known here; ask, where it may be several."""
    people = yield from known_people()
    unproved = tuple(person for person in people if not person.is_proved)
    draft = turn.fill()
    meant = fitting_people(draft, unproved)
    if not meant and draft.name is None and draft.person is None:
        meant = unproved
    if len(meant) == 1:
        turn.fill(patient=meant[0].key, patient_name=meant[0].name)
    elif meant:
        options = (
            Option(f"patient:{each.key}", say("person_label", name=each.name)) for each in meant
        )
        turn.ask(Asked.PERSON, "ask_whose", tuple(options))


def accept(turn: Turn) -> Steps[None]:
    yield from advance(turn)


def choose(turn: Turn, kind: str, _: str) -> Steps[bool]:
    match kind:
        case "code":
            yield from _send(turn)
        case "book":
            wish = Wish(Intent.BOOK, _wished(turn.fill()))
            _give_up(turn)
            turn.wishes = (wish, *turn.wishes)
        case "skip":
            decline(turn)
        case "contact":  # The number of the choice was typed; only the button can do it.
            turn.say("press_contact")
            _ask_whether(turn)
        case _:
            return False
    return True


def hear(turn: Turn, heard: Heard) -> Steps[bool]:
    """Take a code; and yes or no to what was offered, however it was asked."""
    intent, draft = heard.understanding.intent, turn.fill()
    sent = draft.proving is Proving.SENT
    codes = DIGITS.findall(GAPS.sub("", heard.text)) if sent else []
    said = heard.understanding.entities
    if len(codes) == 1:
        yield from _try(turn, codes[0])
    elif draft.proving is Proving.OFFERED and _says_more(turn, heard):
        pass
    elif intent in DECLINES and not said.said():
        decline(turn)
    elif intent is Intent.YES and draft.proving is Proving.OFFERED:
        yield from choose(turn, "code", "")
    elif intent is Intent.VERIFY:
        yield from _send(turn, "another_code" if sent else "ask_code")
    elif sent and ONLY_DIGITS.fullmatch(heard.text):
        turn.say("code_has_six")
        turn.ask(Asked.CODE, "ask_code")
    elif not sent and intent is Intent.BOOK and not heard.understanding.entities.said():
        yield from choose(turn, "book", "")
    elif sent and intent is Intent.CANCEL:
        decline(turn)
    else:
        if _is_about_a_visit(turn, heard) or (not sent and intent in OTHER_TASKS):
            _give_up(turn)
        return False
    return True


def _says_more(turn: Turn, heard: Heard) -> bool:
    """Take what is told instead of a yes or no to whether a code should be sent."""
    said = heard.understanding.entities
    if heard.understanding.intent in RATHER and said.said() - {"choice"}:
        _give_up(turn)  # "No, one for my daughter."
        turn.wishes = (Wish(Intent.BOOK, said), *turn.wishes)
        return True
    if said.said() and said.said() <= NAMES:
        naming.take(turn, said)  # "Lucy Perez, May 4 2015": whose visit it is, and no answer yet.
        turn.say("noted")
        _ask_whether(turn)
        return True
    return False


def _wished(draft: Draft) -> Entities:
    """What the visit was to be, for whoever was named since."""
    wished = draft.goal.entities if draft.goal else Entities()
    return replace(
        wished,
        name=draft.name or wished.name,
        date_of_birth=draft.date_of_birth or wished.date_of_birth,
    )


def _is_about_a_visit(turn: Turn, heard: Heard) -> bool:
    """ "Dr Patel on Friday, then": they would rather book. What answers a question for a name or a
    birth date is taken for that, whatever it looks like."""
    question, said = turn.before.question, heard.understanding.entities.said()
    identity = question is not None and question.asked in (Asked.NAME, Asked.DATE_OF_BIRTH)
    wishes = WISHES_TO_BOOK if identity else BOOKS
    return heard.understanding.intent in wishes and bool(said - OF_A_PERSON)


def decline(turn: Turn) -> None:
    turn.say("proof_declined")
    _give_up(turn)


def _give_up(turn: Turn) -> None:
    """What needed a proof is dropped with it."""
    goal = turn.fill().goal
    if goal is not None and goal.intent is Intent.BOOK:
        turn.aside = turn.aside[:-1]
    turn.draft = None


def _try(turn: Turn, code: str) -> Steps[None]:
    outcome = yield TryCode(code, _as_said(turn.fill(), turn))
    if not isinstance(outcome, Tried):
        raise TypeError(f"expected a code that was tried, got {type(outcome).__name__}")
    match outcome.proof:
        case Proof.PROVED if outcome.person is not None:
            _proved(turn, outcome.person)
        case Proof.FAILED:
            turn.say("code_failed")
            _give_up(turn)
        case Proof.WRONG:
            turn.say("code_wrong")
            turn.ask(Asked.CODE, "ask_code")
        case _:
            turn.say("code_over")
            turn.fill(proving=Proving.OFFERED)
            _ask_whether(turn)


def _as_said(draft: Draft, turn: Turn) -> Claimed | None:
    return claimed(turn, draft) if draft.patient is None else None


def _proved(turn: Turn, person: KnownPerson) -> None:
    """Thank them, and do what they wanted."""
    turn.say("proved", name=person.name)
    goal = turn.draft.goal if turn.draft and turn.draft.task is Task.VERIFY else None
    if goal is not None and goal.intent is not Intent.BOOK:
        turn.wishes = (goal, *turn.wishes)
    turn.draft = None


def shared(turn: Turn, event: Shared) -> Steps[None]:
    """The messenger vouches for the writer's number: is it somebody's on file?"""
    outcome = yield ProveByContact(event.phone)
    if not isinstance(outcome, Tried):
        raise TypeError(f"expected a number that was tried, got {type(outcome).__name__}")
    in_hand = turn.draft is not None and turn.draft.task is Task.VERIFY
    if outcome.person is not None:
        proves_here = in_hand or turn.draft is None
        waiting = None if proves_here else turn.draft
        _proved(turn, outcome.person)
        turn.draft = waiting
    else:
        turn.say("contact_unknown")
        if in_hand:
            turn.fill(proving=Proving.OFFERED)
            _ask_whether(turn, by_contact=False)


PROCEDURE = Procedure(begin=begin, advance=advance, accept=accept, hear=hear, choose=choose)
