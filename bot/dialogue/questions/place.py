"""Which of the clinic's places a talk is about."""

from bot.dialogue.turn import Turn
from bot.directory import Location


def place_in_question(turn: Turn) -> Location:
    """Return that of the draft or of the visit spoken of, else the clinic's first."""
    draft = turn.draft
    found: list[int | None] = []
    if draft is not None:
        offered = draft.offered.slot if draft.offered else None
        found += [each.location for each in (draft.slot, draft.visit, offered) if each is not None]
        found += [draft.location, *(slot.location for slot in draft.offer[:1])]
    found += [visit.location for visit in turn.visits[:1]]
    key = next((each for each in found if each is not None), None)
    return turn.directory.locations[0] if key is None else turn.directory.location(key)
