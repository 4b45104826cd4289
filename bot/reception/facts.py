"""Commands that ask what the clinic offers: who sees patients when, how long, on which terms."""

from collections.abc import Iterator
from datetime import date, timedelta

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.questions.facts import Presence, Stretch, Terms, Week
from bot.reception.office import Handlers, Office
from core.messaging.tasks import add_note, open_task
from core.models.messaging import TaskKind
from core.scheduling.slots import MINUTE, Hours, Workplace, absent_hours, merge, subtract

AHEAD = 60  # Days in which the next day at work is looked for.


def find_presence(office: Office, command: ask.FindPresence) -> told.PresenceFound:
    today = office.now.astimezone(office.directory.locations[0].zone).date()
    places = (
        place
        for practitioner in command.practitioners
        for place in office.catalogue.workplaces.get(practitioner, ())
    )
    found = (_presence(place, command.day or today) for place in places)
    return told.PresenceFound(tuple(each for each in found if any(each.week)))


def _presence(place: Workplace, day: date) -> Presence:
    later = (day + timedelta(days=ahead) for ahead in range(1, AHEAD))
    next_day, next_hours = next(
        ((each, hours) for each in later if (hours := _hours_on(place, each))), (None, ())
    )
    return Presence(
        practitioner=place.practitioner_id,
        location=place.location_id,
        week=_week(place, day),
        hours=_hours_on(place, day),
        next_day=next_day,
        next_hours=next_hours,
    )


def _week(place: Workplace, day: date) -> Week:
    """The hours of the seven days from `day` on, whatever is off in them."""
    monday = day - timedelta(days=day.weekday())
    week = (monday + timedelta(days=ahead) for ahead in range(7))
    days = (each if each >= day else each + timedelta(days=7) for each in week)
    return tuple(_stretches(_scheduled(place, each)) for each in days)


def _scheduled(place: Workplace, day: date) -> list[tuple[int, int]]:
    """Breaks are left in: somebody who is at lunch is in."""
    hours: tuple[Hours, ...] = tuple(place.schedules.get(day.weekday(), ()))
    return merge((item.starts, item.ends) for item in hours if item.count_on(day))


def _hours_on(place: Workplace, day: date) -> tuple[Stretch, ...]:
    if day in place.holidays:
        return ()
    return _stretches(subtract(_scheduled(place, day), merge(absent_hours(place, day))))


def _stretches(intervals: list[tuple[int, int]]) -> tuple[Stretch, ...]:
    return tuple((start // MINUTE, end // MINUTE) for start, end in intervals)


def find_terms(office: Office, command: ask.FindTerms) -> told.TermsFound:
    catalogue = office.catalogue
    rules = catalogue.rules_at(command.location)
    kinds = [kind for kind in command.visit_types if kind in catalogue.visit_types]
    hours = [catalogue.visit_type(kind).cancellation_hours(rules) for kind in kinds]
    return told.TermsFound(
        tuple(_terms(office, command.practitioners, kinds)),
        max(hours, default=rules.cancellation_notice_hours),
        rules.late_grace_minutes,
    )


def _terms(office: Office, practitioners: tuple[int, ...], kinds: list[int]) -> Iterator[Terms]:
    for kind in kinds:
        offers = office.catalogue.offers(office.catalogue.visit_type(kind))
        for practitioner in practitioners:
            if offer := offers.get(practitioner):
                new, known = offer.length_new // MINUTE, offer.length_known // MINUTE
                yield Terms(practitioner, kind, new, known)


def ask_staff(office: Office, command: ask.AskStaff) -> told.Done:
    """One task for all that a conversation asks, with each question in words."""
    opened = open_task(
        office.connection,
        TaskKind.QUESTION,
        conversation_id=office.conversation.id,
        message_id=office.message_id,
        note=command.question,
        now=office.now,
    )
    if opened is None:
        add_note(
            office.connection,
            TaskKind.QUESTION,
            office.conversation.id,
            note=command.question,
            now=office.now,
        )
    office.note("staff_alerted", about="question")
    return told.Done()


HANDLERS: Handlers = {
    ask.FindPresence: find_presence,
    ask.FindTerms: find_terms,
    ask.AskStaff: ask_staff,
}
