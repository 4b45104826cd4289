"""`/notify`: what somebody is told of unasked, and what they would rather be."""

from collections.abc import Mapping

from bot.dialogue.turn import Option, Say, say
from bot.staff.reading import Asked
from bot.staff.telling.reading import wished_in
from bot.staff.work import ASKED_MORE, Answer, Work
from core.models.staff import Hears
from core.staff import wishes
from core.staff.digest import morning_of
from core.staff.members import Member
from core.staff.wishes import Change, Wishes, wishes_of

DIGEST = "digest"  # The button's word for it, beside the three changes.
_SWITCH = {"on": True, "off": False}


def notify(work: Work, asked: Asked) -> Answer:
    """What they are told of; or as they have just wished."""
    wished = wished_in(asked.text, work.book.language)
    if wished.of and not wished.hears:
        return _ask_when(wished.of)
    if not wished.hears and wished.digest is None:
        return _page(work)
    return _set(work, wished.hears, wished.digest)


def choose(work: Work, what: str, how: str) -> Answer:
    """A button: one of the three, or the digest."""
    if what == DIGEST:
        return _set(work, {}, _SWITCH[how])
    return _set(work, {Change(what): Hears(how)}, None)


def put_back(work: Work, before: str, digest: str) -> Answer:
    """As it was before they changed it."""
    pairs = (each.split("=") for each in before.split(",") if each)
    hears = {Change(change): Hears(how) for change, how in pairs}
    return _set(work, hears, _SWITCH.get(digest), undo=False)


def _set(
    work: Work, hears: Mapping[Change, Hears], digest: bool | None, *, undo: bool = True
) -> Answer:
    before = _present(work)
    who = work.pairing.member.id
    wishes.wish(work.connection, who, hears=hears, digest=digest, now=work.now)
    said = [f"{change}={how}" for change, how in hears.items()]
    said += [] if digest is None else [f"{DIGEST}={'on' if digest else 'off'}"]
    work.note("chose_notices", "staff", [who], reason=", ".join(said))
    if not undo:
        return _page(work, say("taken_back"))
    as_it_was = ",".join(f"{change}={before.hears[change]}" for change in hears)
    switch = "" if digest is None else ("on" if before.digest else "off")
    back = Option(f"unnotify:{as_it_was}:{switch}", say("staff_undo"))
    return _page(work, say("notify_noted"), first=(back,))


def _ask_when(of: tuple[Change, ...]) -> Answer:
    """They named what, not when."""
    asks = f"{ASKED_MORE}:notify:{' and '.join(of)}"
    options = tuple(
        Option(f"notify:{of[0]}:{how}", say(f"hears_{how}")) for how in Hears if len(of) == 1
    )
    return Answer((say("notify_when"),), options, asks=asks)


def _page(work: Work, *before: Say, first: tuple[Option, ...] = ()) -> Answer:
    now = _present(work)
    scope = "notify_own" if work.sphere.is_own else "notify_places"
    says = [*before, say("notify_is"), say(scope)]
    says += [say(f"notify_{change}", how=_said(work, now.hears[change])) for change in Change]
    says.append(_digest(work, work.pairing.member, now))
    options = [
        Option(f"notify:{change}:{how}", say(f"to_hear_{change}", how=_said(work, how)))
        for change in Change
        for how in Hears
        if how is not now.hears[change]
    ]
    switch = "off" if now.digest else "on"
    options.append(Option(f"notify:{DIGEST}:{switch}", say(f"to_digest_{switch}")))
    return Answer(tuple(says), (*first, *options))


def _digest(work: Work, who: Member, now: Wishes) -> Say:
    if not now.digest:
        waits = Hears.DIGEST in now.hears.values()
        return say("notify_digest_off_waits" if waits else "notify_digest_off")
    morning = morning_of(work.connection, who, work.clinic.rules.digest_hour, work.now)
    at = morning.due_at.astimezone(morning.hours.zone).time()
    return say("notify_digest_on", time=at)


def _said(work: Work, how: Hears) -> str:
    return work.book.say(say(f"hears_{how}"))


def _present(work: Work) -> Wishes:
    return wishes_of(work.connection, work.pairing.member.id, work.sphere)
