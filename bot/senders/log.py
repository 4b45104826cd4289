"""Where nothing leaves the house: web chat, terminal and simulated conversations read the log."""

from bot.senders.base import Accepted, OutgoingMessage


class LogSender:
    """Accepts at once. The message is already in the log, and that is where it is read."""

    def send(self, message: OutgoingMessage) -> Accepted:
        return Accepted(provider_id=message.public_id, status="delivered")

    def close(self) -> None:
        pass
