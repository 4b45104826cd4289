"""The menu of commands that Telegram shows beside the text field, in each language that we talk.

https://core.telegram.org/bots/api#setmycommands
"""

from telegram import Bot, BotCommand

from bot.phrases import DEFAULT_LANGUAGE, languages, sentences

# In this order; `bot.answering` reads them as wishes. Their words are `command_start` and so on.
COMMANDS = ("start", "book", "my", "language", "help")


async def show(bot: Bot) -> None:
    """Tell Telegram the whole menu; without a language, for everybody else's."""
    await bot.set_my_commands(menu(DEFAULT_LANGUAGE))
    for language in languages():
        await bot.set_my_commands(menu(language), language_code=language)


def menu(language: str) -> list[BotCommand]:
    words = sentences(language)
    return [BotCommand(command, words[f"command_{command}"]) for command in COMMANDS]
