"""Where nothing leaves the house: web chat, terminal and simulated conversations read the log."""

from collections.abc import Collection
from datetime import datetime

from bot.senders.base import Accepted, OutgoingMessage


class LogSender:
    """Accepts at once. The message is already in the log, and that is where it is read."""

    def send(self, message: OutgoingMessage) -> Accepted:
        return Accepted(provider_id=message.public_id, status="delivered")

    def look_up(
        self,
        message: OutgoingMessage,
        since: datetime,  # noqa: ARG002
        known: Collection[str] = (),  # noqa: ARG002
    ) -> Accepted:
        """Whatever was being sent here has arrived: it is in the log."""
        return self.send(message)

    def close(self) -> None:
        pass
