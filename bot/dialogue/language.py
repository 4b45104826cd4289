"""The language that the talk is held in: asked for, or chosen from those there are."""

from bot.dialogue.in_hand import resume
from bot.dialogue.turn import Option, Steps, Turn, say
from bot.messages import Asked


def talk_in(turn: Turn, language: str | None) -> Steps[None]:
    """Go on in that language; offer ours where none is said, or one that we do not talk."""
    if language in turn.situation.languages:
        turn.language = language
        turn.say("language_set")
        yield from resume(turn)
        return
    options = tuple(
        Option(f"language:{code}", say("language_label", language=code))
        for code in turn.situation.languages
    )
    turn.ask(Asked.CHOICE, "ask_language", options)
