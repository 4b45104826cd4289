"""The clinic in numbers, for a day, a week or a month: each rate with what it is a part of."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from bot.charts import Bars, Chart
from bot.dialogue.turn import Option, Say, say
from bot.messages import Channel
from bot.phrases.figures import decimal, percent
from bot.staff.days import whose
from bot.staff.reading import Asked
from bot.staff.talks import CHANNELS
from bot.staff.work import Answer, Work
from bot.understanding.text import words_of
from core.reports.messages import Sent
from core.reports.numbers import Numbers, numbers
from core.reports.period import Period
from core.reports.share import Share
from core.reports.visits import Visits

PERIODS: Mapping[str, Callable[[date], Period]] = {
    "day": Period.day,
    "week": Period.week,
    "month": Period.month,
}
_DAY = timedelta(days=1)
# Of a bar, from below; colours that tell apart also for those who see few (Okabe and Ito, 2008).
PARTS: Sequence[tuple[str, str, Callable[[Visits], int]]] = (
    ("part_kept", "#009e73", lambda visits: visits.kept),
    ("part_missed", "#d55e00", lambda visits: visits.missed),
    (
        "part_cancelled",
        "#999999",
        lambda visits: visits.cancelled_by_patient + visits.cancelled_by_clinic,
    ),
    ("part_unmarked", "#e69f00", lambda visits: visits.unmarked),
    ("part_ahead", "#56b4e9", lambda visits: visits.ahead),
)


def report(work: Work, asked: Asked) -> Answer:
    """ "/report week Dr Patel": the week, unless a day or a month is named."""
    if asked.candidates or asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    return _show(work, kind_of(work, asked.text), asked.day or work.today, asked)


def show_again(work: Work, kind: str, day: str, practitioner: str, location: str) -> Answer:
    """A button that leads to another report."""
    asked = Asked(practitioner=int(practitioner) or None, location=int(location) or None)
    return _show(work, kind, date.fromisoformat(day), asked)


def kind_of(work: Work, text: str) -> str:
    """Return whether a day, a week or a month is named; else it is a week."""
    words = set(words_of(text))
    named = (
        kind
        for kind in PERIODS
        if words.intersection(words_of(work.book.say(say(f"a_{kind}")))) or kind in words
    )
    return next(named, "week")


def _show(work: Work, kind: str, day: date, asked: Asked) -> Answer:
    if not is_theirs(work, asked):
        return Answer((say("not_yours"),))
    period = PERIODS[kind](day)
    found = _counted(work, period, asked)
    head = say("report_of", text=in_words(work, period), whose=whose(work, asked))
    options = [Option(code_of(kind, day, asked, "chart"), say("as_a_picture"))]
    options += [
        Option(code_of(other, day, asked), say(f"a_{other}")) for other in PERIODS if other != kind
    ]
    before = period.day_before
    options.append(Option(code_of(kind, before, asked), say("the_one_before")))
    options.append(Option(code_of(kind, day, asked, "who"), say("who_they_are")))
    return Answer((head, *_lines(work, found)), tuple(options))


def show_chart(work: Work, kind: str, day: str, practitioner: str, location: str) -> Answer:
    """The visits of each day, as a picture."""
    asked = Asked(practitioner=int(practitioner) or None, location=int(location) or None)
    if not is_theirs(work, asked):
        return Answer((say("not_yours"),))
    period = PERIODS[kind](date.fromisoformat(day))
    found = _counted(work, period, asked)
    title = f"{in_words(work, period)}{whose(work, asked)}"
    names = tuple(_day_name(work, each, kind) for each in found.by_day)
    bars = tuple(
        Bars(work.book.say(say(label)), color, tuple(map(count, found.by_day.values())))
        for label, color, count in PARTS
    )
    picture = Chart(title, names, bars)
    return Answer((say("picture_of", text=title),), picture=picture)


def _day_name(work: Work, day: date, kind: str) -> str:
    return str(day.day) if kind == "month" else work.book.short_day(day)


def _counted(work: Work, period: Period, asked: Asked) -> Numbers:
    return numbers(
        work.connection,
        work.sphere,
        period,
        catalogue=work.clinic.catalogue,
        now=work.now,
        practitioner_id=asked.practitioner,
        location_id=asked.location,
    )


def is_theirs(work: Work, asked: Asked) -> bool:
    """Whoever or wherever is named must be seen by them; what else there is, is left out."""
    directory = work.clinic.directory
    if asked.practitioner is None and asked.location is None:
        return True
    people = directory.practitioners
    if asked.practitioner is not None:
        people = (directory.practitioner(asked.practitioner),)
    places = [place.key for place in directory.locations]
    if asked.location is not None:
        places = [asked.location]
    return any(work.sphere.covers(each.key, place) for each in people for place in places)


def _lines(work: Work, found: Numbers) -> list[Say]:
    visits, changes = found.visits, found.changes
    said = [
        say(
            "report_visits",
            count=visits.total,
            kept=share_in_words(work, visits.kept_share),
            missed=share_in_words(work, visits.missed_share),
            cancelled=share_in_words(work, visits.cancelled_share),
            by_patients=visits.cancelled_by_patient,
            ahead=visits.ahead,
            unmarked=visits.unmarked,
        ),
        say(
            "report_changes",
            count=changes.booked,
            text=_booked_through(work, changes.booked_through),
            moved=changes.moved,
            cancelled=changes.cancelled,
            undone=changes.undone,
        ),
    ]
    if found.lead_time is not None:
        lead = decimal(found.lead_time / _DAY, "#,##0.#", work.book.locale)
        said.append(say("report_lead", text=lead))
    said.append(say("report_capacity", text=share_in_words(work, found.capacity)))
    said.append(
        say(
            "report_reminders",
            count=found.reminders.sent,
            answered=share_in_words(work, found.reminders.answered_share),
        )
    )
    if found.waitlist.rounds:
        said.append(say("report_waitlist", text=share_in_words(work, found.waitlist_share)))
    if found.ratings.mean is not None:
        mean = decimal(found.ratings.mean, "0.0", work.book.locale)
        said.append(say("report_ratings", text=mean, count=found.ratings.count))
    said += [
        say("report_messages", text=_channel(work, channel), **_sent(work, sent))
        for channel, sent in found.messages.sent.items()
        if sent.messages or sent.cost
    ]
    place = work.clinic.directory.locations[0]
    said.append(say("report_calculated", text=work.book.clock(found.calculated_at, place)))
    return said


def share_in_words(work: Work, share: Share) -> str:
    """Return "4 of 52 (8 %)": a rate says what it is a part of; "0 of 0" has none."""
    part = work.book.say(say("so_many_of", count=share.count, total=share.of))
    if share.rate is None:
        return part
    return f"{part} ({percent(share.rate, work.book.locale)})"


def _booked_through(work: Work, channels: Mapping[str, int]) -> str:
    told = ", ".join(f"{_channel(work, channel)} {count}" for channel, count in channels.items())
    return f" ({told})" if told else ""


def _channel(work: Work, name: str) -> str:
    """Return a channel of messages, or another way in which visits are booked."""
    if name in set(Channel):
        return CHANNELS[Channel(name)]
    return work.book.say(say(f"through_{name}"))


def _sent(work: Work, sent: Sent) -> dict[str, object]:
    costs = [
        f"{decimal(amount, '#,##0.00##', work.book.locale)} {currency}"
        for currency, amount in sent.cost.items()
    ]
    cost = ", ".join(costs) or work.book.say(say("no_price"))
    return {"count": sent.messages, "segments": sent.segments, "costs": cost}


def in_words(work: Work, period: Period) -> str:
    """Return "Mon, Nov 23 - Sun, Nov 29"."""
    first, last = (work.book.short_day(day) for day in (period.first, period.last))
    return first if period.first == period.last else f"{first} - {last}"


def code_of(kind: str, day: date, asked: Asked, verb: str = "report") -> str:
    """Return the code of a button that leads to the numbers of these days."""
    return f"{verb}:{kind}:{day}:{asked.practitioner or 0}:{asked.location or 0}"
