"""Settings in the words of whoever reads them."""

import json
from collections.abc import Sequence
from datetime import datetime, time

from bot.dialogue.questions.facts import Weekly
from bot.dialogue.turn import say
from bot.phrases import calendar, facts, own
from bot.staff.settings.subjects import EVERY, QUIET_HOURS, Subject, keys_of
from bot.staff.work import Work
from core.occasions.policy import DEFAULT
from core.rules import defaults
from core.scheduling.week import END_OF_DAY
from core.setup.by_staff import Past, Present
from core.setup.changeable import OPENING_HOURS, PHRASE, REMINDERS, Group, Key
from core.setup.changes import as_json, week_of

SHORT = 80  # Letters of a text in its history
_UNITS = {"_minutes": "m", "_hours": "h", "_days": "d"}


def unit_of(name: str) -> str:
    """Return "m", "h" or "d" for a rule that is a length of time, else ""."""
    if name == "open_visits_proved":
        return ""
    return next((unit for end, unit in _UNITS.items() if name.endswith(end)), "")


def group_name(work: Work, group: Group) -> str:
    return work.book.say(say(f"settings_{group}"))


def label(work: Work, subject: Subject) -> str:
    """Return "Opening hours, Downtown", "Reminders, consultation", "welcome (en)"."""
    directory = work.clinic.directory
    if subject.name == PHRASE:
        return f"{subject.about} ({calendar.own_name(subject.language)})"
    parts = [work.book.say(say(f"setting_{subject.name}"))]
    if subject.about == EVERY:
        parts.append(work.book.say(say("every_kind")))
    elif subject.about:
        kinds = (kind for kind in directory.visit_types if kind.code == subject.about)
        parts += [kind.name(work.book.language) for kind in kinds]
    if subject.location_id is not None:
        parts.append(directory.location(subject.location_id).name)
    if subject.language:
        parts.append(calendar.own_name(subject.language))
    return ", ".join(parts)


def worded(work: Work, subject: Subject, values: Sequence[str | None]) -> str:
    """Return what these values of the subject's settings say; None: the default, or nothing."""
    if subject.name == QUIET_HOURS:
        begins, ends = (
            json.loads(value) if value is not None else defaults()[key.name]
            for key, value in zip(keys_of(work, subject), values, strict=True)
        )
        if begins == ends:
            return work.book.say(say("no_quiet_hours"))
        return f"{_hour(work, int(begins))} - {_hour(work, int(ends))}"
    if len(set(values)) > 1:
        return work.book.say(say("not_alike"))
    return _one(work, subject, keys_of(work, subject)[0], values[0])


def _one(work: Work, subject: Subject, key: Key, value: str | None) -> str:
    if subject.is_text:
        return _text(work, subject, value)
    if subject.name == PHRASE:
        ours = own.changeable(subject.language)[subject.about]
        told = work.book.say(say("in_our_words", text=ours))
        return told if value is None else f'"{json.loads(value)}"'
    if subject.name == OPENING_HOURS:
        return _week(work, value or "{}")
    if subject.name == REMINDERS:
        return _lengths(work, DEFAULT if value is None else json.loads(value))
    return _rule(work, key, value)


def _rule(work: Work, key: Key, value: str | None) -> str:
    if value is None and key.location_id is not None:
        everywhere = as_json(getattr(work.clinic.rules, key.name))
        told = _rule(work, Key(key.name), everywhere)
        return work.book.say(say("as_everywhere", text=told))
    number = defaults()[key.name] if value is None else json.loads(value)
    if key.name.endswith("_hour"):
        return _hour(work, int(number))
    unit = unit_of(key.name)
    return _length(work, f"{number}{unit}") if unit else str(number)


def _hour(work: Work, hour: int) -> str:
    return calendar.clock(time(hour % 24), work.book.locale)


def _week(work: Work, value: str) -> str:
    week = week_of(value)
    if not week:
        return work.book.say(say("never_open"))
    minutes = tuple(
        tuple((_minutes(part.starts), _minutes(part.ends)) for part in week.get(day, ()))
        for day in range(7)
    )
    return facts.worded(Weekly(minutes), work.book)


def _minutes(at: time) -> int:
    return 24 * 60 if at == END_OF_DAY else 60 * at.hour + at.minute


def _lengths(work: Work, stages: Sequence[str]) -> str:
    if not stages:
        return work.book.say(say("no_reminders"))
    listed = ", ".join(_length(work, stage) for stage in stages)
    return work.book.say(say("before_the_visit", text=listed))


def _length(work: Work, stage: str) -> str:
    number, unit = stage[:-1], stage[-1]
    return work.book.say(say(f"one_{unit}" if number == "1" else f"many_{unit}", count=number))


def _text(work: Work, subject: Subject, value: str | None) -> str:
    texts: dict[str, str] = json.loads(value) if value is not None else {}
    if subject.language:
        texts = {code: text for code, text in texts.items() if code == subject.language}
    if not texts:
        return work.book.say(say("nothing_told"))
    if subject.language or len(work.clinic.directory.languages) == 1:
        return f'"{next(iter(texts.values()))}"'
    return "; ".join(f'{code}: "{text}"' for code, text in texts.items())


# Whose it is, and what it was


def whose(work: Work, subject: Subject, here: Sequence[Present]) -> str:
    """Return "Changed by Rosa Delgado on Mon, Nov 30." and what the clinic file says instead."""
    staffs = [each for each in here if each.at is not None]
    if not staffs:
        is_default = all(each.value is None for each in here)
        if is_default and subject.may_be_local and subject.location_id is not None:
            return work.book.say(say("setting_of_no_place"))
        return work.book.say(say("setting_of_default" if is_default else "setting_of_file"))
    latest = max(staffs, key=lambda each: each.at or work.now)
    file = worded(work, subject, [each.in_file for each in here])
    return work.book.say(
        say("setting_of_staff", name=latest.by, text=file, when=_when(work, latest.at))
    )


def past(work: Work, subject: Subject, key: Key, change: Past) -> str:
    """Return "Mon, Nov 30, 9:05 AM, Rosa Delgado (admin): 8:00 PM -> 9:00 PM"; "" for what does not
    touch the subject, as the text of another language."""
    one = subject
    if subject.name == QUIET_HOURS or subject.about == EVERY:
        one = Subject(key.root, key.about)
    before, after = (
        _shortened(_one(work, one, key, value)) for value in _different(subject, change)
    )
    if before == after:
        return ""
    who = change.by or work.book.say(say("by_setup"))
    role = f" ({work.book.say(say(f'role_{change.role}'))})" if change.role else ""
    what = f" {label(work, one)}:" if one != subject else ""
    return f"{_when(work, change.at)}, {who}{role}:{what} {before} -> {after}"


def _different(subject: Subject, change: Past) -> tuple[str | None, str | None]:
    """Return what it was and became; of texts, the languages that differ."""
    if not subject.is_text:
        return change.value_from, change.value_to
    before, after = (json.loads(each or "{}") for each in (change.value_from, change.value_to))
    differ = [code for code in {**before, **after} if before.get(code) != after.get(code)]
    was, now = (
        {code: texts[code] for code in differ if code in texts} for texts in (before, after)
    )
    return as_json(was), as_json(now)


def _when(work: Work, at: datetime | None) -> str:
    local = (at or work.now).astimezone(work.clinic.directory.locations[0].zone)
    return f"{work.book.short_day(local.date())} {calendar.clock(local.time(), work.book.locale)}"


def _shortened(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 3]}..."
