"""Telegram's errors, once: the HTTP status of the Bot API's answer, and what it leads to.

One status may mean several things; `bot.senders.telegram` tells them apart by Telegram's words.
"""

from bot.senders.faults import BAD_ADDRESS, ELSEWHERE, TOO_FAST, Fault, set_up_wrong

FAULTS: dict[str, Fault] = {
    "400": ELSEWHERE,  # This message will never pass.
    "chat_not_found": BAD_ADDRESS,  # Also a 400: nobody is there, or never wrote to the bot.
    "401": set_up_wrong("Telegram does not accept our token: check TELEGRAM_BOT_TOKEN."),
    "403": BAD_ADDRESS,  # They blocked the bot, or are no more.
    "429": TOO_FAST,
}


def fault(code: str) -> Fault:
    return FAULTS.get(code, ELSEWHERE)
