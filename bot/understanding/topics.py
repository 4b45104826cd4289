"""What exactly is asked: a finer topic within the one that a question's phrase tells of.

"Do you take new patients?" asks about those who work here, "do you take cards?" about prices; each
has an answer of its own. The words stand in `[details]` of the language's file, under what they are
details of; `as_it_is` there takes back a detail that its own words would tell.
"""

from bot.understanding.findings import Findings
from bot.understanding.values import Intent

AS_IT_IS = "as_it_is"


def refined(
    found: Findings, within: tuple[int, int], intent: Intent, topic: str | None
) -> str | None:
    """Return the topic of a wish whose words stand between two places of the message."""
    whole = topic or str(intent)
    begin, end = within
    told = [
        match
        for match in found.words.details.matches(found.chart)
        if match.meaning[0] == whole and begin <= match.start < end
    ]
    if not told or any(match.meaning[1] == AS_IT_IS for match in told):
        return topic
    best = max(told, key=lambda match: (match.end - match.start, -match.start))
    detail: str = best.meaning[1]
    return detail
