"""Payment card numbers never reach the log: patients type them, and nobody here needs them."""

import re

# 13 to 19 digits (ISO/IEC 7812-1), with single spaces or hyphens between; after a plus sign they
# are a telephone number.
_CANDIDATE = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
MASK = "[card number removed]"


def mask_cards(text: str) -> str:
    """Return the text with card numbers replaced; other long numbers stay (Luhn tells them)."""

    def mask(match: re.Match[str]) -> str:
        return MASK if _passes_luhn(match.group()) else match.group()

    return _CANDIDATE.sub(mask, text)


def _passes_luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right is doubled."""
    digits = [int(sign) for sign in number if sign.isdigit()][::-1]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
