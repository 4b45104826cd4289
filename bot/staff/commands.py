"""Everything that can be asked for in a chat of staff, each with the deed that must be allowed.

A command is written with a slash or stands for plain words (`words/`); a button carries a code:
its name here, and what it is about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.staff import (
    asking_to_write,
    days,
    demographics,
    exporting,
    finding,
    late,
    merging,
    own,
    reports,
    restricted,
    standing,
    talks,
    todo,
    visits,
)
from bot.staff.away import doing as away
from bot.staff.booking import steps
from bot.staff.broadcast import agreeing
from bot.staff.broadcast import doing as broadcast
from bot.staff.hours import days_off, showing
from bot.staff.hours import doing as hours
from bot.staff.reading import Asked
from bot.staff.settings import steps as settings
from bot.staff.telling import digest, wishes
from bot.staff.work import Answer, Work
from core.staff.rights import Deed


@dataclass(frozen=True, slots=True)
class Command:
    deed: Deed
    run: Callable[[Work, Asked], Answer]


@dataclass(frozen=True, slots=True)
class Button:
    deed: Deed
    run: Callable[..., Answer]


COMMANDS: Mapping[str, Command] = {
    "start": Command(Deed.OWN_CHAT, own.show_help),
    "help": Command(Deed.OWN_CHAT, own.show_help),
    "pin": Command(Deed.OWN_CHAT, own.choose),
    "lock": Command(Deed.OWN_CHAT, own.lock),
    "today": Command(Deed.SEE_DAY, days.today),
    "tomorrow": Command(Deed.SEE_DAY, days.tomorrow),
    "day": Command(Deed.SEE_DAY, days.today),
    "week": Command(Deed.SEE_DAY, days.week),
    "next": Command(Deed.SEE_DAY, days.who_is_next),
    "close": Command(Deed.SEE_DAY, days.close),
    "digest": Command(Deed.SEE_DAY, digest.show),
    "notify": Command(Deed.SEE_DAY, wishes.notify),
    "arrived": Command(Deed.MARK_VISIT, visits.arrived),
    "completed": Command(Deed.MARK_VISIT, visits.completed),
    "noshow": Command(Deed.MARK_VISIT, visits.no_show),
    "undo": Command(Deed.MARK_VISIT, visits.take_back_last),
    "find": Command(Deed.FIND, finding.find),
    "patients": Command(Deed.FIND, finding.patients),
    "book": Command(Deed.BOOK, steps.book),
    "walkin": Command(Deed.BOOK, steps.walk_in),
    "move": Command(Deed.BOOK, steps.move),
    "cancel": Command(Deed.BOOK, steps.call_off),
    "block": Command(Deed.BLOCK_TIME, away.block),
    "sick": Command(Deed.SICK_DAY, away.sick),
    "closed": Command(Deed.SICK_DAY, away.closed),
    "cover": Command(Deed.SICK_DAY, away.cover),
    "leaving": Command(Deed.SICK_DAY, away.leaving),
    "late": Command(Deed.RUN_LATE, late.late),
    "ontime": Command(Deed.RUN_LATE, late.on_time),
    "hours": Command(Deed.HOURS, hours.hours),
    "report": Command(Deed.REPORT, reports.report),
    "demographics": Command(Deed.REPORT, demographics.who),
    "export": Command(Deed.EXPORT, exporting.export),
    "talks": Command(Deed.ANSWER_PATIENT, talks.show_all),
    "answer": Command(Deed.ANSWER_PATIENT, talks.answer_in_words),
    "done": Command(Deed.ANSWER_PATIENT, talks.done),
    "tasks": Command(Deed.TASKS, todo.show_all),
    "broadcast": Command(Deed.BROADCAST, broadcast.broadcast),
    "broadcasts": Command(Deed.BROADCAST, broadcast.latest),
    "invite": Command(Deed.INVITE, own.invite),
    "standing": Command(Deed.STANDING, standing.standing),
    "reviews": Command(Deed.REVIEW, restricted.reviews),
    "merge": Command(Deed.MERGE, merging.ask),
    "settings": Command(Deed.SETTINGS, settings.settings),
}
BUTTONS: Mapping[str, Button] = {
    "day": Button(Deed.SEE_DAY, days.show_again),
    "close": Button(Deed.SEE_DAY, days.close_again),
    "visit": Button(Deed.SEE_DAY, visits.show),
    "notify": Button(Deed.SEE_DAY, wishes.choose),
    "unnotify": Button(Deed.SEE_DAY, wishes.put_back),
    "mark": Button(Deed.MARK_VISIT, visits.mark),
    "undo": Button(Deed.MARK_VISIT, visits.take_back),
    "patient": Button(Deed.FIND, finding.show),
    "patients": Button(Deed.FIND, finding.patients_from),
    "book": Button(Deed.BOOK, steps.for_patient),
    "change": Button(Deed.BOOK, steps.for_visit),
    "draft": Button(Deed.BOOK, steps.pressed),
    "block": Button(Deed.BLOCK_TIME, away.block_only),
    "unblock": Button(Deed.BLOCK_TIME, away.unblock),
    "sick": Button(Deed.SICK_DAY, away.propose),
    "away": Button(Deed.SICK_DAY, away.do_all),
    "progress": Button(Deed.SICK_DAY, away.progress),
    "there": Button(Deed.SICK_DAY, away.take_all_back),
    "late": Button(Deed.RUN_LATE, late.tell),
    "ontime": Button(Deed.RUN_LATE, late.take_back),
    "leave": Button(Deed.OWN_CHAT, away.leave),
    "hours": Button(Deed.HOURS, showing.show),
    "whose": Button(Deed.HOURS, hours.whose),
    "extra": Button(Deed.HOURS, hours.extra),
    "unextra": Button(Deed.HOURS, hours.unextra),
    "present": Button(Deed.HOURS, days_off.present),
    "absent": Button(Deed.HOURS, days_off.absent),
    "open_after_all": Button(Deed.HOURS, days_off.open_after_all),
    "shut": Button(Deed.HOURS, days_off.shut),
    "weekly": Button(Deed.CHANGE_HOURS, hours.weekly),
    "rehours": Button(Deed.CHANGE_HOURS, hours.do),
    "oldhours": Button(Deed.CHANGE_HOURS, hours.undo),
    "chart": Button(Deed.REPORT, reports.show_chart),
    "report": Button(Deed.REPORT, reports.show_again),
    "who": Button(Deed.REPORT, demographics.show),
    "trend": Button(Deed.REPORT, demographics.show_trend),
    "talk": Button(Deed.ANSWER_PATIENT, talks.open_one),
    "answer": Button(Deed.ANSWER_PATIENT, talks.wait_for_words),
    "ring": Button(Deed.ANSWER_PATIENT, asking_to_write.send),
    "withdraw": Button(Deed.ANSWER_PATIENT, talks.take_answer_back),
    "done": Button(Deed.ANSWER_PATIENT, talks.hand_one_back),
    "tasks": Button(Deed.TASKS, todo.show_from),
    "task": Button(Deed.TASKS, todo.open_one),
    "mine": Button(Deed.TASKS, todo.mine),
    "number": Button(Deed.FIND, todo.number),
    "outcome": Button(Deed.TASKS, todo.came_of_it),
    "reopen": Button(Deed.TASKS, todo.open_again),
    "wrong": Button(Deed.TASKS, todo.wrong_number),
    "newnumber": Button(Deed.TASKS, todo.new_number),
    "cast": Button(Deed.BROADCAST, broadcast.send),
    "cast_to": Button(Deed.BROADCAST, broadcast.to),
    "cast_for": Button(Deed.BROADCAST, broadcast.what_for),
    "cast_at": Button(Deed.BROADCAST, broadcast.progress),
    "cast_stop": Button(Deed.BROADCAST, broadcast.stop),
    "cast_on": Button(Deed.BROADCAST, broadcast.go_on),
    "follow_up": Button(Deed.MARK_VISIT, visits.come_again),
    "standing": Button(Deed.STANDING, standing.show),
    "stand": Button(Deed.STANDING, standing.decide),
    "died": Button(Deed.STANDING, standing.die),
    "never": Button(Deed.STANDING, standing.contact),
    "agrees": Button(Deed.STANDING, agreeing.agree),
    "disagrees": Button(Deed.STANDING, agreeing.take_back),
    "name": Button(Deed.REVIEW, standing.name),
    "unstand": Button(Deed.STANDING, standing.take_back),
    "open": Button(Deed.FIND, restricted.open_one),
    "review": Button(Deed.REVIEW, restricted.show_review),
    "reviewed": Button(Deed.REVIEW, restricted.conclude_one),
    "keep": Button(Deed.MERGE, merging.second),
    "pair": Button(Deed.MERGE, merging.pair),
    "merge": Button(Deed.MERGE, merging.show),
    "merged": Button(Deed.MERGE, merging.do),
    "unmerge": Button(Deed.MERGE, merging.take_back),
    "settings": Button(Deed.SETTINGS, settings.show_group),
    "setting": Button(Deed.SETTINGS, settings.show),
    "set": Button(Deed.CHANGE_SETTING, settings.do),
    "as_in_file": Button(Deed.CHANGE_SETTING, settings.return_to_file),
    "unset": Button(Deed.CHANGE_SETTING, settings.undo),
}
