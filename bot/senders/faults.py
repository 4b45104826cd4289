"""What a provider's error code leads to, as a value. Each provider has one table of them
(`twilio_errors`, `telegram_errors`), and it serves an answer that comes at once and a report that
comes later alike.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Next(StrEnum):
    """What becomes of the message."""

    AGAIN = "again"  # Nothing is wrong with message or address: the same may pass later.
    TEMPLATE = "template"  # Only an approved template passes; then as ELSEWHERE.
    ELSEWHERE = "elsewhere"  # Never here. What nobody has asked for is said on another channel.


class Address(StrEnum):
    """What it says of the address."""

    OPTED_OUT = "opted_out"  # The carrier knows of it, and we may not.
    BAD = "bad"  # It takes nothing from us.


class Alarm(StrEnum):
    """Staff must act; when that is over."""

    UNTIL_ACCEPTED = "until_accepted"  # As soon as the provider takes a message there again.
    UNTIL_DELIVERED = "until_delivered"  # It takes them all the same: as soon as one arrives.
    UNTIL_SEEN = "until_seen"  # It is about one text: staff close it.


@dataclass(frozen=True, slots=True)
class Fault:
    """`alarm_note`: what staff read, in a sentence that tells what to do."""

    next: Next = Next.ELSEWHERE
    address: Address | None = None
    alarm: Alarm | None = None
    alarm_note: str = ""
    pause: timedelta | None = None  # So long no process sends anything there.

    @property
    def is_final(self) -> bool:
        return self.next is not Next.AGAIN


AGAIN = Fault(Next.AGAIN)
# The provider may name a pause of its own.
TOO_FAST = Fault(Next.AGAIN, pause=timedelta(seconds=2))
ELSEWHERE = Fault(Next.ELSEWHERE)
TEMPLATE = Fault(Next.TEMPLATE)
OPTED_OUT = Fault(Next.ELSEWHERE, Address.OPTED_OUT)
BAD_ADDRESS = Fault(Next.ELSEWHERE, Address.BAD)


def set_up_wrong(note: str) -> Fault:
    """Nothing passes on this channel until staff mend it; then what waits goes out. One message
    tries from time to time, so that the others do not use up their tries."""
    return Fault(
        Next.AGAIN, alarm=Alarm.UNTIL_ACCEPTED, alarm_note=note, pause=timedelta(seconds=30)
    )


# The code of a channel on which every try fails (`core.messaging.failing`).
NOTHING_PASSES = "nothing_passes"

# Our own words for what no provider has a code for.
OURS = {
    "channel_off": Fault(
        Next.ELSEWHERE,
        alarm=Alarm.UNTIL_ACCEPTED,
        alarm_note="Messages wait for a channel that is not switched on: see its settings.",
    ),
    NOTHING_PASSES: Fault(
        Next.AGAIN,
        alarm=Alarm.UNTIL_ACCEPTED,
        alarm_note="For some minutes every try has failed: the provider is out, or our way to it."
        " What waits goes out by itself when it is back. See whether this machine reaches the"
        " internet, and the provider's status page; call whoever must hear of something today.",
    ),
    "no_template": Fault(
        Next.ELSEWHERE,
        alarm=Alarm.UNTIL_SEEN,
        alarm_note="After a day of silence WhatsApp takes approved templates only, and one was"
        " missing: see `frontdesk templates status`.",
    ),
    "empty_variable": Fault(
        Next.ELSEWHERE,
        alarm=Alarm.UNTIL_SEEN,
        alarm_note="A WhatsApp template was not sent, because something that it names is not set"
        " (a location's phone, a cost): see [whatsapp.templates] in the clinic file.",
    ),
    "window_closed": ELSEWHERE,  # WhatsApp takes templates only, and there is none for this.
    "unreachable": AGAIN,
    "opted_out": ELSEWHERE,
    "bad_address": ELSEWHERE,
}
