"""A message to many: asked for, shown, sent with one yes, watched, stopped, and listed."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from bot.dialogue.turn import Option, Say, say
from bot.staff.broadcast.reading import Heard, heard
from bot.staff.broadcast.wording import (
    counted,
    listed,
    of_group,
    preview,
    purpose_of,
    shortened,
    wrong_with,
)
from bot.staff.reading import DROPPED, Asked
from bot.staff.work import ASKED_MORE, LEAVE, Answer, Work, line
from core.broadcasts import keeping
from core.broadcasts.group import Filter, Group
from core.broadcasts.keeping import Broadcast
from core.broadcasts.reach import Reach, reach
from core.models.broadcasts import BroadcastPurpose, BroadcastState

NAME = "broadcast"
# So long after the yes the first copy goes out, and all of it can be stopped before.
SECOND_THOUGHTS = timedelta(seconds=30)
SHOWN = 5  # Broadcasts in a list.
SHORT = 3  # Words; a message says more than "leave it".
# The groups that are offered, each in the words that it can be written in, too.
OFFERED = ("cast_everybody", "cast_visit_today", "cast_visit_tomorrow", "cast_unseen_a_year")
_PURPOSES = tuple(BroadcastPurpose)


def broadcast(work: Work, asked: Asked) -> Answer:
    """ "Write to everybody with a visit on Friday: we are closed": shown before it is sent."""
    offers = _offers(work)
    if asked.number is not None and 0 < asked.number <= len(offers):
        return to(work, str(asked.number - 1))
    said = heard(work, asked.text)
    if said.group is None and asked.text.strip() and _is_dropped(work, asked.text):
        return Answer((say("dropped"),))
    if said.unread:
        unread = say("cast_unread", text=" ".join(said.unread))
        return _ask_whom(work, unread)
    if said.group is None:
        return _ask_whom(work)
    if not _is_theirs(work, said.group):
        return Answer((say("not_yours"),))
    if not said.text:
        return _ask_text(work, said.head, said.group)
    if _is_dropped(work, said.text):
        return Answer((say("dropped"),))
    if (wrong := wrong_with(work, said.text)) is not None:
        return Answer((wrong, say("cast_write_again")), asks=f"{ASKED_MORE}:{NAME}:{said.head}:")
    return _drafted(work, said, said.group)


def to(work: Work, number: str) -> Answer:
    """One of the groups that were offered."""
    head = _offers(work)[int(number)]
    said = heard(work, head)
    if said.group is None or not _is_theirs(work, said.group):
        return Answer((say("not_yours"),))
    return _ask_text(work, head, said.group)


def _ask_whom(work: Work, *first: Say) -> Answer:
    options = (Option(f"cast_to:{number}", line(head)) for number, head in enumerate(_offers(work)))
    return Answer((*first, say("cast_whom")), tuple(options), asks=f"{ASKED_MORE}:{NAME}:")


def _offers(work: Work) -> list[str]:
    """Return groups in words that are read as any others."""
    heads = [work.book.say(say(key)) for key in OFFERED]
    places = work.clinic.directory.locations
    theirs = [
        place.name
        for place in places
        if work.sphere.everywhere or place.key in work.sphere.locations
    ]
    return heads + (theirs if len(places) > 1 else [])


def _ask_text(work: Work, head: str, group: Group) -> Answer:
    asked = say("cast_text", text=of_group(work, group))
    return Answer((asked,), asks=f"{ASKED_MORE}:{NAME}:{head}:")


def _is_dropped(work: Work, text: str) -> bool:
    """A bare "no" instead of a text drops it."""
    return len(text.split()) <= SHORT and work.read(text).intent in DROPPED


def _is_theirs(work: Work, group: Group) -> bool:
    """A place that is named must be one of theirs; of a practitioner they write to those patients
    who come to their places."""
    return group.location is None or work.sphere.everywhere or _has_posts(work, group.location)


def _has_posts(work: Work, location_id: int) -> bool:
    return location_id in work.sphere.locations or any(
        place == location_id for _, place in work.sphere.posts
    )


def _drafted(work: Work, said: Heard, group: Group) -> Answer:
    draft = keeping.draft(
        work.connection,
        Filter(group, work.sphere),
        said.text,
        staff_id=work.pairing.member.id,
        purpose=said.purpose,
        now=work.now,
    )
    if draft.purpose is not None:
        return _show(work, draft)
    options = [
        Option(f"cast_for:{draft.id}:{purpose}", purpose_of(purpose)) for purpose in _PURPOSES
    ]
    return Answer((say("cast_which_purpose"),), (*options, Option(LEAVE, say("drop_it"))))


def what_for(work: Work, broadcast_id: str, purpose: str) -> Answer:
    """It is care, operation or marketing: that decides who may get it."""
    found = _find(work, broadcast_id)
    if found.state is not BroadcastState.DRAFT:
        return progress(work, broadcast_id)
    keeping.say_what_for(work.connection, found.id, BroadcastPurpose(purpose), work.now)
    return _show(work, _find(work, broadcast_id))


def _show(work: Work, draft: Broadcast, *first: Say) -> Answer:
    found = _reach(work, draft)
    says = (*first, *preview(work, draft, found))
    if not found.ways:
        return Answer((*says, say("cast_nobody")))
    send_it = Option(f"cast:{draft.id}:{_digest(draft, found)}", say("cast_send"))
    return Answer(says, (send_it, Option(LEAVE, say("drop_it"))))


def send(work: Work, broadcast_id: str, digest: str) -> Answer:
    """What was shown, if it is still so; else what is so now is shown first."""
    draft = _find(work, broadcast_id)
    if draft.state is not BroadcastState.DRAFT or draft.purpose is None:
        return progress(work, broadcast_id)
    found = _reach(work, draft)
    if _digest(draft, found) != digest:
        return _show(work, draft, say("changed_since"))
    starts_at = work.now + SECOND_THOUGHTS
    keeping.agree(work.connection, draft.id, found.ways, starts_at=starts_at, now=work.now)
    _note(work, "agreed_to", draft, f"{draft.purpose}, to {len(found.ways)} addresses")
    says = (say("cast_goes", count=len(found.ways), seconds=SECOND_THOUGHTS.seconds),)
    return Answer(says, (_how_far(draft), _stop_it(draft)))


def progress(work: Work, broadcast_id: str) -> Answer:
    """How far it is, in the same message."""
    found = _find(work, broadcast_id)
    if found.state is BroadcastState.DRAFT:
        return Answer((say("broadcast_not_there"),))
    at = keeping.progress(work.connection, found.id)
    options = [_how_far(found)]
    if found.state is BroadcastState.SENDING and at.waiting:
        options.append(_stop_it(found))
    if found.state is BroadcastState.STOPPED and at.withdrawn:
        options.append(Option(f"cast_on:{found.id}", say("cast_go_on")))
    return Answer(tuple(counted(work, found, at)), tuple(options))


def stop(work: Work, broadcast_id: str) -> Answer:
    """What has not gone out does not."""
    found = _find(work, broadcast_id)
    count = keeping.stop(work.connection, found.id, work.now)
    _note(work, "stopped", found, f"{count} withdrawn")
    return progress(work, broadcast_id)


def go_on(work: Work, broadcast_id: str) -> Answer:
    """It was stopped by mistake."""
    found = _find(work, broadcast_id)
    count = keeping.go_on(work.connection, found.id, work.now)
    _note(work, "went_on_with", found, f"{count} again")
    return progress(work, broadcast_id)


def latest(work: Work, asked: Asked) -> Answer:
    """`/broadcasts`: the latest, with how many had them."""
    del asked
    found = keeping.latest(work.connection, work.sphere, SHOWN)
    if not found:
        return Answer((say("cast_none_yet"),))
    at = [keeping.progress(work.connection, each.id) for each in found]
    lines = [listed(work, each, there) for each, there in zip(found, at, strict=True)]
    options = (Option(f"cast_at:{each.id}", line(shortened(each.text))) for each in found)
    return Answer((say("cast_latest"), *lines), tuple(options))


def _find(work: Work, broadcast_id: str) -> Broadcast:
    member = work.pairing.member
    return keeping.find(work.connection, int(broadcast_id), work.sphere, member.id)


def _reach(work: Work, draft: Broadcast) -> Reach:
    """Whom it would reach now, as far as whoever wrote it reaches now."""
    assert draft.purpose is not None  # noqa: S101 - asked before it is shown
    return reach(work.connection, draft.meant, draft.purpose, work.now, opened=work.opened)


def _how_far(found: Broadcast) -> Option:
    return Option(f"cast_at:{found.id}", say("show_progress"))


def _stop_it(found: Broadcast) -> Option:
    return Option(f"cast_stop:{found.id}", say("cast_stop"))


def _note(work: Work, action: str, found: Broadcast, reason: str) -> None:
    work.note(action, "broadcast", [found.id], reason=reason)


def _digest(draft: Broadcast, found: Reach) -> str:
    """Return what tells one preview from another: all that was counted in it."""
    shown: Sequence[object] = (
        draft.purpose,
        draft.text,
        found.patients,
        sorted(found.channels.items()),
        found.sharing,
        sorted(found.left_out.items()),
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]
