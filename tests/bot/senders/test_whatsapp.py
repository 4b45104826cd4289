"""Whatever is to be said and chosen from: WhatsApp takes what comes of it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Channel, Choice
from bot.rendering import LIST_ROWS, TWILIO_BODY, is_numbered, render
from bot.senders.base import OutgoingMessage
from bot.senders.keyboard import parse_callback_data
from bot.senders.whatsapp import interactive
from tests.providers.twilio_content import Template, parse_variables, show

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
labels = words.map(lambda text: " ".join(text.split()) or "x")


@given(st.text(max_size=1_300).filter(str.strip), st.lists(labels, max_size=LIST_ROWS + 2))
def test_every_message_keeps_whatsapps_limits(text: str, offered: list[str]) -> None:
    choices = tuple(Choice(label, "") for label in offered)
    rendered = render(text, choices, Channel.WHATSAPP)
    if not rendered.choices:
        assert len(rendered.text) <= TWILIO_BODY
        return
    message = OutgoingMessage(
        "m", Channel.WHATSAPP, "+14155550123", "", rendered.text, rendered.choices, "123456"
    )
    filled = interactive(message, "Choose")
    template = Template("HX", filled.types, {})
    shown = show(template, parse_variables(template, json.dumps(filled.variables)))
    pressed = [parse_callback_data(button.id) for button in shown.buttons]
    assert pressed == [("123456", number) for number in range(1, len(offered) + 1)]


def test_an_eleventh_choice_makes_a_list_of_lines() -> None:
    choices = tuple(Choice(f"Specialty {number}", "") for number in range(1, LIST_ROWS + 2))
    rendered = render("Which?", choices, Channel.WHATSAPP)
    assert rendered.choices == ()
    assert is_numbered(rendered.text, choices)
