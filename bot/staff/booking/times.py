"""When it is to be: what is free near to what was said, and a time that no rule gives."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

from bot.dialogue.turn import Option, Say, say
from bot.dialogue.values import SearchWindow, Slot
from bot.dialogue.when import When
from bot.directory import Location
from bot.reception.finding import slot_of, wall_time
from bot.staff.booking import past, whose
from bot.staff.booking.draft import Doing, Draft, Wants
from bot.staff.work import Answer, Work, line
from core.clock import instant
from core.errors import NotOffered
from core.scheduling import availability
from core.scheduling.acquaintance import Acquaintance, acquaintance
from core.scheduling.availability import Search, Window, find_slots

SHOWN = 6  # Times in one message.
_HORIZON = timedelta(days=90)
_GRAIN = 5  # Minutes: when a visit "now" begins.


def choose(work: Work, draft: Draft) -> Answer | Draft:
    """Return the draft with the very time that was asked for, else offer what is near to it."""
    if (passed := past.day_of(work, draft)) is not None:
        place = partial(place_of, work, draft)
        return past.choose(work, draft, passed, place, partial(slot_at, work, draft))
    if draft.doing is Doing.WALK_IN:
        return _offer_now(work, draft)
    draft = _on_its_day(work, draft)
    if draft.when.names_exact_time and len(draft.when.days) == 1:
        exact = _free(work, draft)
        if exact:
            return _taken(draft, exact[0])
    return offer(work, draft)


def offer(work: Work, draft: Draft, *first: Say) -> Answer:
    """The best six times that have not been shown yet; those that come nearest, where none fits."""
    fitting = _free(work, draft)
    slots = fitting or _free(work, draft, strictly=False)
    options = [_option(work, draft, slot) for slot in sorted(slots, key=lambda s: s.starts_at)]
    all_the_same = _all_the_same(work, draft)
    if all_the_same is not None:
        options.append(_option(work, draft, all_the_same, say("all_the_same")))
    if not slots:
        says = say("nothing_near") if draft.offered else say("nothing_free_then")
    else:
        says = say("free_near") if not fitting and draft.when.names_day else say("free_then")
        options.append(draft.option("more", label=say("other_times")))
    starts = tuple(slot.starts_at for slot in slots)
    shown = replace(draft, wants=Wants.TIME, offered=(*draft.offered, *starts)[-4 * SHOWN :])
    return Answer((*first, says), tuple(options), draft=shown)


def _on_its_day(work: Work, draft: Draft) -> Draft:
    """A visit that is moved to another hour stays on its day, unless a day is named."""
    wish = draft.when
    hour = wish.minute is not None or wish.has_hours
    if draft.visit is None or wish.names_day or not hour:
        return draft
    visit = whose.seen(work, draft.visit)
    return replace(draft, when=replace(wish, days=(whose.local(work, visit).date(),)))


def picked(draft: Draft, *numbers: str) -> Draft:
    """Return the draft with the slot of a button."""
    practitioner, location, visit_type, begins, ends = map(int, numbers)
    begun, ended = (datetime.fromtimestamp(each, UTC) for each in (begins, ends))
    return _taken(draft, Slot(practitioner, location, visit_type, begun, ended))


def _taken(draft: Draft, slot: Slot) -> Draft:
    return replace(draft, slot=slot, wants=Wants.NOTHING, override="", afterwards=False)


def _option(work: Work, draft: Draft, slot: Slot, after: Say | None = None) -> Option:
    place = work.clinic.directory.location(slot.location)
    at = slot.starts_at.astimezone(place.zone)
    who = work.book.surname_of(work.clinic.directory.practitioner(slot.practitioner))
    parts = [work.book.clock(at, place), who]
    if at.date() != work.today:
        parts.insert(0, work.book.short_day(at.date()))
    if place is not work.clinic.directory.locations[0]:
        parts.append(f"({place.name})")
    if after is not None:
        parts.append(work.book.say(after))
    numbers = (
        slot.practitioner,
        slot.location,
        slot.visit_type,
        int(slot.starts_at.timestamp()),
        int(slot.ends_at.timestamp()),
    )
    return draft.option("slot", *numbers, label=line(" ".join(parts)))


def _free(work: Work, draft: Draft, *, strictly: bool = True) -> list[Slot]:
    """Return the best six that fit, or that come nearest where it need not be strictly so."""
    return _find(work, _search(work, draft, strictly=strictly))[:SHOWN]


def _find(work: Work, search: Search) -> list[Slot]:
    slots = find_slots(
        work.connection, search, catalogue=work.clinic.catalogue, now=work.now, for_staff=True
    )
    theirs = (slot for slot in slots if work.sphere.covers(slot.practitioner_id, slot.location_id))
    return [slot_of(slot) for slot in theirs]


def _search(work: Work, draft: Draft, *, strictly: bool) -> Search:
    known = _known(work, draft)
    wish, near = draft.when, draft.when.near(work.today)
    has_wish = near.day is not None or near.minute is not None
    windows = wish.windows(work.today, work.today + _HORIZON) if strictly else ()
    return Search(
        practitioner_ids=_people(work, draft),
        specialty=draft.specialty if draft.practitioner is None else None,
        location_id=draft.location,
        visit_type_id=draft.visit_type,
        windows=tuple(map(_window, windows)),
        weekdays=frozenset(wish.weekdays if strictly else ()) or None,
        not_weekdays=frozenset(wish.not_weekdays),
        not_days=frozenset(wish.not_days),
        not_starts=frozenset(draft.offered),
        # Of whom several places see some lie outside of what is theirs, and are left out.
        limit=SHOWN if work.sphere.everywhere else 4 * SHOWN,
        near=(near.day, wall_time(near.minute)) if has_wish else None,
        both_sides=True,
        known_patient=known.is_known,
        born=known.born,
        own_practitioners=frozenset(known.practitioners),
        moving_id=draft.visit,
    )


def _people(work: Work, draft: Draft) -> frozenset[int] | None:
    """Return whose times are looked at: whom was named, else all who see patients there."""
    if draft.practitioner is not None:
        return frozenset({draft.practitioner})
    if work.sphere.everywhere:
        return None
    workplaces = work.clinic.catalogue.workplaces
    return frozenset(
        person
        for person, places in workplaces.items()
        if any(work.sphere.covers(person, place.location_id) for place in places)
    )


def _known(work: Work, draft: Draft) -> Acquaintance:
    if draft.patient is not None:
        return acquaintance(work.connection, draft.patient, now=work.now)
    born = draft.newcomer.born if draft.newcomer else None
    return Acquaintance(is_known=False, born=born, practitioners=())


def _window(window: SearchWindow) -> Window:
    first, last = wall_time(window.minute_from), wall_time(window.minute_until)
    return Window(window.day_from, window.day_to, first, last)


# A time that nothing offers


def _all_the_same(work: Work, draft: Draft) -> Slot | None:
    """Return the very time that was asked for, whatever stands in its way; None unless it is clear
    when and with whom."""
    wish = draft.when
    if draft.practitioner is None or wish.minute is None or len(wish.days) != 1:
        return None
    place = place_of(work, draft, draft.practitioner)
    at = datetime.combine(wish.days[0], wall_time(wish.minute) or time(), place.zone)
    return slot_at(work, draft, draft.practitioner, place, instant(at))


def _now(work: Work, draft: Draft, practitioner: int) -> Slot | None:
    """Return a visit that begins now, beside whatever else there is."""
    place = place_of(work, draft, practitioner)
    at = work.now - timedelta(minutes=work.now.minute % _GRAIN)
    at = at.replace(second=0, microsecond=0)
    return slot_at(work, draft, practitioner, place, at)


def place_of(work: Work, draft: Draft, practitioner: int) -> Location:
    directory = work.clinic.directory
    usual = directory.practitioner(practitioner).locations
    theirs = [place for place in usual if work.sphere.covers(practitioner, place)]
    return directory.location(draft.location or next(iter(theirs), usual[0]))


def slot_at(
    work: Work, draft: Draft, practitioner: int, place: Location, at: datetime
) -> Slot | None:
    """Return a visit of the usual length then; None where they don't offer such a visit at all, or
    outside of what is theirs."""
    catalogue = work.clinic.catalogue
    kind = catalogue.visit_type(draft.visit_type).id
    bare = availability.Slot(practitioner, place.key, kind, at, at)
    if not work.sphere.covers(practitioner, place.key):
        return None
    try:
        offer = availability.find_offer(catalogue, bare)
    except NotOffered:
        return None
    known = _known(work, draft).is_known
    length = timedelta(microseconds=offer.length_known if known else offer.length_new)
    return slot_of(bare._replace(ends_at=at + length))


def _offer_now(work: Work, draft: Draft) -> Answer:
    """Who is free next, each with their first time today; and now, with whom was named."""
    today = replace(draft, when=When(days=(work.today,)))
    firsts: dict[int, Slot] = {}
    for slot in _find(work, replace(_search(work, today, strictly=True), limit=None, near=None)):
        firsts.setdefault(slot.practitioner, slot)
    slots = sorted(firsts.values(), key=lambda slot: slot.starts_at)[:SHOWN]
    options = [_option(work, draft, slot) for slot in slots]
    at_once = _now(work, draft, draft.practitioner) if draft.practitioner is not None else None
    if at_once is not None:
        options.append(_option(work, draft, at_once, say("at_once")))
    says = say("free_today") if slots else say("nobody_free_today")
    return Answer((says,), tuple(options), draft=replace(draft, wants=Wants.TIME))
