"""Who the patients of a day, a week or a month are, by age, gender and place, and how that has
changed; nobody is named."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.charts import Bars, Chart
from bot.dialogue.turn import Option, Say, say
from bot.staff.days import whose
from bot.staff.reading import Asked
from bot.staff.reports import PERIODS, code_of, in_words, is_theirs, kind_of, share_in_words
from bot.staff.work import Answer, Work
from core.reports.people import GENDERS, UNKNOWN, Group, Trait, groups
from core.reports.period import Period
from core.reports.selection import select_days
from core.reports.visits import Visits

OVER_TIME = 6  # So many days, weeks or months stand side by side.
# Colours that tell apart also for those who see few (Okabe and Ito, 2008).
COLORS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#f0e442", "#999999")


def who(work: Work, asked: Asked) -> Answer:
    """ "/demographics month Dr Patel": the week, unless a day or a month is named."""
    if asked.candidates or asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    return _show(work, kind_of(work, asked.text), asked.day or work.today, asked)


def show(work: Work, kind: str, day: str, practitioner: str, location: str) -> Answer:
    """A button of the report of these days."""
    asked = Asked(practitioner=int(practitioner) or None, location=int(location) or None)
    return _show(work, kind, date.fromisoformat(day), asked)


def _show(work: Work, kind: str, on: date, asked: Asked) -> Answer:
    """By each trait: how many people and visits, beside those of the days before."""
    if not is_theirs(work, asked):
        return Answer((say("not_yours"),))
    period = PERIODS[kind](on)
    earlier = PERIODS[kind](period.day_before)
    says = [say("who_came", text=in_words(work, period), whose=whose(work, asked))]
    options = []
    for trait in Trait:
        found = _groups(work, period, trait, asked)
        before = _groups(work, earlier, trait, asked)
        if len({*found, *before}) < (2 if trait is Trait.PLACE else 1):
            continue
        says += [say(f"by_{trait}"), *_lines(work, found, before)]
        options.append(
            Option(code_of(kind, on, asked, f"trend:{trait}"), say(f"{trait}_over_time"))
        )
    if not options:
        says.append(say("who_nobody"))
    options.append(Option(code_of(kind, on, asked), say("the_numbers")))
    return Answer(tuple(says), tuple(options))


def _lines(work: Work, found: Mapping[str, Group], before: Mapping[str, Group]) -> list[Say]:
    """Groups that there were before and are not now are told of, too."""
    none = Group(0, Visits())
    return [
        say(
            "group_line",
            name=_name(work, key),
            patients=found.get(key, none).patients,
            count=found.get(key, none).visits.total,
            before=before.get(key, none).visits.total,
            missed=share_in_words(work, found.get(key, none).visits.missed_share),
        )
        for key in dict.fromkeys((*found, *before))
    ]


def show_trend(
    work: Work, trait: str, kind: str, day: str, practitioner: str, location: str
) -> Answer:
    """The visits of these days and of those before, each bar parted by the trait, as a picture."""
    asked = Asked(practitioner=int(practitioner) or None, location=int(location) or None)
    if not is_theirs(work, asked):
        return Answer((say("not_yours"),))
    periods = [PERIODS[kind](date.fromisoformat(day))]
    while len(periods) < OVER_TIME:
        periods.insert(0, PERIODS[kind](periods[0].day_before))
    counted = [_groups(work, period, Trait(trait), asked) for period in periods]
    title = work.book.say(say(f"{trait}_over_time")) + whose(work, asked)
    names = tuple(_short(work, kind, period) for period in periods)
    text = in_words(work, Period(periods[0].first, periods[-1].last))
    picture = Chart(title, names, _bars(work, counted))
    return Answer((say("trend_of", text=text, whose=whose(work, asked)),), picture=picture)


def _groups(work: Work, period: Period, trait: Trait, asked: Asked) -> Mapping[str, Group]:
    chosen = select_days(
        work.connection,
        work.sphere,
        period,
        practitioner_id=asked.practitioner,
        location_id=asked.location,
    )
    return groups(work.connection, chosen, period, trait, work.now)


def _bars(work: Work, counted: Sequence[Mapping[str, Group]]) -> tuple[Bars, ...]:
    """One part for each group; where there are more than colours, the smallest are "others"."""
    totals: dict[str, int] = {}
    for found in counted:
        for key, group in found.items():
            totals[key] = totals.get(key, 0) + group.visits.total
    shown = sorted(totals, key=lambda key: -totals[key])
    if len(shown) > len(COLORS):
        shown = shown[: len(COLORS) - 1]
    # In the order in which they are told, not by size.
    parts = [
        (_name(work, key), [_visits(found, key) for found in counted])
        for key in totals
        if key in shown
    ]
    rest = [sum(_visits(found, key) for key in totals if key not in shown) for found in counted]
    if any(rest):
        parts.append((work.book.say(say("group_others")), rest))
    return tuple(
        Bars(name, color, tuple(values))
        for (name, values), color in zip(parts, COLORS, strict=False)
    )


def _visits(found: Mapping[str, Group], key: str) -> int:
    return found[key].visits.total if key in found else 0


def _name(work: Work, key: str) -> str:
    if key in (*GENDERS, UNKNOWN):
        return work.book.say(say(f"group_{key}"))
    if key.isdecimal():
        return work.clinic.directory.location(int(key)).name
    return key


def _short(work: Work, kind: str, period: Period) -> str:
    if kind == "month":
        return work.book.short_month(period.first)
    return work.book.short_day(period.first)
