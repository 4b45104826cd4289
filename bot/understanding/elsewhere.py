"""Practitioners whom the clinic does not have: "with Dr Rossi", where nobody is called that.

What follows a doctor's title is a name unless it is an ordinary word; where it is asked with whom,
so is a whole name that stands alone. It is asked back, and nobody else is taken for it.
"""

from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.text import Token

_MOST_WORDS = 4  # Of a name.
_SHORTEST = 3  # Letters: "Dr Li" is rarer than "Dr pls".
# Questions of which one's own name is the answer, title or not.
_OF_PATIENTS = ("name", "person", "date_of_birth")
_LONGEST_SHORT = 3  # "Dra."
_WITH_WHOM = ("practitioner", "specialty")


def read_unknown(found: Findings) -> None:
    """Note that somebody is named who does not work here."""
    if found.mentions or found.asked(*_OF_PATIENTS):
        return
    name = _titled(found) or (_alone(found) if found.asked(*_WITH_WHOM) else None)
    if name is not None:
        found.names.append(name)
        found.unclear("practitioner")


def _titled(found: Findings) -> Item | None:
    """ "Dr Rossi"; one's own title ("I'm Dr Rossi") and who sends somebody ("Dr Rossi told me to")
    wish for nobody."""
    tokens, words = found.chart.tokens, found.words
    own = {cue.end for cue in found.said("name", "self", "sent_by")}
    sending = {cue.start for cue in found.said("sending")}
    for place in range(1, len(tokens)):
        title = tokens[place - 1]
        if title.word not in words.doctors or (title.stop and not _is_short(title)):
            continue
        size = 0
        while place + size < len(tokens) and size < _MOST_WORDS and _is_name(found, place + size):
            size += 1
            if tokens[place + size - 1].stop:
                break
        if size and place - 1 not in own and place + size not in sending:
            return Item("practitioner", place - 1, place + size, ())
    return None


def _is_name(found: Findings, place: int) -> bool:
    token = found.chart.tokens[place]
    if not token.typed.isalpha() or len(token.typed) < _SHORTEST:
        return False
    if token.word in found.words.common or found.chart.starting[place]:
        return False  # "Doctor apointment", "dr tomorow".
    is_capital = token.typed[0].isupper() and not found.text.isupper()
    return is_capital or token.misspelt or token.word not in found.words.ordinary


def _is_short(title: Token) -> bool:
    """ "Dr.": its full stop ends no sentence."""
    return title.stop == "." and len(title.typed) <= _LONGEST_SHORT


def _alone(found: Findings) -> Item | None:
    """ "Helena Duarte Prado", as the whole answer."""
    tokens = found.chart.tokens
    if not 2 <= len(tokens) <= _MOST_WORDS:
        return None
    particles = found.words.particles
    named = [token for token in tokens if token.word not in particles]
    if len(named) < 2 or not all(t.typed[:1].isupper() and t.typed.isalpha() for t in named):
        return None
    if any(token.word in found.words.common for token in named) or found.text.isupper():
        return None
    return Item("practitioner", 0, len(tokens), ())
