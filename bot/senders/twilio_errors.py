"""Twilio's error codes, once: what each leads to, for the answer to a request and for the status
callback that comes later (`ErrorCode`).

Sources: Twilio's error pages (docs/api/errors/CODE); those marked nv are from general knowledge and
wait for a page.
"""

from bot.senders.faults import (
    AGAIN,
    BAD_ADDRESS,
    ELSEWHERE,
    OPTED_OUT,
    TEMPLATE,
    TOO_FAST,
    Alarm,
    Fault,
    Next,
    set_up_wrong,
)

FAULTS: dict[str, Fault] = {
    "20003": set_up_wrong("Twilio does not accept our credentials: check TWILIO_AUTH_TOKEN."),
    "20429": TOO_FAST,  # Too many requests. nv
    "429": TOO_FAST,
    "21211": BAD_ADDRESS,  # Not a phone number.
    "21408": ELSEWHERE,  # Sending to this country is not switched on. nv
    "21603": set_up_wrong("Twilio misses a number of ours to send from: check TWILIO_SMS_FROM."),
    "21606": set_up_wrong("The number we send from is not ours at Twilio, or sends no SMS."),
    "21610": OPTED_OUT,  # They said STOP to this sender.
    "21614": BAD_ADDRESS,  # Not a mobile number. nv
    "21617": ELSEWHERE,  # Longer than 1,600 characters.
    "21635": BAD_ADDRESS,  # A landline.
    "21655": Fault(
        Next.ELSEWHERE,
        alarm=Alarm.UNTIL_SEEN,
        alarm_note="A WhatsApp template is no longer in the account: run"
        " `frontdesk templates sync`.",
    ),
    "21656": ELSEWHERE,  # Content variables invalid.
    "30001": AGAIN,  # Twilio's queue for our number is full.
    "30003": AGAIN,  # Handset off or out of reach.
    "30004": ELSEWHERE,  # Blocked. nv
    "30005": BAD_ADDRESS,  # Unknown handset. nv
    "30006": ELSEWHERE,  # Landline, or a carrier that cannot be reached.
    "30007": Fault(  # nv
        Next.ELSEWHERE,
        alarm=Alarm.UNTIL_SEEN,
        alarm_note="The carrier filtered a message of ours as unwanted: look at its wording.",
    ),
    "30008": AGAIN,  # Unknown error. nv
    "30034": Fault(  # nv
        Next.ELSEWHERE,
        alarm=Alarm.UNTIL_DELIVERED,
        alarm_note="Our number is not registered for A2P 10DLC: US carriers take no SMS from it.",
    ),
    "30036": AGAIN,  # Waited in Twilio's queue longer than its validity.
    "63007": set_up_wrong("Twilio knows no such WhatsApp sender: check TWILIO_WHATSAPP_FROM."),
    "63016": TEMPLATE,  # Free text after the 24-hour window.
    "63018": TOO_FAST,  # WhatsApp's rate limit.
    "63021": Fault(
        Next.ELSEWHERE,
        alarm=Alarm.UNTIL_SEEN,
        alarm_note="WhatsApp refused a template as invalid, or it is too long once filled in.",
    ),
    "63024": BAD_ADDRESS,  # Not a WhatsApp number.
    # The template was rejected, paused, disabled; its task says more. nv
    "63040": ELSEWHERE,
    "63041": ELSEWHERE,
    "63042": ELSEWHERE,
    "63032": ELSEWHERE,  # The patient is part of an experiment of WhatsApp's.
}

STATUS_OF_OURS = frozenset({401, 403, 404, 408, 425, 429, 503})  # Says nothing about the message.


def fault(code: str, status: int = 400) -> Fault:
    """What it leads to; for a code without its own line, judged by the HTTP status."""
    return FAULTS.get(code, AGAIN if status in STATUS_OF_OURS else ELSEWHERE)
