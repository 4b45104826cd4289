"""Phone numbers, as patients type them, in E.164."""

import re
from collections.abc import Sequence

import phonenumbers

from bot.understanding.chart import Item
from bot.understanding.text import Token

_PHONE = re.compile(r"(?<![\d/:])\+?\(?\d[\d\s().-]{5,18}\d(?![\d/:])")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[.-]\d{1,2}[.-]\d{4}")
_FEWEST_DIGITS = 7  # What is shorter is never looked at: the library's tables are slow to load.


def phone_of(
    text: str, tokens: Sequence[Token], country: str, *, asked: bool, birth_asked: bool = False
) -> Item | None:
    """Return the phone number in the text, over the tokens it covers.

    Where a date of birth may come, six or eight figures in a row are one.
    """
    for found in _PHONE.finditer(text):
        written = found[0].strip()
        digits = sum(sign.isdigit() for sign in written)
        if digits < _FEWEST_DIGITS or _DATE.fullmatch(written) or (birth_asked and digits == 8):
            continue
        try:
            number = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException:
            continue
        fits = phonenumbers.is_valid_number(number) or (
            asked and phonenumbers.is_possible_number(number)
        )
        if not fits:
            continue
        covered = [
            index
            for index, token in enumerate(tokens)
            if token.start < found.end() and token.end > found.start()
        ]
        if covered:
            value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return Item("phone", covered[0], covered[-1] + 1, value)
    return None
