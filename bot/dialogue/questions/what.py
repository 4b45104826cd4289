"""Questions about visits: prices, lengths, how to prepare, until when they can be given up."""

from collections import Counter

from bot.dialogue.commands import FindTerms
from bot.dialogue.outcomes import TermsFound
from bot.dialogue.questions.facts import Lasting, Prices, Text, VisitKind
from bot.dialogue.questions.where import places, tell
from bot.dialogue.questions.who import people_meant
from bot.dialogue.tasks.visits import find_visits
from bot.dialogue.turn import Steps, Turn
from bot.directory import VisitType
from bot.understanding.values import Entities

MOST_WITH = 2  # So many whose prices differ are told of one by one.
PriceList = tuple[tuple[int, int], ...]


def _kind_meant(turn: Turn, said: Entities) -> VisitType | None:
    """Return the visit type that is named, else that of what is in hand."""
    directory, draft = turn.directory, turn.draft
    if said.visit_type:
        return next((k for k in directory.visit_types if k.code == said.visit_type), None)
    if draft is None:
        return None
    thing = draft.slot or draft.visit
    key = thing.visit_type if thing else draft.visit_type
    return directory.visit_type(key) if key is not None else None


def _default(turn: Turn) -> VisitType | None:
    return next((kind for kind in turn.directory.visit_types if kind.is_default), None)


def _terms(turn: Turn, said: Entities, kinds: tuple[int, ...]) -> Steps[TermsFound]:
    people = people_meant(turn, said) or tuple(p.key for p in turn.directory.practitioners)
    outcome = yield FindTerms(people, kinds, places(turn, said)[0].key)
    if not isinstance(outcome, TermsFound):
        raise TypeError(f"expected terms, got {type(outcome).__name__}")
    return outcome


def price(turn: Turn, said: Entities) -> Steps[bool]:
    """The visit type's price and the practitioner's fee; those whose prices differ by name."""
    kind = _kind_meant(turn, said)
    kinds = [kind] if kind else [each for each in turn.directory.visit_types if each.for_patients]
    priced = {each.key: each.price_cents for each in kinds if each.price_cents is not None}
    if not priced:
        return False
    found = yield from _terms(turn, said, tuple(priced))
    lists: dict[int, PriceList] = {}
    for each in found.terms:
        fee = turn.directory.practitioner(each.practitioner).fee(each.visit_type)
        cents = (priced[each.visit_type] or 0) + fee
        lists[each.practitioner] = (
            *lists.get(each.practitioner, ()),
            (each.visit_type, cents),
        )
    if not lists:
        return False
    _tell_prices(turn, lists)
    return True


def _tell_prices(turn: Turn, lists: dict[int, PriceList]) -> None:
    if len(lists) == 1:
        [(practitioner, prices)] = lists.items()
        turn.say("prices_with", practitioner=practitioner, prices=Prices(prices))
        return
    usual = Counter(lists.values()).most_common(1)[0][0]
    turn.say("prices", prices=Prices(usual))
    others = {who: prices for who, prices in lists.items() if prices != usual}
    if len(others) > MOST_WITH:
        turn.say("prices_differ")
        return
    for practitioner, prices in others.items():
        turn.say("prices_with", practitioner=practitioner, prices=Prices(prices))


def duration(turn: Turn, said: Entities) -> Steps[bool]:
    kind = _kind_meant(turn, said) or _default(turn)
    if kind is None:
        return False
    found = yield from _terms(turn, said, (kind.key,))
    minutes = [length for each in found.terms for length in (each.minutes_new, each.minutes_known)]
    if not minutes:
        return False
    lasting, people = Lasting(min(minutes), max(minutes)), {t.practitioner for t in found.terms}
    if len(people) == 1:
        [practitioner] = people
        turn.say("lasts_with", kind=VisitKind(kind.key), lasting=lasting, practitioner=practitioner)
    else:
        turn.say("lasts", kind=VisitKind(kind.key), lasting=lasting)
    return True


def preparation(turn: Turn, said: Entities) -> Steps[bool]:
    """Of the visit in question, else of the next that there is."""
    kind = _kind_meant(turn, said)
    if kind is None:
        visits = yield from find_visits()
        kind = turn.directory.visit_type(visits[0].visit_type) if visits else _default(turn)
    if kind is None or not (kind.preparation or kind.needs_referral):
        return False
    if kind.preparation:
        turn.say("told", text=Text(kind.preparation))
    if kind.needs_referral:
        turn.say("bring_referral", kind=VisitKind(kind.key))
    return True


def bring(turn: Turn, said: Entities) -> Steps[bool]:
    told = yield from tell(lambda place: place.what_to_bring)(turn, said)
    kind = _kind_meant(turn, said)
    if kind is not None and kind.needs_referral:
        turn.say("bring_referral", kind=VisitKind(kind.key))
        return True
    return told


def referral(turn: Turn, said: Entities) -> Steps[bool]:
    kind = _kind_meant(turn, said) or _default(turn)
    if kind is None:
        return False
    turn.say("bring_referral" if kind.needs_referral else "no_referral", kind=VisitKind(kind.key))
    return True
    yield  # It needs nothing of the clinic; a generator, as its like are.


def cancelling(turn: Turn, said: Entities) -> Steps[bool]:
    """Until when a visit can be moved or given up here."""
    kind = _kind_meant(turn, said) or _default(turn)
    found = yield from _terms(turn, said, (kind.key,) if kind else ())
    if found.notice_hours:
        notice = Lasting(found.notice_hours * 60, found.notice_hours * 60)
        phone = places(turn, said)[0].phone
        turn.say("can_give_up_until", lasting=notice, place_phone=phone)
    else:
        turn.say("can_give_up")
    return True


def cancelling_free(turn: Turn, said: Entities) -> Steps[bool]:
    """Until when is known; what it costs is not."""
    yield from cancelling(turn, said)
    return False


def lateness(turn: Turn, said: Entities) -> Steps[bool]:
    """How late one may be, and still be seen."""
    found = yield from _terms(turn, said, ())
    grace = found.grace_minutes
    turn.say("can_be_late" if grace else "cannot_be_late", lasting=Lasting(grace, grace))
    return True


def new_patients(turn: Turn, said: Entities) -> Steps[bool]:
    kind = _kind_meant(turn, said) or _default(turn)
    if kind is None:
        return False
    if kind.new_patients:
        turn.say("new_patients_welcome")
    else:
        turn.say("new_patients_call", place_phone=places(turn, said)[0].phone)
    return True
    yield  # As above.
