"""STAR: people who play patients and book with Dr Alexis, Dr Johnson or Dr Morgan (MIT).

Their turns have no labels. What a turn is good for is told by the question before it, which has
one, and by its plainest words; what the patient wanted stands in star.toml.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.messages import Asked
from tests.understanding.replay.scene import ClinicPlan, Person, Said, Scene, Taken, Visit
from tests.understanding.sets import GIVEN

YEAR = "2020"
# The recordings have last names only.
DOCTORS = {"Alexis": "Ruth", "Johnson": "Paul", "Morgan": "Irene"}
PLACE = "Main Street"
HOUR = timedelta(hours=1)
OPENS, HOURS = 8, "08:00-24:00"
# What a turn answers, by the label of the question before it.
ANSWERS = {
    "ask_name": Asked.NAME,
    "doctor_ask_doctor_name": Asked.PRACTITIONER,
    "doctor_ask_day": Asked.DATE,
    "doctor_ask_start_time": Asked.TIME,
    "doctor_ask_symptoms": Asked.REASON,
}
OFFERED = "doctor_inform_booking_available"
WORDS = (
    (Asked.NAME, r"\b(my name is|this is|here|i'?m|i am)\s*(?-i:[A-Z])|\bmy name is\b"),
    (Asked.PRACTITIONER, r"\bdr\b|\bjohnson\b|\bmorr?gan\b|my doctor is|my normal doc"),
    (Asked.DATE, r"\b(mon|tues?|wed(nes)?|thurs?|fri|satur|sun)(day)?\b|\bto(day|morr?o?w)\b"),
    (
        Asked.TIME,
        r"\d\s*[ap]m\b|\bnoon\b|\ba\.?s\.?a\.?p\b|soon|any ?time|after that|\blater\b|another time"
        r"|earliest|\bnow\?|\b(at|about) \d|\b6:30|by 3",
    ),
    (Asked.REASON, r"headache|nose|cough|throat|dizz|vaccin|shot"),
)
AGREES = re.compile(
    r"^(oh,? |dr johnson is the best\. )?(yes|sure|ok|okay|cool|great|yup|please do|you can book"
    r"|let'?s do|that('?s| is) (ok|okay|fine|good|great|perfect)|that (works|would|sounds)"
    r"|please book|i would like that one|good\. go ahead"
    r"|is that the soonest.*book it)\b",
    re.IGNORECASE,
)
REFUSES = re.compile(
    r"^(no\b|i have a date|don'?t you have|4pm today|can it be|oh no)", re.IGNORECASE
)
CLOSES = re.compile(
    r"^(ok(ay)?,? |great\w?,? |alright,? |cool,? |awesome|no[.,]? |nope|wow,? )*"
    r"(thank|bye|good ?bye|that (is|'s|would be) (all|it)|no\.?$|i'?m good|cool$|ok$)",
    re.IGNORECASE,
)


def scenes(path: Path = GIVEN / "dialogues.star.jsonl") -> Iterator[Scene]:
    goals = tomllib.loads(Path(__file__).with_name("star.toml").read_text(encoding="utf-8"))
    for row in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(row)
        goal = goals.get(record["id"].partition(":")[2])
        if goal is not None:
            yield _scene(record, goal)


def _scene(record: dict[str, Any], goal: dict[str, Any]) -> Scene:
    visits = tuple(_visit(each) for each in goal.get("visits", ()))
    refused = _taken(goal["refused"]) if "refused" in goal else None
    now = _moment(goal["now"])
    taken = [_taken(each) for each in goal.get("taken", ())] + ([refused] if refused else [])
    if goal.get("soonest"):
        free = {_taken(each) for each in goal.get("free", ())}
        known = {(each.practitioner, each.start) for each in (*taken, *free)}
        taken += [
            each for each in _before(visits, now) if (each.practitioner, each.start) not in known
        ]
    people = tuple(
        Person(first, last, PLACE, "general_practice", capacity=goal.get("seats", 1))
        for last, first in DOCTORS.items()
    )
    return Scene(
        id=record["id"],
        now=now,
        said=tuple(_said(record["turns"])),
        clinic=ClinicPlan(people, ("general_practice",), 60, HOURS, tuple(taken)),
        visits=visits,
        turned_down=refused,
        excluded=goal.get("excluded"),
    )


def _visit(goal: dict[str, Any]) -> Visit:
    at = goal.get("at", ())
    return Visit(
        practitioner=_doctor(goal["doctor"]) if "doctor" in goal else None,
        starts=tuple(_moment(each) for each in ([at] if isinstance(at, str) else at)),
        day=date.fromisoformat(f"{YEAR}-{goal['day']}") if "day" in goal else None,
        first_name=goal.get("name"),
        relation=goal.get("relation", "self"),
    )


def _doctor(last_name: str) -> str:
    return f"{DOCTORS[last_name]} {last_name}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{YEAR}-{text}")


def _taken(text: str) -> Taken:
    name, day, hour, *seats = text.split()
    return Taken(_doctor(name), _moment(f"{day} {hour}"), int(seats[0]) if seats else 0)


def _before(visits: Iterable[Visit], now: datetime) -> Iterator[Taken]:
    """Yield what is taken where a patient gets the first time that there is."""
    first: dict[str, datetime] = {}
    for visit in visits:
        if visit.practitioner and visit.starts:
            start = min(visit.starts)
            first[visit.practitioner] = min(start, first.get(visit.practitioner, start))
    for name, start in first.items():
        hour = now.replace(minute=0) + HOUR
        while hour < start:
            if hour.hour >= OPENS:
                yield Taken(name, hour)
            hour += HOUR


def _said(turns: Iterable[dict[str, Any]]) -> Iterator[Said]:
    label = ""
    for turn in turns:
        if turn["speaker"] == "USER":
            yield _understood(turn["text"], label)
        elif turn["speaker"] == "SYSTEM":
            label = turn.get("label", "")


def _understood(text: str, label: str) -> Said:
    gives = {asked for asked, words in WORDS if re.search(words, text, re.IGNORECASE)}
    if label in ANSWERS:
        gives.add(ANSWERS[label])
    closes = bool(CLOSES.match(text)) and not gives
    agrees = bool(AGREES.match(text)) and not closes
    refuses = bool(REFUSES.match(text)) or (label == OFFERED and not agrees and bool(gives))
    return Said(text, frozenset(gives), agrees, refuses and not closes, closes)
