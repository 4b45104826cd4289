"""What staff write and nobody may read again: codes and PINs are not kept in the log."""

import re

from core.staff.pairing import CODE

_COMMAND = re.compile(r"\s*/(?:pin|login)\b", re.ASCII | re.IGNORECASE)
_BARE = re.compile(r"\s*\d{6}\s*", re.ASCII)
_DIGIT = re.compile(r"\d", re.ASCII)


def masked(text: str, *, of_staff: bool) -> str:
    """Return the text as it may be kept: the secret of an invitation and a PIN as dots. `of_staff`:
    the chat is theirs, so that six digits alone are a PIN."""
    if _COMMAND.match(text) or (of_staff and _BARE.fullmatch(text)):
        return _DIGIT.sub("•", text)
    return CODE.sub(lambda found: f"{found[1]}-••••••", text)
