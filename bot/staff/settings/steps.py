"""The settings, page by page: groups, one setting with its history, a new value, the yes, the way
back."""

import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, unquote

from bot.dialogue.turn import Option, Say, say
from bot.phrases import calendar
from bot.staff.reading import Asked, command_in
from bot.staff.settings.asking import Meant, meant_in
from bot.staff.settings.reading import listed
from bot.staff.settings.subjects import (
    QUIET_HOURS,
    Subject,
    groups,
    keys_of,
    may,
    places,
    subjects,
)
from bot.staff.settings.values import Unread, values_in
from bot.staff.settings.worded import group_name, label, past, whose, worded
from bot.staff.work import ASKED_MORE, Answer, Work, line
from core.setup.by_staff import (
    By,
    Present,
    Source,
    as_in_file,
    change,
    history,
    present,
    take_back,
)
from core.setup.changeable import OPENING_HOURS, PHRASE, RULES, Group

MOST_CHANGES = 5


def settings(work: Work, asked: Asked) -> Answer:
    """ "/settings", or all at once: "/settings quiet hours 21:00-07:00"."""
    first, _, rest = asked.text.strip().partition(" ")
    subject = Subject.parse(first)
    if subject is not None and rest.strip():
        return _answered(work, subject, rest.strip())
    if subject is not None:
        return _show(work, subject)
    meant = meant_in(work, asked)
    if meant is None:
        return _groups(work)
    return _meant(work, meant)


def _answered(work: Work, subject: Subject, words: str) -> Answer:
    """The value that was asked for, unless it is dropped, or another setting is meant."""
    language = work.book.language
    if words.casefold().rstrip(".!") in listed(language, "drop"):
        return Answer((say("dropped"),))
    if not subject.is_text and (command_in(words, language) or ("",))[0] == "settings":
        return settings(work, work.read(words, command="settings"))
    return _heard(work, subject, words)


def _meant(work: Work, meant: Meant) -> Answer:
    if meant.group is not None:
        return show_group(work, meant.group)
    [*fitting] = [subject for subject in meant.subjects if may(work, subject)]
    if not fitting:
        return Answer((say("setting_not_yours"),))
    if len(fitting) == 1:
        return _heard(work, fitting[0], meant.words) if meant.words else _show(work, fitting[0])
    words = quote(meant.words, safe="")
    options = tuple(
        Option(f"setting:{each.code}:{words}", line(label(work, each))) for each in fitting
    )
    return Answer((say("which_setting"),), options)


def _groups(work: Work) -> Answer:
    found = groups(work)
    if not work.sphere.everywhere and not places(work):
        return Answer((say("setting_not_yours"),))
    options = tuple(
        Option(f"settings:{group}", line(group_name(work, group)))
        for group in found
        if group is not Group.SENTENCES or work.sphere.everywhere
    )
    return Answer((say("settings_begin"),), options)


def show_group(work: Work, name: str, place: str = "") -> Answer:
    """What there is in a group; of several places, those of one."""
    group = Group(name)
    if group is Group.SENTENCES:
        return _sentences(work)
    found = list(subjects(work, group))
    if not found:
        return Answer((say("setting_not_yours"),))
    if len(found) == 1:
        return _show(work, found[0])
    here = {each.location_id for each in found}
    if group is Group.TEXTS and place == "" and len(here) > 1:
        return _choose_place(work, group, here)
    if place:
        found = [each for each in found if (each.location_id or 0) == int(place)]
    says = [line(group_name(work, group))]
    if group is Group.TEXTS:
        names = [label(work, each) for each in found]
    else:  # Rules have long names: a number stands for each.
        names = [str(number) for number, _ in enumerate(found, start=1)]
        says += [
            line(f"{number}. {label(work, each)}: {_now(work, each)}")
            for number, each in zip(names, found, strict=True)
        ]
    options = tuple(
        Option(f"setting:{each.code}:", line(name)) for name, each in zip(names, found, strict=True)
    )
    return Answer(tuple(says), options)


def _choose_place(work: Work, group: Group, here: set[int | None]) -> Answer:
    directory = work.clinic.directory
    options = [
        Option(f"settings:{group}:{place.key}", line(place.name))
        for place in directory.locations
        if place.key in here
    ]
    if None in here:
        options.append(Option(f"settings:{group}:0", say("texts_of_visits")))
    return Answer((say("which_setting"),), tuple(options))


def _sentences(work: Work) -> Answer:
    """Those in the clinic's own words; any other by its name."""
    if not work.sphere.everywhere:
        return Answer((say("setting_not_yours"),))
    mine = [
        Subject(PHRASE, key, language)
        for language, texts in work.clinic.directory.phrases.items()
        for key in texts
    ]
    options = tuple(Option(f"setting:{each.code}:", line(label(work, each))) for each in mine[:12])
    return Answer((say("which_sentence"),), options, asks=f"{ASKED_MORE}:settings:{PHRASE}")


# One setting


def show(work: Work, code: str, words: str) -> Answer:
    """A button that leads to a setting, with the value that was said before, if any."""
    subject = Subject.parse(code)
    if subject is None:
        return _groups(work)
    return _heard(work, subject, unquote(words)) if words else _show(work, subject)


def _here(work: Work, subject: Subject) -> list[Present]:
    return [present(work.connection, key) for key in keys_of(work, subject)]


def _now(work: Work, subject: Subject) -> str:
    return worded(work, subject, [each.value for each in _here(work, subject)])


def _show(work: Work, subject: Subject) -> Answer:
    if not may(work, subject):
        return Answer((say("setting_not_yours"),))
    here = _here(work, subject)
    value = worded(work, subject, [each.value for each in here])
    says = [
        say("setting_is", name=label(work, subject), text=value),
        line(whose(work, subject, here)),
        *_history(work, subject),
    ]
    languages = work.clinic.directory.languages
    if subject.is_text and not subject.language and len(languages) > 1:
        options = tuple(
            Option(
                f"setting:{replace(subject, language=code).code}:", line(calendar.own_name(code))
            )
            for code in languages
        )
        return Answer((*says, say("which_language")), options)
    says.append(say(f"how_{_kind(subject)}"))
    return Answer(
        tuple(says), tuple(_ways(work, subject, here)), asks=f"{ASKED_MORE}:settings:{subject.code}"
    )


def _kind(subject: Subject) -> str:
    if subject.is_text:
        return "text"
    if subject.name in RULES:
        return "hour" if subject.name.endswith("_hour") else "number"
    return subject.name


def _history(work: Work, subject: Subject) -> list[Say]:
    changes = history(work.connection, keys_of(work, subject), MOST_CHANGES)
    told = [past(work, subject, key, change) for key, change in changes]
    return [say("setting_history"), *map(line, filter(None, told))] if any(told) else []


def _ways(work: Work, subject: Subject, here: Sequence[Present]) -> list[Option]:
    ways = []
    if any(each.source is Source.STAFF for each in here):
        code = f"as_in_file:{subject.code}:{_seen(here)}"
        ways.append(Option(code, say("as_in_file")))
    if subject.may_be_local and subject.location_id is None and len(places(work)) > 1:
        ways += [_only_at(work, replace(subject, location_id=place)) for place in places(work)]
    ways.append(Option(f"settings:{subject.group}", say("back_to_settings")))
    return ways if subject.name != QUIET_HOURS else ways[:-1]


def _only_at(work: Work, subject: Subject) -> Option:
    place = work.clinic.directory.location(subject.location_id or 0).name
    own = any(each.value is not None for each in _here(work, subject))
    name = f"{place}: {_now(work, subject)}" if own else place
    return Option(f"setting:{subject.code}:", say("only_at", name=name))


def _seen(here: Sequence[Present]) -> int:
    return max(each.last_event for each in here)


# A new value


def _heard(work: Work, subject: Subject, words: str, *first: Say) -> Answer:
    if not may(work, subject):
        return Answer((say("setting_not_yours"),))
    here = _here(work, subject)
    try:
        values = values_in(work, subject, words.strip(), here)
    except Unread as unread:
        return Answer((*first, *unread.says), asks=f"{ASKED_MORE}:settings:{subject.code}")
    if values == [each.value for each in here]:
        return Answer((say("setting_is_so", text=worded(work, subject, values)),))
    name = label(work, subject)
    says = [
        *first,
        say("shall_set", name=name, text=worded(work, subject, values)),
        say("instead_of", text=worded(work, subject, [each.value for each in here])),
    ]
    if subject.name in (OPENING_HOURS, QUIET_HOURS, "reminders"):
        says.append(say(f"means_{subject.name}"))
    written = quote(json.dumps(values), safe="")
    yes = Option(f"set:{subject.code}:{_seen(here)}:{written}", say("do_set"))
    return Answer(tuple(says), (yes, Option("leave", say("drop_it"))))


def do(work: Work, code: str, seen: str, written: str) -> Answer:
    """What was shown; raises SettingChanged where somebody was faster."""
    subject = _required(work, code)
    if subject is None:
        return Answer((say("setting_not_yours"),))
    values: list[str | None] = json.loads(unquote(written))
    pairs = list(zip(keys_of(work, subject), values, strict=True))
    events = change(work.connection, pairs, _by(work), work.now, seen=int(seen))
    return _done(work, subject, events, "setting_done")


def return_to_file(work: Work, code: str, seen: str) -> Answer:
    """What the clinic file says, or the default where it says nothing."""
    subject = _required(work, code)
    if subject is None:
        return Answer((say("setting_not_yours"),))
    keys = keys_of(work, subject)
    events = as_in_file(work.connection, keys, _by(work), work.now, seen=int(seen))
    return _done(work, subject, events, "setting_as_in_file")


def _done(work: Work, subject: Subject, events: Sequence[int], says: str) -> Answer:
    work.note("changed", "setting", events)
    undo = Option(f"unset:{subject.code}:{','.join(map(str, events))}", say("staff_undo"))
    told = say(says, name=label(work, subject), text=_now(work, subject))
    return Answer((told,), (undo,) if events else ())


def undo(work: Work, code: str, ids: str) -> Answer:
    """As it was before; raises SettingChanged where somebody has changed it since."""
    subject = _required(work, code)
    if subject is None:
        return Answer((say("setting_not_yours"),))
    events = [int(each) for each in ids.split(",")]
    take_back(work.connection, keys_of(work, subject), events, _by(work), work.now)
    work.note("took_back", "setting", events)
    return Answer((say("setting_back", name=label(work, subject), text=_now(work, subject)),))


def _required(work: Work, code: str) -> Subject | None:
    subject = Subject.parse(code)
    return subject if subject is not None and may(work, subject) else None


def _by(work: Work) -> By:
    return By(work.pairing.member.id, work.sphere.role, work.channel)
