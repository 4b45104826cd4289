"""How Twilio counts the segments of an SMS, and what it asks for each. Written apart from
`bot.gsm7`, to check it.

RULES.md, 1: GSM-7 with 160 in one segment and 153 in each of several, UCS-2 with
70 and 67; the signs of the extension table count double, and one sign of neither turns the whole
message into UCS-2. A toll-free number has 152 and 66 in each of several.
"""

import math
from decimal import Decimal

# US dollars, nv: about what Twilio asks for a US number. A message on WhatsApp has its price as
# one, whatever its length.
A_SEGMENT = Decimal("0.0083")
A_WHATSAPP = Decimal("0.0050")

# GSM 03.38 by code, in rows of sixteen; 0x1B is the escape.
_ROWS = (
    "@£$¥èéùìòÇ\nØø\rÅå", "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ", " !\"#¤%&'()*+,-./", "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO", "PQRSTUVWXYZÄÖÑÜ§", "¿abcdefghijklmno", "pqrstuvwxyzäöñüà",
)  # fmt: skip
_TABLE = "".join(_ROWS).replace("\x1b", "")
_ESCAPED = "\f^{}\\[~]|€"


def num_segments(body: str, *, toll_free: bool = False) -> int:
    if all(sign in _TABLE + _ESCAPED for sign in body):
        sizes, whole = [2 if sign in _ESCAPED else 1 for sign in body], 160
        part = 152 if toll_free else 153
    else:
        sizes, whole = [len(sign.encode("utf-16-be")) // 2 for sign in body], 70
        part = 66 if toll_free else 67
    if sum(sizes) <= whole:
        return 1
    if max(sizes) == 1:
        return math.ceil(sum(sizes) / part)
    used, count = 0, 1
    for size in sizes:
        if used + size > part:
            used, count = 0, count + 1
        used += size
    return count
