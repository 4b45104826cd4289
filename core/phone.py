"""Telephone numbers: the only use of phonenumbers in the core."""

import phonenumbers


def to_e164(text: str, region: str) -> str | None:
    """Return the number as "+14155550100", None when it is not a possible number.

    `region` (ISO 3166-1 alpha-2) is the country assumed for a number without its prefix. Possible,
    not assigned: ranges for fiction and new ranges must pass.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def for_reading(e164: str) -> str:
    """Return "+1 415-555-0100"; the text itself when it is no number (a short code, say)."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def is_landline(e164: str) -> bool:
    """Tell whether a number can only be called. Where the country does not part landlines from
    mobiles, as in North America, it is taken for one that reads messages."""
    kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    return bool(kind == phonenumbers.PhoneNumberType.FIXED_LINE)


def is_country(text: str) -> bool:
    """Tell whether this is a country's code (ISO 3166-1 alpha-2) that numbers can be read for."""
    return text in phonenumbers.SUPPORTED_REGIONS
