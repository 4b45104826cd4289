"""A patient who has nothing but the words of a recording, and answers our desk with them.

They say their recorded turns in order. What our desk asks is answered with the turn that tells it,
wherever it stands; what the recording never tells, with one neutral fact. To "shall I book it?"
they say yes if it is what they wanted in the end, and else what they said next to get it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.messages import Asked, Choice
from bot.speaking import Handled
from tests.understanding.replay.reader import Kept, is_that, offers_that, same_name
from tests.understanding.replay.scene import Person, Said, Scene, Visit

SURNAME = "Miller"
BORN, CHILD_BORN = "4 May 1980", "2 March 2016"
NEUTRAL = {
    Asked.DATE: "as soon as possible",
    Asked.TIME: "any time",
    Asked.DATE_TIME: "as soon as possible",
    Asked.REASON: "a check",
    Asked.TEXT: "no",
}
WHEN = frozenset({Asked.DATE, Asked.TIME})
# What answers a question, where it is not just the fact that is asked for.
ANSWERED_BY = {
    Asked.DATE_TIME: (WHEN,),
    Asked.DATE: (WHEN,),
    Asked.TIME: (WHEN,),
    Asked.SPECIALTY: (
        frozenset({Asked.SPECIALTY, Asked.PRACTITIONER}), frozenset({Asked.REASON}),
    ),
}  # fmt: skip
FACTS = WHEN | {Asked.PRACTITIONER, Asked.LOCATION, Asked.SPECIALTY}
REPEATS = 4  # How often they say again what was not taken up, as people do.


@dataclass
class Patient:
    scene: Scene
    turn: int = 0  # Turns before this one are over: they agreed, refused or went on since.
    used: set[int] = field(default_factory=set)
    repeats: int = 0
    named: set[str] = field(default_factory=set)  # Whom they want to see, in a word of ours.
    own_words: bool = True  # Whether the last answer was recorded.

    def says(self, heard: Handled | None, kept: Kept | None, left: tuple[Visit, ...]) -> str | None:
        """Return the next message, None when there is nothing left to say.

        `left` are the visits that are wanted and not booked yet.
        """
        self.own_words = True
        if self.scene.visits and not left:
            return self._next(lambda said: said.is_aside or said.closes)
        if heard is None or heard.asked is None:
            self._leaves_behind(left)
            return self._next(lambda _: True) or self._says_again(left)
        if not self.scene.visits and heard.asked in (Asked.NAME, Asked.DATE_OF_BIRTH):
            # Who only looks for somebody need not say who they are.
            return self._next(lambda _: True)
        return self._picks(heard, left) or self._digresses() or self._answers(heard, kept, left)

    def _answers(self, heard: Handled, kept: Kept | None, left: tuple[Visit, ...]) -> str | None:
        text, choices = _shown(heard)
        visit = self._spoken_of(text, left)
        match heard.asked:
            case Asked.NAME:
                return self._name(visit, text)
            case Asked.DATE_OF_BIRTH:
                return self._ours(BORN if visit.relation == "self" else CHILD_BORN)
            case Asked.PERSON:
                return self._ours(_whom(visit))
            case Asked.YES_NO:
                return self._yes_or_no(kept, left)
            case Asked.SLOT | Asked.CHOICE:
                number = _number_of(choices, "book") if heard.asked is Asked.CHOICE else None
                return self._ours(number) if number else self._turns_down(text, choices, left)
            case Asked() as asked:
                return self._fact(asked, visit)
        return None

    # One question each

    def _name(self, visit: Visit, text: str) -> str:
        if "last name" in text and "first" not in text.lower():
            return self._ours(SURNAME)
        who = visit.first_name or "Alex"
        told = self._next(
            lambda said: Asked.NAME in said.gives and who.lower() in said.text.lower()
        )
        return told or self._ours(f"{who} {SURNAME}")

    def _yes_or_no(self, kept: Kept | None, left: tuple[Visit, ...]) -> str | None:
        if kept is None:
            return self._ours("no")
        meant = [visit for visit in left if is_that(visit, kept)]
        if any(same_name(kept.first_name, visit.first_name) for visit in meant):
            return self._next(lambda said: said.agrees) or self._ours("yes")
        is_known = any(visit.first_name == kept.first_name for visit in left)
        if meant and not is_known:
            return self._ours(f"no, {_whom(meant[0])}")
        return self._turns_down(kept.practitioner, (), left)

    def _picks(self, heard: Handled, left: tuple[Visit, ...]) -> str | None:
        """Return the number of what they want in the list that was shown, if it is there."""
        text, choices = _shown(heard)
        people = self.scene.clinic.people
        for number, choice in enumerate(choices if heard.asked is Asked.SLOT else (), 1):
            if any(offers_that(visit, choice.label, text, people) for visit in left):
                return self._ours(str(number))
        return None

    def _turns_down(
        self, text: str, choices: Iterable[Choice], left: tuple[Visit, ...]
    ) -> str | None:
        """What is offered is not what they want."""
        offered = " ".join((text, *(choice.label for choice in choices)))
        return (
            self._corrects()
            or self._names_whom(left, offered)
            or self._says_again(left, agreeing=False)
        )

    def _fact(self, asked: Asked, visit: Visit) -> str:
        kinds = ANSWERED_BY.get(asked, (frozenset({asked}),))
        told = (self._gives(wanted) for wanted in kinds)
        again = (self._says_again((visit,), wanted) for wanted in kinds)
        answer = next(filter(None, told), None)
        if answer is not None:
            return answer
        person = self._wanted(visit)
        if person and asked is Asked.LOCATION:
            return self._ours(person.place)
        if person and asked is Asked.PRACTITIONER:
            return self._ours(f"{person.title} {person.name}")
        if visit.relation != "self" and not visit.starts and asked in NEUTRAL:
            return self._ours(NEUTRAL[asked])
        return next(filter(None, again), None) or self._ours(NEUTRAL.get(asked, "1"))

    def _gives(self, wanted: frozenset[Asked]) -> str | None:
        return self._next(lambda said: bool(said.gives & wanted), in_order=False)

    def _wanted(self, visit: Visit) -> Person | None:
        turned_down = self.scene.turned_down
        name = visit.practitioner or self.scene.finds
        name = name or (turned_down.practitioner if turned_down else None)
        return next((who for who in self.scene.clinic.people if who.name == name), None)

    def _spoken_of(self, text: str, left: tuple[Visit, ...]) -> Visit:
        """Return whose visit a question is about: named in it, else the first that is wanted."""
        for person in self.scene.clinic.people:
            text = text.replace(f"{person.title} {person.name}", "")
        for visit in left:
            words = {visit.relation, visit.first_name or visit.relation}
            if visit.relation != "self" and _has_any(text, words):
                return visit
        return left[0] if left else Visit()

    # Which of the recorded words

    def _leaves_behind(self, left: tuple[Visit, ...]) -> None:
        """Once the first visit is booked, what was not said about it yet is of no use any more."""
        if not left or len(left) == len(self.scene.visits):
            return
        for index in range(self.turn, len(self.scene.said)):
            said = self.scene.said[index]
            if _is_for_a_child(said):
                return
            if said.gives:
                self.used.add(index)

    def _digresses(self) -> str | None:
        """A question or small talk that comes next in the recording, whatever was asked."""
        ahead = [
            index for index in range(self.turn, len(self.scene.said)) if index not in self.used
        ]
        if not ahead or not self.scene.said[ahead[0]].is_aside:
            return None
        return self._next(lambda said: said.is_aside)

    def _corrects(self) -> str | None:
        """What they said next to get something else."""
        return self._next(
            lambda said: said.refuses or (bool(said.gives & FACTS) and not said.agrees)
        )

    def _names_whom(self, left: tuple[Visit, ...], offered: str) -> str | None:
        """Whom they had settled on, if the recording has no words left for it and somebody else is
        offered: it was the other system that brought up the name."""
        person = self._wanted(left[0] if left else Visit())
        if person is None or person.name in self.named or person.last_name in offered:
            return None
        self.named.add(person.name)
        return self._ours(f"with {person.title} {person.name}")

    def _says_again(
        self, left: tuple[Visit, ...], wanted: frozenset[Asked] = FACTS, *, agreeing: bool = True
    ) -> str | None:
        """They repeat what they want; to an offer of something else not in words that agree."""
        visit = left[0] if left else Visit()
        again = [
            said for said in self.scene.said if said.gives & wanted and not _is_for_a_child(said)
        ]
        if visit.relation != "self":
            words = {visit.first_name or visit.relation, visit.relation}
            again = [said for said in self.scene.said if _has_any(said.text, words)]
        requests = [said for said in again if not said.agrees] or (again if agreeing else [])
        if not requests or self.repeats == REPEATS:
            return None
        self.repeats += 1
        return self._ours(requests[-1 - (self.repeats - 1) % len(requests)].text)

    def _next(self, fits: Callable[[Said], bool], *, in_order: bool = True) -> str | None:
        for index in range(self.turn, len(self.scene.said)):
            said = self.scene.said[index]
            if index not in self.used and fits(said):
                self.used.add(index)
                if in_order and (said.agrees or said.refuses):
                    self.turn = index + 1
                return said.text
        return None

    def _ours(self, text: str) -> str:
        self.own_words = False
        return text


def _shown(heard: Handled) -> tuple[str, tuple[Choice, ...]]:
    if not heard.replies:
        return "", ()
    return heard.replies[-1].text, heard.replies[-1].choices


CHILDREN = ("son", "daughter", "kid", "child", "girl", "boy", "vaccinated")


def _is_for_a_child(said: Said) -> bool:
    return _has_any(said.text, CHILDREN)


def _has_any(text: str, words: Iterable[str]) -> bool:
    return any(re.search(rf"\b{word}\b", text, re.IGNORECASE) for word in words)


def _whom(visit: Visit) -> str:
    if visit.relation == "self":
        return "it's for me"
    return f"it's for my {visit.relation} {visit.first_name or ''}".strip()


def _number_of(choices: Iterable[Choice], word: str) -> str | None:
    labels = [choice.label.lower() for choice in choices]
    return next((str(index) for index, label in enumerate(labels, 1) if word in label), None)
