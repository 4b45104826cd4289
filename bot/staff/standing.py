"""How the clinic stands to a patient, shown and changed in a chat: active, blocked, restricted,
deceased; never written to; and who may see a restricted record."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from bot.dialogue.turn import Option, Say, say
from bot.staff.broadcast.agreeing import to_agree
from bot.staff.people import label_of, person_in, restricted_options, search
from bot.staff.reading import Asked, command_in
from bot.staff.work import ASKED_MORE, ASKED_WORDS, LEAVE, Answer, Work, line
from bot.understanding.text import words_of as folded_words
from core.errors import PatientNotFound, RecordRestricted
from core.models.people import Standing
from core.people import deciding
from core.people.deciding import Stands, stands
from core.people.restricted import restricted_among
from core.people.standing import Ends, record_death, what_ends
from core.scheduling.appointments import Appointment
from core.staff.members import Member, members
from core.staff.rights import Deed

SHOWN = 8  # Visits that are named; the others are counted.
# What may be decided next.
_NEXT = {
    Standing.ACTIVE: (Standing.BLOCKED, Standing.RESTRICTED, Standing.DECEASED),
    Standing.BLOCKED: (Standing.ACTIVE, Standing.RESTRICTED, Standing.DECEASED),
    Standing.RESTRICTED: (Standing.ACTIVE, Standing.BLOCKED, Standing.DECEASED),
    Standing.DECEASED: (Standing.ACTIVE,),
}
RESOURCE = "standing"  # As the audit log calls it.


def standing(work: Work, asked: Asked) -> Answer:
    """ "/standing lopez": how the clinic stands to whoever is meant."""
    text = _whom(work, asked)
    if not text:
        return Answer((say("standing_whom"),), asks=f"{ASKED_MORE}:standing:")
    found = search(work, person_in(work, text))
    if len(found.patients) == 1 and not found.restricted:
        return _card(work, found.patients[0].id)
    if len(found.restricted) == 1 and not found.patients:
        raise RecordRestricted(found.restricted[0].id)
    if not (found.patients or found.restricted):
        return Answer((say("nobody_found", name=text),), asks=f"{ASKED_MORE}:standing:")
    ids = [each.id for each in found.patients]
    work.looked("patient", ids, ids)
    options = [Option(f"standing:{each.id}", line(label_of(work, each))) for each in found.patients]
    options += restricted_options(found, "standing")
    says = [say("which_patient")]
    if found.more:
        says.append(say("more_than_shown"))
    return Answer(tuple(says), tuple(options))


def _whom(work: Work, asked: Asked) -> str:
    plain = command_in(asked.text, work.book.language)
    if plain is None or plain[0] != "standing":
        return asked.text.strip()
    return asked.who or asked.said.phone or ""


def show(work: Work, patient_id: str) -> Answer:
    """The same, from a button."""
    return _card(work, int(patient_id))


def _card(work: Work, patient_id: int, *first: Say, undo: bool = False) -> Answer:
    patient = work.patient(patient_id)
    work.looked("patient", [patient_id], [patient_id])
    now = stands(work.connection, patient_id)
    says = [*first, line(label_of(work, patient)), *_described(work, now)]
    options = [
        Option(f"stand:{patient_id}:{now.standing}:{each}", say(f"to_{each}"))
        for each in _NEXT[now.standing]
    ]
    never = now.is_never_contacted
    to = "off" if never else "on"
    options.append(Option(f"never:{patient_id}:{to}", say(f"to_never_{to}")))
    if (agreeing := to_agree(work, patient_id)) is not None:
        says.append(agreeing[0])
        options.append(agreeing[1])
    if patient.is_restricted and work.sphere_for(Deed.REVIEW):
        options.append(Option(f"name:{patient_id}", say("to_name")))
    if undo:
        options.insert(0, Option(f"unstand:{patient_id}", say("staff_undo")))
    return Answer(tuple(says), tuple(options))


def decide(work: Work, patient_id: str, seen: str, to: str) -> Answer:
    """What is to be from now on; first why."""
    key, standing = int(patient_id), Standing(to)
    patient = work.patient(key)
    if standing is Standing.ACTIVE and not _may_lift(work, key):
        return Answer((say("may_not_lift"),))
    if not work.words:
        says = [say(f"shall_be_{standing}", patient=work.called(patient))]
        if standing is Standing.DECEASED:
            says += _ending(work, what_ends(work.connection, key, now=work.now))
        if standing is Standing.ACTIVE and patient.is_restricted:
            says.append(say("open_to_all"))
        if seen == Standing.DECEASED:
            says.append(say("visits_stay_off"))
        code = f"{ASKED_WORDS}:stand:{key}:{seen}:{to}"
        leave = Option(LEAVE, say("drop_it"))
        return Answer((*says, say(f"why_{standing}")), (leave,), asks=code)
    if standing is Standing.DECEASED:
        return _ask_of_death(work, key, work.words)
    deciding.decide(
        work.connection,
        key,
        standing,
        seen=Standing(seen),
        why=work.words,
        actor=work.actor,
        now=work.now,
        # Whoever restricts a record sees it: somebody must.
        named=[work.pairing.member.id],
    )
    return _decided(work, key, standing, work.words)


def _may_lift(work: Work, patient_id: int) -> bool:
    """Tell whether they may open a restricted record to everybody: an administrator, or whoever is
    named for it. A reason opens it, but only for them."""
    if not restricted_among(work.connection, [patient_id]) or work.sphere_for(Deed.REVIEW):
        return True
    return work.pairing.member.id in stands(work.connection, patient_id).named


def _ask_of_death(work: Work, key: int, why: str, *first: Say) -> Answer:
    """All that would end, to say yes to."""
    ends = what_ends(work.connection, key, now=work.now)
    says = (*first, say("shall_be_deceased", patient=work.called(work.patient(key))))
    yes = Option(f"died:{key}:{_digest(ends)}:{why}", say("yes_deceased"))
    return Answer((*says, *_ending(work, ends)), (yes, Option(LEAVE, say("drop_it"))))


def die(work: Work, patient_id: str, digest: str, *why: str) -> Answer:
    """What was shown ends, if it is still so; else what is so now is shown first."""
    key, reason = int(patient_id), ":".join(why)
    patient = work.patient(key)
    if patient.standing is Standing.DECEASED:
        return _card(work, key, say("is_so_already"))
    if _digest(what_ends(work.connection, key, now=work.now)) != digest:
        return _ask_of_death(work, key, reason, say("changed_since"))
    released = record_death(
        work.connection,
        key,
        actor=work.actor,
        why=reason,
        now=work.now,
        catalogue=work.clinic.catalogue,
    )
    for visit in released:
        work.tell("cancelled", visit)
    return _decided(work, key, Standing.DECEASED, reason)


def _decided(work: Work, key: int, standing: Standing, why: str) -> Answer:
    work.note(standing, RESOURCE, [key], [key], reason=why)
    work.forget_opened()
    return _done(work, key, say(f"now_{standing}"))


def _done(work: Work, key: int, *says: Say) -> Answer:
    """What was decided, and how it stands now: as far as that is still theirs to see, who may have
    left themselves out, or released the only visit that they have to do with."""
    try:
        return _card(work, key, *says, undo=True)
    except (RecordRestricted, PatientNotFound):
        return Answer(says, (Option(f"unstand:{key}", say("staff_undo")),))


def contact(work: Work, patient_id: str, to: str) -> Answer:
    """Never written to unasked; or again."""
    key, never = int(patient_id), to == "on"
    patient = work.patient(key)
    if not work.words:
        asked = say(f"why_never_{to}", patient=work.called(patient))
        code = f"{ASKED_WORDS}:never:{key}:{to}"
        return Answer((asked,), (Option(LEAVE, say("drop_it")),), asks=code)
    deciding.never_contact(
        work.connection, key, never=never, why=work.words, actor=work.actor, now=work.now
    )
    action = "never_contact" if never else "contact_again"
    work.note(action, RESOURCE, [key], [key], reason=work.words)
    return _done(work, key, say(f"now_never_{to}"))


def name(work: Work, patient_id: str) -> Answer:
    """ "Only Rosa and Anna": who may see a restricted record."""
    key = int(patient_id)
    work.patient(key)
    people = members(work.connection)
    meant = [each for each in people if _is_named(each, work.words)]
    if not meant:
        listed = ", ".join(each.name for each in people)
        code = f"{ASKED_WORDS}:name:{key}"
        says = say("name_whom", text=listed) if not work.words else say("name_nobody", text=listed)
        return Answer((says,), (Option(LEAVE, say("drop_it")),), asks=code)
    ids = [each.id for each in meant]
    deciding.name_staff(work.connection, key, ids, actor=work.actor, now=work.now)
    # As it was said: whom it names is in the record's own history.
    work.note("named", RESOURCE, [key], [key], reason=work.words, is_sensitive=True)
    work.forget_opened()
    return _done(work, key, say("named_now", text=", ".join(each.name for each in meant)))


def _is_named(who: Member, text: str) -> bool:
    """Tell whether words name somebody: by the username, the whole name, or a part of it."""
    said = set(folded_words(text))
    whole = set(folded_words(who.name))
    return bool(said & ({who.username.casefold()} | whole))


def take_back(work: Work, patient_id: str) -> Answer:
    """What they decided last, as it was before."""
    key = int(patient_id)
    undone = deciding.take_back(
        work.connection,
        key,
        actor=work.actor,
        now=work.now,
        catalogue=work.clinic.catalogue,
        minutes=work.clinic.rules.undo_minutes,
    )
    for visit in undone.back:
        work.tell("undone", visit)
    says = [say("taken_back")]
    if undone.of == deciding.DIED:
        says.append(say("stand_again", count=len(undone.back)))
        if undone.lost:
            says.append(say("times_gone", count=len(undone.lost)))
        says.append(say("not_back"))
    work.note("undone", RESOURCE, [key], [key])
    work.forget_opened()
    try:
        return _card(work, key, *says)
    except (RecordRestricted, PatientNotFound):
        return Answer(tuple(says))


# In words


def _described(work: Work, now: Stands) -> list[Say]:
    facts: dict[str, str] = {"since": "", "by": ""}
    if now.since is not None:
        facts["since"] = _when(work, now.since)
        facts["by"] = _who(work, now.by)
    says = [say(f"is_{now.standing}_now")]
    if now.since is not None:
        says.append(say("since_by", **facts))
        if now.why:
            says.append(say("because", text=now.why))
    if now.is_never_contacted:
        says.append(say("is_never_contacted"))
    if now.named:
        people = {each.id: each.name for each in members(work.connection)}
        listed = ", ".join(people.get(each, "-") for each in now.named)
        says.append(say("named_are", text=listed))
    return says


def _who(work: Work, by: str | None) -> str:
    """Return the name of whoever stands in `standing_by`, else what stands there."""
    kind, _, number = (by or "").partition(" ")
    if kind in ("admin", "practitioner") and number.isdigit():
        people = {each.id: each.name for each in members(work.connection)}
        return people.get(int(number), by or "")
    return by or "-"


def _ending(work: Work, ends: Ends) -> list[Say]:
    says = [say("ends_visits", count=len(ends.visits))]
    says += [line(_visit(work, each)) for each in ends.visits[:SHOWN]]
    if len(ends.visits) > SHOWN:
        says.append(say("and_more", count=len(ends.visits) - SHOWN))
    says.append(
        say(
            "ends_plans",
            reminders=ends.reminders,
            messages=ends.messages,
            waits=ends.waits,
            recalls=ends.recalls,
            others=ends.occasions,
        )
    )
    return says


def _visit(work: Work, visit: Appointment) -> str:
    directory = work.clinic.directory
    place = directory.location(visit.location_id)
    who = work.book.surname_of(directory.practitioner(visit.practitioner_id))
    return f"{_when(work, visit.starts_at)} {work.book.clock(visit.starts_at, place)} {who}"


def _when(work: Work, at: datetime) -> str:
    day: date = at.astimezone(work.clinic.directory.locations[0].zone).date()
    return work.book.short_day(day)


def _digest(ends: Ends) -> str:
    """Return what tells one preview from another: whatever would end of it."""
    facts: Sequence[object] = [
        [(each.id, each.version) for each in ends.visits],
        (ends.reminders, ends.waits, ends.recalls, ends.occasions, ends.messages),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]
