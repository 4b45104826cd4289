"""The words every channel shares: what came in, what goes out. Frozen, and free of any wire."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is reached: E.164 for SMS and WhatsApp, a chat id for Telegram, a random
    token for the web chat."""

    channel: Channel
    value: str


class Content(StrEnum):
    """What a message consists of. Only text, a press and a contact are ever read or kept."""

    TEXT = "text"
    BUTTON = "button"  # `text` is the value of the choice that was pressed.
    CONTACT = "contact"  # The sender's own phone number, shared by them; in `text`, E.164.
    UNREADABLE = "unreadable"  # A photo, sticker, place, voice note, file: never fetched or stored.


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a patient sent, in our words.

    `provider_id` is unique per channel and is what makes a repeat recognisable. `recipient` is
    the address of ours that they wrote to. `opt_out_type` is what the carrier says the text did
    ("STOP", "START", "HELP"), None when it says nothing. `simulated` marks the web chat of a demo
    and the terminal: replies to them never reach a provider.
    """

    provider_id: str
    sender: Address
    recipient: str
    text: str
    content: Content = Content.TEXT
    language: str | None = None  # The provider's language code, if it tells one.
    opt_out_type: str | None = None
    replies_to: str | None = None  # The provider's id of the message of ours that it quotes.
    origin: str | None = None  # Network address the request came from, for flood limits.
    sent_at: datetime | None = None
    simulated: bool = False
    user: str | None = None  # Who writes in the chat, as its messenger vouches for it.


class Asked(StrEnum):
    """What the last reply asks for. The names are public (`frontdesk chat --json`)."""

    DATE = "date"
    TIME = "time"
    DATE_TIME = "date_time"
    SLOT = "slot"
    PRACTITIONER = "practitioner"
    SPECIALTY = "specialty"
    LOCATION = "location"
    VISIT_TYPE = "visit_type"
    APPOINTMENT = "appointment"
    PERSON = "person"
    NAME = "name"
    DATE_OF_BIRTH = "date_of_birth"
    PHONE = "phone"
    CODE = "code"
    REASON = "reason"
    RATING = "rating"
    YES_NO = "yes_no"
    CHOICE = "choice"
    TEXT = "text"


class ChoiceKind(StrEnum):
    CONTACT = "contact"  # Pressing it shares the patient's own phone number (Telegram).
    DAY = "day"  # A place in a calendar, seven to a row; it is picked, but never numbered.


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a patient may pick. `value` comes back when a button is pressed."""

    label: str
    value: str
    kind: ChoiceKind | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What we want to say: text and choices, not yet a keyboard or numbered lines."""

    text: str
    choices: tuple[Choice, ...] = ()
