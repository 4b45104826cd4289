"""Who we are, whom to call and how to opt out: what carriers have everybody ask for with a word."""

from bot.dialogue.turn import Turn

HELP_WORDS = frozenset({"help", "info", "ayuda", "aide", "ajuda"})


def is_help_word(text: str) -> bool:
    return text.strip().casefold().rstrip("!.?") in HELP_WORDS


def introduce(turn: Turn) -> None:
    turn.say("disclosure")
    turn.say("help_keyword")
