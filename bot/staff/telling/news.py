"""What became of visits, put into words for one of staff: as far as they see them, and may know
whose they are."""

from collections.abc import Sequence

from bot.dialogue.turn import Say, say
from bot.staff.work import Work, line
from core.staff.news import Spot, VisitNews
from core.staff.wishes import Change

SHOWN = 8  # Of one message; the others are counted, and stand in the calendar.


def listed(work: Work, news: Sequence[VisitNews]) -> list[Say]:
    """Return a line each, the oldest first, and how many more there are. What they see by it is
    written down."""
    shown = news[:SHOWN]
    work.looked(
        "news", [each.appointment_id for each in shown], [each.patient_id for each in shown]
    )
    says: list[Say] = [line(in_words(work, each)) for each in shown]
    if (left := len(news) - len(shown)) > 0:
        says.append(say("and_more", count=left))
    return says


def in_words(work: Work, news: VisitNews) -> str:
    """Return "Moved: J.S., Mon, Nov 23 10:00 AM Dr Patel -> Tue, Nov 24 9:00 AM Dr Okafor". A time
    that is not theirs to see is left out."""
    was, is_now = (
        _spot(work, spot) if spot is not None and spot.lies_in(work.sphere) else ""
        for spot in (news.was, news.is_now)
    )
    key = f"news_{news.change}"
    if news.change is Change.MOVED and not (was and is_now):
        key = "news_moved_away" if was else "news_moved_here"
    said = say(key, patient=_name(work, news), was=was, text=is_now)
    return work.book.say(said)


def _spot(work: Work, spot: Spot) -> str:
    directory = work.clinic.directory
    place = directory.location(spot.location_id)
    day = work.book.short_day(spot.starts_at.astimezone(place.zone).date())
    who = work.book.surname_of(directory.practitioner(spot.practitioner_id))
    return f"{day} {work.book.clock(spot.starts_at, place)} {who}"


def _name(work: Work, news: VisitNews) -> str:
    if news.is_restricted and news.patient_id not in work.opened:
        return work.book.say(say("restricted"))
    return work.called(news)
