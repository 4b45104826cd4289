"""One's own chat: help, the PIN, locking it; and the code that opens a colleague's."""

from bot.dialogue.turn import say
from bot.staff.reading import Asked
from bot.staff.work import Answer, Work, line
from core.errors import UnknownStaff, WeakPin
from core.staff import pairing
from core.staff.colleagues import staff_named
from core.staff.members import member
from core.staff.pins import Tried, choose_pin, try_pin
from core.staff.rights import Deed, may_invite

# What help tells of, as far as they may do it.
HELP = {
    Deed.SEE_DAY: "help_day",
    Deed.MARK_VISIT: "help_mark",
    Deed.FIND: "help_find",
    Deed.BOOK: "help_book",
    Deed.BLOCK_TIME: "help_block",
    Deed.SICK_DAY: "help_sick",
    Deed.RUN_LATE: "help_late",
    Deed.HOURS: "help_hours",
    Deed.CHANGE_HOURS: "help_change_hours",
    Deed.REPORT: "help_report",
    Deed.EXPORT: "help_export",
    Deed.TASKS: "help_tasks",
    Deed.ANSWER_PATIENT: "help_talks",
    Deed.BROADCAST: "help_broadcast",
    Deed.STANDING: "help_standing",
    Deed.REVIEW: "help_reviews",
    Deed.MERGE: "help_merge",
    Deed.INVITE: "help_invite",
    Deed.SETTINGS: "help_settings",
    Deed.OWN_CHAT: "help_own",
}


def show_help(work: Work, asked: Asked) -> Answer:
    del asked
    told = (say(sentence) for deed, sentence in HELP.items() if work.sphere_for(deed))
    return Answer((say("help_begins"), *told))


def choose(work: Work, asked: Asked) -> Answer:
    """`/pin 482913`; whoever has one names it first: `/pin 482913 771204`."""
    who, given = work.pairing.member, asked.text.split()
    if who.has_pin:
        if len(given) != 2:
            return Answer((say("pin_how_to_change"),))
        tried = try_pin(work.connection, who.id, given[0], work.now)
        if tried is Tried.LOCKED:
            pairing.lock(work.connection, work.pairing, work.now)
            return Answer((say("pin_locked"),), ends=True)
        if tried is Tried.WRONG:
            return Answer((say("pin_not_that"),))
    elif len(given) != 1:
        return Answer((say("pin_first"),))
    try:
        choose_pin(work.connection, who.id, given[-1], work.now)
    except WeakPin:
        return Answer((say("pin_weak"),))
    pairing.note_pin(work.connection, work.pairing, work.now)
    work.note("chose_pin", "staff", [who.id])
    return Answer((say("pin_chosen"),))


def lock(work: Work, asked: Asked) -> Answer:
    del asked
    pairing.lock(work.connection, work.pairing, work.now)
    work.note("locked", "staff", [work.pairing.member.id])
    return Answer((say("locked" if work.pairing.member.has_pin else "locked_for_good"),), ends=True)


def invite(work: Work, asked: Asked) -> Answer:
    """`/invite tom`: the code with which Tom makes a chat his."""
    username = asked.text.strip().casefold()
    if not username:
        return Answer((say("invite_whom"),))
    try:
        who = member(work.connection, staff_named(work.connection, username).id)
    except UnknownStaff:
        who = None
    if who is None:
        return Answer((say("invite_unknown", name=username),))
    if not may_invite(work.pairing.member.grants, who.grants):
        return Answer((say("not_allowed"),))
    code = pairing.invite(work.connection, who.id, work.now)
    work.note("invited", "staff", [who.id])
    return Answer((say("invited", name=who.name), line(code)))
