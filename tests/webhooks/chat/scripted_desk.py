"""A desk that answers from a script, and writes the log as the real one does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from sqlalchemy import Connection, select, update

from bot.messages import Choice, ChoiceKind, Content, InboundMessage, Reply
from bot.rendering import render
from bot.senders.keyboard import callback_data, parse_callback_data
from core.clock import Clock
from core.database.connect import Database
from core.models import addresses, conversations, messages
from tests.webhooks.chat.clinic import DOWNTOWN, MONDAY, a_patient, add, an_appointment

Script = Callable[[InboundMessage, str], list[Reply]]


def say(message: InboundMessage, wish: str) -> list[Reply]:
    """What the scripted desk says: enough to see every kind of bubble."""
    text = wish.lower()
    if message.content is Content.CONTACT:
        return [Reply("Thank you, we know you now.")]
    if text == "hi":
        return [
            Reply("This is Harbor Health's automated front desk. Not for emergencies: call 911."),
            Reply("How can I help?"),
        ]
    if "dentist" in text:
        slots = ("Tue 3 Mar 9:00 AM", "Tue 3 Mar 9:30 AM", "Wed 4 Mar 2:00 PM")
        choices = tuple(Choice(slot, f"slot {n}") for n, slot in enumerate(slots))
        return [Reply("Dr Chen, dentistry, has these times. Which one?", choices)]
    if text.startswith("slot "):
        yes_no = (Choice("Yes, book it", "yes"), Choice("Another time", "no"))
        return [
            Reply("Dr Michael Chen, Tuesday 3 March, 9:00 AM, Downtown. Shall I book it?", yes_no)
        ]
    if "who" in text:
        share = Choice("Share my number", "contact", ChoiceKind.CONTACT)
        return [Reply("May I have your number?", (share,))]
    return [Reply("Done. See you soon!")]


@dataclass
class ScriptedDesk:
    """Logs what came and what the script says, as the desk does; books on "yes"."""

    database: Database
    clock: Clock
    script: Script = say
    received: list[InboundMessage] = field(default_factory=list)
    failure: Exception | None = None
    lists: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def receive(self, message: InboundMessage, /) -> None:
        if self.failure is not None:
            raise self.failure
        self.received.append(message)
        with self.database.transaction() as connection:
            conversation = self._conversation(connection, message)
            known = select(messages.c.id).where(messages.c.provider_id == message.provider_id)
            if connection.scalar(known) is not None:
                return
            wish = self._wish(message)
            self._log(connection, message, conversation, wish)
            if wish == "yes":
                patient = a_patient(connection, "Nadia", "Quist")
                starts = datetime.combine(MONDAY, time(15), DOWNTOWN).astimezone(UTC)
                an_appointment(connection, 5, patient, starts, 30)

    def _wish(self, message: InboundMessage) -> str:
        """The text, or the value of the choice that was pressed."""
        pressed = parse_callback_data(message.text)
        if message.content is not Content.BUTTON or pressed is None:
            return message.text
        list_id, index = pressed
        return self.lists[list_id][index - 1].value

    def _log(
        self, connection: Connection, message: InboundMessage, conversation: int, wish: str
    ) -> None:
        common = {
            "conversation_id": conversation,
            "channel": message.sender.channel,
            "kind": "reply",
            "is_simulated": message.simulated,
        }
        now = self.clock()
        add(
            connection,
            messages,
            **common,
            direction="in",
            text=message.text,
            provider_id=message.provider_id,
            status="received",
            received_at=now,
        )
        for reply in self.script(message, wish):
            list_id = str(len(self.lists) + 1)
            self.lists[list_id] = reply.choices
            rendered = render(reply.text, reply.choices, message.sender.channel)
            choices = [
                {
                    "label": item.label,
                    "value": callback_data(list_id, index),
                    "kind": item.kind,
                }
                for index, item in enumerate(rendered.choices, start=1)
            ]
            add(
                connection,
                messages,
                **common,
                direction="out",
                text=rendered.text,
                choices=json.dumps(choices),
                list_id=list_id,
                segments=rendered.segments or None,
                status="delivered",
                queued_at=now,
                sent_at=now,
                delivered_at=now,
            )

    def _conversation(self, connection: Connection, message: InboundMessage) -> int:
        assert self.database.keyring is not None
        channel, value = message.sender.channel, message.sender.value
        hashed = self.database.keyring.hash_address((channel.value, value))
        address = connection.scalar(
            select(addresses.c.id).where(
                addresses.c.channel == channel, addresses.c.address_hash == hashed
            )
        )
        address = address or add(
            connection,
            addresses,
            channel=channel,
            address=value,
            address_hash=hashed,
            state="good",
        )
        conversation = connection.scalar(
            select(conversations.c.id).where(conversations.c.address_id == address)
        )
        return conversation or add(
            connection,
            conversations,
            address_id=address,
            our_address=message.recipient,
            version=1,
            is_simulated=message.simulated,
        )


def set_status(database: Database, status: str) -> None:
    """The newest outgoing message moves on."""
    newest = (
        select(messages.c.id).where(messages.c.direction == "out").order_by(messages.c.id.desc())
    )
    with database.transaction() as connection:
        connection.execute(
            update(messages).where(messages.c.id == connection.scalar(newest)).values(status=status)
        )
