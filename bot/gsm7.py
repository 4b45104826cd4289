"""GSM 03.38, the alphabet of a cheap SMS: what is in it, what can be folded into it, what it costs.

One character outside the alphabet turns the whole message to UCS-2 and more than doubles its
price (Twilio glossary, "What is the SMS character limit", "What is UCS-2"), so signs that only
look nicer are replaced by plain ones. Letters of other scripts are never touched.
"""

import unicodedata
from bisect import bisect_right
from functools import lru_cache

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")  # Each is sent as two characters: an escape and itself.

ALPHABET = BASIC | EXTENDED

# Typographic signs and letters that do not decompose by themselves.
PLAIN = str.maketrans(
    {
        "’": "'", "‘": "'", "‚": "'", "‛": "'", "′": "'", "´": "'", "`": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "―": "-", "‐": "-", "‑": "-", "−": "-",
        "…": "...", "•": "-", "·": "-", "×": "x", "⁄": "/", "→": "->",
        "°": "", "\u200b": "", "\u200e": "", "\u200f": "", "\ufeff": "", "\t": " ",
        "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "OE",
    }
)  # fmt: skip

# Where a text is best torn apart: the best first.
BREAKS = ("\n", ". ", "? ", ", ", " ")

SINGLE_GSM, JOINED_GSM = 160, 153  # Septets in one segment; joined parts lose six bytes each.
SINGLE_UCS2, JOINED_UCS2 = 70, 67  # UTF-16 code units, likewise.


def is_gsm7(text: str) -> bool:
    return ALPHABET.issuperset(text)


def fold(text: str) -> str:
    """The text in plain signs, if that makes it GSM-7; otherwise the text as it was.

    A message that stays UCS-2 anyway, for an emoji or another script, keeps its proper signs
    and accents: folding it would cost beauty and save nothing.
    """
    if is_gsm7(text):
        return text
    text = unicodedata.normalize("NFC", text)
    folded = "".join(
        character if character in ALPHABET else _folded(character) for character in text
    )
    return folded if is_gsm7(folded) else text


@lru_cache(maxsize=1024)
def _folded(character: str) -> str:
    plain = character.translate(PLAIN)
    if plain != character:
        return plain
    # í -> i, ç -> c, the narrow space before "AM" -> a space, ½ -> 1/2.
    parts = unicodedata.normalize("NFKD", character).translate(PLAIN)
    return "".join(part for part in parts if not unicodedata.combining(part))


def segments(text: str) -> int:
    """How many parts the text is sent, and billed, in. An empty text is one."""
    if is_gsm7(text):
        if len(text) <= SINGLE_GSM and EXTENDED.isdisjoint(text):
            return 1
        units = [2 if character in EXTENDED else 1 for character in text]
        return _parts(units, SINGLE_GSM, JOINED_GSM)
    units = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return _parts(units, SINGLE_UCS2, JOINED_UCS2)


def split(text: str, most: int) -> tuple[str, ...]:
    """The text in stretches of at most so many segments, torn between lines if it can be, else
    between sentences or words."""
    stretches = []
    while segments(text) > most:
        end = bisect_right(range(len(text)), most, key=lambda length: segments(text[:length])) - 1
        at = max(end // 2, 1)
        breaks = (text.rfind(mark, at, end) + len(mark.rstrip()) for mark in BREAKS)
        end = next((each for each in breaks if each > at), end)
        stretches.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return (*stretches, text)


def _parts(units: list[int], single: int, joined: int) -> int:
    """Count parts; a pair (escape and sign, or two surrogates) is never torn apart."""
    if sum(units) <= single:
        return 1
    parts, room = 1, joined
    for unit in units:
        if unit > room:
            parts, room = parts + 1, joined
        room -= unit
    return parts
