"""A page of days below a question for one, where the channel shows it: which of them have a time
that fits what has been said."""

from dataclasses import replace
from datetime import date, timedelta

from bot.dialogue.offers.pick import wall
from bot.dialogue.offers.seek import meant, search
from bot.dialogue.outcomes import SlotsFound
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Steps, Turn
from bot.dialogue.values import DAYS, ShownDays
from bot.dialogue.when import When
from bot.messages import Asked
from bot.understanding.values import Entities

# All the times of this many people are looked through in a moment; of more, words will do.
MOST_PEOPLE = 20
TASKS = frozenset({Task.BOOK, Task.RESCHEDULE})


def show_days(turn: Turn) -> Steps[None]:
    """Show a page of days with a question for one, when it is known with whom."""
    draft, situation = turn.draft, turn.situation
    if not (situation.day_picker and turn.asks_openly(Asked.DATE, Asked.DATE_TIME)):
        return
    if draft is None or draft.task not in TASKS or not _is_known_with_whom(turn, draft):
        return
    first = turn.page or situation.today
    last = min(first + timedelta(days=DAYS - 1), situation.horizon)
    wish = replace(draft, when=_between(draft.when, first, last))
    found = yield replace(search(wish, situation, None), exactly=True)
    slots = found.slots if isinstance(found, SlotsFound) else ()
    free = frozenset(wall(slot, situation).date() for slot in slots)
    if free or turn.page:
        turn.show(ShownDays(first, free, first > situation.today, last < situation.horizon))


def _is_known_with_whom(turn: Turn, draft: Draft) -> bool:
    is_named = draft.practitioner is not None or draft.specialty is not None
    return is_named and len(meant(draft, turn.situation)) <= MOST_PEOPLE


def _between(when: When, first: date, last: date) -> When:
    """The hours and weekdays that were said, on the days of the page."""
    return replace(
        when,
        days=(),
        day_from=first,
        day_to=last,
        earliest=False,
        any_day=False,
        after=None,
        before=None,
        beside=None,
    )


def turn_page(turn: Turn, first: date) -> None:
    """Ask the same again, above another page."""
    question, draft = turn.before.question, turn.draft
    if question is None or draft is None:
        raise RuntimeError("a page is turned below a question of a task")
    turn.page = max(first, turn.situation.today)
    turn.ask(question.asked, question.key, who=draft, visit=draft.visit)


def take_day(turn: Turn, day: date) -> None:
    """Write the day that was pressed into the draft; the hours that were said stay."""
    when = turn.fill().when.told(Entities(date=day))
    turn.fill(when=when, offer=(), slot=None)
