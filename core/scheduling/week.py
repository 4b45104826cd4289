"""Hours of a week as values: wall time of a place, without dates and without a zone."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, time
from itertools import groupby, pairwise
from typing import Any, NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What is written as 24:00. A `time` can't be later, and so it is stored, too.
END_OF_DAY = time.max


class Stretch(NamedTuple):
    """From `starts` until just before `ends`, wall time of one day."""

    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{worded_time(self.starts)}-{worded_time(self.ends)}"

    def overlaps(self, other: "Stretch") -> bool:
        return self.starts < other.ends and other.starts < self.ends

    def covers(self, other: "Stretch") -> bool:
        return self.starts <= other.starts and other.ends <= self.ends


Week = Mapping[int, tuple[Stretch, ...]]  # 0 = Monday; a day without stretches is absent.


def worded_time(at: time) -> str:
    return "24:00" if at == END_OF_DAY else f"{at:%H:%M}"


def first_overlap(stretches: Iterable[Stretch]) -> tuple[Stretch, Stretch] | None:
    for one, other in pairwise(sorted(stretches)):
        if one.overlaps(other):
            return one, other
    return None


def days_in_common(one: Week, other: Week) -> list[str]:
    """Return the names of the days on which hours of the two weeks overlap."""
    return [
        DAYS[day]
        for day, stretches in other.items()
        if any(mine.overlaps(theirs) for mine in one.get(day, ()) for theirs in stretches)
    ]


def strays(parts: Week, hours: Week) -> Iterator[str]:
    """Yield "mon 12:00-13:00" for each part that does not lie inside one stretch of the hours."""
    for day, stretches in parts.items():
        for part in stretches:
            if not any(stretch.covers(part) for stretch in hours.get(day, ())):
                yield f"{DAYS[day]} {part}"


def clashes(parts: Week, breaks: Week) -> Iterator[str]:
    """Yield "mon 12:00-13:00" for each part that a break cuts."""
    for day, stretches in parts.items():
        for part in stretches:
            if any(part.overlaps(pause) for pause in breaks.get(day, ())):
                yield f"{DAYS[day]} {part}"


def worded_week(week: Week) -> str:
    """Return "mon-fri 09:00-17:00, sat 09:00-12:00 and 14:00-16:00"."""
    if not week:
        return "none"
    hours = {day: tuple(sorted(week.get(day, ()))) for day in range(7)}
    return ", ".join(
        f"{days} {' and '.join(map(str, hours[first]))}"
        for first, days in _runs(hours)
        if hours[first]
    )


def worded_days(days: Collection[int]) -> str:
    """Return "mon-wed, fri"."""
    return ", ".join(
        name for first, name in _runs({day: day in days for day in range(7)}) if first in days
    )


def _runs(values: Mapping[int, Any]) -> Iterator[tuple[int, str]]:
    """Put neighbouring days with the same value together: the first day, and "mon-fri"."""
    for _, group in groupby(range(7), values.__getitem__):
        days = list(group)
        first, last = days[0], days[-1]
        yield first, DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}"


def worded_rows(rows: Iterable[Mapping[str, Any]], places: Mapping[int, str]) -> str:
    """Return "Downtown mon-fri 09:00-17:00; Phoenix sat 09:00-12:00 from 2026-01-01" for rows of
    the tables of hours; `places` are the names of the locations."""
    weeks: dict[tuple[Any, ...], dict[int, tuple[Stretch, ...]]] = {}
    for row in rows:
        week = weeks.setdefault((row["location_id"], row["valid_from"], row["valid_to"]), {})
        day = row["weekday"]
        week[day] = (*week.get(day, ()), Stretch(row["starts"], row["ends"]))
    order = list(places)
    parts = []
    for (place, since, until), week in sorted(
        weeks.items(),
        key=lambda item: (
            order.index(item[0][0]) if item[0][0] in places else len(order),
            item[0][1] or date.min,
            item[0][2] or date.max,
        ),
    ):
        dates = (f" from {since}" if since else "") + (f" until {until}" if until else "")
        name = places.get(place, "a former location")
        parts.append(f"{name} {worded_week(week)}{dates}")
    return "; ".join(parts) or "none"


def impossible(hours: Week, breaks: Week, same_day: Week) -> Iterator[str]:
    """Yield what no calendar can hold of one practitioner's week at one place."""
    weeks = {"hours": hours, "breaks": breaks, "same-day hours": same_day}
    wrong = [problem for what, week in weeks.items() for problem in _impossible_days(what, week)]
    yield from wrong
    if not wrong:
        yield from (
            f"expected breaks inside the hours, got {each}" for each in strays(breaks, hours)
        )
        for found, where in (
            (strays(same_day, hours), "inside the hours"),
            (clashes(same_day, breaks), "beside the breaks"),
        ):
            yield from (f"expected same-day hours {where}, got {each}" for each in found)


def _impossible_days(what: str, week: Week) -> Iterator[str]:
    for day, stretches in week.items():
        if day not in range(7):
            yield f"expected a weekday from 0 (Monday) to 6, got {day} ({what})"
            continue
        wrong = [problem for part in stretches for problem in impossible_stretch(part)]
        yield from (f"{problem} ({what}, {DAYS[day]})" for problem in wrong)
        overlap = None if wrong else first_overlap(stretches)
        if overlap:
            one, other = overlap
            yield f"expected {what} that do not overlap, got {DAYS[day]} {one} and {other}"


def impossible_stretch(part: Stretch) -> Iterator[str]:
    if part.starts.tzinfo or part.ends.tzinfo:
        yield f"expected wall time without a zone, got {part}"
    elif part.starts >= part.ends:
        yield f"expected an end after the start, got {part}"


def worded_span(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} to {last}"
