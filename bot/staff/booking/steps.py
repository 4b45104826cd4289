"""One message of whoever books for others: what it adds to the draft, and what is asked next."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.dialogue.turn import say
from bot.staff.booking import doing, past, times, whom, whose
from bot.staff.booking.draft import Doing, Draft, Wants
from bot.staff.people import person_in
from bot.staff.reading import AWAY, DROPPED, FIRST, Asked, words_of
from bot.staff.work import Answer, Work
from bot.understanding.values import Intent

_OTHER_TIMES = frozenset({Intent.ALTERNATIVES, Intent.MORE})


def book(work: Work, asked: Asked) -> Answer:
    return _begin_with_person(work, Doing.BOOK, asked)


def walk_in(work: Work, asked: Asked) -> Answer:
    return _begin_with_person(work, Doing.WALK_IN, asked)


def _begin_with_person(work: Work, what: Doing, asked: Asked) -> Answer:
    if asked.candidates or asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    draft = _own(work, _new(work, what).told(asked))
    if not asked.who:
        return go_on(work, draft)
    return _next(work, whom.look(work, draft, _whole(asked)))


def _whole(asked: Asked) -> str:
    """Return the name, and what else was said of the person."""
    return " ".join(filter(None, (asked.who, asked.said.phone)))


def move(work: Work, asked: Asked) -> Answer:
    """ "Move the 9:20 to three": the visit, and then when."""
    if asked.intent is not Intent.RESCHEDULE and asked.text:
        # After a slash the verb is missing, without which "to" leads nowhere.
        verb = words_of(work.book.language).get("move", ("move",))[0]
        asked = replace(work.read(f"{verb} {asked.text}"), who=asked.who)
    draft = _new(work, Doing.MOVE)
    parted = asked.said.visit_time is not None or asked.said.visit_date is not None
    if asked.who or parted:
        draft = draft.told(asked)
    return _next(work, whose.look(work, draft, asked))


def call_off(work: Work, asked: Asked) -> Answer:
    return _next(work, whose.look(work, _new(work, Doing.CANCEL), asked))


def for_visit(work: Work, visit_id: str, what: str) -> Answer:
    """A button below a visit."""
    draft = whose.chosen(work, _new(work, Doing(what)), int(visit_id))
    return go_on(work, draft)


def for_patient(work: Work, patient_id: str) -> Answer:
    """A button below somebody who was found."""
    draft = _own(work, _new(work, Doing.BOOK))
    return go_on(work, whom.chosen(work, draft, int(patient_id)))


def _new(work: Work, what: Doing) -> Draft:
    return Draft(what, work.drafts + 1)


def _own(work: Work, draft: Draft) -> Draft:
    """Whoever has only one calendar need not name it."""
    own = work.sphere.practitioners
    if draft.practitioner is None and work.sphere.is_own and len(own) == 1:
        return replace(draft, practitioner=next(iter(own)))
    return draft


def go_on(work: Work, draft: Draft) -> Answer:
    """Ask for what is missing, else show what would be done."""
    if draft.doing in (Doing.BOOK, Doing.WALK_IN):
        if not draft.has_somebody:
            return whom.ask(draft)
        if draft.newcomer and not (draft.newcomer.phone or draft.has_no_phone):
            return whom.ask_phone(draft, draft.newcomer)
    elif draft.visit is None:
        return whose.ask(draft)
    if draft.doing is not Doing.CANCEL and draft.slot is None:
        return _next(work, times.choose(work, draft))
    return doing.show(work, draft)


def _next(work: Work, came: Answer | Draft) -> Answer:
    return go_on(work, came) if isinstance(came, Draft) else came


# What is typed


def heard(work: Work, draft: Draft, text: str) -> Answer:
    """The answer to what was asked, or a change of anything that was said before."""
    asked = work.read(text, command=draft.doing)
    refuses = asked.intent in DROPPED
    if draft.wants is Wants.REASON and not refuses:
        return doing.with_reason(work, draft, text)
    if refuses and not asked.says_something and asked.time is None:
        return doing.drop(draft)
    told = draft.told(asked)
    if draft.wants in (Wants.TIME, Wants.YES):
        return _of_the_time(work, draft, told, asked)
    return _next(work, _named(work, draft, told, asked, text))


def _of_the_time(work: Work, draft: Draft, told: Draft, asked: Asked) -> Answer:
    """Yes, another time, or whatever else is named."""
    if told != draft:
        return go_on(work, told)
    if asked.intent is Intent.YES and draft.wants is Wants.YES:
        return doing.do(work, draft)
    if asked.intent in _OTHER_TIMES:
        return _more(work, draft)
    again = go_on(work, replace(draft, offered=()))
    return replace(again, says=(say("draft_not_understood"), *again.says))


def is_of_another(draft: Draft, command: str, asked: Asked) -> bool:
    """Tell whether a command in plain words begins something new: it names whom it is about, where
    a time or a yes was asked for."""
    if command in AWAY:
        return True
    if draft.wants not in (Wants.TIME, Wants.YES):
        return False
    if command == Doing.CANCEL:
        return bool(asked.who or asked.day or asked.time)
    return command in FIRST and bool(asked.who)


def _named(work: Work, draft: Draft, told: Draft, asked: Asked, text: str) -> Answer | Draft:
    """Somebody, or a visit, in the words that were asked for."""
    says_yes = asked.intent is Intent.YES
    match draft.wants:
        case Wants.NAME:
            return whom.named(draft, person_in(work, text))
        case Wants.PHONE if draft.newcomer is not None:
            return whom.phoned(work, draft, draft.newcomer, text)
        case Wants.VISIT:
            return whose.look(work, draft, asked)
        case Wants.WHO if says_yes and draft.guess is not None:
            return whom.named(draft, draft.guess)
        case Wants.WHO if asked.who or told == draft:
            return whom.look(work, told, _whole(asked) or text)
    return told


# What is pressed


def pressed(work: Work, number: str, verb: str, *about: str) -> Answer:
    """A button of the draft that is in hand; one of another does nothing."""
    draft = work.draft
    if draft is None or draft.number != int(number):
        return Answer((say("staff_old_button"),), draft=draft)
    return _BUTTONS[verb](work, draft, *about)


def _more(work: Work, draft: Draft) -> Answer:
    draft = replace(draft, slot=None)
    return go_on(work, draft) if draft.doing is Doing.WALK_IN else times.offer(work, draft)


def _no_phone(work: Work, draft: Draft) -> Answer:
    return go_on(work, replace(draft, has_no_phone=True, wants=Wants.NOTHING))


_BUTTONS: Mapping[str, Callable[..., Answer]] = {
    "who": lambda work, draft, key: go_on(work, whom.chosen(work, draft, int(key))),
    "new": lambda _work, draft: whom.ask_name(draft),
    "named": lambda work, draft: _next(work, whom.named(draft, draft.guess)),
    "nophone": _no_phone,
    "visit": lambda work, draft, key: go_on(work, whose.chosen(work, draft, int(key))),
    "slot": lambda work, draft, *numbers: go_on(work, times.picked(draft, *numbers)),
    "with": lambda work, draft, key: go_on(work, past.with_whom(draft, key)),
    "more": _more,
    "yes": doing.do,
    "quietly": lambda work, draft: doing.do(work, replace(draft, tells=False)),
    "drop": lambda _work, draft: doing.drop(draft),
}
