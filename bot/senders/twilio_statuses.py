"""Twilio's words for where a message stands, in ours."""

from core.models.messaging import MessageStatus

# "Sent" is ours as soon as Twilio has taken the message. What is not here
# (`partially_delivered` is for groups, `receiving` for what comes in) tells us nothing.
STATUSES = {
    "queued": MessageStatus.SENT,
    "accepted": MessageStatus.SENT,
    "scheduled": MessageStatus.SENT,
    "sending": MessageStatus.SENT,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}
