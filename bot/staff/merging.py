"""Two records that are one person's, made one in a chat: picked, compared, and taken back within a
day."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from bot.dialogue.turn import Option, Say, say
from bot.staff.people import label_of, line_of, person_in, restricted_options, search
from bot.staff.reading import Asked, Person, without_words
from bot.staff.work import ASKED_MORE, ASKED_WORDS, LEAVE, Answer, Work, line
from core.errors import CannotMerge, PatientNotFound, RecordRestricted
from core.people.comparing import FIELDS, Preview, alike_to, doubles, preview
from core.people.merging import merge
from core.people.unmerging import Lately, merged_lately, unmerge
from core.staff.finding import Patient

SHOWN = 8
_NOTHING = "-"
# Which rows that move over are told of beforehand; whoever decides need not know of all others.
_TOLD = ("appointments", "patient_addresses", "waitlist", "recalls", "feedback", "tasks")
# What stands between the two that are named, in the languages that staff speak.
_BETWEEN = ("with", "and", "into", "con", "y")
RESOURCE = "merge"  # As the audit log calls it.
_YEAR = re.compile(r"\b(?:19|20)\d\d\b", re.ASCII)


def ask(work: Work, asked: Asked) -> Answer:
    """ "/merge lopez", "merge Maria Lopez 1985 with Maria Lopez 1984": which two; without a name
    those that may be one person's, and what may be taken back."""
    text = asked.text.strip()
    if not _bare(work, text):
        return _begin(work)
    parts = _named_both(_bare(work, text))
    if parts is None:
        return _first(work, _bare(work, text))
    sides = [_meant(work, part) for part in parts]
    if all(len(side) == 1 for side in sides) and sides[0][0].id != sides[1][0].id:
        return _which_stays(work, sides[0][0], sides[1][0])
    several = {each.id: each for side in sides for each in side}
    if len(several) < 2:
        return Answer((say("merge_needs_two"),), asks=f"{ASKED_MORE}:merge:")
    return _pick_first(work, list(several.values()))


def _bare(work: Work, text: str) -> str:
    """Return what was said without the word that asks for it."""
    return without_words(text, "merge", work.book.language).strip(" .?!")


def _named_both(text: str) -> tuple[str, str] | None:
    parts = re.split(rf"\s+(?:{'|'.join(_BETWEEN)})\s+", text, maxsplit=1, flags=re.IGNORECASE)
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _meant(work: Work, text: str) -> list[Patient]:
    """Return who is meant: a bare year is that of the birth."""
    year = _YEAR.search(text)
    person = person_in(work, text)
    if year is not None and person.born is None:
        bare = person_in(work, _YEAR.sub(" ", text))
        found = search(work, Person(bare.name, bare.phone)).patients
        born = int(year[0])
        return [each for each in found if each.date_of_birth and each.date_of_birth.year == born]
    return list(search(work, person).patients)


def _begin(work: Work) -> Answer:
    """The pairs that wait for somebody to look, and what was merged lately."""
    says, options = [say("merge_whom")], []
    for each in doubles(work.connection, limit=SHOWN):
        both = _seen(work, (each.first_id, each.second_id))
        if len(both) == 2:
            named = " / ".join(label_of(work, one) for one in both)
            options.append(Option(f"pair:{each.first_id}:{each.second_id}", line(named)))
    if options:
        says.insert(0, say("may_be_one", count=len(options)))
    options += _lately(work)
    return Answer(tuple(says), tuple(options), asks=f"{ASKED_MORE}:merge:")


def _lately(work: Work) -> list[Option]:
    found = []
    for each in merged_lately(work.connection, work.now)[:SHOWN]:
        for kept in _seen(work, [each.kept_id]):
            said = say("merge_taken_back", text=label_of(work, kept))
            found.append(Option(f"unmerge:{each.id}", said))
    return found


def _seen(work: Work, patient_ids: Iterable[int]) -> list[Patient]:
    """Return those of them who are theirs to see."""
    found = []
    for patient_id in patient_ids:
        with suppress(PatientNotFound, RecordRestricted):
            found.append(work.patient(patient_id))
    return found


def _first(work: Work, text: str) -> Answer:
    found = search(work, person_in(work, text))
    if not (found.patients or found.restricted):
        return Answer((say("nobody_found", name=text),), asks=f"{ASKED_MORE}:merge:")
    if len(found.patients) == 2 and not (found.restricted or found.more):
        return _which_stays(work, *found.patients)
    if len(found.patients) == 1 and not found.restricted:
        return second(work, str(found.patients[0].id))
    return _pick_first(work, found.patients, restricted_options(found, "keep"))


def _pick_first(work: Work, people: Collection[Patient], more: Collection[Option] = ()) -> Answer:
    work.looked("patient", [each.id for each in people], [each.id for each in people])
    options = [Option(f"keep:{each.id}", line(line_of(work, each))) for each in people]
    return Answer((say("merge_first"),), (*options, *more))


def second(work: Work, first_id: str) -> Answer:
    """The other one: who has that name, or nearly and the birth date; or whoever is named now."""
    first = work.patient(int(first_id))
    named = Person(f"{first.first_name} {first.last_name}")
    found = search(work, person_in(work, work.words) if work.words else named)
    meant = {each.id: each for each in found.patients if each.id != first.id}
    if not work.words:
        alike = alike_to(work.connection, first.id, limit=SHOWN)
        meant |= {each.id: each for each in _seen(work, alike)}
    others = list(meant.values())
    work.looked("patient", [each.id for each in others], [each.id for each in others])
    options = [Option(f"pair:{first.id}:{each.id}", line(line_of(work, each))) for each in others]
    options += restricted_options(found, f"pair:{first.id}")
    says = say("merge_second", text=line_of(work, first))
    return Answer((says,), tuple(options), asks=f"{ASKED_WORDS}:keep:{first.id}")


def pair(work: Work, first_id: str, second_id: str) -> Answer:
    return _which_stays(work, work.patient(int(first_id)), work.patient(int(second_id)))


def _which_stays(work: Work, first: Patient, other: Patient) -> Answer:
    """What the one lacks comes from the other, so it matters little; but one of them stays."""
    ids = [first.id, other.id]
    work.looked("patient", ids, ids)
    says = (
        say("merge_stays"),
        line(f"1. {line_of(work, first)}"),
        line(f"2. {line_of(work, other)}"),
    )
    options = (
        Option(f"merge:{first.id}:{other.id}:{_NOTHING}", say("merge_keep_first")),
        Option(f"merge:{other.id}:{first.id}:{_NOTHING}", say("merge_keep_second")),
        Option(LEAVE, say("drop_it")),
    )
    return Answer(says, options)


def show(work: Work, kept_id: str, gone_id: str, picked: str) -> Answer:
    """All that would come of it, before anything does."""
    return _show(work, int(kept_id), int(gone_id), _decoded(picked))


def _show(work: Work, kept: int, gone: int, picks: Collection[str], *first: Say) -> Answer:
    one, other = work.patient(kept), work.patient(gone)
    found = preview(work.connection, kept, gone, now=work.now)
    work.looked("patient", [kept, gone], [kept, gone])
    says = [*first, say("merge_would", kept=line_of(work, one), gone=line_of(work, other))]
    says += _compared(work, found, picks)
    turn = Option(f"merge:{gone}:{kept}:{_NOTHING}", say("merge_turn"))
    leave = Option(LEAVE, say("drop_it"))
    if found.obstacles:
        says.append(say("merge_in_the_way"))
        says += [say(f"merge_obstacle_{each}") for each in found.obstacles]
        return Answer(tuple(says), (turn, leave))
    if found.has_other_birth_date:
        says.append(say("merge_other_birth_date"))
    do = f"merged:{kept}:{gone}:{_coded(picks)}:{_digest(found)}"
    options = [Option(f"{do}:0", say("merge_do"))]
    for name in found.differing:
        changed = set(picks) ^ {name}
        key = "merge_unpick" if name in picks else "merge_pick"
        field = work.book.say(say(f"field_{name}"))
        options.append(Option(f"merge:{kept}:{gone}:{_coded(changed)}", say(key, text=field)))
    return Answer(tuple(says), (*options, turn, leave))


def _compared(work: Work, found: Preview, picks: Collection[str]) -> list[Say]:
    says = []
    told = {name: found.rows[name] for name in _TOLD if name in found.rows}
    if told:
        says.append(say("merge_moves", text=_rows(work, told)))
    if found.filled:
        says.append(say("merge_fills", text=_fields(work, found.filled)))
    stays = [name for name in found.differing if name not in picks]
    if stays:
        says.append(say("merge_differs", text=_fields(work, stays)))
    if picks:
        says.append(say("merge_picked", text=_fields(work, picks)))
    return says


def _rows(work: Work, counts: Mapping[str, int]) -> str:
    said = ((work.book.say(say(f"rows_{name}")), count) for name, count in counts.items())
    return ", ".join(f"{name} {count}" for name, count in said)


def _fields(work: Work, names: Collection[str]) -> str:
    """Return them in words, each once: of a standing four columns tell."""
    keys = dict.fromkeys("standing" if name.startswith("standing") else name for name in names)
    return ", ".join(work.book.say(say(f"field_{key}")) for key in keys)


def do(work: Work, kept_id: str, gone_id: str, picked: str, digest: str, insists: str) -> Answer:
    """What was shown, if it is still so. Of two birth dates that differ it is asked once more."""
    kept, gone, picks = int(kept_id), int(gone_id), _decoded(picked)
    work.patient(kept), work.patient(gone)
    found = preview(work.connection, kept, gone, now=work.now)
    if _digest(found) != digest:
        return _show(work, kept, gone, picks, say("changed_since"))
    if found.has_other_birth_date and insists == "0":
        code = f"merged:{kept}:{gone}:{picked}:{digest}:1"
        yes = Option(code, say("merge_insist"))
        return Answer((say("merge_sure"),), (yes, Option(LEAVE, say("drop_it"))))
    try:
        merged = merge(
            work.connection,
            kept,
            gone,
            picks=picks,
            despite_birth_dates=insists == "1",
            actor=work.actor,
            now=work.now,
        )
    except CannotMerge:  # Something came up between the look and the lock.
        return _show(work, kept, gone, picks, say("changed_since"))
    work.note("merged", RESOURCE, [merged.id], [kept, gone], is_sensitive=True)
    options = (
        Option(f"unmerge:{merged.id}", say("staff_undo")),
        Option(f"patient:{kept}", line(label_of(work, work.patient(kept)))),
    )
    return Answer((say("merge_done"),), options)


def take_back(work: Work, merge_id: str) -> Answer:
    """Two records again. Raises PatientNotFound for what is not theirs."""
    lately = _found(work, int(merge_id))
    undone = unmerge(work.connection, lately.id, actor=work.actor, now=work.now)
    both = [undone.kept_id, undone.gone_id]
    work.note("unmerged", RESOURCE, [lately.id], both, is_sensitive=True)
    says = [say("merge_undone")]
    if undone.stay:
        says.append(say("merge_stay", text=_rows(work, undone.stay)))
    if undone.fields:
        says.append(say("merge_fields_stay", text=_fields(work, undone.fields)))
    return Answer(tuple(says))


def _found(work: Work, merge_id: int) -> Lately:
    """Return one that may be taken back by them; raises PatientNotFound."""
    for each in merged_lately(work.connection, work.now):
        if each.id == merge_id:
            work.patient(each.kept_id)
            return each
    raise PatientNotFound("no such merge for this person")


def _coded(picks: Collection[str]) -> str:
    return ",".join(sorted(picks)) or _NOTHING


def _decoded(picked: str) -> frozenset[str]:
    return frozenset(name for name in picked.split(",") if name in FIELDS)


def _digest(found: Preview) -> str:
    """Return what tells one preview from another."""
    return hashlib.sha256(repr(found).encode()).hexdigest()[:12]
