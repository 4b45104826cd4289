"""docs/whatsapp-templates.md tells of exactly the sentences, words and states that there are."""

import re
from pathlib import Path

import pytest

from bot.phrases.discretion import allowed
from bot.templates.checks import body_mistakes
from bot.templates.sentences import COST, SENTENCES, may_name
from core.models.messaging import TemplateStatus

PAGE = (Path(__file__).parents[3] / "docs" / "whatsapp-templates.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("`"): cells[1:]
    for line in PAGE.splitlines()
    if line.startswith("| `")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}
EVERYWHERE = {"clinic", "phone", "emergency", "crisis"}
DAYTIME_PLACE = ("day", "short_day", "time", "house", "phone")


def test_every_sentence_and_state_is_told_of() -> None:
    assert SENTENCES.keys() <= ROWS.keys()
    assert {status.value.replace("_", " ") for status in TemplateStatus} <= ROWS.keys()
    assert all(f"`{{{word}}}`" in PAGE for word in EVERYWHERE)


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_is_as_the_page_says(key: str) -> None:
    _, answers, category, words = ROWS[key]
    sentence = SENTENCES[key]
    assert category == sentence.category
    assert len([each for each in answers.split(";") if each]) == len(sentence.answers) or (
        key == "ask_rating" and "typed" in answers
    )
    named = set(re.findall(r"{([\w.]+)}", words))
    for root in re.findall(r"`(visit|slot)`", words):
        named |= {f"{root}.{each}" for each in DAYTIME_PLACE}
    assert may_name(key) == named | EVERYWHERE | ({COST} if "reminder" in key else set())


def test_what_stands_everywhere_is_the_clinics() -> None:
    assert set(allowed("ask_come_to_all") or ()) == EVERYWHERE


def test_the_body_of_the_example_is_a_good_one() -> None:
    [body] = re.findall(r'^body = "(.+)"$', PAGE, re.MULTILINE)
    assert list(body_mistakes("reminder", body)) == []
