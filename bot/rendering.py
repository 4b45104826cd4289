"""One content, one form for each channel: plain numbered SMS, WhatsApp buttons, Telegram keyboards.

Pure. The limits are the providers' own: Twilio's pages on message length, `twilio/quick-reply` and
`twilio/list-picker`; Telegram's Bot API (`sendMessage`, `InlineKeyboardMarkup`).
"""

from dataclasses import dataclass, replace

from bot import gsm7
from bot.messages import Channel, Choice, ChoiceKind

TWILIO_BODY = 1_600  # Longer is refused with 21617, on SMS and WhatsApp alike.
MOST_SEGMENTS = 2  # In one SMS.
WHATSAPP_BODY = 1_024  # With buttons or a list below it.
QUICK_REPLIES, QUICK_REPLY_TITLE = 3, 20  # In a session, without approval.
LIST_ROWS, LIST_ROW_TITLE = 10, 24
TELEGRAM_TEXT, TELEGRAM_BUTTONS = 4_096, 100


@dataclass(frozen=True, slots=True)
class Rendered:
    """What leaves: the text as it will be read, and the choices that become buttons.

    Choices that stand in the text as numbered lines are not repeated as buttons, except where
    a button had to be shortened. `segments` is what an SMS costs; other channels have none (0).
    """

    text: str
    choices: tuple[Choice, ...] = ()
    segments: int = 0


def render(text: str, choices: tuple[Choice, ...], channel: Channel) -> Rendered:
    """Bring a reply into the channel's form. On every channel "1" is the first choice.

    Sharing the phone number at a press exists on Telegram only and is left out elsewhere; a
    reply that offers it does so last, so that the other numbers stay what they are.
    """
    if channel is not Channel.TELEGRAM:
        choices = tuple(choice for choice in choices if choice.kind is not ChoiceKind.CONTACT)
    match channel:
        case Channel.SMS:
            return _sms(text, choices)
        case Channel.WHATSAPP:
            return _whatsapp(text, choices)
        case Channel.TELEGRAM:
            return _telegram(text, choices)
        case Channel.WEB:
            return Rendered(text, choices)


def segments(text: str) -> int:
    return gsm7.segments(text)


def in_parts(rendered: Rendered) -> tuple[Rendered, ...]:
    """An SMS that would be longer than it may be, as several, each sent by itself."""
    if rendered.segments <= MOST_SEGMENTS:
        return (rendered,)
    parts = gsm7.split(rendered.text, MOST_SEGMENTS)
    return tuple(Rendered(part, (), gsm7.segments(part)) for part in parts)


def picked(label: str) -> str:
    """What stands first in a message that took its question's place: what was pressed there."""
    return f"✓ {label}\n"


def with_numbers(text: str, choices: tuple[Choice, ...], limit: int, mark: str = "…") -> str:
    """The text and one numbered line a choice ("1 Tue 1 Dec 10:00"), within the limit.

    If it is too long the text above the lines gives way, and only then the last lines: what
    stands there can be picked, and keeps its number.
    """
    lines = [f"{number} {choice.label}" for number, choice in enumerate(choices, start=1)]
    while len("\n".join(lines)) > limit:
        lines.pop()
    below = "\n".join(lines)
    above = cut(text, limit - len(below) - 1 if below else limit, mark)
    return "\n".join(part for part in (above, below) if part)


def is_numbered(text: str, choices: tuple[Choice, ...]) -> bool:
    """Whether the text ends with the numbered lines of these choices (however worded)."""
    last = text.splitlines()[-len(choices) :] if choices else []
    return len(last) == len(choices) and all(
        line.startswith(f"{number} ") for number, line in enumerate(last, start=1)
    )


def cut(text: str, limit: int, mark: str = "…") -> str:
    if len(text) <= limit:
        return text
    return text[: limit - len(mark)].rstrip() + mark if limit > len(mark) else ""


def _sms(text: str, choices: tuple[Choice, ...]) -> Rendered:
    # All of it or none: one sign that cannot be folded makes the whole message UCS-2.
    if gsm7.is_gsm7(gsm7.fold("\n".join((text, *(choice.label for choice in choices))))):
        text = gsm7.fold(text)
        choices = tuple(replace(choice, label=gsm7.fold(choice.label)) for choice in choices)
    body = with_numbers(text, choices, TWILIO_BODY, mark="...")
    return Rendered(body, (), gsm7.segments(body))


def _whatsapp(text: str, choices: tuple[Choice, ...]) -> Rendered:
    limit = QUICK_REPLY_TITLE if len(choices) <= QUICK_REPLIES else LIST_ROW_TITLE
    buttons = choices
    if any(len(choice.label) > limit for choice in choices):
        # The full words stand in the text; the number ties a shortened button to its line, and
        # keeps two that begin alike apart (WhatsApp refuses equal titles).
        text = with_numbers(text, choices, TWILIO_BODY)
        buttons = tuple(
            replace(choice, label=cut(f"{number} {choice.label}", limit))
            for number, choice in enumerate(choices, start=1)
        )
    distinct = len({choice.label for choice in buttons}) == len(buttons)
    if len(buttons) > LIST_ROWS or not distinct or (buttons and len(text) > WHATSAPP_BODY):
        return Rendered(
            text if is_numbered(text, choices) else with_numbers(text, choices, TWILIO_BODY)
        )
    return Rendered(cut(text, TWILIO_BODY), buttons)


def _telegram(text: str, choices: tuple[Choice, ...]) -> Rendered:
    if len(choices) > TELEGRAM_BUTTONS:
        return Rendered(with_numbers(text, choices, TELEGRAM_TEXT))
    return Rendered(cut(text, TELEGRAM_TEXT), choices)
