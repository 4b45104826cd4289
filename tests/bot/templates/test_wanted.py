"""What a clinic that writes nothing gets: a template for all that it says first, which WhatsApp may
approve, which can be filled, and which tells nobody more than the sentence itself."""

import json
from dataclasses import replace

import pytest

from bot.dialogue.turn import Prompt, Prompted, RemindOf
from bot.phrases import Phrasebook, languages, own
from bot.rendering import QUICK_REPLY_TITLE, WHATSAPP_BODY
from bot.templates.checks import body_mistakes
from bot.templates.filling import spoken
from bot.templates.sentences import SENTENCES, may_name
from bot.templates.wanted import default_body, samples, wanted_templates
from core.messaging.templates import BUTTON, Template, Wanted, fill
from core.models.messaging import TemplateStatus
from core.setup.whatsapp import WhatsAppTemplate
from tests.bot.dialogue.pretend import Talk
from tests.bot.test_discretion import CANARIES, PROMPTS, SECRET
from tests.bot.test_phrases import DEMO
from tests.builders import NOW

WANTED = wanted_templates(CANARIES, {})
# Whoever waits for several practitioners must hear whose time it is; that it is another, too.
NAMING = ("offer_time", "offer_time_instead", "news_other")
BUTTONS = [{"value": f"nine:{number}"} for number in (1, 2, 3)]


def names(each: Wanted) -> str:
    return f"{each.key} {each.language}"


def made(wanted: Wanted) -> Template:
    return Template(
        id=1,
        key=wanted.key,
        language=wanted.language,
        name=wanted.name,
        category=wanted.category,
        body=wanted.body,
        variables=wanted.variables,
        buttons=wanted.buttons,
        content_sid="HX0",
        status=TemplateStatus.APPROVED,
        reason=None,
        checked_at=NOW,
    )


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", SENTENCES)
def test_our_sentence_has_the_form_of_a_template(key: str, language: str) -> None:
    assert list(body_mistakes(key, default_body(DEMO, language, key))) == []


@pytest.mark.parametrize("wanted", WANTED, ids=names)
def test_buttons_are_as_many_and_as_long_as_whatsapp_takes(wanted: Wanted) -> None:
    assert len(wanted.buttons) == len(SENTENCES[wanted.key].answers) <= 3
    assert all(1 <= len(title) <= QUICK_REPLY_TITLE for title in wanted.buttons)
    assert not any(own.inviting(title) for title in wanted.buttons)


@pytest.mark.parametrize("wanted", WANTED, ids=names)
def test_with_the_longest_words_it_is_no_longer_than_whatsapp_takes(wanted: Wanted) -> None:
    filled = fill(made(wanted), _sampled(wanted), BUTTONS)
    assert filled is not None
    assert len(filled.text) <= WHATSAPP_BODY


@pytest.mark.parametrize("wanted", WANTED, ids=names)
def test_its_samples_which_reviewers_read_are_nobodys_data(wanted: Wanted) -> None:
    shown = samples(CANARIES, wanted)
    assert set(shown) == {str(number) for number, _ in enumerate(wanted.variables, start=1)}
    assert all(value.strip() for value in shown.values())
    assert wanted.key in NAMING or not SECRET.search(json.dumps(shown))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: type(prompt).__name__)
def test_all_that_is_said_first_fills_its_template_and_no_canary_sings(
    prompt: Prompt, language: str
) -> None:
    says = Talk().hears(Prompted(prompt)).says
    found = spoken(says, Phrasebook(CANARIES, language, discreet=True))
    assert found is not None
    assert set(found.variables) <= may_name(found.key)
    [wanted] = [each for each in WANTED if (each.key, each.language) == (found.key, language)]
    filled = fill(made(wanted), found.variables, BUTTONS)
    assert filled is not None
    assert filled.text.count("{") == 0
    sung = set(SECRET.findall(json.dumps(dict(found.variables)) + filled.text))
    # A first name, where they agreed to it.
    agreed = {"Canary"} if isinstance(prompt, RemindOf) and prompt.named else set()
    assert sung <= ({"Heron", "Wader"} if found.key in NAMING else agreed)


def test_control_a_template_that_named_the_patient_would_sing() -> None:
    says = Talk().hears(Prompted(PROMPTS[1])).says
    book = Phrasebook(CANARIES, "en", discreet=True)
    assert SECRET.search(book.fill("{visit.who} for {visit.patient}", says[0].values))


def test_a_word_that_is_not_known_leaves_it_unfilled() -> None:
    [reminder] = [each for each in WANTED if names(each) == "reminder en"]
    known = _sampled(reminder)
    assert fill(made(reminder), known, BUTTONS) is not None
    for word in known:
        assert fill(made(reminder), {**known, word: " \t"}, BUTTONS) is None
        assert fill(made(reminder), _without(known, word), BUTTONS) is None
    assert fill(made(reminder), known, BUTTONS[:2]) is None  # A button of which nothing comes back.
    assert fill(replace(made(reminder), content_sid=None), known, BUTTONS) is None


def test_the_clinics_own_sentence_is_its_template() -> None:
    text = "See you {visit.day} at {visit.time}, {visit.house}? Questions: {visit.phone}, please."
    clinic = replace(DEMO, phrases={"en": {"reminder": text}})
    assert default_body(clinic, "en", "reminder") == text
    at_an_edge = text.removeprefix("See you ")
    clinic = replace(DEMO, phrases={"en": {"reminder": at_an_edge}})
    assert default_body(clinic, "en", "reminder") == default_body(DEMO, "en", "reminder")


def test_another_wording_has_another_name_and_the_same_has_the_same() -> None:
    described = {"en": {"reminder": WhatsAppTemplate(body="Come {visit.day}, please.")}}
    before, after = wanted_templates(DEMO, {}), wanted_templates(DEMO, described)
    changed = [names(new) for old, new in zip(before, after, strict=True) if old.name != new.name]
    assert changed == ["reminder en"]
    assert wanted_templates(DEMO, {}) == before
    assert len({each.name for each in before}) == len(before)


def test_advertising_is_called_so() -> None:
    assert {each.key for each in WANTED if each.category == "marketing"} == {"again_due"}


def _sampled(wanted: Wanted) -> dict[str, str]:
    shown = samples(CANARIES, wanted).values()
    pairs = zip(wanted.variables, shown, strict=True)
    return {word: value for word, value in pairs if not word.startswith(BUTTON)}


def _without(known: dict[str, str], word: str) -> dict[str, str]:
    return {name: value for name, value in known.items() if name != word}
