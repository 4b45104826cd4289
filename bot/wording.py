"""What is said, put into the words that the channel carries best."""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from bot.dialogue.turn import Say
from bot.messages import Channel, Choice
from bot.phrases import Brevity, Phrasebook
from bot.rendering import Rendered, render


def worded(
    says: Sequence[Say],
    choices: tuple[Choice, ...],
    phrasebook: Phrasebook,
    channel: Channel,
    above: str = "",
) -> Rendered:
    """Return the sentences one below the other; more briefly where that makes an SMS cheaper.
    `above` stands before them as it is."""
    tried = []
    for brevity in Brevity:
        book = replace(phrasebook, brevity=brevity)
        sentences = [above] if above else []
        sentences += [book.say(each) for each in says]
        tried.append(render("\n".join(sentences), choices, channel))
        if tried[-1].segments <= 1:
            return tried[-1]
    return min(tried, key=attrgetter("segments"))
