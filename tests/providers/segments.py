"""How Twilio counts the segments of an SMS. Written apart from `bot.gsm7`, to check it."""

import math

# GSM 03.38 by code, in rows of sixteen; 0x1B is the escape.
_ROWS = (
    "@£$¥èéùìòÇ\nØø\rÅå", "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ", " !\"#¤%&'()*+,-./", "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO", "PQRSTUVWXYZÄÖÑÜ§", "¿abcdefghijklmno", "pqrstuvwxyzäöñüà",
)  # fmt: skip
_TABLE = "".join(_ROWS).replace("\x1b", "")
_ESCAPED = "\f^{}\\[~]|€"


def num_segments(body: str) -> int:
    if all(sign in _TABLE + _ESCAPED for sign in body):
        sizes, whole, part = [2 if sign in _ESCAPED else 1 for sign in body], 160, 153
    else:
        sizes, whole, part = [len(sign.encode("utf-16-be")) // 2 for sign in body], 70, 67
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
