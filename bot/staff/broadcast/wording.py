"""Broadcasts in words: whom one is for, what it says and costs, whom it reaches, how far it is."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from bot.dialogue.turn import Say, say
from bot.messages import Channel
from bot.phrases import DEFAULT_LANGUAGE, Phrasebook, calendar, figures, languages
from bot.phrases.own import inviting
from bot.rendering import MOST_SEGMENTS, Rendered
from bot.staff.talks import CHANNELS
from bot.staff.work import Work, line
from bot.wording import worded
from core.broadcasts.cost import price_of_a_segment
from core.broadcasts.group import Group
from core.broadcasts.keeping import Broadcast, Progress
from core.broadcasts.reach import Reach, Way
from core.models.broadcasts import BroadcastPurpose, BroadcastState
from core.quiet import allowed_from

LONGEST_SHOWN = 60  # Signs of a text in a list.


def of_group(work: Work, group: Group) -> str:
    """Return "a visit Fri, Nov 27, Dr Patel, Downtown"."""
    book, directory = work.book, work.clinic.directory
    if group.is_everybody:
        return book.say(say("cast_everybody"))
    parts = []
    if group.first and group.last:
        key = "cast_day" if group.first == group.last else "cast_days"
        first, last = (calendar.date_of(day, book.locale) for day in (group.first, group.last))
        parts.append(say(key, first=first, last=last))
    if group.practitioner is not None:
        parts.append(line(book.surname_of(directory.practitioner(group.practitioner))))
    if group.location is not None:
        parts.append(line(directory.location(group.location).name))
    named = {
        "cast_unseen": group.unseen_since,
        "cast_born_from": group.born_from,
        "cast_born_until": group.born_until,
    }
    parts += [say(key, day=calendar.date_of(day, book.locale)) for key, day in named.items() if day]
    if group.language:
        name = book.locale.languages.get(group.language, group.language)
        parts.append(say("cast_speaks", name=name))
    return ", ".join(map(book.say, parts))


def purpose_of(purpose: BroadcastPurpose) -> Say:
    match purpose:
        case BroadcastPurpose.CARE:
            return say("cast_care")
        case BroadcastPurpose.OPERATION:
            return say("cast_operation")
        case BroadcastPurpose.MARKETING:
            return say("cast_marketing")


def wrong_with(work: Work, text: str) -> Say | None:
    """Return what is wrong with a text, None if it can be sent to anybody."""
    if words := inviting(text):
        return say("cast_invites", text=", ".join(dict.fromkeys(words)))
    segments = max(as_read(work, text, code).segments for code in work.clinic.directory.languages)
    if segments > MOST_SEGMENTS:
        return say("cast_too_long", count=segments, most=MOST_SEGMENTS)
    return None


def as_read(
    work: Work, text: str, language: str | None, channel: Channel = Channel.SMS
) -> Rendered:
    """Return the message as a patient reads it."""
    known = (language, *work.clinic.directory.languages, DEFAULT_LANGUAGE)
    code = next(each for each in known if each in languages())
    book = Phrasebook(work.clinic.directory, code, discreet=channel is not Channel.WEB)
    return worded((say("broadcast", text=text),), (), book, channel)


def preview(work: Work, broadcast: Broadcast, found: Reach) -> list[Say]:
    """Return all that is said before the yes."""
    assert broadcast.purpose is not None  # noqa: S101 - asked before it is shown
    says = [
        say(
            "cast_heading",
            text=of_group(work, broadcast.meant.group),
            purpose=work.book.say(purpose_of(broadcast.purpose)),
        ),
        say("cast_counts", count=found.patients, reached=len(found.ways)),
    ]
    if found.ways:
        says.append(line(_by_channel(found)))
    if found.sharing:
        says.append(say("cast_sharing", count=found.sharing))
    if found.left_out:
        count = sum(found.left_out.values())
        says.append(say("cast_left_out", count=count, text=_reasons(work, found.left_out)))
    if found.hides:
        says.append(say("cast_hides"))
    if found.ways:
        says += [*_cost(work, broadcast, found), *_when(work, broadcast, found)]
    return [*says, say("cast_reads"), line(as_read(work, broadcast.text, None).text)]


def _by_channel(found: Reach) -> str:
    counts = sorted(found.channels.items())
    return ", ".join(f"{CHANNELS[Channel(channel)]} {count}" for channel, count in counts)


def _reasons(work: Work, reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{work.book.say(_reason(why))} {count}" for why, count in reasons.items())


def _reason(why: str) -> Say:
    known = {
        "deceased": "cast_why_deceased",
        "no_contact": "cast_why_no_contact",
        "blocked": "cast_why_blocked",
        "no_address": "cast_why_no_address",
        "bad_address": "cast_why_no_address",
        "opted_out": "cast_why_opted_out",
        "no_consent": "cast_why_no_consent",
        "window_closed": "cast_why_window",
        "too_late": "cast_why_too_late",
        "expired": "cast_why_too_late",
    }
    return say(known.get(why, "cast_why_else"))


def _cost(work: Work, broadcast: Broadcast, found: Reach) -> Iterator[Say]:
    texts = [way for way in found.ways if way.channel == Channel.SMS]
    if not texts:
        return
    total = sum(_segments(work, broadcast.text, texts))
    yield say("cast_segments", count=len(texts), segments=total)
    price = price_of_a_segment(work.connection)
    if price is not None:
        amount = (price.amount * total).quantize(Decimal("0.01"))
        text = figures.price(amount, price.currency, work.book.locale)
        yield say("cast_price", text=text)


def _segments(work: Work, text: str, ways: list[Way]) -> Iterator[int]:
    by_language = Counter(way.language for way in ways)
    for language, count in by_language.items():
        yield as_read(work, text, language).segments * count


def _when(work: Work, broadcast: Broadcast, found: Reach) -> Iterator[Say]:
    rules, place = work.clinic.rules, work.clinic.directory.locations[0]
    free = allowed_from(work.now, place.zone, rules)
    if free > work.now:
        yield say("cast_goes_later", time=work.book.clock(free, place))
    a_minute = rules.broadcast_messages_a_minute
    if a_minute and len(found.ways) > a_minute:
        minutes = -(-len(found.ways) // a_minute)
        yield say("cast_takes", count=minutes, pace=a_minute)
    if rules.quiet_from_hour != rules.quiet_until_hour:
        yield say("cast_quiet")
    if broadcast.purpose is not BroadcastPurpose.OPERATION:
        yield say("cast_limited")


def counted(work: Work, broadcast: Broadcast, at: Progress) -> list[Say]:
    """Return how far it is."""
    is_stopped = broadcast.state is BroadcastState.STOPPED
    says = [
        say(
            "cast_stopped_of" if is_stopped else "cast_progress_of",
            text=shortened(broadcast.text),
            count=at.recipients,
        ),
        say(
            "cast_stands",
            waiting=at.waiting,
            sent=at.sent,
            delivered=at.delivered,
            failed=at.failed,
        ),
    ]
    if at.left_out:
        says.append(say("cast_left_out", count=at.left_out, text=_reasons(work, at.reasons)))
    if at.withdrawn:
        says.append(say("cast_withdrawn", count=at.withdrawn))
    return says


def listed(work: Work, broadcast: Broadcast, at: Progress) -> Say:
    """Return one line of the history."""
    assert broadcast.purpose is not None  # noqa: S101 - it was agreed to
    assert broadcast.agreed_at is not None  # noqa: S101
    zone = work.clinic.directory.locations[0].zone
    return say(
        "cast_line",
        day=work.book.short_day(broadcast.agreed_at.astimezone(zone).date()),
        text=shortened(broadcast.text),
        purpose=work.book.say(purpose_of(broadcast.purpose)),
        count=at.recipients,
        sent=at.sent + at.delivered,
    )


def shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_SHOWN else f"{flat[: LONGEST_SHOWN - 1]}…"
