"""Figures in the reader's own way (Babel, CLDR)."""

from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent


def decimal(number: float | Decimal, pattern: str, locale: Locale) -> str:
    """Return "1,234.5"; `pattern` as in CLDR: "#,##0.#"."""
    return format_decimal(number, format=pattern, locale=locale)


def percent(rate: float, locale: Locale) -> str:
    """Return "8%" for 0.08."""
    return format_percent(rate, locale=locale)


def price(amount: Decimal, currency: str, locale: Locale) -> str:
    """Return "$1.20"; `currency`: ISO 4217."""
    return format_currency(amount, currency, locale=locale)
