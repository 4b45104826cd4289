"""What every sender takes, gives and raises. One shape for all channels; nothing of any wire."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.charts import Chart
from bot.documents import Document
from bot.messages import Channel, Choice


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message as it leaves: rendered (`bot.rendering`), addressed, and named by our own id."""

    public_id: str
    channel: Channel
    recipient: str  # E.164 for SMS and WhatsApp, a chat id for Telegram.
    sender: str  # Our own number it goes out from; "" for the configured one.
    text: str
    choices: tuple[Choice, ...] = ()  # What becomes buttons; numbered lines are in the text.
    list_id: str = ""  # The list the choices belong to; comes back with a press.
    # The provider's id of an earlier message whose place this one takes, where a channel can.
    replaces: str = ""
    language: str = "en"
    picture: Chart | None = None  # Drawn above the text, where the channel shows pictures.
    document: Document | None = None  # A file above the text, where the channel carries files.
    # An approved WhatsApp template (its Content Sid) and all that fills it: the only thing that
    # passes once the patient has been silent for 24 hours. `text` is what it will read.
    template: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message: its own id for it, the status in its words, and the code of
    its error, if it could not deliver it."""

    provider_id: str
    status: str
    code: str = ""


class DeliveryError(Exception):
    """The message was not, or not knowably, accepted. The only thing a sender raises.

    `permanent`: the same message to the same address will never be taken. `unknown`: the request
    went out and no answer came back, so it must not be repeated blindly. Neither: try again, not
    before `retry_after` seconds when the provider named them. `code` is the provider's own, or one
    of ours ("timeout", "unreachable"). The text holds nothing else: it is written to logs, and
    providers quote numbers and messages in theirs.
    """

    def __init__(
        self,
        code: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        retry_after: float | None = None,
    ) -> None:
        kind = "refused" if permanent else "unknown" if unknown else "postponed"
        super().__init__(f"{kind}: {code}")
        self.code = code
        self.permanent = permanent
        self.unknown = unknown
        self.retry_after = retry_after


class Sender(Protocol):
    """Speaks to one provider. Safe to call from several threads at once."""

    def send(self, message: OutgoingMessage) -> Accepted:
        """Hand the message over once. Raises DeliveryError; never tries again by itself."""
        ...

    def look_up(
        self, message: OutgoingMessage, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        """Whether the provider took a message whose outcome is unknown, after `since`; None: it did
        not. `known`: its ids of other messages, which this one is not. Raises DeliveryError when it
        can't be told now; a permanent one when it never can."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Clearing(Protocol):
    """A sender that can take off the screen what it has sent."""

    def clear(self, message: OutgoingMessage) -> None:
        """Put the text in the place of what it replaces; a message with a file goes altogether.
        Doing it twice is doing it once. Raises DeliveryError; a permanent one where it can never
        be done."""
        ...
