"""What somebody wants to know of the data kept of them: staff answer, by a day that we name.
And whether what is sent to them may say first names, or be advertising."""

from bot.dialogue.commands import AgreeToOffers, RequestData, UseNames
from bot.dialogue.outcomes import DataRequested
from bot.dialogue.turn import Steps, Turn
from bot.understanding.values import Entities

# Records are never told in a chat: whoever holds the phone would read them.
SAID = {"copy": "my_data_copy", "delete": "my_data_delete"}
NAMES = {"names": True, "no_names": False}  # Topics, and whether names may be said.
OFFERS = {"offers": True, "no_offers": False}  # Topics, and whether advertising may be sent.


def agree_to_offers(turn: Turn, said: Entities) -> Steps[None]:
    """What is no care goes only to those who have asked for it."""
    may = OFFERS[said.topic or ""]
    yield AgreeToOffers(may)
    turn.say("offers_agreed" if may else "offers_ended")


def use_names(turn: Turn, said: Entities) -> Steps[None]:
    """One who speaks for several people says whether reminders may tell them apart."""
    may = NAMES[said.topic or ""]
    yield UseNames(may)
    turn.say("names_said" if may else "names_not_said")


def request(turn: Turn, said: Entities) -> Steps[None]:
    outcome = yield RequestData(said.topic)
    if not isinstance(outcome, DataRequested):
        raise TypeError(f"expected a request, got {type(outcome).__name__}")
    turn.say(SAID.get(said.topic or "", "my_data_noted"), until=outcome.until)
