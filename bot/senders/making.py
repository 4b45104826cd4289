"""Which senders there are: one for each channel that is switched on."""

from collections.abc import Mapping

from bot.messages import Channel
from bot.phrases import languages, sentences
from bot.senders.base import Sender
from bot.senders.content import ContentApi
from bot.senders.log import LogSender
from core.config import Settings


def make_senders(settings: Settings) -> Mapping[Channel, Sender]:
    """A sender for each channel that is on. The SDKs are slow to load: only those needed are."""
    senders: dict[Channel, Sender] = {Channel.WEB: LogSender()}
    if settings.twilio_account_sid and settings.twilio_auth_token:
        from bot.senders.twilio import TwilioSender

        twilio = TwilioSender(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            api_base=settings.twilio_api_base or "",
            public_url=settings.public_url or "",
            sms_from=settings.twilio_sms_from or "",
            messaging_service_sid=settings.twilio_messaging_service_sid or "",
            whatsapp_from=settings.twilio_whatsapp_from or "",
            list_buttons={code: sentences(code)["list_button"] for code in languages()},
        )
        if settings.twilio_sms_from or settings.twilio_messaging_service_sid:
            senders[Channel.SMS] = twilio
        if settings.twilio_whatsapp_from:
            senders[Channel.WHATSAPP] = twilio
    if settings.telegram_bot_token:
        from bot.senders.telegram import TelegramSender

        api_base = settings.telegram_api_base or ""
        senders[Channel.TELEGRAM] = TelegramSender(settings.telegram_bot_token, api_base=api_base)
    return senders


def make_content_api(settings: Settings) -> ContentApi | None:
    """Return what keeps the templates; None where WhatsApp is off."""
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token
    if not (sid and token and settings.twilio_whatsapp_from):
        return None
    from bot.senders.twilio_content import TwilioContent

    return TwilioContent(sid, token, api_base=settings.twilio_api_base or "")
