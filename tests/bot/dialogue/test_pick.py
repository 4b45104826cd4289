"""Which of many slots are offered, above all when nobody in particular is wished for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.dialogue.commands import FindSlots
from bot.dialogue.offers.pick import pick, sure
from bot.dialogue.outcomes import SlotsFound
from bot.dialogue.state import Draft, Task
from bot.dialogue.values import Slot
from bot.dialogue.when import When
from bot.directory import Directory
from tests.bot.dialogue.pretend import DIRECTORY, SITUATION, TEN, PretendClinic, Talk, a_slot, keys

PATEL, OKAFOR = (person.key for person in DIRECTORY.practitioners[:2])
TUESDAY = date(2026, 11, 24)
WISHES = {
    "a day": When(days=(TUESDAY,)),
    "around ten": When(days=(TUESDAY,), minute=600, minute_from=540, minute_until=660),
    "any day": When(any_day=True),
    "later": When(after=TEN - timedelta(hours=1)),
    "the earliest": When(earliest=True),
}


def at(minutes: int, practitioner: int = PATEL) -> Slot:
    return replace(a_slot(TEN + timedelta(minutes=minutes)), practitioner=practitioner)


def both(*minutes: int) -> tuple[Slot, ...]:
    """Both are free then; who comes first is for the search to say."""
    return tuple(at(each, who) for each in minutes for who in (OKAFOR, PATEL))


def offered(when: When, slots: Sequence[Slot], *, exact: bool = True) -> tuple[Slot, ...]:
    draft = Draft(Task.BOOK, specialty="general_practice", when=when)
    return pick(draft, SlotsFound(tuple(slots), exact), SITUATION)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("when", WISHES.values(), ids=WISHES)
def test_an_offer_is_a_choice_of_times_each_with_whoever_comes_first(
    when: When, exact: bool
) -> None:
    slots = both(0, 20, 40, 60)
    found = offered(when, slots, exact=exact)
    assert len({slot.starts_at for slot in found}) == len(found)
    assert {slot.practitioner for slot in found} == {OKAFOR}


def test_two_at_one_time_are_offered_only_when_there_is_nothing_else() -> None:
    assert offered(WISHES["a day"], both(0)) == both(0)
    assert offered(WISHES["a day"], both(0, 20)) == (at(0, OKAFOR), at(0), at(20, OKAFOR))
    assert offered(WISHES["any day"], both(0, 20)) == (at(0, OKAFOR), at(0), at(20, OKAFOR))


def test_over_several_days_each_day_gives_one() -> None:
    day = 24 * 60
    days = offered(WISHES["a day"], both(0, 20, day, day + 20, 2 * day, 3 * day))
    assert days == (at(0, OKAFOR), at(2 * day, OKAFOR), at(3 * day, OKAFOR))


def test_days_without_end_give_the_soonest_of_them() -> None:
    day = 24 * 60
    slots = [at(each * day) for each in range(100)]
    soonest = (at(0), at(day), at(2 * day))
    assert offered(When(day_from=TUESDAY, minute_from=600), slots) == soonest
    assert offered(When(weekdays=(0, 1, 2, 3, 4, 5, 6)), slots) == soonest
    until = When(day_from=TUESDAY, day_to=TUESDAY + timedelta(days=99))
    assert offered(until, slots) != soonest


def test_with_one_practitioner_all_is_as_it_was() -> None:
    """The control: nothing is left out where nobody shares a time."""
    assert offered(WISHES["a day"], [at(0), at(20), at(40)]) == (at(0), at(20), at(40))
    assert offered(WISHES["any day"], [at(0), at(20), at(40), at(60)]) == (at(0), at(20), at(40))


def test_an_exact_time_needs_no_choice_of_people() -> None:
    draft = Draft(Task.BOOK, when=When(days=(TUESDAY,), minute=600))
    found = SlotsFound(both(0))
    assert sure(draft, found, pick(draft, found, SITUATION), SITUATION) == at(0, OKAFOR)


def test_of_an_open_wish_enough_is_asked_for_whoever_shares_a_time() -> None:
    talk = Talk()
    talk.says("a general practitioner as early as possible")
    assert limit_of(talk) == 2 * talk.situation.offers  # Two of them.
    talk = Talk()
    talk.says("dr patel as early as possible")
    assert limit_of(talk) == talk.situation.offers


def limit_of(talk: Talk) -> int | None:
    [search] = [command for command in talk.clinic.asked if isinstance(command, FindSlots)]
    return search.limit


# Who and what is no longer there.


def without_patel() -> Directory:
    first, *others = DIRECTORY.practitioners
    return replace(DIRECTORY, practitioners=tuple(others), former_practitioners=(first,))


def test_instead_of_one_who_has_left_others_of_the_specialty_are_looked_for() -> None:
    talk = Talk(PretendClinic(free=(at(0, OKAFOR), at(60, OKAFOR))))
    talk.says("dr patel")
    talk.situation = replace(SITUATION, directory=without_patel())
    answer = talk.says("tuesday")
    assert keys(answer)[0] == "practitioner_gone"
    assert "offer" in keys(answer)[1]
    [search] = [command for command in talk.clinic.asked if isinstance(command, FindSlots)]
    assert (search.practitioner, search.specialty) == (None, "general_practice")


def test_a_place_or_a_kind_of_visit_that_is_gone_is_no_wish_any_more() -> None:
    home, phoenix = DIRECTORY.locations
    kinds = DIRECTORY.visit_types
    later = replace(
        DIRECTORY,
        locations=(home,),
        former_locations=(phoenix,),
        visit_types=kinds[:1],
        former_visit_types=kinds[1:],
    )
    talk = Talk()
    talk.says("a check-up with dr patel in phoenix")
    assert talk.state.draft is not None
    assert (talk.state.draft.location, talk.state.draft.visit_type) == (2, 3)
    talk.situation = replace(SITUATION, directory=later)
    talk.says("tuesday")
    [search] = [command for command in talk.clinic.asked if isinstance(command, FindSlots)]
    assert (search.location, search.visit_type) == (None, None)
