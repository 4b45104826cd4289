"""What was offered and refused does not come back, whatever is said in between."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.offers.offer import REMEMBERED
from bot.dialogue.outcomes import SlotsFound
from bot.dialogue.values import Slot
from bot.messages import Asked
from tests.bot.dialogue.open_clinic import OpenClinic, days_from, slots_on
from tests.bot.dialogue.pretend import SITUATION, Talk

HOURS = [f"{hour:02}:{minute}" for hour in range(8, 17) for minute in ("00", "20", "40")]
DAYS = days_from(date(2026, 11, 23), 12)
REFUSING = ("more", "none of these", "something else", "no", "show me more")
# Nothing here names a time, which would be wanted then.
REFINING = (
    "later", "earlier", "other days", "another day", "mornings only", "afternoon please",
    "not mondays", "next week", "friday", "tuesday", "with another doctor", "with anyone",
    "dr okafor", "dr patel", "an earlier date", "a later date", "what are your hours?", "hm",
)  # fmt: skip
WISHES = (
    "dr patel on tuesday",
    "a general practitioner next week",
    "dr okafor as soon as possible",
)

free_slots = st.builds(
    lambda day, hour, who: slots_on(day, hour, practitioner=who)[0],
    st.sampled_from(DAYS),
    st.sampled_from(HOURS),
    st.sampled_from([1, 2]),
)
clinics = st.lists(
    free_slots, max_size=60, unique_by=lambda slot: (slot.starts_at, slot.practitioner)
)
talks = st.lists(st.sampled_from(REFUSING) | st.sampled_from(REFINING), max_size=12)


def shown(talk: Talk) -> set[datetime]:
    draft, question = talk.state.draft, talk.state.question
    if draft is None or question is None:
        return set()
    return {
        slot.starts_at for slot in (draft.offer if question.asked is Asked.SLOT else draft.held)
    }


def refused_in(talk: Talk, texts: list[str]) -> set[datetime]:
    """Talk, and return the starts that came back although they had been refused."""
    came_back: set[datetime] = set()
    refused: dict[datetime, None] = {}
    for text in texts:
        before, question = shown(talk), talk.state.question
        talk.says(text)
        if text in REFUSING and question is not None and question.asked is Asked.SLOT:
            refused |= dict.fromkeys(sorted(before))
        if talk.state.draft is None:
            refused.clear()  # Another wish, another talk.
        remembered = list(refused)[-REMEMBERED:] if len(refused) <= REMEMBERED else []
        came_back |= shown(talk) & set(remembered)
    return came_back


@given(free=clinics, wish=st.sampled_from(WISHES), texts=talks)
def test_what_was_refused_never_comes_back(free: list[Slot], wish: str, texts: list[str]) -> None:
    talk = Talk(OpenClinic(free=tuple(sorted(free, key=lambda slot: slot.starts_at))))
    assert refused_in(talk, [wish, *texts]) == set()


@given(free=clinics, wish=st.sampled_from(WISHES), texts=talks)
def test_there_is_always_a_next_step_and_never_more_choices_than_fit(
    free: list[Slot], wish: str, texts: list[str]
) -> None:
    talk = Talk(OpenClinic(free=tuple(sorted(free, key=lambda slot: slot.starts_at))))
    for text in (wish, *texts):
        answer = talk.says(text)
        assert answer.says
        if answer.asked is Asked.SLOT:
            assert 0 < len(answer.options) <= SITUATION.offers


def test_a_clinic_that_forgets_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a search that does not heed what was refused."""
    free = slots_on(DAYS[1], "09:00", "10:00", "11:00")
    clinic = OpenClinic(free=free)
    monkeypatch.setattr(clinic, "_found", lambda _: SlotsFound(free))
    assert refused_in(Talk(clinic), ["dr patel on tuesday", "more", "more"])
