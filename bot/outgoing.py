"""A message of the outbox in the senders' words, and a provider's id in ours."""

import json
from dataclasses import replace

from bot.charts import Chart
from bot.documents import Document
from bot.messages import Channel, Choice, ChoiceKind
from bot.senders.base import DeliveryError, OutgoingMessage
from core.keys import UnreadableCiphertext
from core.messaging.candidates import ClaimedMessage

CHANNELS = {channel.value: channel for channel in Channel}


def outgoing(message: ClaimedMessage) -> OutgoingMessage:
    """The message as the senders know it; DeliveryError if what is stored makes no sense, or its
    channel takes it in no form."""
    if message.refused is not None:
        raise DeliveryError(message.refused, permanent=True)
    try:
        plain = OutgoingMessage(
            public_id=message.public_id,
            channel=CHANNELS[message.channel],
            recipient=message.recipient,
            sender=message.our_address,
            text=message.text,
            list_id=message.list_id or "",
            language=message.language or "en",
            replaces=provider_id_of(message.edits) if message.edits else "",
        )
        if message.sealed_choices is not None:
            plain = replace(plain, choices=_choices(message.choices))
        if message.sealed_picture is not None:
            plain = replace(plain, picture=Chart.from_json(message.picture or ""))
        if message.sealed_document is not None:
            plain = replace(plain, document=Document.from_json(message.document or ""))
    except (UnreadableCiphertext, ValueError, KeyError, TypeError, AttributeError):
        raise DeliveryError("unreadable", permanent=True) from None
    if message.filled is None:
        return plain
    filled = message.filled
    return replace(plain, text=filled.text, template=filled.content_sid, variables=filled.variables)


def _choices(stored: str | None) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            choice["label"],
            choice["value"],
            ChoiceKind(choice["kind"]) if choice.get("kind") else None,
        )
        for choice in json.loads(stored or "[]")
    )


def stored_id(message: ClaimedMessage, provider_id: str) -> str | None:
    """What we keep as the provider's id, which must be unique in its channel; None when the message
    took the place of another, which has it.

    Telegram's is unique in its chat only (Bot API, `Message.message_id`); the chat itself is
    a patient's address and stays encrypted.
    """
    if message.channel != Channel.TELEGRAM:
        return provider_id
    stored = f"{message.conversation_id}:{provider_id}"
    return None if stored == message.edits else stored


def provider_id_of(stored: str) -> str:
    """The same, back: only Telegram's messages are ever replaced."""
    return stored.rpartition(":")[2]
