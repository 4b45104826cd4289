"""Questions about a place: when it is open, where it is, what the clinic tells of it."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

from bot.dialogue.questions.facts import ClosedDays, Hours, Stretch, Text, Weekly
from bot.dialogue.turn import Steps, Turn
from bot.dialogue.when import minutes
from bot.directory import Location, Told
from bot.understanding.values import Entities

MOST_PLACES = 3  # That are told of at once.
MOST_HOLIDAYS = 4
MOST_DAYS = 7  # A longer stretch is answered by the usual week.
AHEAD = 21  # Days in which the next opening is looked for.
DAY_MINUTES = 24 * 60


def places(turn: Turn, said: Entities) -> tuple[Location, ...]:
    """Return the place in question: as said, or of what is in hand; else the first, and then the
    others."""
    directory = turn.directory
    named = directory.location_named(said.location) if said.location else None
    if named:
        return (named,)
    key = _in_hand(turn, said)
    if key is not None:
        return (directory.location(key),)
    return directory.locations[:MOST_PLACES]


def _in_hand(turn: Turn, said: Entities) -> int | None:
    draft = turn.draft
    person = turn.directory.practitioner_named(said.practitioner) if said.practitioner else None
    if person is None and draft is not None:
        thing = draft.slot or draft.visit
        if thing or draft.location is not None:
            return thing.location if thing else draft.location
        if draft.practitioner is not None:
            person = turn.directory.practitioner(draft.practitioner)
    elif person is None and turn.done is not None and turn.done.visit is not None:
        return turn.done.visit.location  # Of what was booked a moment ago.
    return person.locations[0] if person and len(person.locations) == 1 else None


def address(turn: Turn, said: Entities) -> Steps[bool]:
    return _tell_address(turn, said)
    yield  # It needs nothing of the clinic; a generator, as its like are.


def _tell_address(turn: Turn, said: Entities, *, with_directions: bool = False) -> bool:
    for place in places(turn, said):
        turn.say("address_of", place=place.name, address=place.address)
        if with_directions and place.directions:
            turn.say("told", text=Text(place.directions))
    _mention_others(turn, said)
    return True


def directions(turn: Turn, said: Entities) -> Steps[bool]:
    return _tell_address(turn, said, with_directions=True)
    yield  # As above.


def transport(turn: Turn, said: Entities) -> Steps[bool]:
    """ "Which bus?": the address is no answer where the clinic has not told the way."""
    _tell_address(turn, said, with_directions=True)
    return any(place.directions for place in places(turn, said))
    yield  # As above.


def phone(turn: Turn, said: Entities) -> Steps[bool]:
    for place in places(turn, said):
        turn.say("phone_of", place=place.name, place_phone=place.phone)
    _mention_others(turn, said)
    return True
    yield  # As above.


def _mention_others(turn: Turn, said: Entities) -> None:
    if len(places(turn, said)) > 1 and len(turn.directory.locations) > MOST_PLACES:
        turn.say("more_places", count=len(turn.directory.locations) - MOST_PLACES)


def tell(of_place: Callable[[Location], Told]) -> Callable[[Turn, Entities], Steps[bool]]:
    """Return how to tell what the clinic has written of its places; False where it has not."""

    def told(turn: Turn, said: Entities) -> Steps[bool]:
        asked = places(turn, said)
        known = [place for place in asked if of_place(place)]
        if not known:
            return False
        texts = [of_place(place) for place in known]
        if len(known) == len(asked) and all(text == texts[0] for text in texts):
            turn.say("told", text=Text(texts[0]))
            return True
        for place in asked:
            if of_place(place):
                turn.say("told_of_place", place=place.name, text=Text(of_place(place)))
            else:
                turn.say("call_place", place=place.name, place_phone=place.phone)
        return True
        yield  # As above.

    return told


def insurance(turn: Turn, said: Entities) -> Steps[bool]:
    if not (yield from tell(lambda place: place.insurance)(turn, said)):
        turn.say("insurance_call", place_phone=places(turn, said)[0].phone)
    return True


# Hours


def hours(turn: Turn, said: Entities) -> Steps[bool]:
    asked = [place for place in places(turn, said) if place.opening_hours]
    for place in asked:
        days = _days(turn, said, place)
        closed = not any(opening(place, day) for day in days)
        if len(days) == 1 or (days and closed):
            _tell_day(turn, place, days[0])
            continue
        turn.say("hours_week", place=place.name, week=_week(place))
        for day in days:
            if day in place.holidays:
                _tell_closed(turn, place, day)
    _mention_others(turn, said)
    return bool(asked)
    yield  # As above.


def _days(turn: Turn, said: Entities, place: Location) -> tuple[date, ...]:
    """Return the days that were asked about; none: any."""
    if said.date or said.dates:
        return said.dates or ((said.date,) if said.date else ())
    if said.weekdays:
        coming = (turn.situation.today + timedelta(days=ahead) for ahead in range(1, AHEAD))
        # "On Saturdays" means a usual one.
        usual = (day for day in coming if day not in place.holidays)
        return tuple(next(day for day in usual if day.weekday() == each) for each in said.weekdays)
    if said.date_from and said.date_to and (said.date_to - said.date_from).days < MOST_DAYS:
        return tuple(
            said.date_from + timedelta(days=ahead)
            for ahead in range((said.date_to - said.date_from).days + 1)
        )
    return ()


def opening(place: Location, day: date) -> tuple[Stretch, ...]:
    """Return when the place is open on that day."""
    if day in place.holidays:
        return ()
    return tuple((minutes(start), _end(end)) for start, end in _stretches(place, day.weekday()))


def _stretches(place: Location, weekday: int) -> tuple[tuple[time, time], ...]:
    return place.opening_hours.get(weekday, ())


def _end(at: time) -> int:
    return DAY_MINUTES if at == time.max else minutes(at)


def _week(place: Location) -> Weekly:
    return Weekly(
        tuple(
            tuple((minutes(start), _end(end)) for start, end in _stretches(place, weekday))
            for weekday in range(7)
        )
    )


def _tell_day(turn: Turn, place: Location, day: date) -> None:
    stretches = opening(place, day)
    if stretches:
        turn.say("hours_day", place=place.name, day=day, hours=Hours(stretches))
        return
    _tell_closed(turn, place, day)
    _tell_next(turn, place, day)


def _tell_closed(turn: Turn, place: Location, day: date) -> None:
    if day in place.holidays:
        turn.say("closed_holiday", place=place.name, day=day, text=place.holidays[day])
    else:
        turn.say("closed_day", place=place.name, day=day)


def _tell_next(turn: Turn, place: Location, day: date) -> None:
    for later in (day + timedelta(days=ahead) for ahead in range(1, AHEAD)):
        if stretches := opening(place, later):
            turn.say("opens_next", day=later, hours=Hours(stretches))
            return


def open_now(turn: Turn, said: Entities) -> Steps[bool]:
    asked = [place for place in places(turn, said) if place.opening_hours]
    for place in asked:
        now = turn.situation.now.astimezone(place.zone)
        today, minute = now.date(), minutes(now.time())
        still = [part for part in opening(place, today) if part[1] > minute]
        if still and still[0][0] <= minute:
            turn.say("open_now", place=place.name, hours=Hours(tuple(still)))
        elif still:
            turn.say("closed_now", place=place.name)
            turn.say("opens_next", day=today, hours=Hours(tuple(still)))
        else:
            turn.say("closed_now", place=place.name)
            _tell_next(turn, place, today)
    return bool(asked)
    yield  # As above.


def holidays(turn: Turn, said: Entities) -> Steps[bool]:
    """On which days is the clinic closed? Of a certain one as of any day."""
    if said.date or said.dates:
        return (yield from hours(turn, said))
    found = tuple(_holidays_ahead(turn, said))[:MOST_HOLIDAYS]
    if found:
        turn.say("closed_holidays", days=ClosedDays(found))
    return bool(found)


def _holidays_ahead(turn: Turn, said: Entities) -> Iterator[tuple[date, str]]:
    named = {day: name for place in places(turn, said) for day, name in place.holidays.items()}
    yield from sorted(item for item in named.items() if item[0] >= turn.situation.today)
