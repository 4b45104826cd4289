"""Yes or no: whether a message answers the open question so, or only has the word in it."""

from collections.abc import Collection

from bot.understanding import several, when
from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.values import Intent

_FEW = 2  # Words that may go before a "no" that answers: "well, um, no".
# What is meant where it stands beside a no.
_BESIDE_NO = {
    Intent.ALTERNATIVES, Intent.UNDO, Intent.RESTART, Intent.BACK, Intent.HELP, Intent.REPEAT,
}  # fmt: skip
# What is meant where it stands beside a yes that answers nothing.
_INSTEAD_OF_YES = {Intent.THANKS, Intent.GOODBYE, Intent.OUT_OF_SCOPE}


def is_no(found: Findings, said: Collection[Intent], no: Item) -> bool:
    """ "No, Thursday" is a no; "no, cancel it" is a wish; "no fever" answers nothing."""
    if no.length == 1 and not found.chart.tokens[no.start].stop:
        denied = (*found.dangers, *found.specialties)
        if any(item.start == no.end for item in denied):
            return False
        inside = no.start > _FEW and not found.chart.begins_sentence[no.start]
        if inside and no.end < len(found.chart.words):
            return False  # "A cough and no appetite", "but there's no rush".
    if not _BESIDE_NO.isdisjoint(said) or _refuses_day(found, no):
        return False
    besides = questions(found, no)
    wishes = {
        item.value.intent
        for item in found.tasks
        if item not in besides and not _is_other_day(found, item)
    }
    return not (wishes - {Intent.BOOK, Intent.AVAILABILITY} if found.in_hand else wishes)


def _refuses_day(found: Findings, no: Item) -> bool:
    """ "The 3rd of December, no" says which day will not do: it belongs to the day."""
    if not found.asked("date", "date_time"):
        return False
    wanted = [item for item in found.days if item.kind in when.DAYS]
    if len(wanted) > 1 and any(item.overlaps(no) or item.start == no.end for item in wanted[:1]):
        return no.start == 0 and not found.chart.tokens[no.start].stop  # "Not this week, the next."
    if no.start > 0 and no.end in found.day_cues.excepting:
        return True  # "Thursday, not Friday".
    refusing = no.start in found.day_cues.refused
    return refusing and any(
        item.end == no.start for item in found.days if item.kind in ("day", "weekdays")
    )


def _is_other_day(found: Findings, wish: Item) -> bool:
    """ "Thursday instead", of what is on offer."""
    moving = wish.value.intent is Intent.RESCHEDULE
    return moving and found.in_hand and not found.is_of_visit(wish)


def is_yes(found: Findings, said: Collection[Intent], yes: Item) -> bool:
    """ "Yes, but at 3" is a yes; "Tuesday is fine" gives a day; "great, thanks" is thanks."""
    besides = questions(found, yes)
    wishes = {item.value.intent for item in found.tasks if item not in besides}
    named = (*found.days, *found.names, *found.specialties)
    if any(item.start < yes.start for item in named) or (yes.start > 1 and found.gives_something()):
        return False
    if not {Intent.UNDO, Intent.RESTART}.isdisjoint(said):
        return False  # "I changed my mind, keep it"; "ok, start over".
    if not found.in_hand:
        return not wishes and _INSTEAD_OF_YES.isdisjoint(said)
    if not {Intent.ALTERNATIVES, Intent.MORE}.isdisjoint(said):
        return False
    if Intent.CONFIRM in wishes and several.names_another(found):
        return False  # "Ok, but first confirm my visit with Dr Patel."
    return not wishes - {Intent.BOOK, Intent.CONFIRM}


def is_corrected(found: Findings, no: Item, yes: Item) -> bool:
    """ "No, but actually, yes"."""
    corrections = found.said("correction")
    return any(no.end <= cue.start and cue.end < yes.end for cue in corrections)


def refused(found: Findings) -> str | None:
    """ "No, forget it": not what is on offer alone, but all of it."""
    topics = [item.value.topic for item in found.phrases if item.value.intent is Intent.NO]
    return next((topic for topic in topics if topic), None)


def questions(found: Findings, answer: Item) -> tuple[Item, ...]:
    """ "Yes, what's the address?": what is asked besides an answer that a stop sets apart."""
    opening = answer.start <= 1 and bool(found.chart.tokens[answer.end - 1].stop)
    if not (found.in_hand and opening) or _only_heard(found, answer):
        return ()
    return tuple(item for item in found.tasks if item.value.intent is Intent.ASK)


def _only_heard(found: Findings, answer: Item) -> bool:
    """ "Ok, what's the address?" has heard us, and agrees to nothing yet."""
    heard = any(cue.start <= answer.start and cue.end >= answer.end for cue in found.said("heard"))
    goes_on = "," in found.chart.tokens[answer.end - 1].stop
    agreed = [item for item in found.phrases if item.value.intent is answer.value.intent]
    return heard and goes_on and all(item.start < answer.end for item in agreed)
