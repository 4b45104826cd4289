"""Whether a chat is somebody's of staff: it was paired, it brings a code, or it comes back.

Only private chats of a messenger that vouches for its users; of a browser only in a demo. Whoever
has no code that is right is a patient, and is answered as one: they learn nothing.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.messages import Channel, Content, InboundMessage
from bot.staff.work import who_is
from core import audit
from core.messaging.conversations import Conversation
from core.models.audit import AuditActor
from core.models.staff import PairingEnd
from core.rules import Rules
from core.staff import pairing
from core.staff.chats import COMES_BACK
from core.staff.members import Member
from core.staff.pairing import Pairing
from core.staff.pins import Tried, try_pin

CAME_BACK = "welcome_back"  # The greeting of whoever was here before.
LOGIN = re.compile(r"\s*/login(?:@\w+)?\s+(\d{6})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entered:
    """Whose chat it is. `greeting`: the sentence that says so, where it has just become theirs."""

    pairing: Pairing
    greeting: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """It was theirs until a while ago; `says`: the sentence that tells them."""

    member: Member | None
    says: str


@dataclass(frozen=True, slots=True)
class Door:
    """One message at the door of the staff's side."""

    connection: Connection
    conversation: Conversation
    message: InboundMessage
    rules: Rules
    now: datetime

    def enter(self) -> Entered | Outside | None:
        """Return whose chat it is; None: a patient's."""
        if not self._may_be_staffs():
            return None
        return self._by_code() or self._as_paired() or self._back()

    def _may_be_staffs(self) -> bool:
        channel = self.message.sender.channel
        return channel is Channel.TELEGRAM or (channel is Channel.WEB and self.message.simulated)

    @property
    def _user(self) -> str:
        """Who writes, as the messenger knows them: the chat alone does not say."""
        return f"{self.message.sender.channel}:{self.message.user or self.message.sender.value}"

    @property
    def _text(self) -> str:
        return self.message.text if self.message.content is Content.TEXT else ""

    def _by_code(self) -> Entered | None:
        if not pairing.CODE.search(self._text):
            return None
        address_id = self.conversation.address_id
        found = pairing.accept(
            self.connection, self._text, address_id=address_id, user=self._user, now=self.now
        )
        if found is None:
            return None
        self._note("paired", found)
        return Entered(found, "welcome")

    def _as_paired(self) -> Entered | Outside | None:
        if self.conversation.pairing_id is None:
            return None
        idle = timedelta(hours=self.rules.staff_idle_hours)
        found = pairing.seen(
            self.connection, self.conversation.pairing_id, self._user, idle, self.now
        )
        if found is PairingEnd.IDLE and not LOGIN.fullmatch(self._text):
            return Outside(None, "expired")
        return Entered(found) if isinstance(found, Pairing) else None

    def _back(self) -> Entered | Outside | None:
        given = LOGIN.fullmatch(self._text)
        if given is None:
            return None
        who = pairing.left(
            self.connection,
            address_id=self.conversation.address_id,
            user=self._user,
            since=self.now - COMES_BACK,
        )
        if who is None:
            return None
        tried = try_pin(self.connection, who.id, given[1], self.now)
        if tried is not Tried.RIGHT:
            self._note_wrong_pin(who)
            return Outside(who, "pin_wrong" if tried is Tried.WRONG else "pin_locked")
        found = pairing.begin(
            self.connection,
            who,
            address_id=self.conversation.address_id,
            user=self._user,
            now=self.now,
        )
        pairing.note_pin(self.connection, found, self.now)
        self._note("came_back", found)
        return Entered(found, CAME_BACK)

    def _note(self, action: str, found: Pairing) -> None:
        who = who_is(found, None, self.message.sender.channel)
        audit.record(self.connection, who, action, "staff", [found.member.id], now=self.now)

    def _note_wrong_pin(self, who: Member) -> None:
        whoever = audit.Who(
            AuditActor.STAFF,
            channel=self.message.sender.channel,
            staff_id=who.id,
            username=who.username,
        )
        audit.record(self.connection, whoever, "wrong_pin", "staff", [who.id], now=self.now)
