"""One content, one form per channel; and what an SMS costs, counted twice by different hands."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import gsm7
from bot.messages import Channel, Choice, ChoiceKind
from bot.phrases import languages, sentences
from bot.rendering import (
    LIST_ROW_TITLE,
    LIST_ROWS,
    MOST_SEGMENTS,
    QUICK_REPLIES,
    QUICK_REPLY_TITLE,
    TELEGRAM_BUTTONS,
    TELEGRAM_TEXT,
    TWILIO_BODY,
    WHATSAPP_BODY,
    Rendered,
    in_parts,
    is_numbered,
    render,
    segments,
    with_numbers,
)
from tests.providers.segments import num_segments

YES_NO = (Choice("Yes, book it", "yes"), Choice("Another time", "no"))
SHARE = Choice("Share my number", "contact", ChoiceKind.CONTACT)
texts = st.text(
    st.sampled_from("aAzé ñ€^[]{}\n’“—…íçÇł°½\u202f預約😀Ω\u0301") | st.characters(codec="utf-8"),
    max_size=400,
)


def choices(count: int, label: str = "Choice") -> tuple[Choice, ...]:
    return tuple(Choice(f"{label} {number}", str(number)) for number in range(1, count + 1))


# SMS


def test_an_sms_numbers_its_choices() -> None:
    rendered = render("Book Tue 1 Dec 10:00?", YES_NO, Channel.SMS)
    assert rendered == Rendered("Book Tue 1 Dec 10:00?\n1 Yes, book it\n2 Another time", (), 1)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("It’s “fine” – really…", 'It\'s "fine" - really...'),
        ("Clínica: cita el miércoles, sí", "Clinica: cita el miércoles, si"),
        ("é è à ñ ü ä ö å ø ß Ñ É Ç", "é è à ñ ü ä ö å ø ß Ñ É Ç"),
        ("Łódź, são, ça, œuvre", "Lodz, sao, ca, oeuvre"),
        ("10:00\u202fAM, 2° floor, ½ hour", "10:00 AM, 2 floor, 1/2 hour"),
        ("cafe\u0301", "café"),
        ("5 € [x]", "5 € [x]"),
    ],
)
def test_signs_that_only_look_nicer_are_folded(text: str, folded: str) -> None:
    assert gsm7.fold(text) == folded
    assert gsm7.is_gsm7(folded)


def test_what_is_folded_is_what_the_page_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
    table = page.split("### What is folded")[1]
    lines = re.findall(r"^\| `(.+)` \| `(.+)` \|$", table, re.MULTILINE)
    pairs = [pair for line in lines for pair in zip(*map(str.split, line), strict=True)]
    assert len(pairs) > 40
    assert [gsm7.fold(sign) for sign, _ in pairs] == [plain for _, plain in pairs]
    [kept] = re.findall(r"and stay:\s`(.+)`\.", table)
    assert all(gsm7.segments(sign * 160) == 1 for sign in kept.split())
    folded = {sign for sign, _ in pairs}
    ours = "".join(text for code in languages() for text in sentences(code).values())
    needed = {sign for sign in ours if not gsm7.is_gsm7(sign)}
    assert needed <= folded | {"\N{NO-BREAK SPACE}"}, "a sign of our sentences is not in the table"


@pytest.mark.parametrize("text", ["Ваш приём “завтра”", "それは’", "Tomorrow’s visit 😀"])
def test_a_message_that_is_ucs2_anyway_keeps_its_signs(text: str) -> None:
    assert gsm7.fold(text) == text
    assert render(text, (), Channel.SMS).text == text


def test_one_foreign_label_keeps_the_whole_message_as_it_was() -> None:
    rendered = render("Clínica…", (Choice("Доктор", "1"),), Channel.SMS)
    assert rendered.text == "Clínica…\n1 Доктор"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2), ("a" * 152 + "€" + "a" * 10, 2), ("€" * 153, 3),
        ("í" * 70, 1), ("í" * 71, 2), ("í" * 134, 2), ("í" * 135, 3), ("😀" * 35, 1),
        ("😀" * 36, 2), ("😀" * 67, 3),
    ],
)  # fmt: skip
def test_segments_are_counted_as_they_are_billed(text: str, count: int) -> None:
    assert segments(text) == num_segments(text) == count


@given(texts)
def test_both_counts_of_segments_agree(text: str) -> None:
    assert segments(text) == num_segments(text)


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    folded = gsm7.fold(text)
    assert gsm7.fold(folded) == folded


@given(texts, st.lists(texts.filter(lambda label: "\n" not in label), max_size=40))
def test_no_sms_is_longer_than_twilio_takes(text: str, labels: list[str]) -> None:
    offered = tuple(Choice(label, "") for label in labels)
    rendered = render(text * 5, offered, Channel.SMS)
    assert len(rendered.text) <= TWILIO_BODY
    assert rendered.segments == segments(rendered.text)
    assert rendered.choices == ()


def test_too_long_a_text_gives_way_to_its_choices() -> None:
    rendered = render("word " * 400, choices(30), Channel.SMS)
    assert len(rendered.text) <= TWILIO_BODY
    assert rendered.text.splitlines()[0].endswith("word...")
    assert rendered.text.endswith("\n30 Choice 30")
    assert is_numbered(rendered.text, choices(30))


def test_too_many_choices_lose_the_last_ones_whole() -> None:
    numbered = with_numbers("Which?", choices(400), TWILIO_BODY)
    assert len(numbered) <= TWILIO_BODY
    kept = numbered.splitlines()[-1].split()
    assert kept == [kept[0], "Choice", kept[0]]


def test_what_is_longer_than_two_segments_goes_out_in_parts() -> None:
    text = "Please bring your insurance card and a list of what you take. " * 7
    rendered = render(text.strip(), choices(3), Channel.SMS)
    parts = in_parts(rendered)
    assert [part.segments for part in parts] == [2, 2]
    assert " ".join(part.text for part in parts) == rendered.text
    assert parts[0].text.endswith("take.")
    assert parts[-1].text.endswith("\n1 Choice 1\n2 Choice 2\n3 Choice 3")


def test_a_short_sms_and_other_channels_stay_whole() -> None:
    assert in_parts(render("Hello", (), Channel.SMS)) == (Rendered("Hello", (), 1),)
    long = render("word " * 400, choices(3), Channel.TELEGRAM)
    assert in_parts(long) == (long,)


@given(texts)
def test_parts_are_never_too_long_and_nothing_is_lost(text: str) -> None:
    parts = gsm7.split(text * 4, MOST_SEGMENTS)
    assert all(num_segments(part) <= MOST_SEGMENTS for part in parts)
    assert "".join("".join(parts).split()) == "".join((text * 4).split())


# WhatsApp


@pytest.mark.parametrize("count", [0, 1, QUICK_REPLIES, QUICK_REPLIES + 1, LIST_ROWS])
def test_whatsapp_shows_buttons_or_a_list(count: int) -> None:
    rendered = render("Which?", choices(count), Channel.WHATSAPP)
    assert rendered == Rendered("Which?", choices(count), 0)


@pytest.mark.parametrize(("count", "limit"), [(2, QUICK_REPLY_TITLE), (5, LIST_ROW_TITLE)])
def test_whatsapp_shortens_a_long_label_only_on_its_button(count: int, limit: int) -> None:
    long = choices(count, "Dr Anita Patel-Fernandez in the")
    rendered = render("With whom?", long, Channel.WHATSAPP)
    assert rendered.text == with_numbers("With whom?", long, TWILIO_BODY)
    titles = [choice.label for choice in rendered.choices]
    assert titles[0].startswith("1 Dr Anita Patel")
    assert all(len(title) <= limit and title.endswith("…") for title in titles)
    assert len(set(titles)) == count
    assert [choice.value for choice in rendered.choices] == [choice.value for choice in long]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Which?", choices(LIST_ROWS + 1)),
        ("x" * (WHATSAPP_BODY + 1), choices(2)),
        ("Which?", (Choice("10:00", "a"), Choice("10:00", "b"))),
        ("x" * 1_000, choices(3, "a label that is much longer than a button")),
    ],
)
def test_what_whatsapp_cannot_show_becomes_numbered_lines(
    text: str, offered: tuple[Choice, ...]
) -> None:
    assert render(text, offered, Channel.WHATSAPP) == Rendered(
        with_numbers(text, offered, TWILIO_BODY)
    )


# Telegram and the web


def test_telegram_shows_every_choice_as_a_button() -> None:
    long = (*choices(20, "A label as long as it likes, with the full name"), SHARE)
    assert render("Which?", long, Channel.TELEGRAM) == Rendered("Which?", long)


def test_telegram_falls_back_to_numbers_and_cuts_what_is_too_long() -> None:
    many = choices(TELEGRAM_BUTTONS + 1)
    rendered = render("x" * 5_000, many, Channel.TELEGRAM)
    assert rendered.choices == ()
    assert is_numbered(rendered.text, many)
    assert len(rendered.text) == TELEGRAM_TEXT
    assert len(render("x" * 5_000, (), Channel.TELEGRAM).text) == TELEGRAM_TEXT


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP, Channel.WEB])
def test_only_telegram_can_share_a_number(channel: Channel) -> None:
    assert render("Number?", (*YES_NO, SHARE), channel) == render("Number?", YES_NO, channel)


def test_the_web_takes_the_reply_as_it_is() -> None:
    assert render("Which…", choices(40), Channel.WEB) == Rendered("Which…", choices(40))


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("count", [1, 3, 10, 11, 101])
def test_one_is_the_first_choice_on_every_channel(channel: Channel, count: int) -> None:
    rendered = render("Which?", choices(count), channel)
    first = rendered.choices[0].label if rendered.choices else rendered.text.splitlines()[1]
    assert first.removeprefix("1 ") == "Choice 1"
