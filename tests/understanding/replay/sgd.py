"""SGD: crowd workers who look for dentists, doctors, therapists and hair stylists (CC BY-SA 4.0).

Their turns are labelled, and what was booked or refused is on record.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.messages import Asked
from tests.understanding.replay.scene import ClinicPlan, Person, Said, Scene, Taken, Visit
from tests.understanding.sets import GIVEN

NOW = datetime.fromisoformat("2019-03-01 09:00")  # In all of them, by the README of the set.
SLOT = 15  # Minutes
ANYWHERE = "San Francisco"  # Where somebody works of whom the recording does not say it.
SLOTS = {
    "date": (Asked.DATE, Asked.DATE_TIME),
    "time": (Asked.TIME, Asked.DATE_TIME),
    "provider": (Asked.PRACTITIONER,),
    "city": (Asked.LOCATION,),
    "specialty": (Asked.SPECIALTY,),
    "unisex": (Asked.TEXT,),
    "cosmetic": (Asked.TEXT,),
}
SPECIALTIES = {
    "dentist": "dentistry",
    "hair_stylist": "hair",
    "General Practitioner": "general_practice",
    "Dermatologist": "dermatology",
    "ENT Specialist": "ent",
    "Gynecologist": "gynaecology",
    "Ophthalmologist": "ophthalmology",
    "Psychologist": "psychology",
    "Psychiatrist": "psychiatry",
    "Family Counselor": "family_counselling",
    "doctor": "general_practice",  # Where the recording does not say which.
    "therapist": "psychology",
}
DEGREES = re.compile(r"\b(MD|M\.D\.|DO|DDS|Psyd|Inc)(?!\w)")


def scenes(path: Path = GIVEN / "dialogues.by-sa.jsonl") -> Iterator[Scene]:
    for row in path.read_text(encoding="utf-8").splitlines():
        yield _scene(json.loads(row))


def _scene(record: dict[str, Any]) -> Scene:
    [domain] = record["domains"]
    people = _people(record["turns"], domain)
    refused = tuple(
        Taken(people[call["provider"]].name, _start(call)) for call in _refused(record["turns"])
    )
    visits = tuple(
        Visit(people[each["provider"]].name, (_start(each),)) for each in record["booked"]
    )
    taken = tuple(dict.fromkeys((*refused, *_as_near(refused, visits))))
    settled_on = people[_offered(record["turns"])[-1]].name
    specialties = tuple(dict.fromkeys(person.specialty for person in people.values()))
    return Scene(
        id=record["id"],
        now=NOW,
        said=tuple(_said(turn) for turn in record["turns"] if turn["speaker"] == "USER"),
        clinic=ClinicPlan(tuple(people.values()), specialties, SLOT, "08:00-20:00", taken),
        visits=visits,
        finds=None if visits or refused else settled_on,
        turned_down=refused[-1] if refused and not visits else None,
    )


def _as_near(refused: Iterable[Taken], visits: Iterable[Visit]) -> Iterator[Taken]:
    """Yield what is taken besides: when another time of the day was offered instead, nothing was
    free nearer to the one that was refused."""
    for no in refused:
        for start in (visit.starts[0] for visit in visits if visit.practitioner == no.practitioner):
            distance = abs(start - no.start)
            step = timedelta(minutes=SLOT)
            while start.date() == no.start.date() and step <= distance:
                for other in (no.start - step, no.start + step):
                    if other != start:
                        yield Taken(no.practitioner, other)
                step += timedelta(minutes=SLOT)


def _start(values: dict[str, str]) -> datetime:
    return datetime.fromisoformat(f"{values['date']} {values['time']}")


def _frames(turns: Iterable[dict[str, Any]], speaker: str) -> Iterator[dict[str, Any]]:
    for turn in turns:
        if turn["speaker"] == speaker:
            yield from turn["frames"]


def _refused(turns: Iterable[dict[str, Any]]) -> Iterator[dict[str, str]]:
    for frame in _frames(turns, "SYSTEM"):
        call = frame.get("call", {})
        if call.get("success") is False:
            yield call["parameters"]


def _offered(turns: Iterable[dict[str, Any]]) -> list[str]:
    """Return everybody whom either side names, in the order of their names' last mention."""
    names: dict[str, None] = {}
    for speaker_turn in turns:
        for frame in speaker_turn["frames"]:
            for action in frame["actions"]:
                if action.get("slot") == "provider":
                    for name in action.get("canonical", action.get("values", ())):
                        names.pop(name, None)
                        names[name] = None
    return list(names)


def _people(turns: list[dict[str, Any]], domain: str) -> dict[str, Person]:
    """Return who works at the clinic of the recording: all who are named in it."""
    people: dict[str, Person] = {}
    city, kind = ANYWHERE, domain
    for frame in (frame for turn in turns for frame in turn["frames"]):
        asked = frame.get("call", {}).get("parameters", {})
        city, kind = asked.get("city", city), asked.get("specialty", kind)
        for action in frame["actions"]:
            if action.get("slot") == "provider":
                for name in action.get("canonical", action.get("values", ())):
                    people.setdefault(name, _person(name, city, SPECIALTIES[kind], domain))
    return people


def _person(name: str, city: str, specialty: str, domain: str) -> Person:
    bare = DEGREES.sub("", name.rpartition(":")[2].partition(",")[0])
    bare = bare.replace("'S", "'s")  # The set has a capital after each apostrophe.
    words = re.sub(r"\bDr\.?(?= )", "", bare).split()
    if len(words) > 2 and len(words[-1].strip(".")) == 1:
        words = [*words[1:], words[0]]  # "Ferry James A": the last name first.
    first, last = (" ".join(words[:-1]), words[-1]) if words[1:] else (words[0], words[0])
    return Person(first, last, city, specialty, "The" if domain == "hair_stylist" else "Dr")


def _said(turn: dict[str, Any]) -> Said:
    actions = [action for frame in turn["frames"] for action in frame["actions"]]
    acts = {action["act"] for action in actions}
    given = {action["slot"] for action in actions if action["act"] == "INFORM"}
    gives = frozenset(asked for slot in given for asked in SLOTS.get(slot, ()))
    closes = bool(acts & {"THANK_YOU", "GOODBYE"}) and not gives
    agrees = bool(acts & {"AFFIRM", "AFFIRM_INTENT", "SELECT"}) and not closes
    refuses = bool(acts & {"NEGATE", "NEGATE_INTENT", "REQUEST_ALTS"}) and not closes
    return Said(turn["text"], gives, agrees, refuses, closes)
