"""Twilio's error codes, once: what each means for the message and for the address.

The same table serves the answer to a request and the status callback that comes later
(`ErrorCode`). Sources: Twilio's error pages (docs/api/errors/CODE); those marked nv are from
general knowledge and wait for a page.
"""

from enum import StrEnum


class Fault(StrEnum):
    RECIPIENT = "recipient"  # This address takes nothing from us: stop writing to it.
    MESSAGE = "message"  # This message will never pass; another may.
    PASSING = "passing"  # Nothing wrong with either: the same message may pass later.


FAULTS = {
    20003: Fault.PASSING,  # Our credentials are wrong: staff must act, no patient is at fault.
    20429: Fault.PASSING,  # Too many requests. nv
    21211: Fault.RECIPIENT,  # Not a phone number.
    21408: Fault.RECIPIENT,  # Sending to this country is not switched on. nv
    21603: Fault.PASSING,  # No number of ours to send from: staff must act.
    21606: Fault.PASSING,  # The number to send from is not ours: staff must act.
    21610: Fault.RECIPIENT,  # They said STOP to this sender.
    21614: Fault.RECIPIENT,  # Not a mobile number. nv
    21617: Fault.MESSAGE,  # Longer than 1,600 characters.
    21635: Fault.RECIPIENT,  # A landline.
    21656: Fault.MESSAGE,  # Content variables invalid.
    30001: Fault.PASSING,  # Twilio's queue for our number is full.
    30003: Fault.PASSING,  # Handset off or out of reach.
    30004: Fault.RECIPIENT,  # Blocked. nv
    30005: Fault.RECIPIENT,  # Unknown handset. nv
    30006: Fault.RECIPIENT,  # Landline, or a carrier that cannot be reached.
    30007: Fault.MESSAGE,  # Filtered by the carrier. nv
    30008: Fault.PASSING,  # Unknown error. nv
    30034: Fault.PASSING,  # Our number is not registered for 10DLC: staff must act. nv
    30036: Fault.PASSING,  # Waited in the queue longer than its validity.
    63007: Fault.PASSING,  # The WhatsApp sender is not ours: staff must act.
    63016: Fault.MESSAGE,  # Free text after the 24-hour window: only a template passes.
    63018: Fault.PASSING,  # WhatsApp's rate limit.
    63021: Fault.MESSAGE,  # Content invalid, or longer than 1,024 with its variables filled.
    63024: Fault.RECIPIENT,  # Not a WhatsApp number.
}

STATUS_OF_OURS = frozenset({401, 403, 404, 408, 425, 429, 503})  # Says nothing about the message.


def fault(code: int, status: int = 400) -> Fault:
    """What went wrong; for a code without its own line, judged by the HTTP status."""
    otherwise = Fault.PASSING if status in STATUS_OF_OURS else Fault.MESSAGE
    return FAULTS.get(code, otherwise)
