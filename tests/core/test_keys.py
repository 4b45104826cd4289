"""What encrypts, and what finds an address again."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.keys import (
    DEMO_ENCRYPTION_KEY,
    KEY_BYTES,
    Keyring,
    UnreadableCiphertext,
    key_id,
    parse_encryption_keys,
)

PLACE = "messages.text"
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def ring(*keys: bytes, secret: str = "secret") -> Keyring:
    return Keyring(keys, secret)


@given(st.text())
def test_what_is_encrypted_is_read_again(text: str) -> None:
    assert ring(OLD).decrypt(ring(OLD).encrypt(text, PLACE), PLACE) == text


def test_it_cannot_be_read_from_outside_and_is_never_the_same_twice() -> None:
    first, second = (ring(OLD).encrypt("Zanzibar", PLACE) for _ in range(2))
    assert b"Zanzibar" not in first
    assert first != second


def test_after_a_rotation_the_old_is_read_and_the_new_is_written() -> None:
    before = ring(OLD).encrypt("hello", PLACE)
    rotated = ring(NEW, OLD)
    assert rotated.decrypt(before, PLACE) == "hello"
    after = rotated.encrypt("hello", PLACE)
    assert ring(NEW).decrypt(after, PLACE) == "hello"
    with pytest.raises(UnreadableCiphertext, match=key_id(OLD).hex()):
        ring(NEW).decrypt(before, PLACE)


def test_a_value_that_was_moved_to_another_column_is_refused() -> None:
    stored = ring(OLD).encrypt("hello", PLACE)
    with pytest.raises(UnreadableCiphertext, match="altered"):
        ring(OLD).decrypt(stored, "patients.notes")


@pytest.mark.parametrize("place", [0, 1, 5, 17, -1])
def test_a_value_that_was_tampered_with_is_refused(place: int) -> None:
    stored = bytearray(ring(OLD).encrypt("hello", PLACE))
    stored[place] ^= 1
    with pytest.raises(UnreadableCiphertext):
        ring(OLD).decrypt(bytes(stored), PLACE)


@pytest.mark.parametrize("length", [0, 1, 5, 16, 17, 20])
def test_a_value_that_was_cut_is_refused(length: int) -> None:
    stored = ring(OLD).encrypt("hello", PLACE)
    with pytest.raises(UnreadableCiphertext):
        ring(OLD).decrypt(stored[:length], PLACE)


def test_an_error_does_not_quote_the_value() -> None:
    stored = ring(OLD).encrypt("Zanzibar", PLACE)
    with pytest.raises(UnreadableCiphertext) as caught:
        ring(NEW).decrypt(stored, PLACE)
    assert "Zanzibar" not in str(caught.value)
    assert stored.hex()[10:] not in str(caught.value)


# Addresses.


def test_an_address_has_always_the_same_hash() -> None:
    parts = ("sms", "+14155550123")
    assert ring(OLD).hash_address(parts) == ring(NEW).hash_address(parts)
    assert len(ring(OLD).hash_address(parts)) == 32


def test_another_secret_address_or_channel_has_another() -> None:
    hashes = {
        ring(OLD).hash_address(("sms", "+14155550123")),
        ring(OLD).hash_address(("whatsapp", "+14155550123")),
        ring(OLD).hash_address(("sms", "+14155550124")),
        ring(OLD).hash_address(("sms+14155550123",)),
        ring(OLD, secret="another").hash_address(("sms", "+14155550123")),
    }
    assert len(hashes) == 5


# As they are given.


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_keys_are_given_as_openssl_or_python_print_them(encode: object) -> None:
    key = b"\xfb\xff" * 16  # Has + and / in the one spelling, - and _ in the other.
    text = encode(key).decode()  # type: ignore[operator]
    assert parse_encryption_keys(f" {text}\n") == (key,)
    assert parse_encryption_keys(f"{text}, {DEMO_ENCRYPTION_KEY}")[0] == key


@pytest.mark.parametrize("text", ["", ",", "x", "ä", base64.b64encode(bytes(16)).decode()])
def test_what_is_no_key_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=f"{KEY_BYTES} bytes in base64"):
        parse_encryption_keys(text)


def test_the_demo_has_published_keys() -> None:
    assert Keyring.demo() == Keyring.demo()
    assert Keyring.demo().decrypt(Keyring.demo().encrypt("hello", PLACE), PLACE) == "hello"
