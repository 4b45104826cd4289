"""The settings of an installation: read once from the environment, complete or not at all.

Nobody else touches `os.environ`. README.md describes each variable; a test compares the two.
"""

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import ArgumentError

from core.database.connect import Database, normalise_url
from core.database.marks import is_demo
from core.keys import Keyring, parse_encryption_keys
from core.phone import to_e164

INSTANCE = Path("instance")  # What this installation writes: its SQLite files and their locks.
DEFAULT_DATABASE = f"sqlite:///{INSTANCE / 'frontdesk.db'}"
MINIMUM_SECRET_LENGTH = 16


class ConfigurationError(Exception):
    """One line for each variable that is wrong or missing, with what was expected."""


def _base_url(value: str) -> str:
    if not _is_address(value):
        raise ValueError("expected an address such as https://desk.example.org")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if not _is_address(value) or urlsplit(value).path not in ("", "/"):
        raise ValueError("expected scheme and host only, such as http://127.0.0.1:4010")
    return value.rstrip("/")


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # "http://[", or a port that is none.
        return False
    return parts.scheme in ("http", "https") and has_host and not parts.query


def _number(value: str) -> str:
    plain = value.removeprefix("whatsapp:")
    # A short code has no prefix and is not E.164; Twilio takes it as it is.
    if to_e164(plain, "US") != plain and not (plain.isdigit() and 3 <= len(plain) <= 8):
        raise ValueError("expected a number such as +14155550100")
    return plain


def _database_url(value: str) -> str:
    try:
        normalise_url(value)
    except ArgumentError as error:
        raise ValueError(
            "expected a URL such as sqlite:///clinic.db or postgresql://..."
        ) from error
    return value


def _secret_key(value: str) -> str:
    if len(value) < MINIMUM_SECRET_LENGTH:
        raise ValueError(f"expected at least {MINIMUM_SECRET_LENGTH} random characters")
    return value


def _encryption_key(value: str) -> str:
    parse_encryption_keys(value)
    return value


def _shape(pattern: str, expected: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"expected {expected}")
        return value

    return AfterValidator(check)


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Origin = Annotated[str, AfterValidator(_origin)]
PhoneNumber = Annotated[str, AfterValidator(_number)]


class Settings(BaseSettings):
    """What the environment says. A channel without its variables is off; the others work."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    database_url: Annotated[str, AfterValidator(_database_url)] = DEFAULT_DATABASE
    public_url: BaseUrl | None = None
    secret_key: Annotated[str, AfterValidator(_secret_key)] | None = None
    encryption_key: Annotated[str, AfterValidator(_encryption_key)] | None = None
    clinic_config: Path | None = None
    daysheet_folder: Path | None = None
    log_level: Annotated[
        str, _shape("DEBUG|INFO|WARNING|ERROR", "one of DEBUG, INFO, WARNING, ERROR")
    ] = "INFO"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000

    twilio_account_sid: (
        Annotated[str, _shape("AC[0-9a-fA-F]{32}", "AC and 32 hex digits")] | None
    ) = None
    twilio_auth_token: str | None = None
    twilio_sms_from: PhoneNumber | None = None
    twilio_messaging_service_sid: (
        Annotated[str, _shape("MG[0-9a-fA-F]{32}", "MG and 32 hex digits")] | None
    ) = None
    twilio_whatsapp_from: PhoneNumber | None = None
    twilio_api_base: Origin | None = None

    telegram_bot_token: (
        Annotated[str, _shape(r"\d+:[\w-]{30,}", "what BotFather gave, 123456:ABC...")] | None
    ) = None
    telegram_webhook_secret: (
        Annotated[str, _shape(r"[\w-]{1,256}", "1 to 256 letters, digits, _ or -")] | None
    ) = None
    telegram_api_base: Origin | None = None

    web_chat: bool = False
    metrics: bool = False

    @model_validator(mode="after")
    def _pairs_are_complete(self) -> "Settings":
        """A channel that is half configured is a mistake, not a channel that is off."""
        missing = []
        twilio_senders = (
            self.twilio_sms_from,
            self.twilio_messaging_service_sid,
            self.twilio_whatsapp_from,
        )
        if any(twilio_senders) or self.twilio_account_sid or self.twilio_auth_token:
            if not self.twilio_account_sid:
                missing.append("TWILIO_ACCOUNT_SID: expected with the other TWILIO_ variables")
            if not self.twilio_auth_token:
                missing.append("TWILIO_AUTH_TOKEN: expected with the other TWILIO_ variables")
            if not self.public_url:
                missing.append("PUBLIC_URL: expected with TWILIO_ variables; Twilio signs it")
        if self.telegram_webhook_secret and not self.telegram_bot_token:
            missing.append("TELEGRAM_BOT_TOKEN: expected with TELEGRAM_WEBHOOK_SECRET")
        if missing:
            raise ValueError("\n".join(missing))
        return self

    @property
    def twilio_on(self) -> bool:
        return self.twilio_account_sid is not None

    @property
    def telegram_on(self) -> bool:
        return self.telegram_bot_token is not None

    def keyring(self) -> Keyring:
        """Return the configured keys; raises ConfigurationError naming what is missing."""
        missing = [
            f"{name}: expected on a database that is not a demo ({how})"
            for name, value, how in (
                ("SECRET_KEY", self.secret_key, "any long random text, kept for good"),
                ("ENCRYPTION_KEY", self.encryption_key, "as `openssl rand -base64 32` prints"),
            )
            if not value
        ]
        if missing:
            raise ConfigurationError("\n".join(missing))
        return Keyring(parse_encryption_keys(self.encryption_key or ""), self.secret_key or "")


def read_settings(**overrides: Any) -> Settings:
    """Return the settings of the environment.

    Raises ConfigurationError naming *every* variable that is wrong, and what was expected.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigurationError("\n".join(_lines(error))) from None


# What pydantic says of a wrong type, as our other messages say it.
_EXPECTED = {
    "int_parsing": "expected a whole number",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
    "bool_parsing": "expected on or off",
}


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_input=False):
        name = ".".join(str(part) for part in problem["loc"]).upper()
        if expected := _EXPECTED.get(problem["type"]):
            text = expected.format(**problem.get("ctx", {}))
        else:
            text = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{name}: {text}" if name else text)
    return lines


def open_database(settings: Settings, *, needs_keys: bool = True, demo: bool = False) -> Database:
    """Return the configured database with the keys that fit it: the published ones if it is
    marked as a `demo`, or is to become one. Raises ConfigurationError when keys are needed and
    missing."""
    if demo or is_demo(settings.database_url):
        return Database(settings.database_url, Keyring.demo())
    if not needs_keys and not (settings.secret_key and settings.encryption_key):
        return Database(settings.database_url, None)
    return Database(settings.database_url, settings.keyring())
