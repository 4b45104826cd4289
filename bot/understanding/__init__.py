"""Free text in, a small typed value out: what a patient wants and what they named."""

from bot.understanding.reading import understand

__all__ = ["understand"]
