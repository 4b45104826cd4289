"""Both providers at once, with people's phones, for whoever builds on them: `frontdesk simulate
providers`, and tests that want the whole way over HTTP.

Everything that a person does comes to the front desk as the provider would bring it: signed, or
with the secret, and over HTTP.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Self

from tests.providers.clock import MovableClock
from tests.providers.ledger import Ledger
from tests.providers.loopback import LoopbackPeer
from tests.providers.mishaps import Weather, over
from tests.providers.posting import Post, Postman
from tests.providers.telegram_chats import TelegramMessage
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_rules import Pace
from tests.providers.telegram_updates import Person
from tests.providers.twilio_message import TwilioMessage
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM, TwilioPeer, ways
from tests.providers.twilio_webhooks import SignedForm

SECRET = "a-secret-of-the-simulator"
A_STATUS_TAKES = 0.3  # Seconds from one to the next, "sent" to "delivered".
TOLERATED_BURST = 3.0  # Of messages to one chat in Telegram.


class Simulator:
    """`desk` is where the front desk listens; ports of 0 are any that are free."""

    def __init__(self, desk: str, *, ports: tuple[int, int] = (0, 0)) -> None:
        self.desk = desk.rstrip("/")
        self.clock = MovableClock()
        self.ledger = Ledger()
        self.postman = Postman()
        pace = Pace(burst=TOLERATED_BURST, seconds=lambda: self.clock().timestamp())
        self.twilio = _CallingBack(self, port=ports[0])
        self.telegram = TelegramPeer(
            pace=pace, now=self.clock, local=True, port=ports[1], ledger=self.ledger
        )
        # As after `frontdesk telegram webhook set`.
        url = f"{self.desk}/telegram/webhook"
        self.telegram.webhook = {"url": url, "secret_token": SECRET}
        self.a_status_takes = A_STATUS_TAKES
        self.weather = {"twilio": Weather(), "telegram": Weather()}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for each in (self.postman, self.twilio, self.telegram):
            self._stack.enter_context(each)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def environment(self) -> Mapping[str, str]:
        """What the front desk is started with."""
        return {
            "PUBLIC_URL": self.desk,
            "TWILIO_API_BASE": self.twilio.url,
            "TWILIO_ACCOUNT_SID": self.twilio.account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio.auth_token,
            "TWILIO_SMS_FROM": SMS_FROM,
            "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM.removeprefix("whatsapp:"),
            "TELEGRAM_API_BASE": self.telegram.url,
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
        }

    # What people do.

    def write(self, channel: str, who: str, text: str) -> None:
        """Raises ValueError for an address that the channel does not know."""
        if channel == "telegram":
            self._update(self.telegram.updates.text(self._writer(who), text))
        else:
            address = address_on(channel, who)
            self._form(self.twilio.inbound(f"{self.desk}/twilio/messages", address, text))

    def press(self, channel: str, who: str, label: str) -> None:
        """The button of that label on the newest message that has it."""
        address = address_on(channel, who)
        if channel == "telegram":
            person = self._writer(who)
            sent, number = _newest_with(
                label,
                [each for each in self.telegram.accepted if each.chat_id == person.id],
                lambda each: [button["text"] for button in each.buttons],
            )
            self._press_on_telegram(person, sent, number)
            return
        message, number = _newest_with(
            label,
            [each for each in self.twilio.accepted if each.to == address],
            lambda each: [button.title for button in each.buttons],
        )
        self._form(self.twilio.press(f"{self.desk}/twilio/messages", message, number))

    def opt_out(self, channel: str, who: str) -> None:
        """STOP in a text message; in Telegram one blocks the bot."""
        if channel == "telegram":
            self.block(channel, who)
        else:
            self.write(channel, who, "STOP")

    def block(self, channel: str, who: str) -> None:
        if channel == "telegram":
            self._update(self.telegram.block(self._person(who)))
        else:
            code = 63024 if channel == "whatsapp" else 30004
            self.twilio.make_bad(address_on(channel, who), code)

    def unblock(self, channel: str, who: str) -> None:
        if channel == "telegram":
            self._update(self.telegram.unblock(self._person(who)))
        else:
            self.twilio.make_good(address_on(channel, who))

    # What the world does.

    def set_weather(self, provider: str, weather: Weather) -> None:
        peer: LoopbackPeer = self.twilio if provider == "twilio" else self.telegram
        if provider not in self.weather:
            raise ValueError("expected twilio or telegram")
        wording = TwilioPeer.refusal if provider == "twilio" else TelegramPeer.refusal
        self.weather[provider] = weather
        peer.weather = over([weather], wording)

    def called_back(self, message: TwilioMessage) -> None:
        """How it goes on; Twilio tells it where the message says."""
        wait = max(timedelta(), message.leaves_at - self.clock()).total_seconds()
        is_whatsapp = message.entry.channel == "whatsapp"
        for number, status in enumerate(ways(message, read=is_whatsapp), start=1):

            def go_on(status: str = status) -> None:
                form = self.twilio.status_callback(message, status)
                if form.url:
                    self.postman.post(_post(form))

            self.postman.later(wait + number * self.a_status_takes, go_on)

    def _writer(self, who: str) -> Person:
        person = self._person(who)
        if person.id in self.telegram.blocked:
            raise ValueError("they have blocked the bot, and cannot write to it")
        return person

    def _person(self, who: str) -> Person:
        """Whoever is new presses Start first, as one must."""
        if not who.isdecimal():
            raise ValueError("expected a chat id: digits only")
        person = self.telegram.chats.people.get(int(who))
        if person is None:
            person = Person(int(who))
            self._update(self.telegram.start(person))
        return person

    def _press_on_telegram(self, person: Person, sent: TelegramMessage, number: int) -> None:
        button = sent.buttons[number - 1]
        if button.get("request_contact"):
            phone_number = f"1415555{person.id % 10_000:04}"
            self._update(self.telegram.updates.contact(person, phone_number))
        elif "callback_data" in button:
            self._update(self.telegram.press(sent, number))
        else:
            self._update(self.telegram.updates.text(person, button["text"]))

    def _form(self, form: SignedForm) -> None:
        self.postman.post(_post(form))

    def _update(self, update: dict[str, Any]) -> None:
        """To the webhook, or kept for who asks."""
        if not self.telegram.wants(update):
            return
        if not self.telegram.webhook:
            self.telegram.queue(update)
            return
        post = Post(
            self.telegram.webhook["url"],
            json.dumps(update).encode(),
            self.telegram.webhook_headers,
            is_insistent=True,
            on_answer=self.telegram.answered_with,
        )
        self.postman.post(post)


class _CallingBack(TwilioPeer):
    """Twilio as it is: it calls back by itself."""

    def __init__(self, simulator: Simulator, *, port: int) -> None:
        super().__init__(simulator.clock, port=port, ledger=simulator.ledger)
        self._simulator = simulator

    def created(self, message: TwilioMessage) -> None:
        self._simulator.called_back(message)


def address_on(channel: str, who: str) -> str:
    """As the provider writes it. Raises ValueError."""
    if channel == "telegram":
        return who
    number = who.removeprefix("whatsapp:")
    if channel not in ("sms", "whatsapp"):
        raise ValueError("expected sms, whatsapp or telegram")
    if not (number.startswith("+") and number[1:].isdecimal() and 8 <= len(number) <= 16):
        raise ValueError("expected a number such as +14155550123")
    return f"whatsapp:{number}" if channel == "whatsapp" else number


def _post(form: SignedForm) -> Post:
    return Post(form.url, form.body, form.headers)


def _newest_with(label: str, messages: list[Any], labels: Any) -> tuple[Any, int]:
    for message in reversed(messages):
        if label in (shown := labels(message)):
            return message, shown.index(label) + 1
    raise ValueError("no message there has that button")
