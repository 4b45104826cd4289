"""The settings: complete or not at all, and every mistake is named at once."""

from pathlib import Path

import pytest
from sqlalchemy import update

from core.config import ConfigurationError, Settings, open_database, read_settings
from core.database.connect import Database
from core.keys import DEMO_ENCRYPTION_KEY, DEMO_SECRET, Keyring
from core.models import organizations

GOOD = {
    "DATABASE_URL": "postgres://desk@db.example.org/desk?host=/run/postgresql",
    "PUBLIC_URL": "https://desk.example.org/",
    "SECRET_KEY": "s" * 32,
    "ENCRYPTION_KEY": DEMO_ENCRYPTION_KEY,
    "LOG_LEVEL": "WARNING",
    "PORT": "9000",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_SMS_FROM": "+14155550100",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+14155550199",
    "TWILIO_MESSAGING_SERVICE_SID": "MG" + "a" * 32,
    "TWILIO_API_BASE": "http://127.0.0.1:4010",
    "TELEGRAM_BOT_TOKEN": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "TELEGRAM_WEBHOOK_SECRET": "a-secret_1",
    "TELEGRAM_API_BASE": "http://127.0.0.1:4011",
    "WEB_CHAT": "on",
    "METRICS": "off",
}
# Variable -> values that are wrong, and a word of what is expected instead.
WRONG = {
    "DATABASE_URL": (["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"], "expected"),
    "PUBLIC_URL": (
        ["desk.example.org", "ftp://x", "https://", "https://x/?a=1", "http://[", "http://x:port"],
        "https://",
    ),
    "SECRET_KEY": (["short"], "16"),
    "ENCRYPTION_KEY": (["short", "ä", DEMO_ENCRYPTION_KEY + ",x"], "32 bytes"),
    "LOG_LEVEL": (["loud", "debug"], "DEBUG, INFO"),
    "PORT": (["http", "-1", "65536"], ""),
    "TWILIO_ACCOUNT_SID": (["AC123", "SK" + "0" * 32], "AC and 32"),
    "TWILIO_SMS_FROM": (["4155550100", "12", "me"], "+14155550100"),
    "TWILIO_WHATSAPP_FROM": (["whatsapp:me"], "+14155550100"),
    "TWILIO_MESSAGING_SERVICE_SID": (["MG1"], "MG and 32"),
    "TWILIO_API_BASE": (["127.0.0.1:4010", "http://x/path"], "scheme and host"),
    "TELEGRAM_BOT_TOKEN": (["123", "abc:def"], "BotFather"),
    "TELEGRAM_WEBHOOK_SECRET": (["a b", "x" * 257, "ä"], "1 to 256"),
    "TELEGRAM_API_BASE": (["http://x/bot"], "scheme and host"),
    "WEB_CHAT": (["perhaps"], ""),
    "METRICS": (["2"], ""),
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*Settings.model_fields, *GOOD):
        monkeypatch.delenv(name.upper(), raising=False)


def test_with_nothing_said_everything_is_off() -> None:
    settings = read_settings()
    assert settings.database_url == "sqlite:///instance/frontdesk.db"
    assert not any((settings.twilio_on, settings.telegram_on, settings.web_chat, settings.metrics))


def test_all_of_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.public_url, settings.port) == ("https://desk.example.org", 9000)
    assert settings.twilio_whatsapp_from == "+14155550199"
    assert (settings.web_chat, settings.metrics) == (True, False)
    assert settings.twilio_on
    assert settings.telegram_on
    assert settings.keyring() == Keyring.demo().__class__(
        Keyring.demo().encryption_keys, GOOD["SECRET_KEY"]
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [(name, value, expected) for name, (values, expected) in WRONG.items() for value in values],
)
def test_a_wrong_value_is_named_with_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    for each, good in GOOD.items():
        monkeypatch.setenv(each, good)
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        read_settings()
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert expected in line


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (values, _) in WRONG.items():
        monkeypatch.setenv(name, values[0])
    with pytest.raises(ConfigurationError) as caught:
        read_settings()
    assert {line.split(":")[0] for line in str(caught.value).splitlines()} == set(WRONG)


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEY", "TELEGRAM_BOT_TOKEN"])
def test_a_secret_is_never_quoted(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "Zanzibar")
    with pytest.raises(ConfigurationError) as caught:
        read_settings()
    assert "Zanzibar" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (["TWILIO_ACCOUNT_SID"], ["TWILIO_AUTH_TOKEN", "PUBLIC_URL"]),
        (["TWILIO_AUTH_TOKEN", "PUBLIC_URL"], ["TWILIO_ACCOUNT_SID"]),
        (["TWILIO_SMS_FROM"], ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PUBLIC_URL"]),
        (["TELEGRAM_WEBHOOK_SECRET"], ["TELEGRAM_BOT_TOKEN"]),
    ],
)
def test_a_channel_that_is_half_configured_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, given: list[str], missing: list[str]
) -> None:
    for name in given:
        monkeypatch.setenv(name, GOOD[name])
    with pytest.raises(ConfigurationError) as caught:
        read_settings()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == missing


@pytest.mark.parametrize("number", ["24273", "+14155550100", "whatsapp:+14155550100"])
def test_a_short_code_is_a_sender_too(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TWILIO_SMS_FROM", number)
    assert read_settings().twilio_sms_from == number.removeprefix("whatsapp:")


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.setenv(name, "")
    assert read_settings() == Settings()


# Keys.


def test_missing_keys_are_both_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings().keyring()
    names = [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert names == ["SECRET_KEY", "ENCRYPTION_KEY"]


def test_a_demo_needs_no_keys_and_takes_the_published_ones(demo: Database) -> None:
    url = demo.url.render_as_string(hide_password=False)
    settings = read_settings(database_url=url, secret_key="s" * 32)
    opened = open_database(settings)
    assert opened.keyring == Keyring.demo()
    opened.dispose()


def test_any_other_database_does(demo: Database) -> None:
    """The control of the one above."""
    with demo.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=False))
    url = demo.url.render_as_string(hide_password=False)
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        open_database(read_settings(database_url=url))
    for settings, keyring in (
        (read_settings(database_url=url), None),
        (
            read_settings(
                database_url=url, secret_key=DEMO_SECRET, encryption_key=DEMO_ENCRYPTION_KEY
            ),
            Keyring.demo(),
        ),
    ):
        opened = open_database(settings, needs_keys=False)
        assert opened.keyring == keyring
        opened.dispose()


def test_a_file_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    opened = open_database(
        read_settings(database_url=f"sqlite:///{tmp_path}/new/desk.db"), needs_keys=False
    )
    with opened.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    opened.dispose()
