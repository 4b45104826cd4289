"""Limits against floods and loops, counted in the conversation's own row: pure, and no query more.

Whoever writes too much gets one notice, then silence until the stretch is over; two bots that
answer each other are noticed by our saying the same thing again and again, quickly.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from core.rules import Rules

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
# Other ways of helping are tried before one comes round again (bot/dialogue/standstill.py).
MOST_REPLIES = 4
# Answers further apart than this are a person's repetition, not a loop.
LOOP_PAUSE = timedelta(seconds=20)


class Verdict(Enum):
    ANSWER = auto()
    NOTICE = auto()  # Over the limit for the first time: say so, once.
    SILENCE = auto()


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast this conversation goes."""

    minute_began_at: datetime | None = None
    in_minute: int = 0
    hour_began_at: datetime | None = None
    in_hour: int = 0
    noticed: bool = False
    last_reply: str = ""  # Its hash
    reply_before: str = ""  # What is said again takes turns with a second form of it.
    earlier_replies: tuple[str, ...] = ()  # Nor does one that comes round after a few others.
    last_reply_at: datetime | None = None
    same_replies: int = 0

    def heard(self, now: datetime) -> "Pace":
        """Return the pace after one more message."""
        pace = self
        if pace.minute_began_at is None or now - pace.minute_began_at >= MINUTE:
            pace = replace(pace, minute_began_at=now, in_minute=0)
        if pace.hour_began_at is None or now - pace.hour_began_at >= HOUR:
            pace = replace(pace, hour_began_at=now, in_hour=0)
        return replace(pace, in_minute=pace.in_minute + 1, in_hour=pace.in_hour + 1)

    def verdict(self, now: datetime, rules: Rules, *, crowded: bool = False) -> Verdict:
        """`crowded`: too much comes from where this came from, whoever writes it."""
        over = (
            crowded
            or self.in_minute > rules.messages_per_sender_a_minute
            or self.in_hour > rules.messages_per_sender_an_hour
            or self._loops(now, rules)
        )
        if not over:
            return Verdict.ANSWER
        return Verdict.SILENCE if self.noticed else Verdict.NOTICE

    def _loops(self, now: datetime, rules: Rules) -> bool:
        recent = self.last_reply_at is not None and now - self.last_reply_at < LOOP_PAUSE
        return recent and self.same_replies >= rules.same_replies_in_a_row

    def is_echo(self, heard: str) -> bool:
        """Tell whether the message (its hash) is our own last answer, coming back again and again:
        another desk like ours. Nobody types our sentences, so not even a safety word is lost."""
        return heard in (self.last_reply, self.reply_before) and self.same_replies > 1

    def answered(self, reply: str, now: datetime) -> "Pace":
        """Return the pace after a reply (its hash)."""
        quick = self.last_reply_at is not None and now - self.last_reply_at < LOOP_PAUSE
        known = reply in (self.last_reply, self.reply_before, *self.earlier_replies)
        is_same = reply == self.last_reply
        before = self.reply_before if is_same else self.last_reply
        earlier = () if is_same else (self.reply_before,)
        return replace(
            self,
            last_reply=reply,
            reply_before=before,
            earlier_replies=(*self.earlier_replies, *earlier)[-MOST_REPLIES:],
            last_reply_at=now,
            same_replies=self.same_replies + 1 if quick and known else 1,
        )

    def within_limits(self) -> "Pace":
        """Return the pace of one whose next excess is a new one, worth a notice again."""
        return replace(self, noticed=False)

    def told(self, now: datetime) -> "Pace":
        """Return the pace after the one notice, or while silent."""
        return replace(self, noticed=True, last_reply_at=now)
