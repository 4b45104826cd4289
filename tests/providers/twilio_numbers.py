"""What Twilio knows of telephone numbers: the words that opt out and in, and numbers that take
nothing.

Sources: RULES.md, 2 (keywords) and 5 (error codes).
"""

import re

# A message that is exactly one of these words, and nothing else, is acted on by Twilio before it
# reaches us (2: "only a message that is exactly one such word blocks").
OPT_OUT = {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
OPT_IN = {"START", "UNSTOP", "YES"}
HELP = {"HELP", "INFO"}
# 2: with a toll-free number the network enforces STOP alone, and YES lets nobody in again.
TOLL_FREE_OPT_OUT, TOLL_FREE_OPT_IN = {"STOP"}, {"START", "UNSTOP"}
_TOLL_FREE = re.compile(r"\+1(800|833|844|855|866|877|888)\d{7}")

# What Twilio answers to the three kinds by itself; so whoever answers a STOP says it twice.
OWN_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages "
    "from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP "
    "for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}

# 5: said at once, as the answer to the request.
REFUSED_AT_ONCE = {
    21211: "The 'To' number is not a valid phone number.",
    21408: "Permission to send an SMS has not been enabled for the region.",
    21614: "'To' number is not a valid mobile number",
    21635: "'To' number cannot be a landline",
}
# 3 and 5: accepted, and told by a later callback. `failed` never left Twilio.
TOLD_LATER = {
    30001: "failed",  # The queue was full.
    30003: "undelivered",  # Handset off or out of reach.
    30004: "undelivered",  # Blocked.
    30005: "undelivered",  # Unknown handset.
    30006: "undelivered",  # Landline, or a carrier that cannot be reached.
    30007: "undelivered",  # Filtered by the carrier.
    30008: "undelivered",  # Unknown error.
    30034: "undelivered",  # Our number is not registered for 10DLC.
    30036: "failed",  # Waited longer than its validity.
    63016: "undelivered",  # Outside of the 24 hours.
    63018: "undelivered",  # WhatsApp's rate limit.
    63021: "undelivered",  # Content invalid, or too long.
    63024: "undelivered",  # Not a WhatsApp number.
    63032: "undelivered",  # Meta's experiment keeps this person out.
}
# 5: where a landline is found out only when the message is on its way.
LANDLINE_FOUND_LATER = ("+1", "+44")


def is_toll_free(number: str) -> bool:
    return bool(_TOLL_FREE.fullmatch(number))


def opt_out_type(body: str, ours: str = "") -> str | None:
    """ "STOP", "START", "HELP", or None for everything else."""
    word = body.strip().upper()
    out, back = (TOLL_FREE_OPT_OUT, TOLL_FREE_OPT_IN) if is_toll_free(ours) else (OPT_OUT, OPT_IN)
    for kind, words in (("STOP", out), ("START", back), ("HELP", HELP)):
        if word in words:
            return kind
    return None


def landline_code(number: str) -> int:
    """How a landline shows: refused at once, but not in the US, Canada and the UK."""
    return 30006 if number.startswith(LANDLINE_FOUND_LATER) else 21635
